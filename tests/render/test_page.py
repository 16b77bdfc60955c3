"""The page is whole, safe and small, whatever a case says."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from multipolar.render.page import page
from render import fakes

VOID = {"meta", "input", "br", "hr", "img", "link", "wbr", "col"}
FETCHING = {"src", "srcset", "poster", "background", "action", "formaction", "data", "ping"}


class Reader(HTMLParser):
    """Keeps the tree's facts: unclosed elements, attributes, text by element."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            self.attributes.append((tag, name, value or ""))
            if name == "id":
                self.ids.append(value or "")
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.stack.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.stack or self.stack[-1] != tag:
            self.faults.append(f"</{tag}> after {self.stack[-3:]} at {self.getpos()}")
            return
        self.stack.pop()

    def handle_data(self, data: str) -> None:
        self.words.append((self.stack[-1] if self.stack else "", data))

    def text(self, *but: str) -> str:
        return " ".join(" ".join(d for t, d in self.words if t not in but).split())


@pytest.fixture(scope="module", params=[1, 2, 7], ids="{} sources".format)
def hostile(request: pytest.FixtureRequest) -> tuple[str, Reader]:
    text = page(fakes.result(142, request.param, hostile=True))
    return text, Reader(text)


def test_it_is_well_formed(hostile: tuple[str, Reader]) -> None:
    _, read = hostile
    assert not read.faults
    assert not read.stack


def test_ids_are_unique_and_links_inside_lead_somewhere(hostile: tuple[str, Reader]) -> None:
    _, read = hostile
    assert len(read.ids) == len(set(read.ids))
    links = {v[1:] for t, n, v in read.attributes if n in ("href", "xlink:href") and v[:1] == "#"}
    assert links - {""} <= set(read.ids)
    labels = {
        w for _, n, v in read.attributes if n in ("aria-labelledby", "for") for w in v.split()
    }
    assert labels <= set(read.ids)


def test_nothing_is_fetched(hostile: tuple[str, Reader]) -> None:
    text, read = hostile
    assert [a for a in read.attributes if a[1] in FETCHING] == []
    assert [
        t for t, _, _ in read.attributes if t in ("link", "img", "iframe", "object", "base")
    ] == []
    css = text[text.index("<style>") : text.index("</style>")]
    assert "@import" not in css and "url(" not in css.replace("url(#", "")
    assert 'http-equiv="Content-Security-Policy"' in text
    assert "default-src 'none'" in text


def test_text_stays_text(hostile: tuple[str, Reader]) -> None:
    text, read = hostile
    assert text.count("<script") == 1
    assert not [a for a in read.attributes if a[1].startswith("on")]
    shown = read.text("script", "style")
    assert "<script>window.hurt = 1</script>" in shown
    assert "{{ 7 * 7 }}" in shown and "49 {%" not in shown


def test_links_go_to_the_web_or_stay_on_the_page(hostile: tuple[str, Reader]) -> None:
    _, read = hostile
    for tag, name, value in read.attributes:
        if name in ("href", "xlink:href"):
            assert re.match(r"https?://|#|verdicts\.(json|csv)$|claimreview\.json$", value), (
                tag,
                value,
            )


def test_it_is_under_a_megabyte(hostile: tuple[str, Reader]) -> None:
    assert len(hostile[0].encode()) < 1_000_000


def test_every_claim_is_on_it_once(hostile: tuple[str, Reader]) -> None:
    _, read = hostile
    cards = [i for i in read.ids if re.fullmatch(r"c-C-\d{3}", i)]
    assert len(cards) == len(set(cards)) == 142


def test_every_verdict_has_its_count_and_none_is_disabled() -> None:
    text = page(fakes.result(25, verdicts=("holds", "fails")))
    for word, n in (("holds", 13), ("fails", 12), ("depends", 0), ("unresolved", 0)):
        assert f"{n} {word}" in " ".join(Reader(text).text("script", "style").split()), word
        buttons = re.findall(rf'<button[^>]*data-fv="{word}"[^>]*>', text)
        assert buttons
        assert all(("disabled" in b) == (n == 0) for b in buttons)


def test_the_same_case_gives_the_same_bytes() -> None:
    assert page(fakes.result(12)) == page(fakes.result(12))


def test_a_case_of_one_claim_makes_a_page() -> None:
    for word in fakes.VERDICTS:
        read = Reader(page(fakes.result(1, 1, verdicts=(word,))))
        assert not read.faults
        assert not read.stack


def test_headings_carry_the_computed_figures() -> None:
    shown = Reader(page(fakes.result(5))).text("script", "style")
    assert "{value}" not in shown
    assert "2nd of 6" in shown


def test_charts_have_titles_and_a_table_for_screen_readers() -> None:
    text = page(fakes.result(10))
    figures = re.findall(r"<figure.*?</figure>", text, re.S)
    assert figures
    for figure in figures:
        assert 'aria-label="' in figure
        assert "<figcaption>" in figure
    assert any("<table>" in f for f in figures)


def test_a_page_that_would_grow_too_large_loses_charts_of_cards_first() -> None:
    full = page(fakes.result(60, verdicts=("depends",)))
    large = page(fakes.result(260, verdicts=("depends",), hostile=True))
    assert full.count("<figure") >= 60
    assert 0 < large.count("<figure") < 260
    assert len(large.encode()) < 1_000_000
    assert len(re.findall(r'id="c-C-\d{3}"', large)) == 260


def test_the_policy_names_the_script_by_its_hash() -> None:
    import base64
    import hashlib

    text = page(fakes.result(5))
    script = text[text.index("<script>") + 8 : text.index("</script>")]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text


def test_a_sum_is_told_once() -> None:
    result = fakes.result(10)
    finding = result.case.story[0].model_copy(update={"claim": "C-000", "chart": "sum"})
    case = result.case.model_copy(update={"story": [finding]})
    object.__setattr__(result, "case", case)
    text = page(result)
    sides = text[text.index('id="sides"') : text.index('id="claims"')]
    assert "98 bcm = 38 + 10 + 50" in sides
    assert "<figure" not in sides
    assert "Figures that add up" in text[: text.index('id="sides"')]
