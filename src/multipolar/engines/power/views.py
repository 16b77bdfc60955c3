"""What states weigh and whom a pact exposes, as the page shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from multipolar.engines.api import views as page
from multipolar.engines.api.contract import Reading
from multipolar.engines.power.data import INDICES, NAMES, Indices
from multipolar.engines.power.metrics import AS_OF
from multipolar.errors import DataMissing, MultipolarError
from multipolar.text.phrases import listing, sentence, shown_unit

VOTES = ("votes.", "alignment.")  # metrics whose places name the states a case is about
RIVALS = "G7"  # set beside the states a case is about
PACT = "ally"
SINCE = 1946  # first year of the chart of poles


@dataclass(frozen=True)
class Weight:
    """What states weigh by one index.

    Attributes:
        poles: effective number of poles by year; ``newest`` is the reading of the last.
        concentration: among the major powers, 0 to 1; None where it cannot be read.
        shares: percent of the world by group, or the sentence that says why there is none.
    """

    index: str
    poles: Mapping[int, float]
    newest: Reading
    concentration: float | None
    shares: Mapping[str, float | str]

    @property
    def year(self) -> int:
        """The last year with a number of poles."""
        return max(self.poles)


@dataclass(frozen=True)
class Pact:
    """How exposed states are by code as it is and with a pact: attackers' strength over defence's.

    ``leads`` holds who leads the strongest attackers, before and after; ``source`` is a reading.
    """

    name: str
    before: Mapping[str, float]
    after: Mapping[str, float]
    leads: Mapping[str, tuple[str, str]]
    source: Reading


def asks(brief: page.Brief) -> tuple[page.Question, ...]:
    """Ask for every index and year there are figures of, and for exposure with each pact."""
    groups = _groups(brief)
    found = []
    for index, years in _years(brief).items():
        found += [_at("poles", index, year) for year in years]
        found += [_at("concentration", index, year) for year in years]
        found += [_at("share", index, year, g) for year in years for g in groups.values()]
    for pact, members in _pacts(brief).items():
        for scenario in ("baseline", pact):
            for code in _shown(brief, members):
                found += [_exposed(m, code, scenario) for m in ("vulnerability", "attackers")]
    return tuple(dict.fromkeys(found))


def show(brief: page.Brief, answers: page.Answers) -> tuple[page.Section, ...]:
    """Show how many poles there are by each index, and what each pact changes."""
    groups = _groups(brief)
    found = (_weight(i, years, answers, groups) for i, years in _years(brief).items())
    weights = [w for w in found if w is not None]
    pacts = [p for name in _pacts(brief) if (p := _pact(name, brief, answers)) is not None]
    beside = (page.Beside((_poles(weights), _grid(weights, groups)), even=True),) if weights else ()
    items = (*beside, *(_part(p, brief) for p in pacts))
    rows = (*_weight_rows(weights, groups), *_pact_rows(pacts))
    lead = "Votes, blocs and weight as measured, whether or not a claim asks"
    return (page.Section("standing", "Who stands where", lead, items, rows),)


def _at(metric: str, index: str, year: int, states: Sequence[str] = ()) -> page.Question:
    who = {"country": tuple(states)} if states else {}
    return page.ask(f"power.{metric}", {**who, "index": index, "year": year})


def _exposed(metric: str, code: str, scenario: str) -> page.Question:
    return page.ask(f"power.{metric}", {"country": code}, scenario)


def _years(brief: page.Brief) -> dict[str, tuple[int, ...]]:
    indices = Indices(brief.world)
    return {index: indices.years(index) for index in INDICES}


def _pacts(brief: page.Brief) -> dict[str, tuple[str, ...]]:
    """Return who signs in each scenario that has no measures but pacts."""
    return {
        name: tuple(dict.fromkeys(c for m in measures for c in m["members"]))
        for name, measures in brief.measures.items()
        if measures and all(m["measure"] == PACT for m in measures)
    }


def _shown(brief: page.Brief, members: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*members, *brief.named(VOTES))))


def _groups(brief: page.Brief) -> dict[str, tuple[str, ...]]:
    """Return the members of the first pact, else the two states named most; and the G7."""
    pair = next(iter(_pacts(brief).values()), brief.named(VOTES)[:2])
    groups = {" and ".join(brief.names.get(c, c) for c in pair): pair} if pair else {}
    return groups | {RIVALS: brief.world.countries_named(RIVALS, AS_OF)}


def _weight(
    index: str, years: Sequence[int], answers: page.Answers, groups: Mapping[str, Sequence[str]]
) -> Weight | None:
    poles = {}
    for year in years:
        try:
            poles[year] = answers.reading(_at("poles", index, year))
        except MultipolarError:
            continue
    if not poles:
        return None
    year = max(poles)
    shares: dict[str, float | str] = {}
    for group, members in groups.items():
        try:
            shares[group] = float(answers.reading(_at("share", index, year, members)).value)
        except MultipolarError as gap:
            shares[group] = gap.what
    try:
        concentration = float(answers.reading(_at("concentration", index, year)).value)
    except MultipolarError:
        concentration = None
    values = {y: float(r.value) for y, r in poles.items()}
    return Weight(index, values, poles[year], concentration, shares)


def _bounded(reading: Reading) -> bool:
    """Say whether a number of poles is an upper bound, as only some states are told apart."""
    return reading.bound == "upper"


def _poles(weights: Sequence[Weight]) -> page.Lines:
    shown = {
        NAMES[w.index]: tuple((str(y), n) for y, n in w.poles.items() if y >= SINCE)
        for w in weights
    }
    longest = sorted((k for k in shown if shown[k]), key=lambda k: -len(shown[k]))
    bounds = [NAMES[w.index] for w in weights if _bounded(w.newest)]
    below = f" An upper bound, as only some states are told apart: {listing(bounds)}."
    return page.Lines(
        {k: shown[k] for k in longest},
        title="How many poles there are, by each index",
        unit="Effective number of poles",
        note="one over the sum of squared shares; each index by itself",
        source=page.credit(*(s for w in weights for s in page.sources_of(w.newest)))
        + (below if bounds else ""),
    )


def _grid(weights: Sequence[Weight], groups: Mapping[str, Sequence[str]]) -> page.Grid:
    gaps = dict.fromkeys(x for w in weights for x in w.shares.values() if isinstance(x, str))
    return page.Grid(
        "The same question by each index",
        "newest year of each; CON: concentration among the major powers, from 0 all equal to 1 one "
        "has all; shares of the world",
        ("index", "year", "poles", "CON", *(f"{g}, %" for g in groups)),
        tuple(_line(w, groups) for w in weights),
        f"Not shown: {'; '.join(gaps)}." if gaps else "",
    )


def _line(w: Weight, groups: Mapping[str, Sequence[str]]) -> tuple[str, tuple[page.Cell, ...]]:
    poles = f"{'at most ' if _bounded(w.newest) else ''}{w.poles[w.year]:.1f}"
    con = "not read" if w.concentration is None else w.concentration
    cells = [_cell(con, 2), *(_cell(w.shares[g], 1) for g in groups)]
    unit = next((s.unit for s in w.newest.evidence), "")
    shown = f", {shown_unit(unit)}" if unit and unit not in ("index", "count") else ""
    return f"{NAMES[w.index]}{shown}", (page.Cell(str(w.year)), page.Cell(poles), *cells)


def _cell(value: float | str, digits: int) -> page.Cell:
    return page.Cell("", value) if isinstance(value, str) else page.Cell(f"{value:.{digits}f}")


def _pact(name: str, brief: page.Brief, answers: page.Answers) -> Pact | None:
    before: dict[str, float] = {}
    after: dict[str, float] = {}
    leads: dict[str, tuple[str, str]] = {}
    source = None
    for code in _shown(brief, _pacts(brief)[name]):
        try:
            ratios = [
                answers.reading(_exposed("vulnerability", code, s)) for s in ("baseline", name)
            ]
            who = [answers.reading(_exposed("attackers", code, s)) for s in ("baseline", name)]
        except DataMissing:
            continue
        except MultipolarError:
            return None
        before[code], after[code] = (float(r.value) for r in ratios)
        one, other = (str(r.value).split()[0] for r in who)  # codes, the leader first
        leads[code] = one, other
        source = source or who[0]
    return Pact(name, before, after, leads, source) if source is not None else None


def _part(p: Pact, brief: page.Brief) -> page.Part:
    scenario, names = brief.scenarios[p.name], brief.names
    rows = []
    for code in p.before:
        one, other = (names.get(c, c) for c in p.leads[code])
        remark = one if one == other else f"{one}, then {other}"
        rows.append(
            page.Change(names.get(code, code), p.before[code], p.after[code], remark=remark)
        )
    rows = [r for r in rows if r.before > 0 and r.after > 0]
    turned = [f"{r.label}: {r.remark}" for r in rows if ", then " in r.remark]
    who = f" Who leads the attackers changes: {'; '.join(turned)}." if turned else ""
    figure = page.Exposure(
        tuple(rows),
        title="How exposed each state is, before and after",
        unit="Strength of the strongest coalition that can attack a state, over that of its "
        "defence; right of 1 the attackers are the stronger",
        names=("as it is", "with it"),
        head=("state", "led by"),
        source=f"{page.credit(*page.sources_of(p.source))}{who} {p.source.note}",
    )
    title, reason = scenario.title or scenario.name, sentence(scenario.reason)
    return page.Part(title, reason, (figure,) if rows else ())


def _weight_rows(
    weights: Sequence[Weight], groups: Mapping[str, Sequence[str]]
) -> Iterator[page.Row]:
    for w in weights:
        base: page.Row = {
            "index": w.index,
            "source": "; ".join(page.sources_of(w.newest)),
        }
        for year, value in w.poles.items():
            yield {**base, "metric": "poles", "year": year, "value": value, "unit": "poles"}
        now = {**base, "year": w.year}
        if w.concentration is not None:
            yield {**now, "metric": "concentration", "value": w.concentration, "unit": "index"}
        for group, share in w.shares.items():
            if not isinstance(share, str):
                yield {
                    **now,
                    "metric": "share",
                    "country": "+".join(groups[group]),
                    "value": share,
                    "unit": "percent",
                }


def _pact_rows(pacts: Sequence[Pact]) -> Iterator[page.Row]:
    for p in pacts:
        base = {
            "metric": "vulnerability",
            "unit": "1",
            "source": "; ".join(page.sources_of(p.source)),
        }
        for name, values in (("baseline", p.before), (p.name, p.after)):
            for code, value in values.items():
                yield {**base, "country": code, "scenario": name, "value": value}
