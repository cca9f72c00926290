"""Study: what does a zero-shot classifier's accuracy depend on: its prompts, the pictures, its number of labels?

A picture of one kind of thing gets the name whose sentence lies nearest to it. The models are those of the recipe
italian-clip, one for each seed; nothing is trained here but the linear probes. Looked at are

- prompts (``clipit.data.emoji.prompts``), from the bare noun to an ensemble of all sentences;
- pictures: the test split, colours and counts that training never joined with the thing, another artist's drawings,
  misleading sizes, and things that no training ever showed, told apart among themselves;
- how many labelled examples of each class a linear probe on the image encoder's features needs to be as good;
- calibration: what the model believes of its answers, at its own logit scale.

The main comparison, declared beforehand: accuracy on the test split with the ensemble of prompts minus the bare noun
(Radford et al. report a gain from ensembles; CLIP-Italian's notebook a small loss).
Control: ``untrained``, a model of the same sizes that has learned nothing, with the same prompts and probes.

>>> len(EXAMPLES)
5
"""

from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from clipit.data.batches import decode
from clipit.data.emoji.lexicon import concepts
from clipit.data.emoji.prompts import KINDS, prompts
from clipit.data.emoji.sampling import SPLITS, TRAINED_ON
from clipit.data.emoji.world import make_world
from clipit.evaluation import calibration, ensemble, linear_probe, softmax, zero_shot
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import Row, Table, results_file
from clipit.studies.trained import SEEDS, trained_model, untrained_model
from clipit.training.features import embed_captions, embed_pixels, image_features

NAME = "zero_shot"
LOOKED_AT = tuple(split for split in SPLITS if split not in TRAINED_ON)
PICTURES = 1_500  # of which six in ten show one kind of thing
EXAMPLES = (1, 2, 4, 8, 16)  # labelled, of each class
LABELLED = 6_000  # training pictures from which they are taken
STRENGTHS = (1.0, 10.0, 100.0)  # of a probe; chosen on the validation split
DEFAULT, MAIN, BASELINE, CONTROL = "both", "ensemble", "word", "untrained"
MEASURED = ("top1", "top5", "calibration_error", "belief")
COLUMNS = ("kind", "arm", "what", "split", "seed", "classes", "pictures", *MEASURED)
ABOUT = (
    "What does zero-shot accuracy depend on? Made by: clipit study zero_shot",
    "The model of the recipe italian-clip, one for each seed; pictures that show one kind of thing.",
    f"arm: prompts (see clipit.data.emoji.prompts; {DEFAULT} is the course's default), or probe: logistic regression",
    "on the image encoder's features of some labelled training pictures of each class (what: how many), its strength",
    "chosen on the validation split. untrained: the same with a model that has learned nothing.",
    "split unseen_concepts: things never shown, among themselves. calibration_error: expected calibration error at the",
    "model's own logit scale. belief: mean share that it gives to its answer.",
    f"Main comparison: top1 on the test split, {MAIN} minus {BASELINE}. Control: {CONTROL}.",
)


def run() -> list[Row]:
    """Measures what is not yet in the table, and returns all of it."""
    table = Table(results_file(NAME), ABOUT, COLUMNS)
    for seed in SEEDS:
        wanted = [keys(kind, "", "test", seed) for kind in KINDS]
        wanted += [keys(DEFAULT, "", split, seed) for split in LOOKED_AT if split != "test"]
        wanted += [keys("probe", str(count), "test", seed) for count in EXAMPLES]
        wanted += [keys(CONTROL, what, "test", seed) for what in ("", str(EXAMPLES[-1]))]
        table.complete(wanted, measured)
    return table.rows()


def keys(arm: str, what: str, split: str, seed: int) -> dict[str, Any]:
    """What a row is found by."""
    return {"kind": "result", "arm": arm, "what": what, "split": split, "seed": seed}


