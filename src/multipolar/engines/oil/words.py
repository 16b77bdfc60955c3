"""What readers call the parameters of the oil engine, and which of them nothing identifies."""

from __future__ import annotations

from multipolar.engines.api.reader import Words

WORDS = {
    "supply_short": Words("the price elasticity of crude output within a year"),
    "demand_short": Words("the price elasticity of demand for crude within a year"),
    "supply_long": Words("the price elasticity of crude output over ten years", identified=False),
    "demand_long": Words(
        "the price elasticity of demand for crude over ten years", identified=False
    ),
    "supply_russia": Words("the price elasticity of Russia's crude output", identified=False),
    "demand_home": Words(
        "the price elasticity of demand for crude in the Gulf and in Russia", identified=False
    ),
    "dispersion_term": Words(
        "the price gain that shifts purchases of crude under contract", identified=False
    ),
    "dispersion_spot": Words(
        "the price gain that shifts purchases of crude cargo by cargo", identified=False
    ),
    "spot_share": Words("the share of crude imports that is bought cargo by cargo"),
    "freight": Words("the freight of crude by distance"),
    "lifting_gulf": Words("the price near which oil fields in the Gulf are shut in"),
    "lifting_russia": Words("the price near which oil fields in Russia are shut in"),
    "lifting_other": Words("the price near which other oil fields are shut in"),
    "fleet": Words("Russia's own fleet of tankers, compared with reports,", identified=False),
    "fleet_base": Words("the extra cost of a voyage by Russia's own fleet"),
    "fleet_rise": Words("the rise of that cost when the fleet is full", identified=False),
    "compliance": Words(
        "the share of the price above a cap that users of Western ships keep", identified=False
    ),
    "aversion": Words(
        "the price reduction that makes up for a threat of punishment", identified=False
    ),
}
