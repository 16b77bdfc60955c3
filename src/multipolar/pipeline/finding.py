"""Finding what there is on something: metrics, series, coalitions, scenarios, measures, tables.

What comes with the package is listed in a file beside this module, made by ``tools/findings.py``,
so that a search loads no engine. Where tables or engines of others are at hand, or the shipped
tables are other ones than the file is of, the list is made anew.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multipolar.errors import DataError
from multipolar.text.ranking import Concept, Ranking, Text, alike, concepts, stem, words
from multipolar.world import World
from multipolar.world.names import fold
from multipolar.world.unlisted import spoken_of

if TYPE_CHECKING:
    from multipolar.engines import Registry
    from multipolar.policy import Scenario

SHIPPED = Path(__file__).with_name("findings.json")
GROUP, OURS = "multipolar.engines", "multipolar.engines."
MANY = 40  # states from which on it holds for nearly all that are asked of
SHORT = frozenset({"us", "uk", "usa", "uae", "drc", "prc", "ussr", "dprk", "rok"})
# how much each kind is preferred where it matches as well as another
WEIGHTS = {"metric": 1.1, "series": 1.0, "coalition": 1.0, "scenario": 0.8, "measure": 0.9,
           "table": 0.75}  # fmt: skip
RICHER = 0.05  # for each doubling of the figures of a series
RECORD = "The record"  # how the title of the engine of what is on record begins
MODELLED = 0.9  # what a model says, beside what is on record
GOODS = "merchandise.trade_value"  # what one state sells another, of all goods and years
OWN = {"rus": "russia.trade_value"}  # and of states whose trade has a table of its own
TRADE = ("trade", "trading", "commerce", "exports", "imports", "goods", "merchandise", "sells",
         "sold", "buys", "bought", "bilateral", "total")  # fmt: skip
# dimensions of what is between two states
PAIRS = ({"exporter", "importer"}, {"country", "partner"}, {"flow", "partner"})
DIAGNOSTIC = ("fit", "fitted", "error", "prior_predictive", "prior_exceeds", "stability_bound",
              "cost_scale", "scale", "position_error", "equilibria", "premium_2022",
              "premium_2022_share")  # fmt: skip


@dataclass(frozen=True)
class Hit:
    """One thing that can be read, used or looked at.

    Attributes:
        kind: metric, series (of facts), coalition, scenario, measure or table.
        name: what it is called; a scenario's is ``case:name``.
        about: what it is.
        unit: of what is read.
        when: the years or dates there are.
        places: of how many states, pairs or names there are figures.
        rows: of a series: how many figures it has.
        terms: the words of its choices.
        more: further words it is found by.
        note: why it is among what was found, where that is not plain.
    """

    kind: str
    name: str
    about: str
    unit: str = ""
    when: str = ""
    places: int = 0
    rows: int = 0
    terms: str = ""
    more: str = ""
    note: str = ""

    def document(self) -> dict[str, Any]:
        """Return it as JSON can hold it, without the words it is found by."""
        return {k: v for k, v in asdict(self).items() if k not in ("rows", "terms", "more")}


def find(query: str, *, most: int = 10, registry: Registry | None = None) -> list[Hit]:
    """Return what there is on something, the best match first.

    Args:
        query: any words: "petroleum", "yuan settlement", "who votes with China".
        most: how many, at most.
        registry: engines and world that are searched; the installed and shipped ones if left out.

    Raises:
        DataError: there is no word in it.

    Example:
        >>> find("nuclear weapons", most=1)[0].name
        'warheads.inventory'
        >>> found = find("the Global South", most=1)[0]
        >>> found.name, found.note
        ('G77', 'the Global South has no list of members; the G77 stands for it here')
    """
    if not any(c.isalnum() for c in query):
        raise DataError("there is nothing to find", hint="write what it is about: crude oil, say")
    listed, ranking = _listed() if registry is None else _ranked(entries(registry), registry.world)
    found = [listed[k] for k, _ in ranking.search(query, most)]
    asked = concepts(query, ranking.states, ranking.groups)
    if between(asked):
        wanted = (GOODS, *(OWN[c.state] for c in asked if c.state in OWN))
        whole = [h for n in wanted for h in listed if h.name == n and h.kind == "metric"]
        found = [*whole, *(h for h in found if h not in whole)][:most]
    group = spoken_of(fold(query).split())
    if group is None:
        return found
    named = {h.name: h for h in listed if h.kind == "coalition" and h.name in group.coalitions}
    meant = [replace(named[n], note=group.says) for n in group.coalitions if n in named]
    rest = [hit for hit in found if hit.name not in named]
    first = 0 if group.whole else 1  # where more is asked, its best match comes first
    return [*rest[:first], *meant, *rest[first:]][:most]


def between(asked: Sequence[Concept]) -> bool:
    """Say whether a query is about what two parties sell each other, and about no one good.

    Example:
        >>> from multipolar.text.ranking import concepts
        >>> names = {"india": "ind", "russia": "rus"}
        >>> [between(concepts(q, names)) for q in
        ...  ("India imports from Russia", "India oil from Russia", "India imports")]
        [True, False, False]
    """
    rest = [c.own for c in asked if not c.party]
    plain = {(stem(w),) for w in TRADE}
    return len(asked) - len(rest) > 1 and bool(rest) and set(rest) <= plain


@lru_cache(maxsize=1)
def _listed() -> tuple[list[Hit], Ranking]:
    world = World.load()
    shipped = json.loads(SHIPPED.read_text("utf-8")) if SHIPPED.is_file() else {}
    if shipped.get("tables") == world.sha256 and not _others():
        listed = [Hit(**row) for row in shipped["entries"]]
        return listed, _ranking(listed, shipped["states"])
    from multipolar.engines import Registry

    return _ranked(entries(Registry.default(world)), world)


def _others() -> bool:
    """Say whether engines of other packages are at hand."""
    try:
        points = metadata.entry_points(group=GROUP)
    except Exception:  # a package whose list is damaged: the registry says so
        return True
    return any(not point.value.startswith(OURS) for point in points)


def _ranked(listed: list[Hit], world: World) -> tuple[list[Hit], Ranking]:
    return listed, _ranking(listed, states(world))


def _ranking(listed: list[Hit], states: Mapping[str, str]) -> Ranking:
    groups = (hit.name for hit in listed if hit.kind == "coalition")
    return Ranking(map(_text, listed), states, groups)


def _text(hit: Hit) -> Text:
    name = hit.name.replace(".", " ").replace("_", " ")
    weight = WEIGHTS.get(hit.kind, 1.0)
    if hit.kind == "metric" and hit.name.rpartition(".")[2] in DIAGNOSTIC:
        weight *= 0.5
    weight *= 1 + RICHER * math.log2(1 + hit.rows)
    everywhere = hit.kind == "metric" and hit.places >= MANY
    if hit.kind == "metric" and not hit.more.startswith(RECORD):
        weight *= MODELLED
    dims = set(words(hit.more))
    pairs = any(both <= dims for both in PAIRS)
    more = f"{hit.more} {hit.unit} {hit.kind}"
    return Text(name, hit.about, hit.terms, more, everywhere, pairs, weight)


def document(registry: Registry) -> dict[str, Any]:
    """Return the list that is shipped: what there is, and names of states."""
    return {
        "tables": registry.world.sha256,
        "states": states(registry.world),
        "entries": [_brief(hit) for hit in entries(registry)],
    }


def _brief(hit: Hit) -> dict[str, Any]:
    """Leave out what is as it is by default."""
    usual = {f.name: f.default for f in fields(Hit)}
    return {k: v for k, v in asdict(hit).items() if v != usual[k]}


def states(world: World) -> dict[str, str]:
    """Return codes of states by names that a query may hold, in letters alone.

    Codes of two and three letters are words of English too, and are left out but for a few.
    """
    known = world.names_index.codes
    return {
        name: code.casefold()
        for name, code in sorted(known.items())
        if name.isascii() and (len(name) > 3 or name in SHORT)
    }


def entries(registry: Registry) -> list[Hit]:
    """Return all that can be found."""
    world = registry.world
    parts = (
        _metrics(registry),
        series(world),
        _coalitions(world),
        _scenarios(),
        _measures(),
        _tables(world),
    )
    return [hit for part in parts for hit in part]


def _metrics(registry: Registry) -> Iterator[Hit]:
    from multipolar.engines.coverage import coverage, places, when
    from multipolar.engines.registry import terms

    for engine, metric in registry.metrics.values():
        covered = coverage(registry, engine, metric)
        more = [engine.title, metric.label, metric.quantity, *metric.words]
        for d in metric.dims:
            if d.name == "currency":
                more += [word for w in d.values for word in alike(w)]
            more += [d.name, d.description]
        yield Hit(
            "metric",
            metric.name,
            metric.description,
            metric.unit,
            when(metric, covered),
            places(metric, covered),
            terms=terms(metric),
            more=" ".join(filter(None, more)),
        )


def series(world: World) -> list[Hit]:
    """Return the series of ``facts``, each with what it is, its unit, dates and entities.

    Example:
        >>> found = {hit.name: hit for hit in series(World.load())}
        >>> found["warheads.inventory"].unit
        'count'
    """
    if "facts" not in world.names:
        return []
    labels = world.labels
    found = []
    for name, rows in world.table("facts").groupby("series", sort=True):
        entities = sorted(set(map(str, rows["entity"])))
        dates = sorted(set(map(str, rows["date"])))
        units = sorted(set(map(str, rows["unit"])))
        named = [labels[w] for e in entities for w in e.split("-") if w in labels]
        found.append(
            Hit(
                "series",
                str(name),
                "; ".join(dict.fromkeys(map(str, rows["label"]))),
                " or ".join(units),
                dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}",
                len(entities),
                len(rows),
                more=" ".join([*entities, *dict.fromkeys(named)]),
            )
        )
    return found


def _coalitions(world: World) -> Iterator[Hit]:
    if "coalitions" not in world.names:
        return
    labels, table = world.labels, world.table("coalitions")
    for name, rows in table.groupby("coalition", sort=True):
        now = rows[rows["until"].isna()]["country"]
        yield Hit(
            "coalition",
            str(name),
            str(rows["name"].iloc[0]),
            "states",
            f"since {rows['since'].min()}",
            len(now),
            more="coalition bloc group members " + " ".join(labels.get(c, c) for c in now),
        )


def _scenarios() -> Iterator[Hit]:
    from multipolar.pipeline.lookup import bundled_scenarios

    for case, library in bundled_scenarios().items():
        for name, scenario in library.items():
            yield Hit(
                "scenario",
                f"{case}:{name}",
                scenario.title or name.replace("-", " "),
                when=str(scenario.year or ""),
                more=" ".join([scenario.reason or "", *_said(scenario)]),
            )


def _said(scenario: Scenario) -> Iterator[str]:
    for measure in scenario.measures:
        for value in measure.model_dump(exclude_none=True, exclude_defaults=False).values():
            if isinstance(value, str):
                yield value.replace("_", " ")
            elif isinstance(value, tuple):
                yield " ".join(str(v) for v in value)


def _measures() -> Iterator[Hit]:
    from multipolar.policy import KINDS

    for kind, cls in KINDS.items():
        about = " ".join((cls.__doc__ or kind).split("\n\n")[0].split())
        told = [f"{n} {f.description or ''}" for n, f in cls.model_fields.items()]
        yield Hit("measure", kind, about, more=" ".join(told))


def of_table(world: World, name: str) -> tuple[str, int]:
    """Return the years or dates of a table's rows, and of how many states there are rows.

    Example:
        >>> of_table(World.load(), "governance")
        ('1996 to 2024', 213)
    """
    info, spans, n = world.info(name), "", 0
    if info.path.endswith(".parquet"):
        table, columns = world.table(name), {f.name for f in info.fields}
        time = next((c for c in ("year", "date") if c in columns), "")
        known = sorted(set(map(str, table[time].dropna()))) if time else []
        spans = f"{known[0]} to {known[-1]}" if len(known) > 1 else "".join(known)
        sides = [c for c in ("country", "exporter", "importer", "iso3") if c in columns]
        n = max((int(table[c].nunique()) for c in sides), default=0)
    return spans, n


def _tables(world: World) -> Iterator[Hit]:
    for name in world.names:
        info = world.info(name)
        told = " ".join(f"{f.name} {f.description}" for f in info.fields)
        more = f"{info.description} {told} {info.source}"
        yield Hit("table", name, info.title, "", *of_table(world, name), more=more)


def written(found: Mapping[str, Any]) -> str:
    """Return the shipped list as text: one thing a line, for what changes to be seen."""
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in found["entries"])
    names = json.dumps(found["states"], ensure_ascii=False, sort_keys=True)
    head = f'{{"tables": {json.dumps(found["tables"])},\n"states": {names}'
    return f'{head},\n"entries": [\n{rows}\n]}}\n'


__all__ = ["Hit", "document", "entries", "find", "of_table", "series", "states", "written"]
