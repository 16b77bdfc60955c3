"""The page is whole, safe and small, whatever a case says."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from multipolar.render.cards import grouped
from multipolar.render.page import page
from multipolar.render.words import LOOKS
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


def test_every_look_has_its_count_and_none_is_disabled() -> None:
    text = page(fakes.result(25, grades=("holds", "by assumption", "mostly fails")))
    shown = Reader(text).text("script", "style")
    found = {"holds": 9, "assumed": 8, "mostly-fails": 8, "fails": 0, "split": 0, "mostly-holds": 0}
    for key, n in found.items():
        assert f"{n} {LOOKS[key]}" in shown, key
        buttons = re.findall(rf'<button[^>]*data-fv="{key}"[^>]*>', text)
        assert buttons
        assert all(("disabled" in b) == (n == 0) for b in buttons)
        assert len(re.findall(rf'<li class="[^"]*" id="c-[^"]*" data-v="{key}"', text)) == n


def test_the_bar_counts_what_the_result_counts() -> None:
    result = fakes.result(40)
    segments = re.findall(r'style="flex:(\d+)" data-fv="([a-z-]+)"', page(result))
    assert {LOOKS[key]: int(n) for n, key in segments} == {
        word: n for word, n in result.grades().items() if n
    }


def test_every_look_has_its_glyph_its_colour_and_its_segment() -> None:
    text = page(fakes.result(27))
    css = text[text.index("<style>") : text.index("</style>")]
    for key in (*LOOKS, "close"):
        assert f'<symbol id="g-{key}"' in text
        assert re.search(rf"\.v{key}[,{{]", css), key
    for key in LOOKS:
        assert re.search(rf"\.f{key}{{background", css), key
    drawn = re.findall(r'<symbol id="g-[^>]*>(.*?)</symbol>', text)
    assert len(set(drawn)) == len(drawn) == len(LOOKS) + 2  # and what is close, and a clock


def test_words_of_a_verdict_can_be_read_on_their_ground() -> None:
    css = page(fakes.result(1))
    themes = re.findall(r"color-scheme:(?:light|dark);(--[^}]*--holds:[^}]*)", css)
    assert len(themes) == 3  # light, and dark by the reader's system or by the reader
    assert css.count("@media screen and (prefers-color-scheme:dark)") == 1  # paper is white
    for theme in themes:
        ink = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{3,6})", theme))
        for key in ("holds", "fails", "split", "assumed", "unres"):
            for ground in ("bg", f"{key}-t"):
                assert contrast(ink[key], ink[ground]) >= 4.5, (key, ground)


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2 of two colours."""

    def light(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
        parts = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def card_of(text: str, claim: str) -> str:
    """The words of one card."""
    start = text.index(f'id="c-{claim}"')
    return Reader(f"<li {text[start : text.index('</details></li>', start)]}</details></li>").text()


def test_a_card_says_what_its_verdict_must_not_be_read_without() -> None:
    text = page(fakes.result(9))
    said = card_of(text, "C-005")  # mostly holds
    for words in (
        *(
            "holds in part",
            "stale",
            "then: unresolved",
            "On second-hand evidence",
            "“the very words”",
        ),
        *(
            "stands in 9 of 12 framings; not for",
            "Not tested: Why it is so",
        ),
        *("2 of 3 kinds of measures pass, 1 could be either; the part it needs passes", "needed"),
        *("1 of 2 pass", "Judged twice", "official series", "interested party"),
        *("public since 2 May 2023", "On what was known on 20 March 2023 unresolved"),
        "On what is known on 30 June 2024 holds in part",
    ):
        assert words in said, words
    near = card_of(text, "C-007")
    assert "too close to call" in near and "(±0.5 Mt, Because of 7. and rounding)" in near
    assert "Tested in its place: A near thing" in near
    assert "by assumption" in card_of(text, "C-008")


def test_a_part_is_listed_once_under_its_kind() -> None:
    for v in fakes.result(9).verdicts:
        groups = grouped(v, 99)
        assert sorted(p.label for g in groups for p in g.parts) == sorted(p.label for p in v.parts)
        assert sum(len(g.parts) for g in grouped(v, 2)) == min(2, len(v.parts))
    kinds = grouped(fakes.result(9).verdicts[5], 99)
    assert [(g.title, len(g.parts)) for g in kinds] == [
        ("", 1),
        ("", 1),
        ("arms Because of 5.", 2),
        ("Needed, whatever the count", 1),
    ]


def test_the_head_says_when_it_was_judged_and_how_new_the_data_are() -> None:
    shown = Reader(page(fakes.result(9))).text("script", "style")
    assert "judged on 30 June 2024; the newest data are of 2022" in shown
    old = Reader(page(fakes.result(2))).text("script", "style")
    assert "judged on 30 June 2024 A case" in old


def test_what_comes_out_by_assumption_is_not_counted_among_what_data_decide() -> None:
    shown = Reader(page(fakes.result(9))).text("script", "style")
    assert "1 more comes out by assumption." in shown


def test_the_same_case_gives_the_same_bytes() -> None:
    assert page(fakes.result(12)) == page(fakes.result(12))


def test_a_case_of_one_claim_makes_a_page() -> None:
    for word in fakes.GRADES:
        read = Reader(page(fakes.result(1, 1, grades=(word,))))
        assert not read.faults
        assert not read.stack


def test_headings_carry_the_computed_figures() -> None:
    shown = Reader(page(fakes.result(5))).text("script", "style")
    assert "{value}" not in shown
    assert "2nd of 6" in shown


@pytest.mark.parametrize(
    ("grade", "heading"),
    [
        ("holds", "It is so"),
        ("mostly holds", "It is so in the main"),
        ("mostly fails", "1 could be either; the part it needs passes"),  # no heading of its own
        ("split", "It depends"),
        ("too close to call", "It depends"),
    ],
)
def test_a_heading_is_that_of_the_grade_or_what_came_out(grade: str, heading: str) -> None:
    words = {"holds": "It is so", "mostly holds": "It is so in the main", "depends": "It depends"}
    assert heading in headed(grade, words)


def test_what_comes_out_by_assumption_is_never_headed_as_so() -> None:
    assert "It is so" not in headed("by assumption", {"holds": "It is so"})


def headed(grade: str, words: dict[str, str]) -> str:
    """The heading of the one finding of a case whose verdict has this grade."""
    result = fakes.result(1, 1, grades=(grade,))
    finding = result.case.story[0].model_copy(update={"heading": words})
    case = result.case.model_copy(update={"story": [finding]})
    object.__setattr__(result, "case", case)
    text = page(result)
    story = text[text.index('id="findings"') : text.index('id="claims"')]
    return re.findall(r"<h3[^>]*>(.*?)</h3>", story)[0]


def test_charts_have_titles_and_a_table_for_screen_readers() -> None:
    text = page(fakes.result(10))
    figures = re.findall(r"<figure.*?</figure>", text, re.S)
    assert figures
    for figure in figures:
        assert 'aria-label="' in figure
        assert "<figcaption>" in figure
    assert any("<table>" in f for f in figures)


def test_a_page_that_would_grow_too_large_loses_charts_of_cards_first() -> None:
    full = page(fakes.result(60, grades=("split",)))
    large = page(fakes.result(260, grades=("split",), hostile=True))
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
