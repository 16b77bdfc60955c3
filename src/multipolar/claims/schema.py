"""What a case file may say: sources, claims, tests, evidence, a story. None of it is executed."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from multipolar.limits import LARGEST, LIST, NAME
from multipolar.text.clean import printable
from multipolar.text.dates import is_date, iso_date, meant_as_date, span, year_as_text
from multipolar.text.numbers import meant_as_number

QUOTED = 15  # words of a source that a case may print
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME)]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


def _measured(value: float) -> float:
    if not abs(value) <= LARGEST:
        raise ValueError(f"{value:g} is beyond what is measured here (at most {LARGEST:g})")
    return value


# strict: `true` and "40" are no numbers
Number = Annotated[float, Field(strict=True, allow_inf_nan=False), AfterValidator(_measured)]
Whole = Annotated[int, Field(strict=True)]
Year = Annotated[int, Field(strict=True, ge=1000, le=2999)]


def _typed(value: Any) -> str:
    """Return a value as it was typed in YAML."""
    words = {"True": "true", "False": "false", "None": "nothing"}
    return words.get(repr(value), printable(repr(value)))


def _value(value: Any) -> Any:
    """A number, a date or a word; no truth value, and nothing that looks like a date and is none.

    A date in another form would be compared as a word, and differ from every date.
    """
    if isinstance(value, (bool, list, dict)) or value is None:
        raise ValueError(f"{_typed(value)} is no number, date or word")
    if isinstance(value, (int, float)):
        return _measured(float(value))
    text = str(value).strip()
    if not text or len(text) > NAME:
        raise ValueError("a blank" if not text else f"a text of more than {NAME} characters")
    if meant_as_date(text):
        raise ValueError(f"{text!r} is not a date as it is read here: write 2022-03-24, or 2022")
    if meant_as_number(text) and not is_date(text):
        raise ValueError(f"{text!r} is no number as it is read here: write 48, or 0.48")
    return text


def _where_value(value: Any) -> Any:
    """What a dimension may be given: a word, a number, or a list of these; no blank, no truth."""
    if isinstance(value, list):
        if not 0 < len(value) <= LIST or any(isinstance(v, (list, dict)) for v in value):
            raise ValueError(f"a list holds 1 to {LIST} words or numbers")
        return [_where_value(v) for v in value]
    if isinstance(value, (bool, dict)) or value is None:
        raise ValueError(f"{_typed(value)} is no word and no number")
    if isinstance(value, str) and not 0 < len(value.strip()) <= NAME:
        raise ValueError(
            f"a text of more than {NAME} characters" if value.strip() else "a blank names nothing"
        )
    return value


Date = Annotated[str, BeforeValidator(year_as_text), AfterValidator(iso_date)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=500)]
Value = Annotated[float | str, BeforeValidator(_value)]
WhereValue = Annotated[int | float | str | list[int | float | str], BeforeValidator(_where_value)]
Where = Annotated[dict[Key, WhereValue], Field(max_length=20)]
# where another reading differs from a test's own place: nothing drops what the test gives
Elsewhere = Annotated[dict[Key, WhereValue | None], Field(max_length=20)]
_WHERE: TypeAdapter[dict[str, Any]] = TypeAdapter(Where)
SUMMED = 12  # readings that may be added to a test's own
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


Kind: TypeAlias = Literal["number", "date", "word"]


def kind_of(unit: str) -> Kind:
    """Return what a reading in a unit is: a date, a word, or a number.

    Example:
        >>> kind_of("date"), kind_of("Mt")
        ('date', 'number')
    """
    return unit if unit in ("date", "word") else "number"  # type: ignore[return-value]


class Strict(BaseModel):
    """Frozen, and unknown fields are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False
    )


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
    made_by: Key | None = Field(
        default=None, description="the engine that made the figure: it has that engine's basis"
    )

    @model_validator(mode="before")
    @classmethod
    def _bare_year(cls, row: Any) -> Any:
        """A date given as a bare year is a number in YAML."""
        if isinstance(row, dict) and row.get("unit") == "date":
            return {**row, "value": year_as_text(row.get("value"))}
        return row

    @model_validator(mode="after")
    def _fits_its_unit(self) -> Cited:
        kind = kind_of(self.unit)
        if kind == "date" and not is_date(self.value):
            raise ValueError(f"{self.value!r} is not a date: write 2022, 2022-03 or 2022-03-24")
        if kind == "word" and not isinstance(self.value, str):
            raise ValueError(f"{self.value:g} is no word: put it in quotes, or give its unit")
        if kind == "number" and isinstance(self.value, str):
            raise ValueError(
                f"{printable(repr(self.value))} is no number: write it without quotes, or "
                "`unit: word` where it is a word"
            )
        return self


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


