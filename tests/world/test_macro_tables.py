"""The economy, prices, rates, energy and democracy: keys, gaps, known figures, sums."""

from __future__ import annotations

import pandas as pd
import pytest

from multipolar.world import World

SUMS = 1e-3  # parts beside the whole that the source prints: small islands are left out here


@pytest.fixture(scope="module")
def world() -> World:
    return World.load()


def series(world: World, name: str, publisher: str = "world-bank") -> pd.Series:
    rows = world.table("country_year")
    rows = rows[(rows["series"] == name) & (rows["publisher"] == publisher)]
    return rows.astype({"country": str}).set_index(["country", "year"])["value"]


def energy(world: World, name: str, fuel: str) -> pd.Series:
    rows = world.table("energy_year")
    rows = rows[(rows["series"] == name) & (rows["fuel"] == fuel)]
    return rows.astype({"country": str}).set_index(["country", "year"])["value"].astype(float)


@pytest.mark.parametrize(
    ("table", "keys", "value"),
    [
        ("country_year", ["country", "year", "series", "publisher"], "value"),
        ("energy_year", ["country", "year", "series", "fuel"], "value"),
        ("prices_monthly", ["commodity", "year", "month", "publisher"], "price"),
        ("fx_monthly", ["currency", "year", "month"], "rate"),
        ("democracy", ["country", "year", "index"], "value"),
    ],
)
def test_keys_are_unique_and_every_row_has_a_figure(
    world: World, table: str, keys: list[str], value: str
) -> None:
    rows = world.table(table)
    assert not rows.duplicated(keys).any()
    assert rows[[*keys, value]].notna().all(axis=None)


def test_a_series_of_one_publisher_is_from_one_edition(world: World) -> None:
    rows = world.table("country_year")
    by = rows.groupby(["series", "publisher"], observed=True)
    assert (by[["vintage", "source", "unit"]].nunique() == 1).all(axis=None)
    energy_rows = world.table("energy_year")
    assert (energy_rows.groupby("series", observed=True)["vintage"].nunique() == 1).all()


def test_codes_are_states_of_today_or_named_ones_that_are_gone(world: World) -> None:
    known = {*world.table("countries")["iso3"], "WLD"}
    for table in ("country_year", "democracy"):
        assert set(world.table(table)["country"]) <= known, table
    gone = set(world.table("energy_year")["country"]) - known
    assert gone == {"ANT", "CSK", "DDR", "SCG", "SUN", "YUG"}


def test_product_is_that_of_the_world_bank(world: World) -> None:
    """Figures of 2024 as the World Bank printed them, trillions."""
    product = series(world, "gdp")
    for code, trillions in (
        ("USA", 29.18), ("CHN", 18.74), ("RUS", 2.17), ("IND", 3.91), ("WLD", 111.25),
    ):  # fmt: skip
        assert product[code, 2024] / 1e12 == pytest.approx(trillions, abs=0.006), code
    members = product.drop("WLD", level="country").groupby("year").sum()
    share = members / product.xs("WLD")
    assert share.between(0.93, 1.001).all()  # Taiwan, North Korea, states of no figure that year
    assert share.loc[1992:2022].min() > 0.985


def test_growth_is_computed_from_heads_and_has_its_sign(world: World) -> None:
    """US growth of 2020 to 2022 and Ukraine's of 2022 as the World Bank prints them."""
    ours, cia = series(world, "growth"), series(world, "growth", "cia")
    for code, year, percent in (("USA", 2020, -2.2), ("USA", 2021, 6.1), ("UKR", 2022, -28.8)):
        assert ours[code, year] == pytest.approx(percent, abs=0.5), (code, year)
    assert cia["UKR", 2022] == -28.8
    both = pd.concat([ours, cia], axis=1, join="inner").to_numpy()
    same = ((both[:, 0] < 0) == (both[:, 1] < 0))[abs(both).max(axis=1) > 3]
    assert same.mean() > 0.99  # Bermuda of 2023 was revised


def test_consumer_prices_are_no_deflator(world: World) -> None:
    """American consumer prices rose by 8.0% in 2022 and 4.1% in 2023 (BLS); the deflator by less."""
    ours = series(world, "inflation")
    assert ours["USA", 2022] == pytest.approx(8.0, abs=0.05)
    assert ours["USA", 2023] == pytest.approx(4.1, abs=0.05)


def test_deficits_are_below_zero(world: World) -> None:
    current = series(world, "current_account", "cia")
    assert current["USA", 2024] < -1e12 < 0 < current["CHN", 2024]


