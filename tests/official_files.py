"""Small files in the exact layouts of the publishers of trade and country-year figures."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

# heads and lines of these as the releases V202501 (list of countries) and V202601 have them; the
# list of V202501 was turned into UTF-8 twice, which shows in the name of Côte d'Ivoire
BACI_COUNTRIES = """\
country_code,country_name,country_iso2,country_iso3
56,Belgium,BE,BEL
58,Belgium-Luxembourg (...1998),BE,BEL
156,China,CN,CHN
251,France,FR,FRA
384,CÃ´te d'Ivoire,CI,CIV
490,"Other Asia, nes",,S19
516,Namibia,,NAM
643,Russian Federation,RU,RUS
699,India,IN,IND
711,Southern African Customs Union (...1999),,ZA1
842,USA,US,USA
891,Serbia and Montenegro (...2005),CS,SCG
"""
BACI_PRODUCTS = """\
code,description
010121,"Horses: live, pure-bred breeding animals"
270900,"Oils: petroleum oils and oils obtained from bituminous minerals, crude"
271111,"Petroleum gases and other gaseous hydrocarbons: liquefied, natural gas"
847130,Automatic data processing machines: portable
"""
BACI_1998 = """\
t,i,j,k,v,q
1998,58,251,010121,1.250,0.5
1998,58,251,847130,12.000,NA
1998,384,711,270900,0.001,0.002
1998,490,891,847130,5.5,
"""
BACI_2022 = """\
t,i,j,k,v,q
2022,156,699,847130,23685.927,8047.4
2022,643,156,270900,1000.000,2000.000
2022,643,156,271111,500.000,           NA
2022,643,699,270900,250.5,400
2022,842,156,010121,0.412,0.002
"""


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Return a zip archive with files."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return held.getvalue()


def baci(**changed: str) -> bytes:
    """Return an archive of BACI with two years; files are changed by ``y1998``, ``countries``."""
    return zipped(
        {
            "BACI_HS92_Y1998_V202601.csv": changed.get("y1998", BACI_1998),
            "BACI_HS92_Y2022_V202601.csv": changed.get("y2022", BACI_2022),
            "Readme.txt": "See the documentation.",
            "country_codes_V202601.csv": changed.get("countries", BACI_COUNTRIES),
            "product_codes_HS92_V202601.csv": BACI_PRODUCTS,
        }
    )


# heads, lines before them and the comma at each end as in a file of 2024-11-13; figures of Brazil's
# exports are from there, the others are made up
WORLDBANK = """\
\ufeff"Data Source","World Development Indicators",

"Last Updated Date","2024-11-13",

"Country Name","Country Code","Indicator Name","Indicator Code","2020","2021","2022","2023",
"Brazil","BRA","Merchandise exports (current US$)","TX.VAL.MRCH.CD.WT","209180000000","280815000000","334136000000","339696000000",
"Africa Eastern and Southern","AFE","Merchandise exports (current US$)","TX.VAL.MRCH.CD.WT","1","2","3","4",
"Kosovo","XKX","Merchandise exports (current US$)","TX.VAL.MRCH.CD.WT","","","5.5E8","",
"World","WLD","Merchandise exports (current US$)","TX.VAL.MRCH.CD.WT","17000000000000","","","",
"""
WORLDBANK_NOTES = '"INDICATOR_CODE","INDICATOR_NAME","SOURCE_NOTE","SOURCE_ORGANIZATION",\n'


def worldbank(text: str = WORLDBANK) -> bytes:
    """Return an archive of the World Bank's."""
    stem = "API_TX.VAL.MRCH.CD.WT_DS2_en_csv_v2_9865.csv"
    return zipped(
        {
            f"Metadata_Indicator_{stem}": WORLDBANK_NOTES,
            stem: text,
            f"Metadata_Country_{stem}": '"Country Code","Region","IncomeGroup","SpecialNotes",\n',
        }
    )


