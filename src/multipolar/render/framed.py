"""Framings in words: in how many a verdict stands, and the nearest in which it does not."""

from __future__ import annotations

from multipolar.pipeline.result import ClaimVerdict, Framing, Part
from multipolar.text.phrases import ordinal, quantity

_SAYS = {
    "year": "in {}",
    "since": "since {}",
    "group": "for {}",
    "measure": "by {}",
    "source": "by the figure of {}",
}


def framed(v: ClaimVerdict) -> str:
    """Say in how many framings a verdict stands; nothing where it has no others.

    Example:
        >>> from multipolar.run import run_case
        >>> verdicts = run_case("critical-minerals-2023", draws=4).verdicts
        >>> any(framed(v).startswith("stands in ") for v in verdicts)
        True
    """
    found = v.framings
    if found is None:
        return ""
    if found.nearest is None:
        return f"stands in {'both' if found.total == 2 else f'all {found.total}'} framings"
    part = v.parts[found.nearest.part]
    about = f" ({part.label})" if len(v.parts) > 1 else ""
    count = f"stands in {found.stands} of {found.total} framings"
    return f"{count}; not {differently(found.nearest, part)}{about}"


def differently(framing: Framing, part: Part) -> str:
    """Say what is changed in a framing.

    Example:
        >>> from multipolar.claims.schema import Leaf
        >>> from multipolar.pipeline.grading import Mark
        >>> leaf = Leaf(metric="toy.line", at_least=40.0)
        >>> part = Part(leaf, "share", 41.0, "percent", 40.0, 1.0, True, {}, None)
        >>> differently(Framing(0, (("year", "2022"), ("threshold", 50.0)), Mark.FAIL), part)
        'in 2022, at a threshold of 50%'
    """
    said = []
    for axis, value in framing.changes:
        if axis == "threshold":
            said.append(f"at a threshold of {_threshold(float(value), part)}")
        else:
            said.append(_SAYS[axis].format(value))
    return ", ".join(said)


def _threshold(value: float, part: Part) -> str:
    leaf = part.leaf
    if leaf.rank is not None:
        return f"{ordinal(int(value))} place"
    if leaf.exceeds is not None or leaf.short_of is not None:
        return f"{value:g} times"
    change = leaf.rises or leaf.falls
    if change is not None and change.relative:
        return quantity(100 * value, "percent")
    return quantity(value, part.unit)
