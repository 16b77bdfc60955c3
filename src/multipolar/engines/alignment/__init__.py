"""Alignment: who votes with whom, where states stand, and whether they vote in blocs."""

from multipolar.engines.alignment.model import engine

__all__ = ["engine"]
