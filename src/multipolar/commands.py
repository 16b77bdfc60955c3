"""What each command does; imported only when one runs."""

from __future__ import annotations

import argparse
import math
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multipolar import adding, output
from multipolar.errors import CaseError, DataError, ScenarioError, nearest
from multipolar.inquiries import do_find, do_metrics, do_read
from multipolar.output import cell, grid, line
from multipolar.text.clean import one_line
from multipolar.text.forms import json_text
from multipolar.world import writer

if TYPE_CHECKING:
    from multipolar.engines import Registry


__all__ = ["do_find", "do_metrics", "do_read"]  # from below; the rest of them is here


def do_run(args: argparse.Namespace) -> int:
    """Test a case, print the table, write the dossier.

    Returns:
        1 if an engine was asked and did not answer, as the document says; else 0.
    """
    from multipolar.render import table, write
    from multipolar.render.exports import try_folder
    from multipolar.run import checked_as_of, run_case

    ready = checked_as_of(args.case).ready()
    folder = Path(args.out) if args.out else Path("dossier") / ready.loaded.case.case
    if args.out or not args.json:
        try_folder(folder)
    result = run_case(
        ready,
        draws=args.draws,
        seed=args.seed,
        workers=args.workers,
        cache=args.cache,
    )
    status = 1 if result.manifest["failures"] else 0
    if args.json:
        if args.out:
            write(result, folder)
        output.as_json(result.document())
        return status
    written = write(result, folder)
    line(table(result, color=sys.stdout.isatty()), coloured=True)
    line(f"\n{one_line(str(written['index.html']))}")
    return status


def _registry() -> Registry:
    """Return the engines at hand."""
    from multipolar.engines import Registry
    from multipolar.world import World

    return Registry.default(World.load())


def do_cache(args: argparse.Namespace) -> int:
    """Show or clear the answers that are kept."""
    from multipolar.pipeline.cache import Cache

    cache = Cache.default()
    if cache is None:
        raise DataError(
            "no answers are kept", hint="MULTIPOLAR_CACHE is off: name a folder, or unset it"
        )
    if args.action == "clear":
        n = cache.clear()
        if args.json:
            output.as_json({"folder": str(cache.folder), "removed": n})
        else:
            line(f"{n:,} answers removed from {one_line(str(cache.folder))}")
        return 0
    sizes = [entry.st_size for entry in cache.entries()]
    if args.json:
        output.as_json(
            {
                "folder": str(cache.folder),
                "answers": len(sizes),
                "bytes": sum(sizes),
                "most": cache.most,
            }
        )
        return 0
    line(
        f"{one_line(str(cache.folder))}: {len(sizes):,} answers, {sum(sizes) / 1e6:,.1f} MB of "
        f"{cache.most / 1e6:,.0f} MB"
    )
    return 0


def do_check(args: argparse.Namespace) -> int:
    """Read a case, and say all that is wrong with it."""
    from multipolar.claims.mistakes import refuse, rows
    from multipolar.run import checked_as_of

    found = checked_as_of(args.case)
    errors = [m for m in found.mistakes if m.severity == "error"]
    if args.json:
        output.as_json({"mistakes": rows(found.mistakes), "waiting": dict(found.waiting)})
        return 2 if errors else 0
    for m in found.mistakes:
        if m.severity == "warning":
            output.note(f"warning: {m}")
    refuse(errors)
    assert found.loaded is not None
    case, n = found.loaded.case, sum(map(len, found.claims.values()))
    line(
        f"{case.case}: {len(case.claims)} claims, {n} comparisons, {len(case.evidence)} pieces of "
        f"evidence, {len(found.loaded.scenarios)} scenarios: all names and links are right, and "
        "all that is read is there"
    )
    for gap, waiting in sorted(found.waiting.items()):
        line(f"  {waiting} {'claim waits' if waiting == 1 else 'claims wait'}: {gap}")
    return 0


