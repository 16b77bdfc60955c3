"""The commands that ask what there is: read, find and metrics."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from multipolar import output
from multipolar.errors import EngineError
from multipolar.output import grid, line
from multipolar.text.clean import one_line, printable

if TYPE_CHECKING:
    from multipolar.engines import Registry
    from multipolar.engines.api.contract import Dimension, Engine, Metric, Source
    from multipolar.engines.coverage import Coverage
    from multipolar.pipeline.finding import Hit
    from multipolar.pipeline.lookup import Figures


NAMED = 8  # states of a place that are still named
FEW = 24  # words of a choice that a list of metrics still names


def _registry() -> Registry:
    from multipolar.engines import Registry
    from multipolar.world import World

    return Registry.default(World.load())


def do_read(args: argparse.Namespace) -> int:
    """Read one figure, or a table of them."""
    from multipolar.pipeline.lookup import read, spoken

    registry = _registry()
    place = spoken(registry, args.metric, _pairs(args.metric, args.where))
    found = read(args.metric, args.scenario, registry=registry, **place)
    if args.json:
        output.as_json(found.document())
    elif args.csv:
        one = {**found.where, "value": found.value, "unit": found.unit} if found.reading else {}
        output.as_csv(list(found.rows) or [one])
    else:
        for text in _shown(found, registry.world.labels):
            line(text)
    return 0


def _pairs(metric: str, texts: Sequence[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        key, sign, value = text.partition("=")
        if not (sign and key) or key in pairs:
            what = f"{key} is given twice" if sign and key else f"{printable(text)!r} lacks a value"
            raise EngineError(what, where=f"where of {metric}", hint="write year=2022, say")
        pairs[key] = value
    return pairs


def _shown(found: Figures, labels: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines that tell of what was read."""
    place = " ".join(f"{k}={_words(v)}" for k, v in found.where.items())
    head = one_line(f"{found.metric.name} {place}")
    under = f" under {found.scenario}" if found.scenario != "baseline" else ""
    about = one_line(f"{found.about} ({found.basis})")
    if found.reading is None:
        said = f", {found.computed}" if found.computed else ""
        yield f"{head}{under}: {found.unit}{said}\n  {about}"
        yield from _records(found)
        yield ""
        rows = [{k: labels.get(str(v), v) for k, v in r.items()} for r in found.rows]
        yield grid([{k: _number(v) for k, v in r.items()} for r in rows])
        yield ""
        yield from _told(source=found.source, note=found.note)
        return
    r = found.reading
    label = f", {r.label}" if r.label else ""
    bound = {"upper": "at most ", "lower": "at least "}.get(r.bound, "")
    unit = "" if r.unit in ("word", "date", "1") else f" {r.unit}"
    mark = "not proven: " if r.unproven else ""
    label += f", {found.computed}" if found.computed else ""
    yield f"{mark}{bound}{_number(r.value)}{unit}{label}\n  {head}{under}\n  {about}"
    yield from _records(found)
    error = f"± {_number(r.error)}{unit}" if r.error else ""
    kind = f" ({r.error_of})" if r.error_of and error else r.error_of
    yield from _told(error=f"{error}{kind}", through=r.through)
    for title, sources in (("source", r.evidence), ("other source", r.alternatives)):
        for source in sources:
            yield from _told(**{title: _source(source)})
    yield from _told(note=r.note, there=_there(found.metric, found.coverage, found.where))


def _records(found: Figures) -> Iterator[str]:
    """Yield a line for each record of what a model computed."""
    for r in found.records:
        place = " ".join(f"{k}={_words(v)}" for k, v in r.where.items())
        one = r.reading
        value = f"{_number(one.value)} {one.unit}, " if one is not None else ""
        yield from _told(**{"on record": f"{value}{r.metric} {place}; {r.note}"})


def _there(metric: Metric, covered: Coverage, where: Mapping[str, Any]) -> str:
    from multipolar.engines.coverage import told

    free = {d: w for d, w in covered.items() if metric.dim(d).kind != "choice"}
    return f"{told(metric, free)}" + (" (the rest as asked)" if len(metric.dims) > 1 else "")


def _told(**parts: str) -> Iterator[str]:
    for name, text in parts.items():
        if text:
            yield f"  {name.replace('there', 'there is')}: {one_line(text)}"


def _words(value: Any) -> str:
    """Write what was asked of a dimension; of many states, how many they are."""
    if not isinstance(value, tuple):
        return str(value)
    more = f"+{len(value) - NAMED} more" if len(value) > NAMED else ""
    return "+".join(map(str, value[:NAMED])) + more


def _source(source: Source) -> str:
    value = "" if source.value is None else f"{_number(source.value)} {source.unit}".strip()
    said = [source.source, source.date, source.url, source.grade or source.reading, value]
    if source.interested:
        said.append("a party to it")
    note = f"; {source.note}" if source.note else ""
    return ", ".join(filter(None, said)) + note


