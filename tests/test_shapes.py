"""What returns or holds arrays says in its docstring how they are shaped."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "multipolar"
TEXTS = {path: path.read_text("utf-8") for path in sorted(SOURCE.rglob("*.py"))}
# the word, or (n,), (N, J) or (points, 8); of words alone, as (buyer, seller), it may be no shape
SHAPE = re.compile(r"\b[Ss]hape|(?<!\w)\((\w+,|[a-zA-Z](, \w+)+|[a-zA-Z]\w*, (\w+, )*\w)\)")
OTHER = re.compile(r"^(Args|Raises|Example):\n((    .*)?(\n|$))*", re.MULTILINE)
ALIAS = re.compile(r"^(\w+)(?:: TypeAlias)? = NDArray\[", re.MULTILINE)
ALIASES = {name for text in TEXTS.values() for name in ALIAS.findall(text)}
ARRAY = re.compile(rf"\b({'|'.join(sorted(ALIASES | {'NDArray', 'ndarray'}))})\b")


def holders(body: list[ast.stmt]) -> Iterator[tuple[ast.FunctionDef | ast.ClassDef, ast.AST]]:
    """Yield each function and class, but none within a function, with what annotates it."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            fields = [f.annotation for f in node.body if isinstance(f, ast.AnnAssign)]
            yield node, ast.Tuple(fields, ast.Load())
            yield from holders(node.body)
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            overload = any(ast.unparse(d) == "overload" for d in node.decorator_list)
            yield from () if overload else ((node, node.returns),)


def said(node: ast.FunctionDef | ast.ClassDef, lines: list[str]) -> str:
    """Return the docstring, without arguments, errors and example, and comments among fields."""
    words = re.sub(OTHER, "", ast.get_docstring(node) or "")
    ends = [f.end_lineno or 0 for f in node.body if isinstance(f, ast.AnnAssign)]
    among = lines[node.lineno : max(ends)] if isinstance(node, ast.ClassDef) and ends else []
    return "\n".join([words, *(line.partition("#")[2] for line in among)])


def test_public_arrays_have_a_shape() -> None:
    assert "Floats" in ALIASES
    silent = []
    for path, text in TEXTS.items():
        lines = text.splitlines()
        for node, note in holders(ast.parse(text).body):
            array = not node.name.startswith("_") and ARRAY.search(ast.unparse(note))
            if array and not SHAPE.search(said(node, lines)):
                silent.append(f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}")
    assert not silent, "say the shape, as `shape (N,), percent`, of\n" + "\n".join(silent)
