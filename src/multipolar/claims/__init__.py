"""What people say: cases, claims and their tests, read from a folder and checked."""

from multipolar.claims.load import Loaded, bundled_cases, find_case, load_case
from multipolar.claims.schema import Case, Claim

__all__ = ["Case", "Claim", "Loaded", "bundled_cases", "find_case", "load_case"]
