"""The page and the notebook on trade: their tables are computed, and their code runs."""

from __future__ import annotations

import pytest

from docs_page import Page, run_notebook

PAGE = Page("trade")


@pytest.mark.parametrize("code", PAGE.examples)
def test_the_examples_of_the_page_run(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    PAGE.run(code)
    assert "Russia" in capsys.readouterr().out


@pytest.mark.slow
def test_the_notebook_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    space = run_notebook("embargo.ipynb", monkeypatch)
    # what the prose says of the tables
    table = space["table"]
    assert (table.loc["Russia"].diff().dropna() > 0).all()
    assert table.loc["Russia", "short"] < 3 * table.loc["Russia", "long"]
    shares = space["value"].query("measure == 'share'").set_index("party")["value"]
    assert shares["EU"] > shares.sum() / 2
    threat = space["asked"].threat(space["members"], space["russia"], space["china"])
    assert threat.iloc[-1]["high"] < 0.25
    assert threat.iloc[2]["value"] > 3 * abs(
        space["asked"].loss(space["members"], space["russia"])["value"].iloc[-1]
    )
