"""Engines of other packages: one that fails, or misstates itself, is named and left out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from multipolar.engines import (
    Dimension,
    Engine,
    Metric,
    Parameter,
    Prior,
    Reference,
    Registry,
    installed,
)
from multipolar.engines.discovery import GROUP, discover, fitting, unlike
from multipolar.errors import EngineError, EngineMissing
from multipolar.world import World
from toy import Toy

WORLD = World.load()
PLACE = Dimension("place", "choice", ("here", "there"), description="where")
RAIN = Metric("weather.rain", (PLACE,), "mm", "How much it rains")
PRIOR = Prior("uniform", (0.0, 1.0))
DAMP = Parameter("damp", 0.5, "1", "How damp it is", Reference("a toy"), PRIOR)


@dataclass(frozen=True)
class Weather(Toy):
    """A toy of another package, which does as it is told."""

    name: Any = "weather"
    headlines: Any = (("weather.rain", {}),)
    declares: Any = (RAIN,)
    drawn: Any = (DAMP,)
    api: Any = 1

    def metrics(self, world: object) -> Any:
        return self.declares() if callable(self.declares) else self.declares

    def parameters(self, world: object) -> Any:
        return self.drawn() if callable(self.drawn) else self.drawn


class Point:
    """An entry point of another package, without the package."""

    def __init__(self, load: Callable[[], object], name: str = "weather") -> None:
        self.load, self.name, self.group = load, name, GROUP
        self.value, self.module = "stormy:engine", "stormy"
        self.dist = SimpleNamespace(name="stormy")


Found = Callable[..., Registry]


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> Found:
    """The registry, with the built-in engines, where others are registered too."""
    builtin = [
        metadata.EntryPoint(name, f"{GROUP}.{name}:engine", GROUP) for name in ("money", "power")
    ]

    def registry(*points: Any) -> Registry:
        # others come first: the order in which packages are found decides nothing
        monkeypatch.setattr(metadata, "entry_points", lambda group: [*points, *builtin])
        return Registry.default(WORLD)

    return registry


def left_out(registry: Registry, name: str = "weather") -> str:
    """The one sentence, of a registry that is otherwise as it would be without."""
    assert list(registry.engines) == ["money", "power"]
    assert not any(m.startswith("weather") for m in registry.metrics)
    assert list(registry.left_out) == [name]
    text = registry.left_out[name]
    assert text.isprintable()
    assert "is left out: " in text
    assert text.startswith(f"engine {name.partition(' ')[0]}")
    return text.partition("is left out: ")[2]


def raising(fault: BaseException) -> Callable[[], object]:
    def call() -> object:
        raise fault

    return call


def test_an_engine_that_keeps_the_contract_is_found(found: Found) -> None:
    weather = Weather()
    registry = found(Point(lambda: weather))
    assert list(registry.engines) == ["money", "power", "weather"]
    assert registry.left_out == {}
    assert registry.find("weather.rain") == (weather, RAIN)
    assert isinstance(weather, Engine)


class Panic(BaseException):
    pass


FAULTS = [
    ImportError("No module named 'storm'"),
    SystemExit(3),
    RuntimeError("two\nlines \x1b[2J"),
    MemoryError(),
    RecursionError("deep"),
    Panic("of compiled code"),
]
each_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda f: type(f).__name__)


@each_fault
def test_one_that_fails_at_import(fault: BaseException, found: Found) -> None:
    assert left_out(found(Point(raising(fault)))).startswith(
        f"it fails with {type(fault).__name__}"
    )


@each_fault
@pytest.mark.parametrize("where", ["declares", "drawn"])
def test_one_that_fails_when_asked(where: str, fault: BaseException, found: Found) -> None:
    engine = replace(Weather(), **{where: raising(fault)})
    assert left_out(found(Point(lambda: engine))).startswith(
        f"it fails with {type(fault).__name__}"
    )


@pytest.mark.parametrize("name", ["name", "title", "basis", "references", "supports", "headlines"])
def test_one_whose_attributes_fail(name: str, found: Found) -> None:
    odd = type(
        "Odd", (Weather,), {name: property(lambda self: 1 / 0), "__init__": lambda self: None}
    )
    assert left_out(found(Point(odd))).startswith("it fails with ZeroDivisionError")


def test_a_stop_by_the_user_is_no_fault_of_an_engine(found: Found) -> None:
    with pytest.raises(KeyboardInterrupt):
        list(found(Point(raising(KeyboardInterrupt()))).engines)
    with pytest.raises(KeyboardInterrupt):
        list(found(Point(lambda: Weather(declares=raising(KeyboardInterrupt())))).engines)


def test_an_engine_is_loaded_when_it_is_needed(found: Found) -> None:
    loaded: list[str] = []

    def load() -> object:
        loaded.append("weather")
        return Weather()

    registry = found(Point(load))
    assert registry.find("power.poles")[0].name == "power"
    assert registry.engines["power"].name == "power"
    assert loaded == []
    assert registry.find("weather.rain")[0].name == "weather"
    assert loaded == ["weather"]


def test_what_it_prints_is_no_output_of_ours(
    found: Found, capsys: pytest.CaptureFixture[str]
) -> None:
    def load() -> object:
        print("hello")
        return Weather()

    assert "weather" in found(Point(load)).engines
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("odd", [None, 3, "engine", Weather, ModuleType("weather"), object()])
def test_what_is_no_engine(odd: object, found: Found) -> None:
    says = "it does not keep multipolar.engines.api.contract.Engine"
    assert left_out(found(Point(lambda: odd))) == says


@pytest.mark.parametrize(
    "name",
    [None, 3, "", " ", "a b", "wea\x1b[2Jther", "a.b", "-x", "x" * 61, "we\u202eather", b"x"],
)
def test_a_name_that_is_none(name: object, found: Found) -> None:
    engine = Weather(name=name)
    assert left_out(found(Point(lambda: engine))).startswith("its name ")


@pytest.mark.parametrize("name", ["weather", "gas\x1b[2J", "power"])
def test_a_name_in_the_list_of_a_package_is_shown_as_it_is(name: str, found: Found) -> None:
    registry = found(Point(raising(ValueError("no")), name=name))
    assert list(registry.engines) == ["money", "power"]
    ((key, text),) = registry.left_out.items()
    assert key.isprintable() and text.isprintable()
    assert key not in registry.engines


METRICS: list[tuple[Any, str]] = [
    (None, "metrics is None, not a tuple of Metric"),
    ([RAIN], "metrics is [Metric("),
    ("weather.rain", "metrics is 'weather.rain', not a tuple of Metric"),
    (("weather.rain",), "metrics[0] is 'weather.rain', not Metric"),
    ((replace(RAIN, dims=("place",)),), "metrics[0].dims[0] is 'place', not Dimension"),
    ((replace(RAIN, dims="place"),), "metrics[0].dims is 'place', not a tuple of Dimension"),
    ((replace(RAIN, dims=(PLACE, PLACE)),), "place is twice in its dimensions of weather.rain"),
    (
        (replace(RAIN, dims=(replace(PLACE, kind="colour"),)),),
        "metrics[0].dims[0].kind is 'colour'",
    ),
    ((replace(RAIN, dims=(replace(PLACE, values=(1, 2)),)),), "metrics[0].dims[0].values[0] is 1"),
    ((replace(RAIN, dims=(replace(PLACE, values=()),)),), "weather.rain: place leaves no choice"),
    ((replace(RAIN, dims=(replace(PLACE, name="a b"),)),), "weather.rain: 'a b' is no name"),
    ((replace(RAIN, dims=(replace(PLACE, required="yes"),)),), "metrics[0].dims[0].required is"),
    ((replace(RAIN, name=3),), "metrics[0].name is 3, not str"),
    ((replace(RAIN, name="weather.\x1b[2J"),), "metrics[0].name is 'weather.\\x1b[2J', not str"),
    ((replace(RAIN, name="rain"),), "'rain' is no name of a metric"),
    ((replace(RAIN, name="weather.a b"),), "'weather.a b' is no name of a metric"),
    ((replace(RAIN, unit=None),), "metrics[0].unit is None, not str"),
    ((replace(RAIN, unit="\x1b[2Jmm"),), "metrics[0].unit is '\\x1b[2Jmm', not str"),
    ((replace(RAIN, description="\x07"),), "metrics[0].description is '\\x07', not str"),
    ((replace(RAIN, aggregate="median"),), "metrics[0].aggregate is 'median', not one of sum"),
    ((replace(RAIN, unit="Mtt"),), "weather.rain: no unit 'Mtt'; did you mean 'Mt'?"),
    (
        (replace(RAIN, units={"here": "USD bnn"}),),
        "weather.rain: no unit 'USD bnn'; did you mean 'USD bn'?",
    ),
    ((replace(RAIN, units="mm"),), "metrics[0].units is 'mm', not a mapping to str"),
    ((replace(RAIN, units={"here": 3}),), "metrics[0].units.here is 3, not str"),
    ((replace(RAIN, units={3: "mm"}),), "metrics[0].units.3 is 3, not str"),
    ((replace(RAIN, dims=(replace(PLACE, many="no"),)),), "metrics[0].dims[0].many is 'no', not"),
    ((replace(RAIN, basis="sure"),), "metrics[0].basis is 'sure', not one of record"),
    ((replace(RAIN, as_of="yesterday"),), "weather.rain: as_of is 'yesterday', not a date"),
    ((RAIN, RAIN), "weather.rain is twice in its metrics"),
    ((replace(RAIN, name="weather.snow"),), "its headline ('weather.rain', {}) names no metric"),
]


@pytest.mark.parametrize(("declares", "says"), METRICS)
def test_metrics_that_are_none(declares: Any, says: str, found: Found) -> None:
    engine = Weather(declares=declares)
    assert left_out(found(Point(lambda: engine))).startswith(says)


PARAMETERS: list[tuple[Any, str]] = [
    (None, "parameters is None, not a tuple of Parameter"),
    ({"damp": 0.5}, "parameters is {'damp': 0.5}, not a tuple of Parameter"),
    ((0.5,), "parameters[0] is 0.5, not Parameter"),
    ((replace(DAMP, value=float("nan")),), "parameters[0].value is nan, not a finite number"),
    ((replace(DAMP, value=float("inf")),), "parameters[0].value is inf, not a finite number"),
    ((replace(DAMP, value="0.5"),), "parameters[0].value is '0.5', not a finite number"),
    ((replace(DAMP, value=True),), "parameters[0].value is True, not a finite number"),
    ((replace(DAMP, source="me"),), "parameters[0].source is 'me', not Reference"),
    ((replace(DAMP, prior=(0, 1)),), "parameters[0].prior is (0, 1), not Prior"),
    ((replace(DAMP, prior=Prior("uniform", ())),), "prior of damp: uniform takes 2 numbers, not 0"),
    ((replace(DAMP, prior=Prior("loguniform", (0.0, 1.0))),), "prior of damp: loguniform needs"),
    ((replace(DAMP, prior=Prior("triangular", (0.0, 2.0, 1.0))),), "prior of damp: triangular"),
    ((replace(DAMP, prior=Prior("normal", (0.0, 0.0))),), "prior of damp: normal needs sd above 0"),
    ((replace(DAMP, prior=Prior("choice", ())),), "prior of damp: choice needs options"),
    ((replace(DAMP, prior=Prior("cauchy", (0.0, 1.0))),), "parameters[0].prior.kind is 'cauchy'"),  # type: ignore[arg-type]
    ((DAMP, DAMP), "damp is twice in its parameters"),
]


@pytest.mark.parametrize(("drawn", "says"), PARAMETERS)
def test_parameters_that_are_none(drawn: Any, says: str, found: Found) -> None:
    engine = Weather(drawn=drawn)
    assert left_out(found(Point(lambda: engine))).startswith(says)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"title": 3}, "title is 3, not str"),
        ({"basis": "gospel"}, "basis is 'gospel', not one of record, published"),
        ({"references": ("me",)}, "references[0] is 'me', not Reference"),
        ({"supports": "embargo"}, "supports is 'embargo', not a set of kinds of measures"),
        ({"supports": frozenset({1})}, "supports[0] is 1, not str"),
        ({"api": 2}, "it keeps version 2 of the engine API, not 1"),
        ({"api": "1"}, "it keeps version '1' of the engine API, not 1"),
        ({"headlines": ("weather.rain",)}, "it fails with ValueError"),
        ({"headlines": (("power.cinc", {}),)}, "its headline ('power.cinc', {}) names no metric"),
        ({"headlines": (("weather.rain", {"x": 1}),)}, "its headline ('weather.rain', {'x': 1})"),
    ],
)
def test_attributes_that_are_none(given: Mapping[str, Any], says: str, found: Found) -> None:
    engine = replace(Weather(), **given)
    assert left_out(found(Point(lambda: engine))).startswith(says)


def test_nobody_takes_the_name_of_a_builtin_engine(found: Found) -> None:
    for own in ("aaa", "power", "zzz"):
        registry = found(Point(lambda: Weather(name="power"), name=own))
        assert "weather.rain" not in registry.metrics
        assert registry.engines["power"] is discover().engines["power"]
        assert "power.poles" in registry.metrics
        ((key, text),) = registry.left_out.items()
        assert key.startswith(own) and key not in registry.engines
        assert text.endswith("there is an engine of the name 'power' already")


def test_nobody_takes_the_name_of_a_builtin_metric(found: Found) -> None:
    taken = next(m for m in found().metrics if m.startswith("power."))
    engine = Weather(declares=(RAIN, replace(RAIN, name=taken)))
    says = f"engine power has the metric {taken} already"
    registry = found(Point(lambda: engine))
    assert left_out(registry) == says
    assert registry.find(taken)[0].name == "power"


def test_of_two_with_one_name_or_one_metric_the_first_stays(found: Found) -> None:
    one, two, three = Weather(), Weather(title="other"), Weather(name="climate")
    registry = found(
        Point(lambda: three, "climate"), Point(lambda: two, "b"), Point(lambda: one, "a")
    )
    assert list(registry.engines) == ["money", "power", "weather"]
    assert registry.engines["weather"] is one
    assert registry.left_out == {
        "b": "engine b of stormy is left out: there is an engine of the name 'weather' already",
        "climate": "engine climate is left out: engine weather has the metric weather.rain already",
    }
    again = found(Point(lambda: one, "a"), Point(lambda: two, "b"), Point(lambda: three, "climate"))
    assert (again.left_out, list(again.engines)) == (registry.left_out, list(registry.engines))


def test_an_engine_registered_twice_is_one(found: Found) -> None:
    weather = Weather()
    registry = found(Point(lambda: weather, "a"), Point(lambda: weather, "b"))
    assert (list(registry.engines), registry.left_out) == (["money", "power", "weather"], {})
    power = Point(lambda: installed()["power"], "mine")
    assert found(power).left_out == {}


def test_a_builtin_engine_that_fails_is_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = metadata.EntryPoint("tides", f"{GROUP}.tides:engine", GROUP)
    monkeypatch.setattr(metadata, "entry_points", lambda group: [gone])
    with pytest.raises(EngineError, match=r"engine .tides. .* does not load"):
        installed()


def test_whoever_asks_for_it_gets_the_reason(found: Found) -> None:
    registry = found(Point(raising(ImportError("no storm"))))
    fault = registry.absent("weather")
    assert isinstance(fault, EngineMissing)
    assert str(fault) == "engine weather of stormy is left out: it fails with ImportError: no storm"
    assert str(registry.absent("tides")) == "engine tides is not installed"


def test_a_case_that_does_not_use_it_does_not_load_it(found: Found) -> None:
    registry = found(Point(raising(AssertionError("loaded"))))
    assert "power" in registry.engines
    assert "tides" not in registry.engines
    assert "tides.height" not in registry.metrics
    assert "power" not in registry.left_out
    assert registry.asking(["power", "tides"]).shown.keys() == {"money", "power"}
    assert left_out(registry) == "it fails with AssertionError: loaded"


def test_an_engine_under_another_name_is_found_when_nothing_else_is(found: Found) -> None:
    registry = found(Point(Weather, "a"))
    assert "weather" not in registry.engines  # nobody is registered under that name
    assert registry.find("weather.rain")[0].name == "weather"
    assert "weather" in registry.engines


# Real packages on a real path ---------------------------------------------------------------------


def package(folder: Path, name: str, points: bytes, module: str = "") -> None:
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_bytes(points)
    if module:
        (folder / f"{name}.py").write_text(module)


@pytest.mark.parametrize(
    ("points", "says"),
    [
        (b"[multipolar.engines]\nstormy = stormy:engine\n", "it fails with SystemExit: 4"),
        (b"[multipolar.engines]\nstormy = stormy:gone\n", "it fails with SystemExit: 4"),
        (b"[multipolar.engines]\nstormy = no such thing\n", "it fails with"),
        (b"[multipolar.engines]\nstormy = not_there:engine\n", "it fails with ModuleNotFoundError"),
        (b"[multipolar.engines]\nstormy\n", ""),
        (b"[multipolar.engines]\nstormy = \xff\xfe:engine\n", ""),
        (b"\x00\x00", ""),
    ],
)
def test_a_damaged_package_changes_nothing(
    points: bytes, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = discover()
    package(tmp_path, "stormy", points, "import sys\nsys.exit(4)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "stormy", raising=False)
    after = discover()
    assert list(after.engines) == list(before.engines)
    assert after.builtin == before.builtin
    assert says in "".join(after.left_out.values())
    assert all("stormy" in text for text in after.left_out.values())


@pytest.mark.parametrize("points", [b"[multipolar.engines]\nstormy\n", b"\xff\xfe"])
def test_a_damaged_list_stops_no_command(points: bytes, tmp_path: Path) -> None:
    package(tmp_path, "stormy", points)
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    for words in (["check", "critical-minerals-2023"], ["engines"]):
        command = [sys.executable, "-m", "multipolar.cli", *words]
        done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
        assert done.returncode == 0, done.stderr
        assert ("entry points are damaged" in done.stderr) == (words == ["engines"])


def test_without_others_nothing_is_asked() -> None:
    alone = replace(
        discover(),
        builtin=frozenset({"x"}),
        engines={"x": Weather(declares=raising(AssertionError()))},
    )  # type: ignore[dict-item]
    assert fitting(alone, WORLD) is alone


def test_kinds_are_those_of_the_contract() -> None:
    assert unlike((RAIN,), tuple[Metric, ...], "metrics") == ""
    measured = replace(RAIN, units={"here": "mm"})
    assert unlike((measured,), tuple[Metric, ...], "metrics") == ""
    assert unlike(3, float, "x") == ""
    assert unlike(None, Prior | None, "x") == ""
    for engine in installed().values():
        assert unlike(engine.metrics(WORLD), tuple[Metric, ...], "metrics") == ""
        assert unlike(engine.parameters(WORLD), tuple[Parameter, ...], "parameters") == ""


def test_a_builtin_engine_is_registered_under_each_first_word_of_its_metrics() -> None:
    """Else a metric is found only by asking every engine, and not at all by what asks one."""
    registry = Registry.default(World.load())
    words = {name.partition(".")[0] for name in registry.metrics}
    lost = words - {*registry.words} - {*registry.engines}
    assert not lost, f"name them in pyproject.toml: {sorted(lost)}"
