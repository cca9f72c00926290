"""Prompts: the sentences that stand for a class when a picture is classified by words.

A zero-shot classifier never sees examples of a class, only its name in a sentence. Which sentence, is a choice; some
are tried here, and ``ensemble`` takes many, whose vectors are averaged (Radford et al. 2021, section 3.1.4).

>>> prompts("bee", "photo")
["una foto di un'ape"]
>>> prompts("bee", "both")
["un'ape", 'delle api']
"""

from clipit.data.emoji.captions import sentence
from clipit.data.emoji.lexicon import Language, language
from clipit.data.emoji.scene import MANY, Group

KINDS = ("word", "article", "both", "photo", "photos", "two_singular", "wrong_article", "ensemble")
PHOTO = {"it": "una foto di {scene:plain}", "en": "a photo of {scene:plain}", "es": "una foto de {scene:plain}"}


def prompts(concept: str, kind: str = "both", language_name: str = "it") -> list[str]:
    """The sentences for one class.

    Args:
        concept: what the class shows, as the lexicon calls it: "bee".
        kind: "word": ape; "article": un'ape; "both": un'ape, delle api; "photo": una foto di un'ape; "photos": the
            same for one and for several; "two_singular": un'ape, una foto di un'ape; "wrong_article": the article of
            the other gender, un ape; "ensemble": one and several in every sentence that the language has.
        language_name: a language of the lexicon.

    Raises:
        ValueError: there is no such kind, concept or language, or the language has no gender to get wrong.
    """
    spoken, one, several = language(language_name), Group(concept, 1), Group(concept, MANY)
    if kind == "word":
        return [spoken.noun(concept)]
    if kind == "article":
        return [spoken.noun_phrase(one)]
    if kind == "both":
        return [spoken.noun_phrase(group) for group in (one, several)]
    if kind == "photo":
        return [sentence(PHOTO[language_name], one, spoken)]
    if kind == "photos":
        return [sentence(PHOTO[language_name], group, spoken) for group in (one, several)]
    if kind == "two_singular":
        return [spoken.noun_phrase(one), sentence(PHOTO[language_name], one, spoken)]
    if kind == "wrong_article":
        return [wrong_article(concept, spoken)]
    if kind == "ensemble":
        patterns = [*spoken.grammar["sentences"]["statements"], *spoken.grammar["sentences"]["framed"]]
        texts = [sentence(pattern, group, spoken) for pattern in patterns for group in (one, several)]
        return list(dict.fromkeys(texts))  # two patterns may say the same of one thing
    raise ValueError(f"There are no prompts of the kind {kind!r}: choose one of {', '.join(KINDS)}.")


def wrong_article(concept: str, spoken: Language) -> str:
    """The noun with the article of the other gender, as a careless template would put it."""
    agreement, noun = spoken.agreement(concept, 1), spoken.noun(concept)
    if agreement not in ("ms", "fs"):
        raise ValueError(f"{spoken.name} has no two genders whose articles could be confused.")
    return spoken.article("indefinite", "fs" if agreement == "ms" else "ms", noun) + noun
