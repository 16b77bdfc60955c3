"""Testing a case, from its folder to its verdicts, and what a user does with the result."""

from __future__ import annotations

import logging
import os
import platform
import sys
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multipolar import limits
from multipolar.claims.load import Loaded, load_case
from multipolar.engines.api.contract import Parameter
from multipolar.engines.registry import Registry
from multipolar.errors import CaseError, DataMissing
from multipolar.pipeline.asks import Term, whole
from multipolar.pipeline.cache import Cache
from multipolar.pipeline.checking import Checked, Ready, checked
from multipolar.pipeline.compile import Program, compile_case
from multipolar.pipeline.judge import judge
from multipolar.pipeline.outlook import outlooks
from multipolar.pipeline.plan import Plan, make_plan
from multipolar.pipeline.reconcile import reconcile
from multipolar.pipeline.result import CaseResult, ClaimVerdict, Part
from multipolar.pipeline.solve import Answers, solve
from multipolar.pipeline.then import earlier, with_then
from multipolar.pipeline.unsolved import failed_draws, failures
from multipolar.pipeline.views import Views, sections_of
from multipolar.policy import compose, resolve
from multipolar.text.clean import printable
from multipolar.world import World

if TYPE_CHECKING:
    import xarray as xr

LOG = logging.getLogger("multipolar")
DRAWS = 256
SEED = 2023


@dataclass(frozen=True)
class CaseRun(CaseResult):
    """A tested case with what can be made of it."""

    def document(self) -> dict[str, Any]:
        """Return the content of ``verdicts.json``."""
        from multipolar.render.document import document

        return document(self)


def run_case(
    case: str | Path | Loaded | Ready,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
    workers: int | None = None,
    progress: bool | None = None,
    registry: Registry | None = None,
    cache: bool | Cache = True,
    as_of: str | None = None,
) -> CaseRun:
    """Test every claim of a case and reconcile its figures.

    Args:
        case: a bundled name such as ``moscow-2023``, a folder, or a case that is loaded, or was
            checked with its engines.
        draws: draws over the priors of engines that have any.
        seed: fixes the draws; the same seed gives the same verdicts.
        workers: processes for draws; all cores if left out.
        progress: show bars on stderr; by default if it is a terminal.
        registry: engines and world to use; the installed and shipped ones if left out.
        cache: keep answers for the next run, and use those of earlier ones; a
            :class:`~multipolar.pipeline.cache.Cache` says where, in the user's own if ``True``.
        as_of: an ISO date: what was not public by then is not used; the case's own if left out.
            A world that is handed over is cut at that date too.

    Raises:
        CaseError: the case is wrong; the message has a line for each mistake, with file and line.

    Example:
        >>> result = run_case("critical-minerals-2023", draws=4)
        >>> sum(result.counts().values()) == len(result.case.claims)
        True
    """
    _whole("draws", draws, 1, limits.DRAWS)
    _whole("seed", seed, 0, None)
    if workers is not None:
        _whole("workers", workers, 1, None)
    kept = cache if isinstance(cache, Cache) else Cache.default() if cache else None
    ready = case if isinstance(case, Ready) else checked_as_of(case, registry, as_of).ready()
    loaded, registry, program = ready.loaded, ready.registry, ready.program()
    how = _How(draws, seed, workers or _cores(), progress, kept)
    plan, answers = how.answered(program, registry)
    sections, left_out = sections_of(program.views, answers)
    for why in left_out:
        LOG.warning(why)
    result = CaseRun(
        case=loaded.case,
        world=registry.world,
        verdicts=with_then(
            judge(program, answers, registry),
            {date: how.judged(part, registry.as_of(date)) for date, part in earlier(loaded)},
        ),
        reconciliations=reconcile(loaded, registry.world),
        outlooks=outlooks(program.outlooks, answers, loaded, registry),
        sections=sections,
        left_out=left_out,
        manifest={
            **_manifest(loaded, registry, plan, answers, draws, seed),
            **_unsolved(program, answers),
        },
        reader=_reader(answers),
    )
    if kept is not None:
        kept.trim()
    return result


def checked_as_of(
    case: str | Path | Loaded, registry: Registry | None = None, as_of: str | None = None
) -> Checked:
    """Check a case for the world as it was public at its date, or at another."""
    if as_of is not None:
        loaded = case if isinstance(case, Loaded) else load_case(case)
        case = replace(loaded, case=loaded.case.model_copy(update={"as_of": as_of}))
    return checked(case, registry or (lambda loaded: registry_as_of(loaded.case.as_of)))


