"""Every table that is read by saying its columns: the modules of this package that have some."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from multipolar.engines.record import economy, markets, society, war
from multipolar.engines.record.counts import Count
from multipolar.engines.record.panel import Panel

MODULES: tuple[ModuleType, ...] = (
    economy,
    markets,
    society,
    war,
)
PANELS: Mapping[str, Panel | Count] = {p.name: p for m in MODULES for p in m.PANELS}
