"""A pact by mutual consent: cases worked by hand, and what has to hold whatever the priors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multipolar.engines.strategy.alliance import (
    NAMES,
    PRIORS,
    Terms,
    best_corner,
    consents,
    difference,
    gained,
    needed_stake,
    net,
    positive_boxes,
    share,
)

# capabilities of 2022 over those of the United States; losses near those of an elasticity of 4
PACT = Terms(1.894, 0.309, 2.203, (0.15, 0.38, 0.59, 2.5), 2.5, 4.0)
losses = st.floats(0.01, 12.0)


def point(**values: float) -> np.ndarray:
    """A point of the cube at which the priors have these values, and their middle otherwise."""
    u = np.full((1, len(PRIORS)), 0.5)
    for name, value in values.items():
        r = PRIORS[NAMES.index(name)]
        at = (
            np.log(value / r.low) / np.log(r.high / r.low)
            if r.log
            else (value - r.low) / (r.high - r.low)
        )
        u[0, NAMES.index(name)] = at
    return u


def test_what_an_ally_adds_to_the_odds() -> None:
    """CINC of 2022 by the ratio form: 0.654 to 0.688 for China, 0.236 to 0.688 for Russia."""
    assert float(gained(1.894, 2.203, 1.0)) == pytest.approx(0.0333, abs=2e-4)
    assert float(gained(0.309, 2.203, 1.0)) == pytest.approx(0.4517, abs=2e-4)
    # the range over exponents that a computation on CINC gave before: 0.019 to 0.075
    low, high = (float(gained(1.894, 2.203, g)) for g in (0.5, 2.0))
    assert 0.015 < low < high < 0.08


def test_consent_turns_where_both_sides_are_equal() -> None:
    """V pi dP = q L + e L: 100 V pi 0.0333 = 0.5 2.5 + 0.25 2.5."""
    need = (0.5 * 2.5 + 0.25 * 2.5) / float(gained(1.894, 2.203, 1.0))
    for factor, agrees in ((0.98, False), (1.02, True)):
        u = point(
            stake=factor * need / 100 / 0.25,
            risk=0.125,
            rise=2.0,
            answer=0.5,
            entrapment=0.25,
            exponent=1.0,
            scope=3.5,
        )
        china, russia = consents(PACT, "rejected", u)
        assert china[0] == agrees
        assert russia[0]  # under an embargo it has nothing to lose


def test_russia_has_trade_to_lose_only_after_acceptance() -> None:
    for plan, expected in (("rejected", 1.0), ("as-is", 1.0)):
        assert share(PACT, plan)[2] == expected  # type: ignore[arg-type]
    assert share(PACT, "accepted")[2] < 0.6
    assert share(replace(PACT, loss_partner=0.0), "accepted")[2] == 1.0


@settings(max_examples=30, deadline=None)
@given(losses, losses, st.sampled_from(["rejected", "accepted", "as-is"]))
def test_more_to_lose_never_makes_a_pact_likelier(loss: float, russia: float, plan: str) -> None:
    world = replace(PACT, loss=(loss,) * 4, loss_all=loss, loss_partner=russia)
    worse = replace(world, loss=(loss + 1,) * 4, loss_all=loss + 1, loss_partner=russia + 1)
    for before, after in zip(share(world, plan), share(worse, plan), strict=True):  # type: ignore[arg-type]
        assert after <= before
    assert share(replace(world, entrapment=False), plan)[0] >= share(world, plan)[0]  # type: ignore[arg-type]


def test_a_free_pact_is_always_signed() -> None:
    free = Terms(1.894, 0.309, 2.203, (0.0,) * 4, 0.0, 0.0)
    for plan in ("rejected", "accepted", "as-is"):
        assert share(free, plan) == (1.0, 1.0, 1.0)
    assert difference(free) == 0.0
    assert positive_boxes(free) == 0.0


def test_a_pact_is_not_near_certain_and_the_sign_is_open() -> None:
    """Computed before with other priors: about .06 either way, .26 without entrapment."""
    for world in (PACT, replace(PACT, loss=(0.9, 0.4, 2.5, 11.0), loss_all=11.0, loss_partner=10)):
        after = share(world, "rejected")[0]
        assert after < 0.25
        assert 0 < positive_boxes(world) < 1
        calm = replace(world, entrapment=False)
        assert after < share(calm, "rejected")[0] < 0.6
        assert positive_boxes(calm) == 1.0


def test_needed_stake_is_what_half_the_priors_need() -> None:
    """The share that consents at a stake of that size is one half."""
    calm = replace(PACT, entrapment=False)
    need = needed_stake(calm, 2.5)
    # entrapment left out, the whole market at risk at q = .5: .66 of a year's income before
    assert 25 < need < 75
    assert needed_stake(calm, 2.5, 0.9) > need > needed_stake(calm, 0.59) > needed_stake(calm, 0.38)
    stakes = point(stake=1.0)
    u = net().copy()
    u[:, NAMES.index("stake")] = stakes[0, NAMES.index("stake")]
    flat = replace(calm, loss=(2.5,) * 4)
    # risk is drawn too: hold it where stake times risk is what is needed
    risk = PRIORS[NAMES.index("risk")]
    u[:, NAMES.index("risk")] = np.log(min(need / 100, 0.3) / risk.low) / np.log(
        risk.high / risk.low
    )
    u[:, NAMES.index("stake")] = point(stake=max(1.0, need / 30))[0, NAMES.index("stake")]
    assert share(flat, "as-is", u)[1] == pytest.approx(0.5, abs=0.02)


def test_the_best_corner_beats_the_whole_and_names_where() -> None:
    value, held = best_corner(PACT, "rejected", ("stake", "answer", "entrapment"))
    assert share(PACT, "rejected")[0] < value <= best_corner(PACT, "rejected")[0]
    assert held["answer"] == pytest.approx((0.0, 0.1))
    assert held["entrapment"] == pytest.approx((0.0, 0.05))
    assert held["stake"][1] == pytest.approx(2.5)


@pytest.mark.parametrize("entrapment", [True, False])
@pytest.mark.parametrize("answer", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("threatened", [0.05, 0.4, 12.0])
def test_a_threat_never_makes_a_pact_likelier(
    answer: float, threatened: float, entrapment: bool
) -> None:
    calm = PACT if entrapment else replace(PACT, entrapment=False)
    threat = replace(calm, answer=answer, threatened=threatened)
    assert share(threat, "rejected")[0] <= share(calm, "rejected")[0]
    for plan in ("accepted", "as-is"):
        assert share(threat, plan) == share(calm, plan)
    assert needed_stake(threat, 1.0) >= needed_stake(calm, 1.0)


def test_a_threat_heavier_than_every_prior_deters() -> None:
    heavy = replace(PACT, answer=1.0, threatened=12.0)
    assert share(heavy, "rejected")[1] < 0.7 * share(PACT, "rejected")[1]