def measured(kind: str, arm: str, what: str, split: str, seed: int) -> dict[str, Any]:
    """One row."""
    model, tokenizer = trained_model(seed)
    if arm == CONTROL:
        model = untrained_model(model, seed)
    pixels, labels, names = pictures_of(split, PICTURES, seed)
    about = {"classes": len(names), "pictures": len(labels)}
    if what:
        return about | {"top1": round(probed(model, int(what), seed), 4)}
    images = embed_pixels(model, pixels)
    classes = class_vectors(model, tokenizer, names, DEFAULT if arm == CONTROL else arm)
    found = zero_shot(images, classes, labels)
    shares = softmax(float(model.logit_scale()) * images @ classes.T)  # [pictures, classes]
    return about | {
        "top1": round(found["top1"], 4),
        "top5": round(found["top5"], 4),
        "calibration_error": round(calibration(shares, labels)["error"], 4),
        "belief": round(float(shares.max(axis=1).mean()), 4),
    }


@lru_cache(maxsize=8)  # all arms have the same
def pictures_of(split: str, size: int, seed: int) -> tuple[Any, Int[np.ndarray, " n"], list[str]]:
    """Pictures of a split that show one kind of thing, the number of its class, and the classes' names."""
    world = make_world(split, size, seed)
    alone = [row for row, kinds in enumerate(world["objects"]) if len(kinds) == 1]
    world = world.select(alone)
    names = [concept.name for concept in concepts(held_out=split == "unseen_concepts")]
    return decode(world, 64), np.array([names.index(kinds[0]) for kinds in world["objects"]]), names


def class_vectors(
    model: DualEncoder, tokenizer: Tokenizer, names: list[str], kind: str
) -> Float[np.ndarray, "classes dim"]:
    """One vector for each class: the mean over its prompts."""
    sentences = [prompts(name, kind) for name in names]
    flat = embed_captions(model, tokenizer, [text for several in sentences for text in several])
    return ensemble(flat.reshape(len(names), len(sentences[0]), -1))


def probed(
    model: DualEncoder, count: int, seed: int, size: int = PICTURES, strengths: tuple[float, ...] = STRENGTHS
) -> float:
    """Accuracy on the test split of a probe that saw ``count`` labelled pictures of each class.

    Of several strengths the one that is best on the validation split is taken.
    """
    rng = np.random.default_rng(seed)
    parts = {}
    for split, pictures in (("train", LABELLED), ("validation", size), ("test", size)):
        pixels, labels, names = pictures_of(split, pictures, seed)
        if split == "train":  # the first few of each class, in a random order
            order = rng.permutation(len(labels))
            chosen = [row for label in range(len(names)) for row in order[labels[order] == label][:count]]
            pixels, labels = pixels[chosen], labels[chosen]
        features = image_features(model, pixels)
        parts[split] = features / np.linalg.norm(features, axis=1, keepdims=True), labels
    tried = {}
    for strength in strengths:
        weights, bias = linear_probe(*parts["train"], classes=len(names), strength=strength)
        right = {split: ((rows @ weights + bias).argmax(axis=1) == labels).mean()
                 for split, (rows, labels) in parts.items()}  # fmt: skip
        tried[right["validation"]] = right["test"]
    return float(tried[max(tried)])


def summary(rows: list[Row]) -> list[str]:
    """Accuracy of each arm with the 95 % interval over seeds, then the main comparison."""
    lines = []
    arms = dict.fromkeys((row["arm"], row["what"], row["split"]) for row in rows)
    for arm, what, split in arms:
        accuracy = values(rows, "top1", arm=arm, what=what, split=split)
        lines.append(f"{arm} {what} {split}: top1 {told(accuracy.values())}".replace("  ", " "))
    both = [values(rows, "top1", arm=arm, what="", split="test") for arm in (MAIN, BASELINE)]
    return [*lines, f"Main comparison, top1, {MAIN} minus {BASELINE}: {told(difference(*both))}"]
