"""Every picture meets every text over several devices: the pictures stay at home, the texts travel in a ring.

Each device holds its share of the pictures and of the texts. At every stop its pictures meet the texts that are there
(in tiles), then the texts move on to the next device, and what is known about them travels along. After as many stops
as there are devices all have met, and the texts are back home. A device never holds more than two shares, however many
devices there are, where gathering all texts on every device takes N of them.

Zhai et al. 2023, "Sigmoid Loss for Language Image Pre-Training", arXiv 2303.15343, section 3.3, for the sigmoid loss;
Liu et al. 2023, "Ring Attention", arXiv 2310.01889, for attention.

>>> import jax.numpy as jnp
>>> mesh = jax.make_mesh((1,), ("data",))
>>> def count(images, texts, of_images, of_texts):
...     return of_images + len(texts), of_texts + len(images)
>>> nobody, ones = spread((jnp.zeros(4), jnp.ones(4)), mesh, "data")
>>> print(Ring(mesh, "data", tile=2)(count, ones, ones, nobody, nobody)[0])
[4. 4. 4. 4.]
"""

from dataclasses import dataclass

import jax
from jax import lax
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from clipit.losses.large_batch.tiles import Rows, Step, Tiles


@dataclass(frozen=True)
class Ring:
    """The meeting on many devices.

    Attributes:
        mesh: the devices.
        axis: the mesh axis over which pictures and texts are spread.
        tile: as in ``Tiles``.
    """

    mesh: Mesh
    axis: str
    tile: int

    def __call__(self, step: Step, images: Rows, texts: Rows, of_images: Rows, of_texts: Rows) -> tuple[Rows, Rows]:
        """Lets every picture meet every text; the same as ``Tiles``, with all rows spread over the axis."""
        devices = self.mesh.shape[self.axis]
        next_device = [(device, (device + 1) % devices) for device in range(devices)]

        def on_each_device(images: Rows, texts: Rows, of_images: Rows, of_texts: Rows) -> tuple[Rows, Rows]:
            def stop(_: jax.Array, state: tuple[Rows, Rows, Rows]) -> tuple[Rows, Rows, Rows]:
                of_images, texts, of_texts = state
                of_images, of_texts = Tiles(self.tile)(step, images, texts, of_images, of_texts)
                return of_images, *lax.ppermute((texts, of_texts), self.axis, next_device)

            of_images, _, of_texts = lax.fori_loop(0, devices, stop, (of_images, texts, of_texts))
            return of_images, of_texts

        share = PartitionSpec(self.axis)
        meet = jax.shard_map(on_each_device, mesh=self.mesh, in_specs=share, out_specs=share)
        return meet(images, texts, of_images, of_texts)


def spread(rows: Rows, mesh: Mesh, axis: str) -> Rows:
    """The rows of each array spread over the devices of an axis; those that already are stay where they are."""
    return jax.device_put(rows, NamedSharding(mesh, PartitionSpec(axis)))


def check_shares(batch: int, mesh: Mesh, axis: str) -> None:
    """Raise a ValueError unless the mesh has the axis and its devices share the batch evenly."""
    if axis not in mesh.shape:
        raise ValueError(f"the mesh has no axis {axis!r}, only {', '.join(map(repr, mesh.shape))}")
    if batch % mesh.shape[axis]:
        raise ValueError(
            f"{mesh.shape[axis]} devices cannot share {batch} pairs evenly: "
            "fill the batch up, and say in `counted` which pairs count"
        )
