"""Maps: how states voted, and what flows where."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib import resources
from typing import Any

from multipolar.claims.phrases import number
from multipolar.dossier.charts.svg import Canvas, Chart, short, spread, twice

CHOICES = {"yes": ("vy", "for"), "abstain": ("va", "abstained"), "no": ("vn", "against"),
           "absent": ("vx", "absent")}  # fmt: skip
IMPLIES = "Borders imply no view."
HEIGHT = 440  # the map ends south of Tierra del Fuego


@cache
def shapes() -> Mapping[str, Any]:
    """Return the country shapes that come with the package."""
    file = resources.files("multipolar") / "dossier" / "shapes.json"
    found: Mapping[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def definitions(names: Mapping[str, str]) -> str:
    """Return every shape once, with its name for who hovers, for maps to refer to."""
    paths = "".join(
        f'<path id="m-{k}" d="{d}"><title>{escape(names.get(k, k))}</title></path>'
        for k, d in shapes()["paths"].items()
    )
    land = "".join(f'<path d="{d}"/>' for d in shapes()["land"])
    every = "".join(f'<use href="#m-{k}"/>' for k in shapes()["paths"])
    return (
        f'<svg width="0" height="0" aria-hidden="true" class="defs"><defs>{paths}'
        f'<g id="m-land">{land}</g><g id="m-all">{every}</g></defs></svg>'
    )


def votes(
    cast: Mapping[str, str], names: Mapping[str, str], *, title: str, source: str, subject: str = ""
) -> Chart:
    """Draw how each state voted, with the count as a split bar and the states as a list.

    Args:
        cast: yes, no, abstain or absent by ISO code.
        names: country names by code.
        title: what was voted on.
        source: source line.
        subject: a code to name on the map.
    """
    groups = {c: sorted(names.get(k, k) for k, v in cast.items() if v == c) for c in CHOICES}
    label = ", ".join(f"{len(groups[c])} {word}" for c, (_, word) in CHOICES.items() if groups[c])
    body = ['<g transform="scale(.1)"><use href="#m-land" class="v0"/>']
    styles: dict[str, str] = {}
    for code in shapes()["paths"]:
        style = CHOICES[cast[code]][0] if code in cast else "v0"
        styles[style] = styles.get(style, "") + f'<use href="#m-{code}"/>'
    body += [f'<g class="{style}">{uses}</g>' for style, uses in styles.items()]
    body.append("</g>")
    for code, (x, y) in shapes()["dots"].items():
        if code in cast:
            body.append(f'<circle cx="{x}" cy="{y}" r="3.2" class="{CHOICES[cast[code]][0]} vd">'
                        f"<title>{escape(names.get(code, code))}</title></circle>")  # fmt: skip
    if subject in shapes()["points"]:
        x, y = shapes()["points"][subject]
        body.append(
            f'<text x="{x}" y="{y}" class="ml">{escape(names.get(subject, subject))}</text>'
        )
    svg = (
        f'<svg class="map" viewBox="0 0 1000 {HEIGHT}" role="img" '
        f'aria-label="{escape(f"{title}: {label}")}">{"".join(body)}</svg>'
    )
    bar = "".join(
        f'<span class="b{CHOICES[c][0]}" style="flex:{len(groups[c])}"></span>'
        for c in CHOICES
        if groups[c]
    )
    legend = "".join(
        f'<li><i class="b{style}"></i><b>{len(groups[c])}</b> {word}</li>'
        for c, (style, word) in CHOICES.items()
    )
    markup = f'{svg}<div class="vbar" aria-hidden="true">{bar}</div><ul class="vleg">{legend}</ul>'
    rows = tuple((CHOICES[c][1], ", ".join(g)) for c, g in groups.items() if g)
    subtitle = "one state, one vote; states too small to see are dots"
    credit = f"{source} {IMPLIES}"
    return Chart(title, subtitle, credit, markup, "", label, ("vote", "states"), rows)


def flows(
    rows: Sequence[tuple[str, float]],
    target: str,
    names: Mapping[str, str],
    *,
    subject: str,
    title: str,
    unit: str,
    source: str,
    most: int = 7,
) -> Chart:
    """Draw what comes to one country from its largest suppliers, width in proportion.

    Args:
        rows: (ISO code, value), largest first.
        target: ISO code of the destination.
        names: country names by code.
        subject: the supplier the claim is about.
        title: what is shown.
        unit: unit of the values.
        source: source line.
        most: lines to draw; the subject is always among them.
    """
    at = shapes()["points"]
    shown = [r for r in rows if r[0] in at][:most]
    if subject in dict(rows) and subject not in dict(shown) and subject in at:
        shown[-1] = (subject, dict(rows)[subject])
    tx, ty = at[target]
    xs = [at[k][0] for k, _ in shown] + [tx]
    ys = [at[k][1] for k, _ in shown] + [ty]
    left, right = max(min(xs) - 90, 0), min(max(xs) + 110, 1000)
    top, bottom = max(min(ys) - 50, 0), min(max(ys) + 50, HEIGHT)
    largest = max(v for _, v in shown)
    label = f"{title}: " + ", ".join(f"{names.get(k, k)} {number(v)}" for k, v in shown)

    def draw(c: Canvas, narrow: bool) -> None:
        scale = min(c.width / (right - left), c.height / (bottom - top))
        shift = (c.height - (bottom - top) * scale) / 2

        def place(x: float, y: float) -> tuple[float, float]:
            return (x - left) * scale, (y - top) * scale + shift

        move = f"translate({-left * scale:.1f} {shift - top * scale:.1f}) scale({scale / 10:.4f})"
        c.parts.append(f'<use href="#m-all" class="land" transform="{move}"/>')
        ends = [place(*at[k]) for k, _ in shown]
        labelled = shown[: 4 if narrow else most]
        heights = spread([y for _, y in ends[: len(labelled)]], 16, 12, c.height - 6)
        ex, ey = place(tx, ty)
        for k in range(len(shown) - 1, -1, -1):
            (code, value), (x, y) = shown[k], ends[k]
            style = "fl1" if code == subject else "fl3"
            bend = -0.18 * (ex - x)
            c.add("path", d=f"M{x:.1f} {y:.1f}Q{(x + ex) / 2:.1f} {(y + ey) / 2 + bend * 0.6:.1f} "
                  f"{ex:.1f} {ey:.1f}", class_=style,
                  stroke_width=round(max(1.2, 14 * value / largest), 1))  # fmt: skip
        for (code, value), (x, _), y in zip(labelled, ends, heights, strict=False):
            own = code == subject
            text = f"{short(names.get(code, code), 16)} {number(value)}"
            c.text(min(max(x - 8, 90), c.width - 4), y + 4, text, "fll b" if own else "fll", "end")
        c.add("circle", cx=ex, cy=ey, r=5, class_="flo")
        c.text(min(ex + 10, c.width - 4), ey + 4, names.get(target, target), "fll b")

    wide, narrow = twice(draw, label, 330, 300)
    table = tuple((names.get(k, k), number(v)) for k, v in shown)
    subtitle = f"{unit}; the width of a line is in proportion"
    credit = f"{source} {IMPLIES}"
    return Chart(title, subtitle, credit, wide, narrow, label, ("from", unit), table)
