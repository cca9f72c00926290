"""The same words and pictures for a model that ``clipit language train`` taught the language of a sheet, or of several.

Its pictures are those that no training has seen, its captions and examples are made of the sheet's words, and what they
mean is said in English. Where one model reads several sheets, they take turns.

>>> from clipit.data.languages import sheet_named
>>> greek = sheet_named("greek")
>>> things([greek])[0]["phrases"][:2], labels([greek])[1]
(['μία γάτα', 'δύο γάτες'], 'ένας σκύλος')
"""

from collections.abc import Iterable, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from clipit.apps.demo.gallery import DemoGallery
from clipit.apps.demo.words import COUNTS
from clipit.apps.languages import LanguageFolder
from clipit.data.emoji.lexicon import language
from clipit.data.emoji.scene import Group, Scene
from clipit.data.languages import Sheet, caption
from clipit.data.languages.gloss import english, meanings
from clipit.data.languages.writing import phrase
from clipit.inputs.tokenizer import Tokenizer
from clipit.training.languages import LanguageSettings, pictures_for

EXAMPLES, LABELS = 9, 10


def read_sheets(run: str | Path) -> tuple[list[Sheet], LanguageSettings]:
    """The sheets that a model was taught, and how.

    Raises:
        SheetError: the folder holds none, or damaged ones.
    """
    _, sheets, settings = LanguageFolder(Path(run)).read()
    return sheets, settings


def sheet_gallery(sheets: Sequence[Sheet], settings: LanguageSettings) -> DemoGallery:
    """The pictures that `clipit language search` looks through."""
    pictures = pictures_for(sheets, "test", settings)
    said = [caption(scene, sheet) for scene, sheet in zip(pictures.scenes, cycle(sheets), strict=False)]
    return DemoGallery(list(pictures.pixels), said, [english(scene) for scene in pictures.scenes], pictures.right)


def sheet_words(sheets: Sequence[Sheet], settings: LanguageSettings, tokenizer: Tokenizer) -> dict[str, Any]:
    """What the demo can say: examples, glosses, labels and things to count."""
    return {
        "examples": examples(sheets, pictures_for(sheets, "test", settings).scenes),
        "glosses": glosses(sheets, tokenizer),
        "things": things(sheets),
        "labels": labels(sheets),
        "template": sheets[0].patterns.get("sentence", "{scene}").replace("{scene}", "{}"),
        "written": [],  # nobody counted how often the language writes its numbers
    }


def examples(sheets: Sequence[Sheet], scenes: Iterable[Scene]) -> list[list[str]]:
    """Queries to click, each with what it means, for which there is a picture: one of each kind of thing."""
    of_each: dict[str, Scene] = {}
    for scene in scenes:
        of_each.setdefault(scene.groups[0].concept, scene)
    pairs = zip(islice(of_each.values(), EXAMPLES), cycle(sheets), strict=False)
    return [[caption(scene, sheet), meaning(english(scene), caption(scene, sheet))] for scene, sheet in pairs]


def meaning(english: str, said: str) -> str:
    """An English gloss; none where a sheet is English."""
    return "" if english == said else english


def glosses(sheets: Sequence[Sheet], tokenizer: Tokenizer) -> dict[str, str]:
    """Each word of the sheets as the tokenizer cuts it, such as "n '", and what it means; several meanings have a /."""
    found: dict[str, list[str]] = {}
    for sheet in sheets:
        for word, said in meanings(sheet).items():
            several = found.setdefault(cut(word, tokenizer), [])
            several.extend([said] if said and said not in several else [])
    return {word: "/".join(several) for word, several in found.items() if several}


def cut(text: str, tokenizer: Tokenizer) -> str:
    """A text with a space between what the tokenizer takes for words."""
    backend = tokenizer.transformers_tokenizer.backend_tokenizer
    normal = backend.normalizer.normalize_str(text) if backend.normalizer else text
    return " ".join(word for word, _ in backend.pre_tokenizer.pre_tokenize_str(normal))


def things(sheets: Sequence[Sheet]) -> list[dict[str, Any]]:
    """What can be counted, and how one to six of it are called."""
    return [
        {
            "name": sheet.word(thing, 1, sheet.genders[thing]),
            "gloss": meaning(language("en").noun(thing), sheet.word(thing, 1, sheet.genders[thing])),
            "phrases": [phrase(Group(thing, count), sheet) for count in COUNTS],
        }
        for sheet in sheets
        for thing in sheet.things
    ]


def labels(sheets: Sequence[Sheet]) -> list[str]:
    """Labels to begin with, of the first sheet: a softmax compares words of one language."""
    return [phrase(Group(thing, 1), sheets[0]) for thing in sheets[0].things[:LABELS]]
