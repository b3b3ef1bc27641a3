"""Cut KaTeX's fonts down to what formulas commonly use, in three files.

Run by hand after a new version of KaTeX, with fontTools and Brotli installed:
``python cut_fonts.py docs/_static/katex/fonts``.  ``Core`` files are subsets;
``KaTeX_Extra`` joins six small fonts, whose letters it keeps apart by features:
``ss01`` to ``ss04`` for the sizes of brackets, ``ss05`` for blackboard bold and
``ss06`` for calligraphic letters.
"""

import sys
from pathlib import Path

from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

BRACKETS = [*map(ord, "()/[]{}‖|∏∐∑√∣∥∫∬∮⋃⋂⌈⌉⌊⌋⏐⟨⟩"), *range(0x239B, 0x23B8)]
LETTERS = [*range(0x41, 0x7B), *range(0x3B1, 0x3D6), *range(0x3F1, 0x3F6)]
LATIN = [*range(0x41, 0x5B), 0x6B]
BLACKBOARD = [*map(ord, "CENPQRZ")]
MAIN = [
    *range(0x20, 0x7F),
    *(0xA0, 0xAF, 0xB1, 0xB7, 0xD7, 0x338),
    *range(0x393, 0x3AA),
    *(0x2013, 0x2019, 0x2026, 0x2032, 0x2061, 0x2192, 0x21A6, 0x2200, 0x2202),
    *(0x2207, 0x2208, 0x2209, 0x2211, 0x2212, 0x2217, 0x2218, 0x221A, 0x221D),
    *(0x221E, 0x2223, 0x2225, 0x222B, 0x223C, 0x2248, 0x2260, 0x2261, 0x2264, 0x2265),
    *(0x226A, 0x226B, 0x2282, 0x2286, 0x22C5, 0x22EE, 0x22EF, 0x2308, 0x2309),
    *(0x230A, 0x230B, 0x27E8, 0x27E9, 0x2190, 0x21D2, 0x21D4, 0x2213, 0x2229, 0x222A),
    *(0x2227, 0x2228, 0x2283, 0x2295, 0x2299, 0x22A4, 0x22A5, 0x27FA),
]
EXTRA = ["Size1", "Size2", "Size3", "Size4", "AMS", "Caligraphic"]


def cut(file, characters=None):
    """Return a font with some of its characters, without hints."""
    font = TTFont(file)
    options = Options(hinting=False, layout_features=["*"], notdef_outline=True)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters or font.getBestCmap())
    subsetter.subset(font)
    return font


def joined(folder):
    """Return the six small fonts as one."""
    wanted = {"AMS": BLACKBOARD, "Caligraphic": LATIN}
    fonts = [
        cut(folder / f"KaTeX_{name}-Regular.woff2", wanted.get(name, BRACKETS))
        for name in EXTRA
    ]
    base, code = fonts[0], {}
    features = []
    for number, font in enumerate(fonts, 1):
        pairs = []
        for character, glyph in font.getBestCmap().items():
            name = f"u{character:04X}.ss{number:02}"
            base["glyf"][name] = font["glyf"][glyph]
            base["hmtx"][name] = font["hmtx"][glyph]
            code.setdefault(character, glyph if number == 1 else name)
            if code[character] != name:
                pairs.append(f"sub {code[character]} by {name};")
        features.append(f"feature ss{number:02} {{ {' '.join(pairs)} }} ss{number:02};")
    for table in base["cmap"].tables:
        table.cmap = dict(code)
    for name in ("GSUB", "GPOS", "GDEF", "DSIG"):
        if name in base:
            del base[name]
    addOpenTypeFeaturesFromString(base, "\n".join(features[1:]))
    return base


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    files = {
        "Main-Core": cut(folder / "KaTeX_Main-Regular.woff2", MAIN),
        "Math-Core": cut(folder / "KaTeX_Math-Italic.woff2", LETTERS),
        "Extra": joined(folder),
    }
    for name, font in files.items():
        font.flavor = "woff2"
        font.save(folder / f"KaTeX_{name}.woff2")
