"""Hindcasts and comparisons with published figures, one module an engine.

The pages in ``docs`` show them as tables, the tests hold the engines to them, and ``make tables``
computes them again. What they compare with and the licence lets nobody pass on is read from
``DATA``; a table that needs a file which is not there is left as it is.
"""

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("MULTIPOLAR_VALIDATION", ROOT.parent / "shared" / "validation"))
