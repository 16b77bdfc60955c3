"""Which chart a verdict gets: chosen from the dimensions of its metric and the kind of its test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from multipolar.claims.schema import Leaf
from multipolar.pipeline.result import CaseResult, ClaimVerdict, Figure, Part, Reconciliation
from multipolar.render.charts import bars, lines, maps, spread, timeline
from multipolar.render.charts.svg import CARD, Chart
from multipolar.render.sentences import needs, shown
from multipolar.text.dates import is_date
from multipolar.text.phrases import long_date, ordinal, sentence

if TYPE_CHECKING:
    import xarray as xr

MOST_GREY = 3
LEAST_POINTS = 3
MOST_TEXT = 260
AUTO = ("sum", "draws", "votes", "flows", "ranking", "series", "field", "bars")
FEW = 3  # measures that are enough where bars are asked for


def chart_for(
    result: CaseResult, v: ClaimVerdict, kind: str = "auto", wide: float = CARD
) -> Chart | None:
    """Return the chart of a verdict, or None where there is nothing to show.

    ``kind`` asks for one kind; ``auto`` takes the first that fits: the sum that explains a figure,
    draws, a vote, flows into a country, a ranking, a series, a place in a field, several measures.
    """
    if kind in ("none", "pair"):
        return None
    order = [kind] if kind in _MAKERS else []
    order += [k for k in AUTO if k not in order]
    if kind == "bars" and (few := _measures(result, v, wide, least=FEW)) is not None:
        return few
    for name in order:
        if name == "flows" and kind != "flows" and not _ranks_exporters(v):
            continue
        chart = _MAKERS[name](result, v, wide)
        if chart is not None:
            return chart
    return None


def _names(result: CaseResult) -> Mapping[str, str]:
    return result.world.names_index.labels


def _label(result: CaseResult, code: str) -> str:
    """Name a country code, or each of two joined by a hyphen or a plus."""
    names = _names(result)
    for joint in ("-", "+"):
        if joint in code and all(p in names for p in code.split(joint)):
            return f" {'to' if joint == '-' else 'and'} ".join(names[p] for p in code.split(joint))
    return names.get(code, code)


def _title(part: Part) -> str:
    return sentence(part.label).rstrip(".")


def _credit(word: str, text: str) -> str:
    """A source line, cut where it would run on."""
    if len(text) > MOST_TEXT:
        return f"{word}: {text[: MOST_TEXT - 1].rstrip(' ;,.')}…"
    return f"{word}: {text.rstrip('.')}."


def _source(array: xr.DataArray) -> str:
    return _credit("Source", str(array.attrs.get("source", "")))


def _read_parts(v: ClaimVerdict) -> list[Part]:
    """Parts that were read from a metric, the deciding one first."""
    parts = sorted(v.parts, key=lambda p: p is not v.part)
    return [p for p in parts if p.value is not None and p.metric]


def _plain(leaf: Leaf) -> bool:
    """Say whether the metric itself is compared, not what is made of several readings."""
    return leaf.over is None and leaf.minus is None and not leaf.plus and leaf.per is None


def _sum(result: CaseResult, v: ClaimVerdict, wide: float) -> Chart | None:
    for r in result.reconciliations:
        if r.relation == "adds up" and r.total is not None and r.total.claim == v.claim.id:
            return sum_chart(result, r, wide)
    return None


def sum_chart(result: CaseResult, r: Reconciliation, wide: float = CARD) -> Chart:
    """Draw a figure over the figures that add up to it, and those over theirs."""
    assert r.total is not None
    sums = {
        x.total.claim: x
        for x in result.reconciliations
        if x.relation == "adds up" and x.total is not None and x.total.claim
    }
    used: list[str] = []

    def piece(figure: Figure, open_: tuple[str, ...]) -> bars.Piece:
        used.append(figure.source)
        inner = sums.get(figure.claim or "")
        deeper = inner is not None and figure.claim not in open_ and inner.total is not None
        if not deeper or inner is None or inner.total is None or inner.total.value != figure.value:
            return bars.Piece(figure.label, figure.value, figure.claim is not None)
        below = (*open_, figure.claim or "")
        parts = tuple(piece(p, below) for p in inner.parts)
        return bars.Piece(figure.label, figure.value, True, parts)

    parts = tuple(piece(p, (r.total.claim or "",)) for p in r.parts)
    whole = bars.Piece(r.total.label, r.total.value, r.total.claim is not None, parts)
    used.append(r.total.source)
    return bars.total(
        whole,
        title="Figures that add up",
        unit=r.total.unit,
        source=_credit("Sources", "; ".join(dict.fromkeys(used))),
        wide=wide,
    )


def _draws(result: CaseResult, v: ClaimVerdict, wide: float) -> Chart | None:
    part = v.part
    if part is None or not v.parameters or len(v.passes) < 8:
        return None
    if len(part.values) != len(v.passes):
        return None
    known = [k for k, x in enumerate(part.values) if x is not None]
    values = [x for k in known if isinstance(x := part.values[k], (int, float))]
    if not values or len(values) != len(known):
        return None
    gone = len(part.values) - len(known)
    counted = f"{v.draws} draws" + (f", of which {gone} failed" if gone else "")
    threshold = part.threshold if isinstance(part.threshold, (int, float)) else None
    about = {
        f"{name}.{p['name']}": p["description"]
        for name, engine in result.manifest.get("engines", {}).items()
        for p in engine.get("parameters", ())
    }
    return spread.draws(
        values,
        [v.passes[k] for k in known],
        {name: [drawn[k] for k in known] for name, drawn in v.parameters.items()},
        v.pivot if v.pivot is not None and isinstance(v.pivot.at, float) else None,
        title=_title(part),
        unit=part.unit,
        about=about,
        threshold=threshold,
        source=f"Source: engine {v.engine}, {counted}.",
        wide=wide,
    )


def _votes(result: CaseResult, v: ClaimVerdict, wide: float) -> Chart | None:
    best: tuple[int, Part, dict[str, str], xr.DataArray] | None = None
    for part in _read_parts(v):
        asked = part.where.get("resolution")
        if not str(part.metric).startswith("votes.") or not isinstance(asked, str):
            continue
        choice = part.leaf.model_copy(update={"metric": "votes.choice"})
        probe = replace(part, leaf=choice, where={"resolution": asked})
        array = result.array(probe, ("country",))
        if array is None:
            continue
        pairs = zip(array["country"].values, array.values, strict=True)
        cast = {str(k): str(x) for k, x in pairs if str(x) in maps.CHOICES}
        # the vote with most states says most
        if best is None or len(cast) > best[0]:
            best = len(cast), part, cast, array
    if best is None:
        return None
    n, part, cast, array = best
    asked, subject = str(part.where["resolution"]), part.where.get("country")
    table = result.world.table("un_votes")
    rows = table[table["resolution"] == asked]
    title, note = f"How {n} states voted", asked
    if len(rows):
        title += f", {long_date(str(rows.iloc[0]['date']))}"
        note = f"{asked}, “{rows.iloc[0]['title']}”"
    return maps.votes(
        cast,
        _names(result),
        title=title,
        source=_source(array),
        note=note,
        subject=subject if isinstance(subject, str) else "",
    )


def _field(
    result: CaseResult, part: Part, dim: str, *, ascending: bool = False
) -> tuple[xr.DataArray, list[tuple[str, float]]] | None:
    """The part's metric along one dimension, in the order of places."""
    array = result.array(part, (dim,))
    if array is None or array.dims != (dim,) or array.dtype.kind not in "fi":
        return None
    pairs = zip(array[dim].values, array.values, strict=True)
    rows = [(str(k), float(x)) for k, x in pairs if np.isfinite(x)]
    return array, sorted(rows, key=lambda r: r[1] if ascending else -r[1])