def test_the_last_figures_of_spending_lead_to_the_facts(world: World) -> None:
    """SIPRI printed 778 and 61.7 bn for 2020; the fact for 2024 is 997 and 149, in facts."""
    spent = series(world, "military_spending") / 1e9
    assert spent["USA", 2020] == pytest.approx(778, abs=0.5)
    assert spent["RUS", 2020] == pytest.approx(61.7, abs=0.05)
    facts = world.table("facts")
    facts = facts[(facts["series"] == "military.spending") & (facts["date"] == "2024")]
    by = facts.drop_duplicates("entity").set_index("entity")["value"].astype(float)
    assert by["USA"] == pytest.approx(997.3, abs=0.5)
    assert by["RUS"] == pytest.approx(149.0, abs=0.5)
    nothing = spent[spent == 0].index.get_level_values("country")
    assert set(nothing) == {"CRI", "ISL", "PAN"}  # states without an army


def test_emissions_add_up_but_for_ships_and_aircraft(world: World) -> None:
    """38.6 Gt in 2024 (Global Carbon Budget 2025: 10.534546 GtC times 3.664)."""
    co2 = series(world, "co2", "gcp")
    assert co2["WLD", 2024] == pytest.approx(10.534546e9 * 3.664, rel=1e-6)
    members = co2.drop("WLD", level="country").groupby("year").sum()
    between = 1 - members / co2.xs("WLD")
    assert between[2024] == pytest.approx(0.031, abs=0.001)
    assert between.loc[1950:].between(0, 0.05).all()


def test_fuels_add_up_to_all_energy_and_states_to_the_world(world: World) -> None:
    """Produced: of all the world from 1992, for the oil of the Soviet Union is not known."""
    # used: fuels that plants give are counted with oil and with renewables, 0.3% at most
    for name, first, twice in (("production", 1984, SUMS), ("consumption", 1980, 0.003)):
        fuels = [energy(world, name, f) for f in ("coal", "gas", "oil", "nuclear", "renewables")]
        total = energy(world, name, "total")
        assert int(total.index.get_level_values("year").min()) == first
        parts = pd.concat(fuels, axis=1).sum(axis=1).reindex(total.index)
        assert ((parts / total).xs("WLD") - 1).abs().max() < twice
        states = total.drop("WLD", level="country").groupby("year").sum()
        states = states.reindex(total.xs("WLD").index)
        assert ((states / total.xs("WLD")) - 1).abs().max() < SUMS


def test_energy_known_from_elsewhere(world: World) -> None:
    """Russian gas of 2023 613 bcm, American coal of 2023 524 Mt, the electricity of 2024."""
    assert energy(world, "production_quantity", "gas")["RUS", 2023] == pytest.approx(613, abs=1)
    assert energy(world, "production_quantity", "gas")["QAT", 2023] == pytest.approx(171.8, abs=0.1)
    made = energy(world, "generation", "total")
    assert made["WLD", 2024] == pytest.approx(30_850, abs=30)
    sun = energy(world, "generation", "solar")["WLD", 2024]
    assert 100 * sun / made["WLD", 2024] == pytest.approx(6.9, abs=0.05)  # Ember


def test_states_that_are_gone_have_their_own_years(world: World) -> None:
    coal, oil = (energy(world, "production", fuel) for fuel in ("coal", "oil"))
    last = {c: int(coal.xs(c).index.max()) for c in ("SUN", "DDR", "YUG", "CSK", "SCG")}
    assert last == {"SUN": 1991, "DDR": 1990, "YUG": 1991, "CSK": 1992, "SCG": 2005}
    assert int(oil.xs("RUS").index.min()) == 1992
    assert "West Germany." in set(world.table("energy_year").query("country == 'DEU'")["note"])


def test_no_large_figure_begins_or_ends_with_nothing(world: World) -> None:
    """A nought beside a large figure is a gap that was written as one."""
    rows = world.table("energy_year").astype({"country": str, "series": str, "fuel": str})
    rows = rows[rows["unit"] == "EJ"]
    before = rows.groupby(["series", "fuel", "country"])["value"].shift()
    jump = ((rows["value"] == 0) & (before > 0.3)) | ((before == 0) & (rows["value"] > 0.3))
    assert not jump.any(), rows[jump]


def test_what_is_used_where_people_live_is_never_nothing(world: World) -> None:
    """The source prints noughts for what it does not know; Martinique is in France from 2011."""
    for name, fuel in (
        ("consumption", "total"), ("consumption", "oil"), ("consumption_quantity", "electricity"),
    ):  # fmt: skip
        assert energy(world, name, fuel).min() > 0, (name, fuel)
    total = energy(world, "consumption", "total")
    assert int(total.xs("MTQ").index.max()) == 2010
    assert int(energy(world, "production", "coal").xs("MTQ").index.max()) == 2010
    assert int(energy(world, "consumption", "oil").xs("FRO").index.min()) == 1985


def test_oil_before_1984_is_unknown_and_not_nothing(world: World) -> None:
    for fuel in ("oil", "total"):
        assert energy(world, "production", fuel).index.get_level_values("year").min() == 1984
    assert int(energy(world, "production", "coal").xs("SUN").index.min()) == 1980


