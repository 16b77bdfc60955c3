"""The record: what the tables say, read like any other engine's outcome."""

from multipolar.engines.record.model import engine

__all__ = ["engine"]
