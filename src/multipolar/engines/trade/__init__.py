"""Trade and sanctions: Caliendo and Parro's model on the world's input-output table."""

from multipolar.engines.trade.model import engine

__all__ = ["engine"]
