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
