"""Threats, a peace plan, alliance, wedge and arms: a crisis game with payoffs from losses."""

from multipolar.engines.strategy.model import StrategyEngine

engine = StrategyEngine()

__all__ = ["StrategyEngine", "engine"]
