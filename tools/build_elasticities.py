"""elasticities: published trade elasticities for the industries of the input-output table."""

from __future__ import annotations

import pandas as pd

from common import SOURCES, Built, column
from multipolar.policy import GROUPS, SECTORS
from publication import MODEL

URLS = {
    "caliendo-parro": "https://doi.org/10.1093/restud/rdu035",
    "fontagne": "https://sites.google.com/view/product-level-trade-elasticity",
    "flat": "https://www.nber.org/papers/w16796",
    "boehm": "https://doi.org/10.1257/aer.20210225",
}


def read() -> pd.DataFrame:
    """The typed rows, with a row for a group of industries written out by industry."""
    typed = pd.read_csv(SOURCES / "elasticities.csv")
    typed["note"] = typed["note"].fillna("")
    typed["sector"] = [GROUPS.get(word, (word,)) for word in typed["sector"]]
    frame = typed.explode("sector", ignore_index=True)
    for key, rows in frame.groupby(["set", "horizon"]):
        if sorted(rows["sector"]) != sorted(SECTORS):
            raise ValueError(f"{key}: not every industry once")
    return frame


def build() -> Built:
    """Build the table."""
    frame = read()
    frame["url"] = frame["set"].map(URLS)
    frame["sector"] = pd.Categorical(frame["sector"], SECTORS)
    frame["set"] = pd.Categorical(frame["set"], list(URLS))
    frame["horizon"] = pd.Categorical(frame["horizon"], ["short", "medium", "long"])
    frame = frame.sort_values(["set", "horizon", "sector"])
    frame = frame.astype({"set": str, "horizon": str, "sector": str})
    return Built(
        name="elasticities",
        read="2026-11-23",
        refresh="nothing: the estimates of four publications",
        grade="report",
        public={
            "rule": "at",
            "date": "2023-04",
            "why": f"Boehm and others, American Economic Review, April 2023; {MODEL}",
        },
        title="Trade elasticities by industry",
        description=(
            "Four sets of published estimates, each given for every industry. Where the "
            "publication has none the row is `assigned` and its note says what stands in. "
            "caliendo-parro: the values of the authors' calibration; the standard errors of their "
            "Table 1 were not at hand. fontagne: one plus the coefficient on ln(1 + tariff), sign "
            "reversed; read in the copies of the authors' file and of their Table 8 that the "
            "GitHub repositories dklinenberg2020/baqee_replication_python and ahmadlp/us-tariff "
            "keep; the file has no standard errors. flat: one value everywhere. boehm: by years "
            "since the change, and an elasticity of flows without the tariff; 0.76 and the "
            "long-run range were read in the abstract, the five-year estimate and the standard "
            "errors in a summary of the tables. The sets differ in method as well as in value."
        ),
        source="Caliendo and Parro (2015); Fontagné, Guimbard and Orefice (2022); Simonovska and "
        "Waugh (2014); Boehm, Levchenko and Pandalai-Nayar (2023); each row names its own",
        url="",
        licence="figures are facts; fontagne: Etalab Open Licence 2.0",
        version="2026-11",
        fields=(
            column("set", "string", "caliendo-parro, fontagne, flat or boehm"),
            column("horizon", "string", "short, medium or long, as the note dates it"),
            column("sector", "string", "Industry of the input-output table"),
            column(
                "value",
                "number",
                "Elasticity of trade to ad valorem trade costs, sign reversed: theta",
                "1",
            ),
            column("std_error", "number", "Standard error of the estimate; empty if not read", "1"),
            column("low", "number", "Lower end of the range the publication gives", "1"),
            column("high", "number", "Upper end of the range the publication gives", "1"),
            column(
                "source_sector",
                "string",
                "Sector of the publication; several, set apart by `; `, enter as their mean",
            ),
            column(
                "basis", "string", "published, or assigned where the publication has no estimate"
            ),
            column("source", "string", "Publication and the table in it"),
            column("url", "string", "Address of the publication or its data"),
            column("note", "string", "What stands behind the value; may be empty"),
        ),
        frame=frame,
    )
