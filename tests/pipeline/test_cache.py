"""Answers that are kept: the same as solved anew, a miss where anything differs or is damaged."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import sampled
from engines.test_coupling import Taker
from hostile import Hostile
from multipolar.engines import Outcome, Parameter, Prior, Reading, Registry, Source
from multipolar.engines.coupling import trace
from multipolar.errors import DataMissing, EngineError
from multipolar.pipeline import keys
from multipolar.pipeline.asks import Answer, Ask, Term, whole
from multipolar.pipeline.cache import Cache
from multipolar.pipeline.keys import Keys
from multipolar.pipeline.plan import Plan
from multipolar.pipeline.solve import Answers, solve
from multipolar.pipeline.unsolved import failed_draws, failures
from multipolar.policy import BASELINE, Scenario
from multipolar.world import World
from toy import Toy

WORLD = World.load()
ONE, THREE = (Ask("toy.line", (("x", x),)) for x in ("1", "3"))
ALONG, ALL = Ask("toy.line", (), along="x"), whole("toy.line", {})
LOW = Prior("uniform", (0.0, 1.0))
KEY = "0" * 64
ASKS = (ONE, THREE, ALONG, ALL)
BAN = Scenario.model_validate(
    {"name": "ban", "measures": [{"measure": "embargo", "senders": ["USA"], "targets": ["CHN"]}]}
)


@dataclass(frozen=True)
class Counted(Toy):
    """A toy that says how often it was solved."""

    times: Any = ()

    def solve(self, prepared: str, parameters: Any) -> Outcome:
        self.times.append(parameters["slope"])
        return super().solve(prepared, parameters)


@dataclass(frozen=True)
class Doubting(Counted):
    """The same line with another prior for its slope."""

    prior: Any = LOW

    def parameters(self, world: object) -> tuple[Parameter, ...]:
        slope, *rest = super().parameters(world)
        return (replace(slope, prior=self.prior), *rest)


def registered(toy: Toy, module: str) -> Registry:
    """Engines at hand, the toy as one that a package has registered."""
    points = {}
    if module:
        import_module(module).engine = toy  # type: ignore[attr-defined]
        points["toy"] = EntryPoint("toy", f"{module}:engine", "multipolar.engines")
    return Registry(WORLD, {"toy": toy}, points=points)  # type: ignore[dict-item]


def answers(
    cache: Cache | None,
    toy: Toy,
    asks: tuple[Ask, ...] = ASKS,
    draws: int = 4,
    seed: int = 1,
    scenario: Scenario = BASELINE,
    module: str = "toy",
) -> Answers:
    registry = registered(toy, module)
    step = trace(registry, "toy", scenario)
    place = ("toy", scenario.name)
    plan = Plan((step,), {place: step}, {place: asks}, {}, {})
    return solve(plan, registry, draws=draws, seed=seed, cache=cache)


def alike(one: Answers, other: Answers) -> None:
    assert one.terms.keys() == other.terms.keys()
    for term, found in one.terms.items():
        kept = other.terms[term]
        assert replace(found, values=()) == replace(kept, values=())
        for a, b in zip(found.values, kept.values, strict=True):
            if isinstance(a, xr.DataArray):
                xr.testing.assert_identical(a, b)
            else:
                assert a == b
    for name, draws in one.parameters["toy"].items():
        np.testing.assert_array_equal(draws, other.parameters["toy"][name])


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "answers")


def test_what_was_answered_is_not_solved_again(cache: Cache) -> None:
    first, second = Counted(spread=1.0, times=[]), Counted(spread=1.0, times=[])
    solved = answers(cache, first)
    assert len(first.times) == 5
    kept = answers(cache, second)
    assert second.times == []
    alike(solved, kept)
    alike(answers(None, Counted(spread=1.0, times=[])), kept)
    assert kept.terms[Term("toy", "baseline", THREE)].missing


def test_only_what_is_asked_anew_is_solved(cache: Cache) -> None:
    answers(cache, Counted(times=[]), (ONE,))
    more = Counted(times=[])
    found = answers(cache, more)
    assert len(more.times) == 5
    alike(answers(None, Counted(times=[])), found)
    again = Counted(times=[])
    answers(cache, again)
    assert again.times == []


@pytest.mark.parametrize(
    "other",
    [
        {"draws": 5},
        {"seed": 2},
        {"scenario": BAN},
        {"toy": Doubting(times=[])},
        {"toy": Doubting(times=[], prior=Prior("uniform", (0.0, 1.0 + 1e-6)))},
        {"toy": Counted(times=[], spread=0.5)},
        {"module": "sampled"},
    ],
    ids=str,
)
def test_whatever_changes_an_answer_changes_its_key(other: dict[str, Any], cache: Cache) -> None:
    answers(cache, Doubting(times=[], prior=Prior("uniform", (0.0, 2.0))))
    toy = other.pop("toy", Counted(times=[]))
    answers(cache, toy, **other)
    assert toy.times


def test_the_last_digits_of_a_computed_parameter_change_nothing(cache: Cache) -> None:
    answers(cache, Doubting(times=[], prior=Prior("uniform", (0.0, 1.0 / 3.0))))
    toy = Doubting(times=[], prior=Prior("uniform", (0.0, math.nextafter(1.0 / 3.0, 1.0))))
    answers(cache, toy)
    assert toy.times == []


def test_an_engine_that_nobody_registered_is_not_kept(cache: Cache) -> None:
    answers(cache, Counted(times=[]), module="")
    assert not list(cache.entries())


def test_draws_that_failed_are_kept_as_such(cache: Cache) -> None:
    first, second = (Counted(breaks_above=1.5, times=[]) for _ in range(2))
    solved, kept = answers(cache, first), answers(cache, second)
    assert (len(first.times), second.times) == (5, [])
    alike(solved, kept)
    steep = (solved.parameters["toy"]["slope"] > 1.5).tolist()
    assert 0 < sum(steep) < 4
    for ask in (ONE, ALONG, ALL):
        found = kept.terms[Term("toy", "baseline", ask)]
        assert [v is None for v in found.values] == steep
        assert "not converged" in found.failure


def test_draws_that_found_no_memory_are_not_kept(cache: Cache) -> None:
    for _ in range(2):
        found = answers(cache, Hostile(deed="memory"), (ONE,))
        assert "MemoryError" in found.terms[Term("toy", "baseline", ONE)].missing
        assert not list(cache.entries())


def test_what_the_code_of_an_engine_broke_over_is_not_kept(cache: Cache) -> None:
    found = answers(cache, Hostile(deed="huge", above=0.0), (ONE, ALONG))
    broken = found.terms[Term("toy", "baseline", ONE)]
    assert (broken.broke, broken.values) == (True, ())
    assert broken.missing.startswith("engine toy failed: OverflowError")
    mended = Counted(times=[])
    assert answers(cache, mended, (ONE,)).terms[Term("toy", "baseline", ONE)].failed == 0
    assert len(mended.times) == 5


def test_a_fault_is_no_answer(cache: Cache) -> None:
    for _ in range(2):
        toy = Counted(breaks_above=0.5, times=[])
        found = answers(cache, toy)
        assert "not converged" in found.terms[Term("toy", "baseline", ONE)].missing
        assert toy.times


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def swapped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :]


@pytest.mark.parametrize("damage", [cut, swapped, lambda content: b"", lambda content: b"PK\3\4"])
def test_a_damaged_answer_is_a_miss(damage: Callable[[bytes], bytes], cache: Cache) -> None:
    answers(cache, Counted(times=[]))
    for file in cache.folder.rglob("*.npz"):
        file.write_bytes(damage(file.read_bytes()))
    toy = Counted(times=[])
    alike(answers(None, Counted(times=[])), answers(cache, toy))


def test_a_pickle_is_never_run(cache: Cache, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "sprung",))

    cache.put(KEY, Answer(None, (1.0,)))
    (file,) = cache.folder.rglob("*.npz")
    with file.open("wb") as held:
        np.savez(held, _=np.array([Trap()], dtype=object))  # type: ignore[arg-type]
    assert cache.answer(KEY) is None
    assert not (tmp_path / "sprung").exists()


def test_nothing_is_kept_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    cache = Cache(tmp_path / "file" / "answers")
    alike(answers(None, Counted(times=[])), answers(cache, Counted(times=[])))
    assert (tmp_path / "file").read_text() == "mine"


def test_the_oldest_go_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, most=0)
    keys = [digit * 64 for digit in "abc"]
    for k, key in enumerate(keys):
        cache.put(key, Answer(None, (float(k),)))
        os.utime(next(tmp_path.glob(f"{key[:2]}/*")), (k, k))
    size = next(iter(cache.entries())).st_size
    cache.answer(keys[0])  # is read, and so the newest
    Cache(tmp_path, most=2 * size).trim()
    assert [cache.answer(key) is None for key in keys] == [False, True, False]
    assert cache.clear() == 2


def test_nothing_but_answers_is_removed(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(KEY, Answer(None, (1.0,)))
    others = ["aa/results.npz", "v1/results.npz", f"aa/{'b' * 61}.npz", "aa/notes.txt"]
    for name in others:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("mine")
    (tmp_path / "aa" / f"{'b' * 62}.npz").symlink_to(tmp_path / "aa" / "notes.txt")
    Cache(tmp_path, most=0).trim()
    assert cache.clear() == 0
    assert all((tmp_path / name).read_text() == "mine" for name in others)


PLAIN = xr.DataArray([1.0, 2.0], {"x": [1, 2]}, ["x"], attrs={"unit": "t"})
UNKEPT = (
    (PLAIN.assign_coords(x=np.array(["2022", "2023"], "datetime64[ns]")),),
    (PLAIN.assign_coords(label=("x", ["a", "b"])),),
    (PLAIN.drop_vars("x"),),
    (PLAIN.assign_attrs(span=(1, 2)),),
    (PLAIN, PLAIN.assign_coords(x=[1, 3])),
    (PLAIN.astype(object),),
)


def test_labelled_arrays_come_back_to_the_last_detail(cache: Cache) -> None:
    years = np.array([2022, 2023], np.int32)
    for array in (  # a draw that failed stands between two that did not
        PLAIN,
        PLAIN.assign_coords(x=years),
        PLAIN.astype(np.float32),
        PLAIN.assign_coords(x=np.array(["a", "b"], object)),
        xr.DataArray(np.array(["a", "bc"]), {"x": ["p", "q"]}, ["x"]),
        xr.DataArray(np.zeros((0, 2)), {"y": np.array([], "<U3"), "x": [1, 2]}, ["y", "x"]),
        xr.DataArray(-0.0, name="alone"),
    ):
        drawn = array.assign_attrs(note="of a draw")
        cache.put(KEY, Answer(None, (array, None, drawn)))
        found = cache.answer(KEY)
        assert found is not None
        assert found.values[1] is None
        for kept, was in zip(found.known, (array, drawn), strict=True):
            xr.testing.assert_identical(kept, was)  # type: ignore[arg-type]
            assert kept.dtype == was.dtype  # type: ignore[union-attr]
            assert all(kept[d].dtype == was[d].dtype for d in was.dims)  # type: ignore[index]


@pytest.mark.parametrize("text", ["{}", "5", '{"answer": 5}', '{"parameters": {}, "draws": "2"}'])
def test_other_content_is_a_miss(text: str, cache: Cache) -> None:
    cache.put(KEY, Answer(None, (1.0,)))
    (file,) = cache.folder.rglob("*.npz")
    with file.open("wb") as held:
        np.savez(held, _=np.frombuffer(text.encode(), np.uint8))
    assert cache.answer(KEY) is None
    assert cache.draws(KEY) is None


def test_what_is_no_file_is_a_miss(cache: Cache) -> None:
    path = cache.folder / KEY[:2] / f"{KEY[2:]}.npz"
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    assert cache.answer(KEY) is None
    path.unlink()
    path.symlink_to("/dev/zero")
    assert cache.answer(KEY) is None


floats = st.floats(allow_nan=False)
sources = st.builds(Source, st.text(), st.text(), value=st.one_of(st.none(), floats, st.text()))
readings = st.builds(
    Reading,
    st.one_of(floats, st.text()),
    st.text(),
    st.lists(sources).map(tuple),
    st.lists(sources).map(tuple),
    st.text(),
)
solved_values = st.one_of(
    st.lists(floats, min_size=1).map(tuple),
    st.lists(st.text(), min_size=1).map(tuple),
    st.lists(st.integers(-(2**53), 2**53), min_size=1).map(tuple),
    st.dictionaries(st.text(), floats).map(lambda row: (row, row)),
)


@st.composite
def values(draw: st.DrawFn) -> tuple[Any, ...]:
    """Values of draws, of which any may have failed."""
    found = list(draw(solved_values))
    for at in draw(st.lists(st.integers(0, 9), max_size=5)):
        found.insert(at, None)
    return tuple(found)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.builds(
        Answer,
        st.one_of(st.none(), readings),
        values(),
        st.text(),
        st.lists(st.text(), max_size=4).map(tuple),
        st.text(),
    )
)
def test_any_answer_comes_back_as_it_was(answer: Answer) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cache = Cache(Path(folder))
        cache.put(KEY, answer)
        assert cache.answer(KEY) == answer


def test_words_laid_out_come_back(cache: Cache) -> None:
    array = xr.DataArray(
        np.array([["yes", ""]], dtype=object),
        {"country": ["CHN"], "year": [2022, 2023]},
        ["country", "year"],
        name="votes.choice",
        attrs={"unit": "word", "source": "a table"},
    )
    cache.put(KEY, Answer(Reading("", "word"), (array,)))
    found = cache.answer(KEY)
    assert found is not None
    xr.testing.assert_identical(found.values[0], array)  # type: ignore[arg-type]


def test_what_cannot_be_kept_is_not(cache: Cache) -> None:
    for odd in ((object(),), (True,), (1, 2.5), (1.0, "a"), ({"a": 1.0}, {"b": 1.0}), *UNKEPT):
        cache.put(KEY, Answer(None, odd))  # type: ignore[arg-type]
    assert cache.answer(KEY) is None
    assert not list(cache.entries())


def test_keys_of_builtin_engines_hold_their_code_and_tables() -> None:
    registry = Registry.default(WORLD)
    own = Keys(registry)
    names = ("record", "gas", "power")
    found = {n: own.step(trace(registry, n, BASELINE)) for n in names}
    assert len({*found.values(), None}) == len(names) + 1
    assert found == {n: Keys(registry).step(trace(registry, n, BASELINE)) for n in names}


def test_parameters_of_the_engines_here_are_kept_and_of_no_other(cache: Cache) -> None:
    asked: list[str] = []

    @dataclass(frozen=True)
    class Asked(Toy):
        def parameters(self, world: object) -> tuple[Parameter, ...]:
            asked.append(self.name)
            return super().parameters(world)

    def ours(builtin: frozenset[str]) -> Keys:
        return Keys(replace(registered(Asked(), "toy"), builtin=builtin), cache)

    first = ours(frozenset({"toy"}))
    one = first.parameters("toy")
    assert (first.parameters("toy"), asked) == (one, ["toy"])
    assert (ours(frozenset({"toy"})).parameters("toy"), asked) == (one, ["toy"])
    assert (ours(frozenset()).parameters("toy"), asked) == (one, ["toy", "toy"])
    assert one == Toy().parameters(WORLD)


def test_central_answers_are_kept_too(cache: Cache) -> None:
    toy = Counted(times=[])
    found = answers(cache, toy, (ONE,))
    assert found.at("toy", "baseline", ALL).values[0].sizes == {"x": 2}  # type: ignore[union-attr]
    n = len(toy.times)
    again = Counted(times=[])
    kept = answers(cache, again, (ONE,))
    xr.testing.assert_identical(
        kept.at("toy", "baseline", ALL).values[0],  # type: ignore[arg-type]
        found.at("toy", "baseline", ALL).values[0],  # type: ignore[arg-type]
    )
    assert (n, again.times) == (5, [])
    assert kept.at("toy", "elsewhere", ALL).missing
    with pytest.raises(EngineError, match="no row"):
        kept.point.array(kept.places["toy", "baseline"], THREE)  # type: ignore[union-attr]


# Engines that take from each other ---------------------------------------------------------------


@dataclass(frozen=True)
class Frail(Taker):
    """A taker that fails where its weight is above ``breaks_above``."""

    breaks_above: float = math.inf

    def solve(self, prepared: Taker, parameters: Any) -> Outcome:
        if parameters["weight"] > self.breaks_above:
            raise ZeroDivisionError("too much weight")
        return super().solve(prepared, parameters)


@dataclass(frozen=True)
class Rough(Toy):
    """A toy that gives no second point where the slope is low, and breaks where it is high."""

    lowest: float = 0.0

    def solve(self, prepared: str, parameters: Any) -> Outcome:
        found = super().solve(prepared, parameters)
        if found.status != "converged" or parameters["slope"] >= self.lowest:
            return found

        def scalar(metric: str, where: Any) -> Reading:
            if where["x"] == "2":
                raise DataMissing("too flat to tell")
            return found.scalar(metric, where)

        return replace(found, scalar=scalar)


WEIGHED = (("side", "own"),)
TWO = Ask("toy.line", (("x", "2"),))
ROBUST = (
    Toy(),
    Taker(name="atop"),
    Taker(name="upon", takes_metric="atop.weighed"),
    Taker(name="z"),
)
CHAINED: dict[str, tuple[Ask, ...]] = {
    "toy": (ONE, TWO, THREE, ALONG, ALL),
    **{n: (Ask(f"{n}.weighed", WEIGHED), whole(f"{n}.weighed", {})) for n in ("atop", "upon", "z")},
}


def frail(first: float, then: float, lowest: float = 0.0) -> tuple[Any, ...]:
    """The chain whose first engine and whose first taker fail in some draws."""
    _, _, upon, last = ROBUST
    toy, atop = Rough(breaks_above=first, lowest=lowest), Frail(name="atop", breaks_above=then)
    return (toy, atop, upon, last)


def chain(engines: tuple[Any, ...] = ROBUST) -> Registry:
    points = {}
    for engine in engines:
        setattr(sampled, f"engine_{engine.name}", engine)
        value = f"sampled:engine_{engine.name}"
        points[engine.name] = EntryPoint(engine.name, value, "multipolar.engines")
    return Registry(WORLD, {e.name: e for e in engines}, points=points)  # type: ignore[misc]


def asked(
    cache: Cache | None, wanted: dict[str, tuple[Ask, ...]], engines: tuple[Any, ...] = ROBUST
) -> Answers:
    registry = chain(engines)
    places = {(name, "baseline"): trace(registry, name, BASELINE) for name in wanted}
    drawn = {(name, "baseline"): asks for name, asks in wanted.items()}
    passes = tuple(s for place in sorted(places) for s in places[place].order())
    plan = Plan(passes, places, drawn, {}, {})
    for k, step in enumerate(plan.steps):
        assert {s.key for _, s in step.inputs} <= {s.key for s in plan.steps[:k]}
    return solve(plan, registry, draws=4, seed=1, cache=cache)


def told_apart(one: Answers, other: Answers) -> None:
    assert one.terms.keys() == other.terms.keys()
    for term, found in one.terms.items():
        kept = other.terms[term]
        assert replace(found, values=()) == replace(kept, values=())
        assert repr(found.values) == repr(kept.values)
    assert one.passed == other.passed
    assert failures(one) == failures(other)
    assert failed_draws(one) == failed_draws(other)
    assert one.parameters.keys() == other.parameters.keys()
    for name, draws in one.parameters.items():
        for key, values in draws.items():
            np.testing.assert_array_equal(values, other.parameters[name][key])


some_asks = st.fixed_dictionaries(
    {},
    optional={n: st.lists(st.sampled_from(a), min_size=1, unique=True) for n, a in CHAINED.items()},
)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(some_asks.filter(bool), min_size=1, max_size=5),
    st.randoms(use_true_random=False),
    st.one_of(st.just(ROBUST), st.builds(frail, *[st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0])] * 3)),
)
def test_any_run_of_cases_is_the_same_with_and_without_what_is_kept(
    runs: list[dict[str, list[Ask]]], chance: Any, engines: tuple[Any, ...]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        cache = Cache(Path(folder))
        for run in (*runs, runs[-1]):
            wanted = {name: tuple(asks) for name, asks in run.items()}
            told_apart(asked(None, wanted, engines), asked(cache, wanted, engines))
            for file in sorted(Path(folder).rglob("*.npz")):
                if chance.random() < 0.1:
                    file.unlink()


@pytest.mark.parametrize(
    "runs",
    [
        ({"z": CHAINED["z"]}, {"toy": (THREE,)}, {"atop": CHAINED["atop"]}),
        ({"toy": (ONE,)}, {"atop": CHAINED["atop"], "toy": (ONE,)}),
        ({"upon": CHAINED["upon"]}, {"upon": CHAINED["upon"]}),
    ],
    ids=["an ask without an answer", "a giver that comes first", "the same twice"],
)
def test_a_kept_run_is_the_run(runs: tuple[dict[str, tuple[Ask, ...]], ...], cache: Cache) -> None:
    for wanted in runs:
        told_apart(asked(None, wanted), asked(cache, wanted))


def test_an_engine_put_in_the_place_of_another_is_not_kept(cache: Cache) -> None:
    answers(cache, Counted(times=[]))
    registry = registered(Counted(times=[]), "toy")
    other = replace(registry, engines={"toy": Counted(times=[], spread=1.0)})
    assert Keys(registry).step(trace(registry, "toy", BASELINE)) is not None
    assert Keys(other).step(trace(other, "toy", BASELINE)) is None


def test_what_is_compiled_when_it_first_runs_is_no_part_of_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tidal").mkdir()
    source = tmp_path / "tidal" / "__init__.py"
    source.write_text("HEIGHT = 1\n")
    os.utime(source, (1e9, 1e9))
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(keys, "module_code", keys.module_code.__wrapped__)
    before = keys.module_code("tidal")
    (tmp_path / "tidal" / "__pycache__").mkdir()
    (tmp_path / "tidal" / "__pycache__" / "f.nbc").write_bytes(b"machine code")
    assert before is not None
    assert keys.module_code("tidal") == before
    (tmp_path / "tidal" / "levels.csv").write_text("1\n")
    os.utime(tmp_path / "tidal" / "levels.csv", (1e9, 1e9))
    assert keys.module_code("tidal") not in (None, before)
    source.write_text("HEIGHT = 2\n")  # after it may have been loaded
    assert keys.module_code("tidal") is None


def test_what_is_said_of_a_table_is_in_the_key() -> None:
    registry = Registry.default(WORLD)
    renamed = World.load()
    info = renamed.info("gas_figures")
    renamed._infos["gas_figures"] = replace(info, source="Somebody else")
    found = [Keys(r).step(trace(r, "gas", BASELINE)) for r in (registry, Registry.default(renamed))]
    assert None not in found
    assert found[0] != found[1]