@dataclass(frozen=True)
class _How:
    """How a case is solved: draws, seed, processes, and what is kept."""

    draws: int
    seed: int
    workers: int
    progress: bool | None
    cache: Cache | None

    def answered(self, program: Program, registry: Registry) -> tuple[Plan, Answers]:
        """Return what a program asks, and the answers."""
        plan = make_plan(program, registry)
        answers = solve(
            plan,
            registry,
            draws=self.draws,
            seed=self.seed,
            workers=self.workers,
            progress=self.progress,
            cache=self.cache,
        )
        return plan, answers

    def judged(self, loaded: Loaded, registry: Registry) -> tuple[ClaimVerdict, ...]:
        """Return the verdicts on the claims of a case alone."""
        program = compile_case(loaded, registry)
        program = replace(program, outlooks=(), views=Views(program.views.brief))
        _, answers = self.answered(program, registry)
        return judge(program, answers, registry)


def registry_as_of(date: str | None) -> Registry:
    """Return the engines at hand for the world as it was public on a date; as it is for None.

    Example:
        >>> registry_as_of("2022-08-22").world.day
        '2022-08-22'
    """
    found = Registry.default(World.load())
    return found if date is None else found.as_of(date)


def _whole(name: str, value: object, low: int, high: int | None) -> None:
    """Refuse what is no whole number in a range."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or value < low or (high is not None and value > high):  # type: ignore[operator]
        hint = f"give a whole number from {low}" + (f" to {high:,}" if high is not None else "")
        raise CaseError(f"{name} is {printable(repr(value))}", hint=hint)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _reader(answers: Answers) -> Any:
    def array(part: Part, open: tuple[str, ...]) -> xr.DataArray | None:
        if part.metric is None or part.engine is None:
            return None
        where = {k: v for k, v in part.where.items() if k not in open}
        found = answers.at(part.engine, part.scenario, whole(part.metric, where))
        values: Any = found.values[0] if found.values else None
        return values if values is not None and values.size else None

    return array


def _manifest(
    loaded: Loaded, registry: Registry, plan: Plan, answers: Answers, draws: int, seed: int
) -> dict[str, Any]:
    world = registry.world
    used = {scenario for _, scenario in plan.drawn} | {t.scenario for t in plan.gaps}
    behind = {name for step in plan.places.values() for name in step.engines}
    names = sorted(behind | {n for n in loaded.case.engines if n in registry.engines})
    return {
        "world": {"name": "shipped", "sha256": world.sha256, "as_of": world.day},
        "seed": seed,
        "draws": draws,
        "versions": {
            "multipolar": version("multipolar"),
            "python": platform.python_version(),
            **{p: version(p) for p in ("numpy", "pandas", "xarray")},
        },
        "engines": {name: _about(registry, name) for name in names},
        "scenarios": {
            name: resolve(compose(name, loaded.scenarios), world.whole).applied()
            for name in sorted(used)
        },
        "passed": [asdict(p) for p in answers.passed],
    }


def _unsolved(program: Program, answers: Answers) -> dict[str, Any]:
    """Return who was asked and did not answer, and which draws failed."""
    shown = [t for t in program.views.terms.values() if isinstance(t, Term)]
    lost = failures(answers, shown)
    for one in lost:
        LOG.warning("engine %s gave no answer under %s: %s", one.engine, one.scenario, one.why)
    return {
        "failures": [asdict(f) for f in lost],
        "failed_draws": [asdict(f) for f in failed_draws(answers)],
    }


def _about(registry: Registry, name: str) -> dict[str, Any]:
    engine = registry.engines[name]
    return {
        "title": engine.title,
        "basis": engine.basis,
        "references": [asdict(r) for r in engine.references],
        "parameters": [
            {
                "name": p.name,
                "value": p.value,
                "unit": p.unit,
                "drawn": p.prior is not None,
                "description": p.description,
                "source": p.source.text,
            }
            for p in _parameters(name, registry)
        ],
    }


def _parameters(name: str, registry: Registry) -> tuple[Parameter, ...]:
    """Return an engine's parameters; none where what they rest on was not public."""
    try:
        return registry.parameters(name)
    except DataMissing:
        return ()
