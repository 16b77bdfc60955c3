"""Parquet of plain columns, bounded before it is decoded and while it is.

A few bytes of Parquet can stand for any number of cells: a run of one value, a page packed a
thousandfold, a long text said once and pointed at a million times. What the footer says may be
wrong, so the header of each page is looked at as well, which is what a reader goes by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from multipolar import limits
from multipolar.text.clean import printable

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_BATCH = 1 << 18  # rows decoded at once
_FEW = 1 << 9  # where each text may be written as a change of the one before it
_PAGES = 1_000_000
_FOOTER = 20_000_000  # bytes of a text in the footer, and items of a list there
_DEEP = 8  # structures in structures in the header of a page; there are 2


def table(content: bytes, columns: Sequence[str] | None, *, nested: bool) -> pd.DataFrame:
    """Return what a Parquet file holds.

    Raises:
        ValueError: it is more than is read, or holds what is not read.
        Exception: whatever Arrow and pandas raise over a damaged file.
    """
    import pyarrow as pa
    from pyarrow import parquet

    bounds = {"thrift_string_size_limit": _FOOTER, "thrift_container_size_limit": _FOOTER}
    file = parquet.ParquetFile(pa.BufferReader(content), **bounds)
    _check_footer(file.metadata, len(content))
    schema = file.schema_arrow
    _check_columns(schema, columns, nested)
    _check_pages(file.metadata, content)
    file = parquet.ParquetFile(
        pa.BufferReader(content),
        metadata=file.metadata,
        read_dictionary=[f.name for f in schema if _is_text(f.type)],
        **bounds,
    )
    kept = schema if columns is None else pa.schema([schema.field(c) for c in columns])
    batches = list(_batches(file, kept, columns))
    whole = pa.Table.from_batches(batches, batches[0].schema) if batches else kept.empty_table()
    frame: pd.DataFrame = whole.replace_schema_metadata(schema.metadata).to_pandas()
    return _without_index(frame)


# Before anything is decoded -----------------------------------------------------------------


def _check_footer(footer: Any, size: int) -> None:
    rows, columns = footer.num_rows, footer.num_columns
    groups = [footer.row_group(g).num_rows for g in range(footer.num_row_groups)]
    if rows < 0 or min(groups, default=0) < 0 or sum(groups) != rows:
        raise ValueError("its footer contradicts itself")
    if rows > limits.ROWS:
        raise ValueError(f"more than {limits.ROWS:,} rows")
    if columns > limits.COLUMNS:
        raise ValueError(f"more than {limits.COLUMNS:,} columns")
    most = limits.CELLS_FREE + limits.CELLS_RATIO * size
    if rows * columns > most:
        raise ValueError(f"{rows:,} rows of {columns} columns in {size:,} bytes")


def _check_columns(schema: pa.Schema, columns: Sequence[str] | None, nested: bool) -> None:
    names = schema.names
    for name in columns or ():
        if name not in names:
            raise KeyError(name)
    long = next((n for n in names if len(n) > limits.NAME), None)
    if long is not None:
        raise ValueError(f"a column's name has more than {limits.NAME} characters")
    if len(set(names)) < len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise ValueError(f"two columns are named {printable(twice)!r}")
    for field in schema:
        if not _is_plain(field.type, nested):
            kind = printable(str(field.type), limit=30)
            raise ValueError(f"column {printable(field.name)!r} holds {kind}, which is not read")


def _is_plain(kind: pa.DataType, nested: bool) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        return _is_plain(kind.value_type, nested=False)
    if nested and (types.is_list(kind) or types.is_large_list(kind)):
        return _is_plain(kind.value_type, nested=False)
    plain = (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean, types.is_null,
             types.is_string, types.is_large_string, types.is_date, types.is_timestamp)  # fmt: skip
    return any(is_such(kind) for is_such in plain)


def _is_text(kind: pa.DataType) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind))


def _check_pages(footer: Any, content: bytes) -> None:
    """Refuse what unpacks to more than is held in memory."""
    unpacked = pages = 0
    for g in range(footer.num_row_groups):
        group = footer.row_group(g)
        for c in range(group.num_columns):
            chunk = group.column(c)
            for size in _page_sizes(content, *_extent(chunk)):
                unpacked, pages = unpacked + size, pages + 1
                if unpacked > limits.TABLE_BYTES:
                    raise ValueError(f"unpacks to more than {limits.TABLE_BYTES:,} bytes")
                if pages > _PAGES:
                    raise ValueError(f"more than {_PAGES:,} pages")


def _extent(chunk: Any) -> tuple[int, int]:
    start, first = chunk.data_page_offset, chunk.dictionary_page_offset
    if chunk.has_dictionary_page and first and 0 < first < start:
        start = first
    return start, start + chunk.total_compressed_size


def _page_sizes(content: bytes, at: int, end: int) -> Iterator[int]:
    """Yield how large each page of a column says it is unpacked."""
    if at < 0 or end > len(content):
        raise ValueError("a column lies outside of the file")
    while at < end:
        header = _Header(content, at)
        unpacked, packed = header.read()
        if unpacked < 0 or packed < 0:
            raise ValueError("a page of less than no bytes")
        yield unpacked
        at = header.at + packed


class _Header:
    """The header of a page, in Thrift's compact protocol: of its fields the two sizes.

    https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
    """

    def __init__(self, content: bytes, at: int) -> None:
        self.content, self.at = content, at

    def read(self) -> tuple[int, int]:
        """Return the bytes of the page unpacked and packed, and stand behind the header."""
        sizes = {2: -1, 3: -1}
        for field, kind in self._fields():
            if field in sizes and kind == 5:
                sizes[field] = self._signed()
            else:
                self._skip(kind, 0)
        return sizes[2], sizes[3]

    def _fields(self) -> Iterator[tuple[int, int]]:
        field = 0
        while byte := self._byte():
            field = field + (byte >> 4) if byte >> 4 else self._signed()
            yield field, byte & 15

    def _byte(self) -> int:
        self.at += 1
        return self.content[self.at - 1]

    def _unsigned(self) -> int:
        value = shift = 0
        while shift < 70:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
        raise ValueError("the header of a page is damaged")

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)

    def _skip(self, kind: int, deep: int) -> None:
        if deep > _DEEP:
            raise RecursionError
        match kind:
            case 1 | 2:  # a truth is in its field's kind
                pass
            case 3:
                self.at += 1
            case 4 | 5 | 6:
                self._unsigned()
            case 7:
                self.at += 8
            case 8:
                length = self._unsigned()
                self.at += length
            case 9 | 10:
                self._skip_list(deep)
            case 12:
                for _, inner in self._fields():
                    self._skip(inner, deep + 1)
            case _:
                raise ValueError("the header of a page is damaged")

    def _skip_list(self, deep: int) -> None:
        byte = self._byte()
        count = self._unsigned() if byte >> 4 == 15 else byte >> 4
        for _ in range(min(count, len(self.content))):
            self._skip(3 if byte & 15 in (1, 2) else byte & 15, deep + 1)


# While it is decoded ------------------------------------------------------------------------


def _batches(
    file: Any, schema: pa.Schema, columns: Sequence[str] | None
) -> Iterator[pa.RecordBatch]:
    """Yield the rows in parts; text is counted before it is written out."""
    import pyarrow as pa

    held = 0
    names = None if columns is None else list(columns)
    rows = _FEW if _has_changes(file.metadata) else _BATCH
    for batch in file.iter_batches(batch_size=rows, columns=names, use_threads=False):
        batch.validate(full=True)
        held += sum(_bytes(column) for column in batch.columns)
        if held > limits.TABLE_BYTES:
            raise ValueError(f"more than {limits.TABLE_BYTES:,} bytes in memory")
        held_plain = [_plain(batch.column(f.name), f.type) for f in schema]
        yield pa.RecordBatch.from_arrays(held_plain, names=schema.names)


def _has_changes(footer: Any) -> bool:
    return any(
        "DELTA_BYTE_ARRAY" in footer.row_group(g).column(c).encodings
        for g in range(footer.num_row_groups)
        for c in range(footer.num_columns)
    )


def _bytes(column: pa.Array) -> int:
    """Return the bytes of a column once each text in it is written out."""
    import pyarrow as pa
    from pyarrow import compute

    if not pa.types.is_dictionary(column.type) or not _is_text(column.type.value_type):
        return int(column.nbytes)
    lengths = compute.binary_length(column.dictionary)
    written = compute.sum(compute.take(lengths.cast(pa.int64()), column.indices)).as_py() or 0
    return int(column.nbytes) + int(written)


def _plain(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return a column as its type in the file has it, and decimals as numbers."""
    import pyarrow as pa

    if pa.types.is_decimal(kind):
        whole = kind.scale == 0 and kind.precision <= 18
        return column.cast(pa.int64() if whole else pa.float64())
    return column if column.type == kind else column.cast(kind)


def _without_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose index, if it had names, stands among the columns."""
    import pandas as pd

    if isinstance(frame.index, pd.RangeIndex):
        return frame
    named = [n for n in frame.index.names if n is not None]
    loose: list[Any] = [k for k, n in enumerate(frame.index.names) if n is None]
    if not named:
        return frame.reset_index(drop=True)
    return (frame.droplevel(loose) if loose else frame).reset_index()
