"""Every metric of the engine, by name. To add one, write a reader and list it."""

from __future__ import annotations

from multipolar.engines.power import conflict, standing
from multipolar.engines.power.solved import PowerReader

READERS: tuple[PowerReader, ...] = (*standing.READERS, *conflict.READERS)
BY_NAME = {r.metric.name: r for r in READERS}
