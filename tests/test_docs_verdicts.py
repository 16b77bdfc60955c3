"""Every example of the page on verdicts is run, and comes out as the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from claims.conftest import HEAD, claim, dump
from multipolar.render.words import label
from multipolar.run import run_case

PAGE = Path(__file__).parents[1] / "docs" / "verdicts.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize("text", EXAMPLES, ids=lambda t: yaml.safe_load(t)["says"][:40])
def test_an_example_comes_out_as_the_page_says(text: str, tmp_path: Path) -> None:
    said: dict[str, Any] = yaml.safe_load(text)
    expected, stale = said.pop("verdict"), said.pop("stale", False)
    head = HEAD | {"engines": ["record"], "as_of": said.pop("as_of", "2023-12-31")}
    (tmp_path / "case.yaml").write_text(dump(head), "utf-8")
    (tmp_path / "evidence.yaml").write_text(dump(said.pop("evidence")), "utf-8")
    (tmp_path / "claims.yaml").write_text(dump([claim(**said)]), "utf-8")
    found = run_case(tmp_path, draws=2).verdict("A-1")
    assert (label(found), found.stale) == (expected, stale)