def _rank_dim(part: Part) -> str | None:
    dim = part.leaf.rank.of if part.leaf.rank is not None else ""
    return dim if isinstance(part.where.get(dim), str) else None


def _ranks_exporters(v: ClaimVerdict) -> bool:
    return any(_rank_dim(p) == "exporter" for p in v.parts)


def _ranking(result: CaseResult, v: ClaimVerdict, wide: float) -> Chart | None:
    for part in _read_parts(v):
        dim, rule = _rank_dim(part), part.leaf.rank
        if dim is None or rule is None:
            continue
        found = _field(result, part, dim, ascending=rule.ascending)
        if found is None:
            continue
        array, rows = found
        if rule.among:
            rows = [r for r in rows if r[0] in rule.among or _label(result, r[0]) in rule.among]
        if len(rows) < LEAST_POINTS:
            continue
        needed = None
        limit = part.threshold
        if part.passed is False and isinstance(limit, (int, float)) and 1 <= limit <= len(rows):
            words = "first place" if limit == 1 else f"{ordinal(int(limit))} place"
            needed = words, rows[int(limit) - 1][1]
        return bars.ranking(
            [(_label(result, k), x) for k, x in rows],
            _label(result, str(part.where[dim])),
            title=_title(part),
            unit=str(array.attrs.get("unit", "")),
            source=_source(array),
            firsts=_firsts(result, part, dim),
            code=str(part.where[dim]),
            needed=needed,
            wide=wide,
        )
    return None


