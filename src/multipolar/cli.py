"""The ``multipolar`` command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import Any

EPILOG = """\
first steps:
  multipolar run moscow-2023          test the founding case and write its page
  multipolar new my-case              start a case of your own
  multipolar check my-case            say what is wrong with it, if anything
  multipolar metrics energy           what can be measured, with units and dimensions

exit status: 0 done, 1 a fault of ours, 2 the input is wrong (one line says what, where, what to do)
"""


QUESTIONS = ("loss", "value", "burden", "potential", "joins", "threat")
SANCTIONS = """\
questions:
  loss        what an embargo costs each target and each sender
  value       what each member adds to the target's loss: alone, last in, Shapley value
  burden      the transfers among senders that equalise their losses
  potential   how far it goes: of the loss by a world-wide embargo, and by --scenario
  joins       what changes if --third joins
  threat      what defying secondary sanctions costs --third, and what it gains

for example:
  multipolar sanctions value --senders "EU, United States, Japan" --targets Russia
  multipolar sanctions threat --senders "EU, United States" --targets Russia --third China

Each answer is a value, and the least and greatest over published sets of trade elasticities.
"""


KINDS = ("icio", "unga", "cow", "alliances")
ADDING = """\
Add a table from a file you have downloaded.

  icio        OECD Inter-Country Input-Output table, YYYY_SML.csv or a zip archive: icio_YYYY
  unga        roll calls: Voeten's UNVotes, the UN Digital Library's ..._ga_voting.csv, or a table
              of your own; of two files, the second goes on where the first ends: unga
  cow         COW National Material Capabilities, CSV or zip: cow_nmc
  alliances   alliances by pair and year, of ATOP or COW: alliances_dyads

Where yours go: the folder MULTIPOLAR_DATA names, or else your own data folder.
"""

POSITIONS = """\
for example:
  multipolar positions --members CHN,RUS,USA,IND --since 2010
  multipolar positions senate.csv --high SMITH --low JONES --out senate-positions.parquet

