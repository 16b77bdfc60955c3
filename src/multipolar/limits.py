"""How much of anything is read: every limit in one place, each with the reason for its size.

What is over a limit is refused in one line that names it. ``SECURITY.md`` says what they guard.
"""

from __future__ import annotations

# Files a person writes: cases, scenarios -------------------------------------------------------
YAML_BYTES = 2_000_000  # the founding case, 142 claims, has 160 kB
YAML_DEPTH = 40
YAML_DIGITS = 18  # digits of a whole number: more do not fit 64 bits
CASE_FILES = 64  # files of one kind in a case's folder
NAME = 300  # characters of a name or a label; the longest official name of a state has 65
LARGEST = 1e30  # of a number a person writes: nothing measured here is near it

# Files of others: votes, capabilities, alliances, input-output tables, data packages -------------
FILE_BYTES = 4_000_000_000  # of a file as it lies on the disk
UNPACKED_BYTES = 8_000_000_000  # of a file in an archive, as it is read
PACKED_FREE, PACKED_RATIO = (
    100_000_000,
    200,
)  # unpacked: so much, and so much a byte it is packed in;
# the record of the General Assembly, whose lines say the same a hundred times, has 40 a byte
INNER_BYTES = 500_000_000  # of an archive in an archive, which is held in memory; others have 5 MB
ARCHIVES_DEEP = 2  # archives in an archive: the Correlates of War project has 1
LINE_BYTES = 4_000_000  # of one line: a row of the OECD's widest table has 0.1 MB
ROWS = 50_000_000  # the record of the General Assembly has under 2 million
COLUMNS = 10_000  # the OECD's widest table has 4,400
MEMBERS = 10_000  # files in an archive
CELLS_FREE, CELLS_RATIO = 20_000_000, 20  # of Parquet: so many, and so many a byte of the file; the
# tables that are shipped have up to 3 a byte
TABLE_FREE, TABLE_RATIO = 500_000_000, 500  # bytes in memory that Parquet becomes: so many, and so
# many a byte of the file; a title said of a roll call in 190 lines takes 300
TABLE_BYTES = 4_000_000_000  # the same, whatever the size of the file
JSON_BYTES = 20_000_000  # a data package, a listing
JSON_DEPTH = 40

# Runs ------------------------------------------------------------------------------------------
DRAWS = 100_000
