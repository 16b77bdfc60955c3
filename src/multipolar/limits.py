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
OWN_BYTES = 10_000_000  # of a table of its own that a case brings along
OWN_ROWS = 100_000  # of such a table: 250 countries and 200 years have half of that
LIST = 300  # values in a list: there are some 250 states and territories
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
SMALL_BYTES = 100_000_000  # of a file that is read at once: the largest, of arms deals, has 6 MB
SMALL_ROWS = 1_000_000  # of such a file
PREFACE = 30  # lines before its header: the World Bank has 4, SIPRI 6
MEMBERS = 10_000  # files in an archive
PRODUCTS = 10_000  # of a table of trade: the Harmonized System has some 5,600
CELLS_FREE, CELLS_RATIO = 20_000_000, 20  # of Parquet: so many, and so many a byte of the file; the
# tables that are shipped have up to 3 a byte
TABLE_FREE, TABLE_RATIO = 500_000_000, 500  # bytes in memory that Parquet becomes: so many, and so
# many a byte of the file; a title said of a roll call in 190 lines takes 300
TABLE_BYTES = 4_000_000_000  # the same, whatever the size of the file
JSON_BYTES = 20_000_000  # a data package, a listing
JSON_DEPTH = 40

# Downloads -------------------------------------------------------------------------------------
DOWNLOAD_BYTES = FILE_BYTES  # of one file: what is larger would not be read
DOWNLOAD_TIMEOUT = 30.0  # seconds without a connection, or without a byte
DOWNLOAD_TRIES = 4  # of a transfer that breaks off, or of a server that is busy
SLOWEST = 1_000  # bytes a second: at that, the largest official file takes days
SLOW_SECONDS = 30.0  # over which the speed is measured
LISTING_SECONDS = 120.0  # for a listing, whole: it has under 1 MB
RETRY_AFTER = 60.0  # seconds that a server may ask to wait before the next attempt
REDIRECTS = 10  # from one address to the next: curl follows 50, browsers 20, and official files 2
ADDRESS = 8_000  # characters of an address: signed ones have 2,000
HEADER_BYTES = 200_000  # of everything a server says before the file
FILE_NAME = 200  # bytes of a file's name: with our endings it stays under the 255 of most disks

# Runs ------------------------------------------------------------------------------------------
DRAWS = 100_000
WORKERS = 1_000  # processes of one run
DRAW_SECONDS = 600.0  # of one draw in a worker process; the slowest of ours takes seconds
DRAW_TRIES = 3  # at a draw whose worker process was killed, say for want of memory
HUNG_TRIES = 2  # at a draw whose worker process said nothing for that long
SEED = 2**63 - 1  # fits 64 bits, in JSON and in every reader's program
CACHE_BYTES = 1_000_000_000  # of answers that are kept; a case of 150 claims has some 10 MB

# Places ----------------------------------------------------------------------------------------
NAME_BYTES = 255  # of a file's or folder's name: what common disks take
PATH_BYTES = 4_000  # of a whole path, with room for the names of files below it
ROOM_BYTES = 1 << 20  # tried before a run: a dossier of a hundred claims has about 0.5 MB
CARRIED_FILES = 64  # of others in a folder that is exchanged
LOCK_SECONDS = 60.0  # waiting for another run: to write takes it a few at most

# What is shown ----------------------------------------------------------------------------------
SHOWN_ROWS = 100_000  # of a table on the screen; --csv prints all
