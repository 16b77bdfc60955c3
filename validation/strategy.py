"""Threats, pacts and arms: the games over elasticities, priors and joint draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from multipolar.engines import Outcome
from multipolar.engines.money import engine as money
from multipolar.engines.power import engine as power
from multipolar.engines.strategy import alliance, deterrence, engine
from multipolar.engines.strategy.data import published
from multipolar.engines.strategy.solved import Solved
from multipolar.engines.trade import engine as trade
from multipolar.errors import DataMissing
from multipolar.policy import BASELINE, Scenario, compose, load_scenarios
from validation import ROOT, runs
from validation.page import grid, table
from validation.runs import central, world

CASE = ROOT / "cases" / "moscow-2023"
UPSTREAM: Mapping[str, Any] = {"trade": trade, "power": power, "money": money}
SETS = {"boehm": 0.0, "flat": 1.0, "fontagne": 2.0, "caliendo-parro": 3.0}
CENTRAL = "fontagne"
SCOPES = ("none", "industry", "payment", "united-states", "west")
WORDS = {
    "none": "no loss",
    "industry": "computers and electronics (C26)",
    "payment": "payment cost of 5 percent",
    "united-states": "United States alone",
    "west": "whole West",
}
SCALES = (0.85, 1.0, 1.15)
DRAWS = 24  # for each of twelve points of the trade engine


@cache
def ready(model: str, scenario: str) -> Any:
    return UPSTREAM[model].prepare(world(), Scenario.model_validate_json(scenario))


@cache
def upstream(model: str, scenario: str, values: tuple[tuple[str, float], ...]) -> Outcome:
    solver = UPSTREAM[model]
    found: Outcome = solver.solve(ready(model, scenario), central(solver, **dict(values)))
    return found


@cache
def coupled(
    scenario: Scenario,
    elasticities: str = CENTRAL,
    scale: float = 1.0,
    exponent: float = 1.0,
    cost: float = 0.05,
) -> Any:
    changed = {
        "trade": (("elasticities", SETS[elasticities]), ("elasticity_scale", scale)),
        "power": (("exponent", exponent),),
        "money": (("commission", cost),),
    }
    found = {}
    for i in engine.takes(world(), scenario):
        model = i.metric.partition(".")[0]
        assert i.scenario is not None
        before = upstream(model, i.scenario.model_dump_json(by_alias=True), changed[model])
        found[i.name] = before.array(i.metric, i.where)
    return engine.couple(engine.prepare(world(), scenario), found)


def outcome(
    scenario: Scenario = BASELINE, own: Mapping[str, float] | None = None, **upstreams: Any
) -> Outcome:
    return engine.solve(coupled(scenario, **upstreams), central(engine, **(own or {})))


def value(found: Outcome, name: str, /, **where: Any) -> float:
    try:
        return runs.value(found, f"strategy.{name}", **where)
    except DataMissing:
        return float("nan")


@cache
def case(name: str) -> Scenario:
    return compose(name, load_scenarios(CASE))


@cache
def draws() -> tuple[Outcome, ...]:
    """Joint draws: sets of elasticities and their scale, dependence, costs and estimates."""
    declared = [p for p in engine.parameters(world()) if p.prior is not None]
    rng = np.random.default_rng(1)
    points = len(SETS) * len(SCALES)
    u = rng.random((DRAWS * points, len(declared)))
    commission = next(p for p in money.parameters(world()) if p.name == "commission")
    assert commission.prior is not None
    costs = [commission.prior.quantile((k + 0.5) / points) for k in rng.permutation(points)]
    found = []
    for at, (name, scale) in enumerate((n, s) for n in SETS for s in SCALES):
        for row in u[at * DRAWS : (at + 1) * DRAWS]:
            own = {
                p.name: p.prior.quantile(x)
                for p, x in zip(declared, row, strict=True)
                if p.prior is not None
            }
            found.append(outcome(own=own, elasticities=name, scale=scale, cost=costs[at]))
    return tuple(found)


def spread(name: str, /, **where: Any) -> np.ndarray:
    return np.array([value(d, name, **where) for d in draws()])


@table()
def losses() -> str:
    """What each threat takes, by set of elasticities."""
    cells = []
    for scope in SCOPES[1:]:
        for party in ("China", "the West"):
            codes = "China" if party == "China" else list(coupled(BASELINE).senders)
            row = [value(outcome(elasticities=n), "loss", scope=scope, country=codes) for n in SETS]
            cells.append([WORDS[scope], party, *(f"{v:.2f}" for v in row)])
    before = {
        ("industry", "China"): ".15",
        ("payment", "China"): ".38",
        ("united-states", "China"): ".59",
        ("west", "China"): "2.5",
        ("industry", "the West"): ".05",
        ("payment", "the West"): ".14",
        ("united-states", "the West"): ".22",
        ("west", "the West"): ".87",
    }
    keys = [(s, p) for s in SCOPES[1:] for p in ("China", "the West")]
    cells = [[*row, before[k]] for row, k in zip(cells, keys, strict=True)]
    return grid(("threat", "loss to", *SETS, "computed before, 4 throughout"), cells)


@table()
def scale() -> str:
    """Payoff for each percent of real income."""
    cells = []
    for ways, word in ((1.0, "one way"), (2.0, "both ways")):
        found = [outcome(own={"dependence": ways}, elasticities=n) for n in SETS]
        row = [f"{value(f, 'scale', role='target'):.2f}" for f in found]
        product = [
            value(f, "scale", role="target") * value(f, "loss", scope="west", country="China")
            for f in found
        ]
        cells.append([f"China, trade {word}", *row, f"{product[1]:.2f}"])
        row = [f"{value(f, 'scale', role='sender'):.3f}" for f in found]
        cells.append([f"senders, trade {word}", *row, ""])
    return grid(("payoff per percent", *SETS, "times the loss of a full cut"), cells)


@table()
def concession() -> str:
    """Chance that China concedes, central and over joint draws."""
    before = {
        "none": ".23 (.10-.30)",
        "industry": ".25 (.12-.33)",
        "payment": ".26 (.12-.38)",
        "united-states": ".32 (.17-.41)",
        "west": ".64 (.46-.84)",
    }
    rows = [(s, "published") for s in SCOPES] + [("west", "equal"), ("west", "none")]
    cells = []
    for scope, sender in rows:
        where = {"scope": scope, "own_loss": sender}
        p = spread("concession_probability", **where)
        several = np.mean(spread("equilibria", **where) > 1)
        low, middle, high = np.quantile(p, [0.05, 0.5, 0.95])
        old = before[scope] if sender == "published" else {"equal": ".07 (.00-.91)"}.get(sender, "")
        cells.append(
            [
                WORDS[scope],
                sender,
                f"{value(outcome(), 'concession_probability', **where):.2f}",
                f"{middle:.2f} ({low:.2f}-{high:.2f})",
                f"{100 * np.mean(p >= 0.5):.0f}",
                f"{100 * several:.1f}",
                old,
            ]
        )
    head = (
        "threat",
        "sender's own loss",
        "central",
        "draws, median (5-95)",
        "percent of draws at one half or more",
        "percent with several equilibria",
        "computed before",
    )
    return grid(head, cells)


@table()
def stated() -> str:
    """What the stated covariates are worth: concession over their ranges."""
    taken = coupled(BASELINE)
    base = Solved(taken, taken.taken, taken.estimates, central(engine))
    setting = engine.setting
    cells = []
    for c in setting.covariates:
        found = []
        for v in c.range:
            games = deterrence.payoffs(
                base.estimates,
                base.scales,
                [(base.case("west"), "published")],
                {**setting.stated, c.name: v},
            )
            found.append(deterrence.answers(games, 1)[0].concede[0])
        cells.append(
            [
                f"`{c.name}`",
                f"{c.value:g}",
                f"{c.range[0]:g} to {c.range[1]:g}",
                c.reason,
                f"{found[0]:.2f} to {found[1]:.2f}",
            ]
        )
    head = ("covariate", "value", "range", "why", "concession to the whole West over the range")
    return grid(head, cells)


@table()
def coefficients() -> str:
    """The estimates that are drawn, with their errors."""
    estimates = published(world())
    names, errors = list(estimates.names), np.sqrt(np.diag(estimates.covariance))
    cells = [
        [
            f"`{parameter}`",
            c,
            f"{estimates.values[names.index(c)]:.3f}",
            f"{errors[names.index(c)]:.3f}",
        ]
        for parameter, (c, _) in deterrence.DRAWN.items()
    ]
    return grid(("parameter", "coefficient", "estimate", "standard error"), cells)


@table()
def every() -> str:
    """Draws of the coefficients chosen beside draws of all of them, at the central losses."""
    ready_made, estimates = coupled(BASELINE), published(world())
    order = [c for c, _ in deterrence.DRAWN.values()]
    rng = np.random.default_rng(0)
    some = [
        deterrence.drawn(estimates, order, np.clip(z, -3, 3))
        for z in rng.standard_normal((200, len(order)))
    ]
    whole = [
        replace(estimates, values=b)
        for b in estimates.draw(rng.random((200, len(estimates.names))))
    ]
    cells = []
    for word, sample in ((f"{len(order)} drawn", some), ("all twenty drawn", whole)):
        row = []
        for scope in ("none", "united-states", "west"):
            p = [
                Solved(ready_made, ready_made.taken, e, central(engine)).concession(
                    scope, "published", "lowest"
                )
                for e in sample
            ]
            low, middle, high = np.quantile(p, [0.05, 0.5, 0.95])
            row.append(f"{middle:.2f} ({low:.2f}-{high:.2f})")
        cells.append([word, *row])
    return grid(("estimates", "no loss", "United States alone", "whole West"), cells)


@table()
def arming() -> str:
    """The value at which arming Russia pays."""
    cells = []
    for scope in SCOPES[1:]:
        for carried in ("sure", "model"):
            where = {"scope": scope, "carried_out": carried}
            share = [
                f"{value(outcome(elasticities=n), 'break_even_share', **where):.2f}" for n in SETS
            ]
            dollars = value(outcome(), "break_even_value", **where)
            cells.append([WORDS[scope], carried, *share, f"{dollars:.0f}"])
    return grid(("threat", "carried out", *SETS, f"USD bn, {CENTRAL}"), cells)


@table()
def pact() -> str:
    """Shares of the priors with a pact."""
    cells = []
    for title, scenario in (
        ("no threat in the scenario", BASELINE),
        ("`united-states-rejects-plan`", case("united-states-rejects-plan")),
    ):
        for entrapment in ("on", "off"):
            for name in SETS:
                found = outcome(scenario, elasticities=name)
                row = [
                    value(
                        found,
                        "outcome_probability",
                        outcome="alliance",
                        plan=plan,
                        entrapment=entrapment,
                    )
                    for plan in alliance.PLANS
                ]
                sign = value(found, "alliance_sign", entrapment=entrapment)
                cells.append(
                    [
                        title,
                        entrapment,
                        name,
                        *(f"{v:.2f}" for v in row),
                        f"{row[0] - row[1]:+.2f}",
                        f"{100 * sign:.0f}",
                    ]
                )
    head = (
        "scenario",
        "entrapment",
        "elasticities",
        "rejected",
        "accepted",
        "as it is",
        "rejected less accepted",
        "percent of sub-boxes above zero",
    )
    return grid(head, cells)


@table()
def priors() -> str:
    """The priors of the pact."""
    cells = [
        [
            r.name,
            f"{r.low:.3g} to {r.high:.3g}",
            r.unit,
            "log-uniform" if r.log else "uniform",
            r.reason,
        ]
        for r in alliance.PRIORS
    ]
    return grid(("prior", "range", "unit", "form", "of what"), cells)


@table()
def belief() -> str:
    """What one has to believe for a pact."""
    cells = []
    for scope in SCOPES[1:]:
        for entrapment in ("on", "off"):
            row = [
                value(
                    outcome(elasticities=n),
                    "needed_stake",
                    scope=scope,
                    entrapment=entrapment,
                    priors=p,
                )
                for p in ("half", "nine-tenths")
                for n in ("flat", CENTRAL)
            ]
            cells.append([WORDS[scope], entrapment, *(f"{v:.0f}" for v in row)])
    head = (
        "sanctions",
        "entrapment",
        "half, 4 throughout",
        f"half, {CENTRAL}",
        "nine tenths, 4 throughout",
        f"nine tenths, {CENTRAL}",
    )
    return grid(head, cells)


@table()
def corners() -> str:
    """The best corner of the priors."""
    cells = []
    for risk, word in (("drawn", "stake, answer, entrapment"), ("pushed", "and the risk")):
        for entrapment in ("on", "off"):
            row = [
                value(outcome(), "best_corner", risk=risk, plan=plan, entrapment=entrapment)
                for plan in ("rejected", "accepted")
            ]
            cells.append([word, entrapment, *(f"{v:.2f}" for v in row)])
    return grid(("pushed to an end", "entrapment", "rejected", "accepted"), cells)


@table()
def refusal() -> str:
    """The bargaining range and the chance of refusal."""
    cells = []
    for prize in (0.25, 1.0, 2.5):
        for name in ("boehm", "flat", CENTRAL):
            found = outcome(own={"prize": prize}, elasticities=name)
            width = value(found, "bargaining_range", prize="drawn")
            plain = [
                value(found, "rejection_probability", bound=b, prestige="without")
                for b in ("low", "middle", "high")
            ]
            more = [value(found, "prestige_effect", bound=b) for b in ("low", "middle", "high")]
            swept = [value(found, "rejection_range", prestige=p) for p in ("without", "with")]
            cells.append(
                [
                    f"{prize:g}",
                    name,
                    f"{width:.1f}",
                    " / ".join(f"{v:.2f}" for v in plain),
                    " / ".join(f"{v:+.2f}" for v in more),
                    " / ".join(f"{v:.2f}" for v in swept),
                ]
            )
    head = (
        "prize, years of income",
        "elasticities",
        "range, percent of the prize",
        "refusal without prestige, bound .05 / .25 / 1",
        "prestige of a tenth adds",
        "highest less lowest over bounds, without / with",
    )
    return grid(head, cells)


@table()
def parting() -> str:
    """The wedge."""
    cells = []
    for party in ("Russia", "China"):
        for offer in ("embargo-lifted", "nothing-else"):
            for what, unit in (("wedge_gain", "percent"), ("wedge_transfer", "USD bn a year")):
                row = [
                    value(outcome(elasticities=n), what, country=party, offer=offer) for n in SETS
                ]
                digits = 1 if unit == "percent" else 0
                cells.append([party, offer, unit, *(f"{v:+.{digits}f}" for v in row)])
    return grid(("who leaves", "offer", "", *SETS), cells)


@table()
def arms() -> str:
    """The contest, and the stake that turns China."""
    cells = []
    for g in (0.5, 1.0, 2.0):
        found = outcome(exponent=g)
        aided = value(
            outcome(case("united-states-rejects-plan"), exponent=g), "odds", side="Russia"
        )
        cells.append(
            [
                f"{g:g}",
                f"{value(found, 'odds', side='Russia'):.3f}",
                f"{aided:.3f}",
                *(f"{value(found, 'arms_effect', giver=w):.1f}" for w in ("China", "West")),
                f"{value(found, 'offset_aid', giver='China'):.1f}",
                *(
                    f"{value(found, 'escalation_break_even', scope='west', own_loss=s):.0f}"
                    for s in ("published", "none")
                ),
            ]
        )
    head = (
        "exponent",
        "Russia's odds, 2023",
        "with 35 bn more for Ukraine",
        "10 bn from China, points",
        "10 bn from the West, points",
        "aid that undoes 10 bn",
        "stake that turns China, percent of income",
        "the same, sender's loss left out",
    )
    return grid(head, cells)


@table()
def metrics() -> str:
    """Every metric."""
    cells = []
    for m in engine.metrics(world()):
        where = ", ".join(d.name if d.required else f"[{d.name}]" for d in m.dims)
        cells.append([f"`{m.name}`", where, m.unit, m.basis or engine.basis, m.description])
    return grid(("metric", "where, optional in brackets", "unit", "basis", "what"), cells)
