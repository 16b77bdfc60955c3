"""Reading a case folder: every file checked, every link followed, nothing executed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from multipolar.claims.mistakes import Book, Spot
from multipolar.claims.salvage import PARTS, parsed, salvaged, unsaid
from multipolar.claims.schema import (
    Across,
    All,
    AnyOf,
    At,
    Case,
    Cited,
    Claim,
    Finding,
    Leaf,
    Pair,
    Test,
)
from multipolar.claims.tables import Table, Tables
from multipolar.errors import CaseError, MultipolarError, nearest
from multipolar.limits import CASE_FILES, NAME
from multipolar.policy import BASELINE, Scenario
from multipolar.policy.files import Marked, Steps, read_marked
from multipolar.policy.scenario import Origin, made, scenario_problems
from multipolar.text.clean import printable
from multipolar.world.boundary import expanded, files_in, reading
from multipolar.world.own_table import OwnTable

# what stands for a field of case.yaml that is wrong, while the rest is looked at
_STAND_INS: Mapping[str, Any] = {
    "schema": 1, "case": "unnamed", "title": "-", "deck": "-", "as_of": "2999", "engines": [],
    "sources": {"none": {"title": "-", "author": "-", "stance": "-"}}, "story": [], "pairs": [],
}  # fmt: skip
_CLAIM: Mapping[str, Any] = {  # and for what is wrong in a claim
    "source": "0", "speaker": "-", "kind": "record", "topic": "-", "says": "-", "chosen": "-",
    "test": {"untestable": "-"},
}  # fmt: skip
_QUANTITY = {"value": 0.0, "unit": "count", "kind": "none", "label": "-"}
_CITED = {"says": "-", "date": "1000", "source": "-"}
UNNAMED = "0"


@dataclass(frozen=True)
class Loaded:
    """A case with its scenarios, the folder they came from, and where everything stands in it.

    ``tables`` are those it brings along, by the metrics made of them.
    """

    case: Case
    scenarios: Mapping[str, Scenario]
    folder: Path
    book: Book = field(default_factory=Book, compare=False, repr=False)
    tables: Tables = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Draft:
    """A case as far as it could be read, and in its book what was wrong.

    Attributes:
        loaded: what is right of it; None where ``case.yaml`` is no case at all.
        named: what it names, right or wrong: ids of claims, keys of evidence, and so on, by kind.
        wrong: fields of ``case.yaml`` for which something else stands.
        book: where everything stands, with the mistakes.
    """

    loaded: Loaded | None
    named: Mapping[str, Collection[str]]
    wrong: frozenset[str]
    book: Book


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


def placed_leaves(test: Test) -> tuple[tuple[Steps, Leaf], ...]:
    """Return the comparisons a test is made of, each with the way to it in the claim."""
    match test:
        case Leaf():
            return ((("test",), test),)
        case All():
            return _listed("all", test.all)
        case AnyOf():
            return _listed("any", test.any)
        case Across():
            needs: Iterable[Leaf] = getattr(test, "needs", ())
            return (*_listed("across", test.across), *_listed("needs", needs))
        case _:
            return ()


def _listed(rule: str, parts: Iterable[Leaf]) -> tuple[tuple[Steps, Leaf], ...]:
    return tuple((("test", rule, k), leaf) for k, leaf in enumerate(parts))


def leaves(test: Test) -> tuple[Leaf, ...]:
    """Return the comparisons a test is made of; none for untestable or awaited claims."""
    return tuple(leaf for _, leaf in placed_leaves(test))


def load_case(name: str | Path) -> Loaded:
    """Read and check a case by bundled name or folder.

    The folder holds ``case.yaml``, and any number of ``claims*.yaml`` (lists of claims),
    ``evidence*.yaml`` (cited evidence by key), ``scenarios*.yaml`` and ``tables*.yaml`` (lists of
    CSV files of its own that become metrics).

    Raises:
        CaseMistakes: a :class:`~multipolar.errors.CaseError` with a line for each mistake: what
            is wrong, in which file, line and claim, and what to do.

    Example:
        >>> load_case("moscow-2023").case.case
        'moscow-2023'
    """
    draft = read_case(name)
    draft.book.refuse()
    assert draft.loaded is not None
    return draft.loaded


def read_case(name: str | Path) -> Draft:
    """Read a case as far as it is right, and note all that is wrong with it.

    Raises:
        CaseError: there is no such case.

    Example:
        >>> read_case("moscow-2023").book.mistakes
        []
    """
    folder, book = find_case(name), Book()
    head = _read(folder / "case.yaml", book)
    fields = _names(head, book, "the file")
    if head is not None:
        book.spots["case", ""] = Spot(head)
    named: dict[str, dict[str, None]] = {"claim": {}, "evidence": {}, "scenario": {}}
    claims = list(_claims(folder, head, fields, named["claim"], book))
    evidence = dict(_evidence(folder, head, fields, named["evidence"], book))
    scenarios = {BASELINE.name: BASELINE, **_scenarios(folder, named["scenario"], book)}
    named["scenario"][BASELINE.name] = None
    tables = _tables(folder, book)
    if fields is None:
        return Draft(None, named, frozenset(_STAND_INS), book)
    rest = {k: v for k, v in fields.items() if k not in ("claims", "evidence")}
    rest |= {"claims": claims, "evidence": evidence}
    case, wrong = _case(rest, book)
    loaded = None if case is None else Loaded(case, scenarios, folder, book, tables)
    draft = Draft(loaded, named, wrong, book)
    _check_links(draft)
    return draft


def _case(fields: dict[str, Any], book: Book) -> tuple[Case | None, frozenset[str]]:
    """Return the case, with stand-ins for what is wrong in ``case.yaml``, which is noted.

    There is none where no claim is right; that is said only if nothing else is wrong.
    """
    none = not fields["claims"] and bool(book.mistakes)
    if none:
        stand_in: Any = Claim.model_construct
        fields = fields | {"claims": [stand_in(id="none")]}
    got = salvaged(Case, fields, _case_stand_in)
    if not got.wrong:
        return None if none else got.found, frozenset()
    book.problems("case", "", got.wrong)
    book.unsaid("case", "", got.cut)
    return None if none else got.found, frozenset(str(p.steps[0]) for p in got.wrong if p.steps)


def _case_stand_in(steps: Steps) -> Any:
    finding: Any = Finding.model_construct
    pair: Any = Pair.model_construct
    match steps:
        case (str(name),):
            return _STAND_INS.get(name)
        case ("sources", str(), str(name)):
            return "-" if name in ("title", "author", "stance") else None
        case ("story", int()):
            return finding(claim="")
        case ("pairs", int()):
            return pair(claims=[], question="-")
        case _:
            return None


def _read(path: Path, book: Book) -> Marked | None:
    try:
        return read_marked(path, error=CaseError)
    except MultipolarError as fault:
        book.unread(path.name, fault)
        return None


def _files(folder: Path, pattern: str) -> list[Path]:
    return files_in(folder, pattern, most=CASE_FILES, error=CaseError)


def _marked(folder: Path, pattern: str, book: Book) -> Iterator[Marked]:
    """Yield the files that could be read."""
    for path in _files(folder, pattern):
        found = _read(path, book)
        if found is not None:
            yield found


def _names(
    marked: Marked | None, book: Book, what: str, under: Steps = ()
) -> dict[str, Any] | None:
    """Return the names with values of a file or a part of it; None where there are none."""
    if marked is None:
        return None
    value = marked.value
    for step in map(str, under):
        value = value.get(step, {}) if isinstance(value, dict) else {}
    if isinstance(value, dict):
        return dict(value)
    book.spots["file", marked.file] = Spot(marked)
    _refuse_form(book, marked, under, f"{what} should hold names with values", "`name: value`")
    return None


def _list(marked: Marked, book: Book, what: str, under: Steps) -> list[Any]:
    """Return the items of a file or a part of it."""
    value = marked.value
    for step in map(str, under):
        value = value.get(step, []) if isinstance(value, dict) else []
    if isinstance(value, list):
        return value
    _refuse_form(book, marked, under, f"{what} should be a list", "each item with `- `")
    return []


def _refuse_form(book: Book, marked: Marked, under: Steps, what: str, form: str) -> None:
    book.spots["case", marked.file] = Spot(marked)
    book.add("case", marked.file, under, what, f"write {form}", place=())


def _claims(
    folder: Path,
    head: Marked | None,
    fields: Mapping[str, Any] | None,
    named: dict[str, None],
    book: Book,
) -> Iterator[Claim]:
    """Yield the claims that are right, and note what is wrong with others."""
    lists: list[tuple[Marked, Steps]] = []
    lists += [(head, ("claims",))] if head is not None and fields and "claims" in fields else []
    lists += [(marked, ()) for marked in _marked(folder, "claims*.yaml", book)]
    for marked, under in lists:
        what = "claims" if under else "the file"
        for k, row in enumerate(_list(marked, book, what, under)):
            given = row.get("id") if isinstance(row, dict) else None
            name = given if isinstance(given, str) else f"number {k + 1}"
            spot = Spot(marked, (*under, k))
            if name in named:
                first = book.spots["claim", name]
                book.spots["claim", name] = spot
                book.add("claim", name, ("id",), f"claim id {name!r} is given twice", "rename one")
                book.spots["claim", name] = first
                continue
            named[name] = None
            book.spots["claim", name] = spot
            got = salvaged(Claim, row, _stand_in)
            book.problems("claim", name, got.wrong)
            book.unsaid("claim", name, unsaid(got.cut))
            if got.found is not None and ("id",) not in got.cut:
                yield got.found


def _stand_in(steps: Steps) -> Any:
    """Return what stands in a claim for what is wrong in it, so that the rest is looked at."""
    construct: Any = Leaf.model_construct
    reading: Any = At.model_construct
    match steps:
        case (str(name),):
            return _CLAIM.get(name)
        case ("quantities", int(), str(name)):
            return _QUANTITY.get(name)
        case ("test", str(rule), int()) if rule in PARTS:
            # an evidence that there is not, and whose lack is said of nobody
            return construct(evidence="", at_least=0.0)
        case (*_, "plus", int()):
            return reading(evidence="")
        case _:
            return None


def _evidence(
    folder: Path,
    head: Marked | None,
    fields: Mapping[str, Any] | None,
    named: dict[str, None],
    book: Book,
) -> Iterator[tuple[str, Cited]]:
    """Yield the evidence that is right, by key, and note what is wrong with the rest."""
    parts: list[tuple[Marked, Steps]] = []
    parts += [(head, ("evidence",))] if head is not None and fields and "evidence" in fields else []
    parts += [(marked, ()) for marked in _marked(folder, "evidence*.yaml", book)]
    for marked, under in parts:
        rows = _names(marked, book, "evidence" if under else "the file", under) or {}
        for key, row in rows.items():
            if key in named:
                twice = f"evidence {printable(repr(key))} is given twice"
                _refuse_twice(book, marked, (*under, key), twice)
                continue
            named[key] = None
            book.spots["evidence", key] = Spot(marked, (*under, key))
            got = salvaged(Cited, row, lambda steps: _CITED.get(str(steps[0])))
            book.problems("evidence", key, got.wrong)
            book.unsaid("evidence", key, got.cut)
            if got.found is not None:
                yield key, got.found


def _scenarios(folder: Path, named: dict[str, None], book: Book) -> dict[str, Scenario]:
    """Return the scenarios that are right, and note what is wrong with others."""
    out: dict[str, Scenario] = {}
    for marked in _marked(folder, "scenarios*.yaml", book):
        items = marked.value if isinstance(marked.value, list) else [marked.value]
        for k, row in enumerate(items):
            under: Steps = (k,) if isinstance(marked.value, list) else ()
            given = row.get("name") if isinstance(row, dict) else None
            name = given if isinstance(given, str) else f"number {k + 1}"
            if name in named:
                twice = f"scenario {printable(repr(name))} is given twice"
                _refuse_twice(book, marked, (*under, "name"), twice)
                continue
            named[name] = None
            book.spots["scenario", name] = Spot(marked, under)
            wrong = scenario_problems(row)
            book.problems("scenario", name, wrong)
            found = _sound_scenario(row, marked.file, {p.steps[:2] for p in wrong})
            if found is not None:
                out[name] = found
    return out


def _tables(folder: Path, book: Book) -> dict[str, OwnTable]:
    """Return the tables of the case that are right, and note what is wrong with others."""
    out: dict[str, OwnTable] = {}
    count = 0
    for marked in _marked(folder, "tables*.yaml", book):
        for k, row in enumerate(_list(marked, book, "the file", ())):
            count += 1
            given = row.get("metric") if isinstance(row, dict) else None
            name = given if isinstance(given, str) else f"number {k + 1}"
            if name in out:
                _refuse_twice(book, marked, (k, "metric"), f"table {name!r} is given twice")
                continue
            book.spots["table", name] = Spot(marked, (k,))
            found, wrong = parsed(Table, row)
            book.problems("table", name, wrong)
            if count > CASE_FILES:
                book.add("table", name, (), f"more than {CASE_FILES} tables", "leave some out")
            elif found is not None:
                try:
                    out[name] = found.read(folder)
                except MultipolarError as fault:
                    book.add("table", name, ("file",), f"{fault.where}: {fault.what}", fault.hint)
    return out


def _sound_scenario(row: Any, file: str, wrong: Collection[Steps]) -> Scenario | None:
    """Return a scenario without the measures that are wrong; None if anything else is."""
    if not isinstance(row, dict) or any(s[:1] != ("measures",) or len(s) < 2 for s in wrong):
        return None
    rows = list(enumerate(row.get("measures", [])))
    kept = [(n, m) for n, m in rows if ("measures", n) not in wrong]
    if len(kept) == len(rows):
        return made(row, file)
    found = made({**row, "measures": [m for _, m in kept]}, file)
    found._origins = tuple(Origin(file, found.name, n + 1) for n, _ in kept)
    return found


def _refuse_twice(book: Book, marked: Marked, steps: Steps, what: str) -> None:
    book.spots["case", marked.file] = Spot(marked)
    book.add("case", marked.file, steps, what, "rename one", place=())


def _check_links(draft: Draft) -> None:
    """Note every name that a claim or the story gives and nothing has."""
    if draft.loaded is None:
        return
    case, book, named = draft.loaded.case, draft.book, draft.named
    ids = named["claim"]

    def known(
        owner: tuple[str, str], steps: Steps, key: str, allowed: Iterable[str], what: str
    ) -> None:
        if key not in allowed:
            shown = f"no {what} {printable(repr(key))}"
            book.add(*owner, steps, shown, nearest(key, allowed))

    for claim in case.claims:
        own = ("claim", claim.id)
        if "sources" not in draft.wrong and claim.source != UNNAMED:
            known(own, ("source",), claim.source, case.sources, "source")
        for k, key in enumerate(claim.cites):
            known(own, ("cites", k), key, named["evidence"], "evidence")
        for k, key in enumerate(claim.against):
            known(own, ("against", k), key, ids, "claim")
        for steps, leaf in placed_leaves(claim.test):
            for slot in leaf.slots() if leaf.evidence != "" else ():
                at = (*steps, *slot_steps(leaf, slot))
                if slot.evidence is not None:
                    known(own, (*at, "evidence"), slot.evidence, named["evidence"], "evidence")
                if slot.scenario is not None:
                    known(own, (*at, "scenario"), slot.scenario, named["scenario"], "scenario")
    for k, finding in enumerate(case.story):
        known(("case", ""), ("story", k, "claim"), finding.claim, ids, "claim")
    for k, pair in enumerate(case.pairs):
        for n, key in enumerate(pair.claims):
            known(("case", ""), ("pairs", k, "claims", n), key, ids, "claim")


def slot_steps(leaf: Leaf, slot: object) -> Steps:
    """Return the way from a comparison to a place where it names a reading."""
    return next(((f,) for f in type(leaf).model_fields if getattr(leaf, f) is slot), ())
