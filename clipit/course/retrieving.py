"""What lesson 8 searches with: pictures with five captions each, in several languages, and what each is true of.

>>> test = captioned("it", size=4)
>>> len(test.captions), test.right.shape
(20, (20, 4))
"""

from dataclasses import dataclass, replace

import datasets
import numpy as np
from jaxtyping import Bool, Float, Int

from clipit.data.batches import decode
from clipit.data.emoji.claims import describes
from clipit.data.emoji.world import make_world
from clipit.evaluation import first_relevant_rank
from clipit.hub import load
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.training import RECIPES
from clipit.training.features import embed_captions, embed_pixels
from clipit.training.recipe import Phase
from clipit.training.starting import start_model, with_loaded_encoders
from clipit.training.student import TRAINS, fit_student


@dataclass(frozen=True)
class Captioned:
    """Pictures that training never showed, with all their captions as queries.

    Attributes:
        world: the pictures, with the columns of ``clipit.data.world``.
        captions: of all pictures, one after the other.
        pictures: for each caption, the row of its picture.
        right: which pictures each caption is true of: its own, and others that show the same.
    """

    world: datasets.Dataset
    captions: list[str]
    pictures: Int[np.ndarray, " captions"]
    right: Bool[np.ndarray, "captions pictures"]


def captioned(language: str, size: int, seed: int = 0, split: str = "test") -> Captioned:
    """Pictures of one split; of one seed they are the same in all languages."""
    world = make_world(split, size, seed, language=language)
    captions = [text for several in world["captions"][:] for text in several]
    claims = np.array([claim for several in world["claims"][:] for claim in several], np.int16)
    rows = np.repeat(np.arange(size), [len(several) for several in world["captions"][:]])
    return Captioned(world, captions, rows, describes(claims, np.array(world["scene"][:], np.int16)))


def reciprocal_ranks(
    model: DualEncoder, tokenizer: Tokenizer, images: Float[np.ndarray, "pictures dim"], test: Captioned
) -> Float[np.ndarray, " captions"]:
    """For each caption 1 / the place of the first picture that it is true of; 0 beyond the tenth place."""
    ranks = first_relevant_rank(embed_captions(model, tokenizer, test.captions), images, test.right)
    return np.where(ranks <= 10, 1 / ranks, 0.0)


def first_lessons(steps: int, pictures: int = 200) -> tuple[list[float], tuple[float, float]]:
    """A new student of english-clip, that reads Italian: the loss of each step, and MRR@10 before and after.

    Its text encoder is italian-bert; the image side is english-clip's, and is shown nothing.
    """
    recipe, tokenizer = with_loaded_encoders(replace(RECIPES["italian-clip"], copy_projection=True))
    assert tokenizer is not None
    student, test = start_model(recipe), captioned("it", pictures, seed=1)
    images = embed_pixels(student, decode(test.world, student.config.vision.image_size))
    sentences, translations = (captioned(language, 1_000, seed=8, split="train").captions for language in ("it", "en"))
    wanted = embed_captions(*load("english-clip"), translations)
    before = reciprocal_ranks(student, tokenizer, images, test).mean()
    phase = Phase("student", TRAINS, steps, learning_rate=1.2e-2, kernel_learning_rate=3e-2, warmup_steps=steps // 8)
    losses = fit_student(student, phase, tokenizer(sentences), wanted, batch_size=64, seed=0)
    return losses, (float(before), float(reciprocal_ranks(student, tokenizer, images, test).mean()))
