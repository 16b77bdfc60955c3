"""What a Parquet file says of itself, read here and not by Arrow.

Arrow ends the process over some damaged footers as soon as a part of them is asked for, and goes by
the header of each page, which may say something else than the footer. So both are read first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

MARK = b"PAR1"
_DEEP = 16  # structures in structures; there are 6
_PAGES = 1_000_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """A column of a group of rows.

    Attributes:
        name: of the column.
        written_out: whether its texts are written out as they are decoded, whatever is asked.
        start: where its first page begins.
        end: behind its last page.
    """

    name: str
    written_out: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Footer:
    """Rows in all and in each group, and the columns of each group."""

    rows: int
    groups: tuple[int, ...]
    chunks: tuple[Chunk, ...]


def read_footer(content: bytes) -> Footer:
    """Return what the end of a file says.

    Raises:
        ValueError: it is not Parquet, or contradicts itself.
    """
    size = int.from_bytes(content[-8:-4], "little")
    if len(content) < 12 or content[:4] != MARK or content[-4:] != MARK:
        raise ValueError("its ends are not those of Parquet")
    if size > len(content) - 12:
        raise ValueError("its footer is cut short")
    said = _Thrift(content[-8 - size : -8]).structure()
    groups = _list(said, 4)
    rows, held = _whole(said, 3), tuple(_whole(g, 3) for g in groups)
    if rows < 0 or min(held, default=0) < 0 or sum(held) != rows:
        raise ValueError("its footer contradicts itself")
    chunks = tuple(
        _chunk(c, len(content))
        for group, count in zip(groups, held, strict=True)
        if count  # the offsets of no rows mean nothing
        for c in _list(group, 1)
    )
    return Footer(rows, held, chunks)


def _chunk(said: Any, size: int) -> Chunk:
    inside = said.get(3) if isinstance(said, dict) else None
    if not isinstance(inside, dict):
        raise ValueError("its footer lacks a column")
    path = b".".join(p for p in _list(inside, 3) if isinstance(p, bytes))
    start, length = _whole(inside, 9), _whole(inside, 7)
    first = inside.get(11)
    if isinstance(first, int) and 0 < first < start:
        start = first
    if not 0 < start <= start + length <= size:
        raise ValueError("a column lies outside of the file")
    changes = any(
        e in (6, 7) for e in _list(inside, 2)
    )  # DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY
    return Chunk(path.decode(), changes, start, start + length)


def page_sizes(content: bytes, footer: Footer) -> Iterator[int]:
    """Yield how large each page says it is unpacked.

    Raises:
        ValueError: a header is damaged, or there are too many.
    """
    pages = 0
    for chunk in footer.chunks:
        at = chunk.start
        while at < chunk.end:
            header = _Thrift(content, at)
            said = header.structure()
            unpacked, packed = _whole(said, 2), _whole(said, 3)
            pages += 1
            if unpacked < 0 or packed < 0 or pages > _PAGES:
                raise ValueError("the header of a page is damaged")
            yield unpacked
            at = header.at + packed


def _whole(said: Any, field: int) -> int:
    found = said.get(field) if isinstance(said, dict) else None
    if not isinstance(found, int):
        raise ValueError("its footer lacks a number")
    return found


def _list(said: Any, field: int) -> list[Any]:
    found = said.get(field) if isinstance(said, dict) else None
    if not isinstance(found, list):
        raise ValueError("its footer lacks a list")
    return found


class _Thrift:
    """Thrift's compact protocol: structures as dictionaries by the number of the field.

    https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
    """

    def __init__(self, content: bytes, at: int = 0) -> None:
        self.content, self.at = content, at

    def structure(self, deep: int = 0) -> dict[int, Any]:
        """Return the structure that begins here, and stand behind it."""
        if deep > _DEEP:
            raise ValueError("its footer is nested too deep")
        found: dict[int, Any] = {}
        field = 0
        while byte := self._byte():
            field = field + (byte >> 4) if byte >> 4 else self._signed()
            kind = byte & 15
            found[field] = kind == 1 if kind in (1, 2) else self._value(kind, deep)
        return found

    def _value(self, kind: int, deep: int) -> Any:
        match kind:
            case 3:
                return self._byte()
            case 4 | 5 | 6:
                return self._signed()
            case 7:
                self.at += 8
                return None
            case 8:
                length = self._unsigned()
                self.at += length
                if self.at > len(self.content):
                    raise ValueError("its footer is cut short")
                return self.content[self.at - length : self.at]
            case 9 | 10:
                return self._items(deep)
            case 12:
                return self.structure(deep + 1)
        raise ValueError("its footer is damaged")

    def _items(self, deep: int) -> list[Any]:
        byte = self._byte()
        count = self._unsigned() if byte >> 4 == 15 else byte >> 4
        kind = 3 if byte & 15 in (1, 2) else byte & 15
        if count > len(self.content) - self.at:  # each takes a byte
            raise ValueError("its footer is cut short")
        return [self._value(kind, deep + 1) for _ in range(count)]

    def _byte(self) -> int:
        if self.at >= len(self.content):
            raise ValueError("its footer is cut short")
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
        raise ValueError("its footer is damaged")

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
