"""Currencies of payment by flow of trade, and the cost of payments that are blocked."""

from multipolar.engines.money.model import engine

__all__ = ["engine"]
