"""What a check says of a case: every mistake at once, by file and line, and nothing solved."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import multipolar as mp
from claims.conftest import claim
from multipolar.claims.mistakes import CaseMistakes, Mistake
from multipolar.cli import main
from multipolar.engines import Registry
from multipolar.engines.api.contract import Dimension, Metric
from multipolar.pipeline.checking import check, checked
from multipolar.pipeline.headings import unmeasured
from multipolar.run import run_case
from multipolar.world import World

Write = Callable[..., Path]
OIL = {"exporter": "Russia", "importer": "China", "commodity": "crude", "year": 2022}
QUANTITY = {"metric": "energy.trade_quantity", "where": OIL, "at_least": 1}
DAY = {"metric": "facts.value", "where": {"series": "summits.start"}}
VISIT = {"series": "summits.start", "entity": "Xi visit to Russia 2023", "date": "2023-03-20"}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.default(World.load())


def said(folder: Path, registry: Registry) -> list[str]:
    return [str(m) for m in check(folder, registry)]


def only(folder: Path, registry: Registry) -> Mistake:
    (found,) = check(folder, registry)
    return found


# all at once ------------------------------------------------------------------------------------

CLAIMS = """\
- id: A-1
  source: A
  speaker: the author
  kind: rumour
  topic: tests
  says: One.
  chosen: Because.
  test: {untestable: no}
- id: A-2
  source: C
  speaker: the author
  kind: record
  topic: tests
  says: Two.
  chosen: Because.
  against: [A-1, A-9]
  test:
    all:
      - {evidence: fine, at_least: 1}
      - metric: energy.trade_quantity
        where:
          exporter: Rusland
          importer: China
          commodity: crud
        at_least: "48"
      - metric: energy.trade_quantity
        where:
          exporter: Rusland
          importer: China
          commodity: crud
        at_least: 1
- id: A-3
  source: A
  speaker: the author
  kind: record
  topic: tests
  says: Three.
  chosen: Because.
  test:
    metric: energy.trade_quantity
    where: {exporter: Rusland, importer: [China, Indja], commodity: crud}
    scenario: ban
    at_least: 1
"""
EVIDENCE = """\
fine: {says: x, value: 40, unit: Mt, date: 2022, source: s}
wrong: {says: x, value: 48%, unit: percent, date: 22.03.2023, source: s}
typo:
  says: x
  value: 40
  unit: usd BN
  date: 2022
  source: s
"""
SCENARIOS = """\
- name: ban
  measures:
    - {measure: embargo, senders: Germny, targets: Russia}
    - {measure: embrago, senders: EU, targets: Russia}
- name: other
  base: [nowhere]
"""


def test_every_mistake_is_said_at_once_by_file_and_line(write: Write, registry: Registry) -> None:
    folder = write([], title=3)
    (folder / "claims.yaml").write_text(CLAIMS, "utf-8")
    (folder / "evidence.yaml").write_text(EVIDENCE, "utf-8")
    (folder / "scenarios.yaml").write_text(SCENARIOS, "utf-8")
    found = check(folder, registry)
    places = [(m.file, m.line, m.where) for m in found]
    assert places == sorted(places, key=lambda p: p[:2])
    assert {(m.file, m.line, m.what[:36]) for m in found} >= {
        ("case.yaml", 20, "this should be text, not 3"),
        ("claims.yaml", 4, "no such choice as 'rumour'"),
        ("claims.yaml", 25, "'48' is no number as it is read here"),
        ("claims.yaml", 10, "no source 'C'"),
        ("claims.yaml", 16, "no claim 'A-9'"),
        ("claims.yaml", 28, "no country or coalition 'Rusland'"),
        ("claims.yaml", 41, "no country or coalition 'Rusland'"),
        ("claims.yaml", 41, "no country or coalition 'Indja'"),
        ("claims.yaml", 41, "commodity has no 'crud'"),
        ("claims.yaml", 41, "year is not given"),
        ("evidence.yaml", 2, "'48%' is no number as it is read her"),
        ("evidence.yaml", 2, "'22.03.2023' is not a date: write 20"),
        ("evidence.yaml", 6, "no unit 'usd BN'"),
        ("scenarios.yaml", 3, "no country or coalition 'Germny'"),
        ("scenarios.yaml", 4, "no measure 'embrago'"),
        ("scenarios.yaml", 6, "no scenario 'nowhere'"),
    }, [str(m) for m in found]
    assert "claim A-3, test, where, commodity" in {m.where for m in found}


MISNAMED = """\
- name: ban
  measures:
    - measure: embargo
      senders: [EU, Germny, Indja]
      targets: Rusland
      scope: [oill, coal, gass]
    - {measure: embargo, senders: Frnace, targets: Russia, sicne: "2022"}
    - {measure: tariff, senders: EU, targets: [China]}
