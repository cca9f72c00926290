"""From a dataset of captioned pictures to a stream of batches, with grain.

Pictures and token numbers of a small world fit into memory, so they are decoded once. Which pairs make up step 17
depends only on the seed and on 17: a resumed run goes on exactly where it stopped.

>>> from clipit.data.emoji.world import make_world
>>> from clipit.inputs.tokenizer import train_tokenizer
>>> world = make_world("test", size=8)
>>> pairs = load_pairs(world, train_tokenizer(world["caption"]), image_size=64)
>>> next(batches(pairs, batch_size=4, seed=0))["pixels"].shape
(4, 64, 64, 3)
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import datasets
import grain
import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from PIL import Image

from clipit.data.emoji.claims import describes
from clipit.inputs.pictures import Preprocess, open_image


@dataclass(frozen=True)
class Pairs:
    """Captioned pictures, decoded.

    Attributes:
        pixels: uint8 pictures; one for each row, unless ``views`` says which.
        input_ids: token numbers of every caption of every picture.
        attention_mask: 0 where a token is padding.
        texts: a number for each caption; equal captions have equal numbers.
        claims: what each caption says, or None where nobody knows (captions from elsewhere).
        scenes: what each picture shows, or None.
        views: places in ``pixels`` of the several pictures of each row, of which one is drawn; None for one each.
        image_features: what an image encoder that does not train makes of each of ``pixels``, or None.
        text_features: the same for every caption, or None.
        other_ids: every caption with another number, see ``clipit.data.counterfactuals``, or None.
    """

    pixels: UInt8[np.ndarray, "pictures height width 3"]
    input_ids: Int[np.ndarray, "n captions tokens"]
    attention_mask: Int[np.ndarray, "n captions tokens"]
    texts: Int[np.ndarray, "n captions"]
    claims: Int[np.ndarray, "n captions 8"] | None = None
    scenes: Int[np.ndarray, "n 8"] | None = None
    views: Int[np.ndarray, "n views"] | None = None
    image_features: Float[np.ndarray, "pictures features"] | None = None
    text_features: Float[np.ndarray, "n captions words"] | None = None
    other_ids: Int[np.ndarray, "n captions tokens"] | None = None

    def __len__(self) -> int:
        return len(self.input_ids)


def decode(dataset: datasets.Dataset, image_size: int) -> UInt8[np.ndarray, "n height width 3"]:
    """All pictures of a dataset as uint8 [n, image_size, image_size, 3]."""
    encoded = dataset.with_format("arrow")["image"]
    preprocess = Preprocess(image_size)
    pixels = np.empty((len(dataset), image_size, image_size, 3), np.uint8)
    for row, picture in enumerate(column_values(encoded)):
        source = io.BytesIO(picture["bytes"]) if picture["bytes"] else picture["path"]
        pixels[row] = preprocess.resize(open_image(Image.open(source)))
    return pixels


def column_values(column: Any) -> Iterator[dict[str, Any]]:
    """The values of an Arrow column, a thousand at a time."""
    for chunk in column:
        yield chunk.as_py()


def load_pairs(dataset: datasets.Dataset, tokenizer: Callable[..., dict[str, np.ndarray]], image_size: int) -> Pairs:
    """Decodes the pictures and tokenizes the captions of a dataset with the columns of ``clipit.data.world``.

    Raises:
        ValueError: pictures have different numbers of captions.
    """
    captions = dataset["captions"][:]
    per_picture = len(captions[0])
    if any(len(several) != per_picture for several in captions):
        raise ValueError(f"Every picture needs the same number of captions; the first has {per_picture}.")
    flat = [caption for several in captions for caption in several]
    tokens = tokenizer(flat)
    shape = (len(captions), per_picture, -1)
    texts = np.unique(np.array(flat), return_inverse=True)[1].reshape(shape[:2])
    known = "claims" in dataset.column_names
    return Pairs(
        pixels=decode(dataset, image_size),
        input_ids=tokens["input_ids"].reshape(shape),
        attention_mask=tokens["attention_mask"].reshape(shape),
        texts=texts,
        claims=np.array(dataset["claims"][:], np.int16) if known else None,
        scenes=np.array(dataset["scene"][:], np.int16) if known else None,
    )


def shuffled(pairs: Pairs, seed: int) -> Pairs:
    """A control: every picture with the captions of another, so that there is nothing to learn but by heart."""
    order = np.random.default_rng(seed).permutation(len(pairs))
    captions = {name: getattr(pairs, name)[order] for name in ("input_ids", "attention_mask", "texts")}
    return replace(pairs, **captions, claims=None, scenes=None)


def find_positives(pairs: Pairs, rows: np.ndarray, chosen: np.ndarray) -> Bool[np.ndarray, "batch batch"]:
    """Which caption (columns) describes which picture (rows), the caption's own picture always among them."""
    texts = pairs.texts[rows, chosen]
    positives = texts[:, None] == texts[None, :]  # [batch, batch]
    if pairs.claims is not None and pairs.scenes is not None:
        positives |= describes(pairs.claims[rows, chosen], pairs.scenes[rows]).T
    return positives


