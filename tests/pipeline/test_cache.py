"""Answers that are kept: the same as solved anew, a miss where anything differs or is damaged."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multipolar.engines import Outcome, Parameter, Prior, Reading, Registry, Source
from multipolar.engines.coupling import trace
from multipolar.errors import EngineError
from multipolar.pipeline.asks import Answer, Ask, Term, whole
from multipolar.pipeline.cache import Cache
from multipolar.pipeline.keys import Keys
from multipolar.pipeline.plan import Plan
from multipolar.pipeline.solve import Answers, solve
from multipolar.policy import BASELINE, Scenario
from multipolar.world import World
from toy import Toy

WORLD = World.load()
ONE, THREE = (Ask("toy.line", (("x", x),)) for x in ("1", "3"))
ALONG, ALL = Ask("toy.line", (), along="x"), whole("toy.line", {})
LOW = Prior("uniform", (0.0, 1.0))
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


def answers(
    cache: Cache | None,
    toy: Toy,
    asks: tuple[Ask, ...] = ASKS,
    draws: int = 4,
    seed: int = 1,
    scenario: Scenario = BASELINE,
    module: str = "toy",
) -> Answers:
    registry = Registry(WORLD, {"toy": toy}, modules={"toy": module} if module else {})  # type: ignore[dict-item]
    step = trace(registry, "toy", scenario)
    place = ("toy", scenario.name)
    plan = Plan((step,), {place: step}, {place: asks}, {}, {})
    return solve(plan, registry, draws=draws, seed=seed, cache=cache)


def alike(one: Answers, other: Answers) -> None:
    assert one.terms.keys() == other.terms.keys()
    for term, found in one.terms.items():
        kept = other.terms[term]
        assert (found.central, found.missing) == (kept.central, kept.missing)
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
        {"module": "json"},
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

    cache.put("key", {"answer": Answer(None, (1.0,))})
    (file,) = cache.folder.rglob("*.npz")
    with file.open("wb") as held:
        np.savez(held, _=np.array([Trap()], dtype=object))  # type: ignore[arg-type]
    assert cache.get("key") is None
    assert not (tmp_path / "sprung").exists()


def test_nothing_is_kept_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    cache = Cache(tmp_path / "file" / "answers")
    alike(answers(None, Counted(times=[])), answers(cache, Counted(times=[])))
    assert (tmp_path / "file").read_text() == "mine"


def test_the_oldest_go_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, most=0)
    for k, key in enumerate(("aa1", "bb2", "cc3")):
        cache.put(key, {"answer": Answer(None, (float(k),))})
        os.utime(next(tmp_path.glob(f"{key[:2]}/*")), (k, k))
    size = next(iter(cache.entries())).st_size
    cache.get("aa1")  # is read, and so the newest
    Cache(tmp_path, most=2 * size).trim()
    assert cache.get("bb2") is None
    assert cache.get("aa1") is not None
    assert cache.get("cc3") is not None
    assert cache.clear() == 2


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
values = st.one_of(
    st.lists(floats, min_size=1).map(tuple),
    st.lists(st.text(), min_size=1).map(tuple),
    st.lists(st.integers(-(2**53), 2**53), min_size=1).map(tuple),
    st.dictionaries(st.text(), floats).map(lambda row: (row, row)),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.builds(Answer, st.one_of(st.none(), readings), values, st.text()))
def test_any_answer_comes_back_as_it_was(answer: Answer) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        cache = Cache(Path(folder))
        cache.put("key", {"answer": answer})
        found = cache.get("key")
    assert found is not None
    assert found["answer"] == answer


def test_words_laid_out_come_back(cache: Cache) -> None:
    array = xr.DataArray(
        np.array([["yes", ""]], dtype=object),
        {"country": ["CHN"], "year": [2022, 2023]},
        ["country", "year"],
        name="votes.choice",
        attrs={"unit": "word", "source": "a table"},
    )
    cache.put("key", {"answer": Answer(Reading("", "word"), (array,))})
    found = cache.get("key")
    assert found is not None
    xr.testing.assert_identical(found["answer"].values[0], array)


def test_what_cannot_be_kept_is_not(cache: Cache) -> None:
    for odd in ((object(),), (True,), (1.0, "a"), ({"a": 1.0}, {"b": 1.0})):
        cache.put("key", {"answer": Answer(None, odd)})  # type: ignore[arg-type]
    assert cache.get("key") is None
    assert not list(cache.entries())


def test_keys_of_builtin_engines_hold_their_code_and_tables() -> None:
    registry = Registry.default(WORLD)
    keys = Keys(registry)
    names = ("record", "gas", "power")
    found = {n: keys.step(trace(registry, n, BASELINE)) for n in names}
    assert len({*found.values(), None}) == len(names) + 1
    assert found == {n: Keys(registry).step(trace(registry, n, BASELINE)) for n in names}


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
