"""One comparison of a test: what it reads, and what that is held against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import (
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from multipolar.claims.forms import (
    Key,
    Number,
    Short,
    Strict,
    Value,
    Where,
    WhereValue,
    Whole,
)
from multipolar.limits import LIST
from multipolar.policy.files import Steps, refuse_all
from multipolar.text.dates import is_date, span

# where another reading differs from a test's own place: nothing drops what the test gives
Elsewhere = Annotated[dict[Key, WhereValue | None], Field(max_length=20)]
_WHERE: TypeAdapter[dict[str, Any]] = TypeAdapter(Where)
SUMMED = 12  # readings that may be added to a test's own


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
        if self.evidence is not None:
            given = [f for f in ("metric", "where", "scenario", "per") if getattr(self, f)]
            refuse_all([((f,), f"a cited evidence takes no {f}") for f in given])
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
            refuse_all([(("metric",), f"a list of metrics holds 2 to {SUMMED + 1} names")])
        if len(set(metrics)) < len(metrics):
            what = "a metric is named twice: write `plus` to add it once more"
            refuse_all([(("metric",), what)])
        try:
            where = _WHERE.validate_python(value.get("where", {}))
        except ValidationError:  # said of the field itself
            where = {}
        more = value.get("plus", [])
        others = [{"metric": m, "where": where} for m in metrics[1:]]
        plus = [*others, *more] if isinstance(more, list) else more
        return {**value, "metric": metrics[0], "plus": plus}

    @model_validator(mode="after")
    def _one_of_each(self) -> Leaf:
        refuse_all([*self._misread(), *self._miscompared()])
        return self

    def _misread(self) -> Iterator[tuple[Steps, str]]:
        """Yield what is wrong with how readings go together."""
        if self.metric is None and self.evidence is None:
            yield (), "a test reads either a metric or a cited evidence: give one of them"
        elif self.evidence is not None:
            if self.metric is not None:
                yield ("evidence",), "a test reads a metric or a cited evidence: give one of them"
            for name in ("where", "scenario"):
                if self.metric is None and getattr(self, name):
                    yield (name,), f"a cited evidence takes no {name}"
            if self.metric is None and self.per is not None:
                yield ("per",), "a cited evidence names no country to divide by its people"
        for k, at in enumerate(self.plus):
            if at.per:
                yield ("plus", k, "per"), "`per` divides the whole sum: give it beside `plus`"
        if self.over is not None and self.minus is not None:
            yield ("minus",), "give `over` or `minus`, not both"

    def _miscompared(self) -> Iterator[tuple[Steps, str]]:
        """Yield what is wrong with the comparison and what goes with it."""
        given = [c for c in COMPARISONS if getattr(self, c) is not None]
        if not given:
            what = f"a test makes one of the comparisons {', '.join(COMPARISONS)}: found none"
            yield (), what
        for name in given[1:]:
            yield (name,), f"a test makes one comparison, and {given[0]} is one: leave one out"
        if len(given) != 1:
            return
        if self.rank is not None:
            for name in ("plus", "per"):
                if getattr(self, name):
                    yield (name,), "a rank takes no `plus`, no list of metrics and no `per`"
        for name in ("over", "minus"):
            if getattr(self, name) is not None and (self.rises or self.falls):
                yield (name,), f"a change takes no `{name}`: compare the two readings"
        if self.within and self.comparison not in ("equals", "differs"):
            yield ("within",), "`within` goes with equals and differs"
        if self.between is not None:
            try:
                _in_order(*self.between)
            except ValueError as fault:
                yield ("between",), str(fault)

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
