"""Shares before 2022, trade by year, and measures turned into blocked payments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from multipolar.engines.money.baseline import Before, baseline, read_pattern
from multipolar.engines.money.data import (
    CNY,
    EUR,
    OWN,
    RUB,
    USD,
    read_facts,
    trade_of,
)
from multipolar.engines.money.measures import Shock, change, shock_of
from multipolar.errors import EngineError, ScenarioError
from multipolar.numerics.arrays import Floats
from multipolar.policy import Scenario, resolve
from multipolar.world import World

WORLD = World.load()
FACTS = read_facts(WORLD)
PATTERN = read_pattern(FACTS)
CENTRAL = Before(17.0, 1.0, 4.0, 12.5)
S0 = baseline(PATTERN, CENTRAL)
R, C = FACTS.russia, FACTS.china
WEST = "Russia sanctions coalition"


def of(value: Floats, s: Floats) -> Floats:
    return np.asarray(100 * value @ s / value.sum())


def shock(*measures: dict[str, Any]) -> tuple[Shock, tuple[str, ...]]:
    scenario = Scenario.model_validate({"name": "s", "measures": list(measures)})
    return shock_of(resolve(scenario, WORLD), FACTS)


def blocked(channel: str, senders: str = WEST, **more: Any) -> Floats:
    found, _ = shock(
        {
            "measure": "payment_block",
            "senders": senders,
            "targets": "Russia",
            "channel": channel,
            **more,
        }
    )
    return found.blocked


def at(*codes: str) -> tuple[int, ...]:
    return tuple(FACTS.place(c) for c in codes)


def test_russian_exports_have_the_totals_of_the_bank_of_russia() -> None:
    total = of(FACTS.value[R], S0[R])
    np.testing.assert_allclose(total[[USD, EUR, CNY, RUB]], [52, 35, 0.4, 12.3], atol=0.02)


def test_russian_imports_have_its_proportions_and_the_yuan_by_source() -> None:
    total = of(FACTS.value[:, R], S0[:, R])
    np.testing.assert_allclose(
        total[[USD, EUR, RUB]] / total[RUB], np.array([35.8, 30.4, 28]) / 28, rtol=1e-6
    )
    assert 100 * S0[C, R, CNY] == pytest.approx(17)
    third, w = FACTS.third, FACTS.value[:, R]
    assert 100 * (w[third] @ S0[third, R, CNY]) / w[third].sum() == pytest.approx(1.0)
    assert 3 < total[CNY] < 4.2  # 3 by invoice, 4 by payment


def test_every_figure_has_a_source_or_says_that_it_is_an_assumption() -> None:
    for name in ("settlement", "russia_trade"):
        frame = WORLD.table(name)
        sourced = frame["status"] != "assumption"
        assert (frame.loc[sourced, "source"] != "").all()
        assert set(frame.loc[sourced, "reading"]) <= {"read", "second-hand", "recalled"}
    zone = WORLD.table("settlement").query("kind == 'zone'")
    assert set(zone["status"]) == {"assumption"}
    np.testing.assert_allclose(zone.groupby(["place", "partner"])["value"].sum(), 100)


def test_chinese_trade_is_that_of_its_customs_in_both_years() -> None:
    # General Administration of Customs of China, both ways, USD bn
    for year, total in ((2022, 190.27), (2023, 240.11)):
        both = FACTS.trade[year, "exports", "china"] + FACTS.trade[year, "imports", "china"]
        assert both == pytest.approx(total, abs=0.02)
    assert FACTS.trade[2021, "exports", "china"] + FACTS.trade[
        2021, "imports", "china"
    ] == pytest.approx(146.89, abs=0.3)


def test_a_swap_line_multiplies_odds_by_four_before() -> None:
    kaz, ind = (S0[FACTS.place(c), R, CNY] for c in ("KAZ", "IND"))
    assert kaz / (1 - kaz) == pytest.approx(4 * ind / (1 - ind))


def test_world_trade_without_russia_has_the_shares_assumed() -> None:
    value = FACTS.value.copy()
    value[R] = value[:, R] = 0
    found = 100 * np.einsum("ij,ijk->k", value, S0) / value.sum()
    np.testing.assert_allclose(found[:3], [61, 29, 1.7], atol=1e-6)


def test_by_settlement_china_pays_the_share_asked() -> None:
    s = baseline(PATTERN, Before(17, 1, 4, 15.0), "settlement")
    value = FACTS.value.copy()
    value[R] = value[:, R] = 0
    mine = np.zeros_like(value)
    mine[C], mine[:, C] = value[C], value[:, C]
    assert 100 * (mine * s[..., CNY]).sum() / mine.sum() == pytest.approx(15.0)
    np.testing.assert_array_equal(s[R], S0[R])


def test_trade_of_a_year_has_the_published_spread_and_the_same_total() -> None:
    found = trade_of(FACTS, 2022)
    assert found[R].sum() == pytest.approx(FACTS.value[R].sum())
    assert found[C, R] / found[:, R].sum() == pytest.approx(76.12 / 255.3)
    assert found[R, C] / found[R].sum() == pytest.approx(114.15 / 592.5)
    other = np.delete(np.arange(len(found)), R)
    np.testing.assert_array_equal(found[np.ix_(other, other)], FACTS.value[np.ix_(other, other)])


def test_an_issuer_blocks_its_currency_everywhere_others_only_with_themselves() -> None:
    china, germany = at("CHN"), at("DEU")
    dollar = blocked("USD", "USA")
    assert dollar[R, china, USD] == 1
    assert dollar[R, china, EUR] == 0
    assert dollar[R, germany, USD] == 1
    euro = blocked("EUR", "Japan")
    assert euro[R, germany, EUR] == 0
    assert euro[R, at("JPN"), EUR] == 1
    swift = blocked("swift")
    assert swift[R, germany, OWN] == 1
    assert swift[R, china, OWN] == 0
    assert swift[at("CHN")[0], germany].sum() == 0
    assert blocked("USD", share=0.25)[R, china, USD] == 0.25


def test_two_blocks_do_not_block_more_than_all() -> None:
    half = {"measure": "payment_block", "senders": "USA", "targets": "Russia", "share": 0.5}
    assert shock(half, half)[0].blocked[R, C, USD] == 0.75


def test_a_threat_bears_on_the_yuan_with_its_probability() -> None:
    threat = {
        "measure": "secondary_sanction_threat",
        "senders": "USA",
        "third_parties": "China",
        "targets": "Russia",
        "probability": 0.3,
        "consequence": "payment_block",
    }
    found, _ = shock(threat)
    assert found.blocked[C, R, CNY] == pytest.approx(0.3)
    assert found.blocked[C, R, RUB] == 0
    assert found.blocked[FACTS.place("IND"), R].sum() == 0
    none, notes = shock({**threat, "consequence": "embargo"})
    assert not none.touched.any()
    assert "trade engine" in notes[0]


def test_a_new_swap_line_raises_the_yuan_and_one_that_was_there_does_not() -> None:
    india, _ = shock({"measure": "swap_line", "lender": "China", "borrower": "India"})
    n = FACTS.place("IND")
    assert change(india, 1.0, 1.0, np.log(4))[n, C, CNY] == pytest.approx(np.log(4))
    russia, notes = shock({"measure": "swap_line", "lender": "China", "borrower": "Russia"})
    assert not russia.touched.any()
    assert "before 2022" in notes[0]


def test_networks_and_countries_that_are_not_known_are_refused() -> None:
    with pytest.raises(EngineError, match="SWIFT"):
        blocked("SWIFTT")
    with pytest.raises(EngineError, match="does not tell"):
        shock({"measure": "payment_block", "senders": "USA", "targets": "Fiji"})
    with pytest.raises((EngineError, ScenarioError)):
        shock({"measure": "payment_block", "senders": "USA", "targets": "Atlantis"})
    with pytest.raises(EngineError, match="told apart"):
        shock({"measure": "swap_line", "lender": "China", "borrower": "India", "currency": "JPY"})
