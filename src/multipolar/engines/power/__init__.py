"""Weights of states, alliances and contests: concentration, votes, vulnerability, odds."""

from multipolar.engines.power.model import PowerEngine

engine = PowerEngine()

__all__ = ["PowerEngine", "engine"]
