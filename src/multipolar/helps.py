"""What the commands say below their options."""

from __future__ import annotations

EPILOG = """\
first steps:
  multipolar run moscow-2023          test the founding case and write its page
  multipolar new my-case              start a case of your own
  multipolar check my-case            say what is wrong with it, if anything
  multipolar metrics energy           what can be measured, with units and dimensions

exit status: 0 done, 1 a fault of ours, no place for the output, or an engine that did not answer
(verdicts.json names it), 2 the input is wrong (one line says what, where, what to do), 130 stopped
by Ctrl-C, 129 and 143 ended by a signal
"""

SANCTIONS = """\
questions:
  loss        what an embargo costs each target and each sender
  value       what each member adds to the target's loss: alone, last in, Shapley value
  burden      the transfers among senders that equalise their losses
  potential   how far it goes: of the loss by a world-wide embargo, and by --scenario
  joins       what changes if --third joins
  threat      what defying secondary sanctions costs --third, and what it gains

for example:
  multipolar sanctions value --senders "EU, United States, Japan" --targets Russia
  multipolar sanctions threat --senders "EU, United States" --targets Russia --third China

Each answer is a value, and the least and greatest over published sets of trade elasticities.
"""

ADDING = """\
Add a table from a file you have downloaded.

  icio        OECD Inter-Country Input-Output table, YYYY_SML.csv or a zip archive: icio_YYYY
  unga        roll calls: Voeten's UNVotes, the UN Digital Library's ..._ga_voting.csv, or a table
              of your own; of two files, the second goes on where the first ends: unga
  cow         COW National Material Capabilities, CSV or zip: cow_nmc
  alliances   alliances by pair and year, of ATOP or COW: alliances_dyads
  baci        CEPII's BACI, goods by pair and chapter, BACI_HS92_V....zip: baci_YYYY
  figaro      Eurostat's FIGARO, flatfile_eu-ic-io_ind-by-ind_..ed_YYYY.zip: figaro_YYYY
  worldbank   indicators of the World Bank, API_..._DS2_en_csv_v2_....zip: worldbank, to which each
              file adds
  cofer       the IMF's COFER as CSV: cofer
  swift       SWIFT's tracker as you have typed it, with month, currency, share_percent and rank:
              swift_payments
  milex       SIPRI's military spending, SIPRI-Milex-data-....xlsx: sipri_milex
  arms        SIPRI's register of arms transfers, trade-register.csv: sipri_arms

Where yours go: the folder MULTIPOLAR_DATA names, or else your own data folder.
"""

READING = """\
for example:
  multipolar read energy.trade_value exporter=Russia importer=China commodity=crude year=2022
  multipolar read production.share country=China "commodity=*" year=2024
  multipolar read warheads.inventory entity=USA,RUS,CHN date=2023
  multipolar read trade.real_income country=Russia --scenario west-embargo-russia

Several words with commas are added up or averaged where the metric does so, and have a row each
where it takes one. What is left out or has no figure is answered with the years and places there
are. `multipolar find` says what there is to read.
"""

FINDING = """\
for example:
  multipolar find crude oil china
  multipolar find yuan settlement
  multipolar find nuclear weapons
"""

POSITIONS = """\
for example:
  multipolar positions --members CHN,RUS,USA,IND --since 2010
  multipolar positions senate.csv --high SMITH --low JONES --out senate-positions.parquet

The table needs the columns session, rollcall, country (who votes) and vote (yes, abstain, no,
absent); `link` names the roll call that one repeats. docs/data.md describes it, docs/alignment.md
the model.
"""

CACHE = """\
`multipolar run` keeps what engines answered, so that a case of which a claim was edited is not
solved again. A kept answer is used only where the engine's code, the tables, the scenario, the
parameters with their priors, the draws and the seed are the same.

It lies in the folder `answers` of your caches, or of the folder that MULTIPOLAR_CACHE names;
MULTIPOLAR_CACHE=off keeps nothing. Those read longest ago go first when all take more than 1 GB.
"""
