"""Who stands where, as the page shows it: votes and blocs, positions over years, poles, pacts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from multipolar.pipeline.result import CaseResult
from multipolar.pipeline.standing import Pact, Standing, Track, Votes, Weight
from multipolar.render.cards import Drawing, drawing
from multipolar.render.charts import lines, maps
from multipolar.render.charts import standing as charts
from multipolar.render.charts.svg import Chart
from multipolar.text.forms import csv_text
from multipolar.text.phrases import listing, number, sentence, shown_unit

STEPS = (0.25, 0.75, 1.5)  # sd: sizes that part a position into near, middling and far
BLOCS = 4  # that are told apart by colour
NAMED = 4  # members a legend names
SHOWN_SINCE = 1946  # first year of the poles chart, where the votes begin
DIGITS = 6  # that an estimate is the same to on every machine
FULL, HALF = 1052.0, 560.0
WEST, REST = "nearer the West", "farther from the West"
COLUMNS = (
    "metric", "country", "other", "index", "year", "variant", "scenario", "value", "error", "unit",
    "source",
)  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """A figure of a table; ``why`` says what is missing where there is none."""

    text: str
    why: str = ""


@dataclass(frozen=True)
class Grid:
    """A small table: its title, what is in it, its head, and rows that begin with a name."""

    title: str
    subtitle: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    source: str


@dataclass(frozen=True)
class PactShown:
    """What one pact changes."""

    title: str
    reason: str
    chart: Drawing | None


@dataclass(frozen=True)
class Section:
    """Everything of the section; a part is None or empty where nothing can be read.

    ``gap`` says what is missing, every second piece of it being a command.
    """

    gap: tuple[str, ...]
    positions: Drawing | None = None
    strip: Drawing | None = None
    blocs: Drawing | None = None
    together: Grid | None = None
    years: Drawing | None = None
    poles: Drawing | None = None
    weights: Grid | None = None
    pacts: tuple[PactShown, ...] = ()


def section(result: CaseResult) -> Section | None:
    """Return the section, or None for a case that asks nothing of the kind."""
    s = result.standing
    if s is None:
        return None
    names = result.world.names_index.labels
    v, here = s.votes, None
    if v is not None and any(c in v.positions for c in s.named):
        here = v
    found = Section(
        gap=tuple(s.gap.split("`")) if s.gap else (),
        positions=drawing(_position_map(v, names)) if v is not None else None,
        strip=drawing(_strip(here, s.named, names)) if here is not None else None,
        blocs=drawing(_bloc_map(v, names)) if v is not None and v.blocs else None,
        together=_together(v, s.named, names) if v is not None and v.together else None,
        years=drawing(_years(s.track, names)) if s.track is not None else None,
        poles=drawing(_poles(s.weights)) if s.weights else None,
        weights=_weights(s) if s.weights else None,
        pacts=tuple(_pact(p, names) for p in s.pacts),
    )
    parts = (found.positions, found.poles, found.years, *found.pacts)
    return found if any(parts) else None


def _name(code: str, names: Mapping[str, str]) -> str:
    return names.get(code, code)


def _source(*sources: str) -> str:
    return f"Source: {'; '.join(dict.fromkeys(s.rstrip('.') for s in sources))}."


def _style(value: float) -> str:
    size = sum(abs(value) >= s for s in STEPS)
    return f"w{'a' if value > 0 else 'p'}{size}" if size else "w0"


def _position_map(v: Votes, names: Mapping[str, str]) -> Chart:
    low, middle, top = (number(s) for s in STEPS)
    key = [
        ("wp3", f"−{top} and below: {REST}"), ("wp2", f"−{top} to −{middle}"),
        ("wp1", f"−{middle} to −{low}"), ("w0", f"within {low} of 0"),
        ("wa1", f"{low} to {middle}"), ("wa2", f"{middle} to {top}"),
        ("wa3", f"{top} and above: {WEST}"),
    ]  # fmt: skip
    ranked = sorted(v.positions.items(), key=lambda kv: (round(kv[1][0], DIGITS), kv[0]))
    used = {_style(x) for x, _ in v.positions.values()}
    kept = [k for k in key if k[0] in used]
    if kept and kept[-1][0] != "wa3" and kept[-1][0].startswith("wa"):
        kept[-1] = (kept[-1][0], f"{kept[-1][1]}: {WEST}")
    rows = tuple((_name(k, names), charts.signed(x), charts.signed(e)) for k, (x, e) in ranked)
    ends = [*ranked[:4], *ranked[-2:]]
    return maps.grouped(
        {k: _style(x) for k, (x, _) in v.positions.items()}, names,
        title=f"Where states stand in the votes on {v.about}",
        subtitle=f"Ideal point, {v.unit}: place on the main line of division",
        source=_source(v.source), key=kept, rows=rows,
        head=("state", f"ideal point, {v.unit}", "standard error"),
        label=", ".join(f"{_name(k, names)} {charts.signed(x)}" for k, (x, _) in ends),
        unknown="too few votes",
    )  # fmt: skip


def _strip(v: Votes, named: Sequence[str], names: Mapping[str, str]) -> Chart:
    rows = [(_name(c, names), *v.positions[c]) for c in named if c in v.positions]
    rows.sort(key=lambda r: (-round(r[1], DIGITS), r[0]))
    return charts.whiskers(
        rows, title="The states this case names most", unit=f"Ideal point, {v.unit}",
        source="", ends=(REST, WEST),
    )  # fmt: skip


def _largest(v: Votes, states: Sequence[str]) -> list[str]:
    return sorted(states, key=lambda c: (-v.size.get(c, 0.0), c))[:NAMED]


def _bloc_map(v: Votes, names: Mapping[str, str]) -> Chart:
    numbers = sorted(set(v.blocs.values()) - {0})
    key, rows = [], []
    for n in numbers:
        members = [c for c, bloc in v.blocs.items() if bloc == n]
        large = [_name(c, names) for c in _largest(v, members)]
        shown = ", ".join(large) + " and others" if len(members) > NAMED else listing(large)
        if n <= BLOCS:
            key.append((f"k{n}", f"{len(members)} states: {shown}"))
        rows.append((f"bloc {n}", ", ".join(sorted(_name(c, names) for c in members))))
    alone = sorted(_name(c, names) for c, n in v.blocs.items() if n == 0)
    if alone:
        key.append(("k0", f"by itself: {', '.join(alone)}"))
        rows.append(("by itself", ", ".join(alone)))
    if len(numbers) > BLOCS:
        key.append(("ko", f"{len(numbers) - BLOCS} smaller blocs"))
    styles = {c: f"k{n}" if n <= BLOCS else "ko" for c, n in v.blocs.items()}
    return maps.grouped(
        styles, names, title="Who votes with whom",
        subtitle="Blocs in the consensus of all runs of the Leiden algorithm",
        source=" ".join(filter(None, (_source(v.source), v.note))), key=key, rows=tuple(rows),
        head=("bloc", "states"), label="; ".join(words for _, words in key),
    )  # fmt: skip


def _together(v: Votes, named: Sequence[str], names: Mapping[str, str]) -> Grid:
    here = [c for c in named if any(c in pair for pair in v.together)]
    # states of one bloc stand side by side
    here.sort(key=lambda c: (v.blocs.get(c, 0), named.index(c)))
    rows = []
    for a in here:
        cells = []
        for b in here:
            share = v.together.get((a, b), v.together.get((b, a)))
            cells.append(Cell("" if share is None else f"{100 * share:.0f}"))
        rows.append((_name(a, names), tuple(cells)))
    return Grid(
        "How often two are in one bloc", "percent of the runs, over resampled votes, resolutions "
        "and seeds", ("state", *here), tuple(rows), "",
    )  # fmt: skip


def _years(t: Track, names: Mapping[str, str]) -> Chart:
    rows = {
        _name(c, names): [charts.Dot(p.year, p.value, p.error, p.votes) for p in line]
        for c, line in t.lines.items()
    }
    linked = {_name(c, names): values for c, values in t.linked.items()}
    first, last = min(d.year for r in rows.values() for d in r), max(
        d.year for r in rows.values() for d in r
    )  # fmt: skip
    return charts.panels(
        rows, linked, title=f"Positions in all votes of the General Assembly, {first} to {last}",
        unit=f"Ideal point, {t.unit}", note="the West above", source=_source(t.source),
        other="where resolutions are linked by title to those they repeat",
    )  # fmt: skip


def _poles(weights: Sequence[Weight]) -> Chart:
    shown = {
        w.label: [(str(y), n) for y, n in w.poles.items() if y >= SHOWN_SINCE] for w in weights
    }
    ranked = sorted((k for k in shown if shown[k]), key=lambda k: -len(shown[k]))
    bounds = [w.label for w in weights if w.bound]
    below = f" An upper bound, as only some states are told apart: {listing(bounds)}."
    return lines.series(
        {k: shown[k] for k in ranked}, title="How many poles there are, by each index",
        unit="Effective number of poles", equal=True, wide=HALF,
        note="one over the sum of squared shares; each index by itself",
        source=_source(*(s for w in weights for s in w.sources)) + (below if bounds else ""),
    )  # fmt: skip


def _weights(s: Standing) -> Grid:
    rows = []
    for w in s.weights:
        poles = f"{'at most ' if w.bound else ''}{w.poles[w.year]:.1f}"
        con = Cell("", "not read") if w.concentration is None else Cell(f"{w.concentration:.2f}")
        shares = [
            Cell("", x) if isinstance(x, str) else Cell(f"{x:.1f}")
            for x in (w.shares[g] for g in s.groups)
        ]
        unit = f", {shown_unit(w.unit)}" if w.unit and w.unit not in ("index", "count") else ""
        rows.append((f"{w.label}{unit}", (Cell(str(w.year)), Cell(poles), con, *shares)))
    gaps = dict.fromkeys(x for w in s.weights for x in w.shares.values() if isinstance(x, str))
    head = ("index", "year", "poles", "CON", *(f"{g}, %" for g in s.groups))
    return Grid(
        "The same question by each index", "newest year of each; CON: concentration among the "
        "major powers, from 0 all equal to 1 one has all; shares of the world", head, tuple(rows),
        f"Not shown: {'; '.join(gaps)}." if gaps else "",
    )  # fmt: skip


def _pact(p: Pact, names: Mapping[str, str]) -> PactShown:
    rows = []
    for code in p.before:
        one, other = (_name(c, names) for c in p.leads.get(code, ("", "")))
        remark = one if one == other else f"{one}, then {other}"
        rows.append((_name(code, names), p.before[code], p.after[code], remark))
    rows = [r for r in rows if r[1] > 0 and r[2] > 0]
    turned = [f"{r[0]}: {r[3]}" for r in rows if ", then " in r[3]]
    who = f" Who leads the attackers changes: {'; '.join(turned)}." if turned else ""
    chart = charts.exposure(
        rows, title="How exposed each state is, before and after",
        unit="Strength of the strongest coalition that can attack a state, over that of its "
        "defence; right of 1 the attackers are the stronger",
        source=f"{_source(*p.sources)}{who} {p.note}", names=("as it is", "with it"),
        wide=FULL,
    ) if rows else None  # fmt: skip
    return PactShown(
        p.scenario.title or p.scenario.name,
        sentence(p.scenario.reason) if p.scenario.reason else "", drawing(chart),
    )  # fmt: skip


def standing_csv(standing: Standing | None) -> str:
    """Return everything the section shows as CSV, one row a number."""
    rows = _rows(standing) if standing is not None else ()
    return csv_text(({k: _cell(v) for k, v in row.items()} for row in rows), COLUMNS)


def _cell(value: object) -> object:
    return round(value, DIGITS) if isinstance(value, float) else value


def _rows(s: Standing) -> Iterator[dict[str, object]]:
    if s.votes is not None:
        yield from _vote_rows(s.votes)
    if s.track is not None:
        yield from _track_rows(s.track)
    for w in s.weights:
        base = {"index": w.index, "source": "; ".join(w.sources)}
        for year, value in w.poles.items():
            yield {**base, "metric": "poles", "year": year, "value": value, "unit": "poles"}
        now = {**base, "year": w.year}
        if w.concentration is not None:
            yield {**now, "metric": "concentration", "value": w.concentration, "unit": "index"}
        for group, share in w.shares.items():
            if not isinstance(share, str):
                yield {**now, "metric": "share", "country": "+".join(s.groups[group]),
                       "value": share, "unit": "percent"}  # fmt: skip
    for p in s.pacts:
        for name, values in (("baseline", p.before), (p.scenario.name, p.after)):
            for code, value in values.items():
                yield {"metric": "vulnerability", "country": code, "scenario": name,
                       "value": value, "unit": "1", "source": "; ".join(p.sources)}  # fmt: skip


def _vote_rows(v: Votes) -> Iterator[dict[str, object]]:
    for code, (value, error) in v.positions.items():
        yield {"metric": "position", "country": code, "value": value, "error": error,
               "unit": v.unit, "source": v.source}  # fmt: skip
    for code, bloc in v.blocs.items():
        yield {"metric": "bloc", "country": code, "value": bloc, "unit": "number",
               "source": v.source}  # fmt: skip
    for (one, other), share in v.together.items():
        yield {"metric": "together", "country": one, "other": other, "value": share,
               "unit": "share", "source": v.source}  # fmt: skip


def _track_rows(t: Track) -> Iterator[dict[str, object]]:
    for code, line in t.lines.items():
        for p in line:
            base = {"metric": "position", "country": code, "year": p.year, "unit": t.unit,
                    "source": t.source}  # fmt: skip
            yield {**base, "variant": "published", "value": p.value, "error": p.error}
            if p.year in t.linked.get(code, {}):
                yield {**base, "variant": "linked", "value": t.linked[code][p.year]}
