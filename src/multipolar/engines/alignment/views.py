"""Who votes with whom, as the page shows it: positions, blocs, and positions over the years."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from multipolar.engines.api import views as page
from multipolar.errors import DataMissing, MultipolarError
from multipolar.text.phrases import listing

VOTES = ("votes.", "alignment.")  # metrics whose places name the states a case is about
ABOUT = "Ukraine"  # what the votes that come with the package are on
STEPS = (0.25, 0.75, 1.5)  # sd: sizes that part a position into near, middling and far
ENDS = ("farther from the West", "nearer the West")
THIN = 25  # contested votes below which a year says little
MARKED = (1991, 2022)  # the end of the Soviet Union, the invasion of Ukraine
NAMED = 4  # members a legend names
APART = 0.005  # sd; variants that differ by less are one
NETWORK = {"network": "covariance"}
RECORD = {"votes": "all", "variant": "published"}

POSITION, ERROR = page.ask_all("alignment.position"), page.ask_all("alignment.position_error")
BLOC, TOGETHER = (page.ask_all(f"alignment.{m}", NETWORK) for m in ("bloc", "together"))
BLOCS = page.ask("alignment.blocs", NETWORK)  # its note says how many there are, and of what size
SIZE = page.ask_all("power.share", {"index": "value-added"})  # large states are named first
YEARLY = tuple(
    page.ask_all(f"alignment.{m}", RECORD)
    for m in ("position", "position_error", "contested_votes")
)
LINKED = page.ask_all("alignment.position", {**RECORD, "variant": "linked"})


@dataclass(frozen=True)
class Votes:
    """Positions on the shipped votes: ideal points and standard errors in sd, by code."""

    values: Mapping[str, float]
    errors: Mapping[str, float]
    unit: str
    source: str


@dataclass(frozen=True)
class Blocs:
    """Numbers of states' blocs, the largest first and 0 by itself; how often two are in one."""

    number: Mapping[str, int]
    together: Mapping[tuple[str, str], float]
    note: str
    size: Mapping[str, float]


@dataclass(frozen=True)
class Track:
    """Positions over years in sd, by code; ``linked`` where the other variant differs."""

    lines: Mapping[str, tuple[page.Dot, ...]]
    linked: Mapping[str, Mapping[int, float]]
    unit: str
    source: str


def asks(brief: page.Brief) -> tuple[page.Question, ...]:
    """Ask for the shipped votes, and for the full record, which may not be there."""
    return (POSITION, ERROR, BLOC, BLOCS, TOGETHER, SIZE, *YEARLY, LINKED)


def show(brief: page.Brief, answers: page.Answers) -> tuple[page.Section, ...]:
    """Show positions and blocs on the shipped votes, and positions over the years."""
    named = brief.named(VOTES)
    items: list[page.Beside | page.Panels | page.Text] = []
    rows: list[page.Row] = []
    votes = _votes(answers)
    if votes is not None:
        items.append(page.Beside((_position_map(votes), *_strip(votes, named, brief.names))))
        rows += _position_rows(votes)
        blocs = _blocs(answers, named)
        if blocs is not None:
            grid = _together(blocs, named, brief.names) if blocs.together else ()
            items.append(page.Beside((_bloc_map(blocs, votes.source, brief.names), *grid)))
            rows += _bloc_rows(blocs, votes.source)
    try:
        track = _track(answers, named)
        items.append(_panels(track, brief.names))
        rows += _track_rows(track)
    except DataMissing as gap:
        why = "; ".join(filter(None, (gap.what, gap.hint)))
        items.append(page.Text(f"Positions over the years are not shown: {why}."))
    except MultipolarError:
        pass  # there is no full record to be had
    lead = "Votes, blocs and weight as measured, whether or not a claim asks"
    return (page.Section("standing", "Who stands where", lead, tuple(items), tuple(rows)),)


def _votes(answers: page.Answers) -> Votes | None:
    try:
        place, errors = answers.array(POSITION), answers.values(ERROR)
    except MultipolarError:
        return None
    values = answers.values(POSITION)
    errors = {c: errors.get(c, 0.0) for c in values}
    return Votes(values, errors, str(place.attrs["unit"]), str(place.attrs["source"]))


def _blocs(answers: page.Answers, named: Sequence[str]) -> Blocs | None:
    try:
        number = {c: round(v) for c, v in answers.values(BLOC).items()}
        share, note = answers.array(TOGETHER), answers.reading(BLOCS).note
    except MultipolarError:
        return None
    try:
        size = answers.values(SIZE)
    except MultipolarError:
        size = {}
    here = set(map(str, share["country"].values))
    pairs = combinations([c for c in named if c in here], 2)
    one, other = share.dims
    together = {p: float(share.sel({one: p[0], other: p[1]})) for p in pairs}
    return Blocs(number, together, note, size) if number else None


def _position_map(v: Votes) -> page.ScaleMap:
    return page.ScaleMap(
        v.values,
        v.errors,
        title=f"Where states stand in the votes on {ABOUT}",
        subtitle=f"Ideal point, {v.unit}: place on the main line of division",
        steps=STEPS,
        ends=ENDS,
        head=("state", f"ideal point, {v.unit}", "standard error"),
        unknown="too few votes",
        source=page.credit(v.source),
    )