class Per(Strict):
    """What a reading is divided by: the people who lived there in the year that is read."""

    population: Key | None = Field(
        default=None, description="dimension whose people are counted; its only country if left out"
    )

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: Any) -> Any:
        """Read `per: population`, and `per: {population: exporter}`."""
        if value == "population":
            return {}
        if isinstance(value, (str, int, float, list)) or value in ({}, None):
            raise ValueError("write `per: population`, or `per: {population: exporter}`")
        return value


class At(Strict):
    """A metric at a place: used for sums, ratios, differences and rivals.

    Without a metric and an evidence it is the test's own reading, with all that is added to it and
    whatever divides it, read elsewhere.
    """

    metric: Key | None = Field(default=None, description="the test's own metric if left out")
    where: Elsewhere = Field(
        default_factory=dict,
        description="what differs from the test's own `where`; `null` drops a dimension",
    )
    scenario: Key | None = None
    evidence: Key | None = Field(default=None, description="a cited figure instead of a metric")
    per: Per | None = Field(
        default=None, description="divide by `population`; as the test's own if no metric is named"
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> At:
        if self.evidence is not None and (self.metric or self.where or self.scenario or self.per):
            raise ValueError("a cited evidence takes no metric, where, scenario or per")
        if not (self.evidence or self.metric or self.where or self.scenario or self.per):
            raise ValueError("this reading says nothing: give metric, where, scenario or evidence")
        return self


class Exceeds(At):
    """Another reading the value is held against: value > times * other + plus."""

    times: Number = 1.0
    plus: Number = 0.0
    ratio_label: Short | None = None


class Rank(Strict):
    """The place of the value among the same metric along one dimension (1 is the largest)."""

    of: Key = Field(description="the dimension to rank along, e.g. exporter")
    among: list[Short] | None = Field(
        default=None, min_length=1, max_length=LIST, description="rivals; all if left out"
    )
    at_most: Annotated[Whole, Field(ge=1)] | None = None
    at_least: Annotated[Whole, Field(ge=1)] | None = None
    ascending: bool = Field(default=False, strict=True, description="rank the smallest first")

    @model_validator(mode="after")
    def _in_order(self) -> Rank:
        if self.at_least and self.at_most and self.at_least > self.at_most:
            raise ValueError(f"no place is {self.at_least} or lower and within {self.at_most}")
        return self


class Change(Strict):
    """A change of the value from another place (usually an earlier year) to the test's own."""

    since: Where = Field(min_length=1, description="the earlier place, e.g. {year: 2021}")
    by: Annotated[Number, Field(ge=0)] = Field(default=0.0, description="least change that counts")
    relative: bool = Field(
        default=True, strict=True, description="`by` is a share of the earlier value"
    )


COMPARISONS = (
    *("at_least", "at_most", "above", "below", "between", "equals", "differs"),
    *("rank", "rises", "falls", "exceeds", "short_of"),
)


def _in_order(low: float | str, high: float | str) -> None:
    """Refuse bounds that nothing lies between."""
    if isinstance(low, str) != isinstance(high, str) and not (is_date(low) or is_date(high)):
        raise ValueError(f"between takes two numbers or two dates, not {low!r} and {high!r}")
    if isinstance(low, float) and isinstance(high, float):
        wrong = low > high
    else:
        first, last = (f"{v:04.0f}" if isinstance(v, float) else v for v in (low, high))
        if not (is_date(first) and is_date(last)):
            raise ValueError(f"between takes two numbers or two dates, not {low!r} and {high!r}")
        wrong = span(first)[0] > span(last)[1]
    if wrong:
        raise ValueError(f"nothing lies between {low} and {high}: write the lower one first")


class Leaf(Strict):
    """One comparison of one reading.

    The reading is a `metric` at `where` (in a `scenario`, else the world as it is), or a cited
    `evidence`; `plus` adds readings to it, a list of metrics is the sum of them all at the same
    place, `per` divides by people; then `over` divides it by another reading, `minus` subtracts
    one. Exactly one comparison is given.
    """

    metric: Key | None = Field(default=None, description="one, or a list of which the sum is read")
    where: Where = Field(default_factory=dict)
    scenario: Key | None = None
    evidence: Key | None = None
    plus: Annotated[list[At], Field(max_length=SUMMED)] = Field(
        default_factory=list, description="readings that are added to it"
    )
    per: Per | None = Field(default=None, description="divide by `population`")
    over: At | None = None
    minus: At | None = None
    label: Short | None = Field(default=None, description="what is read, in words")
    unit: Short | None = Field(default=None, description="show the value in this unit")
    family: Short | None = Field(
        default=None, description="parts of one family count as one measure under `across`"
    )

    at_least: Value | None = None
    at_most: Value | None = None
    above: Value | None = None
    below: Value | None = None
    between: tuple[Value, Value] | None = None
    equals: Value | None = None
    differs: Value | None = Field(default=None, description="passes unless equal")
    within: Annotated[Number, Field(ge=0)] = Field(
        default=0.0, description="tolerance of equals, in its unit"
    )
    rank: Rank | None = None
    rises: Change | None = None
    falls: Change | None = None
    exceeds: Exceeds | None = None
    short_of: Exceeds | None = None

    @model_validator(mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        """Write a list of metrics as the first of them, plus the others at the same place."""
        metrics = value.get("metric") if isinstance(value, dict) else None
        if not isinstance(metrics, list):
            return value
        if not 2 <= len(metrics) <= SUMMED + 1 or not all(isinstance(m, str) for m in metrics):
            raise ValueError(f"a list of metrics holds 2 to {SUMMED + 1} names")
        if len(set(metrics)) < len(metrics):
            raise ValueError("a metric is named twice: write `plus` to add it once more")
        try:
            where = _WHERE.validate_python(value.get("where", {}))
        except ValidationError:  # said of the field itself
            where = {}
        more = value.get("plus", [])
        others = [{"metric": m, "where": where} for m in metrics[1:]]
        plus = [*others, *more] if isinstance(more, list) else more
        return {**value, "metric": metrics[0], "plus": plus}

    @model_validator(mode="after")
    def _sums_and_heads(self) -> Leaf:
        if self.rank is not None and (self.plus or self.per):
            raise ValueError("a rank takes no `plus`, no list of metrics and no `per`")
        if any(at.per for at in self.plus):
            raise ValueError("`per` divides the whole sum: give it beside `plus`")
        if self.per is not None and self.metric is None:
            raise ValueError("a cited evidence names no country to divide by its people")
        return self

    @model_validator(mode="after")
    def _one_of_each(self) -> Leaf:
        if (self.metric is None) == (self.evidence is None):
            raise ValueError("a test reads either a metric or a cited evidence: give one of them")
        given = [c for c in COMPARISONS if getattr(self, c) is not None]
        if len(given) != 1:
            found = ", ".join(given) or "none"
            raise ValueError(
                f"a test makes one of the comparisons {', '.join(COMPARISONS)}: found {found}"
            )
        if self.evidence is not None and (self.where or self.scenario):
            raise ValueError("a cited evidence takes no where and no scenario")
        if self.over is not None and self.minus is not None:
            raise ValueError("give `over` or `minus`, not both")
        if (self.over or self.minus) and (self.rises or self.falls):
            raise ValueError("a change takes no `over` and no `minus`: compare the two readings")
        if self.within and self.comparison not in ("equals", "differs"):
            raise ValueError("`within` goes with equals and differs")
        if self.between is not None:
            _in_order(*self.between)
        return self

    @property
    def comparison(self) -> str:
        """Name of the comparison made."""
        return next(c for c in COMPARISONS if getattr(self, c) is not None)

    def slots(self) -> tuple[Leaf | At, ...]:
        """Return every place where the test names a reading: its own first.

        Example:
            >>> [s.evidence for s in Leaf(evidence="a", over=At(evidence="b"), above=2.0).slots()]
            ['a', 'b']
        """
        others = (self.over, self.minus, self.exceeds, self.short_of)
        return (self, *self.plus, *(at for at in others if at is not None))

    def moved(self, **where: Any) -> Leaf:
        """Return the test read at another place, with what is added at the same place.

        Example:
            >>> leaf = Leaf(metric=["a.x", "a.y"], where={"country": "Iran"}, above=2.0)
            >>> [part.where for part in leaf.moved(country="Iraq").slots()]
            [{'country': 'Iraq'}, {'country': 'Iraq'}]
        """
        plus = [
            at.model_copy(
                update={
                    "where": {
                        k: where[k] if k in where and v == self.where.get(k) else v
                        for k, v in at.where.items()
                    }
                }
            )
            for at in self.plus
        ]
        return self.model_copy(update={"where": {**self.where, **where}, "plus": plus})


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
        for family, own in families.items():
            for part in own if isinstance(own, list) else [own]:
                if not isinstance(part, dict):
                    raise ValueError(f"family {family!r} holds a list of comparisons")
                if part.get("family") not in (None, family):
                    raise ValueError(f"a part of {family!r} names family {part['family']!r}")
                parts.append({**part, "family": family})
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
        for text in value.values():
            if re.search(r"\d", text):
                raise ValueError("a heading holds no figures: write {value}, {threshold}, {margin}")
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
