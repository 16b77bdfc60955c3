"""Reading what a user wrote: plain YAML of bounded size, and errors of one line."""

from __future__ import annotations

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from multipolar.errors import MultipolarError, nearest

MAX_BYTES = 2_000_000
MAX_DEPTH = 24


class _Loader(yaml.SafeLoader):
    """Safe YAML without aliases and repeated keys; dates and words such as NO stay text."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.constructor.ConstructorError(
                None, None, "anchors and aliases are not read; write the text out", mark
            )
        self.depth += 1
        if self.depth > MAX_DEPTH:
            mark = self.peek_event().start_mark
            raise yaml.constructor.ConstructorError(
                None, None, f"nested more than {MAX_DEPTH} deep; flatten it", mark
            )
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                raise yaml.constructor.ConstructorError(
                    None, None, "a name has to be a plain word", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key!r} is given twice; keep one", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


# YAML 1.1 reads 2023-03-22 as a date object, NO as false and 12:30 as a number of base sixty
_NOT_READ = {"timestamp", "bool", "int", "merge"}
_Loader.yaml_implicit_resolvers = {
    letter: [(tag, rule) for tag, rule in rules if tag.rsplit(":", 1)[-1] not in _NOT_READ]
    for letter, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|false|False)$"), list("tTfF")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789")
)


def read_yaml(path: Path, *, error: type[MultipolarError], max_bytes: int = MAX_BYTES) -> Any:
    """Read one YAML file into plain lists, dicts, numbers and text.

    Aliases, repeated names, files over ``max_bytes`` and nesting beyond 24 levels are refused.

    Raises:
        MultipolarError: of the kind ``error``: what is wrong and in which line.
    """
    try:
        size = path.stat().st_size
        if size > max_bytes:
            raise error(
                f"the file has {size:,} bytes, more than the {max_bytes:,} that are read",
                where=path.name,
                hint="split it",
            )
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise error(
            "the file is not UTF-8 text", where=path.name, hint="save it as UTF-8"
        ) from None
    except OSError as fault:
        raise error(
            f"cannot be read ({fault.strerror})", where=path.name, hint="check the path"
        ) from None
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        line = f":{mark.line + 1}" if mark else ""
        raise error(
            fault.problem or "not readable as YAML",
            where=f"{path.name}{line}",
            hint="see docs/cases.md for the form of the files",
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as fault:
        raise error(
            f"not readable as YAML ({str(fault).splitlines()[0][:120]})",
            where=path.name,
            hint="remove the character or value named",
        ) from None


def pydantic_errors(
    fault: ValidationError,
    where: str,
    model: type[BaseModel],
    *,
    error: type[MultipolarError],
) -> MultipolarError:
    """Turn a validation error into one line: the first problem's place, what it is, what to do."""
    first = fault.errors(include_url=False, include_context=True)[0]
    spot = ".".join(str(p + 1) if isinstance(p, int) else str(p) for p in first["loc"])
    hint = ""
    if first["type"] == "extra_forbidden":
        field = str(first["loc"][-1])
        what = f"no field {field!r}"
        hint = nearest(field, _fields(model, first["loc"]))
    elif first["type"] == "missing":
        what, hint = "not given", f"add {first['loc'][-1]}"
    else:
        what = first["msg"].removeprefix("Value error, ")
        given = repr(first.get("input"))
        if not isinstance(first.get("input"), (dict, list)) and len(given) < 80:
            what += f" (given: {given})"
    more = fault.error_count() - 1
    if more:
        hint = f"{hint} ({more} more after this one)".strip()
    return error(what, where=f"{where}: {spot}" if spot else where, hint=hint)


def _fields(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Field names of the (nested) model an error lies in; the outer one's if it is not found."""
    found: Any = model
    for step in loc[:-1]:
        if isinstance(step, int) or not hasattr(found, "model_fields"):
            continue
        info = found.model_fields.get(step)
        inner = _model_in(info.annotation) if info else None
        found = inner or found
    return [info.alias or name for name, info in found.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        found = _model_in(part)
        if found is not None:
            return found
    return None
