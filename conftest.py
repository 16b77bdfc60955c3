"""The tests see the shipped tables alone, whatever the machine's user has added."""

from __future__ import annotations

import os
from pathlib import Path

# at import, for some tests load the world when they are collected
os.environ["MULTIPOLAR_DATA"] = str(Path(__file__).parent / ".pytest_cache" / "no-tables")
