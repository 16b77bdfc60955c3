"""Sections of a case: whose views are asked, what they are answered, and what a fault does."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import xarray as xr

import multipolar
from claims.conftest import claim
from multipolar.claims.load import load_case
from multipolar.engines import Input, Metric, Outcome, Reading, Registry, installed
from multipolar.engines.api.views import (
    Answers,
    BeforeAfter,
    Brief,
    Change,
    Question,
    Section,
    ask,
    ask_all,
)
from multipolar.engines.discovery import VIEWS, views
from multipolar.errors import DataMissing, EngineError, MeasureError, MultipolarError, ScenarioError
from multipolar.pipeline import keys
from multipolar.pipeline.cache import Cache
from multipolar.pipeline.compile import compile_case
from multipolar.pipeline.plan import make_plan
from multipolar.pipeline.result import CaseResult
from multipolar.pipeline.solve import solve
from multipolar.pipeline.views import brief_of, sections_of, views_of
from multipolar.render.document import document
from multipolar.render.page import page
from multipolar.run import run_case
from multipolar.world import World
from toy import Toy

SIZE = claim("A-1", test={"metric": "scaled.size", "label": "s", "at_least": 1})
LINE = claim("A-1", test={"metric": "toy.line", "where": {"x": "1"}, "label": "l", "at_least": 0})
BAN = {
    "schema": 1,
    "name": "ban",
    "measures": [{"measure": "embargo", "senders": "EU", "targets": "Russia"}],
}
PACT = {"schema": 1, "name": "pact", "measures": [{"measure": "ally", "members": ["BRICS"]}]}
OWN = ask("scaled.size")


@dataclass(frozen=True)
class Scaled(Toy):
    """size = ten times the line at 2, which it takes from the toy; one hundred without it."""

    name: str = "scaled"
    headlines: Any = ()

    def parameters(self, world: object) -> Any:
        return ()

    def metrics(self, world: object) -> Any:
        return (Metric("scaled.size", (), "t", "Size"),)

    def takes(self, world: object, scenario: object) -> tuple[Input, ...]:
        return (Input("line", "toy.line", {"x": "2"}),)

    def couple(self, prepared: Any, inputs: Mapping[str, xr.DataArray]) -> Any:
        return (prepared, float(inputs["line"].sum()))

    def solve(self, prepared: Any, parameters: Mapping[str, float]) -> Outcome:
        taken = prepared[1] if isinstance(prepared, tuple) else 10.0

        def scalar(metric: str, where: Any) -> Reading:
            return Reading(10 * taken, "t")

        def labelled(metric: str, where: Any) -> xr.DataArray:
            return xr.DataArray(10 * taken, attrs={"unit": "t", "source": "toy"})

        return Outcome("scaled", "s", scalar, labelled)


def shown(value: float, key: str = "sizes") -> Section:
    figure = BeforeAfter((Change("size", 0.0, value),), "Size", "t")
    return Section(key, "Sizes", "As measured", (figure,), ({"metric": "size", "value": value},))


@dataclass(frozen=True)
class Sizes:
    """Shows one reading of a scenario."""

    question: Question = OWN

    def asks(self, brief: Brief) -> tuple[Question, ...]:
        return (self.question,)

    def show(self, brief: Brief, answers: Answers) -> tuple[Section, ...]:
        return (shown(float(answers.reading(self.question).value)),)


Case = Callable[..., CaseResult]


@pytest.fixture
def case(write: Callable[..., Path], world: World) -> Case:
    def run(claims: list[Any], view: Any = None, name: str = "scaled", **more: Any) -> CaseResult:
        engines = {"toy": Toy(), "scaled": Scaled()}
        given = {} if view is None else {name: view}
        registry = Registry(world, engines, views=given)  # type: ignore[arg-type]
        folder = write(claims, **{"engines": list(engines), "scenarios": [BAN]} | more)
        return run_case(folder, draws=4, seed=1, workers=1, progress=False, registry=registry)

    return run


def value(result: CaseResult) -> float:
    (section,) = result.sections
    (figure,) = section.items
    assert isinstance(figure, BeforeAfter)
    return figure.rows[0].after


def test_a_view_sees_its_engine_with_what_that_takes(case: Case) -> None:
    assert value(case([SIZE], Sizes())) == 20.0  # solved for the claim
    assert value(case([SIZE], Sizes(ask("scaled.size", scenario="ban")))) == 20.0  # and not


def test_a_question_may_be_to_another_engine_and_name_things_as_a_case_does(case: Case) -> None:
    assert value(case([SIZE], Sizes(ask("toy.line", {"x": "2"})))) == 2.0


@pytest.mark.parametrize(
    ("question", "why"),
    [
        (ask("toy.line", {"x": "9"}), "x has no '9'"),
        (ask("toy.line", {"x": "3"}), "no row for x = 3"),
        (ask("toy.line"), "x is not given"),
        (ask("no.such"), "no metric 'no.such'"),
        (ask("toy.line", {"x": "1"}, "no-such"), "no scenario 'no-such'"),
        (ask("record.none", scenario="pact"), "no metric"),
        (ask("toy.line", {"x": "1"}, "pact"), "toy does not support ally"),
    ],
)
def test_why_there_is_no_answer_reaches_the_view(case: Case, question: Question, why: str) -> None:
    def show(brief: Brief, answers: Answers) -> Any:
        with pytest.raises(MultipolarError, match=why) as gap:
            answers.reading(question)
        refusals = {"no row": DataMissing, "no scenario": ScenarioError, "toy does": MeasureError}
        assert gap.type is next((e for w, e in refusals.items() if w in why), EngineError)
        return (shown(1.0),)

    view = SimpleNamespace(asks=lambda _: (question,), show=show)
    found = case([SIZE], view, scenarios=[BAN, PACT])
    assert found.left_out == ()
    assert value(found) == 1.0


def test_arrays_run_over_what_is_left_open(case: Case) -> None:
    line = ask_all("toy.line")

    def show(brief: Brief, answers: Answers) -> Any:
        assert answers.values(line) == {"1": 1.0, "2": 2.0}
        return (shown(1.0),)

    found = case([SIZE], SimpleNamespace(asks=lambda _: (line,), show=show))
    assert found.left_out == ()


def test_a_run_after_that_answers_the_same_without_solving(
    write: Callable[..., Path], world: World, tmp_path: Path
) -> None:
    loaded = load_case(write([SIZE], engines=["toy", "scaled"], scenarios=[BAN]))
    view = {"scaled": Sizes(ask("toy.line", {"x": "3"}))}  # which has no row
    registry = Registry(world, {"toy": Toy(), "scaled": Scaled()}, views=view)  # type: ignore[dict-item]
    one, two = (
        run_case(loaded, draws=2, registry=registry, cache=Cache(tmp_path / "kept"))
        for _ in range(2)
    )
    assert one.left_out == two.left_out != ()
    assert "no row for x = 3" in one.left_out[0]


def test_only_engines_that_a_case_lists_and_reads_are_asked(case: Case) -> None:
    assert case([SIZE], Sizes(), engines=["toy"]).sections == ()  # not listed
    assert case([LINE], Sizes()).sections == ()  # not read
    with_view, without = (case([LINE], v) for v in (Sizes(), None))
    assert json.dumps(document(with_view)) == json.dumps(document(without))


class Panic(BaseException):
    pass


@pytest.mark.parametrize("step", ["asks", "show"])
@pytest.mark.parametrize(
    ("given", "says"),
    [
        (ZeroDivisionError("none"), "ZeroDivisionError: none"),
        (Panic("deep"), "Panic: deep"),
        (SystemExit(3), "SystemExit"),
        (DataMissing("no rows"), "no rows"),
        ("words", "is 'words', not a tuple of"),
        ((1,), "[0] is 1, not "),
    ],
)
def test_a_view_that_fails_is_left_out_with_a_sentence(
    case: Case, step: str, given: Any, says: str
) -> None:
    def odd(*_: object) -> Any:
        if isinstance(given, BaseException):
            raise given
        return given

    own = Sizes()
    view = SimpleNamespace(**({"asks": own.asks, "show": own.show} | {step: odd}))
    found = case([SIZE], view)
    assert found.sections == ()
    (why,) = found.left_out
    assert why.startswith("the view of engine scaled is left out: ")
    assert says in why
    assert found.verdicts[0].verdict == case([SIZE]).verdicts[0].verdict


@pytest.mark.parametrize("key", ["", "Sizes", "a b", 'x"><b>', "abc"])
def test_a_section_without_a_proper_key_is_none(case: Case, key: str) -> None:
    view = SimpleNamespace(asks=Sizes().asks, show=lambda *_: (shown(1.0, key),))
    found = case([SIZE], view)
    assert found.sections == ()
    assert "is no key of a section" in found.left_out[0]


def test_sections_of_one_key_are_one(write: Callable[..., Path], world: World) -> None:
    engines = {"toy": Toy(), "scaled": Scaled()}
    given = {
        name: SimpleNamespace(asks=lambda _: (), show=lambda *_, v=v: (shown(v),))
        for name, v in (("toy", 2.0), ("scaled", 1.0))
    }
    registry = Registry(world, engines, views=given)  # type: ignore[arg-type]
    loaded = load_case(write([SIZE, LINE | {"id": "B-1", "source": "B"}], engines=list(engines)))
    program = compile_case(loaded, registry)
    answers = solve(make_plan(program, registry), registry, draws=2, seed=1)
    (section,), left_out = sections_of(program.views, answers)
    assert [r["value"] for r in section.rows] == [1.0, 2.0]
    assert len(section.items) == 2
    assert left_out == ()


def test_a_scenario_that_a_view_tells_is_not_told_by_who_only_passes_it_on(
    case: Case, write: Callable[..., Path], world: World
) -> None:
    view = SimpleNamespace(asks=Sizes().asks, show=Sizes().show, tells=lambda _: ("ban",))
    registry = Registry(world, {"toy": Toy(), "scaled": Scaled()}, views={"scaled": view})  # type: ignore[dict-item]
    loaded = load_case(write([SIZE], engines=["scaled"], scenarios=[BAN]))
    assert views_of(loaded, registry).tells == {"ban"}


def test_a_brief_names_states_word_by_word(write: Callable[..., Path], world: World) -> None:
    test = {
        "all": [
            {
                "metric": "alignment.position",
                "where": {"country": "China"},
                "label": "x",
                "below": 0,
            },
            {
                "metric": "alignment.position",
                "where": {"country": ["Russia", "G7"]},
                "label": "y",
                "short_of": {"where": {"country": "Brazil"}},
            },
        ]
    }
    registry = Registry(world, installed())
    loaded = load_case(write([claim("A-1", test=test)], engines=["alignment"], scenarios=[BAN]))
    brief = brief_of(loaded, registry)
    assert [r.states for r in brief.read] == [(("CHN",),), (("RUS", ""),), (("BRA",),)]
    assert brief.named(("alignment.",)) == ("CHN", "BRA", "RUS")
    assert brief.scenarios["ban"].name == "ban"
    assert "RUS" in brief.measures["ban"][0]["targets"]


# Views that are installed -----------------------------------------------------------------------


class Point:
    """An entry point of another package, without the package."""

    def __init__(self, name: str, load: Callable[[], object]) -> None:
        self.name, self.load, self.group = name, load, VIEWS
        self.value, self.dist = "stormy:view", SimpleNamespace(name="stormy")


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    own = [metadata.EntryPoint(n, f"multipolar.engines.{n}.views", VIEWS) for n in ("gas", "power")]

    def register(*points: Point) -> None:
        monkeypatch.setattr(metadata, "entry_points", lambda group: [*points, *own])

    return register


def test_views_are_found_by_the_name_of_their_engine(registered: Callable[..., None]) -> None:
    sizes = Sizes()
    registered(Point("weather", lambda: sizes))
    found, left_out = views(["gas", "weather", "trade"], ["gas", "power", "trade"])
    assert sorted(found) == ["gas", "weather"]
    assert found["weather"] is sizes
    assert left_out == []


def test_what_is_not_asked_for_is_not_loaded(registered: Callable[..., None]) -> None:
    def load() -> object:
        raise AssertionError("loaded")

    registered(Point("weather", load))
    assert sorted(views(["gas"], ["gas"])[0]) == ["gas"]


def test_nobody_adds_to_an_engine_that_is_built_in(registered: Callable[..., None]) -> None:
    registered(Point("gas", Sizes))
    found, _ = views(["gas"], ["gas"])
    assert not isinstance(found["gas"], Sizes)


@pytest.mark.parametrize(
    "given", [Sizes, 5, SimpleNamespace(asks=1, show=2), ImportError("no storm"), SystemExit(1)]
)
def test_what_is_no_view_is_left_out(registered: Callable[..., None], given: Any) -> None:
    def load() -> object:
        if isinstance(given, BaseException):
            raise given
        return given

    registered(Point("weather", load))
    found, left_out = views(["weather"], [])
    assert found == {}
    assert left_out[0].startswith("the view of engine weather is left out: it ")


@pytest.mark.parametrize("part", ["asks", "show"])
def test_the_function_that_a_view_lacks_is_named(
    registered: Callable[..., None], part: str
) -> None:
    both: dict[str, Any] = {"asks": len, "show": len}
    del both[part]
    registered(Point("weather", lambda: SimpleNamespace(**both)))
    _, left_out = views(["weather"], [])
    assert left_out == [f"the view of engine weather is left out: it has no function `{part}`"]


def test_the_views_of_this_package_are_registered() -> None:
    names = ("alignment", "gas", "power")
    found, left_out = views(names, names)
    assert (sorted(found), left_out) == (sorted(names), [])


def test_a_page_says_which_view_failed(case: Case) -> None:
    view = SimpleNamespace(asks=Sizes().asks, show=lambda *_: 1 / 0)
    found = case([SIZE], view)
    assert "the view of engine scaled is left out" in page(found)
    assert "Left out" not in page(replace(found, left_out=()))


def test_what_is_shown_changes_no_kept_answer() -> None:
    engine = Path(multipolar.__file__).parent / "engines" / "gas"
    assert (engine / "views.py").exists()
    assert {"views.py"} == {f.name for f in engine.glob("*.py")} - {
        f.name for f in keys._files(engine)
    }
    for path in engine.parent.glob("*/*.py"):
        own = f"multipolar.engines.{path.parent.name}.views"
        assert path.name == "views.py" or own not in path.read_text("utf-8"), path
