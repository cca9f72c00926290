"""An audit of class names in another language: what is wrong with them before any model has seen a picture.

A zero-shot classifier knows a class only by its name. Two classes with one name cannot be told apart, so the names
alone put a ceiling on accuracy. The other two lists are suspicions, for a person to look at.

>>> audit = audit_labels(["una gru", "una gru", "un jackfruit", "un topo"],
...                      ["crane bird", "construction crane", "jackfruit", "computer mouse"])
>>> audit.duplicates
{'una gru': (0, 1)}
>>> audit.ceiling
0.75
>>> audit.untranslated, audit.ambiguous
((2,), (0, 1, 3))
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clipit.data.cleaning.words import is_known, phrases, split

PARENTHESIS = re.compile(r"\s*\([^)]*\)")


@dataclass(frozen=True)
class LabelAudit:
    """What was found; classes are named by their place.

    Attributes:
        classes: how many there are.
        duplicates: names that several classes share, and which.
        untranslated: classes whose name is the original one, of which the language's list knows no word, or has an
            English article. A breed of dog may rightly be called the same in both languages.
        ambiguous: classes whose name may mean something else: the original needs several words, or words in
            parentheses, to say which thing is meant, and the translation is one word. What told "crane bird" from
            "construction crane" may be lost; or it may not, as in "wild boar" and "cinghiale".
        ceiling: the highest accuracy at first place that is possible, with equally many pictures of each class.
    """

    classes: int
    duplicates: dict[str, tuple[int, ...]]
    untranslated: tuple[int, ...]
    ambiguous: tuple[int, ...]
    ceiling: float


def audit_labels(labels: Sequence[str], originals: Sequence[str], language: str = "it") -> LabelAudit:
    """Looks at translated class names beside the original ones.

    Args:
        labels: one name for each class, with or without an article.
        originals: the names that they were translated from, in the same order.
        language: of the labels.

    Raises:
        ValueError: there are no labels, or not one original for each.
    """
    if not labels or len(labels) != len(originals):
        raise ValueError(
            f"There are {len(labels)} labels and {len(originals)} originals: give one of each for a class."
        )
    places: dict[str, list[int]] = {}
    for place, label in enumerate(labels):
        places.setdefault(" ".join(label.lower().split()), []).append(place)
    pairs = list(enumerate(zip(labels, originals, strict=True)))
    return LabelAudit(
        classes=len(labels),
        duplicates={name: tuple(found) for name, found in places.items() if len(found) > 1},
        untranslated=tuple(place for place, pair in pairs if is_untranslated(*pair, language)),
        ambiguous=tuple(place for place, pair in pairs if may_be_ambiguous(*pair, language)),
        ceiling=len(places) / len(labels),
    )


def content_words(label: str, language: str) -> list[str]:
    """The words of a label in small letters, without articles and prepositions.

    >>> content_words("un'aquila di mare", "it")
    ['aquila', 'mare']
    """
    return [word.lower for word in split(label) if word.lower not in phrases(language)["function_words"]]


def is_untranslated(label: str, original: str, language: str) -> bool:
    """Whether the label is the original name and no word of it is known in the language, or has an English article."""
    if label.lower().startswith(("a ", "an ", "the ")):
        return True
    words = content_words(label, language)
    return words == [word.lower for word in split(original)] and not any(is_known(word, language) for word in words)


def may_be_ambiguous(label: str, original: str, language: str) -> bool:
    """Whether several words, or words in parentheses, became one: what they told apart may be lost."""
    several = len(split(original)) > 1 or PARENTHESIS.search(original) is not None
    return several and len(content_words(label, language)) == 1