def do_solve(args: argparse.Namespace) -> int:
    """Solve one scenario.

    Returns:
        1 if an engine was asked and did not answer, by no design of its own; else 0.
    """
    from multipolar.pipeline.scenarios import answers, manifest, read_scenario, solve_pass

    scenario = read_scenario(args.scenario)
    if args.manifest:
        writer.try_file(args.manifest)
    registry = _registry()
    found = solve_pass(scenario, engine=args.engine, registry=registry)
    rows = answers(found.outcomes, registry)
    if args.manifest:
        writer.save(args.manifest, f"{json_text(manifest(scenario, found))}\n".encode())
    status = 1 if found.broken else 0
    if args.json:
        output.as_json([*rows, *({"engine": e, "failed": w} for e, w in found.failed.items())])
        return status
    _show(args, rows, ("value",))
    if args.csv:
        for name, why in found.failed.items():
            output.note(f"engine {name} gave no answer: {why}")
        return status
    for name, outcome in found.outcomes.items():
        line(
            f"\n{name}: {outcome.status}, residual {outcome.residual:.1g} after "
            f"{outcome.iterations} iterations. {outcome.message}".rstrip()
        )
        for kind, who in found.left.get(name, {}).items():
            line(f"  it does not read {kind}" + (f"; engine {who} does" if who else ""))
    for name, why in found.failed.items():
        line(f"\n{name}: no answer. {why}")
    if found.passed:
        line("\nPassed on:")
    for p in found.passed:
        count = "one number" if p.size == 1 else f"{p.size} numbers"
        span = f"{p.low:.4g}" if p.size == 1 else f"{p.low:.4g} to {p.high:.4g}"
        line(f"  {p.giver} to {p.taker}: {p.metric} under {p.scenario} ({count}, {span} {p.unit})")
    return status


def do_compare(args: argparse.Namespace) -> int:
    """Solve two scenarios and set them side by side."""
    from multipolar.pipeline.scenarios import compare

    rows = compare(args.first, args.second, engine=args.engine, registry=_registry())
    _show(args, rows, ("difference", "first", "second"))
    return 0


def _show(args: argparse.Namespace, rows: list[dict[str, Any]], numbers: tuple[str, ...]) -> None:
    if args.json:
        output.as_json(rows)
    elif args.csv:
        output.as_csv(rows)
    else:
        from multipolar.world import World

        labels = World.load().labels
        named = [
            {k: labels.get(v, v) if isinstance(v, str) else v for k, v in row.items()}
            for row in rows
        ]
        line("\n\n".join(grid(block) for block in _blocks(named, numbers)))


def _blocks(rows: list[dict[str, Any]], numbers: tuple[str, ...]) -> list[list[dict[str, str]]]:
    """Lay flat rows out for reading, the lowest number first.

    Several numbers make a block for each metric; one makes a block for each set of dimensions,
    with a column for each metric.
    """
    blocks: dict[tuple[str, ...], dict[tuple[str, ...], dict[str, Any]]] = {}
    for row in rows:
        place = {
            k: str(v)
            for k, v in row.items()
            if k not in {"engine", "metric", "unit", "value", "first", "second", "difference"}
        }
        head = f"{row['metric']}, {row['unit']}"
        block = blocks.setdefault((row["engine"], *place, *([head] * (len(numbers) > 1))), {})
        line = block.setdefault(tuple(place.values()), dict(place))
        line |= {
            (k if k != numbers[0] else f"{head}: {k}" if len(numbers) > 1 else head): row[k]
            for k in numbers
        }
    found = []
    for block in blocks.values():
        heads = list(dict.fromkeys(k for line in block.values() for k in line))
        lines = sorted(block.values(), key=_lowest)
        found.append([{h: cell(line.get(h, "")) for h in heads} for line in lines])
    return found


def _lowest(line: dict[str, Any]) -> float:
    return next((v for v in line.values() if isinstance(v, float)), math.inf)