def _firsts(result: CaseResult, part: Part, dim: str) -> list[tuple[str, str]]:
    """Who was first in each of ten years around the claim's, by code."""
    if not isinstance(part.where.get("year"), int):
        return []
    grid = result.array(part, (dim, "year"))
    if grid is None or set(grid.dims) != {dim, "year"}:
        return []
    years = [int(y) for y in grid["year"].values]
    last = min(max(years), int(part.where["year"]) + 4)
    out = []
    for year in [y for y in years if last - 10 < y <= last]:
        column = grid.sel(year=year)
        values = np.nan_to_num(column.values.astype(float), nan=-np.inf)
        out.append((str(year), str(column[dim].values[int(values.argmax())])))
    return out if len(out) > 1 else []


def _flows(result: CaseResult, v: ClaimVerdict, wide: float) -> Chart | None:
    for part in _read_parts(v):
        target = part.where.get("importer")
        if not isinstance(target, str) or target not in maps.shapes()["points"]:
            continue
        found = _field(result, part, "exporter")
        if found is None or len(found[1]) < LEAST_POINTS:
            continue
        array, rows = found
        rows = [r for r in rows if r[0] in maps.shapes()["points"] and r[1] > 0]
        if not rows:
            continue
        return maps.flows(
            rows,
            target,
            _names(result),
            subject=str(part.where.get("exporter", "")),
            title=_title(part),
            unit=str(array.attrs.get("unit", "")),
            source=_source(array),
            wide=wide,
        )
    return None


def _time(part: Part) -> str | None:
    return next((d for d in ("year", "date") if d in part.where), None)


def _over_time(result: CaseResult, part: Part) -> tuple[xr.DataArray, lines.Line] | None:
    dim = _time(part)
    if dim is None:
        return None
    array = result.array(part, (dim,))
    if array is None or array.dims != (dim,) or array.dtype.kind not in "fi":
        return None
    own = _points(array, dim, kinds=_kinds(part))
    return (array, own) if len(own) >= LEAST_POINTS else None


def _kinds(part: Part) -> set[int]:
    """How long the dates of the test are written: years, months or days."""
    change = part.leaf.rises or part.leaf.falls
    dates = [part.where.get(_time(part) or "")]
    dates += [v for k, v in change.since.items() if k in ("year", "date")] if change else []
    return {len(str(d)) for d in dates}


def _series(result: CaseResult, v: ClaimVerdict, wide: float) -> Chart | None:
    for part in _read_parts(v):
        found, dim = _over_time(result, part), _time(part)
        if found is None or dim is None:
            continue
        array, own = found
        unit = str(array.attrs.get("unit", ""))
        drawn, rival = _company(result, v, part, own, unit)
        bound, since = _bound(part, own, unit)
        return lines.series(
            drawn,
            title=_title(part),
            unit=unit,
            source=_fact_sources(result, v, list(drawn)) or _source(array),
            threshold=bound,
            needs=needs(part),
            at=str(part.where[dim]),
            since=since,
            rival=rival,
            note="shaded: what the claim is about",
            wide=wide,
        )
    return None


