"""What readers call the parameters of the corridors engine, and which nothing identifies.

The scale and form of choices and what is assumed to scale a premium are not identified; costs,
days, capacities and values are, also where their range is assumed: events tell them.
"""

from __future__ import annotations

from multipolar.engines.api.reader import Words

THETA = Words("shippers' response to cost between sea and rail", identified=False)
WORDS = {
    "nest": Words("the difference that shippers see between the ways by sea", identified=False),
    "value": Words("the value of the goods in a container"),
    "day_value": Words("the value of a day in transit"),
    "sea_ends": Words("the cost from door to port and from port to door"),
    "rail_ends": Words("the cost of rail carriage outside the broad-gauge section"),
    "cape_freight": Words("the extra cost of the way round the Cape over Suez"),
    "middle_markup": Words("the price by the Middle Corridor over that by the Northern route"),
    "arctic_freight": Words("the extra cost of the Northern Sea Route over Suez"),
    "days_suez": Words("the time from door to door by Suez"),
    "days_cape": Words("the time that the way round the Cape adds"),
    "days_northern": Words("the time from door to door by the Northern route"),
    "days_middle": Words("the time from door to door by the Middle Corridor"),
    "days_arctic": Words("the time from door to door by the Northern Sea Route"),
    "capacity_northern": Words("the capacity of the Northern route"),
    "capacity_middle": Words("the capacity of the Middle Corridor"),
    "capacity_arctic": Words("the capacity of the Northern Sea Route"),
    "premium_factor": Words(
        "the premium on the Northern route since 2022, over that of early 2022", identified=False
    ),
    "containers": Words("the share of Asia-Europe goods trade that goes in containers"),
    "polygon_elasticity": Words(
        "the price elasticity of demand for carriage on the Eastern Polygon", identified=False
    ),
}
