"""What a case file may say: sources, claims, tests, evidence, a story. None of it is executed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import (
    Field,
    field_validator,
    model_validator,
)

from multipolar.claims.comparison import (
    COMPARISONS,
    At,
    Change,
    Exceeds,
    Leaf,
    Per,
    Rank,
)
from multipolar.claims.forms import (
    Date,
    Key,
    Kind,
    Number,
    Short,
    Strict,
    Text,
    Url,
    Value,
    Whole,
    Year,
    kind_of,
)
from multipolar.errors import nearest
from multipolar.policy.files import Steps, refuse_all
from multipolar.text.clean import printable
from multipolar.text.dates import is_date, year_as_text
from multipolar.text.numbers import Printed, figure_in
from multipolar.text.phrases import unread
from multipolar.world.units import natural

DECIMALS = 15  # to which a figure can be known
QUOTED = 15  # words of a source that a case may print
ClaimKind: TypeAlias = Literal[
    "record", "forecast", "causal", "comparative", "normative", "intention"
]
Verdict: TypeAlias = Literal["holds", "fails", "depends", "unresolved", "untestable"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
DECIDED = VERDICTS[:3]
VerdictGrade: TypeAlias = Literal[
    "holds", "mostly holds", "split", "mostly fails", "fails", "unresolved", "untestable"
]
VERDICT_GRADES: tuple[VerdictGrade, ...] = get_args(VerdictGrade)  # the best first
About: TypeAlias = Literal["past", "present", "trend", "future"]


class Cited(Strict):
    """One piece of cited evidence: what a named source says, as a number, a date or a word."""

    says: Text = Field(description="what the source says, in the case's own words")
    value: Value = Field(description="the figure, ISO date or word a test compares with")
    unit: Short = Field(description="unit of the value; `date` or `word` where it is one")
    date: Date = Field(description="date of the source or of what it describes")
    source: Short = Field(description="who says it, in what document")
    url: Url | None = None
    reading: Literal["read", "computed", "second-hand"] = Field(
        default="read", description="read at the source, computed from it, or read as quoted"
    )
    sought: Date | None = Field(
        default=None, description="when the original was last looked for and could not be read"
    )
    known: Date | None = Field(
        default=None, description="since when it is public; the date itself if left out"
    )
    grade: Literal["primary", "official", "report", "second-hand", "recalled"] | None = Field(
        default=None,
        description="how good the source is: a primary text, an official series, a reputable "
        "report, a report of a report, a figure recalled",
    )
    interested: bool = Field(
        default=False, strict=True, description="the source is a party to what it says"
    )
    error: Annotated[Number, Field(ge=0)] | None = Field(
        default=None, description="half width of the figure; its rounding if left out"
    )
    decimals: Annotated[Whole, Field(ge=0, le=DECIMALS)] | None = Field(
        default=None, description="to how many decimals the value is known; as written if left out"
    )
    beyond: bool = Field(
        default=False, strict=True, description="the figure may be below nothing or beyond the "
        "whole: a change, or a ratio to something else",
    )  # fmt: skip
    made_by: Key | None = Field(
        default=None, description="the engine that made the figure: it has that engine's basis"
    )

    @model_validator(mode="before")
    @classmethod
    def _bare_year(cls, row: Any) -> Any:
        """A date given as a bare year is a number in YAML; a number says its own decimals."""
        if isinstance(row, dict) and isinstance(row.get("value"), Printed):
            written = row["value"].decimals
            # more than a float holds are none that can be known
            row = {"decimals": written and min(written, DECIMALS), **row}
        if isinstance(row, dict) and row.get("unit") == "date":
            return {**row, "value": year_as_text(row.get("value"))}
        return row

    def about(self) -> str:
        """What a reader is told of the row: what it says, and what could not be read."""
        return f"{self.says} {unread(self.sought)}" if self.sought else self.says

    @model_validator(mode="after")
    def _fits_its_unit(self) -> Cited:
        refuse_all([*self._graded_too_high(), *self._of_another_kind(), *self._outside_its_unit()])
        return self

    @property
    def limits(self) -> tuple[float, float]:
        """Return the least and the most that such a figure can be, in its unit."""
        return (-math.inf, math.inf) if self.beyond else natural(self.unit)

    def _outside_its_unit(self) -> Iterator[tuple[Steps, str]]:
        low, high = self.limits
        if not isinstance(self.value, str) and not low <= self.value <= high:
            span = "below nothing" if self.value < low else "beyond the whole"
            yield (
                ("value",),
                f"{self.value:g} {self.unit} is {span}: write `beyond: true` if it is a change, or "
                "a ratio to something else",
            )

    def _graded_too_high(self) -> Iterator[tuple[Steps, str]]:
        if self.reading == "second-hand" and self.grade in ("primary", "official"):
            yield ("grade",), f"what is read second-hand is not {self.grade}: at most a report"
        if self.sought and self.reading == "read":
            yield ("sought",), "what was read at its source was found: leave out `sought`"

    def _of_another_kind(self) -> Iterator[tuple[Steps, str]]:
        kind, at = kind_of(self.unit), ("value",)
        if kind == "date" and not is_date(self.value):
            yield at, f"{self.value!r} is not a date: write 2022, 2022-03 or 2022-03-24"
        if kind == "word" and not isinstance(self.value, str):
            yield at, f"{self.value:g} is no word: put it in quotes, or give its unit"
        if kind == "number" and isinstance(self.value, str):
            yield (
                at,
                f"{printable(repr(self.value))} is no number: write it without quotes, or "
                "`unit: word` where it is a word",
            )


class Quantity(Strict):
    """A figure a claim states; figures of one `kind` are compared and added up."""

    value: Number
    unit: Short
    kind: Key = Field(description="what is measured, e.g. gas.pipeline.RUS-CHN")
    label: Short
    year: Year | None = Field(default=None, description="the year it is for")
    known: Date | None = Field(
        default=None, description="when it was said; the source's date if left out"
    )


class Awaits(Strict):
    """A test that cannot be made yet: what is missing, and what would settle it."""

    awaits: Text = Field(description="the data or the event that is missing")
    settled_by: Text = Field(description="what would settle it, with the threshold")


class Untestable(Strict):
    """Why no test is made of this claim."""

    untestable: Text


class All(Strict):
    """Holds where every part passes."""

    all: Annotated[list[Leaf], Field(min_length=2, max_length=12)]


class AnyOf(Strict):
    """Holds where at least one part passes."""

    any: Annotated[list[Leaf], Field(min_length=2, max_length=12)]


class Across(Strict):
    """The same question on unlike measures, counted by families.

    Parts that read the same metric or the same rows are one family, unless each is given a family
    of its own; `across: {goods: [...], votes: [...]}` names them all. Two thirds of the families
    make a claim mostly hold, nine tenths make it hold. What stands under `needs` has to pass
    besides: a claim that only X can do something needs that nobody else can.
    """

    across: Annotated[list[Leaf], Field(min_length=2, max_length=24)]
    needs: Annotated[list[Leaf], Field(max_length=12)] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _by_family(cls, value: Any) -> Any:
        """Give each part of a named family its name."""
        families = value.get("across") if isinstance(value, dict) else None
        if not isinstance(families, dict):
            return value
        parts: list[Any] = []
        faults: list[tuple[Steps, str]] = []
        for family, own in families.items():
            for part in own if isinstance(own, list) else [own]:
                at: Steps = ("across", len(parts))
                parts.append({**part, "family": family} if isinstance(part, dict) else part)
                if isinstance(part, Leaf):
                    continue
                if not isinstance(part, dict):
                    faults.append((at, f"family {family!r} holds a list of comparisons"))
                elif part.get("family") not in (None, family):
                    other = printable(repr(part["family"]))
                    faults.append(((*at, "family"), f"a part of {family!r} names family {other}"))
        refuse_all(faults)
        return {**value, "across": parts}


Test: TypeAlias = Leaf | All | AnyOf | Across | Awaits | Untestable
_FORMS = (
    ("all", All),
    ("any", AnyOf),
    ("across", Across),
    ("awaits", Awaits),
    ("untestable", Untestable),
)


class Claim(Strict):
    """One sentence of a source, paraphrased, with the test that decides it."""

    id: Key
    source: Key
    paragraph: Whole | None = Field(default=None, ge=1)
    speaker: Short
    kind: ClaimKind
    topic: Short
    says: Text
    horizon: Date | None = Field(default=None, description="the date a forecast is for")
    quantities: list[Quantity] = Field(default_factory=list)
    quote: Short | None = Field(
        default=None, description=f"the source's own words, at most {QUOTED}"
    )
    about: About | None = Field(
        default=None, description="the time it speaks of; by its kind and test if left out"
    )
    judge: Annotated[list[Literal["then", "now"]], Field(min_length=1, max_length=2)] = Field(
        default=["now"],
        description="judged on what was known when it was written, at the case's date, or both",
    )
    test: Test
    chosen: Text = Field(description="why this test and this threshold")
    untested: Annotated[list[Text], Field(max_length=12)] = Field(
        default_factory=list, description="what of the claim no part tests"
    )
    instead: Text | None = Field(
        default=None, description="what is tested in place of what the claim says, a near thing"
    )
    assumes: Text | None = Field(
        default=None, description="why the test can only come out one way, by construction"
    )
    cites: list[Key] = Field(default_factory=list, description="further evidence shown with it")
    chosen_year: Text | None = Field(
        default=None, description="why the test reads another year than the claim is for"
    )
    against: list[Key] = Field(default_factory=list, description="claims that stand against it")

    @property
    def rule(self) -> Literal["all", "any", "across", ""]:
        """How the parts of the test make its verdict; blank where there is one comparison."""
        match self.test:
            case All():
                return "all"
            case AnyOf():
                return "any"
            case Across():
                return "across"
            case _:
                return ""

    @property
    def time(self) -> About:
        """The time it speaks of: as given, or else by its kind and its test."""
        if self.about is not None:
            return self.about
        if self.kind in ("forecast", "intention"):
            return "future"
        form = self.test
        parts = form.across if isinstance(form, Across) else [form]
        if any(isinstance(p, Leaf) and (p.rises or p.falls) for p in parts):
            return "trend"
        return "past" if self.kind == "record" else "present"

    @field_validator("quote")
    @classmethod
    def _short(cls, value: str | None) -> str | None:
        if value is not None and len(value.split()) > QUOTED:
            raise ValueError(f"a quotation has at most {QUOTED} words")
        return value

    @field_validator("test", mode="before")
    @classmethod
    def _pick_form(cls, value: Any) -> Any:
        """Choose the form by its key, so that errors speak of that form alone."""
        if not isinstance(value, dict):
            return value
        for key, form in _FORMS:
            if key in value:
                return form.model_validate(value)
        return Leaf.model_validate(value)


class SourceText(Strict):
    """A text whose claims are tested."""

    title: Short
    author: Short
    published: Date | None = None
    publisher: Short | None = None
    url: Url | None = None
    stance: Short = Field(description="its argument in one neutral line, for the page's head")


ChartKind: TypeAlias = Literal[
    "auto",
    "series",
    "ranking",
    "votes",
    "flows",
    "draws",
    "sum",
    "bars",
    "timeline",
    "pair",
    "none",
]


FILLED = ("value", "threshold", "margin", "unit")  # what a heading leaves to be computed
_BRACED = re.compile(r"\{([^{}]*)\}")


def _misheaded(text: str) -> Iterator[str]:
    """Yield what is wrong with a heading: figures that are typed, and what nothing fills in."""
    braced, rest = _BRACED.findall(text), _BRACED.sub("", text)
    if figure := figure_in(rest):
        yield f"a heading holds no figures ({figure}): write {{value}}, {{threshold}}, {{margin}}"
    for name in (b for b in braced if b not in FILLED):
        yield f"nothing fills in {printable('{' + name + '}')}: {nearest(name, FILLED)}"
    if "{" in rest or "}" in rest:
        yield "a brace without its like: write {value}, {threshold}, {margin} or {unit}"


class Finding(Strict):
    """One item of the page's story: a claim, a chart, and a heading for each verdict or grade.

    Headings hold no figures: `{value}`, `{threshold}`, `{margin}` and `{unit}` stand for what was
    computed.
    """

    claim: Key
    chart: ChartKind = "auto"
    heading: dict[Verdict | VerdictGrade, Short] = Field(default_factory=dict)

    @field_validator("heading")
    @classmethod
    def _no_figures(cls, value: dict[str, str]) -> dict[str, str]:
        refuse_all([((v,), what) for v, text in value.items() for what in _misheaded(text)])
        return value


class Pair(Strict):
    """Two claims set side by side."""

    claims: Annotated[list[Key], Field(min_length=2, max_length=4)]
    question: Short
    relation: Literal["clash", "agree"] = "clash"


class Case(Strict):
    """A whole case: everything in the folder, read and checked."""

    schema_version: Literal[1] = Field(alias="schema")
    case: Key
    title: Short
    deck: Text
    as_of: Date = Field(description="what is known at this date is what claims are tested on")
    engines: list[Key] = Field(description="engines the tests are written for")
    sources: Annotated[dict[Key, SourceText], Field(min_length=1, max_length=12)]
    claims: Annotated[list[Claim], Field(min_length=1, max_length=2000)]
    evidence: dict[Key, Cited] = Field(default_factory=dict)
    story: list[Finding] = Field(default_factory=list, max_length=20)
    pairs: list[Pair] = Field(default_factory=list)

    @model_validator(mode="after")
    def _links(self) -> Case:
        seen: set[str] = set()
        for claim in self.claims:
            if claim.id in seen:
                raise ValueError(f"claim id {claim.id!r} is given twice")
            seen.add(claim.id)
        return self


__all__ = [
    "COMPARISONS",
    "DECIDED",
    "QUOTED",
    "VERDICTS",
    "VERDICT_GRADES",
    "About",
    "Across",
    "All",
    "AnyOf",
    "At",
    "Awaits",
    "Case",
    "Change",
    "ChartKind",
    "Cited",
    "Claim",
    "ClaimKind",
    "Exceeds",
    "Finding",
    "Kind",
    "Leaf",
    "Pair",
    "Per",
    "Quantity",
    "Rank",
    "SourceText",
    "Test",
    "Untestable",
    "Verdict",
    "VerdictGrade",
    "kind_of",
]
