"""From a case to its verdicts: compile, plan, solve, judge; claims and views go the same way."""

from multipolar.pipeline.result import (
    CaseResult,
    ClaimVerdict,
    Figure,
    Part,
    Pivot,
    Reconciliation,
)
from multipolar.pipeline.run import plan_case, run_case

__all__ = [
    "CaseResult",
    "ClaimVerdict",
    "Figure",
    "Part",
    "Pivot",
    "Reconciliation",
    "plan_case",
    "run_case",
]
