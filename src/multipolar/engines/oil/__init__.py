"""The world's trade in crude: sellers, buyers, straits, pipes, a cap and a fleet of its own."""

from multipolar.engines.oil.model import engine

__all__ = ["engine"]
