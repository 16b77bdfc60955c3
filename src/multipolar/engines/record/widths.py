"""How far the tables of the record can be off: half widths as shares of a figure.

Each is the 80th percentile of the differences from another source of the same figures, rounded up;
docs/errors.md has the measurements. What no other source was at hand for takes the half width of
the nearest table that has one, and says so.
"""

from __future__ import annotations

import math

import numpy as np

from multipolar.numerics.arrays import Floats

# World Development Indicators of two editions, GDP of 2022
OUTPUT = 0.02
# value added of the input-output table in the world's: its rest of the world is a proxy
OUTPUT_SHARE = 0.08
# the input-output table, whose final part is reconstructed, beside the one OECD publishes
GOODS, INDUSTRY, PARTNER = 0.16, 0.33, 0.15
# reconciled flows beside balances and customs; measured on energy, taken for minerals too
TRADE = 0.15
# exports of the United States of every fourth year beside those it publishes: short of them by 24%
# in 2012 and 28% in 2016 (US International Trade Commission, Shifts in U.S. Merchandise Trade 2016)
SHORT = 0.28
# World Mining Data beside the US Energy Information Administration; measured on coal and gas,
# taken for metals too
PRODUCTION = 0.08
# World Development Indicators of two editions, 2004-2023: the same to a tenth of a percent in four
# of five; the United States of 2022 differ by 0.2
PEOPLE = 0.005
# World Development Indicators of two editions, GDP of 2020-2023; taken for the other series of
# accounts (debt, reserves, the current account, research) that one source has
PRODUCT = 0.025
# growth and consumer prices in those Indicators and in the Factbook, points; prices are rounded
GROWTH, INFLATION = 0.3, 0.05
# SPENDING: the Indicators of 2021 beside SIPRI's edition of 2025, 2019-20. BURDEN: the Factbook,
# which has NATO's figures of its members, beside SIPRI. DELIVERIES: arms of a year in those
# Indicators beside SIPRI's register of 2025, its deliveries spread evenly over an order's years
SPENDING, BURDEN, DELIVERIES = 0.075, 0.14, 0.22
# the Global Carbon Budget gives 5% as one standard deviation of the world's emissions
CARBON = 0.064
# V-Dem gives about 0.04 as one standard deviation in the middle of its scale, less at the ends
DEMOCRACY = 0.05
# the Pink Sheet beside the US Energy Information Administration, oil and gas; taken for the rest
PRICE = 0.01
# means of the Federal Reserve beside the Factbook's, by year
RATE = 0.001
# the US Energy Information Administration beside the Energy Institute, coal, gas and oil: one
# counts the heat of water vapour, the other does not, which is in the first and not in shares
ENERGY, ENERGY_SHARE = 0.17, 0.12
# Ember beside the Energy Institute, shares in the world's electricity of four sources
POWER = 0.02

# stockpiles of the Federation of American Scientists beside SIPRI's, 2022 and 2023
WARHEADS = 0.02
# conflicts of a year as first published and two years later: 55 and 56 in 2022
CONFLICTS = 1.0

# the largest partners of 2023: a flow by the exporter's list beside the importer's
PARTNERS = 0.43
# distances of GeoDist by largest cities beside those by people
DISTANCE = 0.035

REPORTERS = "difference between reporters"
MEASURES = "difference between measures"
TABLE = "reconstruction of the table"
VINTAGES = "revision between vintages"
ROUNDED = "rounding of the source"
PRINTED = "error that the source prints"
SOURCES = "another source of the same figures"
REPORTED = "low and high estimate of the source"
STANDARD = "standard error"


def of_ratio(top: float, bottom: float, share: float) -> float:
    """Return the half width of a part over a whole that holds it, in units of one.

    The part and the rest are each off by ``share``, independently: a whole has no error, and
    neither has nothing.

    Example:
        >>> round(of_ratio(1.0, 2.0, 0.1), 4), of_ratio(2.0, 2.0, 0.1)
        (0.0354, 0.0)
    """
    if not bottom:
        return 0.0
    part = top / bottom
    return abs(part * (1 - part)) * math.sqrt(2) * share


def of_ratios(part: Floats, share: float) -> Floats:
    """Return the half widths of shares in [0, 1], of any shape, as :func:`of_ratio` does.

    Example:
        >>> of_ratios(np.array([0.5, 1.0]), 0.1).round(4).tolist()
        [0.0354, 0.0]
    """
    return np.asarray(np.abs(part * (1 - part)) * math.sqrt(2) * share)
