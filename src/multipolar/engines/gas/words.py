"""What readers call the parameters of the gas engine, and which of them nothing identifies.

Behaviour for which no source was found is not identified; costs, volumes, contracts and dates are,
also where their range is assumed: events tell them.
"""

from __future__ import annotations

from multipolar.engines.api.reader import Words


def _passed_on(where: str, *, identified: bool = False) -> Words:
    return Words(
        f"the share of a change in gas prices that reaches consumers in {where}",
        identified=identified,
    )


WORDS = {
    "elasticity_short": Words("the price elasticity of gas demand within a year"),
    "elasticity_long": Words("the price elasticity of gas demand over ten years"),
    "pass_europe": _passed_on("Europe", identified=True),
    "pass_turkey": _passed_on("Turkey"),
    "pass_east_asia": _passed_on("East Asia"),
    "pass_south_asia": _passed_on("South Asia"),
    "pass_south_east_asia": _passed_on("South-East Asia"),
    "pass_north_america": _passed_on("North America"),
    "pass_regulated": _passed_on("the CIS, the Middle East and Africa"),
    "pass_south_america": _passed_on("South and Central America"),
    "supply_europe": Words("the price elasticity of gas production in Europe", identified=False),
    "supply_asia": Words("the price elasticity of gas production in Asia", identified=False),
    "supply_exporters": Words("the price elasticity of exporters' gas production within a year"),
    "supply_long": Words("the price elasticity of gas production over ten years"),
    "shipping_fixed": Words("the fixed cost of an LNG voyage"),
    "shipping_per_nm": Words("the freight of LNG by distance"),
    "liquefaction_cost": Words("the fee for liquefying gas"),
    "own_use": Words("the share of its gas that an LNG plant uses up"),
    "pipe_tariff": Words("the cost of moving gas over one pipe"),
    "dispersion_flexible": Words(
        "the price gain that doubles a flow of LNG sold free of destination", identified=False
    ),
    "dispersion": Words("the price gain that doubles a flow of LNG"),
    "conjecture": Words(
        "exporters' market power",
        (
            "gas exporters take prices as given",
            "gas exporters have a quarter of the market power of Cournot",
            "gas exporters have half of the market power of Cournot",
            "gas exporters compete as in Cournot",
        ),
        identified=False,
    ),
    "linear_demand": Words("the form of gas demand", identified=False),
    "other_pipes": Words(
        "the capacity of pipes that were full in 2021, over what they carried", identified=False
    ),
    "central_asian_sales": Words(
        "the share of Central Asia's gas sales to Russia that continues after 2021"
    ),
    "refill": Words("the share of Europe's stock draw of 2021 that is put back"),
    "war_demand": Words("Ukraine's gas demand in war, compared with 2021,"),
    "saving_rule": Words("the cut in European gas demand in 2023"),
    "china_2030": Words("Chinese gas demand in 2030"),
    "europe_2030": Words("European gas demand in 2030"),
    "reference_price": Words("the price of LNG in East Asia in the 2030s"),
    "west_siberia_cost": Words("the cost of West Siberian gas before transport"),
    "pos2_first_gas": Words(
        "first gas by Power of Siberia 2",
        (
            "first gas flows by Power of Siberia 2 in {year} or before",
            "first gas flows by Power of Siberia 2 after {year}",
        ),
    ),
    "take_or_pay": Words("the share of contracted gas that is paid for in any case"),
    "pos2_contract": Words(
        "how gas by Power of Siberia 2 is sold",
        (
            "gas by Power of Siberia 2 is sold without take-or-pay",
            "gas by Power of Siberia 2 is sold under take-or-pay",
        ),
    ),
    "bans": Words("whether the adopted bans on Russian gas hold"),
    "assumed_pipes": Words("the capacity of gas pipes for which no source was found"),
    "assumed_terminals": Words("the capacity of LNG terminals for which no source was found"),
    "assumed_plants": Words("the size of new LNG plants for which no source was found"),
    "consumption_growth_shift": Words("the growth of gas consumption that is assumed"),
    "production_growth_shift": Words("the growth of gas production that is assumed"),
    "pos2_annuity": Words("the yearly cost of Power of Siberia 2"),
}
