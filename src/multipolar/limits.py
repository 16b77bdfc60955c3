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
LINE_BYTES = 4_000_000  # of one line: a row of the OECD's widest table has 0.1 MB
ROWS = 50_000_000  # the record of the General Assembly has under 2 million
MEMBERS = 10_000  # files in an archive
JSON_BYTES = 20_000_000  # a data package, a listing

# Runs ------------------------------------------------------------------------------------------
DRAWS = 100_000
SEED = 2**63 - 1  # fits 64 bits, in JSON and in every reader's program

# Places ----------------------------------------------------------------------------------------
NAME_BYTES = 255  # of a file's or folder's name: what common disks take
PATH_BYTES = 4_000  # of a whole path, with room for the names of files below it
ROOM_BYTES = 1 << 20  # tried before a run: a dossier of a hundred claims has about 0.5 MB
CARRIED_FILES = 64  # of others in a folder that is exchanged
LOCK_SECONDS = 60.0  # waiting for another run: to write takes it a few at most

# What is shown ----------------------------------------------------------------------------------
SHOWN_ROWS = 100_000  # of a table on the screen; --csv prints all
