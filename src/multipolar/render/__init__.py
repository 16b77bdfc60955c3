"""What a reader gets: a terminal table, a self-contained page, JSON, CSV and ClaimReview."""

from multipolar.render.exports import write
from multipolar.render.terminal import table

__all__ = ["table", "write"]
