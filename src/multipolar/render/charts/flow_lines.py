"""A flow as it is drawn on a map, and where its name may stand without hiding others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from multipolar.engines.api.views import Flow

Point = tuple[float, float]
Box = tuple[float, float, float, float]  # left, top, right, bottom
SAMPLES = 36


@dataclass
class Line:
    """A flow as it is drawn: a cubic curve to the base of its arrowhead, then the head."""

    flow: Flow
    second: bool  # of the carriers, which is dashed
    width: float
    start: Point
    bend: Point
    node: Point
    inside: tuple[bool, bool]
    angle: float = 0.0
    tip: Point = (0.0, 0.0)
    base: Point = (0.0, 0.0)
    arrive: Point = (0.0, 0.0)
    samples: list[Point] = field(default_factory=list)

    @property
    def head(self) -> tuple[float, float]:
        """Length and breadth of the arrowhead."""
        return 5.0 + 0.55 * self.width, 5.0 + 1.15 * self.width

    @cached_property
    def reach(self) -> Box:
        """The box around its samples, once they are there."""
        xs, ys = zip(*self.samples, strict=True)
        return min(xs), min(ys), max(xs), max(ys)

    def at(self, t: float) -> Point:
        """Point of the curve at a share of its length in parameter."""
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        ends = (self.start, self.bend, self.arrive, self.base)
        x, y = (sum(k * p[n] for k, p in zip((a, b, c, d), ends, strict=True)) for n in (0, 1))
        return x, y


def meets(a: Box, b: Box) -> bool:
    """Say whether two boxes share any room."""
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def within(p: Point, box: Box) -> bool:
    """Say whether a point lies in a box."""
    return box[0] <= p[0] <= box[2] and box[1] <= p[1] <= box[3]


def leader(spot: Point, box: Box, near: float) -> list[Point]:
    """Return points of the thin line from a flow to its name, none if the name is beside it."""
    (x, y), (a, b, d, e) = spot, box
    u, v = min(max(x, a), d), min(max(y, b), e)
    if math.dist(spot, (u, v)) <= near:
        return []
    u = (u + (a + d) / 2) / 2 if not b < y < e else u
    return [(x + k / 8 * (u - x), y + k / 8 * (v - y)) for k in range(9)]


def spots(line: Line, half: float, high: float) -> list[tuple[float, Point, Point]]:
    """List cost, point of the line and middle of the text for places a name could have."""
    out = []
    for t in (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8):
        x, y = line.at(t)
        off = 4 * abs(t - 0.5)
        up = line.width / 2 + high + 3
        for side in (-1, 1):
            out += [
                (off, (x, y), (x, y + side * up)),
                (off + 0.5, (x, y), (x + side * (line.width / 2 + half + 6), y)),
                (off + 0.5, (x, y), (x + half * 0.7, y + side * (up + 4))),
                (off + 0.5, (x, y), (x - half * 0.7, y + side * (up + 4))),
            ]
            for far in (16.0, 32.0, 50.0, 80.0):
                cost = off + 3 + far / 7
                out.append((cost, (x, y), (x + side * (line.width / 2 + half + far), y)))
                out += [
                    (cost + abs(slide), (x, y), (x + slide * half, y + side * (up + far)))
                    for slide in (-0.8, 0.0, 0.8)
                ]
    return out


def hidden(box: Box, lines: Sequence[Line], own: Sequence[Line], most: float = math.inf) -> float:
    """How much of lines and heads a name would cover, or of others' it would seem to mean.

    Counting ends above ``most``.
    """
    cost = 0.0
    for line in lines:
        mine = any(line is n for n in own)
        r = line.width / 2 + (1 if mine else 5)
        a, b, d, e = box[0] - r, box[1] - r, box[2] + r, box[3] + r
        left, top, right, bottom = line.reach
        if a <= right and left <= d and b <= bottom and top <= e:  # most lines are far away
            hits = sum(a <= x <= d and b <= y <= e for x, y in line.samples)
            weight = 0.11 if mine else 0.1 + 0.04 * line.width
            cost += weight * hits * math.dist(line.start, line.base) / SAMPLES
        cost += 3 * within(line.start, box)
        cost += 4 * (within(line.tip, box) or within(line.base, box))
        if cost > most:
            break
    return cost