def do_sanctions(args: argparse.Namespace) -> int:
    """Answer a question about sanctions."""
    from multipolar.engines.trade.measures import SUPPORTS, shock_of
    from multipolar.engines.trade.questions import Sanctions, parties
    from multipolar.pipeline.scenarios import read_scenario
    from multipolar.policy import check_supported, resolve
    from multipolar.world import World

    world = World.load()
    for option, text in (("--senders", args.senders), ("--targets", args.targets)):
        if not _listed(text):
            raise ScenarioError(f"{option} names nobody", hint="name one or more, with commas")
    if args.third and args.question not in {"joins", "threat"}:
        raise ScenarioError("--third goes with joins and threat", hint="leave it out")
    if args.scenario and args.question != "potential":
        raise ScenarioError("--scenario goes with potential", hint="leave it out")
    sides = [parties(_listed(text), world) for text in (args.senders, args.targets, args.third)]
    if args.question in {"joins", "threat"}:
        if not sides[2]:
            raise ScenarioError(
                f"{args.question} needs a third party", hint="add --third, say --third China"
            )
    else:
        sides.pop()
    asked = Sanctions.load(world, horizon=args.horizon, progress=True)
    more: dict[str, Any] = {}
    if args.question == "potential" and args.scenario:
        scenario = read_scenario(args.scenario)
        check_supported("trade", SUPPORTS, scenario)
        more["shock"], notes = shock_of(resolve(scenario, world), asked.table)
        for said in notes:
            output.note(said)
        if not more["shock"].cells.size:
            raise ScenarioError(
                f"scenario {scenario.name} changes no trade by itself",
                hint="compare with a tariff, a barrier, an embargo or an export control in force",
            )
    frame = getattr(asked, args.question)(*sides, **more)
    rows = frame.to_dict("records")
    if args.json:
        output.as_json({**frame.attrs, "rows": rows})
    elif args.csv:
        output.as_csv(rows)
    else:
        line(grid([{k: cell(v) for k, v in row.items()} for row in rows]))
        line(
            f"\n{args.horizon} run, table {frame.attrs['table']}; value with the elasticities of "
            f"{frame.attrs['value_at']}, low and high over {frame.attrs['elasticities']}"
        )
    return 0


def do_positions(args: argparse.Namespace) -> int:
    """Estimate positions from votes."""
    from multipolar.engines.alignment.positions import named, positions

    out = Path(args.out) if args.out else None
    if out is not None and out.suffix.lower() not in _WRITERS:
        raise DataError(
            f"{out.suffix or 'no ending'} is no kind of file that is written",
            where=str(out),
            hint=f"end it in {', '.join(_WRITERS)}",
        )
    if out is not None:
        writer.try_file(out)
    frame = positions(args.file, variant=args.variant, high=args.high or (), low=args.low or ())
    for said in frame.attrs["notes"]:
        output.note(said)
    known = set(frame["country"])
    wanted = named(args.members or "", known)
    for name in wanted:
        if name not in known:
            raise DataError(f"no member {name!r}", hint=nearest(name, known))
    shown = frame[frame["country"].isin(wanted)] if wanted else frame
    if args.since is not None:
        shown = shown[shown["session"] >= args.since]
        if shown.empty:
            first, last = frame["session"].min(), frame["session"].max()
            raise DataError(f"no session from {args.since} on", hint=f"there are {first} to {last}")
    if out is not None:
        writer.save(out, _WRITERS[out.suffix.lower()](shown))
        line(f"{len(shown):,} positions in {one_line(str(out))}")
        return 0
    rows = _records(shown)
    if args.json:
        output.as_json(rows)
    elif args.csv:
        output.as_csv(rows)
    else:
        line(grid([{k: _rounded(k, v) for k, v in row.items()} for row in rows]))
        line(
            "\npositions and standard errors (se) in standard deviations of all positions of a "
            "scale; votes: contested ones cast; thin: a session with fewer than 25"
        )
    return 0


def _records(frame: Any) -> list[dict[str, Any]]:
    names = [str(c) for c in frame.columns]
    columns = [frame[c].astype(object).where(frame[c].notna(), None).tolist() for c in frame]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _rounded(name: str, value: Any) -> str:
    if value is None:
        return ""
    return f"{value:8.2f}" if name in ("position", "se") else str(value)


