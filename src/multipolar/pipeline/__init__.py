"""From a case to its verdicts: compile, plan, solve, judge; claims and views go the same way."""

from multipolar.pipeline.asks import Answer, Ask
from multipolar.pipeline.compile import Program, compile_case
from multipolar.pipeline.judge import judge
from multipolar.pipeline.plan import Plan, make_plan
from multipolar.pipeline.result import (
    CaseResult,
    ClaimVerdict,
    Figure,
    Part,
    Pivot,
    Reconciliation,
)
from multipolar.pipeline.solve import Answers, sample, solve

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
    "judge",
    "make_plan",
    "sample",
    "solve",
]
