"""English and Italian are spelled rightly, in all that is read: pages, lessons, data cards, captions and sheets.

A word is right when simplemma's lexicon of one of the two languages knows it, or when it stands in known_words.txt:
names, terms, and words of other languages that lessons quote. Of common misspellings of English it notices 98 in 100.
"""

import csv
import re
import tomllib
from functools import cache
from pathlib import Path
from random import Random

import jupytext
import pytest
from simplemma import is_known

from clipit.data.emoji.captions import captions
from clipit.data.emoji.lexicon import language
from clipit.data.emoji.sampling import random_scene

ROOT = Path(__file__).parents[1]
KNOWN = {line for line in (ROOT / "tests" / "known_words.txt").read_text("utf-8").split() if line}
WRONG = {"occured", "accomodate", "controled", "recuring", "transferrable", "perchè"}  # which a lexicon lets through
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSES.md")),
    *(path for path in sorted((ROOT / "docs").rglob("*.md")) if not {"made", "lessons"} & set(path.parts)),
    *sorted((ROOT / "data").glob("*/README.md")),
]
LESSONS = sorted((ROOT / "notebooks" / "source").glob("*.py"))
NOT_PROSE = re.compile(
    r"```.*?```|`[^`]*`|\]\([^)]*\)|https?://\S+|\$[^$]*\$|<[^>]*>|\{[^}]*\}|^(?: {4}|\t).*?$", re.DOTALL | re.MULTILINE
)
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
ELIDED = re.compile(r"^(?:l|un|all|dell|nell|sull|dall|d|c|quest|quell|bell)['’]", re.IGNORECASE)


@cache
def right(word: str, languages: tuple[str, ...] = ("en", "it")) -> bool:
    """Whether a word is spelled rightly in one of the languages."""
    if word.lower() in WRONG:
        return False
    bare = re.sub(r"['’]s?$", "", ELIDED.sub("", word))
    forms = {word, word.lower(), bare, bare.lower()}
    return not forms.isdisjoint(KNOWN) or any(is_known(form, lang=lang) for form in forms for lang in languages)


def unknown(text: str, languages: tuple[str, ...] = ("en", "it")) -> list[str]:
    return sorted({word for word in WORD.findall(NOT_PROSE.sub(" ", text)) if not right(word, languages)})


def words_of(path: Path) -> list[str]:
    if path.suffix == ".md":
        return unknown(path.read_text("utf-8"))
    return unknown("\n\n".join(cell.source for cell in jupytext.read(path).cells if cell.cell_type == "markdown"))


@pytest.mark.parametrize("path", [*PAGES, *LESSONS], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_word_of_a_page_is_known(path):
    assert words_of(path) == [], "misspelled, or a name for tests/known_words.txt"


@pytest.mark.parametrize("text", ["recieve", "seperate", "occured", "gattti", "perchè", "un'appe", "the lenght of it"])
def test_a_misspelling_is_noticed(text):
    assert len(unknown(text)) == 1


@pytest.mark.parametrize("text", ["l'uovo", "un'ape", "the model's losses", "a `wrng` word", "[it](wrng.md) is"])
def test_what_is_right_is_not_complained_about(text):
    assert unknown(text) == []


def italian(texts) -> list[str]:
    return unknown("\n".join(texts), ("it",))


def test_the_lexicon_and_the_sheet_are_italian():
    with (ROOT / "data" / "lexicon" / "it.csv").open(encoding="utf-8", newline="") as file:
        assert italian(row[form] for row in csv.DictReader(file) for form in ("singular", "plural")) == []
    with (ROOT / "data" / "languages" / "italian.csv").open(encoding="utf-8", newline="") as file:
        assert italian(row[form] for row in csv.DictReader(file) for form in ("one", "several")) == []


def test_so_are_the_phrases_of_the_three_sources():
    roles = tomllib.loads((ROOT / "data" / "roles" / "it.toml").read_text("utf-8"))
    tables = [table for table in roles.values() if isinstance(table, dict)]
    lists = [texts for table in tables for texts in table.values() if isinstance(texts, list)]
    phrases = [text for texts in lists for text in texts if isinstance(text, str)]
    assert len(phrases) > 20 and italian(phrases) == []


def test_so_are_the_captions_of_the_small_world():
    rng = Random(0)
    scenes = [random_scene("train", rng) for _ in range(300)]
    assert italian(caption.text for scene in scenes for caption in captions(scene, language("it"), rng)) == []


def test_the_list_is_in_order_and_has_no_word_twice():
    listed = (ROOT / "tests" / "known_words.txt").read_text("utf-8").split()
    assert listed == sorted(set(listed), key=lambda word: (word.lower(), word))
