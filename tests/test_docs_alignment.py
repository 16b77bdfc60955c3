"""The page and the notebook on alignment: tables are computed, code runs, the words hold.

All estimates of the page are `MULTIPOLAR_SLOW_TABLES=1 make tables`, some six minutes; two of them
are made again here.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from docs_page import DOCS, Page
from multipolar.engines.alignment import engine
from multipolar.engines.alignment.data import Record
from multipolar.engines.alignment.positions import VARIANTS
from multipolar.engines.alignment.similarity import SIMILARITIES
from multipolar.engines.alignment.solved import Solved
from multipolar.policy import BASELINE
from multipolar.world import World
from validation import alignment, ideal_points, unga_record

PAGE = Page("alignment")
NOTEBOOK = json.loads((DOCS / "split2022.ipynb").read_text("utf-8"))["cells"]

needs_series = pytest.mark.skipif(
    not ideal_points.present(), reason="the published ideal points are not here"
)
needs_record = pytest.mark.skipif(
    not unga_record.present(), reason="the votes of the General Assembly are not here"
)


def number(text: str) -> float:
    return float(text.replace("−", "-"))


# what is computed


@needs_series
@pytest.mark.slow
def test_the_row_of_the_published_features() -> None:
    assert PAGE.rows("series")[0] == alignment.series_row("published")
    assert PAGE.tables["alignment.sessions"] == alignment.sessions()


@needs_series
@pytest.mark.slow
def test_one_row_of_positions_found_again() -> None:
    assert alignment.recovered("smoothed", 0.5) in PAGE.rows("recovery")


@pytest.mark.parametrize("code", PAGE.examples)
def test_the_examples_of_the_page_run(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    PAGE.run(code)
    said = capsys.readouterr().out
    assert len(said.splitlines()) > 5
    truth = re.search(r"correlation with the truth ([0-9.]+)", said)
    assert truth is None or float(truth[1]) > 0.9


# what is said of it


def test_the_page_names_every_metric_variant_and_index() -> None:
    for metric in engine.metrics(World.load()):
        assert f"`{metric.name}`" in PAGE.text, metric.name
    for word in (*VARIANTS, *SIMILARITIES):
        assert f"`{word}`" in PAGE.text, word


def test_the_published_features_are_the_nearest_to_the_published_series() -> None:
    r = {row[0]: number(row[1]) for row in PAGE.rows("series")}
    change = {row[0]: number(row[5]) for row in PAGE.rows("series")}
    assert max(r, key=r.__getitem__) == max(change, key=change.__getitem__) == "published"
    by_title, unlinked = "published, links by title", "published, nothing linked"
    assert r[by_title] < r[unlinked]
    assert change[by_title] < change[unlinked]


def test_the_clip_holds_the_united_states_nearer() -> None:
    place = {row[0]: [number(x) for x in row[1:]] for row in PAGE.rows("clip")}
    for k in range(3):
        published = place["published series"][k]
        kept, gone = place["here, published"][k], place["here, published, without the clip"][k]
        assert published < kept < gone


def test_first_sessions_lie_apart_and_later_ones_do_not() -> None:
    published, ours, _ = ([number(x) for x in row[1:]] for row in PAGE.rows("early"))
    assert published[0] - ours[0] > 0.5
    assert all(abs(a - b) < 0.1 for a, b in zip(published[-2:], ours[-2:], strict=True))


def test_russia_moves_down_in_2022_under_every_link() -> None:
    russia = [row for row in PAGE.rows("late") if row[0] == "RUS"]
    assert len(russia) == 4
    for row in russia:
        before, after = (number(row[k].split(" ")[0]) for k in (4, 5))
        assert after < before - 0.5


def test_an_index_has_to_be_named() -> None:
    by_name = {row[0]: [number(x) for x in row[2:]] for row in PAGE.rows("war")}
    agreement, chance, kappa = ({name: v[k] for name, v in by_name.items()} for k in (0, 3, 4))
    assert max(agreement, key=agreement.__getitem__) == "India"
    assert max(chance, key=chance.__getitem__) == "Brazil"
    assert chance["Russia"] < 0
    assert sum(v == 0 for v in kappa.values()) == 2


# the notebook


def test_the_notebook_is_executed_and_names_no_path() -> None:
    code = [c for c in NOTEBOOK if c["cell_type"] == "code"]
    assert [c["execution_count"] for c in code] == list(range(1, len(code) + 1))
    outputs = json.dumps([c["outputs"] for c in code])
    assert '"error"' not in outputs
    assert not re.search(r"/(?:tmp|home|root|work|usr)/", outputs)


def words() -> str:
    return "\n".join("".join(c["source"]) for c in NOTEBOOK if c["cell_type"] == "markdown")


@needs_record
@pytest.mark.slow
def test_what_the_notebook_says_of_blocs() -> None:
    class Assembly:
        names = ("unga", "un_votes")

        def table(self, name: str) -> Any:
            return unga_record.record() if name == "unga" else World.load().table(name)

    solved = Solved(Record(Assembly()))  # type: ignore[arg-type]
    with_usa, west = {}, {}
    asked = [("covariance", 2021), ("covariance", 2022)]
    asked += [("correlation", y) for y in (2021, 2022, 2023)]
    for network, year in asked:
        found = solved.blocs("all", year, network)  # type: ignore[arg-type]
        usa, russia = (found.states.index(c) for c in ("USA", "RUS"))
        # rounded as the notebook's table prints it
        with_usa[network, year] = int(f"{found.every.together[usa, russia]:.2f}"[2:])
        camp = found.every.consensus
        west[network, year] = {s for s, c in zip(found.states, camp, strict=True) if c == camp[usa]}
    said = words()
    for network in ("covariance", "correlation"):
        for year in (2021, 2022):
            assert f"{with_usa[network, year]}%" in said, (network, year)
    assert with_usa["covariance", 2021] > 50 > with_usa["covariance", 2022]
    assert with_usa["correlation", 2022] < 50 < with_usa["correlation", 2023]
    assert west["covariance", 2021] ^ west["covariance", 2022] == {"RUS"}
    war = engine.solve(engine.prepare(World.load(), BASELINE), {})
    side = war.array("alignment.bloc", {"network": "covariance", "year": 2023}).to_series()
    assert (side[sorted(west["covariance", 2022])] == side["USA"]).all()
    others = side.drop(sorted(west["covariance", 2022])).value_counts()
    assert others[[1.0, 2.0, 3.0]].tolist() == [54, 52, 27]
    assert all(
        f"{n} of its" in said or f"{n} are" in said or f"{n}, Brazil" in said for n in (54, 52, 27)
    )
