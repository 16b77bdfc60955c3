"""The tables of the pages are those that are computed; ``make tables`` fills them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from cogapp import Cog

from docs_page import DOCS, Page
from validation import ROOT, gas, page

NAMES = sorted(p.stem for p in DOCS.glob("*.md"))
FILLED = [n for n in NAMES if Page(n).tables]


def cog(*arguments: str) -> int:
    """Run cog on a page, as ``make tables`` does."""
    prologue = "from validation.page import show"
    return int(Cog().main(["cog", "-p", prologue, *arguments]))


@pytest.mark.parametrize("name", FILLED)
def test_the_tables_are_what_is_computed(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert cog("--check", "--diff", str(DOCS / f"{name}.md")) == 0, capfd.readouterr().out


@pytest.mark.slow
def test_the_draws_of_gas() -> None:
    """The slow table of the page on gas; those on alignment are tested by some of their rows."""
    assert gas.table_draws() == Page("gas").tables["gas.table_draws"]


def test_a_stale_table_is_found_and_filled(tmp_path: Path) -> None:
    text = Page("cases").text
    copy = tmp_path / "cases.md"
    copy.write_text(text.replace("A tax the senders", "A toll the senders"), "utf-8")
    assert cog("--check", str(copy)) != 0
    assert cog("-r", str(copy)) == 0
    assert copy.read_text("utf-8") == text


def test_a_table_not_made_here_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MULTIPOLAR_SLOW_TABLES", raising=False)
    copy = tmp_path / "page.md"
    text = '<!-- [[[cog show("gas.table_draws") ]]] -->\n\nas before\n\n<!-- [[[end]]] -->\n'
    copy.write_text(text, "utf-8")
    assert cog("--check", str(copy)) == 0


def test_every_table_is_on_one_page() -> None:
    for path in (ROOT / "validation").glob("*.py"):
        import_module(f"validation.{path.stem}")
    shown = [t for n in NAMES for t in Page(n).tables]
    assert sorted(shown) == sorted(page.TABLES)
