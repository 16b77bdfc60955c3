"""What there is: the shipped tables, their dictionary, provenance, names and units."""

from multipolar.world.tables import Field, TableInfo, World
from multipolar.world.units import convert, dimension

__all__ = ["Field", "TableInfo", "World", "convert", "dimension"]
