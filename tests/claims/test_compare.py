from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.claims.compare import Readings, judge, rank_of
from multipolar.claims.schema import Leaf
from multipolar.errors import CaseError
from multipolar.text.phrases import number, quantity

FINITE = st.floats(-1e9, 1e9, allow_nan=False)


def leaf(**comparison: Any) -> Leaf:
    return Leaf(metric="a.b", **comparison)


@pytest.mark.parametrize(
    ("comparison", "value", "passed", "margin"),
    [
        ({"at_least": 98}, 98.0, True, 0),
        ({"at_least": 98}, 97.0, False, -1),
        ({"at_most": 3}, 3.0, True, 0),
        ({"above": 3}, 3.0, False, 0),
        ({"below": 3}, 2.5, True, 0.5),
        ({"between": [1, 5]}, 4.0, True, 1),
        ({"between": [1, 5]}, 6.0, False, -1),
        ({"equals": 48}, 48.0, True, 0),
        ({"equals": 48, "within": 2}, 50.0, True, 0),
        ({"equals": 48, "within": 2}, 50.5, False, -0.5),
        ({"differs": 48}, 47.0, True, 1),
        ({"equals": "absent"}, "Absent", True, None),
        ({"equals": "present"}, "absent", False, None),
        ({"differs": "present"}, "absent", True, None),
        # dates are ordered as days, whole months and years as the days they cover
        ({"equals": "2023-03-23"}, "2023-03-22", False, -1),
        ({"equals": "2023-03"}, "2023-03-22", True, 0),
        ({"equals": "2022-11-15", "within": 1}, "2022-11-16", True, 0),
        ({"above": "2023-03-13"}, "2023-03-20", True, 7),
        ({"above": "2023-03"}, "2023-03-20", False, -11),
        ({"at_least": "2023-03"}, "2023-03-20", True, 19),
        ({"below": "2023"}, "2022-12-31", True, 1),
        ({"at_most": "2023"}, "2023-12-31", True, 0),
        ({"at_most": "2023"}, "2024-01-02", False, -2),
        ({"between": ["2023-03-20", "2023-03-22"]}, "2023-03-21", True, 1),
        ({"above": 2021}, "2022-02-04", True, 35),
        ({"equals": 2022}, "2022-02-04", True, 0),
    ],
)
def test_comparisons(
    comparison: dict[str, Any], value: Any, passed: bool, margin: float | None
) -> None:
    judged = judge(leaf(**comparison), Readings(value))
    assert (judged.passed, judged.margin) == (passed, margin)


@pytest.mark.parametrize(
    ("value", "bound"),
    [("present", 3), (3.0, "present"), ("2023-01-01", 5.5), ("2023-01-01", 0), ("a", "b")],
)
def test_what_has_no_order_is_refused(value: Any, bound: Any) -> None:
    with pytest.raises(CaseError, match="cannot be ordered"):
        judge(leaf(at_least=bound), Readings(value))


def test_rank_counts_those_ahead_and_ties_share_a_place() -> None:
    field = {"SAU": 87.6, "RUS": 86.2, "IRQ": 55.5, "OMN": 55.5}
    assert [rank_of(c, field, ascending=False) for c in field] == [1, 2, 3, 3]
    assert rank_of("IRQ", field, ascending=True) == 1
    test = leaf(rank={"of": "exporter", "at_most": 1})
    judged = judge(test, Readings(86.2, field=field, subject="RUS"))
    assert (judged.passed, judged.margin, judged.measured) == (False, -1, 2)


@pytest.mark.parametrize(
    ("rule", "value", "earlier", "passed"),
    [
        ({"rises": {"since": {"year": 2021}, "by": 0.3}}, 130.0, 100.0, True),
        ({"rises": {"since": {"year": 2021}, "by": 0.3}}, 129.0, 100.0, False),
        ({"rises": {"since": {"year": 2021}}}, 100.0, 100.0, False),
        ({"rises": {"since": {"year": 2021}, "by": 5, "relative": False}}, 105.0, 100.0, True),
        ({"falls": {"since": {"year": 2021}}}, 99.0, 100.0, True),
        ({"falls": {"since": {"year": 2021}, "by": 0.5}}, 60.0, 100.0, False),
        # a debt that shrinks has risen
        ({"rises": {"since": {"year": 2021}, "by": 0.5}}, -50.0, -100.0, True),
    ],
)
def test_changes(rule: dict[str, Any], value: float, earlier: float, passed: bool) -> None:
    assert judge(leaf(**rule), Readings(value, earlier=earlier)).passed is passed


@pytest.mark.parametrize("nothing", [0.0, 5e-324])
def test_a_relative_change_from_zero_is_refused(nothing: float) -> None:
    with pytest.raises(CaseError, match="relative: false"):
        judge(leaf(rises={"since": {"year": 1}}), Readings(1.0, earlier=nothing))


def test_rivals() -> None:
    over = leaf(exceeds={"where": {"x": 1}, "times": 3})
    assert judge(over, Readings(31.0, rival=10.0)).passed
    assert not judge(over, Readings(30.0, rival=10.0)).passed
    under = leaf(short_of={"where": {"x": 1}, "plus": 1})
    assert judge(under, Readings(10.5, rival=10.0)).passed


@given(FINITE, FINITE)
def test_at_least_and_below_are_opposites(value: float, bound: float) -> None:
    one = judge(leaf(at_least=bound), Readings(value))
    two = judge(leaf(below=bound), Readings(value))
    assert one.passed != two.passed
    assert one.margin == -two.margin  # type: ignore[operator]


@given(FINITE, FINITE)
def test_equals_and_differs_are_opposites(value: float, bound: float) -> None:
    assert (
        judge(leaf(equals=bound), Readings(value)).passed
        != judge(leaf(differs=bound), Readings(value)).passed
    )


@given(st.dates(), st.dates())
def test_dates_are_ordered_as_days(a: Any, b: Any) -> None:
    judged = judge(leaf(at_least=b.isoformat()), Readings(a.isoformat()))
    assert judged.margin == (a - b).days
    assert judged.passed == (a >= b)


@given(st.dictionaries(st.text(min_size=1, max_size=3), FINITE, min_size=1, max_size=8))
def test_somebody_is_first_and_nobody_is_past_the_last(field: dict[str, float]) -> None:
    places = [rank_of(k, field, ascending=False) for k in field]
    assert min(places) == 1
    assert max(places) <= len(field)


@given(st.floats(-1e12, 1e12, allow_nan=False))
def test_numbers_read_back_to_three_digits(x: float) -> None:
    back = float(number(x).replace(",", ""))
    assert back == pytest.approx(x, rel=5.1e-3, abs=1e-6)


def test_words_for_values() -> None:
    assert quantity(0.5, "percent") == "0.5%"
    assert quantity(-1234.5, "USD bn") == "−USD 1.23 trn"
    assert quantity(42_637_886.0, "USD mn") == "USD 42.6 trn"
    assert quantity(2.0, "rank") == "2nd"
