"""Small files in the layouts of the publishers, for the tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


def legislature(
    members: Sequence[str],
    calls: int,
    sessions: Sequence[int] = (1,),
    *,
    seed: int = 3,
    first: int = 0,
) -> pd.DataFrame:
    """Votes of members who stand in a line in the order given, from low to high."""
    rng = np.random.default_rng(seed)
    place = np.linspace(-1.5, 1.5, len(members))
    rows, call = [], first
    for session in sessions:
        for _ in range(calls):
            call += 1
            slope, middle = rng.normal(), 0.7 * rng.normal()
            z = slope * place + 0.6 * rng.normal(size=len(members)) - middle
            for who, x in zip(members, z.tolist(), strict=True):
                vote = "yes" if x < -0.2 else "no" if x > 0.2 else "abstain"
                rows.append((session, call, who, vote))
    return pd.DataFrame(rows, columns=["session", "rollcall", "country", "vote"])


VOETEN = """\
"","rcid","ccode","member","vote","Country","Countryname","session","abstain","yes","no","importantvote","date","unres","amend","para","short","descr","me","nu","di","hr","co","ec"
"1",3,2,1,1,"USA","United States of America",1,4,29,18,0,"1946-01-01","R/1/66",1,0,"AMENDMENTS, RULES","To adopt a Cuban ""amendment"", with a comma",0,0,0,0,0,0
"2",3,365,1,3,"RUS","Russia",1,4,29,18,0,"1946-01-01","R/1/66",1,0,"AMENDMENTS, RULES","To adopt a Cuban ""amendment"", with a comma",0,0,0,0,0,0
"3",3,817,0,9,"RVN","Republic of Vietnam",1,4,29,18,0,"1946-01-01","R/1/66",1,0,"AMENDMENTS, RULES","To adopt a Cuban ""amendment"", with a comma",0,0,0,0,0,0
"4",900,345,1,2,"YUG","Yugoslavia",30,1,2,0,NA,"1975-12-01","R/30/5",0,1,NA,"Missiles : resolution / adopted by the General Assembly",0,1,1,0,0,0
"5",900,265,1,8,"DDR","German Democratic Republic",30,1,2,0,NA,"1975-12-01","R/30/5",0,1,NA,"Missiles : resolution / adopted by the General Assembly",0,1,1,0,0,0
"6",901,345,1,1,"SRB","Serbia",74,0,2,0,1,"2019-12-12","A/RES/74/38",0,0,"Conventional arms control","",1,0,0,1,0,0
"7",901,710,1,1,"CHN","China",74,0,2,0,1,"2019-12-12","A/RES/74/38",0,0,"Conventional arms control","",1,0,0,1,0,0
"8",901,850,1,8,"IDN","Indonesia",74,0,2,0,1,"2019-12-12","A/RES/74/38",0,0,"Conventional arms control","",1,0,0,1,0,0
"9",NA,850,1,NA,"IDN","Indonesia",74,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA,NA
"""
LIBRARY = """\
undl_id,ms_code,ms_name,ms_vote,date,session,resolution,draft,committee_report,meeting,title,agenda_title,subjects,vote_note,total_yes,total_no,total_abstentions,total_non_voting,total_ms,undl_link
3850000,CHN,CHINA,N,2019-12-12,74,A/RES/74/38,A/C.1/74/L.9,,A/74/PV.46,Conventional arms control : resolution / adopted by the General Assembly,,,,2.0,1.0,0.0,1.0,193.0,https://digitallibrary.un.org/record/3850000
3879561,CHN,CHINA,Y,2020-08-11,74,A/RES/74/299,A/74/L.1,,A/74/PV.60,Road safety : resolution / adopted by the General Assembly,,,,2.0,1.0,0.0,1.0,193.0,https://digitallibrary.un.org/record/3879561
3959039,RUS,RUSSIAN FEDERATION,N,2022-03-02,11emsp,A/RES/ES-11/1,A/ES-11/L.1,,A/ES-11/PV.5,"Aggression against Ukraine : resolution /
adopted by the General Assembly",,,,141.0,5.0,35.0,12.0,193.0,https://digitallibrary.un.org/record/3959039
3959039,CHN,CHINA,A,2022-03-02,11emsp,A/RES/ES-11/1,A/ES-11/L.1,,A/ES-11/PV.5,"Aggression against Ukraine : resolution /
adopted by the General Assembly",,,,141.0,5.0,35.0,12.0,193.0,https://digitallibrary.un.org/record/3959039
3959039,VEN,VENEZUELA (BOLIVARIAN REPUBLIC OF),X,2022-03-02,11emsp,A/RES/ES-11/1,A/ES-11/L.1,,A/ES-11/PV.5,"Aggression against Ukraine : resolution /
adopted by the General Assembly",,,,141.0,5.0,35.0,12.0,193.0,https://digitallibrary.un.org/record/3959039
3999999,CHN,CHINA,Y,2021-12-06,76,A/RES/76/50,A/C.1/76/L.9,,A/76/PV.45,Conventional arms control : resolution / adopted by the General Assembly,,,,2.0,1.0,0.0,1.0,193.0,https://digitallibrary.un.org/record/3999999
"""
OWN = """\
Rollcall,Session,Country,Vote
1,9,Alpha,Yes
1,9,Beta,no
2,10,Alpha,absent
"""
NMC = """\
stateabb,ccode,year,milex,milper,irst,pec,tpop,upop,cinc,version
USA,2,2016,593372000,1347,78475,2986999,323015,174064,.1332993,2021
USA,2,1816,3823,17,80,254,8659,101,.0396975,2021
BAV,245,1850,-9,-9,1,2,3,4,.01,2021
YUG,345,2001,1,2,-9,4,5,6,.001,2021
GMY,255,1990,1,2,3,4,5,6,.02,2021
GFR,260,1990,1,2,3,4,5,6,.03,2021
"""
ATOP = """\
atopid1,dyad,year,mem1,mem2,atopally,defense,offense,neutral,nonagg,consul
3150,2020,2000,2,20,1,1,0,0,1,1
9999,255365,1990,255,365,1,0,0,1,0,0
9999,260365,1990,260,365,1,0,0,0,1,0
1000,245300,1860,245,300,1,1,0,0,0,0
5555,2365,2000,2,365,0,0,0,0,0,0
"""
COW_DYADS = """\
version4id,ccode1,state_name1,ccode2,state_name2,dyad_st_year,defense,neutrality,nonaggression,entente,year,version
1,200,United Kingdom,235,Portugal,1816,1,0,1,0,1816,4.1
"""
