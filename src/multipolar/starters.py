"""What `multipolar new` writes: a small case, or a package with an engine, that works as it is."""

from __future__ import annotations

import keyword
import re
import sys
import unicodedata
from collections.abc import Mapping
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

from multipolar.errors import CaseError, EngineError
from multipolar.world import writer

ENGINE = re.compile(r"[a-z][a-z0-9_]{0,39}")
OWN = "my_engine"  # what the template calls itself
FILES = {  # of an engine's package, with the template of each
    "pyproject.toml": "pyproject.toml",
    "README.md": "README.md",
    f"src/{OWN}/__init__.py": "engine.txt",
    f"tests/test_{OWN}.py": "tests.txt",
}


def start_case(folder: str) -> None:
    """Write a starter case into a folder that is not there yet.

    Raises:
        CaseError: no name can be made of the folder's, or it is there.
        DataError: it cannot be written; nothing is left.
    """
    key = case_key(Path(folder).absolute().name)
    if not key:
        raise CaseError(
            "no name for a case can be made of the folder's",
            where=folder,
            hint="give it one with letters or digits, say my-case",
        )
    # in one pass, for a key may have the template's own name in it
    field, said = "case: my-case    ", {"case: my-case    ": f'case: "{key}"  ', "my-case": key}
    texts = _template("claims")
    _write(
        folder,
        {
            name: re.sub(f"{field}|my-case", lambda found: said[found[0]], text)
            for name, text in texts.items()
        },
    )


def start_engine(name: str, folder: str) -> None:
    """Write a package that holds a small engine into a folder that is not there yet.

    Raises:
        EngineError: the name is none for an engine, or something is called so already.
        CaseError: the folder is there.
        DataError: it cannot be written; nothing is left.
    """
    _absent(folder)
    why = unfit(name)
    if why:
        raise EngineError(f"no engine can be called {name!r}: {why}", hint="say weather")
    texts = _template("engines")
    _write(
        folder,
        {
            path.replace(OWN, name): texts[source].replace(OWN, name)
            for path, source in FILES.items()
        },
    )


def unfit(name: str) -> str:
    """Say why an engine, and the module that holds it, cannot be called so; nothing if it can.

    Example:
        >>> unfit("weather"), unfit("Weather!")
        ('', 'a name is a small letter, then up to 39 of a-z, 0-9 and _')
        >>> unfit("gas"), unfit("json"), unfit("class")
        ('there is an engine of that name', 'a module is called so already', 'a word of Python')
    """
    if not ENGINE.fullmatch(name):
        return "a name is a small letter, then up to 39 of a-z, 0-9 and _"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return "a word of Python"
    from multipolar.engines import Registry
    from multipolar.world import World

    registry = Registry.default(World.load())
    if name in registry.words or name in registry.builtin:
        return "there is an engine of that name"
    if name in sys.stdlib_module_names or find_spec(name) is not None:
        return "a module is called so already"
    return ""


def case_key(name: str) -> str:
    """Return a name that a case may have, near to another; empty where nothing of it is left.

    Example:
        >>> case_key("my case"), case_key("Énergie: été #2"), case_key("2023"), case_key("...")
        ('my-case', 'Energie-ete-2', '2023', '')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    key = re.sub(r"[^A-Za-z0-9._-]+", "-", plain)
    return key.lstrip("._-")[:64].rstrip("-")


def _template(room: str) -> dict[str, str]:
    """Return the files of a template by name."""
    place = resources.files("multipolar") / room / "template"
    return {item.name: item.read_text("utf-8") for item in place.iterdir() if item.is_file()}


def _absent(folder: str) -> None:
    if Path(folder).exists():
        raise CaseError("the folder exists already", where=folder, hint="name another one")


def _write(folder: str, texts: Mapping[str, str]) -> None:
    _absent(folder)
    contents = {name: text.encode() for name, text in texts.items()}
    writer.save_folder(folder, contents, hint="name a folder you may write to", fresh=True)


__all__ = ["case_key", "start_case", "start_engine", "unfit"]
