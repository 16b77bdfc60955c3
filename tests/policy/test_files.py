"""Reading YAML: what stays text, what is refused, and that every refusal is one line."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from multipolar.errors import CaseError, DataError, MultipolarError, ScenarioError
from multipolar.limits import YAML_DEPTH
from multipolar.policy.files import parse_yaml, pydantic_errors, read_yaml
from multipolar.text.numbers import Printed


def read(text: str) -> Any:
    return parse_yaml(text.encode(), "t.yaml")


def refusal(data: bytes | str) -> str:
    with pytest.raises(DataError) as caught:
        parse_yaml(data.encode() if isinstance(data, str) else data, "t.yaml")
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2023-03-22", "2023-03-22"),
        ("2023-03-22 10:00:00", "2023-03-22 10:00:00"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("off", "off"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("012", "012"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("0.25", 0.25),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        ("1.2.3", "1.2.3"),
        ("'12'", "12"),
        ("'true'", "true"),
        ("|\n  7", "7\n"),
        ("<<", "<<"),
    ],
)
def test_a_scalar_is_read_as_it_looks(text: str, value: Any) -> None:
    found = read(f"a: {text}\n")["a"]
    assert found == value
    assert isinstance(found, bool) == isinstance(value, bool)
    assert isinstance(found, type(value))


def test_names_are_text_and_a_byte_order_mark_is_skipped() -> None:
    assert parse_yaml(b"\xef\xbb\xbf2022: {NO: 1, true: 2}", "t.yaml") == {
        "2022": {"NO": 1, "true": 2}
    }


def test_an_empty_file_holds_nothing() -> None:
    assert read("") is None
    assert read("# only a remark\n") is None


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "'a' is given twice"),
        ("a:\n  - {x: 1, x: 2}\n", 2, "'x' is given twice"),
        ("1: a\n'1': b\n", 2, "'1' is given twice"),
        ("a: &x [1]\n", 1, "aliases are not read"),
        ("&x a: 1\n", 1, "aliases are not read"),
        ("a: 1\nb: *x\n", 2, "aliases are not read"),
        ("a: 1\nb: !!python/object/apply:os.system ['x']\n", 2, "the tag"),
        ("a: !!timestamp 2020-01-01\n", 1, "the tag"),
        ("a: ! x\n", 1, "the tag"),
        ("? [1, 2]\n: x\n", 1, "a name should be plain text"),
        ("a: 1\n'': 2\n", 2, "a name should be plain text"),
        ("a: 1\n---\nb: 2\n", 2, "a second document"),
        ("a: 1\nb: [1, 2\n", 3, "this is not YAML"),
        ("a: 1\n\tb: 2\n", 2, "this is not YAML"),
        ("a: 1\nb: \x00\n", 2, "this is not YAML"),
        (f"a: {'9' * 5000}\n", 1, "digits"),
        ("a: 1e999\n", 1, "too large"),
        ('a: "\\ud800"\n', 1, ""),
    ],
)
def test_what_is_refused_is_said_with_its_line(text: str, line: int, words: str) -> None:
    message = refusal(text)
    assert words in message
    assert message.startswith(f"t.yaml:{line}: ")


def test_text_that_is_not_utf8_is_refused_with_its_line() -> None:
    assert refusal(b"a: 1\nb: \xff\n").startswith("t.yaml:2: the text is not UTF-8")
    assert "UTF-8" in refusal("a: 1".encode("utf-16"))


def test_half_a_character_is_refused_without_libyaml_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "CSafeLoader", yaml.SafeLoader, raising=False)
    assert "half a character" in refusal('a: 1\nb: "\\ud800"\n')
    assert "half a character" in refusal('"\\ud800": 1\n')


def test_an_alias_bomb_is_refused_at_once() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 12)]
    start = time.perf_counter()
    assert "aliases are not read" in refusal("\n".join(rows))
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_deep_nesting_is_refused_at_once(opening: str) -> None:
    start = time.perf_counter()
    refusal(opening * 100_000)
    assert time.perf_counter() - start < 2


def test_nesting_to_the_limit_is_read() -> None:
    found: Any = read("[" * YAML_DEPTH + "]" * YAML_DEPTH)
    for _ in range(YAML_DEPTH - 1):
        (found,) = found
    assert found == []
    assert "nested more than" in refusal("[" * (YAML_DEPTH + 1) + "]" * (YAML_DEPTH + 1))


def test_a_file_over_the_limit_is_refused_and_the_limit_said(tmp_path: Path) -> None:
    file = tmp_path / "big.yaml"
    file.write_bytes(b"#" * 2_000_001)
    with pytest.raises(CaseError, match=r"larger than 2,000,000 bytes"):
        read_yaml(file, error=CaseError)
    file.write_bytes(b"#" * 2_000_000)
    assert read_yaml(file) is None


def test_places_that_hold_no_file(tmp_path: Path) -> None:
    for path, words in (
        (tmp_path, "this is a folder"),
        (tmp_path / "none.yaml", "no such file"),
        (Path("a\0b"), "cannot be read"),
        (tmp_path / ("x" * 5000), "a name longer than the system allows"),
    ):
        with pytest.raises(ScenarioError, match=words) as caught:
            read_yaml(path, error=ScenarioError)
        assert "\n" not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(DataError, match="a pipe, not a file"):
        read_yaml(tmp_path / "pipe.yaml")


PIECES = st.sampled_from(
    [
        "a",
        "b: ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "&x ",
        "*x",
        "!!str ",
        "'",
        '"',
        "\n",
        "  ",
        ": ",
        "|",
        ">",
        "#",
        "---\n",
        "...\n",
        "? ",
        "%YAML 1.1\n",
        "\t",
        "1e9",
        "\x00",
        "\u2028",
        "é",
        "\\x",
        ",",
    ]
)


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.lists(PIECES, max_size=40).map("".join)))
def test_whatever_the_file_holds_only_our_error_comes_out(data: bytes | str) -> None:
    try:
        value = parse_yaml(data if isinstance(data, bytes) else data.encode(), "t.yaml")
    except DataError as refusal:
        assert len(str(refusal).splitlines()) == 1
        assert str(refusal).isprintable()
    else:
        assert only_plain(value)


def only_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(type(k) is str and only_plain(v) for k, v in value.items())
    if isinstance(value, list):
        return all(map(only_plain, value))
    return value is None or type(value) in (str, int, float, bool, Printed)


LETTERS = st.characters(categories=("L", "N", "P", "S"), include_characters=" \n")
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.text(LETTERS, max_size=12)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abcdef-2NO", min_size=1, max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(PLAIN)
def test_what_is_written_as_json_is_read_back(value: Any) -> None:
    import json

    assert read(json.dumps(value, ensure_ascii=False)) == value


@settings(max_examples=100, deadline=None)
@given(PLAIN)
def test_plain_python_gives_the_same_as_libyaml(value: Any) -> None:
    text = yaml.safe_dump(value, allow_unicode=True, default_style='"')
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml, "CSafeLoader", yaml.SafeLoader, raising=False)
        try:
            slow: Any = read(text)
        except DataError as refusal:  # yaml tags numbers that it quotes
            slow = str(refusal)
    try:
        fast: Any = read(text)
    except DataError as refusal:
        fast = str(refusal)
    assert fast == slow


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pipe(Strict):
    kind: Literal["pipe"] = Field(default="pipe", alias="measure")
    capacity: float = Field(gt=0, description="capacity in bcm/yr")
    name: str | list[str] = ""


class Ship(Strict):
    kind: Literal["ship"] = Field(default="ship", alias="measure")
    port: Literal["Yamal", "Sakhalin"] = "Yamal"


class Net(Strict):
    links: tuple[Annotated[Pipe | Ship, Field(discriminator="kind")], ...] = ()
    either: Pipe | Ship | None = None
    by_year: dict[str, Pipe] = Field(default_factory=dict)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"lnks": []}, "net: no field 'lnks'. Hint: did you mean 'links'?"),
        (
            {"links": [{"measure": "ship"}, {"measure": "pipe", "capacity": 1, "capcity": 2}]},
            "net: links.2: no field 'capcity'. Hint: did you mean 'capacity'?",
        ),
        (
            {"links": [{"measure": "pipe"}]},
            "net: links.1.capacity: not given. Hint: add capacity: capacity in bcm/yr",
        ),
        (
            {"links": [{"measure": "pipe", "capacity": 0}]},
            "net: links.1.capacity: this should be greater than 0, not 0",
        ),
        (
            {"links": [{"measure": "shp"}]},
            "net: links.1: no measure 'shp'. Hint: did you mean 'ship'?",
        ),
        (
            {"links": [{"port": "Yamal"}]},
            "net: links.1: measure is not given. Hint: add `measure: ...`",
        ),
        (
            {"links": [{"measure": "ship", "port": "Yamall"}]},
            "net: links.1.port: no such choice as 'Yamall'. Hint: did you mean 'Yamal'?",
        ),
        ({"links": 3}, "net: links: this should be a list, not 3. Hint: start each item with `- `"),
        (
            {"by_year": {"2022": {"capacity": 1, "nam": "x"}}},
            "net: by_year.2022: no field 'nam'. Hint: did you mean 'name'?",
        ),
        (
            {"links": [{"measure": "pipe", "capacity": 1, "name": 3}]},
            "net: links.1.name: this should be text, not 3. Hint: put it in quotes",
        ),
        (
            {"zzz": 1, "qqq": 2, "www": 3},
            "net: no field 'zzz' (2 further problems). Hint: use one of by_year, either, links",
        ),
    ],
)
def test_a_validation_error_becomes_one_line(data: Any, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Net.model_validate(data)
    error = pydantic_errors(caught.value, "net", Net)
    assert isinstance(error, ScenarioError)
    assert str(error) == message


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["links", "either", "by_year", "x\n\x1b[31m"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=90) | st.floats(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["measure", "capacity", "name", "port", "pipe", "kind"]), inner
                )
            ),
            max_leaves=8,
        ),
    )
)
def test_whatever_is_refused_is_told_in_one_printable_line(data: Any) -> None:
    try:
        Net.model_validate(data)
    except ValidationError as fault:
        error: MultipolarError = pydantic_errors(fault, "net", Net, error=CaseError)
        assert isinstance(error, CaseError)
        assert str(error).isprintable()
        assert len(str(error)) < 400
