"""Trade between states by year, from whichever table has it; distances; what is not known."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from multipolar.claims.mistakes import CaseMistakes
from multipolar.engines import Reading, Registry
from multipolar.engines.record import engine
from multipolar.errors import DataError, DataMissing, EngineError
from multipolar.policy import BASELINE
from multipolar.run import run_case
from multipolar.world import World
from multipolar.world.store import put, user_folder

WORLD = World.load()
REGISTRY = Registry(WORLD, {"record": engine})
OUTCOME = engine.solve(engine.prepare(WORLD, BASELINE), {})
TRADE = "merchandise.trade_value"


def read(name: str, **where: Any) -> Reading:
    metric = REGISTRY.find(name)[1]
    return OUTCOME.read(name, REGISTRY.resolve(metric, where, complete=True))


def trade(exporter: str, importer: str, year: int, **more: Any) -> Reading:
    return read(TRADE, exporter=exporter, importer=importer, year=year, **more)


def number(found: Reading) -> float:
    assert isinstance(found.value, float)
    return found.value


# which table


@pytest.mark.parametrize(
    ("exporter", "importer", "year", "table"),
    [
        ("China", "Russia", 2016, "trade_history"),
        ("Russia", "China", 2022, "russia_trade"),
        ("Germany", "France", 2022, "io_2022"),
        ("Uzbekistan", "China", 2023, "trade_partners"),
    ],
)
def test_a_reading_says_which_table_it_is_of(
    exporter: str, importer: str, year: int, table: str
) -> None:
    found = trade(exporter, importer, year)
    assert found.chosen == table
    assert f"Read from {table}" in found.note
    again = trade(exporter, importer, year, source=table)
    assert (again.value, again.evidence) == (found.value, found.evidence)


def test_central_asian_states_are_read_in_2023() -> None:
    """Shares of the World Factbook: China 63% of what Turkmenistan sells, and so on."""
    for country, share in {"KAZ": 16, "TKM": 63, "UZB": 7}.items():
        place = {"country": country, "flow": "exports", "partner": "CHN", "year": 2023}
        assert read("merchandise.trade_share", **place).value == share
    for country in ("KGZ", "TJK"):
        place = {"country": country, "flow": "imports", "partner": "CHN", "year": 2023}
        assert number(read("merchandise.trade_share", **place)) > 20


def test_what_only_the_importer_lists_is_said_to_be_so() -> None:
    found = trade("China", "Kazakhstan", 2023)
    assert "By the importer" in found.note
    assert number(found) == pytest.approx(0.28 * 72723, rel=1e-6)  # 28% of USD 72.723 bn


def test_outside_the_five_largest_nothing_is_known() -> None:
    with pytest.raises(DataMissing, match="not among the five largest") as gap:
        trade("Uzbekistan", "France", 2023)
    assert "sells most to CHE, CHN, GBR, RUS, TUR" in gap.value.hint


def test_a_year_no_table_has_is_said_with_those_there_are() -> None:
    with pytest.raises(DataMissing, match="no table of trade between states has 2019") as gap:
        trade("China", "Russia", 2019)
    assert "2012, 2016, 2021, 2022, 2023" in gap.value.hint


# what is not reported


def test_who_did_not_report_sold_what_is_not_known() -> None:
    with pytest.raises(DataMissing, match="Soviet Union did not report") as gap:
        trade("Soviet Union", "USA", 1980)
    assert "what others sold to it is there" in gap.value.hint
    assert number(trade("USA", "USSR", 1980)) == pytest.approx(1509, abs=1)
    with pytest.raises(DataMissing, match="Uzbekistan did not report"):
        trade("Uzbekistan", "China", 2016)


def test_a_reporter_without_a_flow_has_none_but_for_what_it_does_not_tell() -> None:
    rows = WORLD.table("trade_history")
    rows = rows[(rows["year"] == 2016) & (rows["exporter"] == "ISL")]
    assert "TKM" not in set(rows["importer"].astype(str))
    found = trade("Iceland", "Turkmenistan", 2016)
    assert found.value == 0
    assert "reported and has no such flow" in found.note
    untold = rows[rows["importer"] == "XXX"]["value_usd"].sum() / 1e6
    assert found.error == pytest.approx(untold)


@pytest.mark.parametrize(
    ("year", "importer", "published"),
    [
        # US International Trade Commission, Shifts in U.S. Merchandise Trade 2016, total exports
        (2012, "World", 1_545_821),
        (2016, "World", 1_453_721),
        # US Census Bureau, in Maritime Professional, February 2017
        (2016, "China", 115_800),
        (2016, "Canada", 266_800),
        (2016, "Mexico", 231_000),
        (2016, "Japan", 63_300),
    ],
)
def test_american_exports_are_short_and_say_so(year: int, importer: str, published: float) -> None:
    found = trade("USA", importer, year)
    assert number(found) < 0.8 * published
    assert number(found) + found.error == pytest.approx(published, rel=0.08)
    assert "short here of what it publishes" in found.note
    assert "short" not in trade("Germany", importer, year).note


def test_parts_add_up_to_the_world() -> None:
    rows = WORLD.table("trade_history").query("year == 2016")
    rows = rows[rows["exporter"].astype(str) != rows["importer"].astype(str)]
    assert number(trade("World", "World", 2016)) == pytest.approx(rows["value_usd"].sum() / 1e6)
    own = rows[rows["exporter"] == "BRA"]["value_usd"].sum() / 1e6
    assert number(trade("Brazil", "World", 2016)) == pytest.approx(own)


# former states and unions


def test_a_state_inside_another_is_refused_with_the_other() -> None:
    with pytest.raises(DataMissing, match="Belgium is part of Belgium-Luxembourg"):
        trade("USA", "Belgium", 1996)
    assert number(trade("USA", "Belgium-Luxembourg", 1996)) > 10_000
    with pytest.raises(DataMissing, match=r"Serbia is part of .* from 1992 to 2005"):
        trade("Serbia", "Germany", 2004)
    both = number(trade("EU", "China", 2016))
    members = [c for c in WORLD.countries_named("EU", "2016") if c not in ("BEL", "LUX")]
    apart = sum(number(trade(c, "China", 2016)) for c in [*members, "Belgium-Luxembourg"])
    assert both == pytest.approx(apart)


def test_a_state_that_was_smaller_or_larger_says_so() -> None:
    assert "Federal Republic alone" in trade("Germany", "France", 1988).note
    assert "Federal" not in trade("Germany", "France", 1992).note
    assert "To 2011 Comtrade has South Sudan in Sudan." in trade("France", "Sudan", 2008).note


def test_a_former_state_is_refused_where_no_table_has_it() -> None:
    with pytest.raises(DataError, match="Soviet Union ended in 1991") as refused:
        read("population.people", country="Soviet Union", year=1980)
    assert refused.value.hint.startswith("name Russia, Ukraine")


def test_a_former_state_is_read_by_name_wherever_a_table_has_it() -> None:
    gas = {"fuel": "gas", "year": 1991}
    # Economics and Life, a Soviet weekly, in Hankyung, 24 October 1991: 603 bcm in nine months
    soviet = number(read("energy_balance.quantity_produced", country="Soviet Union", **gas))
    assert soviet == pytest.approx(603 * 12 / 9, rel=0.02)
    # Review of the Soviet coal industry in 1985 (OSTI 5231795): 726 million tonnes gross
    coal = {"country": "USSR", "fuel": "coal", "year": 1985}
    assert number(read("energy_balance.quantity_produced", **coal)) == pytest.approx(726, rel=0.1)
    assert number(read("votes.ideal_point", country="Czechoslovakia", year=1980)) < -1
    assert number(read("conflicts.count", country="Yugoslavia", year=1991)) > 0
    west = trade("West Germany", "France", 1988)
    assert west.value == trade("Germany", "France", 1988).value
    with pytest.raises(DataError, match="West Germany ended in 1990"):
        trade("West Germany", "France", 2012)


CRUDE = {"commodity": "crude", "exporter": "Russia"}


@pytest.mark.parametrize(
    ("state", "whole", "last"),
    [
        ("Serbia", "Serbia and Montenegro", 2005),
        ("Montenegro", "Serbia and Montenegro", 2005),
        ("Luxembourg", "Belgium", 1998),
        ("Namibia", "South Africa", 1999),
        ("Curacao", "Netherlands Antilles", 2010),
        ("South Sudan", "Sudan", 2011),
    ],
)
def test_energy_of_a_state_inside_another_is_never_nothing(
    state: str, whole: str, last: int
) -> None:
    for year in (1995, last):
        with pytest.raises(DataMissing, match=f"is part of {whole} .* to {last}") as gap:
            read("energy.trade_value", **CRUDE, importer=state, year=year)
        assert f"a year from {last + 1} on" in gap.value.hint


def test_energy_by_year_has_a_gap_where_a_state_was_inside_another() -> None:
    place = REGISTRY.resolve(
        REGISTRY.find("energy.trade_value")[1],
        {**CRUDE, "importer": "Serbia"},
        complete=False,
    )
    years = OUTCOME.array("energy.trade_value", place).to_series()
    assert years.loc[:2005].isna().all()
    assert years.loc[2006] > 1000  # Serbia's imports begin with its own rows


def test_the_union_is_read_by_its_name_and_said_beside_its_core() -> None:
    found = read("energy.trade_value", **CRUDE, importer="Serbia and Montenegro", year=2003)
    assert number(found) > 0
    coal = read(
        "energy.trade_value",
        exporter="South Africa",
        importer="Germany",
        commodity="coal",
        year=1997,
    )
    assert "Botswana, Lesotho, Namibia, Eswatini in South Africa" in coal.note


def test_no_flow_between_two_that_report_nothing_is_not_nothing() -> None:
    at = {"commodity": "crude", "exporter": "Turkmenistan", "year": 2018}
    with pytest.raises(DataMissing, match="neither reports its trade"):
        read("energy.trade_value", **at, importer="North Korea")
    found = read("energy.trade_value", **{**at, "exporter": "France"}, importer="Japan")
    assert found.value == 0
    assert found.note == "No flow is on record."


# readings that are compared are of one table


def judged(folder: Path, test: dict[str, Any]) -> Any:
    claim = {
        "id": "A-1", "source": "A", "paragraph": 1, "kind": "record", "speaker": "the author",
        "topic": "trade", "says": "Trade has grown.", "chosen": "Trade.", "test": test,
    }  # fmt: skip
    content = {
        "schema": 1, "case": "grown", "title": "Growth", "deck": "For tests.",
        "as_of": "2026-11-01", "engines": ["record"],
        "sources": {"A": {"title": "On trade", "author": "Nobody", "stance": "Says it."}},
        "claims": [claim],
    }  # fmt: skip
    folder.mkdir()
    (folder / "case.yaml").write_text(yaml.safe_dump(content), "utf-8")
    how: dict[str, Any] = {"draws": 1, "seed": 1, "workers": 1, "progress": False}
    return run_case(folder, registry=REGISTRY, cache=False, **how).verdicts[0]


def test_two_years_of_two_tables_are_not_compared(tmp_path: Path) -> None:
    where = {"exporter": "Germany", "importer": "France", "year": 2022}
    test = {"metric": TRADE, "where": where, "rises": {"since": {"year": 2016}, "by": 0.0}}
    with pytest.raises(CaseMistakes, match="io_2022 and trade_history here") as refused:
        judged(tmp_path / "mixed", test)
    assert "no table has all of it" in str(refused.value)
    grown = {"exporter": "China", "importer": "USA", "year": 2016}
    since = {"since": {"year": 2008}, "by": 0.0}
    verdict = judged(tmp_path / "one", {"metric": TRADE, "where": grown, "rises": since})
    assert verdict.verdict == "holds"  # 252 bn in 2008, 385 bn in 2016
    pair = {"exporter": "Russia", "importer": "China", "year": 2022}
    rising = {"metric": TRADE, "where": pair, "rises": {"since": {"year": 2021}, "by": 0.0}}
    verdict = judged(tmp_path / "partners", rising)
    assert verdict.verdict == "depends"  # 79.6 and 114.2 bn of the same customs, 15% either way


def test_what_two_tables_have_in_common_is_named(tmp_path: Path) -> None:
    where = {"exporter": "Russia", "importer": "China", "year": 2022}
    rival = {"where": {"exporter": "USA", "importer": "China", "year": 2022}}
    test = {"metric": TRADE, "where": where, "exceeds": rival}
    with pytest.raises(CaseMistakes, match="add source: io_2022 to each place"):
        judged(tmp_path / "rival", test)
    own = {"where": {**rival["where"], "source": "io_2022"}}
    told = {**test, "where": {**where, "source": "io_2022"}, "exceeds": own}
    assert judged(tmp_path / "told", told).verdict == "fails"


# labelled answers


def test_an_array_is_of_one_table_and_says_what_readings_say() -> None:
    metric = REGISTRY.find(TRADE)[1]
    place = REGISTRY.resolve(metric, {"importer": "China", "year": 2016}, complete=False)
    column = OUTCOME.array(TRADE, place).to_series()
    assert column["JPN"] == trade("Japan", "China", 2016).value
    assert np.isnan(column["UZB"])
    assert "XXX" not in column.index
    whole = number(trade("World", "China", 2016))
    assert column.sum() == pytest.approx(whole)
    place = REGISTRY.resolve(metric, {"importer": "China", "year": 2022}, complete=False)
    column = OUTCOME.array(TRADE, place).to_series()  # the one table with all pairs of 2022
    assert column["RUS"] == trade("Russia", "China", 2022, source="io_2022").value


def test_shares_of_all_partners_add_up() -> None:
    name = "merchandise.trade_share"
    at = {"country": "Japan", "flow": "exports", "year": 2016}
    column = OUTCOME.array(name, REGISTRY.resolve(REGISTRY.find(name)[1], at, complete=False))
    found = column.to_series()
    untold = WORLD.table("trade_history").query("year == 2016 and exporter == 'JPN'")
    rest = untold[untold["importer"] == "XXX"]["value_usd"].sum() / untold["value_usd"].sum()
    assert found.sum() == pytest.approx(100 * (1 - rest))
    assert found["USA"] == pytest.approx(float(read(name, **at, partner="USA").value))


# a user's BACI


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("MULTIPOLAR_DATA", str(tmp_path / "data"))
    rows = [
        ("CHN", "RUS", "84", 90e9), ("CHN", "RUS", "87", 20e9), ("RUS", "CHN", "27", 60e9),
        ("DEU", "BLX", "84", 5e9), ("TKM", "CHN", "27", 9e9), ("CHN", "PRK", "10", 1e9),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["exporter", "importer", "hs2", "value"])
    table = table.assign(section="XVI", quantity=1.0, unquantified=0.0)
    kinds = dict.fromkeys(("value", "quantity", "unquantified"), "number")
    fields = [
        {"name": c, "type": kinds.get(c, "string"), "unit": "", "description": c} for c in table
    ]
    entry = {
        "name": "baci_2019", "format": "parquet", "title": "BACI", "description": "of a test",
        "version": "V1", "date": "2026-01-01", "schema": {"fields": fields},
        "sources": [{"title": "CEPII, BACI", "path": ""}], "licenses": [{"name": "Etalab"}],
    }  # fmt: skip
    content = io.BytesIO()
    table.to_parquet(content, index=False)
    put(user_folder(), entry, content.getvalue())
    return World.load()


def test_a_year_of_baci_that_was_added_comes_first(added: World) -> None:
    outcome = engine.solve(engine.prepare(added, BASELINE), {})

    def value(exporter: str, importer: str) -> Reading:
        return outcome.read(TRADE, {"exporter": exporter, "importer": importer, "year": 2019})

    assert value("CHN", "RUS").value == pytest.approx(110e3)
    assert value("CHN", "RUS").chosen == "baci"
    assert value("DEU", "BEL").value == pytest.approx(5e3)  # with Luxembourg, in this year's code
    assert value("RUS", "DEU").value == 0
    with pytest.raises(DataMissing, match="no trade at all"):
        value("FRA", "CHN")
    with pytest.raises(DataMissing, match="neither reports its trade"):
        value("TKM", "PRK")


def test_goods_of_baci_follow_one_rule_by_whichever_metric(added: World) -> None:
    """Turkmenistan and North Korea do not report their trade: theirs with one another is unknown."""
    outcome = engine.solve(engine.prepare(added, BASELINE), {})
    place: dict[str, Any] = {"year": 2019}
    squares = [outcome.labelled(name, place) for name in ("baci.value", TRADE)]
    for square in squares:
        for exporter, importer, value in (
            ("CHN", "RUS", 110e3),
            ("RUS", "DEU", 0.0),
            ("TKM", "PRK", np.nan),
            ("PRK", "TKM", np.nan),
            ("CHN", "CHN", np.nan),
        ):
            cell = square.sel(exporter=exporter, importer=importer).item()
            assert cell == pytest.approx(value, nan_ok=True), (exporter, importer)
            place = {"exporter": exporter, "importer": importer, "year": 2019}
            if np.isfinite(value):
                assert outcome.read("baci.value", place).value == pytest.approx(value)
            else:
                # a state with itself is refused by the gate, whatever the table has
                with pytest.raises(EngineError if exporter == importer else DataMissing):
                    outcome.read("baci.value", place)
    both = {"exporter": ("TKM", "CHN"), "importer": "PRK", "year": 2019}
    found = outcome.read("baci.value", both)
    assert found.value == 1e3
    assert "Of 2 pairs, 1 have no flow listed, and it may be unknown." in found.note
    sold = outcome.labelled("baci.value", {"exporter": "TKM", "year": 2019})
    assert sold.sel(importer="CHN").item() == 9e3
    assert "PRK" not in sold.importer or sold.sel(importer="PRK").isnull()


def test_an_array_says_which_table_it_is_of() -> None:
    """A reading of Russia in 2022 is of its own table, which does not have all pairs."""
    array = OUTCOME.array(
        TRADE, REGISTRY.resolve(REGISTRY.find(TRADE)[1], {"year": 2022}, complete=False)
    )
    assert "All read from io_2022" in array.attrs["note"]
    assert "one reading may be of russia_trade" in array.attrs["note"]
    assert "OECD" in array.attrs["source"]
    assert trade("Russia", "China", 2022).chosen == "russia_trade"
    one = trade("Russia", "China", 2022, source="io_2022")
    assert array.sel(exporter="RUS", importer="CHN").item() == pytest.approx(number(one))


# distances


def test_how_far_and_what_is_shared() -> None:
    pair = {"country": "China", "partner": "Russia"}
    assert read("distance.km", **pair).value == 5795
    assert read("distance.km", country="Russia", partner="China").value == 5795
    assert read("distance.border", **pair).value == "yes"
    assert read("distance.colony", country="India", partner="Britain").value == "yes"
    assert read("distance.language", country="Brazil", partner="Portugal").value == "yes"
    serbia = read("distance.km", country="Serbia", partner="Russia")
    assert "as Serbia and Montenegro" in serbia.note
    with pytest.raises(DataMissing, match="Montenegro is part of Serbia and Montenegro"):
        read("distance.km", country="Montenegro", partner="Russia")
    with pytest.raises(EngineError, match="are the same, CHN"):
        read("distance.km", country="China", partner="China")


def test_a_border_that_two_sources_see_differently_has_both() -> None:
    found = read("distance.border", country="Botswana", partner="Zambia")
    assert found.value == "no"
    assert [s.value for s in found.alternatives] == ["yes"]
    # South Sudan has left since GeoDist was made: no other opinion, only older
    assert read("distance.border", country="Sudan", partner="Uganda").alternatives == ()
