"""What states do, as data: one frozen model a measure, with its unit in each field's description."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Date = Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]


def _as_tuple(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Names = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=100)], ...],
    BeforeValidator(_as_tuple),
    Field(min_length=1, max_length=250),
]
Share = Annotated[float, Field(ge=0, le=1)]


class Measure(BaseModel):
    """What every measure has: when it applies, and why it is in the scenario."""

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

    measure: Literal["tariff"] = "tariff"
    rate: float = Field(ge=0, le=100, description="added rate, ad valorem: 0.25 is 25%")


class TradeBarrier(_Between):
    """A cost on trade with the targets that yields no revenue."""

    measure: Literal["trade_barrier"] = "trade_barrier"
    rate: float = Field(ge=0, le=100, description="ad valorem equivalent: 0.25 is 25%")
    direction: Literal["both", "imports", "exports"] = Field(
        default="both", description="the senders' imports, their exports, or both"
    )


class Embargo(_Between):
    """An end to trade between senders and targets."""

    measure: Literal["embargo"] = "embargo"
    direction: Literal["both", "imports", "exports"] = "both"
    leakage: Share = Field(default=0.0, description="share of the trade that goes on, 0 to 1")


class ExportControl(_Between):
    """An end to the senders' exports of chosen goods to the targets."""

    measure: Literal["export_control"] = "export_control"
    leakage: Share = Field(default=0.0, description="share of the trade that goes on, 0 to 1")


class PriceCap(_Between):
    """A ceiling on what the senders, or users of their services, pay the targets."""

    measure: Literal["price_cap"] = "price_cap"
    cap: float = Field(gt=0, description="ceiling, in `unit`")
    unit: Literal["USD/bbl", "USD/1000m3", "USD/t", "EUR/MWh", "share of the base price"] = Field(
        description="unit of the cap"
    )
    compliance: Share = Field(default=1.0, description="share of the trade that keeps it, 0 to 1")


class PaymentBlock(_Between):
    """An end to payments between senders and targets in a currency or on a network."""

    measure: Literal["payment_block"] = "payment_block"
    channel: str = Field(default="USD", max_length=40, description="currency code or network name")
    share: Share = Field(default=1.0, description="share of payments blocked, 0 to 1")


class SecondarySanctionThreat(Measure):
    """A threat to punish third states or firms that deal with a target."""

    measure: Literal["secondary_sanction_threat"] = "secondary_sanction_threat"
    senders: Names = Field(description="countries or coalitions that threaten")
    third_parties: Names = Field(description="countries threatened")
    targets: Names = Field(description="countries they are not to deal with")
    probability: Share = Field(default=1.0, description="probability it is carried out, 0 to 1")
    consequence: Literal["embargo", "payment_block"] = "embargo"
    scope: Names = Field(default=("all",), description="dealings that are punished")


class SwapLine(Measure):
    """A central bank lends its currency to another."""

    measure: Literal["swap_line"] = "swap_line"
    lender: str = Field(description="country whose currency is lent")
    borrower: str = Field(description="country that may draw")
    amount: float | None = Field(default=None, gt=0, description="limit, in billions of `currency`")
    currency: str = Field(default="CNY", pattern=r"^[A-Z]{3}$", description="ISO 4217 code")


class _Link(Measure):
    origin: str = Field(description="country or node the link starts from")
    destination: str = Field(description="country or node it ends in")
    commodity: Literal["pipeline_gas", "lng", "crude", "rail", "sea", "road", "power"]
    name: str | None = Field(default=None, max_length=100, description="the link's usual name")


class BuildLink(_Link):
    """A pipeline, terminal or corridor that comes into use."""

    measure: Literal["build_link"] = "build_link"
    capacity: float = Field(gt=0, description="full capacity, in `unit`")
    unit: Literal["bcm/yr", "Mt/yr", "TEU/yr", "GW"]
    ramp_years: float = Field(default=0, ge=0, le=50, description="years from first use to full")


class CutLink(_Link):
    """A pipeline, terminal or corridor that goes out of use."""

    measure: Literal["cut_link"] = "cut_link"
    remaining: Share = Field(default=0.0, description="share of capacity left, 0 to 1")


class SetCapacity(_Link):
    """A link's capacity as it is taken to be."""

    measure: Literal["set_capacity"] = "set_capacity"
    capacity: float = Field(ge=0, description="capacity, in `unit`")
    unit: Literal["bcm/yr", "Mt/yr", "TEU/yr", "GW"]


class SupplyArms(Measure):
    """Arms, ammunition or equipment given or sold."""

    measure: Literal["supply_arms"] = "supply_arms"
    senders: Names = Field(description="countries or coalitions that supply")
    recipient: str = Field(description="country that receives")
    value: float | None = Field(default=None, gt=0, description="value a year, in USD bn")
    kind: str = Field(default="all", max_length=60, description="class of arms, e.g. artillery")


class Ally(Measure):
    """A treaty between states."""

    measure: Literal["ally"] = "ally"
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
    | SupplyArms
    | Ally,
    Field(discriminator="measure"),
]

KINDS: dict[str, type[Measure]] = {
    cls.model_fields["measure"].default: cls for cls in get_args(get_args(AnyMeasure)[0])
}
COUNTRY_FIELDS = (
    "senders", "targets", "third_parties", "members",
    "lender", "borrower", "recipient", "origin", "destination",
)  # fmt: skip
