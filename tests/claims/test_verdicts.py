from __future__ import annotations

import json
import re
from typing import Any

import pytest

from claims.conftest import Run, claim
from multipolar.errors import CaseError
from multipolar.pipeline.grading import by_share
from multipolar.render.sentences import why, would_settle
from toy import Toy


def cited(value: Any, unit: str = "Mt", source: str = "S", **more: Any) -> dict[str, Any]:
    return {
        "says": "It says so.",
        "value": value,
        "unit": unit,
        "date": "2023-01-01",
        "source": source,
    } | more


def line(x: str = "1", **comparison: Any) -> dict[str, Any]:
    return {"metric": "toy.line", "where": {"x": x}, "label": f"line at {x}"} | comparison


@pytest.mark.parametrize(
    ("share", "verdict"),
    [
        (1, "holds"),
        (0.9, "holds"),
        (0.8999, "depends"),
        (0.1001, "depends"),
        (0.1, "fails"),
        (0, "fails"),
    ],
)
def test_the_rule(share: float, verdict: str) -> None:
    assert by_share(share) == verdict


# slope is uniform on 0..2, so the line at x = 1 is uniform on 0..2
@pytest.mark.parametrize(
    ("bound", "verdict", "share"),
    [(0.1, "holds", 0.95), (1.9, "fails", 0.05), (1.0, "depends", 0.5)],
)
def test_draws_decide(run: Run, bound: float, verdict: str, share: float) -> None:
    found = run([claim(test=line(at_least=bound))]).verdict("A-1")
    assert found.verdict == verdict
    assert found.share == pytest.approx(share, abs=0.01)
    assert found.draws == 128
    assert found.basis == "ours"


def test_the_pivot_is_the_known_one(run: Run) -> None:
    found = run([claim(test=line("2", at_least=3))]).verdict("A-1")
    assert found.verdict == "depends"
    assert found.pivot is not None
    assert found.pivot.parameter == "toy.slope"
    assert found.pivot.at == pytest.approx(1.5, abs=0.02)  # 2 * slope = 3
    assert (found.pivot.direction, found.pivot.accuracy) == ("above", 1.0)
    assert "it holds if the slope is above 1.5" in why(found)


def test_across_measures_are_counted_and_not_draws(run: Run) -> None:
    """An engine with drawn parameters behind one measure does not make the count one of draws."""
    parts = [line(at_least=0.1), line("2", at_least=3.9), {"evidence": "e", "at_least": 5}]
    found = run([claim(test={"across": parts})], evidence={"e": cited(9)}).verdict("A-1")
    assert (found.verdict, found.grade, found.draws) == ("depends", "mostly holds", 3)
    # the two lines are one family, which is split
    assert [(f.passed, f.parts, f.passes) for f in found.families] == [(1, 2, None), (1, 1, True)]
    assert found.share == pytest.approx(0.75)
    assert found.pivot is None  # no kind of measure fails
    assert found.parameters == {}
    assert found.passes == ()


def test_two_parameters_that_share_the_work_make_a_box(run: Run) -> None:
    found = run([claim(test=line(at_least=2))], toy=Toy(spread=2.0), draws=512).verdict("A-1")
    assert found.verdict == "depends"
    assert found.pivot is not None
    assert (found.pivot.at, found.pivot.direction) == (("toy.shift", "toy.slope"), "within")
    assert "where the shift is" in why(found)
    assert "the slope" in why(found)


def test_scenarios_and_metrics_share_their_draws(run: Run) -> None:
    # the line at 2 is twice the line at 1 in every draw, whatever the slope
    test = line("2", exceeds={"where": {"x": "1"}, "times": 1.5})
    assert run([claim(test=test)]).verdict("A-1").verdict == "holds"
    ratio = line("2", over={"where": {"x": "1"}}, equals=2, within=1e-9)
    found = run([claim(test=ratio)]).verdict("A-1")
    assert (found.verdict, found.parts[0].value) == ("holds", pytest.approx(2))


def test_draws_that_do_not_converge_leave_what_stands_without_them(run: Run) -> None:
    for bound, verdict in ((-1.0, "holds"), (3.0, "fails"), (1.0, "depends")):
        found = run([claim(test=line(at_least=bound))], toy=Toy(breaks_above=1.95)).verdict("A-1")
        failed = sum(v is None for v in found.parts[0].values)
        assert (found.verdict, found.draws, failed) == (verdict, 128, 3)


