"""Freight between Asia and Europe by sea and rail, and the Eastern Polygon's tonnes."""

from multipolar.engines.corridors.model import CorridorsEngine

engine = CorridorsEngine()

__all__ = ["CorridorsEngine", "engine"]
