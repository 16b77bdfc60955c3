"""The scenario on the page on cases is one."""

from __future__ import annotations

import yaml

from docs_page import Page
from multipolar.policy import Scenario


def test_the_scenario_of_the_page_is_one() -> None:
    text = Page("cases").text.split("## Scenarios")[1].split("```yaml")[1].split("```")[0]
    (row,) = yaml.safe_load(text)
    assert Scenario.model_validate(row).measures[0].measure == "secondary_sanction_threat"
