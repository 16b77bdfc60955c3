"""JSON and CSV as they leave the program: the one way rows and documents become text."""

from __future__ import annotations

import csv
import io
import itertools
import json
import math
import numbers
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

# begins like a formula to some spreadsheet, also behind what it skips: blanks, marks of no width
_FORMULA = re.compile(r"[\s\ufeff\u200b-\u200f\u2060\x00-\x1f]*[=+\-@\uff1d\uff0b\uff0d\uff20]")
DEPTH = 2  # levels of a document that are laid out over lines
_LEADING = ("\t", "\r", "\n")
# moves a cursor, colours a screen, turns the direction of writing, or is half a character
_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ufff9-\ufffb\ud800-\udfff]"
)


def safe(value: Any) -> Any:
    r"""Return what is written to a cell: nothing that a spreadsheet takes for a formula.

    A text that begins like one is led by an apostrophe; numbers stay numbers, no number is empty.

    Example:
        >>> safe("=1+1"), safe(-2.5), safe("\ufeff @cmd"), safe([1, 2]), safe(float("nan"))
        ("'=1+1", -2.5, "'\\ufeff @cmd", '1 to 2', '')
    """
    if isinstance(value, numbers.Number):
        return "" if value != value else value  # noqa: PLR0124 - of every kind of number
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return safe(" to ".join(map(str, value)))
    text = str(value)
    led = text.startswith(_LEADING) or _FORMULA.match(text)
    shown = _STEERING.sub(lambda c: c[0].encode("unicode_escape").decode("ascii"), text)
    return f"'{shown}" if led else shown


def csv_lines(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    r"""Yield a table as CSV, line by line, safe to open in a spreadsheet.

    Example:
        >>> list(csv_lines(["a", "-b"], [[1.5, "=x"]]))
        ["a,'-b\n", "1.5,'=x\n"]
    """
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\n")
    for row in itertools.chain([heads], rows):
        lines.writerow([safe(v) for v in row])
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def csv_text(rows: Iterable[Mapping[str, Any]], heads: Sequence[str] = ()) -> str:
    r"""Return rows as CSV; without ``heads``, with every column any of them has.

    Example:
        >>> csv_text([{"a": 1}, {"b": "x"}])
        'a,b\n1,\n,x\n'
    """
    rows = list(rows)
    names = list(heads) or list(dict.fromkeys(k for row in rows for k in row))
    return "".join(csv_lines(names, ([row.get(k) for k in names] for row in rows)))


def json_text(value: Any, *, plain: bool = False) -> str:
    r"""Return a document as JSON that every reader takes and no terminal obeys.

    Numbers that are none or without bound are null: JSON has no other word for them. What steers
    a terminal is written as its escape, which is the same text to a reader.

    Args:
        value: mappings, lists, texts and numbers.
        plain: ASCII alone.

    Example:
        >>> json_text({"a": float("nan"), "b": "\x9b\u2028é"})
        '{\n "a": null,\n "b": "\\u009b\\u2028é"\n}'
    """
    write = json.JSONEncoder(ensure_ascii=plain, allow_nan=False, default=_number).encode
    try:
        text = _laid_out(value, write)
    except ValueError:
        text = _laid_out(_finite(value), write)
    # in JSON these stand in texts alone, but for the breaks of lines, which are not among them
    return _STEERING.sub(lambda c: f"\\u{ord(c[0]):04x}", text)


def _laid_out(value: Any, write: Callable[[Any], str], depth: int = 0) -> str:
    """Write an entry of a document a line, and one of a list in it; what is deeper is on theirs."""
    if depth == DEPTH or not value or not isinstance(value, (dict, list, tuple)):
        return write(value)
    pad = "\n" + " " * (depth + 1)
    if isinstance(value, dict):
        if not all(isinstance(k, str) for k in value):
            return write(value)
        inner = [f"{write(k)}: {_laid_out(v, write, depth + 1)}" for k, v in value.items()]
        return f"{{{pad}{f',{pad}'.join(inner)}\n{' ' * depth}}}"
    inner = [_laid_out(v, write, depth + 1) for v in value]
    return f"[{pad}{f',{pad}'.join(inner)}\n{' ' * depth}]"


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return value


def _number(value: Any) -> Any:
    """Return what json does not know as a number of Python's, if it is one of numpy's."""
    if isinstance(value, numbers.Number) and hasattr(value, "item"):
        return _finite(value.item())
    raise TypeError(f"{type(value).__name__} has no form in JSON")
