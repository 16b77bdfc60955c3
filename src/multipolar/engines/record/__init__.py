"""The record: what the tables say, read like any other engine's outcome."""

from multipolar.engines.record.model import RecordEngine

engine = RecordEngine()

__all__ = ["RecordEngine", "engine"]
