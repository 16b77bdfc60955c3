"""Changes to small files that leave something of their form, so that a reader goes deep before it fails.

``change`` picks one or a few by the kind of file; the same ``random.Random`` gives the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
import random
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

Pick = random.Random
Change = Callable[[bytes, Pick], bytes]
CELLS = (
    "",
    " ",
    "NA",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "1e999",
    "-1",
    "0",
    "1",
    "2",
    "1.5",
    "1.0",
    "01",
    "+1",
    "1e3",
    "1,5",
    "0x1F",
    "9" * 25,
    "-9",
    "-9.0",
    "99999",
    "32768",
    "2147483648",
    "true",
    "None",
    "..",
    ".",
    "-",
    "'",
    '"',
    '""',
    "\\",
    '\\"',
    "a\nb",
    "a\rb",
    "\x00",
    "\x1b[31m",
    "\u202e",
    "\u00a0",
    "\u00a01",
    "1 ",
    "\u0661",
    "\uff11",
    "é",
    "\ufeff",
    "\u2028",
    "=1+1",
    "Yes",
    "YES ",
    "absent",
    "2022-03-02",
    "2022-13-45",
    "0000-00-00",
    "9999-12-31",
    "12/31/1999",
    "USA",
    "usa",
    "RUS",
    "365",
    "x" * 300,
    "7e-310",
    "1e308",
    "-1e308",
    "N" * 5000,
)
VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 1.5, 1e308, 10**25, "", "a", "\x1b", "\u202e", "x" * 400, [], [1], {},
    {"a": 1}, [[]], "2022", "2022-03-02", "NaN", ["a", None],
)  # fmt: skip
SNIPPETS = (
    b"\x00",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xa0",
    b"\r",
    b"\n",
    b"\r\n",
    b'"',
    b"'",
    b",",
    b";",
    b"\t",
    b"\\",
    b"\xe9",
    b"\xc3",
    b"{",
    b"[",
    b"]",
    b"}",
    b":",
    b"- ",
    b"&a ",
    b"*a",
    b"!!",
    b"#",
    b"PK\x03\x04",
    b"PAR1",
    b"\x1a",
    b"\xff\xfe",
    b"1",
    b"-",
    b"e9",
    b"<html>",
)


def change(content: bytes, suffix: str, pick: Pick) -> bytes:
    """Return a file with one to three changes, fit for its kind or of plain bytes."""
    of_kind = KINDS.get(suffix, ())
    for _ in range(pick.choice((1, 1, 1, 2, 3))):
        one = pick.choice(of_kind) if of_kind and pick.random() < 0.7 else pick.choice(BYTES)
        content = one(content, pick)
    return content


# Bytes ------------------------------------------------------------------------------------


def _place(content: bytes, pick: Pick) -> int:
    return pick.randrange(len(content) + 1)


def flip(content: bytes, pick: Pick) -> bytes:
    out = bytearray(content)
    for _ in range(pick.choice((1, 1, 2, 8))):
        if out:
            out[pick.randrange(len(out))] = pick.choice((0, 255, 127, pick.randrange(256)))
    return bytes(out)


def cut(content: bytes, pick: Pick) -> bytes:
    return content[: _place(content, pick)]


def drop(content: bytes, pick: Pick) -> bytes:
    at = _place(content, pick)
    return content[:at] + content[at + pick.choice((1, 2, 7, 50)) :]


def repeat(content: bytes, pick: Pick) -> bytes:
    at = _place(content, pick)
    return content[: at + pick.choice((1, 7, 50))] + content[at:]


def put(content: bytes, pick: Pick) -> bytes:
    at = _place(content, pick)
    return content[:at] + pick.choice(SNIPPETS) * pick.choice((1, 1, 1, 3)) + content[at:]


BYTES: tuple[Change, ...] = (flip, cut, drop, repeat, put)


# Separated values -------------------------------------------------------------------------


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8", "replace"), newline="")))


def _table(rows: Sequence[Sequence[str]], **more: Any) -> bytes:
    out = io.StringIO()
    try:
        csv.writer(out, **{"lineterminator": "\n", **more}).writerows(rows)
    except csv.Error:
        return b""
    return out.getvalue().encode("utf-8", "replace")


def _by_rows(action: Callable[[list[list[str]], Pick], None]) -> Change:
    def changed(content: bytes, pick: Pick) -> bytes:
        try:
            rows = _rows(content)
        except csv.Error:
            return flip(content, pick)
        if len(rows) < 2 or not rows[0]:
            return put(content, pick)
        action(rows, pick)
        return _table(rows)

    return changed


def _cell(rows: list[list[str]], pick: Pick) -> None:
    row = pick.choice(rows[1:]) if pick.random() < 0.9 else rows[0]
    if row:
        row[pick.randrange(len(row))] = pick.choice(CELLS)


def _column(rows: list[list[str]], pick: Pick) -> None:
    at, value = pick.randrange(len(rows[0])), pick.choice(CELLS)
    for row in rows[1:]:
        if at < len(row):
            row[at] = value


def _remove_column(rows: list[list[str]], pick: Pick) -> None:
    at = pick.randrange(len(rows[0]))
    for row in rows:
        del row[at : at + 1]


def _double_column(rows: list[list[str]], pick: Pick) -> None:
    at = pick.randrange(len(rows[0]))
    for row in rows:
        row.append(row[at] if at < len(row) else "")


def _swap_columns(rows: list[list[str]], pick: Pick) -> None:
    a, b = (pick.randrange(len(rows[0])) for _ in range(2))
    for row in rows[pick.choice((0, 1)) :]:
        if max(a, b) < len(row):
            row[a], row[b] = row[b], row[a]


def _remove_row(rows: list[list[str]], pick: Pick) -> None:
    del rows[pick.randrange(len(rows))]


def _double_row(rows: list[list[str]], pick: Pick) -> None:
    rows.insert(pick.randrange(1, len(rows) + 1), list(pick.choice(rows)))


def _shuffle(rows: list[list[str]], pick: Pick) -> None:
    rest = rows[1:]
    pick.shuffle(rest)
    rows[1:] = rest


def _short_row(rows: list[list[str]], pick: Pick) -> None:
    row = pick.choice(rows)
    del row[pick.randrange(len(row) + 1) :]


def _name(rows: list[list[str]], pick: Pick) -> None:
    at = pick.randrange(len(rows[0]))
    name = rows[0][at]
    odd = (
        name.upper(),
        name + " ",
        "\u00a0" + name,
        name + "\ufeff",
        "",
        name[:-1],
        '"' + name,
        pick.choice(rows[0]),
        name + "\x00",
        " ".join(name),
    )
    rows[0][at] = pick.choice(odd)


def dialect(content: bytes, pick: Pick) -> bytes:
    """Return the same table as another maker writes it."""
    try:
        rows = _rows(content)
    except csv.Error:
        return content
    more = {
        "delimiter": pick.choice(",;\t|"),
        "quoting": pick.choice((csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC)),
        "lineterminator": pick.choice(("\n", "\r\n", "\r", "\n\n", "\r\r\n")),
    }
    if pick.random() < 0.3:
        more |= {"doublequote": False, "escapechar": "\\"}
    table = _table(rows, **more)
    form = pick.choice(("utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-8"))
    return table.decode("utf-8", "replace").encode(form, "replace")


TABLE: tuple[Change, ...] = (
    *map(
        _by_rows,
        (
            _cell,
            _cell,
            _cell,
            _column,
            _remove_column,
            _double_column,
            _swap_columns,
            _remove_row,
            _double_row,
            _shuffle,
            _short_row,
            _name,
        ),
    ),
    dialect,
)


# Archives ---------------------------------------------------------------------------------


def _members(content: bytes) -> list[tuple[str, bytes]] | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            return [(i.filename, file.read(i)) for i in file.infolist()]
    except Exception:  # changed before
        return None


def pack(members: Sequence[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return an archive with a date that is always the same."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        held = set()
        for name, content in members:
            if name in held:
                continue  # zipfile warns
            held.add(name)
            info = zipfile.ZipInfo(name, (2022, 3, 2, 0, 0, 0))
            info.compress_type = method
            file.writestr(info, content)
    return out.getvalue()


def inside(content: bytes, pick: Pick) -> bytes:
    """Change a file in the archive, and pack it again."""
    members = _members(content)
    if not members:
        return flip(content, pick)
    at = pick.randrange(len(members))
    name, held = members[at]
    suffix = name.rpartition(".")[2].lower()
    members[at] = (name, change(held, suffix, pick))
    return pack(members)


def members(content: bytes, pick: Pick) -> bytes:
    """Change which files the archive has."""
    held = _members(content)
    if not held:
        return flip(content, pick)
    name, first = held[0]
    odd = (
        [],
        [*held, ("readme.csv", b"a,b\n")],
        [*held, ("b/2021_vot_dy_abridged.csv", first)],
        [(name + ".zip", pack(held))],
        [("../" + name, first)],
        [("/" + name, first)],
        [(name.upper(), first)],
        [("a\x1b.csv", first)],
        [("__MACOSX/" + name, first)],
        [(name, pack(held))],
        [(name, b"")],
        [("x" * 300 + ".csv", first)],
    )
    method = pick.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2))
    return pack(pick.choice(odd), method)


def header(content: bytes, pick: Pick) -> bytes:
    """Change what the archive says of a file."""
    marks = [m for m in (b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06") if m in content]
    if not marks:
        return flip(content, pick)
    at = content.index(pick.choice(marks)) + 4 + pick.randrange(44)
    value = pick.choice((b"\x00", b"\x01", b"\xff", b"\x09", b"\xff\xff", b"\xff\xff\xff\xff"))
    return content[:at] + value + content[at + len(value) :]


ZIP: tuple[Change, ...] = (inside, inside, members, header)


# Parquet ----------------------------------------------------------------------------------


def _frame(content: bytes) -> pa.Table | None:
    """The table as it was; a changed file is not given to Arrow here, which may end the process."""
    return _READ.get(content)


_READ: dict[bytes, pa.Table] = {}


def columnar(table: pa.Table, **more: Any) -> bytes:
    """Return a table as Parquet, and remember it."""
    out = io.BytesIO()
    parquet.write_table(table, out, **more)
    if len(_READ) > 200:
        _READ.clear()
    _READ[out.getvalue()] = table
    return out.getvalue()


def _odd(table: pa.Table, pick: Pick) -> pa.Table:
    at = pick.randrange(table.num_columns)
    n, name = table.num_rows, table.column_names[at]
    column = table.column(at)
    values = column.to_pylist()
    makes: tuple[Callable[[], pa.Array], ...] = (
        lambda: pa.nulls(n),
        lambda: pa.array([True] * n),
        lambda: pa.array([1.5] * n),
        lambda: pa.array([float("nan")] * n),
        lambda: pa.array([float("inf")] * n),
        lambda: pa.array([-1] * n),
        lambda: pa.array([2**62] * n),
        lambda: pa.array([1e308] * n),
        lambda: pa.array([2**64 - 1] * n, pa.uint64()),
        lambda: pa.array([b"\xff"] * n),
        lambda: pa.array([[1]] * n),
        lambda: pa.array([{"a": 1}] * n),
        lambda: pa.array([""] * n),
        lambda: pa.array([" "] * n),
        lambda: pa.array([pick.choice(CELLS) for _ in range(n)]),
        lambda: pa.array([str(v) for v in values]),
        lambda: pa.array([f" {v}\u00a0" for v in values]),
        lambda: pa.array(values).dictionary_encode(),
        lambda: pa.array(values[::-1]),
        lambda: pa.array([None, *values[1:]]),
        lambda: pa.array([*values[:-1], values[0]]),
        lambda: pa.array([0] * n, pa.timestamp("ns", "UTC")),
        lambda: pa.array([2**60] * n, pa.timestamp("us")),
        lambda: pa.array([10**6] * n, pa.date32()),
        lambda: pa.array([0] * n, pa.date64()),
        lambda: pa.array([1] * n, pa.duration("s")),
        lambda: pa.array([1] * n, pa.time64("us")),
        lambda: pa.array(np.ones(n, np.float16)),
        lambda: pa.array([1] * n, pa.int8()),
        lambda: pa.array([1] * n).cast(pa.decimal128(30, 2)),
        lambda: pa.array([str(v) for v in values], pa.large_string()),
        lambda: pa.array([float(k) for k in range(n)]),
        lambda: pa.array([1] * n).dictionary_encode(),
    )
    return table.set_column(at, name, pick.choice(makes)())


def _odd_columns(table: pa.Table, pick: Pick) -> pa.Table:
    at = pick.randrange(table.num_columns)
    names = list(table.column_names)
    name = names[at]
    match pick.randrange(8):
        case 0:
            return table.remove_column(at)
        case 1:
            return table.append_column(name, table.column(at))
        case 2:
            return table.append_column(name.upper() + " ", table.column(at))
        case 3:
            names[at] = pick.choice((name.upper(), "", name + "\x1b", "x" * 400, " " + name))
        case 4:
            pick.shuffle(names)
        case 5:
            return table.append_column("index", pa.array([[1]] * table.num_rows))
        case 6:
            return table.replace_schema_metadata({b"pandas": pick.choice(METADATA)})
        case 7:
            order = list(names)
            pick.shuffle(order)
            return table.select(order) if len(set(order)) == len(order) else table
    return table.rename_columns(names)


METADATA = (
    b"",
    b"{",
    b"[]",
    b"{}",
    b"\xff",
    b'{"index_columns": ["x"], "columns": []}',
    b'{"index_columns": [], "column_indexes": [], "columns": [{"name": "vote", "pandas_type": "x", "numpy_type": "x"}]}',
    b'{"index_columns": [{"kind": "range", "start": 0, "stop": 99, "step": 0}], "columns": []}',
    b'{"index_columns": [{"kind": "range", "name": "vote", "start": 5, "stop": 9, "step": 1}], "columns": []}',
    b'{"index_columns": ["country"], "column_indexes": [], "columns": []}',
    b"[" * 5000,
)


def _odd_rows(table: pa.Table, pick: Pick) -> pa.Table:
    n = table.num_rows
    match pick.randrange(4):
        case 0:
            return table.slice(0, 0)
        case 1:
            return pa.concat_tables([table, table])
        case 2:
            return table.slice(pick.randrange(n + 1))
    order = list(range(n))
    pick.shuffle(order)
    return table.take(order)


def _by_table(action: Callable[[pa.Table, Pick], pa.Table]) -> Change:
    def changed(content: bytes, pick: Pick) -> bytes:
        table = _frame(content)
        if table is None or not table.num_columns:
            return flip(content, pick)
        more = pick.choice(
            (
                {},
                {},
                {"use_dictionary": False},
                {"row_group_size": 1},
                {"compression": "gzip"},
                {"data_page_version": "2.0"},
                {"version": "1.0"},
            )
        )
        try:
            return columnar(action(table, pick), **more)
        except (pa.ArrowException, OverflowError, TypeError, ValueError):
            return flip(content, pick)

    return changed


PARQUET: tuple[Change, ...] = tuple(map(_by_table, (_odd, _odd, _odd, _odd_columns, _odd_rows)))


# Trees: JSON, YAML ------------------------------------------------------------------------


def _paths(tree: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [above] if above else []
    items = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree)
        if isinstance(tree, list)
        else ()
    )
    for name, inner in items:
        found += _paths(inner, (*above, name))
    return found


def tree(content: bytes, pick: Pick) -> bytes:
    """Put a value in the place of another, take one out, or put one in."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return put(content, pick)
    paths = _paths(found)
    if not paths:
        return put(content, pick)
    path = pick.choice(paths)
    holder = found
    for step in path[:-1]:
        holder = holder[step]
    match pick.randrange(5):
        case 0:
            del holder[path[-1]]
        case 1 if isinstance(holder, dict):
            holder[pick.choice(("name", "path", "x", "", "\x1b", "test", "id"))] = holder.pop(
                path[-1]
            )
        case 2 if isinstance(holder, list):
            holder.append(holder[path[-1]])
        case _:
            holder[path[-1]] = pick.choice(VALUES)
    return json.dumps(found, indent=pick.choice((None, 1))).encode()


