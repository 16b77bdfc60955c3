"""Since when the rows of a shipped table are public: what its builder says, with dates.

The rules are those of :mod:`multipolar.world.public`. Tables of which a model is built are dated as
a whole, by the newest source among their rows: with some of the rows it would be another model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from multipolar.world.public import Public, dated

BACI = (
    "CEPII adds a year every January, so that 2018 is in the version of January 2020 (FAQ of "
    "BACI): a year is public 13 months after its end. Figures are those of later versions, as "
    "revised"
)
MODEL = "a model is built of all of it: the date is that of its newest source"


def publication(said: Mapping[str, Any], frame: pd.DataFrame | None, read: str) -> dict[str, Any]:
    """Return a table's entry ``public`` in the data package, with its first and last date.

    ``read`` is the day on which the sources were retrieved.
    """
    said = dict(said)
    if said["rule"] == "always":
        return said
    if said["rule"] == "at":
        column = said.pop("column", None)
        if column is not None:
            assert frame is not None
            rows = Public("column", column=column)
            said["date"] = max((v for v in frame[column].unique() if v), key=rows.of)
            if rows.of(said["date"]) > read:  # the table would be public on the day it was made
                raise ValueError(
                    f"the newest source is dated {said['date']}, and was read on {read}: give the "
                    "day it came out"
                )
        day = min(Public("at").of(said["date"]), read)  # what was retrieved was public
        return {**said, "first": day, "last": day}
    assert frame is not None
    return dated(said.pop("rule"), frame, **said)