def test_an_engine_that_does_not_converge_leaves_it_open(run: Run) -> None:
    found = run([claim(test=line(at_least=0.1))], toy=Toy(breaks_above=0.5)).verdict("A-1")
    assert found.verdict == "unresolved"
    assert "did not solve" in why(found)
    assert found.part is not None
    assert found.part.value is None


def test_an_engine_still_to_come(run: Run) -> None:
    test = {"metric": "weather.rain", "where": {"route": "any"}, "at_least": 98}
    found = run([claim(test=test)]).verdict("A-1")
    assert (found.verdict, found.engine) == ("unresolved", "weather")
    assert why(found).startswith("Engine weather is not installed.")


def test_evidence_decides(run: Run) -> None:
    evidence = {"end": cited("2023-03-22", "date"), "n": cited(40), "w": cited("absent", "word")}
    found = run(
        [
            claim("A-1", test={"evidence": "end", "equals": "2023-03-23"}),
            claim("A-2", test={"evidence": "n", "at_least": 40}),
            claim("A-3", test={"evidence": "w", "equals": "present"}),
        ],
        evidence=evidence,
    )
    assert [v.verdict for v in found.verdicts] == ["fails", "holds", "fails"]
    assert found.verdict("A-1").parts[0].margin == -1
    assert found.verdict("A-2").evidence[0].source == "S"
    assert why(found.verdict("A-1")) == "The record: 22 March 2023; the claim needs 23 March 2023."


def test_measures_count_as_draws(run: Run) -> None:
    evidence = {k: cited(v, source=k) for k, v in (("a", 1.0), ("b", 2.0), ("c", 3.0))}
    parts = [{"evidence": k, "at_least": 2.5, "label": f"measure {k}"} for k in "abc"]
    found = run([claim(test={"across": parts})], evidence=evidence).verdict("A-1")
    assert (found.verdict, found.share) == ("depends", pytest.approx(1 / 3))
    assert found.pivot is not None
    assert (found.pivot.parameter, found.pivot.at) == ("measure", ("measure c",))


@pytest.mark.parametrize(
    ("form", "bounds", "verdict"),
    [
        ("all", (1, 1), "holds"),
        ("all", (1, 9), "fails"),
        ("any", (1, 9), "holds"),
        ("any", (9, 9), "fails"),
        # None: a part that cannot be read
        ("all", (1, None), "unresolved"),
        ("all", (9, None), "fails"),
        ("any", (1, None), "holds"),
        ("any", (9, None), "unresolved"),
    ],
)
def test_parts_combine(run: Run, form: str, bounds: tuple[float | None, ...], verdict: str) -> None:
    parts = [
        {"evidence": "five", "at_least": b} if b is not None else line("3", at_least=0)
        for b in bounds
    ]
    found = run([claim(test={form: parts})], evidence={"five": cited(5.0)}).verdict("A-1")
    assert found.verdict == verdict


def test_open_and_untestable_claims_say_why(run: Run) -> None:
    found = run(
        [
            claim("A-1", test={"awaits": "the 2030 figures", "settled_by": "customs tonnes"}),
            claim("A-2", test={"untestable": "a value word"}),
            claim("A-3", kind="forecast", horizon="2030-12-31", test=line("3", at_least=1)),
        ]
    )
    one, two, three = found.verdicts
    assert (one.verdict, why(one), would_settle(one)) == (
        "unresolved",
        "The 2030 figures.",
        "Customs tonnes.",
    )
    assert (two.verdict, why(two)) == ("untestable", "A value word.")
    assert three.verdict == "unresolved"
    assert "Not due until 31 December 2030." in why(three)


def test_same_seed_same_document(run: Run) -> None:
    claims = [claim(test=line(at_least=1.3))]
    one, two = (json.dumps(run(claims).document()) for _ in range(2))
    assert one == two
    assert json.loads(one)["schema"] == "multipolar.verdicts/1"


def test_sums_are_found_and_later_figures_are_not_used(run: Run) -> None:
    def says(value: float, known: str, label: str) -> list[dict[str, Any]]:
        return [
            {"value": value, "unit": "bcm/yr", "kind": "tests.gas", "label": label, "known": known}
        ]

    test = {"untestable": "only its figure matters here"}
    found = run(
        [
            claim("A-1", quantities=says(98, "2023-03-21", "total"), test=test),
            claim("A-2", quantities=says(50, "2023-03-21", "new line"), test=test),
            claim("B-1", quantities=says(48, "2022-02-04", "contracts"), test=test),
            claim("B-2", quantities=says(44, "2025-09-02", "later contract"), test=test),
            claim("B-3", quantities=says(4, "2021-01-01", "delivered"), test=test),
        ]
    )
    sums = [r for r in found.reconciliations if r.relation == "adds up"]
    assert [(r.total.value, [p.value for p in r.parts]) for r in sums if r.total] == [
        (98, [50, 48])
    ]  # not 48 = 44 + 4: 44 was not known in 2022
    assert sums[0].claims == ("A-1", "A-2", "B-1")