def lines(content: bytes, pick: Pick) -> bytes:
    """Take a line out, twice, elsewhere, or deeper."""
    rows = content.split(b"\n")
    at = pick.randrange(len(rows))
    match pick.randrange(5):
        case 0:
            del rows[at]
        case 1:
            rows.insert(at, rows[at])
        case 2:
            rows[at] = b"  " + rows[at]
        case 3:
            rows[at] = rows[at].lstrip()
        case 4:
            head = rows[at].partition(b":")[0]
            rows[at] = head + b": " + json.dumps(pick.choice(VALUES)).encode()
    return b"\n".join(rows)


# Arrays -----------------------------------------------------------------------------------


def arrays(content: bytes, pick: Pick) -> bytes:
    """Put another array in the place of one."""
    held = _members(content)
    if not held:
        return flip(content, pick)
    at = pick.randrange(len(held))
    name = held[at][0]
    odd: tuple[Any, ...] = (
        np.zeros(0), np.zeros((2, 2)), np.array(5.0), np.full((2, 3, 3), np.nan), np.ones((2, 3, 3), bool),
        np.array(["a", "b"]), np.array(["a", "a", "b"]), -np.ones((2, 3, 3)), np.ones((2, 3, 3)) * 1e308,
        np.ones((2, 3, 3), np.complex128), np.ones((2, 3, 3), np.int8), np.zeros((2, 3, 3)),
    )  # fmt: skip
    out = io.BytesIO()
    if pick.random() < 0.3:
        held[at] = (name, change(held[at][1], "bin", pick))
        return pack(held)
    np.lib.format.write_array(out, pick.choice(odd))
    held[at] = (name, out.getvalue())
    return pack(held)


KINDS: dict[str, tuple[Change, ...]] = {
    "csv": TABLE,
    "zip": ZIP,
    "parquet": PARQUET,
    "json": (tree, tree, tree, lines),
    "yaml": (lines, lines, tree, tree),
    "npz": (arrays, arrays, header),
}


def frame(text: str) -> pa.Table:
    """Return a small CSV as a table."""
    return pa.Table.from_pandas(pd.read_csv(io.StringIO(text)), preserve_index=False)
