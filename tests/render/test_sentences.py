"""Every code of a reason has its sentence, and the pipeline makes none."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from multipolar import pipeline
from multipolar.claims.schema import Leaf
from multipolar.engines import Source
from multipolar.errors import CaseError, DataMissing, EngineMissing
from multipolar.pipeline.reasons import Code, Reason, of_fault
from multipolar.pipeline.result import Figure, Part, Pivot, Ranking, Reconciliation
from multipolar.render import sentences
from multipolar.render.code import code
from multipolar.render.words import reason, result_in_brief
from render import fakes

RANKING = Ranking("Russia", 86.2, "Mt", 4, False, "Saudi Arabia", 87.6)
CUT = Pivot("gas.start", 2031.46, "above", 0.97, "year", "first gas")


def part(value: Any = None, unit: str = "Mt", threshold: Any = None, **more: Any) -> Part:
    """A part with a comparison, read if it has a value."""
    names = {"label", "ranking", "gap", "notes", "close", "error", "error_of"}
    rest = {k: more.pop(k) for k in names & set(more)}
    leaf = Leaf(metric="a.b", **(more or {"at_least": 12}))
    passed = None if value is None else True
    given: dict[str, Any] = {"label": "coal", "where": {"year": 2022}, "engine": "a", **rest}
    return Part(
        leaf, value=value, unit=unit, threshold=threshold, margin=None, passed=passed, **given
    )


PARTS = (
    part(13.0),
    part(gap=Reason(Code.NOTHING_READ)),
    part(2, "rank", rank={"of": "exporter"}, ranking=RANKING, notes=("Of 2022. As sold",)),
    part(12.3, close=True, error=0.5, error_of=("rounding of the source",)),
)
SAID = [
    (Code.STATED, {"text": "a value word"}, "a value word"),
    (Code.READ, {"part": 0}, "coal: 13 Mt; the claim needs at least 12 Mt"),
    (Code.UNREAD, {"part": 1}, "coal: not read (nothing was read)"),
    (Code.COUNTED, {"passed": 1, "parts": 3, "rule": "all"}, "1 of 3 parts pass, all have to"),
    (Code.COUNTED, {"passed": 1, "parts": 3, "rule": "any"}, "1 of 3 parts pass, one has to"),
    (
        Code.COUNTED,
        {"passed": 1, "parts": 3, "rule": "across"},
        "1 of 3 parts pass, each counts alike",
    ),
    (Code.NEEDED, {"passed": 1, "parts": 2}, "1 of 2 parts that it needs pass"),
    (
        Code.FAMILIES,
        {"passed": ("goods", "votes"), "families": 4, "split": ("gas",)},
        "2 of 4 kinds of measures pass: goods and votes; gas could be either",
    ),
    (Code.FAMILIES, {"passed": (), "families": 1, "split": ()}, "0 of 1 kind of measure pass"),
    (
        Code.CLOSE,
        {"parts": (3,), "turns": True},
        "coal: too close to call (within 0.5 Mt, rounding of the source)",
    ),
    (
        Code.LOST,
        {"failed": 2, "draws": 256, "text": "it did not converge."},
        "2 of 256 draws did not solve and count as either (the first: it did not converge)",
    ),
    (
        Code.IN_PART,
        {"untested": ("The motive.", "who began")},
        "tested in part; not tested: The motive; who began",
    ),
    (Code.INSTEAD, {"text": "A treaty."}, "tested in its place: A treaty"),
    (Code.ONE_FAMILY, {"family": "votes"}, "all its measures are of one kind (votes)"),
    (Code.ASSUMED, {"parts": (0,)}, "without priors or forms of ours it would not stand"),
    (Code.CONSTRUCTED, {"text": "Both lose."}, "by assumption: Both lose"),
    (
        Code.CONSTRUCTED,
        {"text": "", "part": 0},
        "the test comes out one way in every draw and for all it could be asked of",
    ),
    (
        Code.WEAK,
        {"grade": "second-hand"},
        "no verdict is stronger than its evidence: a report of a report",
    ),
    (
        Code.STALE,
        {"through": "2022-12-31", "as_of": "2026-11-23"},
        "stale: the figures that decide run through 31 December 2022, and it is judged on "
        "23 November 2026",
    ),
    (
        Code.UNPROVEN,
        {"parts": (0,)},
        "it hangs on a model that, tested on that year, came no nearer than the figures of the "
        "year before",
    ),
    (
        Code.OTHER_YEAR,
        {"claimed": (2020,), "read": (2021, 2022), "text": "No table before."},
        "the claim is for 2020, and the test reads 2021 and 2022 (No table before)",
    ),
    (
        Code.AHEAD,
        {"date": "2030-12-31"},
        "ahead of its date, 31 December 2030: on the record so far",
    ),
    (Code.FRAMED, {"stands": 5, "framings": 12}, "it stands in 5 of 12 framings only"),
    (
        Code.NOT_PUBLIC,
        {"what": "A yearbook", "known": "2023-06", "as_of": "2022-08-22"},
        "not used: A yearbook was not public by 22 August 2022 (its date is June 2023)",
    ),
    (
        Code.SOURCES_DIFFER,
        {"sources": (Source("Office", value=4.5),), "turns": True},
        "another figure is given by Office (4.5); the answer turns on it",
    ),
    (
        Code.SOURCES_DIFFER,
        {"sources": (Source("A", value="no"), Source("B")), "turns": False},
        "another figure is given by A (no) and B (None); the answer is the same",
    ),
    (
        Code.TURNS,
        {"share": 0.5, "draws": 8, "pivot": CUT},
        "passes in 50% of 8 draws; it turns where first gas is above 2031.5, a cut that sorts 97% of "
        "the draws",
    ),
    (
        Code.TURNS,
        {"share": 0.5, "draws": 8, "pivot": replace(CUT, at=1.2345, unit="ratio")},
        "passes in 50% of 8 draws; it turns where first gas is above 1.23 ratio, a cut that sorts 97% "
        "of the draws",
    ),
    (
        Code.TURNS_ON,
        {"pivot": Pivot("measure", ("votes", "goods"), "is", 1.0)},
        "it passes for votes and goods only",
    ),
    (
        Code.NO_PIVOT,
        {"share": 0.25, "draws": 8},
        "passes in 25% of 8 draws; no single parameter explains when",
    ),
    (Code.NOTES, {"part": 2}, "Russia 86.2 Mt; first Saudi Arabia 87.6 Mt. Of 2022. As sold."),
    (Code.NOT_DUE, {"date": "2030-12-31"}, "not due until 31 December 2030"),
    (Code.SETTLED_BY, {"parts": (0,), "test": True}, "coal: at least 12 Mt (a.b[year=2022] >= 12)"),
    (Code.SETTLED_BY, {"parts": (0, 2), "test": False}, "coal: at least 12 Mt and coal: first"),
    (
        Code.NO_ENGINE,
        {"what": "engine sea is not installed", "where": "", "hint": ""},
        "engine sea is not installed",
    ),
    (
        Code.NO_DATA,
        {"what": "no row", "where": "table t", "hint": "ask for 2022"},
        "no row",
    ),
    (
        Code.REFUSED,
        {"what": "no ratio", "where": "", "hint": "use minus"},
        "no ratio",
    ),
    (
        Code.NO_DATA,
        {"what": "gdp.ppp_share has no value here", "where": "where of gdp.ppp_share", "hint": ""},
        "gdp ppp share has no value here",
    ),
    (
        Code.REFUSED,
        {"what": "a.b does not add up over year", "where": "where of a.b", "hint": "name one"},
        "coal does not add up over year",
    ),
    (Code.NO_ANSWER, {"text": "engine sea: no way. Hint: try 3"}, "engine sea: no way"),
    (Code.NO_ANSWER, {"text": "3 of 8 draws did not solve"}, "3 of 8 draws did not solve"),
    (Code.NOTHING_READ, {}, "nothing was read"),
    (Code.SEVERAL_UNITS, {}, "not ranked: the figures are in several units"),
    (Code.NO_ROW, {"subject": "TUV"}, "no row for TUV to rank"),
    (
        Code.UNKNOWN_RIVALS,
        {"rivals": tuple("ABCDEFG")},
        "not ranked: the figures of A, B, C, D, E and F are not known",
    ),
    (Code.NO_RIVALS, {"rivals": ("A",)}, "not ranked: no figures of A"),
]


@pytest.mark.parametrize(("code", "figures", "text"), SAID, ids=[c.name for c, *_ in SAID])
def test_each_code_has_its_words(code: Code, figures: dict[str, Any], text: str) -> None:
    assert sentences.phrase(Reason(code, figures), PARTS) == text


def test_no_code_is_without_words() -> None:
    assert {c for c, *_ in SAID} == set(Code)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (EngineMissing("a"), Code.NO_ENGINE),
        (DataMissing("a"), Code.NO_DATA),
        (CaseError("a", where="b", hint="c"), Code.REFUSED),
    ],
)
def test_a_fault_is_told_without_what_its_author_may_do(fault: Any, kind: Code) -> None:
    found = of_fault(fault)
    assert (found.code, sentences.phrase(found)) == (kind, "a")


@pytest.mark.parametrize(
    ("given", "shown", "needs"),
    [
        (part(98.0, "bcm/yr", at_least=98), "98 bcm/yr", "at least 98 bcm/yr"),
        (part(2.0, at_most=3), "2 Mt", "at most 3 Mt"),
        (part("2023-03-20", "date", above="2023-03-13"), "20 March 2023", "after 13 March 2023"),
        (part("2023-03-20", "date", at_most="2023-03-22"), "20 March 2023", "by 22 March 2023"),
        (part("absent", "word", equals="absent"), "absent", "absent"),
        (part("absent", "word", differs="present"), "absent", "other than present"),
        (part(2.0, "percent", equals=3, within=0.5), "2%", "3% within 0.5 percentage points"),
        (
            part("2023-03", "date", equals="2023-03-22", within=2),
            "March 2023",
            "22 March 2023 within 2 days",
        ),
        (part(4.0, between=[1, 5]), "4 Mt", "1 Mt to 5 Mt"),
        (part(2, "rank", rank={"of": "x"}, ranking=RANKING), "2nd of 4", "first"),
        (
            part(2, "rank", rank={"of": "x", "ascending": True}, ranking=RANKING),
            "2nd of 4",
            "lowest",
        ),
        (
            part(2, "rank", rank={"of": "x", "at_most": 3}, ranking=RANKING),
            "2nd of 4",
            "among the first 3",
        ),
        (
            part(2, "rank", rank={"of": "x", "at_least": 2}, ranking=RANKING),
            "2nd of 4",
            "2nd or lower",
        ),
        (
            part(2, "rank", rank={"of": "x", "at_least": 2, "at_most": 3}, ranking=RANKING),
            "2nd of 4",
            "2nd to 3rd",
        ),
        (
            part(0.5, "share of the earlier value", rises={"since": {"year": 2021}, "by": 0.3}),
            "+50%",
            "a rise of at least 30% since 2021",
        ),
        (
            part(-5.0, "percent", falls={"since": {"year": [2020, 2021]}, "relative": False}),
            "−5 percentage points",
            "a fall since 2020, 2021",
        ),
        (part(5.0, threshold=4.0, exceeds={"where": {"x": 1}}), "5 Mt", "more than 4 Mt"),
        (
            part(
                5.0,
                threshold=7.0,
                short_of={"where": {"x": 1}, "times": 2, "plus": -1, "ratio_label": "that of B"},
            ),
            "5 Mt",
            "less than 7 Mt (2 times that of B less 1 Mt)",
        ),
        (
            part(exceeds={"where": {"x": 1}, "times": 3}),
            "not read",
            "more than 3 times the other reading",
        ),
    ],
)
def test_what_a_part_shows_and_needs(given: Part, shown: str, needs: str) -> None:
    assert (sentences.shown(given), sentences.needs(given)) == (shown, needs)


def test_a_test_is_written_as_code() -> None:
    assert (
        code(part(2, "rank", rank={"of": "x", "at_most": 3})) == "rank(a.b[year=2022], over=x) <= 3"
    )
    assert code(part(1.0, differs=2, within=1)) == "a.b[year=2022] != 2 (within 1)"


@pytest.mark.parametrize(
    ("ranking", "text"),
    [
        (RANKING, "Russia 86.2 Mt; first Saudi Arabia 87.6 Mt."),
        (
            replace(RANKING, leads=True, rival_value=1.0),
            "Russia 86.2 Mt; second Saudi Arabia 1 Mt.",
        ),
        (replace(RANKING, rival=None), "Russia 86.2 Mt."),
    ],
)
def test_a_place_names_who_is_ahead(ranking: Ranking, text: str) -> None:
    assert sentences.note(part(2, "rank", rank={"of": "x"}, ranking=ranking)) == text


def test_a_sentence_of_an_engine_comes_once() -> None:
    parts = (part(1.0, notes=("Of 2022. Ours.",)), part(2.0, notes=("Of 2021. Ours.",)))
    told = sentences.told([Reason(Code.NOTES, {"part": k}) for k in (0, 1)], parts)
    assert told == "Of 2022. Ours. Of 2021."


def test_a_reason_does_not_repeat_the_parts() -> None:
    v = fakes.result(1, grades=("holds",)).verdicts[0]
    counted = Reason(Code.COUNTED, {"passed": 2, "parts": 2, "rule": "all"})
    said = (counted, Reason(Code.READ, {"part": 0}), Reason(Code.STATED, {"text": "so"}))
    several, one = replace(v, reasons=said), replace(v, reasons=said[1:], parts=v.parts[:1])
    assert sentences.why(several).startswith("2 of 2 parts pass, all have to. Quantity 3: 13 Mt;")
    assert reason(several) == "So."
    assert reason(one) == "Quantity 3: 13 Mt; the claim needs at least 12 Mt. So."


def test_the_first_sentence_says_it_in_brief() -> None:
    v = fakes.result(1, grades=("untestable",)).verdicts[0]
    fault = of_fault(EngineMissing("engine sea is not installed", hint="Install it"))
    assert result_in_brief(replace(v, reasons=(fault,))) == "Engine sea is not installed."
    assert sentences.brief(replace(v, reasons=())) == ""


def test_figures_side_by_side_are_said() -> None:
    one = Figure(88.0, "Mt", "coal (2024)", "coal", "2025", "A-1", "Text A")
    two = Figure(95.0, "Mt", "coal, China (2024)", "coal", "2025-03", None, "Customs")
    pair = Reconciliation("clash", "coal", ("A-1",), None, (), (one, two), 7.0)
    words = "Coal (2024): 88 Mt; coal, China (2024): 95 Mt (Customs, known March 2025)."
    assert (sentences.says(pair), sentences.question(pair)) == (words, "coal (2024)?")
    more = " 12 figures lie between them and are not set side by side."
    assert sentences.says(replace(pair, between=12)) == words + more
    total = Figure(183.0, "Mt", "all", "coal", "2025", "A-2", "Text A")
    sums = Reconciliation(
        "adds up", "coal", ("A-2", "A-1"), total, (two, one), (total, two, one), 0.0
    )
    assert sentences.says(sums) == "183 Mt = 95 + 88: coal, China (2024) and coal (2024)"
    assert sentences.question(sums) == "183 and 88 Mt"


def test_the_pipeline_makes_no_words() -> None:
    for path in sorted(Path(pipeline.__file__).parent.glob("*.py")):
        names = {
            node.module or ""
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.ImportFrom)
        }
        if path.stem in ("compile", "judge", "parts", "plan", "reasons", "reconcile", "solve"):
            assert not any(n.startswith("multipolar.render") for n in names), path.name
            assert "multipolar.text.phrases" not in names, path.name


@given(
    bound=st.floats(-1e6, 1e6),
    margin=st.floats(1e-9, 1e3),
    unit=st.sampled_from(["percent", "Mt", "USD bn", "USD mn", "1", "year"]),
    above=st.booleans(),
)
def test_what_is_printed_never_belies_the_verdict(
    bound: float, margin: float, unit: str, above: bool
) -> None:
    value = bound + margin if above else bound - margin
    assume((value > bound) == above)
    read = part(value, unit, bound, below=bound)
    texts = sentences.shown(read), sentences.needs(read).removeprefix("less than ")
    one, other = (_back(t) for t in texts)
    assert (one > other) == above or abs(margin) < 1e-12 * max(abs(bound), 1)


def _back(text: str) -> float:
    """Read a printed figure back, in its smallest unit."""
    number = re.search(r"[\d,.]+", text)
    assert number is not None
    size = {"bn": 1e3, "trn": 1e6}.get(text.rsplit(maxsplit=1)[-1], 1.0) if "USD" in text else 1.0
    found = float(number.group().replace(",", "")) * size
    return -found if text.startswith(("−", "-")) else found
