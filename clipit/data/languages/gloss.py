"""What a text in a sheet's words means, word by word in English; and which of its words the sheet does not know.

>>> from clipit.data.languages.sheet import sheet_named
>>> gloss("δύο μαύρες γάτες", sheet_named("greek"))
'two black cats'
>>> unknown_words("μία γάτα και ένας δράκος", sheet_named("greek"))
['δράκος']
"""

import re
import unicodedata

from clipit.data.emoji.captions import full_text
from clipit.data.emoji.lexicon import language
from clipit.data.emoji.scene import COLORS, MANY, Scene
from clipit.data.languages.blank import EMPTY, NUMBERS
from clipit.data.languages.sheet import Sheet
from clipit.data.languages.writing import spoken

COUNTED = dict(zip(NUMBERS, ("a", "two", "three", "four", "five", "six"), strict=True))
BETWEEN = r"\s.,:;!?…()\"«»“”،؟。、"  # what stands between words
HOLE = re.compile(r"\{\w+\}")


def english(scene: Scene) -> str:
    """What a sheet's caption of a scene says, in good English."""
    return full_text(spoken(scene), language("en"))


def gloss(text: str, sheet: Sheet) -> str:
    """The meaning of the words of a text, in the text's order; unknown ones stand in square brackets."""
    return " ".join(said if known else f"[{said}]" for said, known in pieces(text, sheet) if said)


def unknown_words(text: str, sheet: Sheet) -> list[str]:
    """The words of a text that are not on the sheet."""
    return [said for said, known in pieces(text, sheet) if not known]


def pieces(text: str, sheet: Sheet) -> list[tuple[str, bool]]:
    """The text cut into words; for each its meaning, and True, or the word itself, and False."""
    known = meanings(sheet)
    found = cutter(sheet, list(known)).findall(unicodedata.normalize("NFC", text).lower())
    return [(known.get(piece, piece), piece in known) for piece in found]


def meanings(sheet: Sheet) -> dict[str, str]:
    """From each word of a sheet to English; "" for the words of its sentences, which say nothing about a picture."""
    found: dict[str, list[str]] = {}
    for (row, _), forms in sheet.forms.items():
        for form, word in forms.items():
            if word not in ("", EMPTY):
                said = translated(row, form)
                several = found.setdefault(word.lower(), [])
                several.extend([said] if said not in several else [])
    known = {word: "/".join(several) for word, several in found.items()}
    for name, pattern in sheet.patterns.items():
        meaning = "and" if name == "and" else ""
        for word in re.findall(f"[^{BETWEEN}]+", HOLE.sub(" ", pattern).lower()):
            known.setdefault(word, meaning)
        if attached := re.search(f"([^{BETWEEN}{{}}]+){{\\w+}}$", pattern.lower()):  # as "and" in Hebrew and Arabic
            known |= {attached[1] + word: f"{meaning} {said}".strip() for word, said in known.items()}
    return known


def translated(row: str, form: str) -> str:
    """What a row means in English, in the singular or the plural."""
    english = language("en")
    if row in NUMBERS:
        return COUNTED[row]
    return english.color(row, "s") if row in COLORS else english.noun(row, 1 if form == "one" else MANY)


def cutter(sheet: Sheet, words: list[str]) -> re.Pattern[str]:
    """An expression that finds the known words, the longest first, and else whatever stands between spaces.

    Where a language writes no spaces, a known word may stand anywhere.
    """
    spaced = " " in sheet.patterns["phrase"]
    longest_first = sorted(map(re.escape, words), key=len, reverse=True)
    if not spaced:
        return re.compile("|".join([*longest_first, f"[^{BETWEEN}]"]))
    ends = [word if word.endswith(("'", "’")) else f"{word}(?![^{BETWEEN}])" for word in longest_first]
    return re.compile(f"(?<![^{BETWEEN}'’])(?:{'|'.join(ends)})|[^{BETWEEN}]+")
