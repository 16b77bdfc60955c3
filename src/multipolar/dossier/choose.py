"""Which chart a verdict gets: chosen from the dimensions of its metric and the kind of its test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from multipolar.claims.phrases import sentence
from multipolar.claims.result import CaseResult, ClaimVerdict, Part, Reconciliation
from multipolar.dossier.charts import bars, lines, maps, spread
from multipolar.dossier.charts.svg import Chart

if TYPE_CHECKING:
    import xarray as xr

MOST_GREY = 3
LEAST_POINTS = 3


def chart_for(result: CaseResult, v: ClaimVerdict, kind: str = "auto") -> Chart | None:
    """Return the chart of a verdict, or None where there is nothing to show.

    ``kind`` asks for one kind; ``auto`` takes the first that fits: the sum that explains a figure,
    draws, several measures, votes, a ranking, a series.
    """
    if kind in ("none", "pair"):
        return None
    makers = {
        "sum": _sum, "draws": _draws, "bars": _measures, "votes": _votes, "flows": _flows,
        "ranking": _ranking, "series": _series,
    }  # fmt: skip
    order = [kind] if kind in makers else []
    order += [k for k in ("sum", "draws", "votes", "ranking", "series", "bars") if k not in order]
    for name in order:
        chart = makers[name](result, v)
        if chart is not None:
            return chart
    return None


def _names(result: CaseResult) -> Mapping[str, str]:
    return result.world.names_index.labels


def _label(result: CaseResult, code: str) -> str:
    return _names(result).get(code, code)


def _title(part: Part) -> str:
    return sentence(part.label).rstrip(".")


def _source(array: xr.DataArray) -> str:
    text = str(array.attrs.get("source", ""))
    return f"Source: {text if len(text) <= 240 else text[:237] + '…'}."


def _read_parts(v: ClaimVerdict) -> list[Part]:
    """Parts that were read, the deciding one first."""
    main = v.part
    rest = [p for p in v.parts if p is not main]
    return [p for p in ([main] if main else []) + rest if p.value is not None and p.metric]


def _sum(result: CaseResult, v: ClaimVerdict) -> Chart | None:
    for r in result.reconciliations:
        if r.relation == "adds up" and r.total is not None and r.total.claim == v.claim.id:
            return sum_chart(r)
    return None


def sum_chart(r: Reconciliation) -> Chart:
    """Draw a figure and the figures that add up to it."""
    assert r.total is not None
    sources = "; ".join(dict.fromkeys(f.source for f in (r.total, *r.parts)))
    return bars.total(
        (r.total.label, r.total.value),
        [(p.label, p.value) for p in r.parts],
        title="Figures that add up",
        unit=r.total.unit,
        source=f"Sources: {sources}.",
    )


def _draws(result: CaseResult, v: ClaimVerdict) -> Chart | None:
    part = v.part
    if part is None or not v.parameters or len(v.passes) < 8:
        return None
    values = [x for x in part.values if isinstance(x, float)]
    if len(values) != len(v.passes):
        return None
    threshold = part.threshold if isinstance(part.threshold, float) else None
    return spread.draws(
        values, v.passes, v.parameters, v.pivot, title=_title(part), unit=part.unit,
        threshold=threshold, source=f"Source: engine {v.engine}, {v.draws} draws.",
    )  # fmt: skip


def _votes(result: CaseResult, v: ClaimVerdict) -> Chart | None:
    parts = [
        p
        for p in _read_parts(v)
        if str(p.metric).startswith("votes.") and isinstance(p.where.get("resolution"), str)
    ]
    # the vote with most states says most
    for part in sorted(parts, key=lambda p: str(p.where["resolution"]).startswith("S/")):
        asked = part.where["resolution"]
        probe = _with(part, "votes.choice", {"resolution": asked})
        array = result.array(probe, ("country",))
        if array is None:
            continue
        cast = {
            str(k): str(x)
            for k, x in zip(array["country"].values, array.values, strict=True)
            if str(x) in maps.CHOICES
        }
        info = result.world.table("un_votes").query("resolution == @asked").iloc[0]
        subject = part.where.get("country")
        title = f"{asked}, {info['date']}: {info['title']}"
        return maps.votes(
            cast, _names(result), title=title, source=_source(array),
            subject=subject if isinstance(subject, str) else "",
        )  # fmt: skip
    return None


def _with(part: Part, metric: str, where: Mapping[str, str]) -> Part:
    from dataclasses import replace

    return replace(part, metric=metric, where=dict(where))


def _field(
    result: CaseResult, part: Part, dim: str
) -> tuple[xr.DataArray, list[tuple[str, float]]] | None:
    array = result.array(part, (dim,))
    if array is None or array.dims != (dim,):
        return None
    rows = [
        (str(k), float(x))
        for k, x in zip(array[dim].values, array.values, strict=True)
        if np.isfinite(x)
    ]
    return array, sorted(rows, key=lambda r: -r[1])


def _rank_dim(part: Part) -> str | None:
    for dim in ("exporter", "importer", "country", "partner", "other"):
        if f"over={dim}" in part.code:
            return dim
    return None


def _ranking(result: CaseResult, v: ClaimVerdict) -> Chart | None:
    for part in _read_parts(v):
        dim = _rank_dim(part)
        if part.comparison != "rank" or dim is None:
            continue
        found = _field(result, part, dim)
        if found is None or len(found[1]) < LEAST_POINTS:
            continue
        array, rows = found
        named = [(_label(result, k), x) for k, x in rows]
        return bars.ranking(
            named, _label(result, str(part.where[dim])), title=_title(part),
            unit=str(array.attrs.get("unit", "")), source=_source(array),
            firsts=_firsts(result, part, dim), code=str(part.where[dim]),
        )  # fmt: skip
    return None


def _firsts(result: CaseResult, part: Part, dim: str) -> list[tuple[str, str]]:
    """Who was first in each of the last years, by code."""
    if "year" not in part.where:
        return []
    grid = result.array(part, (dim, "year"))
    if grid is None or set(grid.dims) != {dim, "year"}:
        return []
    out = []
    for year in grid["year"].values[-10:]:
        column = grid.sel(year=year)
        values = np.nan_to_num(column.values.astype(float), nan=-np.inf)
        out.append((str(year), str(column[dim].values[int(values.argmax())])))
    return out


def _flows(result: CaseResult, v: ClaimVerdict) -> Chart | None:
    for part in _read_parts(v):
        target = part.where.get("importer")
        if not isinstance(target, str) or target not in maps.shapes()["points"]:
            continue
        found = _field(result, part, "exporter")
        if found is None or len(found[1]) < LEAST_POINTS:
            continue
        array, rows = found
        unit = str(array.attrs.get("unit", ""))
        return maps.flows(
            rows, target, _names(result), subject=str(part.where.get("exporter", "")),
            title=_title(part), unit=unit, source=_source(array),
        )  # fmt: skip
    return None


def _series(result: CaseResult, v: ClaimVerdict) -> Chart | None:
    for part in _read_parts(v):
        dim = "year" if "year" in part.where else "date" if "date" in part.where else None
        if dim is None:
            continue
        array = result.array(part, (dim,))
        if array is None or array.dims != (dim,) or array.dtype.kind not in "fi":
            continue
        own = _points(array, dim)
        if len(own) < LEAST_POINTS:
            continue
        at = str(part.where[dim])
        lines_, rival = _company(result, part, dim, own)
        bound = part.threshold if isinstance(part.threshold, float) else None
        plain = part.comparison in ("at_least", "at_most", "above", "below", "equals")
        plain = plain and " / " not in part.code and " - " not in part.code
        return lines.series(
            lines_, title=_title(part), unit=str(array.attrs.get("unit", "")),
            source=_fact_sources(result, part) or _source(array),
            threshold=bound if plain else None, at=at, rival=rival,
        )  # fmt: skip
    return None


def _fact_sources(result: CaseResult, part: Part) -> str:
    """The sources of a series of the facts table: each row has its own."""
    if part.metric != "facts.value":
        return ""
    facts = result.world.table("facts")
    rows = facts[(facts["series"] == part.where["series"])]
    rows = rows[rows["entity"] == part.where.get("entity", rows["entity"].iloc[0])]
    text = "; ".join(dict.fromkeys(rows.sort_values("date")["source"]))
    return f"Sources: {text if len(text) <= 280 else text[:277] + '…'}."


def _points(array: xr.DataArray, dim: str) -> list[tuple[str, float]]:
    pairs = zip(array[dim].values, array.values, strict=True)
    return sorted((str(k), float(x)) for k, x in pairs if np.isfinite(x))


def _company(
    result: CaseResult, part: Part, dim: str, own: list[tuple[str, float]]
) -> tuple[dict[str, list[tuple[str, float]]], str | None]:
    """The subject's line, and those of its largest rivals at the claim's date."""
    for side in ("exporter", "country"):
        name = part.where.get(side)
        if not isinstance(name, str) or not str(part.metric).endswith(("_quantity", "_value")):
            continue
        found = _field(result, part, side)
        if found is None:
            continue
        lines_ = {_label(result, name): own}
        others = [k for k, _ in found[1] if k != name][: MOST_GREY + 1]
        for code in others:
            line = result.array(_at(part, side, code), (dim,))
            if line is not None and line.dims == (dim,):
                lines_[_label(result, code)] = _points(line, dim)
        return lines_, _label(result, others[0]) if others else None
    entity = part.where.get("entity") or part.where.get("country") or part.label
    return {_label(result, str(entity)): own}, None


def _at(part: Part, key: str, value: str) -> Part:
    from dataclasses import replace

    return replace(part, where={**part.where, key: value})


def _measures(result: CaseResult, v: ClaimVerdict) -> Chart | None:
    rows = [
        (p.label, p.value, p.threshold, p.unit, bool(p.passed))
        for p in v.parts
        if isinstance(p.value, float) and isinstance(p.threshold, float) and p.threshold > 0
        and p.value >= 0 and p.comparison not in ("rank", "equals", "between")
    ]  # fmt: skip
    if len(rows) < 2 or len(rows) < len(v.parts) - 1:
        return None
    sources = "; ".join(dict.fromkeys(s.source.split(" (")[0] for s in v.evidence))
    short = sources if len(sources) < 240 else sources[:237] + "…"
    return bars.measures(rows, title="The same question on several measures",
                         source=f"Sources: {short}.")  # fmt: skip
