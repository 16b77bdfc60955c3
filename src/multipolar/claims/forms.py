"""The forms of what a case file holds: texts, numbers, dates, places; nothing else is read."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from multipolar.limits import LARGEST, LIST, NAME
from multipolar.text.clean import printable
from multipolar.text.dates import is_date, iso_date, meant_as_date, year_as_text
from multipolar.text.numbers import meant_as_number

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME)]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


def _measured(value: float) -> float:
    if not abs(value) <= LARGEST:
        raise ValueError(f"{value:g} is beyond what is measured here (at most {LARGEST:g})")
    return value


# strict: `true` and "40" are no numbers
Number = Annotated[float, Field(strict=True, allow_inf_nan=False), AfterValidator(_measured)]
Whole = Annotated[int, Field(strict=True)]
Year = Annotated[int, Field(strict=True, ge=1000, le=2999)]


def _typed(value: Any) -> str:
    """Return a value as it was typed in YAML."""
    words = {"True": "true", "False": "false", "None": "nothing"}
    return words.get(repr(value), printable(repr(value)))


def _value(value: Any) -> Any:
    """A number, a date or a word; no truth value, and nothing that looks like a date and is none.

    A date in another form would be compared as a word, and differ from every date.
    """
    if isinstance(value, (bool, list, dict)) or value is None:
        raise ValueError(f"{_typed(value)} is no number, date or word")
    if isinstance(value, (int, float)):
        return _measured(float(value))
    text = str(value).strip()
    if not text or len(text) > NAME:
        raise ValueError("a blank" if not text else f"a text of more than {NAME} characters")
    if meant_as_date(text):
        raise ValueError(f"{text!r} is not a date as it is read here: write 2022-03-24, or 2022")
    if meant_as_number(text) and not is_date(text):
        raise ValueError(f"{text!r} is no number as it is read here: write 48, or 0.48")
    return text


def _where_value(value: Any) -> Any:
    """What a dimension may be given: a word, a number, or a list of these; no blank, no truth."""
    if isinstance(value, list):
        if not 0 < len(value) <= LIST or any(isinstance(v, (list, dict)) for v in value):
            raise ValueError(f"a list holds 1 to {LIST} words or numbers")
        return [_where_value(v) for v in value]
    if isinstance(value, (bool, dict)) or value is None:
        raise ValueError(f"{_typed(value)} is no word and no number")
    if isinstance(value, str) and not 0 < len(value.strip()) <= NAME:
        raise ValueError(
            f"a text of more than {NAME} characters" if value.strip() else "a blank names nothing"
        )
    return value


Date = Annotated[str, BeforeValidator(year_as_text), AfterValidator(iso_date)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=500)]
Value = Annotated[float | str, BeforeValidator(_value)]
WhereValue = Annotated[int | float | str | list[int | float | str], BeforeValidator(_where_value)]
Where = Annotated[dict[Key, WhereValue], Field(max_length=20)]

Kind: TypeAlias = Literal["number", "date", "word"]


def kind_of(unit: str) -> Kind:
    """Return what a reading in a unit is: a date, a word, or a number.

    Example:
        >>> kind_of("date"), kind_of("Mt")
        ('date', 'number')
    """
    return unit if unit in ("date", "word") else "number"  # type: ignore[return-value]


class Strict(BaseModel):
    """Frozen, and unknown fields are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False
    )
