"""multipolar tests arguments about the world order.

A case holds the claims of a text, paraphrased, each with a test. Testing it returns, for every
claim, a computed verdict with its evidence and with what one would have to believe for the verdict
to turn.

Example:
    >>> import multipolar as mp
    >>> result = mp.run_case("critical-minerals-2023", draws=4)
    >>> sorted(result.counts())
    ['by assumption', 'depends', 'fails', 'holds', 'unresolved', 'untestable']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multipolar.claims import Case, load_case
    from multipolar.engines import Registry
    from multipolar.engines.alignment.positions import positions
    from multipolar.pipeline import CaseResult
    from multipolar.pipeline.checking import check
    from multipolar.pipeline.finding import find
    from multipolar.pipeline.lookup import read
    from multipolar.pipeline.scenarios import compare, solve, solve_pass
    from multipolar.policy import Scenario, load_scenarios
    from multipolar.render import write
    from multipolar.render.sentences import why
    from multipolar.run import run_case
    from multipolar.world import World

# loaded on first use: `multipolar --help` should not wait for pandas
_WHERE = {
    "Case": "multipolar.claims",
    "CaseResult": "multipolar.pipeline",
    "Registry": "multipolar.engines",
    "Scenario": "multipolar.policy",
    "World": "multipolar.world",
    "check": "multipolar.pipeline.checking",
    "compare": "multipolar.pipeline.scenarios",
    "find": "multipolar.pipeline.finding",
    "load_case": "multipolar.claims",
    "load_scenarios": "multipolar.policy",
    "positions": "multipolar.engines.alignment.positions",
    "read": "multipolar.pipeline.lookup",
    "run_case": "multipolar.run",
    "solve": "multipolar.pipeline.scenarios",
    "solve_pass": "multipolar.pipeline.scenarios",
    "why": "multipolar.render.sentences",
    "write": "multipolar.render",
}

__all__ = [
    "Case",
    "CaseResult",
    "Registry",
    "Scenario",
    "World",
    "check",
    "compare",
    "find",
    "load_case",
    "load_scenarios",
    "positions",
    "read",
    "run_case",
    "solve",
    "solve_pass",
    "why",
    "write",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("importlib.metadata").version("multipolar")
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'multipolar' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_WHERE, "__version__"])
