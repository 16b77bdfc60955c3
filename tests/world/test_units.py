from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.errors import DataError
from multipolar.world import convert, dimension
from multipolar.world.units import _UNITS, factor, rounding

UNITS = sorted(_UNITS)


@pytest.mark.parametrize(
    ("value", "from_unit", "to_unit", "expected"),
    [
        (86_248.0, "kt", "Mt", 86.248),
        (1.0, "EJ", "TWh", 277.777777777778),
        (9.0, "bcm_ei", "TWh", 100.0),  # 9 bcm at 40 MJ/m3 is 360 PJ
        (0.36, "EJ", "bcm_ei", 9.0),
        (1.0, "Mt LNG", "bcm_ei", 1.36),
        (10.0, "Mt LNG/yr", "EJ/yr", 0.544),
        (12.0, "USD bn", "USD mn", 12_000.0),
        (50.0, "percent", "share", 0.5),
    ],
)
def test_known_conversions(value: float, from_unit: str, to_unit: str, expected: float) -> None:
    assert convert(value, from_unit, to_unit) == pytest.approx(expected, rel=1e-12)


@given(st.sampled_from(UNITS), st.sampled_from(UNITS), st.floats(-1e6, 1e6))
def test_there_and_back(one: str, two: str, value: float) -> None:
    if dimension(one) != dimension(two):
        with pytest.raises(DataError, match="does not convert"):
            convert(value, one, two)
        return
    assert convert(convert(value, one, two), two, one) == pytest.approx(value, rel=1e-9, abs=1e-12)


def test_unknown_units_name_the_nearest() -> None:
    with pytest.raises(DataError, match="did you mean 'USD bn'"):
        convert(1, "USD bln", "USD mn")
    # a reported gas volume has no energy until somebody says by which standard
    with pytest.raises(DataError, match="does not convert"):
        convert(1, "bcm", "TWh")


def test_units_of_metrics_convert_as_those_of_evidence() -> None:
    assert factor("pp", "percentage points") == 1
    assert factor("TEU/yr", "thousand TEU/yr") == pytest.approx(1e-3)
    assert factor("percent", "ratio") == pytest.approx(0.01)
    for odd in ("million people", "thousand tonnes", "bn cubic metres"):
        with pytest.raises(DataError):
            factor(odd, "count")


@pytest.mark.parametrize(
    ("typed", "half"),
    [
        (6.3, 0.05),
        (49.9945, 0.00005),
        ("6.30", 0.005),
        ("6.0", 0.05),
        (6.0, 0.0),
        (48, 0.0),
        ("1_000", 0.0),
        (-0.25, 0.005),
        (1e-7, 5e-8),
        (0.1 + 0.2, 5e-18),
    ],
)
def test_rounding_is_half_of_the_last_decimal(typed: str | float, half: float) -> None:
    assert rounding(typed) == half


@pytest.mark.parametrize("typed", ["48%", "about 6", "", float("nan"), float("inf")])
def test_what_is_no_number_has_no_rounding(typed: str | float) -> None:
    with pytest.raises(DataError):
        rounding(typed)
