"""The contract between an engine and the rest, version 1: all that a stranger's engine imports."""

from multipolar.engines.api.contract import (
    Coupled,
    Dimension,
    Engine,
    Input,
    Metric,
    Outcome,
    Parameter,
    Prior,
    Reading,
    Reference,
    Selective,
    Source,
)

VERSION = 1

__all__ = [
    "VERSION",
    "Coupled",
    "Dimension",
    "Engine",
    "Input",
    "Metric",
    "Outcome",
    "Parameter",
    "Prior",
    "Reading",
    "Reference",
    "Selective",
    "Source",
]