def test_figures_for_one_year_clash_or_agree(run: Run) -> None:
    def says(value: float, unit: str) -> list[dict[str, Any]]:
        return [{"value": value, "unit": unit, "kind": "tests.coal", "label": "coal", "year": 2024}]

    test = {"untestable": "only its figure matters here"}
    found = run(
        [
            claim("A-1", quantities=says(88, "Mt"), test=test),
            claim("B-1", quantities=says(88_500, "kt"), test=test),
            claim("B-2", quantities=says(95, "Mt"), test=test),
        ]
    )
    relations = {r.claims: r.relation for r in found.reconciliations}
    assert relations == {
        ("A-1", "B-1"): "agree",
        ("A-1", "B-2"): "clash",
        ("B-1", "B-2"): "clash",
    }


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ({"evidence": "word", "at_least": 3}, "words have no order"),
        ({"evidence": "word", "over": {"evidence": "five"}, "equals": "a"}, "a word has no ratio"),
        ({"evidence": "five", "minus": {"evidence": "day"}, "at_least": 3}, "a date has no ratio"),
        ({"evidence": "five", "exceeds": {"evidence": "day"}}, "cannot be held against"),
        ({"evidence": "day", "between": [1.5, 2]}, "'1.5' is no date"),
        ({"evidence": "five", "unit": "USD bn", "at_least": 3}, "does not convert"),
    ],
)
def test_readings_that_do_not_fit_name_the_claim(run: Run, test: Any, words: str) -> None:
    evidence = {
        "word": cited("present", "word"),
        "day": cited("2023-03-22", "date"),
        "five": cited(5.0),
    }
    with pytest.raises(CaseError, match=words) as caught:
        run([claim(test=test)], evidence=evidence)
    assert re.match(r"claims\.yaml:\d+: claim A-1, test[:,]", str(caught.value))


def test_one_date_may_come_after_another(run: Run) -> None:
    evidence = {"one": cited("2023-03-13", "date"), "two": cited("2023-03-20", "date")}
    found = run(
        [
            claim("A-1", test={"evidence": "two", "exceeds": {"evidence": "one"}}),
            claim("A-2", test={"evidence": "two", "short_of": {"evidence": "one"}}),
        ],
        evidence=evidence,
    )
    assert [v.verdict for v in found.verdicts] == ["holds", "fails"]
    assert found.verdict("A-1").parts[0].margin == 7


def test_draws_beside_published_figures_are_plain_numbers_in_the_document(run: Run) -> None:
    # official figures stand beside the drawn ones, and are not the numbers JSON knows
    share = {
        "metric": "money.world_share",
        "where": {"currency": "CNY", "basis": "settlement"},
        "label": "yuan in world trade",
    }
    result = run(
        [claim(test=share | {"at_least": 4})], draws=4, engines=["money"], as_of="2026-11-20"
    )
    document = json.loads(json.dumps(result.document()))
    (row,) = document["claims"]
    assert row["verdict"] == "depends"
    assert row["parts"][0]["passed"] in (True, False)
    assert row["basis"] == "ours"


def test_the_basis_is_the_weakest_behind_an_answer(run: Run) -> None:
    loss = {"metric": "trade.real_income", "where": {"country": "RUS"}, "label": "loss", "below": 0}
    block = {"measure": "payment_block", "senders": "EU", "targets": "Russia", "channel": "EUR"}
    ban = {"measure": "embargo", "senders": "EU", "targets": "Russia"}
    result = run(
        [claim(test=loss | {"scenario": "ban"}), claim("A-2", test=loss | {"scenario": "block"})],
        draws=4,
        engines=["trade", "money"],
        as_of="2026-11-20",
        scenarios=[{"name": "ban", "measures": [ban]}, {"name": "block", "measures": [block]}],
    )
    assert result.verdict("A-1").basis == "published form, our calibration"
    assert result.verdict("A-2").basis == "ours"  # the cost of paying is the money engine's
    drawn = result.verdict("A-2").parameters
    assert {"money.commission", "trade.elasticity_scale"} <= set(drawn)
    assert not any(k.startswith("money.") for k in result.verdict("A-1").parameters)
