"""The ``multipolar`` command."""

from __future__ import annotations

import argparse
import contextlib
import gc
import logging
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from multipolar import limits, output
from multipolar.helps import ADDING, CACHE, EPILOG, FINDING, POSITIONS, READING, SANCTIONS
from multipolar.text.clean import one_line, printable

OBJECTS = 50_000  # made before the oldest of them are looked through for rubbish
QUESTIONS = ("loss", "value", "burden", "potential", "joins", "threat")
KINDS = (
    "icio", "unga", "cow", "alliances", "baci", "figaro", "worldbank", "cofer", "swift", "milex",
    "arms",
)  # fmt: skip


def _whole(low: int, high: int = limits.SEED) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,4000}", text):
            raise argparse.ArgumentTypeError(f"'{printable(text)}' is not a whole number")
        value = int(text)
        if value < low:
            raise argparse.ArgumentTypeError(f"{printable(text)} is less than {low}")
        if value > high:
            raise argparse.ArgumentTypeError(f"{printable(text)} is more than {high}")
        return value

    return read


def _path(text: str) -> str:
    """Read the name of a file or a folder; ``~`` is the user's own."""
    if not text.strip():
        raise argparse.ArgumentTypeError("it is empty, not the name of a file or folder")
    try:
        held = os.fsdecode(os.fsencode(text)) == text and "\0" not in text
    except UnicodeError:
        held = False
    if not held:
        raise argparse.ArgumentTypeError(f"no name of a file holds '{printable(text)}'")
    if text.startswith("~"):
        try:
            text = str(Path(text).expanduser())
        except RuntimeError:
            user = printable(text.split("/", maxsplit=1)[0])
            raise argparse.ArgumentTypeError(
                f"no user's folder goes by '{user}'; write ./{user} for one of that name here"
            ) from None
    # what follows a file of scenarios is the name of one in it
    file = re.sub(r"(\.ya?ml):.*", r"\1", text, flags=re.DOTALL | re.IGNORECASE)
    names = file.replace(os.sep, "/").split("/")
    if max(len(os.fsencode(n)) for n in names) > limits.NAME_BYTES:
        raise argparse.ArgumentTypeError(
            f"'{printable(text)}': a name has more than {limits.NAME_BYTES} bytes"
        )
    if len(os.fsencode(file)) > limits.PATH_BYTES:
        raise argparse.ArgumentTypeError(
            f"'{printable(text)}' has more than {limits.PATH_BYTES} bytes"
        )
    return text


def _named(text: str) -> str:
    """Read a name or a list of names, which may not be empty where it is given."""
    if not text.strip(" ,\t"):
        raise argparse.ArgumentTypeError("it names nothing; leave it out, or name something")
    return text


class _Parser(argparse.ArgumentParser):
    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)  # an option is what it says, now and later

    def error(self, message: str) -> Any:
        output.note(f"{printable(one_line(message), 400)}. Hint: multipolar --help")
        self.exit(2)

    def _print_message(self, message: str, file: Any = None) -> None:
        if message:
            output.line(message.removesuffix("\n"))


