"""Every table that is read by saying its columns: the modules of this package that have some."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from multipolar.engines.record import society
from multipolar.engines.record.panel import Panel

MODULES: tuple[ModuleType, ...] = (society,)
PANELS: Mapping[str, Panel] = {p.name: p for m in MODULES for p in m.PANELS}
