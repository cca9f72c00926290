"""What the demo says in the model's language, all of it from the lexicon: examples, glosses, labels, things to count.

>>> italian = language("it")
>>> examples(italian)[0]
['due gatti neri', 'two black cats']
>>> things(italian)[0]["phrases"][:2]
['un gatto', 'due gatti']
>>> glosses(italian)["gatti"], glosses(italian)["nere"]
('cats', 'black')
"""

from typing import Any

from clipit.data.emoji.captions import full_text
from clipit.data.emoji.gallery import SEARCHES
from clipit.data.emoji.lexicon import Language, concepts, language, written_frequencies
from clipit.data.emoji.prompts import PHOTO
from clipit.data.emoji.scene import COLORS, MANY, Group, Scene
from clipit.data.locate import data_folder

COUNTS = range(1, 7)
EXAMPLES = (
    *SEARCHES,
    Scene((Group("bee", 1),)),
    Scene((Group("fish", MANY, "red"),)),
    Scene((Group("train", 2, "purple"),)),
    Scene((Group("dog", 1), Group("tree", 1)), "left_of"),
    Scene((Group("elephant", 5),)),
    Scene((Group("house", 1, "yellow"),), background="light_blue"),
)
LABELS = ("cat", "dog", "horse", "fish", "apple", "tree", "house", "train", "bee", "person")


def spoken(name: str) -> Language | None:
    """A language of the lexicon, or None where the lexicon does not speak it."""
    return language(name) if data_folder("lexicon", f"{name}.toml").is_file() else None


def examples(known: Language) -> list[list[str]]:
    """Queries to click, each with what it means in English."""
    return [[full_text(scene, known), meaning(full_text(scene, language("en")), known)] for scene in EXAMPLES]


def meaning(english: str, known: Language) -> str:
    """An English gloss; none where the language is English."""
    return "" if known is language("en") else english


def things(known: Language) -> list[dict[str, Any]]:
    """What can be counted, and how one to six of it are called."""
    return [
        {
            "name": known.noun(concept.name),
            "gloss": meaning(language("en").noun(concept.name), known),
            "phrases": [known.noun_phrase(Group(concept.name, count)) for count in COUNTS],
        }
        for concept in concepts(held_out=False)
    ]


def labels(known: Language) -> list[str]:
    """Labels to begin with."""
    return [known.noun_phrase(Group(concept, 1)) for concept in LABELS]


def template(known: Language) -> str:
    """A sentence around a label, with {} for it."""
    return PHOTO.get(known.name, "{}").replace("{scene:plain}", "{}")


def written(known: Language) -> list[float]:
    """How often text writes one to six, when "two" is 1; empty where nobody counted that for the language."""
    try:
        return list(written_frequencies(known.name))
    except ValueError:
        return []


def glosses(known: Language) -> dict[str, str]:
    """Each form of each noun, colour and number word, and what it means; empty for English."""
    english, found = language("en"), {}
    if known is english:
        return {}
    for concept in concepts():
        for count in (1, 2):
            found[known.noun(concept.name, count).lower()] = english.noun(concept.name, count)
    for color in COLORS:
        forms = {known.color(color, known.agreement(concept.name, count)) for concept in concepts() for count in (1, 2)}
        found |= {form: english.color(color, "s") for form in sorted(forms)}
    for number, word in known.grammar["numbers"].items():
        found |= {
            form: english.grammar["numbers"][number] for form in ([word] if isinstance(word, str) else word.values())
        }
    return found
