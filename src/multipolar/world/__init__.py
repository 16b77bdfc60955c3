"""What there is: the shipped tables, their dictionary, provenance, names and units."""

from multipolar.world.dictionary import Field, TableInfo
from multipolar.world.tables import World
from multipolar.world.units import convert, dimension

__all__ = ["Field", "TableInfo", "World", "convert", "dimension"]
