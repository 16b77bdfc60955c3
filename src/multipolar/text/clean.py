"""Text from elsewhere, made fit to be shown: nothing in it moves a cursor or hides a word."""

from __future__ import annotations

SHOWN = 60


def visible(text: str) -> str:
    r"""Return a text with every character that does not print written as its escape.

    Control characters, marks that turn the direction of writing and halves of characters go;
    blanks of every width become a space. What is in all scripts of the world stays.

    Example:
        >>> visible("\x1b[31mred"), visible("Türkiye\u202e")
        ('\\x1b[31mred', 'Türkiye\\u202e')
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _shown(c) for c in text)


def _shown(c: str) -> str:
    # NEL and the separators of old terminals are blanks to Python and commands to a terminal
    blank = c.isspace() and c not in "\x0b\x0c\x1c\x1d\x1e\x1f\x85"
    return " " if blank else c.encode("unicode_escape").decode("ascii")


def one_line(text: str) -> str:
    r"""Return a text on one line, without runs of blanks, and with nothing that does not print.

    Example:
        >>> one_line("no name\n  'a\x07'")
        "no name 'a\\x07'"
    """
    return visible(" ".join(text.split()))


def printable(text: str, limit: int = SHOWN) -> str:
    r"""Return a user's text fit for one line of an error: nothing hidden, and not too long.

    Example:
        >>> printable("x" * 9, limit=6), printable("a\tb")
        ('xxx...', 'a b')
    """
    if len(text) <= limit:
        return visible(text)
    return visible(text[: limit - 3]) + "..."
