"""The scenario on the page on cases is one."""

from __future__ import annotations

from pathlib import Path

import yaml

from docs_page import Page
from multipolar.pipeline.checking import check
from multipolar.policy import Scenario


def test_the_scenario_of_the_page_is_one() -> None:
    text = Page("cases").text.split("## Scenarios")[1].split("```yaml")[1].split("```")[0]
    (row,) = yaml.safe_load(text)
    assert Scenario.model_validate(row).measures[0].measure == "secondary_sanction_threat"


HEAD = {
    "schema": 1, "case": "page", "title": "-", "deck": "-", "as_of": "2026-11-23",
    "engines": ["record", "gas"], "sources": {"A": {"title": "-", "author": "-", "stance": "-"}},
}  # fmt: skip
CLAIM = {"source": "A", "speaker": "-", "kind": "record", "topic": "-", "says": "-", "chosen": "-"}


def test_the_comparisons_made_of_several_readings_are_some(tmp_path: Path) -> None:
    text = Page("cases").text.split("**Made of several readings**")[1]
    parts = yaml.safe_load(text.split("```yaml")[1].split("```")[0])
    claims = [{**CLAIM, "id": f"A-{k}", "test": part} for k, part in enumerate(parts)]
    (tmp_path / "case.yaml").write_text(yaml.safe_dump({**HEAD, "claims": claims}), "utf-8")
    assert len(parts) == 5
    assert [str(m) for m in check(tmp_path)] == []
