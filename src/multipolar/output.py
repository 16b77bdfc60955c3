"""All that is printed: fit for the terminal, the pipe or the file it goes to.

Text is cleaned of what steers a terminal. Where the output cannot hold a character, a likely one
takes its place; JSON is escaped instead, and stays the same document. An output that is closed,
full or gone is a :class:`Lost`, for :func:`multipolar.cli.main` to report.
"""

from __future__ import annotations

import contextlib
import errno
import io
import itertools
import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from multipolar.text.clean import one_line, visible
from multipolar.text.forms import csv_lines, json_text

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

# for outputs that hold less than Unicode; what is missing here loses its accent or is escaped
_LIKE = {
    "…": "...", "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "×": "x", "·": "-", "•": "-",
    "≥": ">=", "≤": "<=", "≈": "~", "≠": "!=", "±": "+/-", "→": "->", "←": "<-", "√": "sqrt",
    "‘": "'", "’": "'", "“": '"', "”": '"', "«": '"', "»": '"', "€": "EUR", "£": "GBP",
    "●": "*", "■": "#", "◆": "+", "○": "o", "◌": "-", "│": "|", "─": "-", "ß": "ss", "æ": "ae",
    "Æ": "AE", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ł": "l", "Ł": "L", "ı": "i", "œ": "oe",
}  # fmt: skip


class Lost(Exception):
    """Standard output takes no more: ``gone`` if its reader went away, else ``why``."""

    def __init__(self, why: str, *, gone: bool = False) -> None:
        super().__init__(why)
        self.why, self.gone = why, gone


class _Closed(io.TextIOBase):
    """Stands for an output that was closed before we began."""

    def write(self, text: str) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def begin() -> None:
    """Put something in the place of standard streams that are closed.

    Without it the next file that is opened would take their number, and be written into.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            with contextlib.suppress(OSError):
                os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - to the end


def end() -> None:
    """Bring to its place what was printed.

    Raises:
        Lost: it does not take it.
    """
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as fault:
        raise _lost(fault) from None


def give_up() -> None:
    """Drop what could not be printed, so that nothing tries again when Python ends."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
        sys.stdout.flush()


def line(text: str = "", *, coloured: bool = False) -> None:
    """Print text with nothing in it that steers a terminal.

    Args:
        text: one line or several.
        coloured: it is clean already, but for colours that are meant.

    Raises:
        Lost: standard output takes no more.
    """
    _write(text if coloured else clean(text))
    _write("\n")


def clean(text: str) -> str:
    r"""Return text with every character that does not print escaped, but for its line breaks.

    Example:
        >>> clean("a\x1b[2J\nb\u202e")
        'a\\x1b[2J\nb\\u202e'
    """
    return "\n".join(map(visible, text.split("\n")))


def note(text: str) -> None:
    """Print one line on standard error, if that is possible."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        print(_held(f"multipolar: {one_line(text)}", sys.stderr), file=sys.stderr, flush=True)


def as_json(value: Any) -> None:
    """Print a document as JSON."""
    text = json_text(value)
    _write(text if _holds(text, sys.stdout) else json_text(value, plain=True))
    _write("\n")


def as_csv(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows as CSV, with every column any of them has."""
    heads = list(dict.fromkeys(k for row in rows for k in row))
    for text in csv_lines(heads, ([row.get(k) for k in heads] for row in rows)):
        _write(text)


def frame_as_csv(frame: pd.DataFrame) -> None:
    """Print a table as CSV."""
    for text in frame_lines(frame):
        _write(text)


def frame_lines(frame: pd.DataFrame) -> Iterable[str]:
    """Return a table as lines of CSV."""
    return csv_lines([str(c) for c in frame.columns], _rows(frame))


def _rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(frame), 20_000):
        part = frame.iloc[start : start + 20_000]
        columns = [part.iloc[:, k] for k in range(part.shape[1])]
        cells = [c.astype(object).where(c.notna(), None).tolist() for c in columns]
        yield from zip(*cells, strict=True)


def arrays_as_csv(arrays: xr.Dataset) -> None:
    """Print labelled arrays as CSV, one row a number: the arrays have different dimensions."""
    dims = [str(d) for d in arrays.dims]
    for text in csv_lines(["array", *dims, "value"], _numbers(arrays, dims)):
        _write(text)


def _numbers(arrays: xr.Dataset, dims: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    for name, array in arrays.data_vars.items():
        own = [arrays[d].values.tolist() if d in array.dims else [""] for d in dims]
        order = array.transpose(*[d for d in dims if d in array.dims])
        for labels, value in zip(itertools.product(*own), order.values.flat, strict=True):
            yield (name, *labels, float(value))


def grid(rows: Sequence[Mapping[str, Any]]) -> str:
    r"""Return rows laid out in columns.

    Example:
        >>> print(grid([{"a": "x", "long": "1"}, {"a": "yy\x07", "long": "2"}]))
        a       long
        x       1
        yy\x07  2
    """
    if not rows:
        return "nothing to show"
    heads = [one_line(h) for h in rows[0]]
    cells = [[visible(str(row[h])) for h in rows[0]] for row in rows]
    width = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    laid = ("  ".join(c.ljust(w) for c, w in zip(r, width, strict=True)) for r in (heads, *cells))
    return "\n".join(row.rstrip() for row in laid)


def cell(value: Any, width: int = 60) -> str:
    """Return a value for one cell of a :func:`grid`, cut to a width.

    Example:
        >>> cell(1234.5678), cell("a longer text", 8)
        ('1,235', 'a longe…')
    """
    text = f"{value:,.4g}" if isinstance(value, float) else visible(str(value))
    return text if len(text) <= width else text[: width - 1] + "…"


def _write(text: str) -> None:
    try:
        sys.stdout.write(_held(text, sys.stdout))
    except (OSError, ValueError) as fault:
        raise _lost(fault) from None


def _lost(fault: Exception) -> Lost:
    gone = isinstance(fault, BrokenPipeError)
    return Lost(getattr(fault, "strerror", None) or str(fault), gone=gone)


def _holds(text: str, stream: TextIO) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _held(text: str, stream: TextIO) -> str:
    """Return a text that a stream's encoding can hold."""
    if _holds(text, stream):
        return text
    return "".join(c if _holds(c, stream) else _like(c, stream) for c in text)


def _like(c: str, stream: TextIO) -> str:
    plain = "".join(p for p in unicodedata.normalize("NFKD", c) if not unicodedata.combining(p))
    for other in (_LIKE.get(c, ""), plain):
        if other and _holds(other, stream):
            return other
    return c.encode("ascii", "backslashreplace").decode("ascii")
