"""Reading a case folder: every file checked, every link followed, nothing executed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from multipolar.claims.schema import Across, All, AnyOf, Case, Cited, Claim, Leaf, Test
from multipolar.errors import CaseError, nearest
from multipolar.limits import CASE_FILES, NAME
from multipolar.policy import BASELINE, Scenario, load_scenarios
from multipolar.policy.files import pydantic_errors, read_yaml
from multipolar.text.clean import printable
from multipolar.world.boundary import expanded, files_in, reading

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class Loaded:
    """A case with its scenarios, and the folder they came from."""

    case: Case
    scenarios: Mapping[str, Scenario]
    folder: Path


def bundled_cases() -> dict[str, Path]:
    """Return the cases that come with the package, by name.

    Example:
        >>> "moscow-2023" in bundled_cases()
        True
    """
    package = Path(str(resources.files("multipolar")))
    # an installed wheel carries them inside the package, a checkout beside the sources
    for root in (package / "cases", package.parents[1] / "cases"):
        if root.is_dir():
            found = {p.name: p for p in sorted(root.iterdir()) if (p / "case.yaml").is_file()}
            if found:
                return found
    return {}


def find_case(name: str | Path) -> Path:
    """Return the folder of a bundled case or of a path.

    Raises:
        CaseError: it is neither; the nearest bundled name is given.
    """
    known = bundled_cases()
    if str(name) in known:
        return known[str(name)]
    if not isinstance(name, (str, Path)):
        raise CaseError(f"{printable(repr(name))} is no case", hint="give a name or a folder")
    shown = printable(str(name), limit=NAME)
    if not str(name).strip():
        raise CaseError("no case is named", hint=f"name one of {', '.join(known)}, or a folder")
    folder = expanded(name, error=CaseError)
    with reading(shown, what="no such case or folder", error=CaseError):
        if (folder / "case.yaml").exists():
            return folder
        found, plain = folder.is_dir(), folder.is_file()
    if plain:
        raise CaseError("a case is a folder with a case.yaml", where=shown, hint="name the folder")
    what = "the folder has no case.yaml" if found else "no such case or folder"
    raise CaseError(what, where=shown, hint=nearest(str(name), known))


def leaves(test: Test) -> tuple[Leaf, ...]:
    """Return the comparisons a test is made of; none for untestable or awaited claims."""
    match test:
        case Leaf():
            return (test,)
        case All():
            return tuple(test.all)
        case AnyOf():
            return tuple(test.any)
        case Across():
            return (*test.across, *test.needs)
        case _:
            return ()


def load_case(name: str | Path) -> Loaded:
    """Read and check a case by bundled name or folder.

    The folder holds ``case.yaml``, and any number of ``claims*.yaml`` (lists of claims),
    ``evidence*.yaml`` (cited evidence by key) and ``scenarios*.yaml``.

    Raises:
        CaseError: one line that says what is wrong, in which file and claim, and what to do.

    Example:
        >>> load_case("moscow-2023").case.case
        'moscow-2023'
    """
    folder = find_case(name)
    head = _mapping(_files(folder, "case.yaml")[0])
    claims: list[Any] = list(_as_list(head.pop("claims", []), "case.yaml", "claims"))
    evidence: dict[str, Any] = dict(_as_dict(head.pop("evidence", {}), "case.yaml", "evidence"))
    parsed = [_claim(c, "case.yaml", k) for k, c in enumerate(claims, 1)]
    for path in _files(folder, "claims*.yaml"):
        rows = _as_list(read_yaml(path, error=CaseError), path.name, "the file")
        parsed += [_claim(c, path.name, k) for k, c in enumerate(rows, 1)]
    for path in _files(folder, "evidence*.yaml"):
        for key, row in _as_dict(read_yaml(path, error=CaseError), path.name, "the file").items():
            if key in evidence:
                raise CaseError(
                    f"evidence {key!r} is given twice", where=path.name, hint="rename one"
                )
            evidence[key] = _parse(Cited, row, f"{path.name}: evidence {key}")
    case = _parse(Case, {**head, "claims": parsed, "evidence": evidence}, "case.yaml")
    scenarios: dict[str, Scenario] = {BASELINE.name: BASELINE}
    for path in _files(folder, "scenarios*.yaml"):
        for key, scenario in load_scenarios(path).items():
            if key in scenarios:
                raise CaseError(
                    f"scenario {key!r} is given twice", where=path.name, hint="rename one"
                )
            scenarios[key] = scenario
    loaded = Loaded(case, scenarios, folder)
    _check_links(loaded)
    return loaded


def _files(folder: Path, pattern: str) -> list[Path]:
    return files_in(folder, pattern, most=CASE_FILES, error=CaseError)


def _mapping(path: Path) -> dict[str, Any]:
    return dict(_as_dict(read_yaml(path, error=CaseError), path.name, "the file"))


def _as_dict(value: Any, file: str, what: str) -> dict[str, Any]:
    if not isinstance(value, dict) or not all(isinstance(k, str) for k in value):
        raise CaseError(
            f"{what} should hold names with values", where=file, hint="write `name: value`"
        )
    return value


def _as_list(value: Any, file: str, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise CaseError(f"{what} should be a list", where=file, hint="start each item with `- `")
    return value


def _parse(model: type[T], row: Any, where: str) -> T:
    try:
        return model.model_validate(row)
    except ValidationError as fault:
        raise pydantic_errors(fault, where, model, error=CaseError) from None


def _claim(row: Any, file: str, k: int) -> Claim:
    name = row.get("id") if isinstance(row, dict) else None
    return _parse(Claim, row, f"{file}: claim {name if isinstance(name, str) else f'number {k}'}")


def _check_links(loaded: Loaded) -> None:
    case = loaded.case
    ids = {c.id for c in case.claims}
    for claim in case.claims:
        place = f"claim {claim.id}"
        _known(claim.source, case.sources, place, "source")
        for key in claim.cites:
            _known(key, case.evidence, place, "evidence")
        for other in claim.against:
            _known(other, ids, place, "claim")
        for leaf in leaves(claim.test):
            for slot in leaf.slots():
                if slot.evidence is not None:
                    _known(slot.evidence, case.evidence, place, "evidence")
                if slot.scenario is not None:
                    _known(slot.scenario, loaded.scenarios, place, "scenario")
    for finding in case.story:
        _known(finding.claim, ids, "story", "claim")
    for pair in case.pairs:
        for key in pair.claims:
            _known(key, ids, f"pair {pair.question!r}", "claim")


def _known(key: str, allowed: Mapping[str, Any] | set[str], place: str, what: str) -> None:
    if key not in allowed:
        raise CaseError(f"no {what} {key!r}", where=place, hint=nearest(key, allowed))
