"""What a reader gets: a terminal table, a self-contained page, JSON, CSV and ClaimReview."""

from multipolar.dossier.exports import write
from multipolar.dossier.terminal import table

__all__ = ["table", "write"]
