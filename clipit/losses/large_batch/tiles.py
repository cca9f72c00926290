"""Every picture meets every text, one tile of the N x N matrix at a time, so that the matrix is never there as a whole.

A loss says what happens when a tile's pictures meet its texts: a ``step`` sees both, and updates what is known about
each (the softmax so far, the gradient so far). The loops are here, and know nothing of the loss. They take memory in
proportion to N, because what is known about a picture or a text is a few numbers or a vector.

The same loops over the tiles of attention are FlashAttention (Dao et al. 2022, arXiv 2205.14135); for the contrastive
loss they are Inf-CL (Cheng et al. 2024, arXiv 2410.17243).

>>> def count(images, texts, of_images, of_texts):
...     met = jnp.ones((len(images), len(texts)))
...     return of_images + met.sum(1), of_texts + met.sum(0)
>>> nobody = jnp.zeros(5)
>>> met_by_image, met_by_text = Tiles(tile=2)(count, jnp.ones(5), jnp.ones(5), nobody, nobody)
>>> print(met_by_text)  # the last tile is filled up to two pictures: a step has to know which rows count
[6. 6. 6. 6. 6.]
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

Rows = Any  # an array, or a tuple of arrays, whose first axis is the pictures or the texts
Step = Callable[[Rows, Rows, Rows, Rows], tuple[Rows, Rows]]


@dataclass(frozen=True)
class Tiles:
    """The meeting on one device.

    Attributes:
        tile: at most so many pictures meet at most so many texts at once.
    """

    tile: int

    def __call__(self, step: Step, images: Rows, texts: Rows, of_images: Rows, of_texts: Rows) -> tuple[Rows, Rows]:
        """Lets every picture meet every text.

        Args:
            step: takes a tile of each of the four below and returns the last two, updated.
            images: what is looked at, [images, ...]. Rows of zeros fill up the last tile.
            texts: the same, [texts, ...].
            of_images: what is known about each picture before, [images, ...].
            of_texts: what is known about each text before, [texts, ...].

        Returns:
            What is known about each picture, and about each text, when all have met.
        """
        images_cut, of_images_cut = cut((images, of_images), self.tile)
        texts_cut, of_texts_cut = cut((texts, of_texts), self.tile)

        def meet_all_texts(of_texts: Rows, these: tuple[Rows, Rows]) -> tuple[Rows, Rows]:
            images, of_images = these

            def meet_some(of_images: Rows, those: tuple[Rows, Rows]) -> tuple[Rows, Rows]:
                texts, of_texts = those
                return step(images, texts, of_images, of_texts)

            of_images, of_texts = lax.scan(meet_some, of_images, (texts_cut, of_texts))
            return of_texts, of_images

        of_texts_cut, of_images_cut = lax.scan(meet_all_texts, of_texts_cut, (images_cut, of_images_cut))
        return join(of_images_cut, of_images), join(of_texts_cut, of_texts)


def cut(rows: Rows, tile: int) -> Rows:
    """Arrays [n, ...] in equal tiles of at most ``tile`` rows, [tiles, rows of a tile, ...], zeros at the end."""

    def reshape(values: jax.Array) -> jax.Array:
        tiles = -(-len(values) // tile)
        rows_of_a_tile = -(-len(values) // tiles)
        missing = tiles * rows_of_a_tile - len(values)
        padded = jnp.pad(values, [(0, missing)] + [(0, 0)] * (values.ndim - 1))
        return padded.reshape(tiles, rows_of_a_tile, *values.shape[1:])

    return jax.tree.map(reshape, rows)


def join(tiles: Rows, like: Rows) -> Rows:
    """The opposite of ``cut``: [tiles, rows of a tile, ...] to [n, ...], as many rows as ``like`` has."""
    return jax.tree.map(lambda tiled, one: tiled.reshape(-1, *one.shape[1:])[: len(one)], tiles, like)


def check_tile(tile: int) -> None:
    """Raise a ValueError unless a tile has at least one row."""
    if tile < 1:
        raise ValueError(f"tile must be at least 1, not {tile}")


def check_rows(batch: int, **rows: jax.Array | None) -> None:
    """Raise a ValueError unless what is said about the pairs, by name, has one value for each."""
    for name, values in rows.items():
        if values is not None and values.shape != (batch,):
            raise ValueError(f"{name} need the shape {(batch,)}, these have {values.shape}")
