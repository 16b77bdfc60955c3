"""facts: sourced figures, typed row by row in tools/facts/*.yaml."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations
from typing import Annotated, Literal

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from common import ROOT, SOURCES, Built, column
from multipolar.text.phrases import unread

FOLDER = ROOT / "tools" / "facts"
GRADED = SOURCES / "facts_sources.yaml"
GRADES = ("primary", "official", "report", "second-hand", "recalled")  # the strongest first
COUNTED = ("count", "rank", "meetings")
DATE = r"^\d{4}(-\d{2}(-\d{2})?)?$"


class Fact(BaseModel):
    """One row."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    series: Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$")]
    label: Annotated[str, Field(min_length=3)]
    entity: Annotated[str, Field(min_length=1)]
    value: float | str
    unit: Annotated[str, Field(min_length=1)]
    error: Annotated[float, Field(ge=0)] | None = None  # half width, where the source prints one
    date: Annotated[str, Field(pattern=DATE)]
    known: Annotated[str, Field(pattern=DATE)] | None = None
    source: Annotated[str, Field(min_length=3)]
    url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    confidence: Literal["high", "medium", "low"]
    reading: Literal["read", "computed", "second-hand"]
    sought: Annotated[str, Field(pattern=DATE)] | None = None
    kind: str
    note: str | None = None
    differs: Annotated[str, Field(min_length=8)] | None = None

    @model_validator(mode="after")
    def _errs_in_numbers(self) -> Fact:
        if self.error is not None and isinstance(self.value, str):
            raise ValueError("a word or a date has no error: leave it out")
        return self

    @model_validator(mode="after")
    def _sought_in_vain(self) -> Fact:
        if self.sought and self.reading == "read":
            raise ValueError("what was read needs no search: leave out `sought`")
        return self

    def about(self) -> str | None:
        """What a reader is told of the row: its note, why it differs, what could not be read."""
        sought = self.sought and unread(self.sought)
        return " ".join(filter(None, (self.note, self.differs, sought))) or None


def rows() -> list[Fact]:
    """Every row of every file, checked."""
    found: list[Fact] = []
    seen: set[tuple[str, ...]] = set()
    for path in sorted(FOLDER.glob("*.yaml")):
        for k, row in enumerate(yaml.safe_load(path.read_text("utf-8")) or [], 1):
            try:
                fact = Fact.model_validate(row)
            except ValueError as fault:
                raise SystemExit(f"{path.name}: row {k}: {fault}") from None
            key = (fact.series, fact.entity, fact.date, fact.source)
            if key in seen:
                raise SystemExit(f"{path.name}: row {k}: {key} is given twice")
            seen.add(key)
            found.append(fact)
    return found


def clashes(facts: list[Fact]) -> list[tuple[str, str, str]]:
    """Series, entity and date of which two rows say more than rounding apart and neither says why.

    A row of another edition, definition or count than the others says so in `differs`.
    """
    groups: dict[tuple[str, str, str, str], list[Fact]] = {}
    for f in facts:
        groups.setdefault((f.series, f.entity, f.date, f.unit), []).append(f)
    return [
        key[:3]
        for key, group in groups.items()
        if any(apart(a, b) and not (a.differs or b.differs) for a, b in combinations(group, 2))
    ]


def apart(one: Fact, other: Fact) -> bool:
    """Whether two figures differ by more than half of the last digits they are printed with."""
    a, b = one.value, other.value
    if isinstance(a, str) or isinstance(b, str):
        return a != b
    return abs(a - b) > (off(one) + off(other)) * 1.000001


def off(fact: Fact) -> float:
    """By how much a figure may be off: as its source says, or its rounding."""
    return printed(float(fact.value), fact.unit) if fact.error is None else fact.error