- name: late
  year: soon
  measures:
    - measure: embargo
      senders: Itlay
      targets: Russia
"""


def test_every_misspelt_name_of_a_scenario_is_said_at_once(
    write: Write, registry: Registry
) -> None:
    folder = write([claim(test=QUANTITY)])
    (folder / "scenarios.yaml").write_text(MISNAMED, "utf-8")
    found = [m for m in check(folder, registry) if m.severity == "error"]
    assert {(m.line, m.what) for m in found} >= {
        (4, "no country or coalition 'Germny'"),
        (4, "no country or coalition 'Indja'"),
        (5, "no country or coalition 'Rusland'"),
        (6, "no industry or group 'oill'"),
        (6, "no industry or group 'gass'"),
        (7, "no country or coalition 'Frnace'"),
        (7, "no field 'sicne'"),
        (13, "no country or coalition 'Itlay'"),
    }, [str(m) for m in found]
    assert len({(m.line, m.what) for m in found}) == len(found), "nothing is said twice"
    assert "scenario ban, measures 1, senders 2" in {m.where for m in found}
    assert all(m.file == "scenarios.yaml" for m in found)


def test_a_run_refuses_the_same_in_the_same_words(write: Write, registry: Registry) -> None:
    bad = [{**QUANTITY, "where": {**OIL, "year": y}} for y in (1800, 2999)]
    folder = write([claim(f"A-{k}", test=t) for k, t in enumerate(bad)])
    found = check(folder, registry)
    with pytest.raises(CaseMistakes) as caught:
        run_case(folder, registry=registry)
    assert list(caught.value.mistakes) == found
    assert str(caught.value).splitlines() == [*map(str, found), "2 mistakes"]
    assert [m.hint for m in found] == ["the table energy_trade covers 1995 to 2024"] * 2


def test_the_command_prints_a_line_for_each(
    write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = {**QUANTITY, "where": OIL | {"year": 1800}}
    folder = write([claim(test=odd, horizon="2031"), claim("A-2", test=odd)])
    assert main(["check", str(folder)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert lines[0].startswith("multipolar: warning: claims.yaml:")
    assert lines[-1] == "multipolar: 2 mistakes"
    assert len(lines) == 4
    assert main(["run", str(folder), "--draws", "1"]) == 2
    assert capsys.readouterr().err.splitlines() == lines[1:]
    assert main(["check", str(folder), "--json"]) == 2
    rows = json.loads(capsys.readouterr().out)["mistakes"]
    assert [r["severity"] for r in rows] == ["warning", "error", "error"]
    assert rows[1]["file"] == "claims.yaml"


def test_warnings_alone_refuse_nothing(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write([claim(test=QUANTITY, horizon="2031")])
    assert main(["check", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert "1 claims, 1 comparisons" in out
    assert err.startswith("multipolar: warning: ")


def test_bundled_cases_hold_no_mistake() -> None:
    for name in ("moscow-2023", "critical-minerals-2023"):
        assert not [m for m in mp.check(name) if m.severity == "error"]


# kinds ------------------------------------------------------------------------------------------

AS_TEXT = ("48", "48%", "1_000", "1,000", "3,5", "$40", "forty-eight", "one third", "~50")


@pytest.mark.parametrize("text", [*AS_TEXT, "22.03.2023", "2023-3-22", "March 22, 2023"])
@pytest.mark.parametrize("name", ["equals", "differs", "at_least", "below"])
def test_what_is_typed_as_text_is_no_number_and_no_date(
    text: str, name: str, write: Write, registry: Registry
) -> None:
    test = {"metric": "facts.value", "where": VISIT, name: text}
    (mistake,) = check(write([claim(test=test)]), registry)
    assert mistake.severity == "error"
    assert repr(text) in mistake.what


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ({**QUANTITY, "where": OIL | {"year": 1994}}, "no trade in crude for 1994"),
        ({**QUANTITY, "where": OIL | {"year": [2022, 2030]}}, "no trade in crude for 2030"),
        ({**QUANTITY, "where": OIL | {"importer": "Kosovo"}}, "not in the table energy_trade"),
        ({**DAY, "where": {**VISIT, "entity": "Nobody"}, "equals": "2023"}, "has no 'Nobody'"),
        ({**DAY, "where": {**VISIT, "date": "2019"}, "equals": "2023"}, "no figure for 2019"),
        ({**DAY, "where": VISIT, "equals": 292.0}, "is no date"),
        ({"metric": "gdp.share", "where": {"country": "Tuvalu"}, "at_least": 1}, "TUV"),
        (
            {"metric": "trade.real_income", "where": {"country": "Tuvalu"}, "at_most": 0},
            "TUV: not told apart in the table io_2022",
        ),
        (
            {
                "metric": "money.share",
                "where": {"currency": ["own", "RUB"], "flow": "exports", "country": "Russia"},
                "above": 1,
            },
            "currency takes one value, not a list",
        ),
        (
            {"metric": "gas.flow", "where": {"exporter": "Tuvalu", "importer": "China"}, "above": 1},
            "TUV: not told apart in the gas network",
        ),
        (
            {"metric": "gas.gain", "where": {"country": "India"}, "above": 1},
            "IND is no player of the game. Hint: players are",
        ),
        (
            {"metric": "gas.utilisation", "where": {"route": "Power of Siberai"}, "above": 1},
            "no pipe 'Power of Siberai'",
        ),
        (
            {"metric": "power.share", "where": {"country": "China", "index": "cinc", "year": 1700},
             "above": 1},
            "no figures of cinc for 1700",
        ),
        (
            {"metric": "alignment.distance", "where": {"country": "China", "partner": "China"},
             "above": 0},
            "country and partner are the same",
        ),
        (
            {"metric": "strategy.deterred", "where": {"scope": "scenario"}, "above": 0},
            "threatens China with nothing",
        ),
        ({**QUANTITY, "at_least": None, "rank": {"of": "exporter", "among": ["Kosovo"]}}, "XKX"),
        ({**QUANTITY, "at_least": None, "rises": {"since": {"year": 1994}}}, "for 1994"),
        ({**QUANTITY, "scenario": "ban"}, "does not support embargo"),
    ],
)  # fmt: skip
def test_what_nothing_answers_is_refused(
    test: dict[str, Any], words: str, write: Write, registry: Registry
) -> None:
    test = {k: v for k, v in test.items() if v is not None}
    ban = {"name": "ban", "measures": [{"measure": "embargo", "senders": "EU", "targets": "Iran"}]}
    mistake = only(write([claim(test=test)], scenarios=[ban]), registry)
    assert words in str(mistake)
    assert str(mistake).startswith("claims.yaml:")


def test_what_is_not_installed_or_added_waits(write: Write, registry: Registry) -> None:
    votes = {"country": "China", "partner": "Russia", "votes": "all", "year": 2020}
    tests = [
        {"metric": "weather.rain", "where": {}, "at_least": 1},
        {"metric": "alignment.distance", "where": votes, "at_least": 0.1},
    ]
    folder = write([claim(f"A-{k}", test=t) for k, t in enumerate(tests)])
    found = checked(folder, registry)
    assert found.mistakes == ()
    assert dict(found.waiting) == {
        "engine weather is not installed": 1,
        "the full record of votes has not been added": 1,
    }


# the year ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "warned"),
    [
        ({"horizon": "2022-12-31"}, False),
        ({"horizon": "2030"}, True),
        ({"horizon": "2030", "chosen_year": "The table ends there."}, False),
        ({"quantities": [{"value": 1, "unit": "Mt", "kind": "k", "label": "l", "year": 2020}]}, True),
        ({"quantities": [{"value": 1, "unit": "Mt", "kind": "k", "label": "l", "year": 2022}]}, False),
        ({"quantities": [{"value": 1, "unit": "Mt", "kind": "k", "label": "l"}]}, False),
    ],
)  # fmt: skip
def test_the_year_read_is_the_year_claimed(
    more: dict[str, Any], warned: bool, write: Write, registry: Registry
) -> None:
    found = check(write([claim(test=QUANTITY, **more)]), registry)
    assert [m.severity for m in found] == ["warning"] * warned


def test_a_table_of_one_year_is_of_that_year(write: Write, registry: Registry) -> None:
    goods = {"country": "Russia", "partner": "China", "sector": "goods"}
    test = {"metric": "goods.trade_share", "where": goods, "at_least": 1}
    mistake = only(write([claim(test=test, horizon="2020")]), registry)
    assert mistake.what == "the claim is for 2020, and the test reads 2022"
    assert mistake.severity == "warning"


# headings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "word"),
    [
        ("Russia sold China more oil", ""),
        ("Crude to China rose", ""),
        ("In votes China stood apart", "votes"),
        ("China paid in yuan", "yuan"),
        ("India bought more oil", "India"),
        ("The United States sold oil", "United States"),
        ("Is it so, or not", ""),
    ],
)
def test_a_heading_names_what_a_part_measures(
    heading: str, word: str, write: Write, registry: Registry
) -> None:
    story = [{"claim": "A-1", "heading": {"holds": heading}}]
    found = check(write([claim(test=QUANTITY)], story=story), registry)
    assert [m.what for m in found] == (
        [f"the heading names {word!r}, which no part of claim A-1 measures"] if word else []
    )
    assert all(m.file == "case.yaml" and m.line > 1 for m in found)


def test_a_coalition_covers_its_members(registry: Registry) -> None:
    names = registry.world.names_index
    members = frozenset(registry.world.countries_named("EU"))
    assert list(unmeasured("Germany buys", "", members, names)) == []
    assert list(unmeasured("Norway buys", "", members, names)) == ["Norway"]


# every metric and dimension ---------------------------------------------------------------------

PEOPLE = {"partner": "Russia", "importer": "India", "opponent": "Russia", "origin": "Russia"}
LOOSE: dict[str, Any] = {
    "entity": "CHN",
    "route": "Power of Siberia",
    "year": 2022,
    "date": "2022",
    "quota": 0.5,
    "threshold": 0.5,
}


def place(metric: Metric) -> dict[str, Any]:
    """A place in the right form; not all have an answer."""
    out: dict[str, Any] = {}
    for d in metric.dims:
        if d.kind == "country":
            out[d.name] = PEOPLE.get(d.name, "China")
        elif d.required or d.name in LOOSE:
            out[d.name] = d.values[0] if d.values else LOOSE[d.name]
    return out


def wrong(metric: Metric, dim: Dimension) -> Iterator[Any]:
    yield from ("", "  ", "x" * 5000, True, {"a": 1}, [])
    if not metric.takes_many(dim):
        yield [*dim.values[:2]] if len(dim.values) > 1 else ["China", "India"]
    yield from {
        "choice": ("nonsense", 3.5, ["nonsense"]),
        "country": ("Rusland", 5, ["China", "Rusland"]),
        "year": ("soon", "22", 2022.5, 99, "2022-03"),
        "date": ("22.03.2023", "2023-3-22", 22.5),
        "number": ("many", "0,5", "1_000"),
        "text": (),
    }[dim.kind]


def test_whatever_is_wrong_in_any_dimension_is_refused_in_a_line(
    write: Write, registry: Registry
) -> None:
    tests: list[dict[str, Any]] = []
    for _, metric in registry.metrics.values():
        for dim in metric.dims:
            for value in wrong(metric, dim):
                where = place(metric) | {dim.name: value}
                tests.append({"metric": metric.name, "where": where, "equals": 1})
    assert len(tests) > 1500
    for start in range(0, len(tests), 2000):
        some = {f"A-{k}": t for k, t in enumerate(tests[start : start + 2000])}
        folder = write([])
        rows = json.dumps([claim(k, test=t) for k, t in some.items()])
        (folder / "claims.yaml").write_text(rows, "utf-8")
        found = check(folder, registry)
        refused = {m.where.split(",")[0].removeprefix("claim ") for m in found}
        assert [t for k, t in some.items() if k not in refused] == []
        for m in found:
            assert str(m).isprintable()
            assert " failed: " not in str(m)
            assert (m.file, m.severity) == ("claims.yaml", "error")


# what a typed figure can be ---------------------------------------------------------------------


def row(value: float, unit: str, **more: Any) -> dict[str, Any]:
    return {"says": "x", "value": value, "unit": unit, "date": "2022", "source": "s", **more}


@pytest.mark.parametrize(
    ("value", "unit", "wrong"),
    [
        (120, "percent", "120 percent is beyond the whole"),
        (-1, "percent", "-1 percent is below nothing"),
        (45, "share", "45 share is beyond the whole"),
        (-3, "votes", "-3 votes is below nothing"),
        (-2.5, "Mt", "-2.5 Mt is below nothing"),
        (-3, "warheads", "-3 warheads is below nothing"),  # a unit of one's own: it is asked
        (100, "percent", ""),
        (0, "votes", ""),
        (-3, "pp", ""),
        (-40, "USD bn", ""),
        (-3, "percent a year", ""),
    ],
)
def test_a_typed_figure_lies_within_its_unit_or_says_that_it_need_not(
    value: float, unit: str, wrong: str, write: Write, registry: Registry
) -> None:
    test = {"evidence": "e", "above": 1 if unit not in ("share",) else 0.5}
    said = check(write([claim(test=test)], evidence={"e": row(value, unit)}), registry)
    assert [m.what.partition(":")[0] for m in said] == ([wrong] if wrong else [])
    assert [m.severity for m in said] == (
        ["warning" if unit == "warheads" else "error"] if wrong else []
    )
    free = {"e": row(value, unit, beyond=True)}
    assert check(write([claim(test=test)], evidence=free), registry) == []


@pytest.mark.parametrize(
    ("unit", "rule", "says"),
    [
        ("percent", {"above": 100}, "fails whatever is read"),
        ("percent", {"at_least": 0}, "passes whatever is read"),
        ("percent", {"between": [-5, 0]}, ""),
        ("share", {"above": 50}, "fails whatever is read"),
        ("votes", {"below": 0}, "fails whatever is read"),
        ("percent", {"above": 1.5, "over": {"evidence": "other"}}, ""),
        ("percent", {"above": 150, "plus": [{"evidence": "other"}]}, ""),
        ("percent", {"above": 200, "plus": [{"evidence": "other"}]}, "fails whatever is read"),
        ("USD bn", {"below": 0}, ""),
        ("percent", {"below": 0}, "it lies between 0 and 100 percent"),
        ("percent", {"above": 2, "unit": "share"}, "it lies between 0 and 1 share"),
        ("votes", {"below": -1, "over": {"evidence": "other"}}, "the ratio is never below 0"),
    ],
)
def test_a_bound_that_a_typed_figure_can_never_reach_is_refused(
    unit: str, rule: dict[str, Any], says: str, write: Write, registry: Registry
) -> None:
    rows = {"e": row(0.5, unit), "other": row(0.25, unit)}
    folder = write([claim(test={"evidence": "e", **rule})], evidence=rows)
    found = [m for m in check(folder, registry) if m.severity == "error"]
    assert [says in m.what for m in found] == ([True] if says else [])
    assert all("`beyond: true`" in m.hint for m in found)
    free = {k: {**r, "beyond": True} for k, r in rows.items()}
    folder = write([claim(test={"evidence": "e", **rule})], evidence=free)
    assert [m for m in check(folder, registry) if m.severity == "error"] == []
