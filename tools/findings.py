"""Write the list that `multipolar find` searches; run it after tables, metrics or cases change."""

from multipolar.engines import Registry
from multipolar.pipeline.finding import SHIPPED, document, written
from multipolar.world import World

if __name__ == "__main__":
    text = written(document(Registry.default(World.load())))
    SHIPPED.write_text(text, encoding="utf-8")
    print(f"{SHIPPED.name}: {len(text.encode()):,} bytes")
