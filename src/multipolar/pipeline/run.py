"""Testing a case: read it, plan every test, solve, decide, reconcile."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multipolar.claims.load import Loaded, leaves, load_case
from multipolar.engines.registry import Registry
from multipolar.errors import CaseError, DataMissing
from multipolar.limits import DRAWS as DRAWS_AT_MOST
from multipolar.pipeline.compile import LeafPlan, Term, plan_leaf
from multipolar.pipeline.judge import decide
from multipolar.pipeline.outlook import outlook_terms, outlooks
from multipolar.pipeline.parts import Answers, read_all
from multipolar.pipeline.reconcile import reconcile
from multipolar.pipeline.result import CaseResult, Part
from multipolar.pipeline.views import answers_to, sections_of, views_of
from multipolar.policy import compose, resolve
from multipolar.text.clean import printable
from multipolar.world import World

if TYPE_CHECKING:
    import xarray as xr

DRAWS = 256
SEED = 2023


def run_case(
    case: str | Path | Loaded,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    workers: int | None = None,
    progress: bool | None = None,
    registry: Registry | None = None,
) -> CaseResult:
    """Test every claim of a case and reconcile its figures.

    Args:
        case: a bundled name such as ``moscow-2023``, a folder, or a case that is loaded.
        draws: draws over the priors of engines that have any.
        seed: fixes the draws; the same seed gives the same verdicts.
        workers: processes for draws; all cores if left out.
        progress: show bars on stderr; by default if it is a terminal.
        registry: engines and world to use; the installed and shipped ones if left out.

    Raises:
        CaseError: the case is wrong; the message says what, where, and what to do.

    Example:
        >>> result = run_case("moscow-2023", draws=4)
        >>> sum(result.counts().values()) == len(result.case.claims)
        True
    """
    _whole("draws", draws, 1, DRAWS_AT_MOST)
    _whole("seed", seed, 0, None)
    if workers is not None:
        _whole("workers", workers, 1, None)
    loaded = case if isinstance(case, Loaded) else load_case(case)
    registry = registry or Registry.default(World.load())
    registry = registry.asking({*loaded.case.engines, *_owners(loaded, registry)})
    plans = plan_case(loaded, registry)
    flat = [p for group in plans.values() for p in group]
    asked = views_of(loaded, registry)
    extra = outlook_terms(loaded, registry, asked.tells)
    answers = read_all(
        flat,
        loaded,
        registry,
        draws=draws,
        seed=seed,
        workers=workers,
        progress=progress,
        more=extra,
    )
    verdicts = tuple(decide(c, plans[c.id], answers, loaded, registry) for c in loaded.case.claims)
    questions = [q for own in asked.asks.values() for q in own]
    sections, left_out = sections_of(
        asked, answers_to(questions, loaded, registry, answers.outcomes)
    )
    return CaseResult(
        case=loaded.case,
        world=registry.world,
        verdicts=verdicts,
        reconciliations=reconcile(loaded, registry.world),
        outlooks=outlooks(extra, answers.terms, answers.outcomes, loaded, registry),
        sections=sections,
        left_out=left_out,
        manifest={
            **_manifest(loaded, registry, plans, extra, draws, seed),
            "passed": [asdict(p) for p in answers.passed],
        },
        reader=_reader(answers),
    )


def _whole(name: str, value: object, low: int, high: int | None) -> None:
    """Refuse what is no whole number in a range."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or value < low or (high is not None and value > high):  # type: ignore[operator]
        hint = f"give a whole number from {low}" + (f" to {high:,}" if high is not None else "")
        raise CaseError(f"{name} is {printable(repr(value))}", hint=hint)


def _owners(loaded: Loaded, registry: Registry) -> set[str]:
    """Return the engines whose metrics a case names."""
    slots = ((x, x.over, x.minus, x.exceeds, x.short_of)
             for c in loaded.case.claims for x in leaves(c.test))  # fmt: skip
    named = {at.metric for group in slots for at in group if at is not None and at.metric}
    return {registry.metrics[m][0].name for m in named if m in registry.metrics}


def plan_case(loaded: Loaded, registry: Registry) -> dict[str, list[LeafPlan]]:
    """Plan every test, so that a wrong name anywhere is said before anything is solved."""
    for scenario in loaded.scenarios.values():
        resolve(compose(scenario.name, loaded.scenarios), registry.world)
    return {
        c.id: [plan_leaf(leaf, c, loaded, registry) for leaf in leaves(c.test)]
        for c in loaded.case.claims
    }


def _reader(answers: Answers) -> Any:
    def array(part: Part, open: tuple[str, ...]) -> xr.DataArray | None:
        outcome = answers.outcomes.get((part.engine or "", part.scenario or "baseline"))
        if outcome is None or part.metric is None:
            return None
        where = {k: v for k, v in part.where.items() if k not in open}
        try:
            found = outcome.array(part.metric, where)
        except DataMissing:
            return None
        return found if found.size else None

    return array


def _manifest(
    loaded: Loaded,
    registry: Registry,
    plans: Mapping[str, list[LeafPlan]],
    extra: Sequence[Term],
    draws: int,
    seed: int,
) -> dict[str, Any]:
    world = registry.world
    terms = (*(t for group in plans.values() for p in group for t in p.terms()), *extra)
    used = {t.scenario for t in terms if t.scenario}
    return {
        "world": {"name": "shipped", "sha256": world.sha256},
        "seed": seed,
        "draws": draws,
        "versions": {
            "multipolar": version("multipolar"),
            "python": platform.python_version(),
            **{p: version(p) for p in ("numpy", "pandas", "xarray")},
        },
        "engines": {
            e.name: {
                "title": e.title,
                "basis": e.basis,
                "references": [asdict(r) for r in e.references],
                "parameters": [
                    {
                        "name": p.name,
                        "value": p.value,
                        "unit": p.unit,
                        "drawn": p.prior is not None,
                        "description": p.description,
                        "source": p.source.text,
                    }
                    for p in e.parameters(world)
                ],
            }
            for e in registry.shown.values()
        },
        "scenarios": {
            name: resolve(compose(name, loaded.scenarios), world).applied() for name in sorted(used)
        },
    }
