"""The bundled cases: what a model decides, and what the page says of it, with few draws."""

from __future__ import annotations

from functools import cache

import pytest

from multipolar.claims import CaseResult, load_case, run_case
from multipolar.dossier.page import page

DRAWS = 16


@cache
def moscow() -> CaseResult:
    return run_case("moscow-2023", draws=DRAWS, progress=False)


@pytest.mark.parametrize("claim", ["A-010", "A-057", "B-089"])
def test_claims_about_trade_are_decided_over_draws(claim: str) -> None:
    found = moscow().verdict(claim)
    assert found.engine == "trade"
    assert found.verdict in {"holds", "fails", "depends"}
    assert found.draws == DRAWS
    assert all(len(p.values) == DRAWS for p in found.parts)
    assert len({*found.parts[0].values}) > DRAWS / 2


def test_opposite_claims_on_one_comparison_do_not_both_hold() -> None:
    # one says arming Russia pays for China, the other that fear of sanctions holds China back
    verdicts = {moscow().verdict(k).verdict for k in ("A-057", "B-089")}
    assert verdicts != {"holds"}


def test_every_scenario_of_trade_has_its_outlook() -> None:
    trade = {o.scenario.name: o for o in moscow().outlooks if o.engine.name == "trade"}
    measured = {"embargo", "trade_barrier", "export_control", "secondary_sanction_threat", "tariff"}
    loaded = load_case("moscow-2023").scenarios.values()
    asked = {s.name for s in loaded if s.measures and {m.measure for m in s.measures} <= measured}
    assert asked <= set(trade)
    assert len(asked) >= 7
    for name, outlook in trade.items():
        assert outlook.draws == DRAWS
        for code, band in outlook.bands.items():
            assert band.low <= band.high, (name, code)
        # those whom a measure is on lose by it, at every published elasticity
        assert all(outlook.bands[c].high < 0 for c in outlook.targets if c in outlook.bands), name


def test_a_second_member_makes_the_embargo_worse() -> None:
    found = {o.scenario.name: o.bands["RUS"].value for o in moscow().outlooks}
    assert found["china-joins"] < found["west-embargo-russia"] < found["barriers-doubled"] < 0


def test_outlooks_reach_the_page_and_the_document() -> None:
    text, document = page(moscow()), moscow().document()
    assert len(document["outlooks"]) == len(moscow().outlooks)
    for outlook in moscow().outlooks:
        assert outlook.scenario.title in text
    assert text.count('class="wi"') == len(moscow().outlooks)
    assert len(text.encode()) < 1_000_000
    for claim in ("A-010", "A-057", "B-089"):
        assert f'href="#c-{claim}"' in text


def test_the_second_case_is_decided_too() -> None:
    found = run_case("critical-minerals-2023", draws=DRAWS, progress=False)
    assert sum(found.counts().values()) == len(found.case.claims)
    (control,) = found.outlooks
    assert control.scenario.name == "export-control"
    assert "short run" in control.note
