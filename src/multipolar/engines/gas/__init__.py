"""The gas market: who sells to whom, at what price, and who depends on whom."""

from multipolar.engines.gas.model import GasEngine

engine = GasEngine()

__all__ = ["GasEngine", "engine"]
