"""What states do, as data: a frozen model for each measure, units in the descriptions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from multipolar.text.dates import iso_date, year_as_text


def as_tuple(value: object) -> object:
    """Let one word stand for a list of one.

    Example:
        >>> as_tuple("EU")
        ('EU',)
    """
    return (value,) if isinstance(value, str) else value


def whole_years(since: str, until: str) -> tuple[int, int]:
    """Return the first year a measure counts for, and the first one it no longer does.

    For models that know whole years: the year of the first day counts, that of the first day
    after does not, unless both are the same year.

    Example:
        >>> whole_years("2026-03", "2028-02"), whole_years("2026-03", "2026-09")
        ((2026, 2028), (2026, 2027))
    """
    first = int(since[:4]) if since else 0
    return first, max(int(until[:4]), first + 1) if until else 9999


def holds(since: str, until: str, year: int | None) -> bool:
    """Say whether a measure of these dates holds at any time in a year; without one it does.

    Example:
        >>> holds("2031", "2033-01", 2032), holds("2031", "2033-01", 2033), holds("", "", None)
        (True, False, True)
    """
    if year is None:
        return True
    return since[:4] <= str(year) and (not until or until > f"{year}-01-01"[: len(until)])


def idle(measure: Mapping[str, Any], year: int) -> str:
    """Return the sentence that a resolved measure has no effect in a year, with the reason.

    Example:
        >>> line = {"measure": "build_link", "number": 2, "name": "a line", "since": "2030"}
        >>> idle(line, 2026)
        'Measure 2 (build_link, a line) changes nothing in 2026: it starts in 2030.'
    """
    first, end = whole_years(measure.get("since", ""), measure.get("until", ""))
    why = (
        f": it starts in {first}"
        if year < first
        else f": it ends before, with {measure['until']}"
        if year >= end
        else ", where there is nothing for it to change"
    )
    sides = (*(f for side in SIDES for f in side), "members")
    ends = [_few(measure[f]) for f in sides if f in measure]
    name = measure.get("name") or " and ".join(dict.fromkeys(ends))
    return (
        f"Measure {measure['number']} ({measure['measure']}, {name}) changes nothing "
        f"in {year}{why}."
    )


def _few(codes: str | list[str]) -> str:
    """Name one code, or the first of several."""
    if isinstance(codes, str):
        return codes
    return ", ".join(codes[:2]) + (f" and {len(codes) - 2} more" if len(codes) > 2 else "")


Date = Annotated[str, BeforeValidator(year_as_text), AfterValidator(iso_date)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Names = Annotated[tuple[Word, ...], BeforeValidator(as_tuple), Field(min_length=1, max_length=250)]
# strict: `true` and "0.5" are not numbers
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]


class Measure(BaseModel):
    """What every measure has: when it applies, and why it is in the scenario.

    Example:
        >>> Embargo(senders="EU", targets="Russia", scope="coal", since="2022-08-10").leakage
        0.0
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    since: Date | None = Field(default=None, description="first day, month or year it applies")
    until: Date | None = Field(default=None, description="first day it no longer applies")
    note: str | None = Field(default=None, max_length=500, description="why it is here")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Measure:
        if self.since and self.until and self.until <= self.since:
            raise ValueError("`until` should be later than `since`")
        return self


class _Between(Measure):
    """A measure of some states towards others, on some industries."""

    senders: Names = Field(description="countries or coalitions that act")
    targets: Names = Field(description="countries or coalitions acted on")
    scope: Names = Field(default=("all",), description="industry codes or group names")


class Tariff(_Between):
    """A tax the senders put on imports from the targets."""

    measure: Literal["tariff"] = Field(default="tariff", description="kind of measure")
    rate: Number = Field(ge=0, le=100, description="added rate, ad valorem: 0.25 is 25%")


class TradeBarrier(_Between):
    """A cost on trade with the targets that yields no revenue."""

    measure: Literal["trade_barrier"] = Field(
        default="trade_barrier", description="kind of measure"
    )
    rate: Number = Field(ge=0, le=100, description="ad valorem equivalent: 0.25 is 25%")
    direction: Literal["both", "imports", "exports"] = Field(
        default="both", description="the senders' imports, their exports, or both"
    )


class Embargo(_Between):
    """An end to trade between senders and targets."""

    measure: Literal["embargo"] = Field(default="embargo", description="kind of measure")
    direction: Literal["both", "imports", "exports"] = Field(
        default="both", description="the senders' imports, their exports, or both"
    )
    leakage: Share = Field(default=0.0, description="share of the trade that goes on, 0 to 1")


class ExportControl(_Between):
    """An end to the senders' exports of chosen goods to the targets."""

    measure: Literal["export_control"] = Field(
        default="export_control", description="kind of measure"
    )
    leakage: Share = Field(default=0.0, description="share of the trade that goes on, 0 to 1")


class PriceCap(_Between):
    """A ceiling on what the senders, or users of their services, pay the targets."""

    measure: Literal["price_cap"] = Field(default="price_cap", description="kind of measure")
    cap: Number = Field(gt=0, description="ceiling, in `unit`")
    unit: Literal[
        "USD/bbl", "USD/MMBtu", "USD/1000m3", "USD/t", "EUR/MWh", "share of the base price"
    ] = Field(description="unit of the cap")
    compliance: Share = Field(default=1.0, description="share of the trade that keeps it, 0 to 1")


class PaymentBlock(_Between):
    """An end to payments between senders and targets in a currency or on a network."""

    measure: Literal["payment_block"] = Field(
        default="payment_block", description="kind of measure"
    )
    channel: Word = Field(default="USD", max_length=40, description="currency code or network name")
    share: Share = Field(default=1.0, description="share of payments blocked, 0 to 1")


