"""The page and the notebook on alignment: tables are computed, code runs, the words hold.

The whole page is `python tools/alignment_page.py --check`, some six minutes; of its estimates two
are made again here.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import ideal_point_scores as scores
from multipolar.engines.alignment import engine
from multipolar.engines.alignment.data import Record
from multipolar.engines.alignment.positions import VARIANTS
from multipolar.engines.alignment.similarity import SIMILARITIES
from multipolar.engines.alignment.solved import Solved
from multipolar.policy import BASELINE
from multipolar.world import World
from unga_record import needs_record, record

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "alignment.md").read_text("utf-8")
NOTEBOOK = json.loads((ROOT / "docs" / "split2022.ipynb").read_text("utf-8"))["cells"]

needs_series = pytest.mark.skipif(
    not scores.present(), reason="the published ideal points are not here"
)


@cache
def tool() -> Any:
    sys.path.append(str(ROOT / "tools"))  # for what it shares with the other pages' tools
    path = ROOT / "tools" / "alignment_page.py"
    spec = importlib.util.spec_from_file_location("alignment_page", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["alignment_page"] = module
    spec.loader.exec_module(module)
    return module


def table(name: str) -> str:
    block = re.search(rf"<!-- table: {name} -->\n(.*?)<!-- end -->", PAGE, re.S)
    assert block is not None
    return block[1].strip()


def rows(name: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table(name).splitlines()[2:]
    ]


def number(text: str) -> float:
    return float(text.replace("−", "-"))


# what is computed


def test_every_table_has_its_place() -> None:
    marked = re.findall(r"<!-- table: (\w+) -->", PAGE)
    assert sorted(marked) == sorted(tool().BLOCKS)
    assert all(rows(name) for name in marked)


def test_the_table_of_the_shipped_votes() -> None:
    assert table("war") == tool().war(), "run: python tools/alignment_page.py"


@needs_series
@pytest.mark.slow
def test_the_row_of_the_published_features() -> None:
    assert rows("series")[0] == tool().series_row("published"), (
        "run: python tools/alignment_page.py"
    )
    assert table("sessions") == tool().sessions()


@needs_series
@pytest.mark.slow
def test_one_row_of_positions_found_again() -> None:
    found = tool().recovered("smoothed", 0.5)
    assert found in rows("recovery"), "run: python tools/alignment_page.py"


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", PAGE, re.S))
def test_the_examples_of_the_page_run(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(code, "docs/alignment.md", "exec"), {})
    said = capsys.readouterr().out
    assert len(said.splitlines()) > 5
    truth = re.search(r"correlation with the truth ([0-9.]+)", said)
    assert truth is None or float(truth[1]) > 0.9


# what is said of it


def test_the_page_names_every_metric_variant_and_index() -> None:
    for metric in engine.metrics(World.load()):
        assert f"`{metric.name}`" in PAGE, metric.name
    for word in (*VARIANTS, *SIMILARITIES):
        assert f"`{word}`" in PAGE, word


def test_the_published_features_are_the_nearest_to_the_published_series() -> None:
    r = {row[0]: number(row[1]) for row in rows("series")}
    change = {row[0]: number(row[5]) for row in rows("series")}
    assert max(r, key=r.__getitem__) == max(change, key=change.__getitem__) == "published"
    by_title, unlinked = "published, links by title", "published, nothing linked"
    assert r[by_title] < r[unlinked]
    assert change[by_title] < change[unlinked]


def test_the_clip_holds_the_united_states_nearer() -> None:
    place = {row[0]: [number(x) for x in row[1:]] for row in rows("clip")}
    for k in range(3):
        published = place["published series"][k]
        kept, gone = place["here, published"][k], place["here, published, without the clip"][k]
        assert published < kept < gone


def test_first_sessions_lie_apart_and_later_ones_do_not() -> None:
    published, ours, _ = ([number(x) for x in row[1:]] for row in rows("early"))
    assert published[0] - ours[0] > 0.5
    assert all(abs(a - b) < 0.1 for a, b in zip(published[-2:], ours[-2:], strict=True))


def test_russia_moves_down_in_2022_under_every_link() -> None:
    russia = [row for row in rows("late") if row[0] == "RUS"]
    assert len(russia) == 4
    for row in russia:
        before, after = (number(row[k].split(" ")[0]) for k in (4, 5))
        assert after < before - 0.5


def test_an_index_has_to_be_named() -> None:
    by_name = {row[0]: [number(x) for x in row[2:]] for row in rows("war")}
    agreement, chance, kappa = ({name: v[k] for name, v in by_name.items()} for k in (0, 3, 4))
    assert max(agreement, key=agreement.__getitem__) == "India"
    assert max(chance, key=chance.__getitem__) == "Brazil"
    assert chance["Russia"] < 0
    assert sum(v == 0 for v in kappa.values()) == 4


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
            return record() if name == "unga" else World.load().table(name)

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
    side = war.array("alignment.bloc", {"network": "covariance"}).to_series()
    assert (side[sorted(west["covariance", 2022])] == side["USA"]).all()
    others = side.drop(sorted(west["covariance", 2022])).value_counts()
    assert others[[1.0, 2.0, 3.0]].tolist() == [54, 52, 27]
    assert all(f"{n} of its" in said or f"{n} are" in said or f"{n}, Brazil" in said
               for n in (54, 52, 27))  # fmt: skip
