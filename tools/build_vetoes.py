"""vetoes: what permanent members of the Security Council voted down, a row a vote against."""

from __future__ import annotations

import pandas as pd
import yaml

from common import FACTS, SOURCES, Built, column

FOLDER = SOURCES / "unsc"
LAST = "2022-07-08"  # the copied list ends here: later rows are pieced together
SEATS = {"USSR": "RUS", "Russia": "RUS", "USA": "USA", "UK": "GBR", "China": "CHN", "France": "FRA"}
LISTED = {
    "source": "United Nations, Dag Hammarskjöld Library, list of vetoes, in vetoes-un-security-council",
    "url": "https://research.un.org/en/docs/sc/quick",
    "grade": "report",
}
TOPICS = {"Malasyia": "Malaysia"}  # as the copied list misspells it


def listed() -> pd.DataFrame:
    """The rows of the copied list."""
    wide = pd.read_csv(FOLDER / "vetoes_1946_2022.csv", keep_default_na=False)
    votes = [f"member_veto{k}" for k in (1, 2, 3)]
    wide = wide.rename(columns={"meeting_record": "meeting", "agenda_item": "subject"})
    wide["date"] = pd.to_datetime(wide["date"], format="%m/%d/%Y").dt.strftime("%Y-%m-%d")
    wide["topic"] = wide["crisis_topic"].replace(TOPICS)
    wide["text"] = range(1, len(wide) + 1)
    kept = ["text", "date", "draft", "meeting", "subject", "topic", "region"]
    long = wide.melt(kept, votes, value_name="seat")
    long = long[long["seat"] != ""]
    return long.assign(country=long["seat"].map(SEATS), kind="draft", **LISTED)


def later(first: int) -> pd.DataFrame:
    """The typed rows, numbered from ``first`` on."""
    rows = []
    names = {code: name for name, code in SEATS.items() if name != "USSR"}
    for k, row in enumerate(yaml.safe_load((FOLDER / "later.yaml").read_text("utf-8")), first):
        by = row.pop("by")
        tracker = "United Nations, voting records, in a public list of vetoes since 2022"
        source, url = row.pop("read", tracker), row.pop("url", f"https://undocs.org/{row['draft']}")
        found = {"kind": "draft", **row, "text": k, "source": source, "url": url}
        rows += [{**found, "country": c, "seat": names[c], "grade": "second-hand"} for c in by]
    return pd.DataFrame(rows)


def build() -> Built:
    """Build the table."""
    old = listed()
    frame = pd.concat([old, later(int(old["text"].max()) + 1)])
    if (old["date"] > LAST).any() or frame["country"].isna().any():
        raise SystemExit("vetoes: a row is out of place")
    frame["year"] = frame["date"].str[:4].astype("int16")
    return Built(
        name="vetoes",
        read="2026-12-01",
        refresh="the list of vetoes of the Dag Hammarskjöld Library, for rows after July 2022 first of all",
        review_days=180,
        grade="",
        public={"rule": "column", "column": "date", "why": "Votes are public the day they are cast"},
        title="Vetoes in the Security Council, 1946-2026",
        description=(
            "A row for each vote by which a permanent member stopped a draft or an amendment that "
            "had votes enough; a draft stopped by several has several rows, with the same number "
            f"in `text`. Up to {LAST} the library's list, as copied; later rows were pieced together "
            "from reports and may not be all. Choices of a Secretary-General are not among them."
        ),
        source="United Nations, Dag Hammarskjöld Library; each row names where it was read",
        url="https://research.un.org/en/docs/sc/quick",
        licence=FACTS,
        version="1946-02-16 to 2026-04-07",
        fields=(
            column("text", "integer", "Number of the draft or amendment, by date"),
            column("date", "string", "Day of the vote, ISO 8601"),
            column("year", "integer", "Calendar year", "year", key=True),
            column("country", "string", "Who voted against, ISO 3166 alpha-3 code"),
            column("seat", "string", "The same by the name of the time: USSR before 1992"),
            column("draft", "string", "Symbol of the draft; that of the meeting, or empty, if none is known"),
            column("meeting", "string", "Symbol of the record of the meeting"),
            column("subject", "string", "Item of the agenda, or what it was about"),
            column("topic", "string", "The conflict or question, in a word or two", key=True),
            column("region", "string", "Where", key=True),
            column("kind", "string", "draft or amendment"),
            column("source", "string", "Where it was read"),
            column("url", "string", "Address"),
            column("grade", "string", "How good that source is"),
        ),
        frame=frame.sort_values(["date", "text", "country"]),
    )  # fmt: skip