class SecondarySanctionThreat(Measure):
    """A threat to punish third states or firms that deal with a target."""

    measure: Literal["secondary_sanction_threat"] = Field(
        default="secondary_sanction_threat", description="kind of measure"
    )
    senders: Names = Field(description="countries or coalitions that threaten")
    third_parties: Names = Field(description="countries threatened")
    targets: Names = Field(description="countries they are not to deal with")
    probability: Share = Field(default=1.0, description="probability it is carried out, 0 to 1")
    consequence: Literal["embargo", "payment_block"] = Field(
        default="embargo", description="what befalls those who deal with the targets"
    )
    scope: Names = Field(default=("all",), description="dealings that are punished")


class SwapLine(Measure):
    """A central bank lends its currency to another."""

    measure: Literal["swap_line"] = Field(default="swap_line", description="kind of measure")
    lender: Word = Field(description="country whose currency is lent")
    borrower: Word = Field(description="country that may draw")
    amount: Number | None = Field(
        default=None, gt=0, description="limit, in billions of `currency`"
    )
    currency: str = Field(default="CNY", pattern=r"^[A-Z]{3}$", description="ISO 4217 code")


class _Link(Measure):
    origin: Word = Field(description="country the link starts from")
    destination: Word = Field(description="country it ends in")
    commodity: Literal["pipeline_gas", "lng", "crude", "rail", "sea", "road", "power"] = Field(
        description="what it carries, or for freight the mode"
    )
    via: Annotated[tuple[Word, ...], BeforeValidator(as_tuple)] = Field(
        default=(), max_length=20, description="transit countries, in order"
    )
    name: Word | None = Field(default=None, description="the link's usual name")


class BuildLink(_Link):
    """A pipeline, terminal or corridor that comes into use."""

    measure: Literal["build_link"] = Field(default="build_link", description="kind of measure")
    capacity: Number = Field(gt=0, description="full capacity, in `unit`")
    unit: Literal["bcm/yr", "Mt/yr", "mb/d", "TEU/yr", "GW"] = Field(
        description="unit of the capacity"
    )
    ramp_years: Number = Field(default=0, ge=0, le=50, description="years from first use to full")


class CutLink(_Link):
    """A pipeline, terminal or corridor that goes out of use."""

    measure: Literal["cut_link"] = Field(default="cut_link", description="kind of measure")
    remaining: Share = Field(default=0.0, description="share of capacity left, 0 to 1")


class SetCapacity(_Link):
    """A link's capacity as it is taken to be."""

    measure: Literal["set_capacity"] = Field(default="set_capacity", description="kind of measure")
    capacity: Number = Field(ge=0, description="capacity, in `unit`")
    unit: Literal["bcm/yr", "Mt/yr", "mb/d", "TEU/yr", "GW"] = Field(
        description="unit of the capacity"
    )


class ProductionCut(Measure):
    """States that pump less crude than they would, together."""

    measure: Literal["production_cut"] = Field(
        default="production_cut", description="kind of measure"
    )
    members: Names = Field(description="countries or coalitions that cut")
    amount: Number = Field(gt=0, description="by how much together, in `unit`")
    unit: Literal["mb/d", "share of output"] = Field(
        default="mb/d", description="unit of the amount"
    )

    @model_validator(mode="after")
    def _no_more_than_all(self) -> ProductionCut:
        if self.unit == "share of output" and self.amount > 1:
            raise ValueError("a share of output is at most 1")
        return self


class CloseStrait(Measure):
    """A strait or canal that ships cannot pass."""

    measure: Literal["close_strait"] = Field(default="close_strait", description="kind of measure")
    name: Word = Field(description="strait or canal by name, e.g. Hormuz")
    share: Share = Field(default=1.0, description="share of its traffic that is stopped, 0 to 1")


class SupplyArms(Measure):
    """Arms, ammunition or equipment given or sold."""

    measure: Literal["supply_arms"] = Field(default="supply_arms", description="kind of measure")
    senders: Names = Field(description="countries or coalitions that supply")
    recipient: Word = Field(description="country that receives")
    value: Number | None = Field(default=None, gt=0, description="value a year, in USD bn")
    kind: Word = Field(default="all", max_length=60, description="class of arms, e.g. artillery")


class Ally(Measure):
    """A treaty between states."""

    measure: Literal["ally"] = Field(default="ally", description="kind of measure")
    members: Names = Field(min_length=1, description="countries or coalitions that sign")
    obligation: Literal["defence", "offence", "neutrality", "non-aggression", "consultation"] = (
        Field(default="defence", description="what they promise, in the terms of the ATOP codebook")
    )


AnyMeasure: TypeAlias = Annotated[
    Tariff
    | TradeBarrier
    | Embargo
    | ExportControl
    | PriceCap
    | PaymentBlock
    | SecondarySanctionThreat
    | SwapLine
    | BuildLink
    | CutLink
    | SetCapacity
    | ProductionCut
    | CloseStrait
    | SupplyArms
    | Ally,
    Field(discriminator="measure"),
]

KINDS: dict[str, type[Measure]] = {
    cls.model_fields["measure"].default: cls for cls in get_args(get_args(AnyMeasure)[0])
}
# the two sides of a measure that acts between them: no side may be the other
SIDES = (
    ("senders", "targets"),
    ("senders", "third_parties"),
    ("third_parties", "targets"),
    ("senders", "recipient"),
    ("lender", "borrower"),
    ("origin", "destination"),
)
LINKS = ("build_link", "cut_link", "set_capacity")
FREIGHT = ("rail", "sea", "road")  # what links carry that is no fuel and no power
COUNTRY_FIELDS = (
    "senders", "targets", "third_parties", "members",
    "lender", "borrower", "recipient", "origin", "destination", "via",
)  # fmt: skip