def batches(
    pairs: Pairs,
    batch_size: int,
    seed: int,
    start: int = 0,
    in_groups: bool = False,
    share: slice = slice(None),
) -> Iterator[dict[str, np.ndarray]]:
    """Endless batches; one of its captions is drawn for each picture, and one of its views.

    Args:
        pairs: what to draw from; every epoch in another order.
        batch_size: pairs in a batch.
        seed: of the order and of the captions.
        start: the first batch to give, to go on after an interruption.
        in_groups: in place of positives, which are batch x batch, groups int [batch]: pairs with equal captions have
            the same. Only for pairs of which nothing is known but their captions.
        share: which rows of each batch are read, where several processes read one batch together; positives keep all
            columns.

    Yields:
        pixels uint8 [batch, height, width, 3], input_ids and attention_mask int32 [batch, tokens], positives bool
        [batch, batch] (row: picture, column: caption), rows int [batch] (places in ``pairs``). Where ``pairs`` has
        features, image_features or text_features, float32 [batch, width], stand in for what they were made of. With
        counterfactuals also other_ids int32 [batch, tokens].
    """

    def gather(rows: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
        chosen = rng.integers(0, pairs.input_ids.shape[1], len(rows))
        shown = rows if pairs.views is None else pairs.views[rows, rng.integers(0, pairs.views.shape[1], len(rows))]
        if in_groups:
            belong = {"groups": np.unique(pairs.texts[rows, chosen], return_inverse=True)[1].astype(np.int32)[share]}
        else:
            belong = {"positives": find_positives(pairs, rows, chosen)[share]}
        rows, chosen, shown = rows[share], chosen[share], shown[share]
        if pairs.image_features is None:
            pictures = {"pixels": pairs.pixels[shown]}
        else:
            pictures = {"image_features": np.asarray(pairs.image_features[shown])}
        if pairs.text_features is None:
            texts = {name: getattr(pairs, name)[rows, chosen] for name in ("input_ids", "attention_mask")}
            if pairs.other_ids is not None:
                texts["other_ids"] = pairs.other_ids[rows, chosen]
        else:
            texts = {"text_features": np.asarray(pairs.text_features[rows, chosen])}
        return {**pictures, **texts, **belong, "rows": rows}

    return ahead(epochs(len(pairs), batch_size, seed).random_map(gather)[start:])


def epochs(count: int, batch_size: int, seed: int) -> grain.MapDataset:
    """Endless batches of places from 0 to ``count``, every epoch in another order; which ones follows from the seed."""
    return grain.MapDataset.range(count).seed(seed).shuffle().repeat().batch(batch_size)


def ahead(batches: grain.MapDataset, threads: int = 1) -> Iterator[dict[str, np.ndarray]]:
    """The batches one after the other, the next four made while one is at work."""
    return iter(batches.to_iter_dataset(grain.ReadOptions(num_threads=threads, prefetch_buffer_size=4)))