The table needs the columns session, rollcall, country (who votes) and vote (yes, abstain, no,
absent); `link` names the roll call that one repeats. docs/data.md describes it, docs/alignment.md
the model.
"""


def _whole(low: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if value < low:
            raise argparse.ArgumentTypeError(f"{value} is less than {low}")
        return value

    return read


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        self.exit(2, f"multipolar: {message}. Hint: multipolar --help\n")


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
    run.add_argument("case", metavar="CASE", help="a bundled case by name, or a folder")
    run.add_argument("--out", metavar="DIR", help="where to write (default dossier/CASE)")
    _draws(run)
    run.add_argument(
        "--json",
        action="store_true",
        help="print verdicts.json alone; write nothing unless --out is given",
    )

    check = command("check", "read a case, follow every link and name, and solve nothing")
    check.add_argument("case", metavar="CASE", help="a bundled case by name, or a folder")

    solve = command("solve", "solve one scenario on the engines that support it")
    solve.add_argument(
        "scenario", metavar="SCENARIO.yaml", help="a file; FILE.yaml:NAME picks one of several"
    )
    solve.add_argument(
        "--manifest",
        metavar="FILE",
        help="also write the measures, parameters and what engines passed on, as JSON",
    )
    _answers(solve)

    compare = command("compare", "solve two scenarios and set their results side by side")
    compare.add_argument("first", metavar="SCENARIO.yaml")
    compare.add_argument("second", metavar="SCENARIO.yaml")
    _answers(compare)

    sanctions = command(
        "sanctions",
        "ask the trade model about sanctions: losses, worth of members, burden-sharing, threats",
        epilog=SANCTIONS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    sanctions.add_argument("question", choices=QUESTIONS, metavar="QUESTION")
    sanctions.add_argument(
        "--senders", required=True, metavar="NAMES", help="members, separated by commas"
    )
    sanctions.add_argument(
        "--targets", required=True, metavar="NAMES", help="whom trade is stopped with"
    )
    sanctions.add_argument(
        "--third", default="", metavar="NAMES", help="who could join (joins) or is threatened"
    )
    sanctions.add_argument(
        "--horizon",
        choices=("short", "medium", "long"),
        default="long",
        help="time to adjust: about 1, 4, or 10 years and more (default long)",
    )
    sanctions.add_argument(
        "--scenario",
        metavar="SCENARIO.yaml",
        help="potential: measures to set against the embargo",
    )
    sanctions.add_argument("--json", action="store_true", help="print JSON")
    sanctions.add_argument("--csv", action="store_true", help="print CSV")

    _positions(command)

    metrics = command("metrics", "list every metric with its unit, dimensions and engine")
    metrics.add_argument("contains", nargs="?", default="", help="show only names with this text")
    metrics.add_argument("--json", action="store_true", help="print a JSON list")

    data = command("data", "the tables: what is in them, where it is from; add one of your own")
    tables = data.add_subparsers(dest="action", metavar="ACTION", parser_class=_Parser)
    listing = tables.add_parser("list", help="every table with source, licence, date and hash")
    listing.add_argument("--json", action="store_true", help="print a JSON list")
    show = tables.add_parser("show", help="a table's dictionary and first rows")
    show.add_argument("name", metavar="TABLE")
    show.add_argument("--rows", type=_whole(0), default=5, help="rows to show (default 5)")
    show.add_argument("--csv", action="store_true", help="print the whole table as CSV")

    _adding(tables)
    _fetching(tables)
    remove = tables.add_parser("remove", help="take out a table you have added")
    remove.add_argument("name", metavar="TABLE")

    new = command("new", "start a case: a folder with a small, working example to change")
    new.add_argument("folder", metavar="DIR", help="a folder that does not exist yet")
    return top


def _adding(tables: argparse._SubParsersAction[_Parser]) -> None:
    add = tables.add_parser(
        "add",
        help="add a table from a file you have: icio, unga, cow or alliances",
        description=ADDING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add.add_argument("kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    add.add_argument("path", nargs="+", metavar="PATH", help="the file as downloaded; unga: or two")
    add.add_argument(
        "--year", type=_whole(1900), metavar="YYYY", help="icio: its year (default: as the file)"
    )


def _fetching(tables: argparse._SubParsersAction[_Parser]) -> None:
    fetch = tables.add_parser(
        "fetch",
        help="download an official file and add it: unga or cow",
        description="Download an official file, check it, and add it as `data add` does. What was "
        "cut off is resumed. Publisher and terms are shown first.",
    )
    fetch.add_argument("kind", choices=("unga", "cow"), metavar="KIND", help="unga or cow")
    fetch.add_argument(
        "--source",
        choices=("dataverse", "undl"),
        default="dataverse",
        help="unga: Voeten's file at Harvard Dataverse (default), or the UN Digital Library's",
    )
    fetch.add_argument(
        "--url", default="", help="address of the Library's or the COW file, if it has changed"
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
    positions.add_argument("--high", default="", metavar="NAMES", help="members on the upper side")
    positions.add_argument("--low", default="", metavar="NAMES", help="members on the lower side")
    positions.add_argument("--members", default="", metavar="NAMES", help="show these alone")
    positions.add_argument("--since", type=_whole(0), metavar="N", help="from this session on")
    positions.add_argument("--out", metavar="FILE", help="write .csv, .parquet or .json instead")
    positions.add_argument("--json", action="store_true", help="print a JSON list")
    positions.add_argument("--csv", action="store_true", help="print CSV")


def _draws(p: argparse.ArgumentParser) -> None:
    p.add_argument(
        "--draws",
        type=_whole(1),
        default=256,
        metavar="N",
        help="draws over the priors of engines that have any (default 256)",
    )
    p.add_argument(
        "--seed", type=_whole(0), default=2023, metavar="S", help="fixes the draws (default 2023)"
    )


def _answers(p: argparse.ArgumentParser) -> None:
    p.add_argument("--engine", metavar="NAME", help="one engine (default: all that support it)")
    p.add_argument("--json", action="store_true", help="print JSON, one object a number")
    p.add_argument("--csv", action="store_true", help="print CSV, one row a number")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    top = parser()
    args = top.parse_args(argv)
    if args.version:
        from importlib.metadata import version

        print(f"multipolar {version('multipolar')}")
        return 0
    if args.command is None:
        top.print_help()
        return 0
    from multipolar import commands
    from multipolar.errors import MultipolarError

    try:
        return int(getattr(commands, f"do_{args.command}")(args))
    except MultipolarError as fault:
        print(f"multipolar: {fault}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("multipolar: stopped; nothing half-written was left", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # the reader of our output went away (head, less): not an error of anybody's
        sys.stderr.close()
        return 0


if __name__ == "__main__":
    sys.exit(main())
