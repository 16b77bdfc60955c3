"""Cells of a table of votes, and where each stands, for an error that names it.

Whatever a table is read from, its columns become categories of text under the number of their row,
and each text is read once. What a column cannot hold is told with the first cell that has it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar import limits
from multipolar.errors import DataError
from multipolar.text.clean import printable
from multipolar.world.text_file import TextFile, key
from multipolar.world.votes_table import member_name

if TYPE_CHECKING:
    import pandas as pd

LINE = "correct that line, or leave it out"
SHOWN = 30
_NUMBER = re.compile(r"(-?[0-9]{1,18})(?:\.0*)?|[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,2}")
_TRUE = {"1", "1.0", "true", "yes", "t"}
_FALSE = {"0", "0.0", "false", "no", "f"}
_NOTHING = ("", "NA", "nan", "NaN", "None", "<NA>", ".")
_DIALECTS = tuple((e, b) for e in ("utf-8-sig", "cp1252") for b in (None, "\\"))


class Odd(ValueError):
    """A text that its column cannot hold; says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a table is called, and how a row of it is found.

    Attributes:
        name: of the file, or of what was given.
        row: words for a row, by its number from 0 and a cell of it: column and text.
        hint: what to do about a wrong cell.
        titles: of the columns, as the table writes them.
    """

    name: str
    row: Callable[[int, str, str], str]
    hint: str = LINE
    titles: Mapping[str, str] = field(default_factory=dict)

    def fault(self, what: str, hint: str = "") -> DataError:
        """Return an error about the table."""
        return DataError(what, where=self.name, hint=hint or self.hint)

    def at(self, row: int, column: str, text: str, what: str, hint: str = "") -> DataError:
        """Return an error about a row, which is found by a cell of it."""
        found = self.row(row, column, text)
        return self.fault(f"{found}: {what}" if found else what, hint)

    def cell(self, row: int, column: str, text: str, shown: str, why: str) -> DataError:
        """Return an error about a cell: where it stands, what it has, and what is wrong with it."""
        title = self.titles.get(column, column)
        title = column if title.casefold() == column else title
        said = f"has {shown}, {why}" if text.strip() else "has no value"
        return self.at(row, column, text, f"column {title} {said}")


def place_of(file: TextFile) -> Place:
    """Return the place of a file, whose rows are found by reading it again."""

    def row(number: int, column: str, text: str) -> str:
        line = next(filter(None, (_line(file, number, column, text, *d) for d in _DIALECTS)), 0)
        return f"line {line}" if line else ""

    return Place(file.name, row, titles=file.columns)


def _line(
    file: TextFile, number: int, column: str, text: str, encoding: str, escape: str | None
) -> int:
    """Return the line on which a row starts; 0 if the cell there is another one."""
    with file.open() as stream:
        lines = io.TextIOWrapper(stream, encoding, "replace", newline="")
        reader = csv.reader(lines, delimiter=file.delimiter, escapechar=escape)
        try:
            header = [key(name) for name in next(reader)]
            at = header.index(column) if column else -1
            start, found = reader.line_num + 1, -1
            for cells in reader:
                found += bool(cells)
                if found == number:
                    same = at < len(cells) and cells[at].casefold() == text.casefold()
                    return start if same or not column else 0
                start = reader.line_num + 1
        except (csv.Error, ValueError, StopIteration):
            pass
        finally:
            lines.detach()
    return 0


def check_header(file: TextFile, columns: Iterable[str]) -> None:
    """Refuse a header that names one of the columns with a byte that cannot be read.

    Raises:
        DataError: it does; the column is named.
    """
    wanted = set(columns)
    for name in file.names:
        if key(name) in wanted and "\ufffd" in name:
            raise file.fault(
                f"line 1: column {name[:SHOWN]!r} has a byte in its name that is not UTF-8",
                f"write {key(name)}, and save the file as UTF-8",
            )


# Reading texts ----------------------------------------------------------------------------


def read_column(
    column: pd.Series[Any], name: str, read: Callable[[str], Any], place: Place
) -> pd.Series[Any]:
    """Return a column of text with each text of it read once, under the same row numbers.

    Args:
        column: text, or categories of text; its index are row numbers of the table.
        name: of the column.
        read: raises :class:`Odd` for what the column cannot hold.
        place: of the table.

    Raises:
        DataError: a text is none of the column's; its first row is named.
    """
    import pandas as pd

    held = column if hasattr(column, "cat") else column.astype("category")
    codes = held.cat.codes.to_numpy()
    values: list[Any] = []
    wrong: dict[int, str] = {}
    for k, text in enumerate(held.cat.categories):
        try:
            values.append(read(str(text)))
        except Odd as fault:
            values.append(None)
            wrong[k] = str(fault)
    bad = np.flatnonzero(np.isin(codes, list(wrong)))
    if bad.size:
        code = int(codes[bad[0]])
        text = str(held.cat.categories[code])
        row = int(column.index[bad[0]])
        raise place.cell(row, name, text, repr(text[:SHOWN]), wrong[code])
    found = pd.Series(values).iloc[codes]
    return found.set_axis(column.index)


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return how whole numbers from ``low`` to ``high`` are read: plain digits, also ``9.0``.

    Example:
        >>> whole(0, 200000)(" 12.0"), whole(0, 200000)("1e+05")
        (12, 100000)
    """

    def read(text: str) -> int:
        text = text.strip()
        value = Decimal(text) if _NUMBER.fullmatch(text) else Decimal("NaN")
        if value.is_nan() or value != value.to_integral_value() or not low <= value <= high:
            raise Odd(f"which is no whole number from {low} to {high:,}")
        return int(value)

    return read


