"""Tests that every engine has to pass, for those who write one: see :class:`EngineConformance`."""

from multipolar.policy.examples import EXAMPLES
from multipolar.testing.conformance import EngineConformance

__all__ = ["EXAMPLES", "EngineConformance"]
