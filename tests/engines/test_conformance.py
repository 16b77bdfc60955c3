"""What every engine has to keep: the suite that ships for engines of others, on the built-in ones."""

from __future__ import annotations

from multipolar.engines import installed
from multipolar.testing import EngineConformance

for name, engine in installed().items():
    suite = f"Test{name.title()}"
    globals()[suite] = type(suite, (EngineConformance,), {"engine": engine})
