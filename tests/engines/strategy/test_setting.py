"""The crisis that is asked about is data: another one runs through the same engine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from multipolar.engines import strategy
from multipolar.engines.strategy import StrategyEngine
from multipolar.engines.strategy.data import SHIPPED, setting
from multipolar.engines.strategy.measures import needed
from multipolar.errors import DataError
from multipolar.policy import BASELINE, Scenario
from strategy_world import WORLD

ANOTHER = {
    'code = "CHN"\nname = "China"\nword = "china"': 'code = "IND"\nname = "India"\nword = "india"',
    'code = "USA"\nname = "United States"\nword = "united-states"\ncalled = "the United States"': (
        'code = "JPN"\nname = "Japan"\nword = "japan"'
    ),
    'word = "west"\ncalled = "the West"': 'word = "g7"\ncalled = "the G7"',
}


@pytest.fixture
def other(tmp_path: Path) -> StrategyEngine:
    text = SHIPPED.read_text("utf-8")
    for old, new in ANOTHER.items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "other.toml").write_text(text, "utf-8")
    return StrategyEngine(file=tmp_path / "other.toml")


def test_no_state_stands_in_the_code() -> None:
    labels = WORLD.names_index.labels
    words = "|".join(sorted(map(re.escape, {*labels, *labels.values()}), key=len, reverse=True))
    for path in Path(strategy.__file__).parent.glob("*.py"):
        found = re.findall(
            rf"(?<![\w.])(?:{words}|China|Russia|West(?:ern)?)(?!\w)", path.read_text()
        )
        assert not found, f"{path.name}: {found[:3]}"


def test_another_crisis_asks_for_other_worlds(other: StrategyEngine) -> None:
    taken = {i.name: i for i in other.takes(WORLD, BASELINE)}
    assert set(taken) == set(needed(other.setting))
    whole = taken["percent.g7"].scenario
    assert whole is not None
    assert whole.measures[1].targets == ["India"] or whole.measures[1].targets == ("India",)  # type: ignore[union-attr]
    assert taken["exports"].where["exporter"] == "IND"
    assert taken["ratio.pact"].where == {
        "country": ("IND", "RUS"),
        "partner": "JPN",
        "index": "cinc",
        "year": 2022,
    }
    metrics = {m.name: m for m in other.metrics(WORLD)}
    assert "India stops arming Russia" in metrics["strategy.concession_probability"].description
    assert metrics["strategy.concession_probability"].dim("scope").values[:2] == ("g7", "japan")
    outcomes = metrics["strategy.outcome_probability"].dim("outcome").values
    assert outcomes == ("alliance", "india-consents", "russia-consents", "japan-rejects")


def test_a_threat_counts_where_it_meets_the_target(other: StrategyEngine) -> None:
    threat = Scenario.model_validate(
        {
            "name": "threat",
            "measures": [
                {
                    "measure": "secondary_sanction_threat",
                    "senders": "United States",
                    "third_parties": "India",
                    "targets": "Russia",
                    "probability": 0.4,
                }
            ],
        }
    )
    asked = other.prepare(WORLD, threat)
    assert asked.threat is not None
    assert (asked.threat.senders, asked.threat.probability) == (("USA",), 0.4)
    assert asked.plan == "rejected"
    assert strategy.engine.prepare(WORLD, threat).threat is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('code = "CHN"\n', "", "target.code: field required"),
        ("year = 2022", "year =", "no TOML"),
        ("year = 2022", "yaer = 2022", "year: field required"),
    ],
)
def test_a_setting_that_lacks_something_says_so(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(SHIPPED.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(DataError, match=words):
        setting(path)