def word(words: Mapping[str, str]) -> Callable[[str], str]:
    """Return how words of a column are read, whatever their case."""

    known = {w.casefold(): means for w, means in words.items()}

    def read(text: str) -> str:
        found = known.get(text.strip().removesuffix(".0").casefold())
        if found is None:
            raise Odd(f"which is none of its words: {', '.join(filter(None, words))}")
        return found

    return read


def member(text: str) -> str:
    """Read the name of a member."""
    name = member_name(text)
    if not name:
        raise Odd("which is no name")
    if len(name) > limits.NAME:
        raise Odd(f"which has more than {limits.NAME} characters")
    return name


def flag(text: str) -> bool | None:
    """Return whether a text says true or false; None where it says neither.

    Example:
        >>> flag("TRUE"), flag("0"), flag("NA")
        (True, False, None)
    """
    said = text.strip().casefold()
    return True if said in _TRUE else False if said in _FALSE else None


def strict_flag(text: str) -> bool | None:
    """Return what :func:`flag` does, or refuse what is neither true, false nor nothing."""
    found = flag(text)
    if found is None and text.strip() not in _NOTHING:
        raise Odd("which is neither true nor false")
    return found


def clean(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return text without the blanks around it, and without R's word for nothing."""
    text = column.astype(str).str.strip()
    return text.where(~text.isin(_NOTHING), "")


# Cells of a frame -------------------------------------------------------------------------


def frame_place(name: str) -> Place:
    """Return the place of a frame, whose rows are counted from 0 as pandas does."""
    return Place(name, _row, "correct that cell")


def _row(number: int, column: str, text: str) -> str:
    return f"row {number} (the first is 0)"


def frame_columns(frame: pd.DataFrame, wanted: Sequence[str], place: Place) -> dict[str, Any]:
    """Return the columns of a frame that are wanted, by name; those that lack are left out.

    Raises:
        DataError: two columns have one name.
    """
    found: dict[str, Any] = {}
    names: dict[str, str] = {}
    for k, name in enumerate(frame.columns):
        short = key(name) if isinstance(name, str) else ""
        if short not in wanted:
            continue
        if short in found:
            said = f"columns {names[short][:SHOWN]!r} and {name[:SHOWN]!r} are both {short}"
            raise place.fault(said, "leave one of them out")
        found[short], names[short] = frame.iloc[:, k].reset_index(drop=True), name
    return found


def as_text(column: pd.Series[Any], name: str, place: Place) -> pd.Series[Any]:
    """Return a column of a frame as categories of text; what is missing as an empty one.

    Args:
        column: of any type, with row numbers as its index.
        name: of the column; dates are taken in ``date`` alone, truth not in the four needed.
        place: of the frame.

    Raises:
        DataError: a cell is neither text, number, date nor truth.
    """
    import pandas as pd

    codes, values = _coded(column)
    texts = [_text(v, name) for v in values]
    wrong = {k for k, (_, odd) in enumerate(texts) if odd}
    bad = np.flatnonzero(np.isin(codes, list(wrong)))
    if bad.size:
        row, (text, odd) = int(column.index[bad[0]]), texts[codes[bad[0]]]
        raise place.cell(row, name, text, printable(text, SHOWN), odd)
    labels, same = np.unique(np.array(["", *(t for t, _ in texts)], object), return_inverse=True)
    held = pd.Categorical.from_codes(same[codes + 1], labels.tolist())
    return pd.Series(held, index=column.index)


def _coded(column: pd.Series[Any]) -> tuple[np.ndarray[Any, Any], Sequence[Any]]:
    """Return the place of each cell among the values that occur, -1 for a missing one."""
    import pandas as pd

    kind = column.dtype
    if isinstance(kind, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy().astype(np.int64)
        values = list(column.cat.categories)
        gone = [k for k, v in enumerate(values) if _is_missing(v)]
        return np.where(np.isin(codes, gone), -1, codes), values
    if isinstance(kind, (np.dtype, pd.StringDtype)) and kind.kind != "O":
        codes, found = pd.factorize(column)
        return codes, list(found)
    # objects are told apart by their class too: True is no 1
    seen: dict[Hashable, int] = {}
    values, places = [], np.empty(len(column), np.int64)
    for k, cell in enumerate(column.astype(object).tolist()):
        if _is_missing(cell):
            places[k] = -1
            continue
        try:
            at = seen.setdefault((type(cell), cell), len(values))
        except TypeError:  # a list or another thing that changes
            at = len(values)
        if at == len(values):
            values.append(cell)
        places[k] = at
    return places, values


def _is_missing(cell: Any) -> bool:
    import pandas as pd

    try:
        found = pd.isna(cell)
    except (TypeError, ValueError, ArithmeticError):  # a list of lists, a signalling NaN
        return False
    return isinstance(found, (bool, np.bool_)) and bool(found)


def _text(cell: Any, name: str) -> tuple[str, str]:
    """Return a cell as text, and why it cannot stand in its column, if it cannot."""
    if isinstance(cell, str):
        try:
            cell.encode()
        except UnicodeEncodeError:
            return ascii(cell), "which has half a character"
        return str(cell), ""
    needed = name in ("rollcall", "session", "country", "vote")
    if isinstance(cell, (bool, np.bool_)):
        return str(bool(cell)), "which is a truth value" if needed else ""
    if isinstance(cell, (int, np.integer)):
        return _digits(int(cell)), ""
    if isinstance(cell, (float, np.floating, Decimal)):
        finite = cell.is_finite() if isinstance(cell, Decimal) else np.isfinite(cell)
        same = bool(finite and cell == int(cell))
        if name == "country" and not same:
            return str(cell), "which is no name"
        return _digits(int(cell)) if same else str(cell), ""
    if isinstance(cell, (np.datetime64, datetime, date)):
        day = cell.astype("datetime64[D]") if isinstance(cell, np.datetime64) else cell
        text = str(day) if isinstance(cell, np.datetime64) else f"{day:%Y-%m-%d}".rjust(10, "0")
        return text, "" if name == "date" else "which is a date"
    return _shown(cell), f"which is of type {type(cell).__name__}"


def _digits(number: int) -> str:
    return str(number) if abs(number) < 10**30 else f"{Decimal(number):.5E}"


def _shown(cell: Any) -> str:
    try:
        return repr(cell)
    except Exception:  # whatever a stranger's object does when it is asked for its text
        return f"a {type(cell).__name__}"