def _bound(part: Part, own: lines.Line, unit: str) -> tuple[float | None, str | None]:
    """The claim's number on the axis of the series, and the date a change starts from."""
    leaf = part.leaf
    change = leaf.rises or leaf.falls
    if not _plain(leaf):
        return None, None
    if change is not None:
        since = next((str(s) for k, s in change.since.items() if k in ("year", "date")), None)
        before = dict(own).get(since or "")
        if before is None:
            return None, since
        step = (1 if leaf.rises else -1) * change.by
        return before * (1 + step) if change.relative else before + step, since
    if part.comparison in ("rank", "rises", "falls", "between", "differs") or part.unit != unit:
        return None, None
    return (float(part.threshold) if isinstance(part.threshold, (int, float)) else None), None


def _fact_sources(result: CaseResult, v: ClaimVerdict, names: list[str]) -> str:
    """The sources of a series of the facts table: each row has its own."""
    asked = [
        (p.where["series"], p.where.get("entity"))
        for p in _read_parts(v)
        if p.metric == "facts.value" and "series" in p.where
    ][: max(len(names), 1)]
    if not asked:
        return ""
    facts = result.world.table("facts")
    keys = list(zip(facts["series"], facts["entity"], strict=True))
    rows = facts[[k in asked for k in keys]].sort_values("date")
    return _credit("Sources", "; ".join(dict.fromkeys(map(str, rows["source"]))))


def _points(
    array: xr.DataArray, dim: str, kinds: set[int] | None = None
) -> list[tuple[str, float]]:
    """The series as (date, value), of dates as long as the test's if enough are.

    A figure for a month and one for a year are not points of one line.
    """
    pairs = zip(array[dim].values, array.values, strict=True)
    points = sorted((str(k), float(x)) for k, x in pairs if np.isfinite(x))
    alike = [p for p in points if kinds and len(p[0]) in kinds]
    return alike if len(alike) >= LEAST_POINTS else points


def _company(
    result: CaseResult, v: ClaimVerdict, part: Part, own: lines.Line, unit: str
) -> tuple[dict[str, lines.Line], str | None]:
    """The subject's line, and those it is best seen with.

    For trade and production: its largest rivals at the claim's date. For other series: the
    claim's other parts in the same unit.
    """
    for side in ("exporter", "country"):
        name, dim = part.where.get(side), _time(part)
        if not isinstance(name, str) or dim is None:
            continue
        if not str(part.metric).endswith(("_quantity", "_value", ".quantity", ".share")):
            continue
        found = _field(result, part, side)
        if found is None:
            continue
        drawn: dict[str, lines.Line] = {_label(result, name): own}
        others = [k for k, _ in found[1] if k != name][: MOST_GREY + 1]
        for code in others:
            line = result.array(replace(part, where={**part.where, side: code}), (dim,))
            if line is not None and line.dims == (dim,) and (points := _points(line, dim)):
                drawn[_label(result, code)] = points
        return drawn, next(iter([n for n in drawn if n != _label(result, name)]), None)
    drawn = {part.label: own}
    size = max(abs(x) for _, x in own)
    for other in _read_parts(v):
        more = None if other is part else _over_time(result, other)
        if more is None or more[0].attrs.get("unit", "") != unit or len(drawn) > MOST_GREY:
            continue
        if size / 8 <= max(abs(x) for _, x in more[1]) <= size * 8:  # else one line lies flat
            drawn.setdefault(other.label, more[1])
    if len(drawn) > 1:
        short = dict(zip(drawn, _distinct(list(drawn)), strict=True))
        drawn = {short[k]: line for k, line in drawn.items()}
        return drawn, list(drawn)[1]
    entity = part.where.get("entity") or part.where.get("country") or ""
    return {_label(result, str(entity)): own}, None