COFER_API = """\
DATAFLOW,COUNTRY,INDICATOR,FXR_CURRENCY,TYPE_OF_TRANSFORMATION,FREQUENCY,TIME_PERIOD,OBS_VALUE,SCALE
IMF.STA:COFER(7.0.1),G001,AFXRA,CI_USD,SHRO_PT,Q,2026-Q1,57.130786895752,
IMF.STA:COFER(7.0.1),G001,AFXRA,CI_USD,SHRO_PT,Q,2025-Q4,56.7701683044434,
IMF.STA:COFER(7.0.1),G001,AFXRA,CI_CNY,SHRO_PT,Q,2025-Q4,,
IMF.STA:COFER(7.0.1),G001,AFXRA,CI_EUR,SHRO_PT,Q,2025-Q4,20.25,
IMF.STA:COFER(7.0.1),G001,AFXRA,CI_T,SHRO_PT,Q,2025-Q4,100,
IMF.STA:COFER(7.0.1),G001,AFXRA,CI_USD,NV_USD,Q,2025-Q4,7000000,6
IMF.STA:COFER(7.0.1),G001,AFXRA,CI_USD,SHRO_PT,A,2025,56.7701683044434,
"""
COFER_TABLE = """\
DATASET,SERIES_CODE,OBS_MEASURE,COUNTRY,INDICATOR,FXR_CURRENCY,TYPE_OF_TRANSFORMATION,FREQUENCY,SCALE,2025,2025-Q4,2026-Q1
IMF.STA:COFER(7.0.1),G001.AFXRA.CI_USD.SHRO_PT.Q,OBS_VALUE,World,"Reserves by currency",US dollar,Shares,Quarterly,Units,,56.7701683044434,57.130786895752
IMF.STA:COFER(7.0.1),G001.AFXRA.CI_EUR.SHRO_PT.Q,OBS_VALUE,World,"Reserves by currency",Euro,Shares,Quarterly,Units,,20.25,
IMF.STA:COFER(7.0.1),G001.AFXRA.CI_USD.SHRO_PT.A,OBS_VALUE,World,"Reserves by currency",US dollar,Shares,Annual,Units,56.7701683044434,,
IMF.STA:COFER(7.0.1),G001.AFXRA.CI_USD.NV_USD.Q,OBS_VALUE,World,"Reserves by currency",US dollar,US dollar,Quarterly,Millions,,7000000,
"""
# as downloaded in July 2023; the yuan's figures are from there, the dollar's of 2022 too
COFER_OLD = """\
\ufeff"Country Name","Country Code","Indicator Name","Indicator Code",Attribute,2022,2022Q3,2022Q4,2023Q1,
"Emerging and Developing Economies","200","Shares of Allocated Reserves, Shares of U.S. dollars, Percent","RAXGFXARUSDRT_PT","Value",,"60","61",,
"World","001","Total Foreign Exchange Reserves, US Dollars","RAXGFX_USD","Value",,"11534011828806.6","11914285522880.9","12039600355190.7",
"World","001","Shares of Allocated Reserves, Percent","RAXGFXARRT_PT","Value",,"92.7","92.6","92.6",
"World","001","Shares of Allocated Reserves, Shares of Chinese renminbi, Percent","RAXGFXARCNYRT_PT","Value","2.60620497753522",,,,
"World","001","Shares of Allocated Reserves, Shares of Chinese renminbi, Percent","RAXGFXARCNYRT_PT","Value",,"2.62837749447693","2.60620497753522","2.58348504762336",
"World","001","Shares of Allocated Reserves, Shares of euro, Percent","RAXGFXAREURORT_PT","Value",,"19.6","20.5",,
"World","001","Shares of Allocated Reserves, Shares of U.S. dollars, Percent","RAXGFXARUSDRT_PT","Value",,"59.8","58.52",,
"""
SWIFT = """\
month,currency,share_percent,rank
2025-05,USD,48.5,1
2025-05,CNY,2.9,6
2025-06,CNY,2.9,
"""
ARMS = """\
\ufeffRecipient,Supplier,Year of order, ,Number ordered, ,Weapon designation,Weapon description,Number delivered, ,Year(s) of delivery,status,Comments,SIPRI TIV per unit,SIPRI TIV for total order,SIPRI TIV of delivered weapons
Poland,Soviet Union,1970,?,10,?,T-1,tank,10,?,1971; 1973,New,,2,20,20
Poland,United States,2020,,4,,M-1,tank,4,,2022,New,$9 m deal; for two units,1,4,4
Poland,United States,2021,,4,,M-2,gun,2,?,2022; 2023; 2024,New,"Ordered by the army
",0.5,2,1
Thailand,Ukraine,2008,,14,,M-3,carrier,13,?,2010; 2012,New,Part of a deal,,,
,0.25,3.5,3.25,,,,,,,,,,,,
Houthi rebels (Yemen)*,unknown supplier(s),2015,?,5,?,M-4,missile,5,?,2016,New,,0.1,0.5,0.5
Albania,United States,2022,,,,M-5,missile,0,,,New,,0.03,0,0
"""


