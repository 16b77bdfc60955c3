"""Whatever a file holds: one line that says what is wrong, never a traceback, nothing executed."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims.conftest import HEAD, claim, dump
from multipolar.claims import load_case
from multipolar.claims.mistakes import CaseMistakes
from multipolar.engines import Registry
from multipolar.errors import MultipolarError
from multipolar.pipeline import compile_case
from multipolar.pipeline.checking import checked
from multipolar.run import run_case
from multipolar.world import World

Write = Callable[..., Path]
TEST = {
    "metric": "energy.trade_quantity",
    "where": {"exporter": "Russia", "importer": "China", "commodity": "crude", "year": 2022},
    "at_least": 1,
}
GOOD = claim(test=TEST)


def refused(folder: Path, world: World) -> str:
    with pytest.raises(MultipolarError) as caught:
        compile_case(load_case(folder), Registry.default(world))
    text = str(caught.value)
    assert all(line.isprintable() for line in text.splitlines())
    assert "Traceback" not in text
    return text


def with_test(**change: Any) -> dict[str, Any]:
    return claim(test={**copy.deepcopy(TEST), **change})


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (
            claim(test={"metric": "energy.trade_quantty", "at_least": 1}),
            "did you mean 'energy.trade_quantity'",
        ),
        (with_test(where={**TEST["where"], "exporter": "Russsia"}), "did you mean"),  # type: ignore[dict-item]
        (with_test(where={**TEST["where"], "exportr": "Russia"}), "did you mean 'exporter'"),  # type: ignore[dict-item]
        (with_test(where={**TEST["where"], "commodity": "crud"}), "did you mean 'crude'"),  # type: ignore[dict-item]
        (with_test(where={"exporter": "Russia"}), "commodity is not given"),
        (with_test(where={"exporter": "Russia"}), "year is not given"),
        (with_test(at_most=3), "makes one comparison, and at_least is one"),
        (claim(test={"metric": "energy.trade_quantity"}), "found none"),
        (claim(test={**TEST, "at_lest": 3}), "did you mean 'at_least'"),
        (claim(test={**TEST, "scenario": "nowhere"}), "no scenario 'nowhere'"),
        (claim(test={"evidence": "nothing", "at_least": 3}), "no evidence 'nothing'"),
        (claim(test={"untestable": ""}), "test, untestable"),
        (claim(test="soon"), "test"),
        (claim(test={"all": [TEST]}), "test, all"),
        (claim(source="C", test=TEST), "no source 'C'"),
        (claim(kind="rumour", test=TEST), "kind"),
        (claim(against=["A-9"], test=TEST), "no claim 'A-9'"),
        (claim(colour="red", test=TEST), "no field 'colour'"),
        ({k: v for k, v in GOOD.items() if k != "says"}, "add says"),
        (claim(says="x" * 5000, test=TEST), "says"),
        (claim(test={**TEST, "at_least": float("nan")}), "test"),
        (claim(test={"metric": "nowhere.flow", "at_least": 1}), "no metric 'nowhere.flow'"),
        (with_test(rank={"of": "colour"}, at_least=None), "no dimension 'colour'"),
        ("not a claim", "claims.yaml:1: claim number 1"),
    ],
)
def test_what_is_wrong_is_said(write: Write, world: World, bad: Any, words: str) -> None:
    assert words in refused(write([bad]), world)


def test_a_good_case_passes(write: Write, world: World) -> None:
    plans = compile_case(load_case(write([GOOD])), Registry.default(world)).claims
    assert plans["A-1"][0].gap is None


def test_two_claims_of_one_id(write: Write, world: World) -> None:
    assert "'A-1' is given twice" in refused(write([GOOD, GOOD]), world)


def test_headings_hold_no_figures(write: Write, world: World) -> None:
    story = [{"claim": "A-1", "heading": {"holds": "Up by 30 percent"}}]
    assert "holds no figures" in refused(write([GOOD], story=story), world)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &x [1]\nb: *x\n", "aliases are not read"),
        ("- id: A-1\n  id: A-2\n", "is given twice"),
        ("[" * 200, "nested more than"),
        ("!!python/object/apply:os.system ['true']", "could not determine a constructor"),
        ("a: b: c", "claims.yaml:1"),
        ("just words", "should be a list"),
        ("", "should be a list"),
        ("\x00", "claims.yaml"),
    ],
)
def test_what_is_not_a_list_of_claims(write: Write, world: World, text: str, words: str) -> None:
    folder = write([GOOD])
    (folder / "claims.yaml").write_text(text, "utf-8")
    assert words in refused(folder, world)


def test_text_that_is_not_utf8(write: Write, world: World) -> None:
    folder = write([GOOD])
    (folder / "claims.yaml").write_bytes(b"\xff\xfe\x00a")
    assert "UTF-8" in refused(folder, world)


def test_a_file_too_large_is_not_read(write: Write, world: World) -> None:
    folder = write([GOOD])
    (folder / "claims.yaml").write_text("# " + "x" * 2_100_000, "utf-8")
    assert "bytes" in refused(folder, world)


def test_a_billion_laughs(write: Write, world: World) -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{k}: &a{k} [*a{k - 1}, *a{k - 1}]" for k in range(1, 40)]
    folder = write([GOOD])
    (folder / "evidence.yaml").write_text("\n".join(lines), "utf-8")
    assert "aliases are not read" in refused(folder, world)


def test_a_case_cannot_read_outside_its_folder(
    write: Write, world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text("[]", "utf-8")
    folder = write([GOOD])
    (folder / "claims-more.yaml").symlink_to(outside)
    assert "the file lies outside its folder" in refused(folder, world)


def test_a_missing_case_names_the_nearest() -> None:
    with pytest.raises(MultipolarError, match="did you mean 'moscow-2023'"):
        load_case("moscow-2032")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = [*GOOD, "quantities", "horizon", "cites", "against"]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(FIELDS), JUNK)
def test_any_value_in_any_field(
    tmp_path_factory: pytest.TempPathFactory, world: World, field: str, value: Any
) -> None:
    folder = tmp_path_factory.mktemp("junk")
    (folder / "case.yaml").write_text(dump(HEAD), "utf-8")
    (folder / "claims.yaml").write_text(dump([GOOD | {field: value}]), "utf-8")
    try:
        checked(folder, Registry.default(world)).ready()
    except CaseMistakes as fault:
        for mistake in fault.mistakes:
            assert mistake.file == "claims.yaml"
            assert mistake.line >= 1
            assert str(mistake).isprintable()


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from([*TEST, "rank", "rises", "over", "between", "exceeds", "within"]), JUNK)
def test_any_value_in_any_part_of_a_test(
    tmp_path_factory: pytest.TempPathFactory, world: World, field: str, value: Any
) -> None:
    folder = tmp_path_factory.mktemp("junk")
    (folder / "case.yaml").write_text(dump(HEAD), "utf-8")
    (folder / "claims.yaml").write_text(dump([claim(test={**TEST, field: value})]), "utf-8")
    try:
        checked(folder, Registry.default(world)).ready()
    except CaseMistakes as fault:
        for mistake in fault.mistakes:
            assert mistake.file == "claims.yaml"
            assert mistake.line >= 1
            assert str(mistake).isprintable()


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=300))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("junk")
    (folder / "case.yaml").write_bytes(content)
    with pytest.raises(MultipolarError) as caught:
        load_case(folder)
    assert "\n" not in str(caught.value)


SCALAR = (
    st.integers(-10, 3000)
    | st.floats(-1e6, 1e6)
    | st.sampled_from(["present", "2023-03-22", "2023-03", "2023", "", "USD", "−5", 5e-324, 1e-300])
)
KIND = st.sampled_from(["at_least", "at_most", "above", "below", "equals", "differs"])
UNIT = st.sampled_from(["Mt", "USD bn", "date", "word", "percent", "firms", "kt", ""])


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(KIND, SCALAR, SCALAR, UNIT, UNIT, st.sampled_from(["", "over", "minus", "exceeds"]))
def test_any_reading_against_any_threshold(
    tmp_path_factory: pytest.TempPathFactory,
    world: World,
    kind: str,
    value: Any,
    bound: Any,
    unit: str,
    shown: str,
    second: str,
) -> None:
    test: dict[str, Any] = {"evidence": "x", "unit": shown} if shown else {"evidence": "x"}
    if second == "exceeds":
        test["exceeds"] = {"evidence": "y"}
    else:
        test[kind] = bound
        if second:
            test[second] = {"evidence": "y"}
    row = {"says": "s", "unit": unit or "1", "date": "2023", "source": "s"}
    folder = tmp_path_factory.mktemp("junk")
    (folder / "case.yaml").write_text(dump(HEAD), "utf-8")
    (folder / "claims.yaml").write_text(dump([claim(test=test)]), "utf-8")
    evidence = {"x": row | {"value": value}, "y": row | {"value": bound}}
    (folder / "evidence.yaml").write_text(dump(evidence), "utf-8")
    try:
        found = run_case(folder, registry=Registry(world, {}))
    except CaseMistakes as fault:
        assert all(str(m).isprintable() for m in fault.mistakes)
    else:
        (verdict,) = found.verdicts
        assert verdict.verdict in {"holds", "fails"} or verdict.close
        json.dumps(found.document(), allow_nan=False)
