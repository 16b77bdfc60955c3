"""Who sends gas to whom in each scenario, as the page shows it, and who needs whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from multipolar.engines.api import views as page
from multipolar.engines.gas import engine
from multipolar.engines.gas.measures import CARRIERS as CARRIED
from multipolar.errors import MultipolarError
from multipolar.text.phrases import sentence, shown_unit

YEAR = 2022  # that is shown where no scenario plays in a year
BASELINE = "baseline"
CARRIERS = {"pipeline": "pipeline", "lng": "LNG"}
BY = {"pipeline": "pipe", "lng": "LNG"}  # in the name of a route
ROUTES = 8
LEAST_CHANGE = 0.5  # bcm; below it a route counts as unchanged
GROUPS = {  # nodes that stand for several countries: the one they are drawn at, and their name
    "XCE": ("CZE", "Central Europe"),
    "XSE": ("ROU", "South-East Europe"),
    "XNB": ("LTU", "Nordic and Baltic countries"),
    "XCC": ("GEO", "Caucasus and Kyrgyzstan"),
    "XME": ("JOR", "Other Middle East"),
    "XAF": ("AGO", "Other Africa"),
    "XAP": ("VNM", "Other Asia Pacific"),
    "XSA": ("CHL", "Other South America"),
}
# longitude and latitude of where gas is produced or landed, if that is far from the middle
WEST_SIBERIA, EAST_SIBERIA, CHINA_COAST = (74.0, 64.0), (118.0, 58.0), (120.0, 30.0)
EASTWARD = frozenset({"CHN", "JPN", "KOR", "PRK", "MNG", "TWN", "HKG"})

Route = tuple[str, str, str]  # exporter, importer, carrier
Hand = tuple[page.Question, page.Question]  # one measure of each of two sides


@dataclass(frozen=True)
class Flows:
    """Flows of a year under a scenario in the unit of the metric, and the hands of two sides."""

    name: str
    flow: Mapping[Route, float]
    unit: str
    source: str
    note: str
    hands: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)


def tells(brief: page.Brief) -> tuple[str, ...]:
    """Name the scenarios with measures on gas alone: links that carry it, or trade in it."""
    return tuple(
        name
        for name, measures in brief.measures.items()
        if measures and all(map(_on_gas, measures))
    )


def _on_gas(measure: Mapping[str, Any]) -> bool:
    if "origin" in measure:
        return measure["commodity"] in CARRIED
    return bool(measure.get("commodities")) and set(measure["commodities"]) <= set(CARRIED)


def asks(brief: page.Brief) -> tuple[page.Question, ...]:
    """Ask for the flows of one year in every scenario of gas, the last that one plays in."""
    names = tells(brief)
    found = []
    for name in (BASELINE, *names) if names else ():
        found += list(_flow(brief, name).values())
        found += [q for hand in _hands(brief, name).values() for q in hand]
    return tuple(found)


def show(brief: page.Brief, answers: page.Answers) -> tuple[page.Section, ...]:
    """Show the world as it is on a map, and the routes that each scenario changes."""
    names = tells(brief)
    base = _flows(brief, BASELINE, answers) if names else None
    if base is None:
        return ()
    changed = [f for name in names if (f := _flows(brief, name, answers)) is not None]
    title = f"{engine.name.capitalize()} in {_year(brief)}"
    chart = page.FlowMap(
        tuple(_drawn(*route, value) for route, value in base.flow.items()),
        title=f"{title}, the world as it is",
        unit=shown_unit(base.unit),
        carriers=tuple(CARRIERS.values()),
        names=dict(GROUPS.values()),
        source=f"{page.credit(base.source)} Engine {engine.name}: {engine.basis}.",
        most=24,
    )
    items: list[page.Item] = [
        page.Text(sentence(base.note)),
        chart,
        *_table([base, *changed], brief),
    ]
    items += [_change(base, f, brief) for f in changed]
    lead = "Who sends what to whom, and who needs whom"
    return (page.Section("routes", title, lead, tuple(items), short="Routes"),)


def _year(brief: page.Brief) -> int:
    return max((brief.scenarios[n].year or 0 for n in tells(brief)), default=0) or YEAR


def _sides(brief: page.Brief) -> tuple[str, str] | None:
    """Return the two ends of the first link that any scenario builds."""
    built = (
        m for name in tells(brief) for m in brief.measures[name] if m["measure"] == "build_link"
    )
    return next(((m["origin"], m["destination"]) for m in built), None)


def _flow(brief: page.Brief, scenario: str) -> dict[str, page.Question]:
    year = _year(brief)
    return {c: page.ask_all("gas.flow", {"carrier": c, "year": year}, scenario) for c in CARRIERS}


def _hands(brief: page.Brief, scenario: str) -> dict[str, Hand]:
    """Return what is asked of how two sides stand in a bargain, by what it is called."""
    sides, year = _sides(brief), _year(brief)
    if sides is None:
        return {}
    one, other = sides

    def pair(metric: str, *places: Mapping[str, str]) -> Hand:
        first, second = (page.ask(f"gas.{metric}", {**p, "year": year}, scenario) for p in places)
        return first, second

    def gain(index: str) -> Hand:
        return pair("gain", *({"country": c, "index": index} for c in sides))

    trade = {"exporter": one, "importer": other}
    return {
        "Gain by the whole network, Shapley value": gain("shapley"),
        "Gain by the whole network, nucleolus": gain("nucleolus"),
        "Part of it that hangs on the other": pair(
            "dependence",
            {"country": one, "partner": other, "index": "shapley"},
            {"country": other, "partner": one, "index": "shapley"},
        ),
        "Price at which the trade stops paying": pair(
            "reservation_price", {**trade, "price": "seller"}, {**trade, "price": "buyer"}
        ),
    }


def _flows(brief: page.Brief, scenario: str, answers: page.Answers) -> Flows | None:
    flow: dict[Route, float] = {}
    attrs: Mapping[str, Any] = {}
    try:
        for carrier, question in _flow(brief, scenario).items():
            array = answers.array(question)
            sellers, buyers = (array[d].values for d in array.dims)
            for i, j in np.argwhere(array.values > 0):
                flow[str(sellers[i]), str(buyers[j]), carrier] = float(array.values[i, j])
            attrs = array.attrs
    except MultipolarError:
        return None
    hands: dict[str, tuple[float, float]] = {}
    units: dict[str, str] = {}
    for label, questions in _hands(brief, scenario).items():
        try:
            one, other = (answers.reading(q) for q in questions)
        except MultipolarError:
            continue
        hands[label], units[label] = (float(one.value), float(other.value)), one.unit
    unit, source, note = (str(attrs.get(k, "")) for k in ("unit", "source", "note"))
    return Flows(scenario, flow, unit, source, note, hands, units)


def _drawn(exporter: str, importer: str, carrier: str, value: float) -> page.Flow:
    one, other = (GROUPS.get(c, (c, ""))[0] for c in (exporter, importer))
    start = () if one != "RUS" else EAST_SIBERIA if other in EASTWARD else WEST_SIBERIA
    landed = CHINA_COAST if (other, carrier) == ("CHN", "lng") else ()
    end = WEST_SIBERIA if other == "RUS" else landed
    return page.Flow(one, other, CARRIERS[carrier], value, start, end)


def _table(every: Sequence[Flows], brief: page.Brief) -> tuple[page.SideBySide, ...]:
    sides = _sides(brief)
    told = [f for f in every if f.hands]
    if sides is None or not told:
        return ()
    one, other = (brief.names.get(c, c) for c in sides)
    pairs = []
    for label in _hands(brief, BASELINE):
        values = {_title(f.name, brief): f.hands[label] for f in told if label in f.hands}
        if values:
            unit = next(f.units[label] for f in told if label in f.units)
            pairs.append(page.Pair(label, shown_unit(unit), values))
    title = f"{one} and {other} at the table, {_year(brief)}"
    source = "Source: as the map. A game on the network of seven players; see the docs."
    return (page.SideBySide(tuple(pairs), title, (one, other), source, "central parameters"),)


def _title(scenario: str, brief: page.Brief) -> str:
    return "As it is" if scenario == BASELINE else brief.scenarios[scenario].title or scenario


def _change(base: Flows, f: Flows, brief: page.Brief) -> page.Part:
    gap = {k: f.flow.get(k, 0.0) - base.flow.get(k, 0.0) for k in {**base.flow, **f.flow}}
    ranked = sorted((k for k in gap if abs(gap[k]) >= LEAST_CHANGE), key=lambda k: -abs(gap[k]))
    rows = tuple(
        page.Change(
            f"{_name(a, brief)} to {_name(b, brief)}, {BY[how]}",
            base.flow.get((a, b, how), 0.0),
            f.flow.get((a, b, how), 0.0),
        )
        for a, b, how in ranked[:ROUTES]
    )
    title = f"The routes that change most, {_year(brief)}"
    chart = page.BeforeAfter(rows, title, shown_unit(base.unit), ("as it is", "with it"), "route")
    return page.Part(
        _title(f.name, brief),
        sentence(brief.scenarios[f.name].reason),
        (chart,) if rows else (),
        folded=True,
        without="No route changes by half a bcm or more.",
    )


def _name(code: str, brief: page.Brief) -> str:
    return GROUPS[code][1] if code in GROUPS else brief.names.get(code, code)