FIGARO = """\
icioiRow,icioiCol,refArea,rowIi,counterpartArea,colIi,obsValue
IT_A01,IT_A01,IT,A01,IT,A01,100.5
IT_A01,IT_C10T12,IT,A01,IT,C10T12,20
IT_A01,ME_C10T12,IT,A01,ME,C10T12,3
IT_A01,ME_P3_S14,IT,A01,ME,P3_S14,4
IT_A01,ME_P51G,IT,A01,ME,P51G,0.25
IT_A01,ME_P5M,IT,A01,ME,P5M,-0.5
ME_A01,IT_A01,ME,A01,IT,A01,7
EL_A01,IT_A01,EL,A01,IT,A01,0
FIGW1_C10T12,ME_P3_S14,FIGW1,C10T12,ME,P3_S14,9
W2_D1,IT_A01,W2,D1,IT,A01,40
W2_B2A3G,ME_A01,W2,B2A3G,ME,A01,60
"""


# the same cells as Eurostat's matrices have them: heads of area and use, rows of area and industry,
# and every cell printed
FIGARO_MATRIX = """\
rowLabels,IT_A01,IT_C10T12,ME_A01,ME_C10T12,IT_P3_S14,ME_P3_S14,ME_P51G,ME_P5M
IT_A01,100.5,20,0,3,0,4,0.25,-0.5
ME_A01,7,0,0,0,0,0,0,0
EL_A01,0,0,0,0,0,0,0,0
FIGW1_C10T12,0,0,0,0,0,9,0,0
W2_D1,40,0,0,0,0,0,0,0
W2_B2A3G,0,0,60,0,0,0,0,0
"""


def figaro(text: str = FIGARO) -> bytes:
    """Return an archive of FIGARO's flat file."""
    return zipped({"flatfile_eu-ic-io_ind-by-ind_26ed_2024.csv": text})


def workbook(sheets: Mapping[str, list[list[str | float]]]) -> bytes:
    """Return an ``.xlsx`` as an office writes it: text shared, numbers in place, empty cells out."""
    words: list[str] = []
    parts: dict[str, str | bytes] = {}
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    for n, rows in enumerate(sheets.values(), start=1):
        lines = []
        for r, row in enumerate(rows, start=1):
            cells = []
            for c, value in enumerate(row):
                place = f"{chr(65 + c)}{r}"
                if isinstance(value, str) and value:
                    words.append(value)
                    cells.append(f'<c r="{place}" s="3" t="s"><v>{len(words) - 1}</v></c>')
                elif value != "":
                    cells.append(f'<c r="{place}" s="4"><v>{value}</v></c>')
            if cells:
                lines.append(f'<row r="{r}" spans="1:78">{"".join(cells)}</row>')
        body = f"<sheetData>{''.join(lines)}</sheetData>"
        parts[f"xl/worksheets/sheet{n}.xml"] = f'{head}<worksheet xmlns="{main}">{body}</worksheet>'
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, 1)
    )
    parts["xl/workbook.xml"] = (
        f'{head}<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{listed}</sheets></workbook>'
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="x" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    parts["xl/_rels/workbook.xml.rels"] = (
        f'{head}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{links}</Relationships>"
    )
    items = "".join(f'<si><t xml:space="preserve">{w}</t></si>' for w in words)
    parts["xl/sharedStrings.xml"] = f'{head}<sst xmlns="{main}">{items}</sst>'
    return zipped(parts)


def milex(**changed: list[list[str | float]]) -> bytes:
    """Return a workbook in SIPRI's layout; the figures are made up."""

    def sheet(first: str, lines: list[list[str | float]]) -> list[list[str | float]]:
        heads: list[str | float] = ["Country", "Notes", 1989, 1990, 1991, 2000]
        return [[first], ["Figures are as said."], [], heads, [], *lines]

    current: list[list[str | float]] = [
        ["Europe"],
        ["Eastern Europe"],
        ["Russia", "16", "xxx", "xxx", "...", 150.5],
        ["USSR", "", 900, 800, "xxx", "xxx"],
        ["Middle East"],
        ["Yemen, North", "§100", 30, 31, "xxx", "xxx"],
        ["Yemen", "§99", "xxx", "xxx", 40, 50],
        ["European Union", "", "...", "...", "...", 500],
    ]
    share: list[list[str | float]] = [["Russia", "", "xxx", "xxx", "...", 0.0342]]
    sheets: dict[str, list[list[str | float]]] = {
        "Front page": [["SIPRI"]],
        "Regional totals": [["Region"]],
        "Constant (2023) US$": sheet("Constant", current),
        "Current US$": sheet("Current", changed.get("current", current)),
        "Share of GDP": sheet("Share", share),
    }
    return workbook(sheets)