def parser() -> argparse.ArgumentParser:
    """Build the command's parser."""
    top = _Parser(
        prog="multipolar",
        description="Test arguments about the world order: claims in, computed verdicts out.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="store_true", help="show the version and stop")
    sub = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    def command(name: str, help: str, **more: Any) -> argparse.ArgumentParser:
        return sub.add_parser(name, help=help, description=help, **more)

    run = command("run", "test every claim of a case; write its page, JSON and CSV")
    run.add_argument("case", type=_path, metavar="CASE", help="a bundled case by name, or a folder")
    run.add_argument(
        "--out", type=_path, metavar="DIR", help="where to write (default dossier/CASE)"
    )
    _draws(run)
    run.add_argument(
        "--json",
        action="store_true",
        help="print verdicts.json alone; write nothing unless --out is given",
    )
    run.add_argument(
        "--no-cache",
        dest="cache",
        action="store_false",
        help="solve everything anew, and keep no answer for the next run",
    )

    check = command("check", "say all that is wrong with a case, and solve nothing")
    check.add_argument(
        "case", type=_path, metavar="CASE", help="a bundled case by name, or a folder"
    )
    check.add_argument("--json", action="store_true", help="print every mistake as JSON")

    solve = command("solve", "solve one scenario on the engines that support it")
    solve.add_argument(
        "scenario",
        type=_path,
        metavar="SCENARIO.yaml",
        help="a file; FILE.yaml:NAME picks one of several",
    )
    solve.add_argument(
        "--manifest",
        type=_path,
        metavar="FILE",
        help="also write the measures, parameters and what engines passed on, as JSON",
    )
    _answers(solve)

    compare = command("compare", "solve two scenarios and set their results side by side")
    compare.add_argument("first", type=_path, metavar="SCENARIO.yaml")
    compare.add_argument("second", type=_path, metavar="SCENARIO.yaml")
    _answers(compare)

    sanctions = command(
        "sanctions",
        "ask the trade model about sanctions: losses, worth of members, burden-sharing, threats",
        epilog=SANCTIONS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sanctions.add_argument("question", choices=QUESTIONS, metavar="QUESTION")
    sanctions.add_argument(
        "--senders",
        type=_named,
        required=True,
        metavar="NAMES",
        help="members, separated by commas",
    )
    sanctions.add_argument(
        "--targets", type=_named, required=True, metavar="NAMES", help="whom trade is stopped with"
    )
    sanctions.add_argument(
        "--third", type=_named, metavar="NAMES", help="who could join (joins) or is threatened"
    )
    sanctions.add_argument(
        "--horizon",
        choices=("short", "medium", "long"),
        default="long",
        help="time to adjust: about 1, 4, or 10 years and more (default long)",
    )
    sanctions.add_argument(
        "--scenario",
        type=_path,
        metavar="SCENARIO.yaml",
        help="potential: measures to set against the embargo",
    )
    sanctions.add_argument("--json", action="store_true", help="print JSON")
    sanctions.add_argument("--csv", action="store_true", help="print CSV")

    _positions(command)

    _finding(command)

    data = command("data", "the tables: what is in them, where it is from; add one of your own")
    tables = data.add_subparsers(dest="action", metavar="ACTION", parser_class=_Parser)
    listing = tables.add_parser("list", help="every table with source, licence, date and hash")
    listing.add_argument("--json", action="store_true", help="print a JSON list")
    show = tables.add_parser("show", help="a table's dictionary and first rows")
    show.add_argument("name", type=_named, metavar="TABLE")
    show.add_argument(
        "--rows", type=_whole(0, limits.SHOWN_ROWS), default=5, help="rows to show (default 5)"
    )
    show.add_argument("--csv", action="store_true", help="print the whole table as CSV")

    _adding(tables)
    _fetching(tables)
    remove = tables.add_parser("remove", help="take out a table you have added")
    remove.add_argument("name", type=_named, metavar="TABLE")

    _starting(command)
    return top


def _finding(command: Callable[..., argparse.ArgumentParser]) -> None:
    read = command(
        "read",
        "read one figure with its source, error and coverage; or a table, with key=*",
        epilog=READING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    read.add_argument(
        "metric", type=_named, metavar="METRIC", help="a metric, or a series of facts"
    )
    read.add_argument("where", nargs="*", metavar="KEY=VALUE", help="a word, several, or * for all")
    read.add_argument(
        "--scenario",
        metavar="NAME|FILE.yaml",
        help="of a bundled case, or a file; the world as it is if left out",
    )
    read.add_argument("--json", action="store_true", help="print JSON")
    read.add_argument("--csv", action="store_true", help="print CSV, one row a number")

    find = command(
        "find",
        "find metrics, series, coalitions, scenarios, measures and tables by what they are about",
        epilog=FINDING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    find.add_argument("words", nargs="+", metavar="WORDS", help="what it is about, in any words")
    find.add_argument(
        "--most", type=_whole(1, 100), default=10, metavar="N", help="how many (default 10)"
    )
    find.add_argument("--json", action="store_true", help="print a JSON list")

    metrics = command("metrics", "list metrics with unit, dimensions and coverage, or show one")
    metrics.add_argument(
        "contains", nargs="?", help="one metric, an engine, or a part of names (default: all)"
    )
    metrics.add_argument("--json", action="store_true", help="print a JSON list")


def _starting(command: Callable[..., argparse.ArgumentParser]) -> None:
    engines = command("engines", "list the engines: what each answers, takes, and comes from")
    engines.add_argument("--json", action="store_true", help="print JSON")

    new = command("new", "start a case, or an engine: a small, working example to change")
    new.add_argument(
        "folder", nargs="?", type=_path, metavar="DIR", help="a folder that does not exist yet"
    )
    new.add_argument(
        "--engine", metavar="NAME", help="a package with an engine of that name (DIR: NAME)"
    )


def _adding(tables: argparse._SubParsersAction[_Parser]) -> None:
    add = tables.add_parser(
        "add",
        help="add a table from an official file you have",
        description=ADDING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add.add_argument("kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    add.add_argument(
        "path", nargs="+", type=_path, metavar="PATH", help="the file as downloaded; unga: or two"
    )
    add.add_argument(
        "--year",
        type=_whole(1900, 2200),
        metavar="YYYY",
        action="append",
        default=[],
        help="icio: its year (default: as the file); baci: one of its years, once or more often "
        "(default: all)",
    )


def _fetching(tables: argparse._SubParsersAction[_Parser]) -> None:
    fetch = tables.add_parser(
        "fetch",
        help="download an official file and add it: unga, cow, baci or worldbank",
        description="Download an official file, check it, and add it as `data add` does. What was "
        "cut off is resumed. Publisher and terms are shown first.",
    )
    kinds = ("unga", "cow", "baci", "worldbank")
    fetch.add_argument("kind", choices=kinds, metavar="KIND", help=", ".join(kinds))
    fetch.add_argument(
        "name",
        nargs="?",
        default="",
        metavar="WHICH",
        help="worldbank: the indicator, as NY.GDP.MKTP.CD; baci: the release, as V202601",
    )
    fetch.add_argument(
        "--year", type=_whole(1900, 2200), action="append", metavar="YEAR",
        help="baci: the years to add (all if left out)",
    )  # fmt: skip
    fetch.add_argument(
        "--source",
        choices=("dataverse", "undl"),
        default="dataverse",
        help="unga: Voeten's file at Harvard Dataverse (default), or the UN Digital Library's",
    )
    fetch.add_argument(
        "--url", default="", help="address of the file, if it has changed (not of Voeten's)"
    )
    fetch.add_argument("--base", default="", help=argparse.SUPPRESS)


def _positions(command: Callable[..., argparse.ArgumentParser]) -> None:
    positions = command(
        "positions",
        "estimate where the members of a legislature stand, session by session, from their votes",
        epilog=POSITIONS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    positions.add_argument(
        "file",
        nargs="?",
        type=_path,
        metavar="FILE",
        help="a long table of votes, CSV or Parquet (default: the UN record you have added)",
    )
    positions.add_argument(
        "--variant",
        choices=("published", "linked", "smoothed"),
        default="published",
        help="with the features of the published sampler (default), with late repeats linked by "
        "title, or by filter and smoother without those features",
    )
    positions.add_argument("--high", type=_named, metavar="NAMES", help="members on the upper side")
    positions.add_argument("--low", type=_named, metavar="NAMES", help="members on the lower side")
    positions.add_argument("--members", type=_named, metavar="NAMES", help="show these alone")
    positions.add_argument(
        "--since", type=_whole(0, 10**6), metavar="N", help="from this session on"
    )
    positions.add_argument(
        "--out", type=_path, metavar="FILE", help="write .csv, .parquet or .json instead"
    )
    positions.add_argument("--json", action="store_true", help="print a JSON list")
    positions.add_argument("--csv", action="store_true", help="print CSV")

    cache = command(
        "cache",
        "show or clear the answers that are kept for the next run",
        epilog=CACHE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    cache.add_argument("action", choices=("show", "clear"), help="what to do with it")
    cache.add_argument("--json", action="store_true", help="print JSON")


def _draws(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--draws",
        type=_whole(1, limits.DRAWS),
        default=256,
        metavar="N",
        help="draws over the priors of engines that have any (default 256)",
    )
    p.add_argument(
        "--seed", type=_whole(0), default=2023, metavar="S", help="fixes the draws (default 2023)"
    )
    p.add_argument(
        "--workers",
        type=_whole(1, limits.WORKERS),
        metavar="N",
        help="processes for the draws (default: one for each core)",
    )


def _answers(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--engine", type=_named, metavar="NAME", help="one engine (default: all that support it)"
    )
    p.add_argument("--json", action="store_true", help="print JSON, one object a number")
    p.add_argument("--csv", action="store_true", help="print CSV, one row a number")


class _Noting(logging.Handler):
    """Says on standard error what the library has to say while it works."""

    def emit(self, record: logging.LogRecord) -> None:
        output.note(record.getMessage())


class Ended(KeyboardInterrupt):
    """The system, or whoever runs it, asks the program to end: everything makes way for it."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status; a fault is one line on standard error."""
    output.begin()
    if argv is None:  # a command makes much that lasts and little rubbish: a tenth less time
        gc.set_threshold(OBJECTS)
    try:
        with _signals():
            try:
                return _reported(argv)
            finally:
                output.end()
    except output.Lost as fault:
        output.give_up()
        if fault.gone:  # the reader went away (head, less): not an error of anybody's
            return 0
        output.note(f"standard output cannot be written: {fault.why}")
        return 1
    except Ended as end:
        output.note(f"ended by {signal.Signals(end.number).name}; nothing half-written was left")
        return 128 + end.number
    except KeyboardInterrupt:
        if argv is None:  # a second one, while Python shuts down, ends at once and says nothing
            signal.signal(signal.SIGINT, signal.SIG_DFL)
        output.note("stopped; nothing half-written was left")
        return 130


def _reported(argv: Sequence[str] | None) -> int:
    from multipolar.errors import MultipolarError

    try:
        return _run(argv)
    except output.Lost:
        raise
    except MultipolarError as fault:
        for line in str(fault).splitlines():
            output.note(line)
        return 2
    except Exception as fault:
        if os.environ.get("MULTIPOLAR_DEBUG"):
            raise
        output.note(_last_resort(fault))
        return 1


def _run(argv: Sequence[str] | None) -> int:
    top = parser()
    args = top.parse_args(argv)
    if args.version:
        from importlib.metadata import version

        output.line(f"multipolar {version('multipolar')}")
        return 0
    if args.command is None:
        top.print_help()
        return 0
    # its plug-ins read the lists of all packages, and one that is damaged would stop us
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from multipolar import commands
    from multipolar.text.former import listening

    log = logging.getLogger("multipolar")
    if not any(isinstance(h, _Noting) for h in log.handlers):
        log.addHandler(_Noting())
    with listening() as said:
        status = int(getattr(commands, f"do_{args.command}")(args))
    for line in said:
        output.note(line)
    return status


def _last_resort(fault: Exception) -> str:
    """Return the line on a fault of ours, and leave the whole of it in a file."""
    import tempfile
    import traceback

    frames = traceback.extract_tb(fault.__traceback__)
    places = [f"{Path(f.filename).name}:{f.lineno}" for f in frames[-6:]] or ["an unknown place"]
    ours = f"a fault of ours: {type(fault).__name__} at {places[-1]}"
    with contextlib.suppress(Exception):  # a fault whose text fails has none
        ours += f" ({printable(one_line(str(fault)), 200)})" if str(fault) else ""
    name = ""
    try:
        handle, name = tempfile.mkstemp(prefix="multipolar-", suffix=".txt")  # for its owner alone
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(traceback.format_exception(fault))
    except (OSError, MemoryError) as full:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        why = getattr(full, "strerror", None) or type(full).__name__
        return f"{ours}. No file could be written of it ({why}); the way to it: {', '.join(places)}"
    return f"{ours}. Hint: please report it with {name}, which holds the whole"


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    """End in order on SIGTERM and SIGHUP, as on the first Ctrl-C; on a second one, at once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    mine, stopped = os.getpid(), False

    def end(number: int, _: FrameType | None) -> None:
        nonlocal stopped
        if os.getpid() != mine or (number == signal.SIGINT and stopped):
            os._exit(128 + number)
        stopped = True
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise Ended(number)

    before: dict[signal.Signals, Any] = {}
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # what is ignored stays ignored: nohup, jobs in the background
        if number is not None and signal.getsignal(number) not in (signal.SIG_IGN, None):
            before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main())
