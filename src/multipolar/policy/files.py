"""Reading what a user wrote: plain YAML, bounded in size and depth, and faults told in one line."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

import yaml
from pydantic import BaseModel

from multipolar import limits
from multipolar.errors import DataError, MultipolarError, ScenarioError, nearest
from multipolar.text.clean import SHOWN, printable
from multipolar.text.near import near
from multipolar.text.numbers import Printed
from multipolar.world.boundary import read_file

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

Plain: TypeAlias = "str | int | float | bool | list[Plain] | dict[str, Plain] | None"
Steps: TypeAlias = "tuple[str | int, ...]"  # names and, from 0, places in lists
SAID = "said"  # kind of a problem that our own validators put in words


_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
# only these: `NO` is Norway and `2023-03-22` is text, whatever YAML 1.1 says
_WORDS: Mapping[str, bool | None] = {
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
    "null": None, "Null": None, "NULL": None, "~": None, "": None,
}  # fmt: skip


@dataclass(frozen=True)
class Marked:
    """What a file holds, and on which line each part of it stands.

    Attributes:
        file: its name.
        value: what it holds.
        lines: the line, from 1, of each name and each item, by the steps that lead to it.
    """

    file: str
    value: Plain = None
    lines: Mapping[Steps, int] = field(default_factory=dict, repr=False)

    def line(self, steps: Sequence[str | int] = ()) -> int:
        """Return the line of a part; of what it would be in, where it is not there.

        A number where the file has names counts through the lists under these names.

        Example:
            >>> marked = parse_marked(b"a:\\n  b: [1, 2]\\n", "typed")
            >>> marked.line(("a", "b", 1)), marked.line(("a", "c"))
            (2, 1)
        """
        path: Steps = ()
        here: Any = self.value
        for step in steps:
            more: Steps = (step,)
            if isinstance(step, int) and isinstance(here, dict):
                parts = [own if isinstance(own, list) else [own] for own in here.values()]
                flat = [(n, k) for n, own in zip(here, parts, strict=True) for k in range(len(own))]
                more = flat[step] if step < len(flat) else ()
            if not more or (*path, *more) not in self.lines:
                break
            for name in more:
                here = here[name]
            path = (*path, *more)
        return self.lines.get(path, 1)


def read_yaml(
    path: str | Path,
    max_bytes: int | None = None,
    *,
    error: type[MultipolarError] = DataError,
) -> Plain:
    """Read one YAML file of text, numbers, true/false, lists and mappings.

    Dates stay text, so does every word but ``true``, ``false`` and ``null``, and every key.
    Anchors, aliases, tags, repeated keys, several documents, nesting deeper than 40 and files
    over ``max_bytes`` are refused.

    Args:
        path: the file.
        max_bytes: size limit in bytes, by default ``limits.YAML_BYTES``.
        error: the class of :class:`~multipolar.errors.MultipolarError` to raise.

    Raises:
        MultipolarError: of class ``error``, with file and line.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "a.yaml"
        ...     _ = file.write_text("since: 2023-03-22\\ntargets: [NO, RU]\\n")
        ...     read_yaml(file)
        {'since': '2023-03-22', 'targets': ['NO', 'RU']}
    """
    return read_marked(path, max_bytes, error=error).value


def read_marked(
    path: str | Path, max_bytes: int | None = None, *, error: type[MultipolarError] = DataError
) -> Marked:
    """Read one YAML file as :func:`read_yaml` does, with the line of every part."""
    content = read_file(
        path, most=limits.YAML_BYTES if max_bytes is None else max_bytes, error=error
    )
    return parse_marked(content, Path(path).name, error=error)


def parse_yaml(data: bytes, where: str, *, error: type[MultipolarError] = DataError) -> Plain:
    """Read YAML already in memory, under the rules of :func:`read_yaml` but for size.

    Example:
        >>> parse_yaml(b"rate: 0.25", "typed")
        {'rate': 0.25}
        >>> parse_yaml(b"a: 1\\na: 2", "typed")
        Traceback (most recent call last):
        multipolar.errors.DataError: typed:2: 'a' is given twice. Hint: keep one of them
    """
    return parse_marked(data, where, error=error).value


def parse_marked(data: bytes, where: str, *, error: type[MultipolarError] = DataError) -> Marked:
    """Read YAML already in memory as :func:`parse_yaml` does, with the line of every part."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise _at_line(
            error("the text is not UTF-8", where=f"{where}:{line}", hint="save the file as UTF-8"),
            line,
        ) from None
    reader = _Reader(text, where, error)
    try:
        return Marked(where, reader.document(), reader.lines)
    except yaml.YAMLError as fault:
        raise _syntax_fault(fault, text, where, error) from None


def _at_line(fault: MultipolarError, line: int) -> MultipolarError:
    fault.line = line
    return fault


