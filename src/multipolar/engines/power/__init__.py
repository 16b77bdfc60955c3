"""Weights of states, alliances and contests: concentration, votes, vulnerability, odds."""

from multipolar.engines.power.model import engine

__all__ = ["engine"]
