"""Freight between Asia and Europe by sea and rail, and the Eastern Polygon's tonnes."""

from multipolar.engines.corridors.model import engine

__all__ = ["engine"]