def test_oil_of_the_soviet_union_is_unknown_and_the_world_is_not_short_of_it(world: World) -> None:
    """The source prints noughts to 1991, and 17 exajoules of Russia's oil a year later."""
    oil, used = (energy(world, s, "oil") for s in ("production", "consumption"))
    assert {"SUN", "CSK", "DDR"}.isdisjoint(oil.index.get_level_values("country"))
    assert int(oil.xs("DEU").index.min()) == 1991
    assert int(oil.xs("WLD").index.min()) == 1992
    # what the world used of oil it had produced, year by year, but for stocks and refining
    assert (oil.xs("WLD") / used.xs("WLD")).dropna().between(0.95, 1.1).all()


def test_prices_are_those_of_consumers_and_not_of_the_product(world: World) -> None:
    """2022: what statistical offices printed for consumers; the deflators are 96 and 7 percent."""
    for publisher, near in (("world-bank", 0.05), ("cia", 0.06)):
        prices = series(world, "inflation", publisher)
        assert prices["TUR", 2022] == pytest.approx(72.3, abs=near)
        assert prices["USA", 2022] == pytest.approx(8.0, abs=near)


def test_figures_below_zero_kept_their_sign(world: World) -> None:
    """Known falls; and no figure is far from the other publisher's without a word."""
    ours = series(world, "growth", "cia")
    falls = [("UKR", 2022, -28.8), ("DEU", 2023, -0.3), ("RUS", 2022, -1.4)]
    assert [ours[c, y] for c, y, _ in falls] == pytest.approx([v for *_, v in falls])
    assert series(world, "current_account", "cia")["USA", 2023] < -5e11
    noted = world.table("country_year").astype({"country": str, "note": str})
    noted = noted[noted["publisher"] == "cia"].set_index(["series", "country", "year"])["note"]
    for name, far in (("inflation", 1.0), ("growth", 3.0)):
        gap = (series(world, name, "cia") - series(world, name)).abs().dropna()
        silent = [k for k in gap.index[gap > far] if not noted[(name, *k)]]
        assert silent == [], name
        assert (gap > far).mean() < 0.03, name  # a sign or a scale that was lost would show


def test_prices_known_from_elsewhere(world: World) -> None:
    """Gas in Europe at its height, and a year on; both by the World Bank."""
    rows = world.table("prices_monthly").astype({"commodity": str, "publisher": str, "date": str})
    by = rows.set_index(["commodity", "publisher", "date"])["price"]
    assert by["gas_europe", "world-bank", "2022-08"] == pytest.approx(70.04)
    assert by["gas_europe", "world-bank", "2023-06"] == pytest.approx(10.35)
    ours, theirs = by.xs("world-bank", level=1), by.xs("eia", level=1)
    gap = (ours / theirs - 1).dropna().abs().drop(("brent", "1987-05"))
    assert len(gap) > 800
    assert gap.quantile(0.8) < 0.01
    last = rows[(rows["publisher"] == "eia") & (rows["date"] == "2026-08")]
    assert last["note"].str.contains("12 trading days").all()
    assert rows["date"].max() == "2026-08"


def test_rates_are_a_dollar_in_the_currency(world: World) -> None:
    """The euro cost less than a dollar in September 2022, and USD 1.577 in July 2008 (ECB)."""
    by = world.table("fx_monthly").astype({"currency": str})
    by = by.set_index(["currency", "year", "month"])["rate"]
    assert by["EUR", 2022, 9] > 1
    assert 1 / by["EUR", 2008, 7] == pytest.approx(1.577, abs=0.002)
    assert by["GBP", 2022, 9] < 1 < by["AUD", 2024, 1]
    assert by["DEM", 2001, 6] / by["EUR", 2001, 6] == pytest.approx(1.95583, rel=1e-3)
    assert by["ITL", 2001, 6] / by["EUR", 2001, 6] == pytest.approx(1936.27, rel=1e-3)
    assert not {"RUB", "VES"} & set(by.index.get_level_values("currency"))


def test_democracy_lies_within_what_v_dem_gave_before(world: World) -> None:
    """The bounds of V-Dem's edition of 2023 for the electoral index of Afghanistan."""
    rows = world.table("democracy").astype({"country": str, "index": str})
    assert rows["value"].between(0, 1).all()
    by = rows.set_index(["country", "year", "index"])["value"]
    for year, low, high in (
        (1975, 0.09, 0.114), (1990, 0.083, 0.102), (2003, 0.213, 0.246), (2010, 0.328, 0.408),
        (2015, 0.328, 0.409), (2019, 0.312, 0.386), (2021, 0.144, 0.171), (2022, 0.075, 0.089),
    ):  # fmt: skip
        slack = (high - low) / 2
        assert low - slack < by["AFG", year, "electoral"] < high + slack, year
        assert 1.2816 * slack < 0.053
    soviet = rows[(rows["country"] == "RUS") & (rows["year"] == 1985)]
    assert set(soviet["note"]) == {"The Soviet Union."}
    assert (
        by["DNK", 2024, "electoral"] > by["HUN", 2024, "electoral"] > by["RUS", 2024, "electoral"]
    )
