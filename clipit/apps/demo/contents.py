"""What a demo shows, whether a page has the model inside or a server runs it: the model, pictures to search, and words.

A model knows one of three kinds of words: those of the small world's lexicon, those of a sheet that ``clipit language
train`` taught it, or those of somebody's captions, of which nothing is known here.

>>> DemoSettings().gallery is None, words_of("fi", own_data=False)["examples"]
(True, [])
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from clipit.apps.demo.chosen import chosen
from clipit.apps.demo.gallery import DemoGallery, folder_gallery, index_gallery, world_gallery
from clipit.apps.demo.sheets import read_sheets, sheet_gallery, sheet_words
from clipit.apps.demo.words import examples, glosses, labels, spoken, template, things, written
from clipit.apps.index import is_index
from clipit.apps.languages import is_language
from clipit.data.locate import data_folder
from clipit.hub import ModelError, load
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.training.features import embed_captions, embed_pixels

OF_A_SHEET = ""  # a sheet does not say which language it is in the letters that a browser knows


@dataclass(frozen=True)
class DemoSettings:
    """What goes into a demo.

    Attributes:
        gallery: a folder with pictures to search, or an index of one (`clipit embed`); None is the gallery of the small
            world that `clipit search` has, or that of the sheet which the model was taught.
        runtime: a folder with the files of onnxruntime-web; None gets them once from the npm registry.
        most_pictures: of a reader's folder or index; a page with more would be slow to open.
        chosen: successes, and failures, that are shown.
    """

    gallery: Path | None = None
    runtime: Path | None = None
    most_pictures: int = 1_000
    chosen: int = 6


@dataclass(frozen=True)
class Written:
    """A demo that was written: where, how large it is, and how many pictures were too many for it."""

    folder: Path
    pictures: int
    bytes: int
    left_out: int = 0


@dataclass(frozen=True)
class Contents:
    """A model, pictures to search, and in ``facts`` what demo.json says of the model and its words."""

    model: DualEncoder
    tokenizer: Tokenizer
    gallery: DemoGallery
    facts: dict[str, Any]

    def vectors(self) -> Float[np.ndarray, "n dim"]:
        """Of the gallery's pictures, computed where no index has them."""
        if self.gallery.vectors is not None:
            return self.gallery.vectors
        return embed_pixels(self.model, np.stack([self.model.preprocess.resize(one) for one in self.gallery.pictures]))

    def told(self, vectors: Float[np.ndarray, "n dim"], number: int) -> dict[str, Any]:
        """All that demo.json says: the facts, the gallery, and so many successes and failures where these are known."""
        found: dict[str, Any] = {}
        if self.gallery.true is not None:
            captions = embed_captions(self.model, self.tokenizer, self.gallery.captions)
            found = chosen(captions, vectors, self.gallery.true, number)
        return self.facts | self.gallery.told() | {"chosen": found}


def open_contents(run: str | Path, settings: DemoSettings) -> Contents:
    """Opens the model, the pictures and the words.

    Args:
        run: a run's folder, what `clipit language train` wrote, or the name of weights that come with the course.
        settings: what goes into the demo.

    Raises:
        ValueError: the run is none, the gallery holds no pictures or is the index of another model, or there is none
            and the small world does not speak the model's language.
    """
    model, tokenizer = load(run)
    if is_language(run):
        sheets, taught = read_sheets(run)
        pictures = given_gallery(model, settings) or sheet_gallery(sheets, taught)
        words = sheet_words(sheets, taught, tokenizer)
        return Contents(model, tokenizer, pictures, facts_of(run, model, OF_A_SHEET) | words)
    recipe = recipe_of(run)
    language = recipe.get("language", "it")
    pictures = given_gallery(model, settings) or drawn_gallery(language)
    words = words_of(language, own_data=bool(recipe.get("data")))
    return Contents(model, tokenizer, pictures, facts_of(run, model, language) | words)


def given_gallery(model: DualEncoder, settings: DemoSettings) -> DemoGallery | None:
    """The reader's own pictures, if they are to be searched."""
    if settings.gallery is None:
        return None
    if is_index(settings.gallery):
        return index_gallery(model, settings.gallery, settings.most_pictures)
    return folder_gallery(settings.gallery, settings.most_pictures)


def drawn_gallery(language: str) -> DemoGallery:
    """The pictures of the small world."""
    if spoken(language) is None:
        raise ValueError(f"The small world has no captions in {language!r}: name pictures of yours with --gallery.")
    return world_gallery(language)


def recipe_of(run: str | Path) -> dict[str, Any]:
    """The recipe of a run, as JSON; empty for a model that was trained elsewhere."""
    for path in (Path(run) / "recipe.json", data_folder("weights", str(run), "recipe.json")):
        if path.is_file():
            try:
                return dict(json.loads(path.read_text("utf-8")))
            except ValueError:
                raise ModelError(f"{path} is damaged: it is no JSON.") from None
    return {}


def facts_of(run: str | Path, model: DualEncoder, language: str) -> dict[str, Any]:
    """What every demo knows about its model."""
    return {
        "model": Path(run).name,
        "language": language,
        "logit_scale": float(model.logit_scale()),
        "image_size": model.config.vision.image_size,
        "dim": model.config.projection_dim,
    }


def words_of(language: str, own_data: bool) -> dict[str, Any]:
    """What the demo can say in a language of the lexicon: examples, glosses, labels and things to count."""
    known = spoken(language)
    if known is None:
        return {"examples": [], "glosses": {}, "things": [], "labels": [], "template": "{}", "written": []}
    return {
        "examples": examples(known),
        "glosses": glosses(known),
        "things": things(known),
        "labels": labels(known),
        "template": template(known),
        "written": [] if own_data else written(known),
    }
