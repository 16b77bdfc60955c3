"""Three paragraphs as a newspaper of 2026 would print them: each number is found, and read.

The paragraphs are ours; what they say is as the publisher named with each number has it.
"""

from __future__ import annotations

from typing import Any

import pytest

import multipolar as mp
from multipolar.pipeline.finding import find

Number = tuple[str, str, str, dict[str, Any], float | str, float]

# In April 2025 the United States raised their duty on Chinese goods to 145 percent; a deal in
# Geneva brought it to 30. China's trade with Russia fell to 228 billion dollars that year.
TRADE: list[Number] = [
    # White House order of 9 April 2025, in AP
    ("tariff on Chinese goods April 2025", "tariffs.rate", "tariffs.rate",
     {"importer": "USA", "exporter": "China", "commodity": "all goods", "date": "2025-04-15"},
     145, 0),
    ("US tariffs on China", "tariffs.rate", "tariffs.rate",
     {"importer": "USA", "exporter": "China", "commodity": "all goods", "date": "2025-06"}, 30, 0),
    # Chinese customs, January 2026
    ("total trade between Russia and China", "trade.total", "facts.value",
     {"series": "trade.total", "entity": "RUS-CHN", "date": "2025"}, 228.1, 0.1),
]  # fmt: skip
# The transit of Russian gas through Ukraine ended on New Year's Day 2025; at the Dutch hub gas cost
# some 12 dollars in that year. The world counted 61 wars with a state on one side the year before,
# and spent 2,887 billion dollars on its armies in this. NATO has 32 members.
GAS_AND_ARMS: list[Number] = [
    # Gazprom and Naftogaz, 1 January 2025
    ("Ukraine gas transit ended", "events.date", "events.date",
     {"event": "ukraine-transit-ends"}, "2025-01-01", 0),
    # World Bank, Pink Sheet
    ("European gas price 2025", "prices.price", "prices.price",
     {"commodity": "gas_europe", "year": 2025}, 11.96, 0.05),
    # Uppsala Conflict Data Program and PRIO, June 2025
    ("number of wars in 2024", "conflicts.count", "conflicts.count", {"year": 2024}, 61, 0),
    # SIPRI, April 2026
    ("world military spending 2025", "military.spending", "facts.value",
     {"series": "military.spending", "entity": "World", "date": "2025"}, 2887, 1),
    # NATO, March 2024
    ("members of NATO 2025", "coalitions.size NATO", "coalitions.size",
     {"group": "NATO", "date": "2025"}, 32, 0),
]  # fmt: skip
# On 24 February 2025 the General Assembly adopted Ukraine's text by 93 votes to 18. The dollar's
# share of reserves was 56.8 percent at the end of that year; the yuan's of payments by
# SWIFT 2.9 percent in May.
VOTES_AND_MONEY: list[Number] = [
    # United Nations, GA/12675
    ("votes on A/RES/ES-11/7", "votes.count votes.choice", "votes.count",
     {"resolution": "A/RES/ES-11/7", "vote": "yes", "country": "World"}, 93, 0),
    ("votes on A/RES/ES-11/7", "votes.count votes.choice", "votes.count",
     {"resolution": "A/RES/ES-11/7", "vote": "no", "country": "World"}, 18, 0),
    # IMF, COFER of the fourth quarter
    ("dollar share of reserves end of 2025", "reserves.share", "facts.value",
     {"series": "reserves.share", "entity": "USD", "date": "2025-12"}, 56.77, 0.005),
    # SWIFT, RMB Tracker of June 2025
    ("yuan share in SWIFT payments", "swift.share", "facts.value",
     {"series": "swift.share", "entity": "CNY", "date": "2025-05"}, 2.89, 0.005),
]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "names", "metric", "where", "value", "off"), [*TRADE, *GAS_AND_ARMS, *VOTES_AND_MONEY]
)
def test_a_number_in_the_news_is_found_and_read(
    typed: str, names: str, metric: str, where: dict[str, Any], value: float | str, off: float
) -> None:
    found = {hit.name for hit in find(typed, most=5)}
    assert found & set(names.split()), found
    read = mp.read(metric, **where)
    if isinstance(value, str):
        assert read.value == value
    else:
        assert read.value == pytest.approx(value, abs=off)
