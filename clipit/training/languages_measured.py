"""How good a language's text encoder is, and what was lost against Italian: the same pictures, the same words.

Three searches through held-out pictures tell it: with the captions of the sheet; with the Italian captions of the
course, which have the same words, by the model of the course; and with the Italian sheet, taught in the same way on as
many captions. The first minus the third is what is due to the language; the third minus the second to the way.

>>> lost({"greek": {"recall@1": 0.5}, "italian, the same way": {"recall@1": 0.6}}, "greek")
{'recall@1': -0.1}
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from clipit.data.emoji.captions import full_text
from clipit.data.emoji.lexicon import language
from clipit.data.languages import Pictures, Sheet, SheetError, caption, common_words, sheet_named
from clipit.data.languages.writing import spoken
from clipit.evaluation import first_relevant_rank, retrieval
from clipit.hub import load
from clipit.training.features import embed_captions
from clipit.training.languages import LanguageSettings, Taught, picture_vectors, pictures_for, teach

SAME_WAY = "italian, the same way"
MEASURES = ("recall@1", "recall@5", "recall@10", "mrr@10")
Scores = dict[str, float]


def ranks(taught: Taught, sheet: Sheet, pictures: Pictures, settings: LanguageSettings) -> Int[np.ndarray, " n"]:
    """For the sheet's caption of each picture, the place of the first picture that it is true of."""
    queries = embed_captions(taught.model, taught.tokenizer, [caption(scene, sheet) for scene in pictures.scenes])
    return first_relevant_rank(queries, picture_vectors(settings.pictures_from, pictures), pictures.right)


def score(taught: Taught, sheet: Sheet, pictures: Pictures, settings: LanguageSettings) -> Scores:
    """Text-to-image retrieval with the sheet's captions: recall at 1, 5 and 10, and MRR@10, each from 0 to 1."""
    texts = [caption(scene, sheet) for scene in pictures.scenes]
    return scored(embed_captions(taught.model, taught.tokenizer, texts), pictures, settings)


def scored(queries: Float[np.ndarray, "n dim"], pictures: Pictures, settings: LanguageSettings) -> Scores:
    """The same for query vectors."""
    found = retrieval(queries, picture_vectors(settings.pictures_from, pictures), pictures.right)
    return {name: round(found[name], 4) for name in MEASURES}


def italian_of_the_course(pictures: Pictures, settings: LanguageSettings) -> Scores:
    """The model whose pictures are used, with its own Italian captions of the same things, numbers and colours."""
    model, tokenizer = load(settings.pictures_from)
    texts = [full_text(spoken(scene), language("it")) for scene in pictures.scenes]
    return scored(embed_captions(model, tokenizer, texts), pictures, settings)


def italian_the_same_way(sheets: Sequence[Sheet], settings: LanguageSettings) -> Taught:
    """A text encoder for the Italian sheet, on the pictures of other sheets and with as much of everything."""
    return teach([as_italian(sheets)], settings)


def as_italian(sheets: Sequence[Sheet]) -> Sheet:
    """The Italian sheet with the things and colours of other sheets only.

    Raises:
        SheetError: these have a thing or colour that the Italian sheet has not.
    """
    italian = sheet_named("italian")
    things, colors = common_words(sheets)
    lacking = [word for word in (*things, *colors) if word not in (*italian.things, *italian.colors)]
    if lacking:
        raise SheetError(f"The Italian sheet has no {', '.join(lacking)}: only its own rows can be compared.")
    return replace(italian, things=things, colors=colors)


def compare(taught: Taught, sheets: Sequence[Sheet], settings: LanguageSettings) -> dict[str, Scores]:
    """The scores of each sheet, of the course's Italian, and of the Italian sheet taught in the same way."""
    pictures = pictures_for(sheets, "test", settings)
    found = {sheet.name: score(taught, sheet, pictures, settings) for sheet in sheets}
    found[settings.pictures_from] = italian_of_the_course(pictures, settings)
    return found | {SAME_WAY: score(italian_the_same_way(sheets, settings), as_italian(sheets), pictures, settings)}


def lost(scores: Mapping[str, Scores], name: str, against: str = SAME_WAY) -> Scores:
    """A language's scores minus those of another way; negative where it is worse."""
    return {measure: round(value - scores[against][measure], 4) for measure, value in scores[name].items()}
