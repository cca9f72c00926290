"""Pairs from things of a collection, and variations of their pictures that leave true what the captions say.

A cut-out of most of a picture still shows what the caption names. A mirrored one does too, unless the caption knows
left from right, or there is writing or a clock in the picture. Where nobody has listed a language's words for that,
nothing is mirrored. Brightness and hue stay: captions name colours.

>>> may_mirror(["gatto", "freccia a destra", "ore tre"], "it").tolist()
[True, False, False]
>>> may_mirror(["kissa"], "fi").tolist()
[False]
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle, islice
from typing import Any

import numpy as np
from jaxtyping import Bool, UInt8
from PIL import Image, ImageOps

from clipit.data.batches import Pairs
from clipit.data.collection import Collection, Thing

MOST_CAPTIONS = 8  # of one thing; the first ones
SMALLEST = 0.7  # share of the sides that a cut-out keeps at least
# Words for sides, and for what is read: writing, clocks, signs, arrows.
SIDED = {
    "it": r"destr[aoei]|sinistr[aoi]|frecc\w+|or[ae]|orologi\w*|pulsant\w*|simbol\w*|letter\w*|numer\w*|scritt\w*|"
    r"est|ovest|bandier\w*|calendario|targa|cartell\w*|segn\w*|not[ae] musical\w*",
    "en": r"left\w*|right\w*|arrow\w*|clock\w*|o[’']clock|thirty|button\w*|symbol\w*|letter\w*|number\w*|sign\w*|"
    r"east|west|flag\w*|calendar|plate|writing|written|musical notes?",
}


def make_pairs(collection: Collection, things: Sequence[Thing], tokenizer: Callable[..., Any]) -> Pairs:
    """Things as pairs: each with as many captions and views as the one with the most, repeated where it has fewer."""
    most = min(max(len(thing.captions) for thing in things), MOST_CAPTIONS)
    flat = [caption for thing in things for caption in islice(cycle(thing.captions), most)]
    views = max(len(thing.views) for thing in things)
    tokens = tokenizer(flat)
    return Pairs(
        pixels=collection.pixels,
        input_ids=tokens["input_ids"].reshape(len(things), most, -1),
        attention_mask=tokens["attention_mask"].reshape(len(things), most, -1),
        texts=np.unique(np.array(flat), return_inverse=True)[1].reshape(len(things), most),
        views=np.array([list(islice(cycle(thing.views), views)) for thing in things]),
    )


def may_mirror(captions: Sequence[str], language: str) -> Bool[np.ndarray, " n"]:
    """Which captions stay true of the mirrored picture."""
    sided = re.compile(rf"\b({SIDED.get(language, '.*')})\b", re.IGNORECASE)
    return np.array([sided.search(caption) is None for caption in captions], bool)


def with_variations(pairs: Pairs, copies: int, mirror: Bool[np.ndarray, " n"], seed: int) -> Pairs:
    """Pairs whose views are joined by so many cut-outs of each, half of them mirrored where that is allowed.

    Args:
        pairs: with views.
        copies: cut-outs of each view.
        mirror: of which rows mirrored pictures are allowed.
        seed: where random choices start from.
    """
    assert pairs.views is not None, "pairs from make_pairs have views"
    rng, old = np.random.default_rng(seed), pairs.views
    made = [
        vary(pairs.pixels[place], rng, bool(mirror[row]))
        for row, views in enumerate(old)
        for place in views
        for _ in range(copies)
    ]
    kept = pairs.pixels[old.reshape(-1)]
    numbers = np.arange(len(kept) + len(made))
    first, more = numbers[: len(kept)].reshape(len(old), -1), numbers[len(kept) :].reshape(len(old), -1)
    pixels = np.concatenate([kept, np.array(made, np.uint8).reshape(-1, *kept.shape[1:])])
    return replace(pairs, pixels=pixels, views=np.concatenate([first, more], axis=1), image_features=None)


def vary(
    picture: UInt8[np.ndarray, "height width 3"], rng: np.random.Generator, mirror: bool
) -> UInt8[np.ndarray, "height width 3"]:
    """A cut-out of one picture, enlarged to its size."""
    height, width = picture.shape[:2]
    share, turned = rng.uniform(SMALLEST, 1), rng.random() < 0.5
    left, top = rng.uniform(0, 1 - share, 2) * (width, height)
    box = (left, top, left + share * width, top + share * height)
    cut = Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC, box=box)
    return np.asarray(ImageOps.mirror(cut) if mirror and turned else cut)
