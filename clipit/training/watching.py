"""Looking at a model while it trains: a search on the validation pictures, and one query for the filmstrip.

>>> Watcher.QUERY.groups[0].count
2
"""

from typing import Any, ClassVar

import numpy as np

from clipit.data.batches import Pairs, find_positives, load_pairs
from clipit.data.emoji.gallery import SEARCHES, make_gallery, search_text
from clipit.data.emoji.scene import Scene
from clipit.data.emoji.world import make_world
from clipit.evaluation import retrieval
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.training.common_scale import loss_at_fitted_scale
from clipit.training.features import embed_captions, embed_pixels, embed_tokens
from clipit.training.recipe import Phase, Recipe

SHOWN = 6  # pictures in a frame of the filmstrip
LARGEST = 500  # validation pictures: enough to see a curve, few enough to cost little


class Watcher:
    """Holds the pictures that are looked at during training; none of them is trained on."""

    QUERY: ClassVar[Scene] = SEARCHES[0]

    def __init__(self, recipe: Recipe, tokenizer: Tokenizer):
        size, image_size = min(recipe.test_size, LARGEST), recipe.model.vision.image_size
        validation = make_world("validation", size, recipe.seed, language=recipe.language)
        gallery = make_gallery(recipe.test_size, recipe.seed, recipe.language)
        self.tokenizer = tokenizer
        self.validation: Pairs = load_pairs(validation, tokenizer, image_size)
        own = np.zeros(len(self.validation), int)  # of each picture's captions the first is searched with
        self.positives = find_positives(self.validation, np.arange(len(own)), own)  # [n, n]
        self.gallery: Pairs = load_pairs(gallery.select(range(min(300, len(gallery)))), tokenizer, image_size)
        self.query = search_text(self.QUERY, recipe.language)

    def begin(self, model: DualEncoder, phase: Phase) -> None:
        """A phase begins: nothing to prepare, a look at this small world is quick."""

    def look(self, model: DualEncoder) -> dict[str, Any]:
        """Loss and text-to-image recall on the validation pictures, and the places of the query's best pictures."""
        images = embed_pixels(model, self.validation.pixels)  # [n, dim]
        texts = embed_tokens(model, self.validation.input_ids[:, 0], self.validation.attention_mask[:, 0])
        measured = retrieval(texts, images, np.arange(len(images)), ks=(1,))
        loss = loss_at_fitted_scale(images, texts, self.positives)
        similarities = embed_captions(model, self.tokenizer, [self.query]) @ embed_pixels(model, self.gallery.pixels).T
        best = np.argsort(-similarities[0], kind="stable")[:SHOWN]
        return {
            "validation.loss": round(loss, 4),
            "validation.recall@1": round(measured["recall@1"], 4),
            "validation.mrr@10": round(measured["mrr@10"], 4),
            "best": best.tolist(),
        }
