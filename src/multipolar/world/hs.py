"""The Harmonized System's sections and the chapters in each.

The division is that of the World Customs Organization and the same in every revision since 1992;
the names are shortened (https://www.wcoomd.org/en/topics/nomenclature/overview.aspx).
"""

from __future__ import annotations

OTHER = "none"  # chapters 98 and 99, which lists of trade use for what is not specified
# section, first and last chapter, name
SECTIONS = (
    ("I", 1, 5, "animals and their products"),
    ("II", 6, 14, "vegetable products"),
    ("III", 15, 15, "fats and oils"),
    ("IV", 16, 24, "food, drinks and tobacco"),
    ("V", 25, 27, "minerals and fuels"),
    ("VI", 28, 38, "chemicals"),
    ("VII", 39, 40, "plastics and rubber"),
    ("VIII", 41, 43, "hides, leather and furs"),
    ("IX", 44, 46, "wood, cork and straw"),
    ("X", 47, 49, "pulp and paper"),
    ("XI", 50, 63, "textiles and clothing"),
    ("XII", 64, 67, "shoes, hats and umbrellas"),
    ("XIII", 68, 70, "stone, ceramics and glass"),
    ("XIV", 71, 71, "precious metals and stones"),
    ("XV", 72, 83, "base metals"),
    ("XVI", 84, 85, "machinery and electrical equipment"),
    ("XVII", 86, 89, "vehicles, ships and aircraft"),
    ("XVIII", 90, 92, "instruments and clocks"),
    ("XIX", 93, 93, "arms and ammunition"),
    ("XX", 94, 96, "furniture, toys and other manufactures"),
    ("XXI", 97, 97, "works of art and antiques"),
    (OTHER, 98, 99, "not specified"),
)
RESERVED = 77  # a chapter that is kept for later use
SECTION_OF: dict[int, str] = {
    chapter: section
    for section, first, last, _ in SECTIONS
    for chapter in range(first, last + 1)
    if chapter != RESERVED
}
