"""Claims judged on what was known when they were written, beside what is known now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from multipolar.claims.load import Loaded
from multipolar.claims.schema import Claim
from multipolar.errors import CaseError
from multipolar.pipeline.result import ClaimVerdict


def earlier(loaded: Loaded) -> Iterator[tuple[str, Loaded]]:
    """Return the claims to be judged as of their writing: for each date a case of them alone.

    Raises:
        CaseError: the source of one of them has no date.

    Example:
        >>> from multipolar.claims import load_case
        >>> list(earlier(load_case("critical-minerals-2023")))
        []
    """
    dates: dict[str, list[Claim]] = {}
    for claim in loaded.case.claims:
        if "then" not in claim.judge:
            continue
        published = loaded.case.sources[claim.source].published
        if published is None:
            raise CaseError(
                f"source {claim.source} has no date, as of which it could be judged",
                where=f"claim {claim.id}: judge",
                hint="give the source `published`, or leave `then` out",
            )
        dates.setdefault(min(published, loaded.case.as_of), []).append(claim)
    for date, claims in sorted(dates.items()):
        part = {"as_of": date, "claims": claims, "story": [], "pairs": []}
        yield date, replace(loaded, case=loaded.case.model_copy(update=part))


def with_then(
    verdicts: Sequence[ClaimVerdict], judged: Mapping[str, Sequence[ClaimVerdict]]
) -> tuple[ClaimVerdict, ...]:
    """Set the verdicts as of then beside those of now; where only then was asked, in their place.

    Args:
        verdicts: on all claims, as of the date of the case.
        judged: those as of earlier dates, by date.
    """
    then = {v.claim.id: v for group in judged.values() for v in group}
    found = []
    for v in verdicts:
        old = then.get(v.claim.id)
        if old is None:
            found.append(v)
        elif "now" in v.claim.judge:
            found.append(replace(v, then=old))
        else:
            found.append(old)
    return tuple(found)
