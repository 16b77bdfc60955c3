"""Since when a row of a table is public, and what of a table was so at a date.

The data dictionary says of each table by which rule its rows are dated:

============  ====================================================================================
``always``    geography and definitions: known at any date
``at``        the whole table was published at ``date``; what models are built on is of this kind,
              for a part of it would be another model: its date is that of the newest row
``column``    ``column`` holds the date of each row, public ``lag_days`` after it, if given
``year``      ``column`` holds the year a row is for, public ``lag_days`` after its last day, not
              before ``begun``, when the series first came out, nor after the table's ``date``
``spell``     a state holds from ``column`` to ``until``: an end that is still to come is not known
============  ====================================================================================

A year or a month stands for its last day. What is dated so is when a figure first came out: tables
hold figures as they were revised since.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from multipolar.text.dates import is_date, last_day
from multipolar.text.phrases import long_date

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

Rule: TypeAlias = Literal["always", "at", "column", "year", "spell"]
State: TypeAlias = Literal["all", "part", "none"]


@dataclass(frozen=True, slots=True)
class Public:
    """How the dates are known at which the rows of a table became public.

    Attributes:
        rule: one of the rules of this module.
        why: what speaks for it, and where the usual date of publication is from.
        column, until, lag_days, date, begun: what the rule needs.
        first, last: date of the first row, and the last at which anything changes; ISO.
    """

    rule: Rule
    why: str = ""
    column: str = ""
    until: str = ""
    lag_days: int = 0
    date: str = ""
    begun: str = ""
    first: str = ""
    last: str = ""

    def state(self, day: str) -> State:
        """Say whether all, part or none of the table was public on an ISO day.

        Example:
            >>> Public("at", date="2025", first="2025-12-31", last="2025-12-31").state("2024-01-01")
            'none'
        """
        if not self.last or self.last <= day:
            return "all"
        return "none" if day < self.first else "part"

    def of(self, value: object) -> str:
        """Return the ISO day since when a row is public, by what its column holds.

        Example:
            >>> Public("year", column="year", lag_days=396).of(2021)
            '2023-01-31'
        """
        if self.rule == "year":
            end = dt.date(int(str(value)), 12, 31)
            usual = max((end + dt.timedelta(self.lag_days)).isoformat(), self.begun)
            return min(usual, self.date or usual)  # what was retrieved was public
        day = last_day(str(value) if is_date(value) else self.date)
        if not self.lag_days:
            return day
        usual = (dt.date.fromisoformat(day) + dt.timedelta(self.lag_days)).isoformat()
        return min(usual, self.date or usual)

    def dates(self, table: pd.DataFrame) -> pd.Series[Any]:
        """Return the ISO day since when each row is public; of rules that look at rows."""
        import numpy as np
        import pandas as pd

        codes, days = self._days(table)
        return pd.Series(np.asarray(days, object)[codes], index=table.index)

    def changes(self, table: pd.DataFrame) -> list[str]:
        """Return the ISO days at which what is public of a table changes, in order."""
        days = set(self._days(table)[1])
        if self.until:
            days |= {str(end) for end in table[self.until].dropna().unique()}
        return sorted(days)

    def cut(self, table: pd.DataFrame, day: str) -> pd.DataFrame:
        """Return the rows that were public on an ISO day, as they were known then."""
        import numpy as np

        codes, days = self._days(table)
        kept = table[np.array([d <= day for d in days], bool)[codes]].reset_index(drop=True)
        if self.until:
            late = kept[self.until].notna() & (kept[self.until].fillna("") > day)
            kept[self.until] = kept[self.until].mask(late)
        return kept

    def _days(self, table: pd.DataFrame) -> tuple[NDArray[np.intp], list[str]]:
        """Return of each row the number of its day, and the days; tables have few and many rows."""
        import pandas as pd

        codes, values = pd.factorize(table[self.column], use_na_sentinel=False)
        return codes, [self.of(None if pd.isna(v) else v) for v in values]


def public_of(resource: Mapping[str, Any]) -> Public:
    """Read how a table's rows are dated from its entry in a data package.

    A table that says nothing, one of a user's own, was public on its date.

    Raises:
        KeyError, TypeError, ValueError: the entry is not as the format has it.
    """
    date = str(resource["date"])
    said = resource.get("public")
    if said is None:
        if not is_date(date):
            return Public("always", "its date is not known")
        day = last_day(date)
        return Public("at", "the day it was added", date=date, first=day, last=day)
    if not isinstance(said, Mapping) or said.get("rule") not in get_args(Rule):
        raise ValueError("public names no rule that there is")
    found = Public(**{"date": date, **said})
    if not isinstance(found.lag_days, int) or not all(
        isinstance(t, str) for t in (found.why, found.column, found.until, found.date, found.begun)
    ):
        raise TypeError("public holds what is no text")
    if found.rule != "always" and not (is_date(found.first) and is_date(found.last)):
        raise ValueError("public has no first and last date")
    return found


def dated(rule: Rule, table: pd.DataFrame, **more: Any) -> dict[str, Any]:
    """Return the entry ``public`` of a table whose rows are dated, with its first and last day."""
    days = Public(rule, **more).changes(table)
    return {"rule": rule, **more, "first": days[0], "last": days[-1]}


@dataclass(frozen=True, slots=True)
class Withheld:
    """What a world as of a date does not hold of a table.

    Attributes:
        table: its name.
        as_of: the day up to which rows were public, ISO.
        first: the day on which the first of the others became public.
        last: the day on which the last did.
        whole: whether nothing of the table was public.
        said: the date as the source says it, of a table that came out at once.
    """

    table: str
    as_of: str
    first: str
    last: str
    whole: bool = False
    said: str = ""

    def __str__(self) -> str:
        """Say it in a clause.

        Example:
            >>> print(Withheld("io_2022", "2022-08-22", "2025-12-31", "2025-12-31", True, "2025"))
            table io_2022 was published in 2025, after 22 August 2022
        """
        when = published(self.said or self.first)
        if self.whole:
            first = "" if self.said else "first "
            when += ", taken as its last day" if self.as_of.startswith(self.said or "-") else ""
            return f"table {self.table} was {first}published {when}, after {long_date(self.as_of)}"
        spread = when if self.first == self.last else f"from {_span(self.first, self.last)}"
        return (
            f"rows of table {self.table} published {spread} are not used, for they were not "
            f"public by {long_date(self.as_of)}"
        )


def published(date: str) -> str:
    """Write an ISO day, month or year of publication with its preposition.

    Example:
        >>> published("2022-08-22"), published("2022-08")
        ('on 22 August 2022', 'in August 2022')
    """
    return f"{'on' if len(date) == len('2022-08-22') else 'in'} {long_date(date)}"


def _span(first: str, last: str) -> str:
    return f"{long_date(first)} to {long_date(last)}"