def _syntax_fault(
    fault: yaml.YAMLError, text: str, where: str, error: type[MultipolarError]
) -> MultipolarError:
    mark: Any = getattr(fault, "problem_mark", None) or getattr(fault, "context_mark", None)
    problem = (
        getattr(fault, "problem", None) or getattr(fault, "reason", None) or "it does not parse"
    )
    if mark is not None:
        line = int(mark.line) + 1
    else:
        odd = next((k for k, c in enumerate(text) if not (c.isprintable() or c in "\t\n\r")), 0)
        line = text.count("\n", 0, odd) + 1
    found = error(
        f"this is not YAML: {problem}",
        where=f"{where}:{line}",
        hint="check indentation and quotes near this line",
    )
    return _at_line(found, line)


class _Reader:
    """Builds plain values from parser events, so that nothing is expanded or constructed."""

    def __init__(self, text: str, where: str, error: type[MultipolarError]) -> None:
        # libyaml where PyYAML was built with it: ten times faster, same events
        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.events: Iterator[Any] = iter(yaml.parse(text, Loader=loader))
        self.where, self.error = where, error
        self.lines: dict[Steps, int] = {}

    @staticmethod
    def line(event: Any) -> int:
        """Return the line on which something begins, from 1."""
        return int(event.start_mark.line) + 1

    def fault(self, event: Any, what: str, hint: str = "") -> MultipolarError:
        line = self.line(event)
        return _at_line(self.error(what, where=f"{self.where}:{line}", hint=hint), line)

    def document(self) -> Plain:
        value: Plain = None
        seen = False
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if seen:
                    raise self.fault(event, "a second document starts here", "remove the `---`")
                seen, value = True, self.value(next(self.events), ())
        return value

    def value(self, event: Any, steps: Steps) -> Plain:
        self._refuse_unplain(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if len(steps) >= limits.YAML_DEPTH:
            raise self.fault(event, f"nested more than {limits.YAML_DEPTH} deep", "flatten it")
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(steps)
        return self._mapping(steps)

    def _list(self, steps: Steps) -> list[Plain]:
        items: list[Plain] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            at = (*steps, len(items))
            self.lines[at] = self.line(event)
            items.append(self.value(event, at))
        return items

    def _mapping(self, steps: Steps) -> dict[str, Plain]:
        items: dict[str, Plain] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            self._refuse_unplain(event)
            if not isinstance(event, yaml.ScalarEvent) or not event.value.strip():
                raise self.fault(event, "a name should be plain text", "write `name: value`")
            key = str(event.value)
            if key in items:
                shown = printable(repr(key))
                raise self.fault(event, f"{shown} is given twice", "keep one of them")
            at = (*steps, key)
            self.lines[at] = self.line(event)
            items[key] = self.value(next(self.events), at)
        return items

    def _refuse_unplain(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise self.fault(
                event, "anchors and aliases are not read", "write the text out, or quote it"
            )
        if event.tag is not None:
            tag = printable(str(event.tag))
            raise self.fault(
                event, f"could not determine a constructor: the tag {tag}", "put the text in quotes"
            )
        if isinstance(event, yaml.ScalarEvent) and any(
            "\ud800" <= c <= "\udfff" for c in event.value
        ):
            raise self.fault(event, "half a character (a lone surrogate)", "write it whole")

    def _scalar(self, event: Any) -> Plain:
        text: str = event.value
        if not event.implicit[0]:  # quoted or block text
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INTEGER.fullmatch(text):
            if len(text.lstrip("+-")) > limits.YAML_DIGITS:
                raise self.fault(
                    event, f"a whole number of over {limits.YAML_DIGITS} digits", "put it in quotes"
                )
            return int(text)
        if _NUMBER.fullmatch(text):
            number = Printed(text)
            if math.isinf(number):
                raise self.fault(event, "a number too large to hold", "put it in quotes")
            return number
        if _NOT_FINITE.fullmatch(text):  # a number to YAML; the models refuse it where it stands
            return float(text.replace(".", ""))
        return text


def pydantic_errors(
    exc: ValidationError,
    where: str,
    model: type[BaseModel],
    *,
    error: type[MultipolarError] = ScenarioError,
) -> MultipolarError:
    """Turn a ``ValidationError`` into one error of one line about its first problem.

    Args:
        exc: what pydantic raised.
        where: file and item the data came from.
        model: the model that refused the data; its fields give the nearest valid name.
        error: the class of error to return.

    Returns:
        An error, not raised, whose place is ``where`` and the dotted path with list items counted
        from 1, and which says how many problems follow.

    Example:
        >>> from pydantic import ConfigDict, ValidationError
        >>> class Pipe(BaseModel, extra="forbid"):
        ...     capacity: float
        >>> try:
        ...     Pipe.model_validate({"capacty": 38.0, "capacity": 38.0})
        ... except ValidationError as fault:
        ...     print(pydantic_errors(fault, "pipes.yaml: pipe 1", Pipe))
        pipes.yaml: pipe 1: no field 'capacty'. Hint: did you mean 'capacity'?
    """
    first, *further = problems(exc, model)
    what = first.what
    if further:
        what += f" ({len(further)} further problem{'s' if len(further) > 1 else ''})"
    path = ".".join(_step(s) for s in first.place)
    return error(what, where=": ".join(filter(None, (where, path))), hint=first.hint)


@dataclass(frozen=True)
class Problem:
    """One thing wrong in what a user wrote: where in it, what, and what to do.

    ``steps`` lead to it, and ``place`` is where it is said to be: a field that there is not is
    named by ``what``, and ``meant`` is the one that it is a misspelling of.
    """

    steps: Steps
    what: str
    hint: str = ""
    place: Steps = ()
    meant: str = ""


def problems(exc: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Return every problem of a ``ValidationError``, the first at each place.

    A field that lacks because its name is misspelt is one problem, not two.

    Example:
        >>> from pydantic import ValidationError
        >>> class Pipe(BaseModel, extra="forbid"):
        ...     capacity: float
        >>> try:
        ...     Pipe.model_validate({"capacity": "much", "lenght": 5})
        ... except ValidationError as fault:
        ...     [p.steps for p in problems(fault, Pipe)]
        [('capacity',), ('lenght',)]
    """
    found: dict[tuple[Steps, str], Problem] = {}
    missing: set[Steps] = set()
    for problem in exc.errors(include_url=False):
        steps, owner = _walk(model, problem["loc"])
        what, hint = _say(problem, owner)
        # of what we say ourselves there may be several at a place; a union says one thing often
        key = (steps, what if problem["type"] == SAID else "")
        if key in found:
            continue
        if problem["type"] == "missing":
            missing.add(steps)
        if problem["type"] == "extra_forbidden":
            slip = near(str(steps[-1])[:SHOWN], _field_names(owner))
            found[key] = Problem(steps, what, hint, steps[:-1], "".join(slip))
        else:
            found[key] = Problem(steps, what, hint, steps)
    misspelt = {(*p.steps[:-1], p.meant) for p in found.values() if p.meant} & missing
    return [p for p in found.values() if p.steps not in misspelt]


def refuse_all(faults: Sequence[tuple[Steps, str]]) -> None:
    """Raise all that a validator of a model found wrong, each at the field that it is about.

    Raises:
        ValidationError: there is anything.

    Example:
        >>> from pydantic import ValidationError, model_validator
        >>> class Span(BaseModel):
        ...     low: float
        ...     high: float
        ...     @model_validator(mode="after")
        ...     def _in_order(self) -> "Span":
        ...         refuse_all([(("high",), "below low")] if self.high < self.low else [])
        ...         return self
        >>> try:
        ...     Span(low=2, high=1)
        ... except ValidationError as fault:
        ...     print(*[(p.steps, p.what) for p in problems(fault, Span)])
        (('high',), 'below low')
    """
    from pydantic import ValidationError
    from pydantic_core import InitErrorDetails, PydanticCustomError

    if faults:
        raise ValidationError.from_exception_data(
            "refused",
            [
                InitErrorDetails(
                    type=PydanticCustomError(SAID, "{what}", {"what": what}), loc=steps, input=None
                )
                for steps, what in faults
            ],
        )


def spoken(steps: Sequence[str | int]) -> str:
    """Return the way to a part of a file in words, list items counted from 1.

    Example:
        >>> spoken(("test", "across", 1, "where", "year"))
        'test, across 2, where, year'
    """
    words: list[str] = []
    for step in steps:
        if isinstance(step, int) and words:
            words[-1] += f" {_step(step)}"
        else:
            words.append(_step(step))
    return ", ".join(words)


def _step(step: str | int) -> str:
    return str(step + 1) if isinstance(step, int) else printable(step)


def _say(problem: ErrorDetails, owner: tuple[type[BaseModel], ...]) -> tuple[str, str]:
    kind, given = problem["type"], problem.get("input")
    context = problem.get("ctx", {})
    name = problem["loc"][-1] if problem["loc"] else ""
    shown = printable(repr(given))
    match kind:
        case "extra_forbidden":
            return f"no field {printable(repr(name))}", nearest(
                str(name)[:SHOWN], _field_names(owner)
            )
        case "missing":
            text = _description(owner, str(name))
            return "not given", f"add {name}: {text}" if text else f"add {name}"
        case "literal_error" | "enum":
            allowed = re.findall(r"'([^']*)'|\b(\d+)\b", str(context.get("expected", "")))
            return f"no such choice as {shown}", nearest(
                str(given)[:SHOWN], [a or b for a, b in allowed]
            )
        case "union_tag_invalid":
            tags = re.findall(r"'([^']*)'", str(context.get("expected_tags", "")))
            tag = str(context.get("tag", ""))[:SHOWN]
            return f"no {_tag_name(context)} {printable(repr(tag))}", nearest(tag, tags)
        case "union_tag_not_found":
            return f"{_tag_name(context)} is not given", f"add `{_tag_name(context)}: ...`"
        case "string_type":
            return f"this should be text, not {shown}", "put it in quotes" if given else ""
        case "tuple_type" | "list_type":
            return f"this should be a list, not {shown}", "start each item with `- `"
        case "dict_type" | "model_type" | "model_attributes_type" | "mapping_type":
            return f"this should hold names with values, not {shown}", "write `name: value`"
        case "said":  # SAID
            return str(context["what"]), str(context.get("hint", ""))
        case "string_too_short":
            return "this is blank", "write it out, or leave it out"
        case "string_too_long":
            return f"this has more than {context['max_length']} characters", "shorten it"
        case "string_pattern_mismatch":
            if "http" in str(context["pattern"]):
                return f"{shown} is no web address", "start it with https://"
            return f"{shown} is no name", "use letters, digits, dots, dashes and underscores"
        case "too_short":
            return f"this holds {context['actual_length']}, not {context['min_length']} or more", ""
        case "too_long":
            return f"this holds more than {context['max_length']}", ""
        case "value_error" | "assertion_error":
            return problem["msg"].partition(", ")[2] or problem["msg"], ""
        case _:
            text = problem["msg"].replace("Input should be", "this should be")
            return f"{text[:1].lower()}{text[1:]}, not {shown}", ""


def _tag_name(context: Mapping[str, Any]) -> str:
    found = re.findall(r"'([^']*)'", str(context.get("discriminator", "")))
    return found[-1] if found else "kind"


def _field_names(owner: Sequence[type[BaseModel]]) -> list[str]:
    return [f.alias or name for m in owner for name, f in m.model_fields.items()]


def _description(owner: Sequence[type[BaseModel]], field: str) -> str:
    for m in owner:
        for name, info in m.model_fields.items():
            if field in (name, info.alias):
                return info.description or ""
    return ""


def _walk(
    model: type[BaseModel], loc: Sequence[int | str]
) -> tuple[Steps, tuple[type[BaseModel], ...]]:
    """Follow a pydantic location through the annotations.

    Returns the path as the user wrote it, without the marks pydantic leaves where a union
    branches, and the models in which the last step was looked for.
    """
    here: Any = model
    path: list[str | int] = []
    owner: tuple[type[BaseModel], ...] = (model,)
    for k, step in enumerate(loc):
        if step == "[key]" or (k and loc[k - 1] == "[key]" and k == len(loc) - 1):
            continue  # what is wrong is the name itself, whose step was taken
        branches = _branches(here)
        marked = [b for b in branches if step in _marks(b)]
        models = tuple(b for b in branches if isinstance(b, type) and issubclass(b, BaseModel))
        inside = [m for m in models if _field(m, step) is not None]
        if len(branches) > 1 and not inside and (marked or _is_branch_mark(step)):
            here = marked[0] if marked else here
            continue
        path.append(step)
        owner = tuple(inside) or models or owner
        here = _field(inside[0], step) if inside else _item(branches)
    return tuple(path), owner


def _branches(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Annotated:
        return _branches(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return tuple(b for a in get_args(annotation) for b in _branches(a))
    return (annotation,)


def _marks(branch: Any) -> set[Hashable]:
    """What pydantic may put into a location for one branch of a union."""
    if not (isinstance(branch, type) and issubclass(branch, BaseModel)):
        return {getattr(branch, "__name__", ""), str(branch)}
    tags = {
        v
        for f in branch.model_fields.values()
        if get_origin(f.annotation) is Literal
        for v in get_args(f.annotation)
    }
    return {branch.__name__, *tags}


def _is_branch_mark(step: int | str) -> bool:
    return isinstance(step, str) and (
        "[" in step or step in {"str", "int", "float", "bool", "none", "dict", "list", "tuple"}
    )


def _field(model: type[BaseModel], step: int | str) -> Any:
    for name, info in model.model_fields.items():
        if step in (name, info.alias):
            return info.annotation
    return None


def _item(branches: Sequence[Any]) -> Any:
    for branch in branches:
        arguments = [a for a in get_args(branch) if a is not Ellipsis]
        if (
            get_origin(branch) in (list, tuple, set, frozenset, dict, Mapping, Sequence)
            and arguments
        ):
            return arguments[-1]
    return None