def _distinct(labels: list[str]) -> list[str]:
    """Leave out the words that all labels start with.

    Example:
        >>> _distinct(["share of yuan in exports", "share of yuan in imports"])
        ['in exports', 'in imports']
    """
    words = [label.split() for label in labels]
    common = 0
    while all(len(w) > common + 2 for w in words) and len({w[common] for w in words}) == 1:
        common += 1
    return [" ".join(w[common:]) for w in words]


def _field_chart(result: CaseResult, v: ClaimVerdict, wide: float) -> Chart | None:
    """Where the subject stands among all countries, for metrics read of one country."""
    for part in _read_parts(v):
        subject = part.where.get("country")
        simple = ("at_least", "at_most", "above", "below", "between", "exceeds", "short_of")
        if not isinstance(subject, str) or not _plain(part.leaf) or part.comparison not in simple:
            continue
        found = _field(result, part, "country")
        if found is None or len(found[1]) < 20 or subject not in dict(found[1]):
            continue
        array, rows = found
        if str(array.attrs.get("unit", "")) != part.unit:
            continue
        rival = part.leaf.exceeds or part.leaf.short_of
        also = rival.where.get("country") if rival is not None else None
        bound = part.threshold if isinstance(part.threshold, (int, float)) else None
        return bars.field(
            [(_label(result, k), x) for k, x in rows],
            _label(result, subject),
            title=_title(part),
            unit=part.unit,
            source=_source(array),
            threshold=bound,
            needs=needs(part),
            also=[str(also)] if isinstance(also, str) else [],
            wide=wide,
        )
    return None


def _timeline(result: CaseResult, v: ClaimVerdict, wide: float) -> Chart | None:
    """Pieces of a test that are words or dates on record, each at its own date."""
    events, used = [], []
    for part in v.parts:
        dated = next((s for s in part.evidence if is_date(s.date)), None)
        # the date of a table that a metric reads is that of its retrieval
        if dated is None or part.passed is None or part.metric not in (None, "facts.value"):
            continue
        events.append(timeline.Event(part.label, dated.date, shown(part), _passed(part)))
        used.append(dated.source.split(": ")[0])
    if len(events) < 2:
        return None
    told = result.case.sources[v.claim.source]
    return timeline.timeline(
        events,
        title="What is on record",
        mark=told.published or "",
        mark_name="the article" if told.published else "",
        source=_credit("Sources", "; ".join(dict.fromkeys(used))),
        wide=wide,
    )


def _measures(result: CaseResult, v: ClaimVerdict, wide: float, *, least: int = 0) -> Chart | None:
    parts = [
        p
        for p in v.parts
        if isinstance(p.value, (int, float))
        and isinstance(p.threshold, (int, float))
        and p.threshold > 0
        and p.value >= 0
        and p.comparison not in ("rank", "equals", "between", "differs")
    ]
    if len(parts) < 2 or len(parts) < (least or len(v.parts) - 1):
        return None
    labels = [p.label for p in parts]
    rows = [
        (
            p.label if labels.count(p.label) == 1 else f"{p.label}: {needs(p)}",
            float(p.value or 0.0),
            float(p.threshold),
            p.unit,
            _passed(p),
        )
        for p in parts
        if isinstance(p.value, (int, float)) and isinstance(p.threshold, (int, float))
    ]
    used = dict.fromkeys(s.source.split(": ")[0] for p in parts for s in p.evidence)
    return bars.measures(
        rows,
        title="The same question on several measures",
        source=_credit("Sources", "; ".join(used)) if used else "",
        wide=wide,
    )


def _passed(part: Part) -> bool | None:
    """Whether a part passes; None where it is too close to call."""
    return None if part.close else bool(part.passed)


_MAKERS: Mapping[str, Callable[[CaseResult, ClaimVerdict, float], Chart | None]] = {
    "sum": _sum,
    "draws": _draws,
    "votes": _votes,
    "flows": _flows,
    "ranking": _ranking,
    "series": _series,
    "field": _field_chart,
    "bars": _measures,
    "timeline": _timeline,
}
