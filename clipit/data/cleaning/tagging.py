"""Which words of an Italian caption are proper nouns: a tagger takes a caption and says so for each word.

Two taggers have this form. ``tag_capitals`` needs nothing but a word list: in Italian a capital letter inside a
sentence marks a name (unlike in German, and unlike in English, adjectives and days of the week are written small), and
at the beginning of a sentence the list decides. ``spacy_tagger`` asks spaCy's Italian pipeline, where both are
installed; the pipeline itself does not come from the package index, so that it cannot be in the default install.

>>> [word for word, proper in tag_capitals("Veduta della Dora Riparia") if proper]
['Dora', 'Riparia']
"""

import importlib.util
from collections.abc import Callable
from typing import Any

from clipit.data.cleaning.words import Word, is_known, phrases, split

Tagged = list[tuple[str, bool]]  # the words of a caption, and whether each is a proper noun
Tagger = Callable[[str], Tagged]
PIPELINES = ("it_core_news_lg", "it_core_news_md", "it_core_news_sm")


def tag_capitals(caption: str, language: str = "it") -> Tagged:
    """Proper nouns by their capital letters and a word list.

    A word with a capital letter is a proper noun inside a sentence. The first word of a sentence is one when the
    language's list does not have it, or when a name follows it at once, as in "Villa Albani". Articles, prepositions
    and numbers never are. Where capital letters say nothing, because the caption is written Like a Headline or IN
    CAPITALS, the list alone decides.
    """
    words = split(caption)
    little = phrases(language)["function_words"] | phrases(language)["also_known"]
    small = [word.lower in little or not word.text[0].isalpha() for word in words]
    known = [is_known(word.text, language) for word in words]
    headline = _is_headline(caption, words, small, known)
    proper = [
        word.capital and not small[place] and not (known[place] and (word.first or headline))
        for place, word in enumerate(words)
    ]
    for place in range(len(words) - 1):
        if words[place].first and words[place].capital and not small[place] and not headline:
            proper[place] |= words[place + 1].adjacent and proper[place + 1]
    return [(word.text, is_proper) for word, is_proper in zip(words, proper, strict=True)]


def _is_headline(caption: str, words: list[Word], small: list[bool], known: list[bool]) -> bool:
    """Whether capital letters say nothing: all letters are capitals, or all of four words or more that could be names
    begin with one, although the list knows half of them."""
    large = [place for place, is_small in enumerate(small) if not is_small]
    if caption.isupper() and len(large) > 1:
        return True
    everywhere = all(words[place].capital for place in large)
    return len(large) >= 4 and everywhere and 2 * sum(known[place] for place in large) >= len(large)


def spacy_tagger(pipeline: Any) -> Tagger:
    """The tagger of a spaCy pipeline: words whose part of speech is PROPN.

    Args:
        pipeline: what ``spacy.load("it_core_news_sm")`` returns.
    """

    def tag(caption: str) -> Tagged:
        return [
            (token.text, token.pos_ == "PROPN")
            for token in pipeline(caption)
            if not token.is_punct and not token.is_space
        ]

    return tag


def default_tagger() -> tuple[str, Tagger]:
    """The best tagger that is installed, and its name: spaCy's with an Italian pipeline, else ``tag_capitals``."""
    if importlib.util.find_spec("spacy"):
        for name in PIPELINES:
            if importlib.util.find_spec(name):
                import spacy

                return f"spaCy {name}", spacy_tagger(spacy.load(name))
    return "capital letters and word list", tag_capitals


def proper_share(tagged: Tagged) -> float:
    """The share of words that are proper nouns; 0 for a caption without words.

    >>> proper_share([("Dora", True), ("Riparia", True)])
    1.0
    """
    return sum(proper for _, proper in tagged) / max(len(tagged), 1)
