"""Write the list that `multipolar find` searches; run it after tables, metrics or cases change.

``--check`` only says whether it is stale.
"""

import sys
from importlib import resources
from pathlib import Path

from multipolar.engines import Registry
from multipolar.pipeline.finding import SHIPPED, document, written
from multipolar.world import World

if __name__ == "__main__":
    folder = Path(str(resources.files("multipolar"))) / "world" / "data"  # the shipped tables alone
    text = written(document(Registry.default(World.load(folder))))
    if "--check" in sys.argv:
        sys.exit(0 if text == SHIPPED.read_text("utf-8") else f"{SHIPPED.name} is stale")
    SHIPPED.write_text(text, encoding="utf-8")
    print(f"{SHIPPED.name}: {len(text.encode()):,} bytes")
