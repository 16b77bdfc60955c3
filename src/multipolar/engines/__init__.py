"""How the world answers: the engine contract, the registry and the built-in engines."""

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
    Source,
)
from multipolar.engines.api.support import Support
from multipolar.engines.registry import Registry, installed

__all__ = [
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
    "Registry",
    "Source",
    "Support",
    "installed",
]