def _number(value: Any) -> str:
    """Write a number to six digits, with commas.

    Example:
        >>> _number(58377.5236), _number(0.00123), _number(5.0), _number("yes")
        ('58,377.5', '0.00123', '5', 'yes')
    """
    if not isinstance(value, float) or not math.isfinite(value):
        return str(value)
    digits = 5 - math.floor(math.log10(abs(value))) if value else 0
    text = f"{value:,.{min(max(digits, 0), 12)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def do_find(args: argparse.Namespace) -> int:
    """Find what there is on something."""
    from multipolar.pipeline.finding import find

    hits = find(" ".join(args.words), most=args.most)
    if args.json:
        output.as_json([hit.document() for hit in hits])
        return 0
    for hit in hits:
        line(_hit(hit))
    if not hits:
        line(f"nothing is about {one_line(' '.join(args.words))}; `multipolar metrics` lists all")
    return 0


def _hit(hit: Hit) -> str:
    covers = [hit.when, f"{hit.places} {'place' if hit.places == 1 else 'places'}"]
    tail = "; ".join(filter(None, [hit.unit, covers[0], covers[1] if hit.places else ""]))
    about = one_line(hit.about) + (f" ({one_line(tail)})" if tail else "")
    note = f"\n    {one_line(hit.note)}" if hit.note else ""
    return f"{one_line(hit.name)}  [{hit.kind}]\n    {about}{note}"


def do_metrics(args: argparse.Namespace) -> int:
    """List metrics with what they cover, those of an engine, or one in full."""
    from multipolar.engines.coverage import as_json, coverage

    registry, asked = _registry(), args.contains or ""
    chosen = _chosen(registry, asked)
    full = [m.name for _, m in chosen] == [asked]
    if args.json:
        from multipolar.engines.catalogue import declaration

        output.as_json(
            [
                {**declaration(e, m), "coverage": as_json(m, coverage(registry, e, m))}
                for e, m in chosen
            ]
        )
        return 0
    for engine, metric in chosen:
        for text in _metric(engine, metric, coverage(registry, engine, metric), full):
            line(text)
        if full and metric.name == "facts.value":
            line("\n" + grid(_series(registry)))
    if not chosen:
        from multipolar.pipeline.finding import find

        near = [h.name for h in find(asked, most=5)] if any(map(str.isalnum, asked)) else []
        line(
            f"no metric has {printable(asked)!r} in its name; "
            + (f"on that there is {', '.join(near)}" if near else "`multipolar metrics` lists all")
        )
    return 0


def _chosen(registry: Registry, asked: str) -> list[tuple[Engine, Metric]]:
    """Return one metric by its name, all of an engine, or those whose names hold a text."""
    if "." in asked and asked in registry.metrics:
        return [registry.metrics[asked]]
    known = list(registry.metrics.values())
    own = [pair for pair in known if pair[0].name == asked]
    word = asked.split(".", maxsplit=1)[0]
    first = [pair for pair in known if asked and pair[1].name.split(".")[0] == word == asked]
    return own or first or [pair for pair in known if asked in pair[1].name]


def _metric(engine: Engine, metric: Metric, covered: Coverage, full: bool) -> Iterator[str]:
    from multipolar.engines.coverage import spelt, told

    dims = ", ".join(d.name + ("" if d.required else "?") for d in metric.dims)
    yield f"{one_line(metric.name)}  [{one_line(dims)}]"
    basis = metric.basis or engine.basis
    yield f"    {one_line(f'{metric.description} ({metric.unit}; {basis})')}"
    free = {d: w for d, w in covered.items() if metric.dim(d).kind != "choice"}
    if not full:
        if there := told(metric, free):
            yield f"    {one_line(there)}"
        yield from (f"    {d.name}: {_few(metric, d)}" for d in metric.dims if d.values)
        return
    for d in metric.dims:
        many = f"; several: {metric.aggregate}" if metric.takes_many(d) else ""
        # the series of facts are listed below, each with what it covers
        yield f"    {d.name}{'' if d.required else '?'}: {one_line(d.description)} ({d.kind}{many})"
        if covered.get(d.name) and d.name != "series":
            yield f"        {one_line(spelt(d, covered[d.name], most=len(covered[d.name])))}"
    yield from (f"    {one_line(text)}" for text in _declared(engine, metric))


def _few(metric: Metric, dim: Dimension) -> str:
    """Return the words of a choice, or how many they are and where they are listed."""
    if len(dim.values) <= FEW or dim.name == "series":
        return one_line(", ".join(dim.values))
    return f"{len(dim.values)} words, which `multipolar metrics {metric.name}` lists"


def _declared(engine: Engine, metric: Metric) -> Iterator[str]:
    """Yield what else a metric declares."""
    yield f"engine: {engine.name}"
    error = str(metric.error) if metric.error is not None else ""
    if metric.error_share:
        error = f"{metric.error_share:.2g} of the reading"
    if error:
        yield f"error: {error} {metric.error_of}".rstrip()
    for name, text in (
        ("words", ", ".join(metric.words)),
        ("coalitions as of", metric.as_of),
        ("quantity", metric.quantity),
        ("siblings", ", ".join(metric.siblings)),
    ):
        if text:
            yield f"{name}: {text}"


def _series(registry: Registry) -> list[dict[str, str]]:
    """Return a line for each series of facts: its name, what it is, unit, dates and entities."""
    from multipolar.pipeline.finding import series

    return [
        {
            "series": e.name,
            "what": one_line(e.about),
            "unit": e.unit,
            "dates": e.when,
            "entities": str(e.places),
        }
        for e in series(registry.world)
    ]


__all__ = ["do_find", "do_metrics", "do_read"]
