"""Which resolutions repeat an earlier one, told by their titles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

WINDOW = 2  # sessions
_SUFFIX = re.compile(r"\s*(?::\s*)?\bresolutions?\s*/\s*adopted\b.*$", re.IGNORECASE | re.DOTALL)


def normal_title(title: str) -> str:
    """Return a title without case, accents, punctuation and the library's closing words.

    Example:
        >>> normal_title("Oil slick on Lebanese shores : resolution / adopted by the Assembly")
        'oil slick on lebanese shores'
    """
    plain = unicodedata.normalize("NFKD", _SUFFIX.sub("", title)).casefold()
    words = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(words.split())


def title_links(
    rollcalls: Sequence[int],
    sessions: Sequence[int],
    titles: Sequence[str],
    *,
    window: int = WINDOW,
) -> NDArray[np.int64]:
    """Return, for each roll call, that of the earliest resolution it repeats.

    A roll call repeats the latest earlier one of the same title (:func:`normal_title`) if that one
    is at most ``window`` sessions back and no other roll call of either session has the title.
    Chains collapse to their start, so that a resolution voted on each year has one link.

    Bailey, Strezhnev and Voeten (2017, https://doi.org/10.1177/0022002715595700) hold repeated
    resolutions equal over time. This rule is ours, not theirs: it finds more, and misses some of
    theirs (docs/data.md has the figures).

    Args:
        rollcalls: ids, unique, shape (n,).
        sessions: session of each.
        titles: title of each; an empty one links to nothing.
        window: how many sessions back to look.

    Returns:
        Ids, shape (n,): a roll call's own where it repeats none.

    Example:
        >>> title_links([1, 2, 3, 4], [70, 71, 71, 73], ["Missiles", "Missiles.", "Mines", "MINES"])
        array([1, 1, 3, 3])
    """
    keys = [normal_title(t) for t in titles]
    held: dict[str, dict[int, list[int]]] = {}
    for n, (key, session) in enumerate(zip(keys, sessions, strict=True)):
        if key:
            held.setdefault(key, {}).setdefault(int(session), []).append(n)
    link = np.array(rollcalls, dtype=np.int64)
    for by_session in held.values():
        times = sorted(by_session)
        for before, now in pairwise(times):
            one = len(by_session[before]) == len(by_session[now]) == 1
            if one and now - before <= window:
                link[by_session[now][0]] = link[by_session[before][0]]
    return link
