"""Tables that a user adds from official files: their metrics are there where the table is."""

from __future__ import annotations

from multipolar.engines.api.contract import UNIT_OF_ROW
from multipolar.engines.record import widths
from multipolar.engines.record.panel import Panel

_STATES = {"country": "whose", "year": ""}
_MONTHS = {"currency": "which currency", "year": "", "month": ""}

PANELS: tuple[Panel, ...] = (
    Panel(
        "worldbank.value",
        "worldbank",
        {"series": "code of the indicator, as NY.GDP.MKTP.CD", **_STATES},
        UNIT_OF_ROW,
        "Indicators of the World Bank that were added",
        columns={"series": "indicator"},
        whole="row",
        error_of=widths.VINTAGES,
        hint="`multipolar data add worldbank FILE` adds another indicator",
    ),
    Panel(
        "cofer.share",
        "cofer",
        {**_MONTHS, "month": "last month of a quarter: 3, 6, 9 or 12, which is read if left out"},
        "percent",
        "Share of a currency in the world's foreign exchange reserves, at the end of a quarter",
        "sum",
        value="share",
        defaults={"month": 12},
        bounds=(0.0, 100.0),
        quantity="share in reserves",
    ),
    Panel(
        "swift.share",
        "swift_payments",
        _MONTHS,
        "percent",
        "Share of a currency in the value of payments by SWIFT, as typed from its tracker",
        value="share",
        bounds=(0.0, 100.0),
        quantity="share in payments by SWIFT",
        siblings=("swift.rank",),
    ),
    Panel(
        "swift.rank",
        "swift_payments",
        _MONTHS,
        "rank",
        "Rank of a currency in payments by SWIFT, as typed from its tracker",
        value="rank",
        quantity="rank in payments by SWIFT",
        siblings=("swift.share",),
    ),
    Panel(
        "sipri.spending",
        "sipri_milex",
        _STATES,
        "USD mn",
        "Military spending, current prices and exchange rates",
        "sum",
        value="current",
        whole="sum",
        error_share=widths.SPENDING,
        error_of=widths.VINTAGES,
        quantity="military spending",
        siblings=("sipri.burden", "sipri.spending_constant"),
    ),
    Panel(
        "sipri.spending_constant",
        "sipri_milex",
        _STATES,
        "USD mn",
        "Military spending at constant prices; `multipolar data show sipri_milex` says of when",
        "sum",
        value="constant",
        whole="sum",
        error_share=widths.SPENDING,
        error_of=widths.VINTAGES,
        quantity="military spending at constant prices",
        siblings=("sipri.spending",),
    ),
    Panel(
        "sipri.burden",
        "sipri_milex",
        _STATES,
        "percent",
        "Military spending as a share of gross domestic product",
        value="gdp_share",
        error_share=widths.SPENDING,
        error_of=widths.VINTAGES,
        quantity="military burden",
        siblings=("sipri.spending",),
    ),
)
