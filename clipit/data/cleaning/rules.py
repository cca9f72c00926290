"""The rules by which a caption is dropped; each looks at one caption and knows its own name.

The proper-noun rule is CLIP-Italian's (Bianchi et al. 2021): a caption of which 80 % or more are proper nouns, "Anna
Maria Mozzoni", tells nothing that one could see in a picture of anybody else.

>>> rules = make_rules()
>>> [rule.name for rule in rules]
['length', 'markup', 'boilerplate', 'language', 'proper nouns', 'repeated']
>>> [rule.name for rule in rules if rule.drops("Anna Maria Mozzoni")]
['proper nouns']
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b

from clipit.data.cleaning.tagging import Tagger, proper_share, tag_capitals
from clipit.data.cleaning.words import known_share, phrases, split

# HTML, wiki markup, addresses, and names of picture files.
MARKUP = re.compile(
    r"<[a-z/!][^<>]*>|\[\[|\]\]|\{\{|\}\}|&#?\w+;|https?://|www\.|\S+@\S+\.\w+|\b\S+\.(?:jpe?g|png|gif|svg|tiff?)\b",
    re.IGNORECASE,
)
SYMBOLS = re.compile(r"[©®™|]")
NAMES = ("length", "markup", "boilerplate", "language", "proper nouns", "repeated")


@dataclass(frozen=True)
class Rule:
    """A reason to drop a caption."""

    name: str
    drops: Callable[[str], bool]


@dataclass(frozen=True)
class CleaningSettings:
    """How strict the rules are.

    Attributes:
        rules: which of ``NAMES`` to use; they are always asked in the order of ``NAMES``.
        language: what the captions should be in.
        rivals: what they might be in instead; a caption goes when one of these knows more of its words.
        fewest_words: shorter captions go.
        most_words: longer ones go too.
        proper_nouns: captions with at least this share of proper nouns go.
        most_repeats: how often the same caption may come, at different pictures.
    """

    rules: tuple[str, ...] = NAMES
    language: str = "it"
    rivals: tuple[str, ...] = ("en",)
    fewest_words: int = 2
    most_words: int = 60
    proper_nouns: float = 0.8
    most_repeats: int = 10

    def __post_init__(self) -> None:
        unknown = [name for name in self.rules if name not in NAMES]
        if unknown:
            raise ValueError(f"There is no rule called {unknown[0]!r}; choose from {', '.join(NAMES)}.")
        if not 0 < self.proper_nouns <= 1:
            raise ValueError(f"proper_nouns is a share above 0 and at most 1, not {self.proper_nouns}.")
        if not 0 <= self.fewest_words <= self.most_words:
            raise ValueError(f"No caption has {self.fewest_words} words or more and at most {self.most_words}.")
        if self.most_repeats < 1:
            raise ValueError(f"most_repeats must be at least 1, not {self.most_repeats}.")


def make_rules(settings: CleaningSettings | None = None, tagger: Tagger = tag_capitals) -> list[Rule]:
    """The rules in the order in which they are asked.

    "repeated" remembers the captions that it has seen, so make new rules for each run. A million captions take some
    100 MB for it.

    Args:
        settings: which rules, and how strict.
        tagger: says which words are proper nouns.

    Raises:
        ValueError: nothing is known of the language, or of a rival.
    """
    settings = settings or CleaningSettings()
    for language in (settings.language, *settings.rivals):
        known_share(split("a"), language)
    tests: dict[str, Callable[[str], bool]] = {
        "length": lambda caption: not settings.fewest_words <= len(split(caption)) <= settings.most_words,
        "markup": lambda caption: MARKUP.search(caption) is not None,
        "boilerplate": partial(has_boilerplate, known=phrases(settings.language)["boilerplate"]),
        "language": partial(is_foreign, language=settings.language, rivals=settings.rivals),
        "proper nouns": lambda caption: proper_share(tagger(caption)) >= settings.proper_nouns,
        "repeated": Repeats(settings.most_repeats),
    }
    return [Rule(name, tests[name]) for name in NAMES if name in settings.rules]


def has_boilerplate(caption: str, known: frozenset[str]) -> bool:
    """Whether it holds a phrase of pages that sell pictures, or a sign that belongs to no caption.

    >>> has_boilerplate("Due gatti neri | foto stock", frozenset({"foto stock"}))
    True
    """
    lower = caption.lower().replace("’", "'")
    return SYMBOLS.search(caption) is not None or any(phrase in lower for phrase in known)


def is_foreign(caption: str, language: str, rivals: tuple[str, ...]) -> bool:
    """Whether another language's list knows more of the words.

    Words with a capital letter inside a sentence are names, which belong to every language; so is a first word that
    such a word follows. A caption without any small word, or with none that a list knows, is not called foreign:
    nobody can tell.

    >>> is_foreign("two black cats", "it", ("en",)), is_foreign("due gatti neri", "it", ("en",))
    (True, False)
    """
    words = split(caption)
    of_names = {place for place, word in enumerate(words[1:]) if word.capital}  # words that a capital letter follows
    told = [word for place, word in enumerate(words) if not word.capital or (word.first and place not in of_names)]
    if all(word.capital for word in told):
        return False
    return max((known_share(told, rival) for rival in rivals), default=0.0) > known_share(told, language)


class Repeats:
    """Whether a caption came already as often as it may."""

    def __init__(self, most: int):
        """Begins to count."""
        self.most, self.seen = most, Counter[int]()

    def __call__(self, caption: str) -> bool:
        """Counts a caption; small and capital letters are the same."""
        number = int.from_bytes(blake2b(caption.lower().encode(), digest_size=8).digest())
        self.seen[number] += 1
        return self.seen[number] > self.most