def _strip(v: Votes, named: Sequence[str], names: Mapping[str, str]) -> tuple[page.Whiskers, ...]:
    rows = [
        page.Estimate(names.get(c, c), v.values[c], v.errors[c]) for c in named if c in v.values
    ]
    # what differs in the last digits alone does so on another machine too
    rows.sort(key=lambda r: (-round(r.value, 6), r.name))
    title, unit = "The states this case names most", f"Ideal point, {v.unit}"
    return (page.Whiskers(tuple(rows), title, unit, "state", ENDS),) if rows else ()


def _bloc_map(b: Blocs, source: str, names: Mapping[str, str]) -> page.GroupMap:
    groups = []
    for n in sorted(set(b.number.values()) - {0}):
        members = tuple(c for c, bloc in b.number.items() if bloc == n)
        large = sorted(members, key=lambda c: (-b.size.get(c, 0.0), c))[:NAMED]
        first = [names.get(c, c) for c in large]
        shown = ", ".join(first) + " and others" if len(members) > NAMED else listing(first)
        groups.append(page.Group(f"bloc {n}", f"{len(members)} states: {shown}", members))
    alone = sorted((names.get(c, c), c) for c, n in b.number.items() if n == 0)
    if alone:
        words = f"by itself: {', '.join(name for name, _ in alone)}"
        groups.append(page.Group("by itself", words, tuple(c for _, c in alone), alone=True))
    return page.GroupMap(
        tuple(groups),
        title="Who votes with whom",
        subtitle="Blocs in the consensus of all runs of the Leiden algorithm",
        head=("bloc", "states"),
        unknown="no vote",
        rest="smaller blocs",
        source=" ".join(filter(None, (page.credit(source), b.note))),
    )


def _together(b: Blocs, named: Sequence[str], names: Mapping[str, str]) -> tuple[page.Grid, ...]:
    here = [c for c in named if any(c in pair for pair in b.together)]
    # states of one bloc stand side by side
    here.sort(key=lambda c: (b.number.get(c, 0), named.index(c)))
    shares = {frozenset(pair): f"{100 * share:.0f}" for pair, share in b.together.items()}
    rows = tuple(
        (names.get(a, a), tuple(page.Cell(shares.get(frozenset((a, c)), "")) for c in here))
        for a in here
    )
    about = "percent of the runs, over resampled votes, resolutions and seeds"
    return (page.Grid("How often two are in one bloc", about, ("state", *here), rows),)


def _track(answers: page.Answers, named: Sequence[str]) -> Track:
    values, error, votes, linked = (answers.array(q) for q in (*YEARLY, LINKED))
    years = [int(y) for y in values["year"].values]
    lines: dict[str, tuple[page.Dot, ...]] = {}
    apart: dict[str, dict[int, float]] = {}
    for code in (c for c in named if c in values["country"].values):
        columns = [a.sel(country=code).to_series() for a in (values, error, votes, linked)]
        rows = zip(years, *(c.reindex(years).tolist() for c in columns), strict=True)
        good = [row for row in rows if row[1] == row[1]]
        lines[code] = tuple(page.Dot(*row[:4]) for row in good)
        apart[code] = {y: w for y, v, _, _, w in good if abs(w - v) > APART}
    if not any(lines.values()):
        raise DataMissing("none of the states this case names has votes in the record added")
    return Track(lines, apart, str(values.attrs["unit"]), str(values.attrs["source"]))


def _panels(t: Track, names: Mapping[str, str]) -> page.Panels:
    years = [dot.year for line in t.lines.values() for dot in line]
    return page.Panels(
        {names.get(c, c): line for c, line in t.lines.items() if line},
        {names.get(c, c): values for c, values in t.linked.items()},
        title=f"Positions in all votes of the General Assembly, {min(years)} to {max(years)}",
        unit=f"Ideal point, {t.unit}",
        what="state",
        note="the West above",
        other="where resolutions are linked by title to those they repeat",
        thin=THIN,
        legend=f"a gap: no votes in that year; dashed: fewer than {THIN} contested votes",
        marked=MARKED,
        source=page.credit(t.source),
    )


def _position_rows(v: Votes) -> Iterator[page.Row]:
    for code, value in v.values.items():
        yield {
            "metric": "position",
            "country": code,
            "value": value,
            "error": v.errors[code],
            "unit": v.unit,
            "source": v.source,
        }


def _bloc_rows(b: Blocs, source: str) -> Iterator[page.Row]:
    for code, bloc in b.number.items():
        yield {"metric": "bloc", "country": code, "value": bloc, "unit": "number", "source": source}
    for (one, other), share in b.together.items():
        yield {
            "metric": "together",
            "country": one,
            "other": other,
            "value": share,
            "unit": "share",
            "source": source,
        }


def _track_rows(t: Track) -> Iterator[page.Row]:
    for code, line in t.lines.items():
        for dot in line:
            base: page.Row = {
                "metric": "position",
                "country": code,
                "year": dot.year,
                "unit": t.unit,
                "source": t.source,
            }
            yield {**base, "variant": "published", "value": dot.value, "error": dot.error}
            if dot.year in t.linked[code]:
                yield {**base, "variant": "linked", "value": t.linked[code][dot.year]}
