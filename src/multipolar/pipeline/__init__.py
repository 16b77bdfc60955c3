"""From a case to its verdicts: compile, plan, solve, judge; claims and views go the same way.

One module a step, each with one frozen artefact in and one out: ``compile`` a case to a Program,
``plan`` it, ``solve`` the Plan, ``judge`` the Answers.

Example:
    >>> from multipolar.pipeline import compile_case, make_plan
    >>> from multipolar.pipeline.judge import judge
    >>> from multipolar.pipeline.solve import solve
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multipolar.pipeline.asks import Answer, Ask
    from multipolar.pipeline.compile import Program, compile_case
    from multipolar.pipeline.plan import Plan, make_plan
    from multipolar.pipeline.result import (
        CaseResult,
        ClaimVerdict,
        Figure,
        Part,
        Pivot,
        Reconciliation,
    )
    from multipolar.pipeline.solve import Answers, sample

# loaded on first use: a scenario that is solved needs no claims
_WHERE = {
    "asks": ("Answer", "Ask"),
    "compile": ("Program", "compile_case"),
    "plan": ("Plan", "make_plan"),
    "result": ("CaseResult", "ClaimVerdict", "Figure", "Part", "Pivot", "Reconciliation"),
    "solve": ("Answers", "sample"),
}

__all__ = [
    "Answer",
    "Answers",
    "Ask",
    "CaseResult",
    "ClaimVerdict",
    "Figure",
    "Part",
    "Pivot",
    "Plan",
    "Program",
    "Reconciliation",
    "compile_case",
    "make_plan",
    "sample",
]


def __getattr__(name: str) -> Any:
    for module, names in _WHERE.items():
        if name in names:
            return getattr(import_module(f"multipolar.pipeline.{module}"), name)
    raise AttributeError(f"module 'multipolar.pipeline' has no attribute {name!r}")
