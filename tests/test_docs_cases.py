"""The page on cases names every measure with every field, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from multipolar.policy import KINDS, Scenario

PAGE = (Path(__file__).parents[1] / "docs" / "cases.md").read_text("utf-8")
COMMON = {"measure", "since", "until", "note"}


def test_every_measure_is_listed_with_its_fields() -> None:
    table = PAGE.split("<!-- table: measures -->")[1].split("<!-- end -->")[0]
    rows = {}
    for line in table.strip().splitlines()[2:]:
        kind, _, fields = (cell.strip() for cell in line.strip("|").split(" | "))
        needed, _, free = fields.partition(";")
        rows[kind.strip("` ")] = [set(re.findall(r"`(\w+)`", x)) for x in (needed, free)]
    assert set(rows) == set(KINDS)
    for kind, cls in KINDS.items():
        fields = {n: f for n, f in cls.model_fields.items() if n not in COMMON}
        assert rows[kind][0] == {n for n, f in fields.items() if f.is_required()}, kind
        assert rows[kind][1] == {n for n, f in fields.items() if not f.is_required()}, kind


def test_the_scenario_of_the_page_is_one() -> None:
    text = PAGE.split("## Scenarios")[1].split("```yaml")[1].split("```")[0]
    (row,) = yaml.safe_load(text)
    assert Scenario.model_validate(row).measures[0].measure == "secondary_sanction_threat"
