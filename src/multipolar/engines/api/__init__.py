"""The contract between an engine and the rest, version 1: all that a stranger's engine imports."""

from multipolar.engines.api.contract import (
    FROM_ZERO,
    PERCENT_CHANGE,
    UNBOUNDED,
    VERSION,
    Basis,
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
    Source,
    Unproven,
)
from multipolar.engines.api.declare import Declared, Place, Value
from multipolar.engines.api.model import Model
from multipolar.engines.api.reader import outcome
from multipolar.engines.api.support import Support

__all__ = [
    "FROM_ZERO",
    "PERCENT_CHANGE",
    "UNBOUNDED",
    "VERSION",
    "Basis",
    "Coupled",
    "Declared",
    "Dimension",
    "Engine",
    "Input",
    "Metric",
    "Model",
    "Outcome",
    "Parameter",
    "Place",
    "Prior",
    "Reading",
    "Reference",
    "Source",
    "Support",
    "Unproven",
    "Value",
    "outcome",
]
