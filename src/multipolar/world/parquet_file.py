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
from multipolar.world.parquet_footer import Footer, page_sizes, read_footer

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_BATCH = 1 << 18  # rows decoded at once
_FEW = 1 << 9  # where each text may be written as a change of the one before it
_FIRST, _LAST = -62_104_060_800, 253_370_764_799  # seconds: years 2 to 9998, in any zone
_FOOTER = 20_000_000  # bytes of a text in the footer, and items of a list there


def table(content: bytes, columns: Sequence[str] | None, *, nested: bool) -> pd.DataFrame:
    """Return what a Parquet file holds.

    Raises:
        ValueError: it is more than is read, or holds what is not read.
        Exception: whatever Arrow and pandas raise over a damaged file.
    """
    import pyarrow as pa
    from pyarrow import parquet

    most = min(limits.TABLE_BYTES, limits.TABLE_FREE + limits.TABLE_RATIO * len(content))
    footer = read_footer(content)
    _check_rows(footer)
    _check_pages(footer, content, most)
    bounds = {"thrift_string_size_limit": _FOOTER, "thrift_container_size_limit": _FOOTER}
    schema = parquet.ParquetFile(pa.BufferReader(content), **bounds).schema_arrow
    _check_columns(schema, footer.rows, len(content), columns, nested)
    changes = {c.name for c in footer.chunks if c.written_out}
    file = parquet.ParquetFile(
        pa.BufferReader(content),
        read_dictionary=sorted({f.name for f in schema if _is_text(f.type)} - changes),
        **bounds,
    )
    kept = schema if columns is None else pa.schema([schema.field(c) for c in columns])
    batches = list(_batches(file, kept, columns, _FEW if changes else _BATCH, most))
    whole = pa.Table.from_batches(batches, batches[0].schema) if batches else kept.empty_table()
    frame: pd.DataFrame = whole.replace_schema_metadata(schema.metadata).to_pandas()
    return _without_index(frame)


# Before anything is decoded -----------------------------------------------------------------


def _check_rows(footer: Footer) -> None:
    if footer.rows > limits.ROWS:
        raise ValueError(f"more than {limits.ROWS:,} rows")
    if len(footer.chunks) > limits.COLUMNS * max(1, len(footer.groups)):
        raise ValueError(f"more than {limits.COLUMNS:,} columns")


def _check_columns(
    schema: pa.Schema, rows: int, size: int, columns: Sequence[str] | None, nested: bool
) -> None:
    if len(schema) > limits.COLUMNS:
        raise ValueError(f"more than {limits.COLUMNS:,} columns")
    if rows * len(schema) > limits.CELLS_FREE + limits.CELLS_RATIO * size:
        raise ValueError(f"{rows:,} rows of {len(schema)} columns in {size:,} bytes")
    names = schema.names
    for name in columns or ():
        if name not in names:
            raise KeyError(name)
    long = next((n for n in names if len(n) > limits.NAME), None)
    if long is not None:
        raise ValueError(f"a column's name has more than {limits.NAME} characters")
    if len(set(names)) < len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise ValueError(f"two columns are named {printable(repr(twice))}")
    for field in schema:
        if not _is_plain(field.type, nested):
            kind = printable(str(field.type), limit=30)
            raise ValueError(
                f"column {printable(repr(field.name))} holds {kind}, which is not read"
            )


def _is_plain(kind: pa.DataType, nested: bool) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        return _is_plain(kind.value_type, nested=False)
    if nested and (types.is_list(kind) or types.is_large_list(kind)):
        return _is_plain(kind.value_type, nested=False)
    plain = (
        types.is_integer,
        types.is_floating,
        types.is_decimal,
        types.is_boolean,
        types.is_null,
        types.is_string,
        types.is_large_string,
        types.is_date,
        types.is_timestamp,
    )
    return any(is_such(kind) for is_such in plain)


def _is_text(kind: pa.DataType) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_large_string(kind))


def _check_pages(footer: Footer, content: bytes, most: int) -> None:
    """Refuse what unpacks to more than is held in memory."""
    unpacked = 0
    for size in page_sizes(content, footer):
        unpacked += size
        if unpacked > most:
            raise ValueError(f"unpacks to more than {most:,} bytes")


# While it is decoded ------------------------------------------------------------------------


def _batches(
    file: Any, schema: pa.Schema, columns: Sequence[str] | None, rows: int, most: int
) -> Iterator[pa.RecordBatch]:
    """Yield the rows in parts; text is counted before it is written out."""
    import pyarrow as pa

    held = 0
    names = None if columns is None else list(columns)
    for batch in file.iter_batches(batch_size=rows, columns=names, use_threads=False):
        batch.validate(full=True)
        held += sum(_bytes(column) for column in batch.columns)
        if held > most:
            raise ValueError(f"more than {most:,} bytes in memory")
        for field in schema:
            _check_days(batch.column(field.name), field)
        held_plain = [_plain(batch.column(f.name), f.type) for f in schema]
        yield pa.RecordBatch.from_arrays(held_plain, names=schema.names)


def _bytes(column: pa.Array) -> int:
    """Return the bytes of a column once each text in it is written out."""
    import pyarrow as pa
    from pyarrow import compute

    if not pa.types.is_dictionary(column.type) or not _is_text(column.type.value_type):
        return int(column.nbytes)
    lengths = compute.binary_length(column.dictionary)
    written = compute.sum(compute.take(lengths.cast(pa.int64()), column.indices)).as_py() or 0
    return int(column.nbytes) + int(written)


def _check_days(column: pa.Array, field: pa.Field) -> None:
    """Refuse days that Python has no date for."""
    import pyarrow as pa
    from pyarrow import compute

    if not (pa.types.is_timestamp(field.type) or pa.types.is_date(field.type)):
        return
    zone = field.type.tz if pa.types.is_timestamp(field.type) else None
    seconds = column.cast(pa.timestamp("s", zone), safe=False).cast(pa.int64())
    ends = compute.min_max(seconds).as_py()
    if ends["min"] is not None and not _FIRST <= ends["min"] <= ends["max"] <= _LAST:
        raise ValueError(f"column {printable(repr(field.name))} has a day out of years 2 to 9998")


def _plain(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return a column as its type in the file has it, and decimals as numbers."""
    import pyarrow as pa

    if pa.types.is_decimal(kind):
        whole = kind.scale == 0 and kind.precision <= 18
        return column.cast(pa.int64() if whole else pa.float64())
    return column if column.type == kind else column.cast(kind)


def _without_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose index, if it had names, stands among the columns."""
    loose: list[Any] = [k for k, n in enumerate(frame.index.names) if n is None]
    if len(loose) == frame.index.nlevels:
        return frame.reset_index(drop=True)
    return (frame.droplevel(loose) if loose else frame).reset_index()
