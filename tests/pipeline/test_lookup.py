"""One figure with its sources and coverage; tables; and errors that say what there is."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

import multipolar as mp
from multipolar import inquiries
from multipolar.cli import main
from multipolar.engines import Dimension, Registry
from multipolar.engines.coverage import as_json, coverage, spelt
from multipolar.errors import DataMissing, EngineError, MultipolarError, ScenarioError
from multipolar.pipeline.lookup import read, scenario_named
from multipolar.pipeline.same import _records
from multipolar.world import World

CRUDE = {"exporter": "Russia", "importer": "China", "commodity": "crude"}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.default(World.load())


def test_a_figure_is_that_of_its_table(registry: Registry) -> None:
    table = registry.world.table("energy_trade").set_index(["exporter", "importer", "year"])
    rows = table[table["commodity"] == "crude"]
    found = read("energy.trade_value", registry=registry, **CRUDE, year=2022)
    assert found.value == pytest.approx(rows.loc[("RUS", "CHN", 2022), "value_usd"] / 1e6)
    assert found.unit == "USD mn"
    assert found.reading is not None and found.reading.evidence[0].source.startswith("CEPII")
    assert found.coverage["year"][0] == 1995
    # the rest as asked: whom China bought crude from in 2022
    bought = rows.xs(("CHN", 2022), level=("importer", "year"))
    assert set(found.coverage["exporter"]) == set(
        bought[bought["quality"] != "missing_partner"].index
    )


def test_public_and_lazy() -> None:
    assert mp.read is read
    assert {"read", "find"} <= set(mp.__all__)
    code = "import sys, multipolar; multipolar.find; print('pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_sources_that_disagree_are_all_there(registry: Registry) -> None:
    facts = registry.world.table("facts")
    several = facts[facts["value"].notna()].groupby(["series", "entity", "date", "unit"])["value"]
    apart = several.agg(["nunique", "size"])
    place = apart[apart["nunique"] > 1].index[0]
    found = read(place[0], entity=place[1], date=place[2], registry=registry)
    assert found.reading is not None
    assert len(found.reading.alternatives) + len(found.reading.evidence) == apart["size"][place]
    assert found.reading.alternatives


def test_a_series_is_read_by_its_name(registry: Registry) -> None:
    whole = {"series": "gdp.ppp", "entity": "CHN", "date": "2022"}
    short = read("gdp.ppp", entity="China", date=2022, registry=registry)
    assert short.value == read("facts.value", registry=registry, **whole).value
    assert short.about == "GDP at purchasing power parity, current international dollars"
    with pytest.raises(EngineError, match="is a series already"):
        read("gdp.ppp", registry=registry, **whole)


def test_a_list_adds_up_or_has_a_row_each(registry: Registry) -> None:
    one, other = (read("gdp.share", country=c, registry=registry).value for c in ("China", "India"))
    both = read("gdp.share", country=["China", "India"], registry=registry)
    assert both.value == pytest.approx(one + other)  # type: ignore[operator]
    rows = read("coalitions.size", group=["G7", "EU"], date="2019", registry=registry).rows
    assert [(r["group"], r["value"]) for r in rows] == [("G7", 7.0), ("EU", 28.0)]


@pytest.mark.parametrize(
    ("metric", "where", "along"),
    [
        ("energy.trade_value", {**CRUDE, "exporter": "*", "year": 2022}, "exporter"),
        ("energy.trade_value", {**CRUDE, "year": "*"}, "year"),
        ("production.share", {"country": "*", "commodity": "cobalt", "year": 2023}, "country"),
        ("governance.estimate", {"country": "Russia", "year": "*"}, "year"),
        ("gdp.ppp", {"entity": "*", "date": "2022"}, "entity"),
        ("russia.trade_value", {"flow": "exports", "partner": "China", "year": "*"}, "year"),
        ("coalitions.joined", {"group": "EU", "country": "*"}, "country"),
        ("votes.choice", {"country": "India", "resolution": "*"}, "resolution"),
    ],
)
def test_a_table_says_what_readings_say(
    registry: Registry, metric: str, where: dict[str, Any], along: str
) -> None:
    table = read(metric, registry=registry, **where)
    assert table.rows
    for row in (table.rows[0], table.rows[len(table.rows) // 2], table.rows[-1]):
        found = read(metric, registry=registry, **{**where, along: row[along]})
        assert (found.value, found.unit) == (pytest.approx(row["value"]), row["unit"]) or (
            found.value == row["value"]
        )
    assert list(table.frame().columns)[-2:] == ["value", "unit"]
    with pytest.raises(EngineError, match="read as a table"):
        _ = table.value


def test_every_label_of_a_table_of_the_record_is_read(registry: Registry) -> None:
    """What is covered has figures: the first and the last word of each dimension."""
    for metric, place in {
        "energy.trade_quantity": {**CRUDE, "year": 2021},
        "minerals.trade_value": {"exporter": "COD", "importer": "CHN", "year": 2022,
                                 "commodity": "cobalt_unwrought"},
        "production.quantity": {"country": "CHN", "commodity": "lithium", "year": 2022},
        "governance.estimate": {"country": "CHN", "year": 2022},
        "military.spending": {"entity": "RUS", "date": "2022"},
        "gdp.share": {"country": "CHN"},
        "votes.choice": {"country": "CHN", "resolution": "A/RES/ES-11/1"},
        "russia.trade_share": {"flow": "imports", "year": 2022, "partner": "CHN"},
    }.items():  # fmt: skip
        found = read(metric, registry=registry, **place)
        for dim in place:
            words = found.coverage[dim]
            assert words, (metric, dim)
            for word in (words[0], words[-1]):
                assert read(metric, registry=registry, **{**place, dim: word}).reading, (dim, word)


@pytest.mark.parametrize(
    ("metric", "where", "said"),
    [
        ("energy.trade_value", CRUDE, "year is not given.*1995-2024"),
        ("energy.trade_value", {**CRUDE, "year": 1990}, "1995"),
        ("governance.estimate", {"country": "Russia", "year": 1997}, "1996, 1998, 2000, 2002-"),
        ("crude.deliveries", {"entity": "RUS-CHN", "date": "1999"}, "2018"),
        ("crude.deliveries", {"entity": "RUS-CHN"}, r"date is not given.*add date=\*.*2018"),
        ("crude.deliveries", {"date": "2022"}, "entity is not given.*RUS-CHN, SAU-CHN"),
        ("russia.trade_value", {"flow": "exports", "year": 2022, "partner": "Brazil"}, "CHN, IND"),
        ("coalitions.joined", {"group": "NATO", "country": "China"}, "coalitions.member"),
        ("energy.trade_value", {**CRUDE, "commodity": "oil", "year": 2022}, "no 'oil'"),
        ("energy.trade_value", {**CRUDE, "years": 2022}, "no dimension 'years'.*'year'"),
        ("energy.trade_valu", {}, "did you mean 'energy.trade_value'"),
        ("money.payment_cost", {"exporter": "*"}, "importer is not given.*80 places"),
        ("gas.flow", {"exporter": "RUS", "importer": "CHN", "year": 2050}, "2021 to 2035"),
    ],
)
def test_what_is_not_there_is_answered_with_what_there_is(
    registry: Registry, metric: str, where: dict[str, Any], said: str
) -> None:
    with pytest.raises(MultipolarError, match=said) as fault:
        read(metric, registry=registry, **where)
    assert "\n" not in str(fault.value)


def test_a_gap_stays_one_that_an_author_can_tell(registry: Registry) -> None:
    with pytest.raises(DataMissing):
        read("governance.estimate", country="Russia", year=1997, registry=registry)


def test_scenarios_go_by_name_of_a_bundled_case(registry: Registry, tmp_path: Any) -> None:
    assert scenario_named(None).name == scenario_named("baseline").name == "baseline"
    named = scenario_named("moscow-2023:china-joins")
    assert {m.measure for m in named.measures} == {"embargo"}
    with pytest.raises(ScenarioError, match="did you mean 'west-embargo-russia'"):
        scenario_named("west-embargo")
    with pytest.raises(ScenarioError, match="no bundled case"):
        scenario_named("moscow:china-joins")
    file = tmp_path / "ban.yaml"
    file.write_text("{name: ban, measures: [{measure: ally, members: [China, Russia]}]}")
    assert scenario_named(str(file)).name == scenario_named(file).name == "ban"
    with pytest.raises(EngineError, match="does not"):  # the record answers no measures
        read("gdp.share", named, country="China", registry=registry)


def test_coalitions_are_those_of_the_date(registry: Registry) -> None:
    def member(group: str, country: str, date: str) -> Any:
        return read(
            "coalitions.member", group=group, country=country, date=date, registry=registry
        ).value

    assert member("NATO", "Finland", "2023-04-03") == "no"
    assert member("NATO", "Finland", "2023-04-04") == "yes"
    assert member("EU", "United Kingdom", "2020-01-30") == "yes"
    assert member("EU", "United Kingdom", "2020") == "no"
    assert member("BRICS", "Iran", "2023") == "no"
    assert read("coalitions.size", group="BRICS", date="2023", registry=registry).value == 5.0
    joined = read("coalitions.joined", group="NATO", country="Sweden", registry=registry)
    assert (joined.value, joined.unit) == ("2024-03-07", "date")
    world = registry.world
    for group in world.names_index.coalitions:
        try:
            size = read("coalitions.size", group=group, date="2022", registry=registry).value
        except DataMissing:  # it begins later
            with suppress(MultipolarError):
                assert not world.names_index.members(group, "2022")
        else:
            assert size == len(world.names_index.members(group, "2022"))


def test_russian_trade_is_that_of_its_table(registry: Registry) -> None:
    def value(**where: Any) -> Any:
        return read("russia.trade_value", year=2022, registry=registry, **where).value

    assert value(flow="exports", partner="China") == 114.15
    assert value(flow="exports") == value(flow="exports", partner="World") == 592.5
    assert value(flow="imports", partner=["EU", "India"]) == pytest.approx(58.13 + 2.80, abs=0.01)
    share = read(
        "russia.trade_share", flow="exports", year=2022, partner="China", registry=registry
    )
    assert share.value == pytest.approx(100 * 114.15 / 592.5)
    with pytest.raises(DataMissing, match="DEU: not apart"):
        value(flow="exports", partner="Germany")


def test_coverage_of_all_is_known_without_solving(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    for engine in registry.engines.values():
        monkeypatch.setattr(
            type(engine), "solve", lambda *_: pytest.fail("an engine is solved"), raising=False
        )
    for engine, metric in registry.metrics.values():
        found = coverage(registry, engine, metric)
        for dim in metric.dims:
            if dim.kind in ("country", "year"):
                assert dim.name in found, (metric.name, dim.name)
        json.dumps(as_json(metric, found))


@pytest.mark.parametrize(
    ("kind", "words", "said"),
    [
        ("year", (), "none"),
        ("year", (2022,), "2022"),
        ("year", (2019, 2020, 2022), "2019-2020, 2022"),
        ("year", tuple(range(2000, 2020, 2)), "2000-2018 with gaps (10 years)"),
        ("date", ("2022-01", "2023"), "2022-01, 2023"),
        ("date", tuple(f"20{n}" for n in range(10, 30)), "2010 to 2029 (20)"),
        ("country", ("CHN", "IND"), "CHN, IND"),
        ("text", tuple("abcdefghijklmn"), "14 words"),
    ],
)
def test_spans_are_spelt(kind: Any, words: tuple[Any, ...], said: str) -> None:
    assert spelt(Dimension("x", kind), words) == said


@pytest.fixture
def at_hand(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands find the engines loaded already."""
    monkeypatch.setattr(inquiries, "_registry", lambda: registry)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(list(words))
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.mark.usefixtures("at_hand")
def test_the_command_prints_one_figure(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "read", "military.spending", "entity=China", "date=2022")
    assert status == 0
    assert out.startswith("2")
    for part in ("USD bn", "SIPRI", "source:", "there is:", "entity=China"):
        assert part in out, part
    status, out, _ = run(capsys, "read", "gdp.share", "country=Korea, Republic of", "--json")
    found = json.loads(out)
    assert found["where"] == {"country": "KOR"}
    assert {"value", "unit", "evidence", "alternatives", "through", "error", "coverage"} <= set(
        found
    )


