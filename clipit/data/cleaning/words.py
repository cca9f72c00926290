"""Captions as words, and which words a language knows: the lists are those of simplemma (MIT).

Barbaresi 2021, "Simplemma: a simple multilingual lemmatizer for Python".

>>> [word.text for word in split("Un gatto dell'Elba, 1907.")]
['Un', 'gatto', "dell'", 'Elba', '1907']
>>> is_known("gatto", "it"), is_known("Riparia", "it")
(True, False)
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache

from clipit.data.locate import data_folder

WORD = re.compile(r"\d+(?:[.,:]\d+)*[^\W\d_]*|[^\W\d_]+(?:-[^\W\d_]+)*['’]?")
ENDS_SENTENCE = re.compile(r"[.!?…]")


@dataclass(frozen=True)
class Word:
    """A word of a caption.

    Attributes:
        text: as it is written; "dell'" is a word of its own, punctuation is none.
        first: whether a sentence begins with it.
        adjacent: whether only a space, or nothing, stands between the word before and this one.
    """

    text: str
    first: bool
    adjacent: bool

    @property
    def lower(self) -> str:
        """In small letters, with a plain apostrophe."""
        return self.text.lower().replace("’", "'")

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter."""
        return self.text[0].isupper()


def split(caption: str) -> list[Word]:
    """The words and numbers of a caption, without punctuation."""
    words: list[Word] = []
    end = 0
    for match in WORD.finditer(caption):
        between = caption[end : match.start()]
        initial = bool(words) and len(words[-1].text) == 1 and words[-1].capital  # the full stop of "G. Verdi"
        first = not words or (bool(ENDS_SENTENCE.search(between)) and not initial)
        words.append(Word(match.group(), first, bool(words) and not between.strip()))
        end = match.end()
    return words


@lru_cache(maxsize=200_000)
def is_known(word: str, language: str) -> bool:
    """Whether the language's list has a word, in whatever form, written in lower case.

    Raises:
        ValueError: there is no list for this language.
    """
    import simplemma  # reads its list for a language when it is first asked

    lower = word.lower().replace("’", "'")
    return lower in _also_known(language) or simplemma.is_known(lower.rstrip("'"), language)


def known_share(words: list[Word], language: str) -> float:
    """The share of words, numbers left out, that a language knows; 0 when there are none."""
    letters = [word.text for word in words if not word.text[0].isdigit()]
    return sum(is_known(word, language) for word in letters) / max(len(letters), 1)


@cache
def _also_known(language: str) -> frozenset[str]:
    """Words of ``data/cleaning`` that the list may lack; none for a language without a file."""
    if not data_folder("cleaning", f"{language}.toml").is_file():
        return frozenset()
    return phrases(language)["function_words"] | phrases(language)["also_known"]


@cache
def phrases(language: str) -> dict[str, frozenset[str]]:
    """What ``data/cleaning`` knows of a language: its function words, other words, and phrases of no caption.

    Raises:
        ValueError: there is no file for this language.
    """
    file = data_folder("cleaning", f"{language}.toml")
    if not file.is_file():
        there = ", ".join(sorted(path.stem for path in file.parent.glob("*.toml")))
        raise ValueError(f"The cleaning rules know nothing of {language!r}, only of {there}: write {file.name}.")
    return {name: frozenset(words) for name, words in tomllib.loads(file.read_text(encoding="utf-8")).items()}
