"""Whether a table of the user's own is what its dictionary says, so that engines can read it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from multipolar.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.world.dictionary import Field, TableInfo


def check(table: pd.DataFrame, info: TableInfo, where: str, hint: str) -> None:
    """Refuse a table that lacks a column of its dictionary, or has something else in it.

    Args:
        table: as it was read.
        info: what the user's data package says of it.
        where: the file.
        hint: what to do about it.

    Raises:
        DataError: the first column that is not as it is said to be is named.
    """
    for field in (*info.fields, *_expected(info.name)):
        if field.name not in table:
            raise DataError(
                f"table {info.name} has no column {field.name!r}", where=where, hint=hint
            )
        is_such = _IS.get(field.type)
        if is_such is None or not is_such(table[field.name]):
            raise DataError(
                f"column {field.name!r} of table {info.name} is not of type {field.type!r}",
                where=where,
                hint=hint,
            )


def _expected(name: str) -> tuple[Field, ...]:
    """Return the columns that engines read of a table, whatever the data package says of it."""
    from multipolar.world import (
        baci_file,
        cow_file,
        figaro_file,
        reserves_file,
        sipri_file,
        votes_table,
        worldbank_file,
    )

    if re.fullmatch(r"baci_\d{4}", name):
        return baci_file.FIELDS
    if re.fullmatch(r"figaro_\d{4}", name):
        return figaro_file.FIELDS

    capabilities = tuple(f for f in cow_file.NMC_FIELDS if f.name in ("country", "year", "cinc"))
    pairs = ("country", "other", "year", "defence")
    known = {
        votes_table.NAME: votes_table.FIELDS,
        cow_file.NMC: capabilities,
        worldbank_file.NAME: worldbank_file.FIELDS,
        reserves_file.COFER: reserves_file.COFER_FIELDS,
        reserves_file.SWIFT: reserves_file.SWIFT_FIELDS,
        sipri_file.MILEX: sipri_file.MILEX_FIELDS,
        sipri_file.ARMS: sipri_file.ARMS_FIELDS,
        cow_file.ALLIANCES: tuple(f for f in cow_file.DYAD_FIELDS if f.name in pairs),
    }
    return known.get(name, ())


def _is_string(column: pd.Series[Any]) -> bool:
    from pandas.api import types

    if isinstance(column.dtype, types.CategoricalDtype):
        column = column.cat.categories.to_series()
    return types.infer_dtype(column, skipna=True) in ("string", "empty")


def _is_integer(column: pd.Series[Any]) -> bool:
    from pandas.api import types

    return types.is_integer_dtype(column.dtype) and not column.hasnans


def _is_number(column: pd.Series[Any]) -> bool:
    from pandas.api import types

    return types.is_numeric_dtype(column.dtype) and not types.is_bool_dtype(column.dtype)


def _is_boolean(column: pd.Series[Any]) -> bool:
    from pandas.api import types

    return types.is_bool_dtype(column.dtype)


_IS: Mapping[str, Callable[[pd.Series[Any]], bool]] = {
    "string": _is_string,
    "integer": _is_integer,
    "number": _is_number,
    "boolean": _is_boolean,
}
