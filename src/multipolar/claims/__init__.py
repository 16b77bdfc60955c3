"""What people say: cases, tests, verdicts, and figures set against each other."""

from multipolar.claims.load import Loaded, bundled_cases, find_case, load_case
from multipolar.claims.result import (
    CaseResult,
    ClaimVerdict,
    Figure,
    Part,
    Pivot,
    Reconciliation,
)
from multipolar.claims.run import plan_case, run_case
from multipolar.claims.schema import Case, Claim

__all__ = [
    "Case",
    "CaseResult",
    "Claim",
    "ClaimVerdict",
    "Figure",
    "Loaded",
    "Part",
    "Pivot",
    "Reconciliation",
    "bundled_cases",
    "find_case",
    "load_case",
    "plan_case",
    "run_case",
]