def printed(value: float, unit: str) -> float:
    """Half of the last digit of a figure, nothing for what is counted."""
    if unit in COUNTED:
        return 0.0
    digits = Decimal(repr(value)).normalize().as_tuple().exponent
    return 0.5 * 10.0 ** min(int(digits), 0)


def grades(facts: list[Fact]) -> tuple[dict[str, str], set[str]]:
    """The grade of every source, and those that are a party to what they say.

    A source without a grade, or with two, or that no row names, and a row read second-hand whose
    grade is more than a report, stop the build.
    """
    said = yaml.safe_load(GRADED.read_text("utf-8"))
    listed = [(source, grade) for grade in GRADES for source in said[grade]]
    graded, interested = dict(listed), set(said["interested"])
    named = {f.source for f in facts}
    wrong = sorted(named ^ set(graded) | interested - named)
    wrong += [f.source for f in facts if f.reading == "second-hand" and strong(graded, f)]
    if wrong or len(listed) > len(graded) or set(said) != {*GRADES, "interested"}:
        raise SystemExit(f"{GRADED.name}: {wrong[0] if wrong else 'a source is given twice'}")
    return graded, interested


def strong(graded: dict[str, str], fact: Fact) -> bool:
    """Whether the grade of a row's source is more than a report."""
    return GRADES.index(graded.get(fact.source, "recalled")) < GRADES.index("report")


def build() -> Built:
    """Build the table."""
    facts = rows()
    graded, interested = grades(facts)
    if unsaid := clashes(facts):
        raise SystemExit(f"{unsaid[0]}: two figures; say in `differs` of one why it is another")
    frame = pd.DataFrame([f.model_dump() | {"note": f.about()} for f in facts])
    frame["error"] = frame["error"].astype(float)
    frame["grade"] = frame["source"].map(graded)
    frame["interested"] = frame["source"].isin(interested)
    text = frame["value"].map(lambda v: v if isinstance(v, str) else None)
    frame["value"] = pd.to_numeric(frame["value"].where(text.isna()), errors="coerce").astype(float)
    frame["text"] = text.astype("object")
    frame = frame.sort_values(["series", "entity", "date", "source"])
    return Built(
        name="facts",
        read="2026-12-01",
        review_days=90,
        refresh="the sources of the rows, one by one",
        grade="",
        public={"rule": "column", "column": "known", "why": "Each row has the date of its source"},
        title="Sourced figures",
        description=(
            "One figure a row, typed with its source: settlement shares, trade totals, deliveries, "
            "contracts and capacities, arms, spending, summits and documents, freight, technology. "
            "`reading` says whether it was read at the origin, computed, or read where another "
            "source quotes it, `grade` how good the source is. Where sources disagree each has its "
            "row."
        ),
        source="many; each row names its own",
        url="",
        licence="figures are facts; each row names its source",
        version="2026-11",
        fields=(
            column("series", "string", "What is measured, dotted"),
            column("label", "string", "The same in words"),
            column("entity", "string", "ISO code, an ordered pair from-to, or a name"),
            column("value", "number", "The figure, in the unit of the row; null if it is text"),
            column("text", "string", "The value where it is a date or a word"),
            column("unit", "string", "Unit of the value"),
            column(
                "error",
                "number",
                "Half width of the figure in the unit of the row, as its source prints it; null: "
                "it may be off by its rounding",
            ),
            column("date", "string", "Day, month or year the figure is for, ISO 8601"),
            column("known", "string", "When the figure was public, ISO 8601; null if not known"),
            column("source", "string", "Who says so, in what"),
            column("url", "string", "Where it can be read"),
            column("confidence", "string", "high, medium or low"),
            column("reading", "string", "read, computed or second-hand"),
            column("grade", "string", "primary, official, report, second-hand or recalled"),
            column("interested", "boolean", "Whether the source is a party to what it says"),
            column("kind", "string", "Figures of one kind may be compared with each other"),
            column("note", "string", "Definitions, breaks and conflicts"),
        ),
        frame=frame,
    )