def test_error_and_last_day_are_printed_where_they_are_known(registry: Registry) -> None:
    found = read("gdp.share", country="BRICS", registry=registry)
    assert found.reading is not None
    plain = "\n".join(inquiries._shown(found, {}))
    told = replace(found.reading, error=0.5, error_of="rounding", through="2022-12-31")
    lines = "\n".join(inquiries._shown(replace(found, reading=told), {}))
    assert "error: ± 0.5 percent (rounding)\n  through: 2022-12-31\n" in lines
    assert "country=BRA+CHN+IND+RUS+ZAF\n" in plain


@pytest.mark.usefixtures("at_hand")
def test_the_command_prints_tables(capsys: pytest.CaptureFixture[str]) -> None:
    place = ("production.share", "country=China,Russia", "commodity=*", "year=2023")
    status, out, _ = run(capsys, "read", *place, "--csv")
    assert status == 0
    assert out.splitlines()[0] == "commodity,value,unit"
    status, out, _ = run(capsys, "read", *place)
    assert "rare_earths" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gdp.share", "country"], "'country' lacks a value"),
        (["gdp.share", "=China"], "'=China' lacks a value"),
        (["gdp.share", "country=China", "country=India"], "country is given twice"),
        (["gdp.share", "country="], "country is empty"),
        (["gdp.share", "land=China"], "no dimension 'land'"),
        (["gdp.shares", "country=China"], "did you mean 'gdp.share'"),
        (["gdp.share", "country=China", "--scenario", "nowhere"], "no scenario 'nowhere'"),
        (["gdp.share", "country=Atlantis"], "Atlantis"),
    ],
)
@pytest.mark.usefixtures("at_hand")
def test_mistakes_are_one_clear_line(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    status, out, err = run(capsys, "read", *words)
    assert (status, out) == (2, "")
    assert said in err and err.count("\n") == 1


def test_the_command_finds(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "find", "nuclear", "weapons")
    assert "warheads.inventory  [series]" in out
    _, out, _ = run(capsys, "find", "crude", "--json", "--most", "3")
    assert len(json.loads(out)) == 3
    _, out, _ = run(capsys, "find", "qqqq")
    assert out.startswith("nothing is about qqqq")


@pytest.mark.usefixtures("at_hand")
def test_metrics_show_what_they_cover(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "metrics", "energy.trade_value")
    for part in ("year 1995-2024", "year: calendar year", "1995-2024", "USA", "engine: record"):
        assert part in out or part == "year 1995-2024"
    _, out, _ = run(capsys, "metrics", "gas")
    assert {line.split(".")[0] for line in out.splitlines() if line[0] != " "} == {"gas"}
    _, out, _ = run(capsys, "metrics", "record")
    assert "facts.value" in out and "coalitions.size" in out and "gas.flow" not in out
    _, out, _ = run(capsys, "metrics", "facts.value")
    series = Registry.default(World.load()).metrics["facts.value"][1].dim("series").values
    assert all(f"\n{name} " in out for name in series)
    assert "..." not in out and "…" not in out
    _, out, _ = run(capsys, "metrics", "oil")
    assert "oil.consumption" in out
    _, out, _ = run(capsys, "metrics", "coalitions.size", "--json")
    assert json.loads(out)[0]["coverage"]["date"][0] == "1945-03-22"


def test_tables_show_what_they_cover(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "data", "show", "governance", "--rows", "0")
    assert "rows of 1996 to 2024; 213 states" in out


def test_a_series_called_as_a_metric_is_reached_by_its_own_dimensions(registry: Registry) -> None:
    place = {"entity": "*", "date": "*"}
    assert read("gas.price", registry=registry, **place).rows == (
        read("facts.value", registry=registry, series="gas.price", **place).rows
    )
    assert registry.find("gas.price")[1].name == "gas.price"  # by its own it stays the metric
    with pytest.raises(EngineError, match="no dimension"):
        read("gas.price", registry=registry, exporter="*")


@pytest.mark.parametrize("name", ["dollar", "US dollars", "usd"])
def test_a_currency_goes_by_its_names_in_a_series(registry: Registry, name: str) -> None:
    code = read("reserves.share", registry=registry, entity="USD", date="2022").value
    assert read("reserves.share", registry=registry, entity=name, date="2022").value == code


def test_what_a_model_computed_says_so_and_what_is_on_record(registry: Registry) -> None:
    """The price of gas in 2024 at the Dutch hub is the mean of the World Bank's twelve months."""
    found = read("gas.price", registry=registry, country="Germany", year=2024)
    first, *rest = inquiries._shown(found, registry.world.labels)
    assert first.splitlines()[0].startswith("not proven: ")
    assert first.splitlines()[0].endswith("computed by the engine gas, not a record")
    assert "10.9625 USD/MMBtu, prices.price commodity=gas_europe year=2024" in rest[0]
    (record,) = found.document()["recorded"]
    assert record["value"] == pytest.approx(10.96, abs=0.01)
    assert "not a record" in found.document()["computed"]
    # a record says nothing of the kind, and what no rule names or nobody recorded has none
    brent = read("prices.price", registry=registry, commodity="brent", year=2024)
    assert (brent.computed, brent.records) == ("", ())
    assert read("gas.price", registry=registry, country="China", year=2024).records == ()
    assert read("gas.price", registry=registry, country="Germany", year=2030).records == ()


def test_what_is_said_to_be_on_record_can_be_read(registry: Registry) -> None:
    for model, record, _ in _records():
        assert registry.find(model["metric"])[1].basis != "record"
        engine, metric = registry.find(record["metric"])
        assert (metric.basis or engine.basis) == "record"
        words = {k: v for k, v in record.items() if k != "metric" and "{" not in v}
        registry.resolve(metric, words, complete=False)
        names = {d.name for d in registry.find(model["metric"])[1].dims}
        assert {*model} - {"metric"} <= names


def test_figures_run_no_further_than_the_day_their_table_was_read(registry: Registry) -> None:
    read_on = registry.world.info("events").date
    events = registry.world.table("events")
    late = events[events["date"] > read_on]
    assert len(late)  # announced, and not there yet
    for event in late["event"]:
        found = read("events.date", registry=registry, event=event).reading
        assert found is not None and found.through == read_on


def test_votes_up_to_a_year_say_when_they_were_cast(registry: Registry) -> None:
    """No vote of the table is of 2024: the seven are of February 2022 to February 2023."""
    pair = {"country": "China", "partner": "Russia"}
    found = read("votes.agreement", registry=registry, **pair, year=2024).reading
    said = "7 votes, 25 February 2022 to 23 February 2023"
    assert found is not None and said in found.note
    table = read("votes.agreement", registry=registry, country="*", partner="Russia", year=2024)
    assert said in table.note