_WRITERS: dict[str, Callable[[Any], Any]] = {
    ".csv": lambda frame: "".join(output.frame_lines(frame)).encode("utf-8", "backslashreplace"),
    ".parquet": lambda frame: frame.to_parquet(index=False),
    ".json": lambda frame: json_text(_records(frame)).encode(),
}


def _listed(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def do_data(args: argparse.Namespace) -> int:
    """List the tables, show one, add or remove one's own."""
    from multipolar.world import World

    if args.action in adding.ACTIONS:
        return adding.ACTIONS[args.action](args)
    world = World.load()
    if args.action != "show":
        rows = world.provenance.to_dict("records")
        if getattr(args, "json", False):
            output.as_json(rows)
            return 0
        heads = {
            "table": "table",
            "title": "title",
            "newest": "newest",
            "date": "read on",
            "refresh": "newer figures come from",
        }
        line(grid([{h: cell(row[k], 44) for k, h in heads.items()} for row in rows]))
        if world.added:
            from multipolar.world.store import user_folder

            line(f"\nyours, in {user_folder()}: {', '.join(world.added)}")
        return 0
    if args.csv:
        table = world.table(args.name)
        if hasattr(table, "data_vars"):
            output.arrays_as_csv(table)
        else:
            output.frame_as_csv(table)
        return 0
    _describe(world, args.name, args.rows)
    return 0


def _describe(world: Any, name: str, rows: int) -> None:
    from multipolar.pipeline.finding import of_table

    info = world.info(name)
    table = world.table(name) if rows else None  # first: an error stands alone
    line(
        f"{info.title}\n{info.description}\n\nsource: {info.source}\nlicence: {info.licence}\n"
        f"version {info.version}, {info.date}, sha256 {info.sha256}\n"
    )
    fields = [
        {"field": f.name, "type": f.type, "unit": f.unit, "description": cell(f.description, 72)}
        for f in info.fields
    ]
    line(grid(fields))
    years, places = of_table(world, name)
    if there := "; ".join(filter(None, [years, f"{places} states" if places else ""])):
        line(f"\nrows of {there}")
    if table is not None:
        line(f"\n{table.head(rows).to_string(index=False) if hasattr(table, 'columns') else table}")


def do_new(args: argparse.Namespace) -> int:
    """Write a starter case, or the package of an engine."""
    from multipolar import starters

    if args.engine is None and args.folder is None:
        raise CaseError("no folder is named", hint="multipolar new my-case")
    folder = args.folder or args.engine
    shown = one_line(shlex.quote(str(Path(folder))))
    if args.engine is not None:
        starters.start_engine(args.engine, folder)
        line(
            f"{shown}: change src/{args.engine}/__init__.py, after\n"
            f"  cd {shown} && pip install -e '.[test]' && pytest\n  multipolar engines"
        )
        return 0
    starters.start_case(folder)
    line(
        f"{shown}: change case.yaml and claims.yaml, then\n  multipolar check {shown}\n"
        f"  multipolar run {shown}"
    )
    return 0


def do_engines(args: argparse.Namespace) -> int:
    """List the engines, and those that are left out."""
    from multipolar.engines.catalogue import catalogue

    registry = _registry()
    rows = catalogue(registry)
    if args.json:
        output.as_json({"engines": rows, "left_out": dict(registry.left_out)})
        return 0
    for row in rows:
        package = f"{row['package']} {row['version']}".strip()
        counts = f"{row['metrics']} metrics, {row['parameters']} parameters"
        line(one_line(f"{row['name']} [{package}; API {row['api']}; {row['basis']}; {counts}]"))
        line(f"    {one_line(row['title'])}")
        if row["supports"]:
            line(f"    answers {one_line(', '.join(row['supports']))}")
        for giver, metrics in row["takes"].items():
            line(f"    takes from {one_line(giver)}: {one_line(', '.join(metrics))}")
    for why in registry.left_out.values():
        line(one_line(why))
    return 0
