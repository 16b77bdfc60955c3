"""The tests see the shipped tables alone, and try the same examples each time.

``HYPOTHESIS_PROFILE=explore`` tries new examples instead: worth an hour now and then.
"""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import settings

# at import, for some tests load the world when they are collected
os.environ["MULTIPOLAR_DATA"] = str(Path(__file__).parent / ".pytest_cache" / "no-tables")
os.environ["MULTIPOLAR_CACHE"] = "off"  # each test works out what it tests
# commands that tests start find what was compiled of the package by the first of them
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

settings.register_profile("repeat", derandomize=True)
settings.register_profile("explore")
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeat"))
