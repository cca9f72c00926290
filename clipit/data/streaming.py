"""Pairs that are read, decoded and tokenized while the model trains, for data that would not fit decoded on a disk.

The pictures stay encoded in a prepared folder (``clipit data prepare``, from webdataset shards, the hub, or a folder).
``datasets`` maps its rows into memory, so any of them can be read at any time: every epoch has another order over *all*
rows, and which rows make up step 17 depends only on the seed and on 17. A resumed run goes on at the exact next pair.
Processes of their own decode ahead, so that the device does not wait for pictures.

A picture that can no longer be read is named and left out; another row stands in for it, always the same. (Of several
processes that train one model each finds out about its own pictures only: where a caption is another's, the others do
not know when it equals one of theirs.)

>>> stream = Stream(load_prepared("wit"), tokenizer, Preprocess(224), workers=8)         # doctest: +SKIP
>>> next(stream.batches(256, seed=0))["pixels"].shape                                    # doctest: +SKIP
(256, 224, 224, 3)
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import datasets
import grain
import numpy as np
from absl import flags
from jaxtyping import UInt8

from clipit.data.batches import Pairs, ahead, epochs
from clipit.data.sources.columns import open_picture
from clipit.inputs.pictures import PictureError, Preprocess

TRIES = 20  # rows that may stand in for one that cannot be read
ENOUGH, MOST = 20, 0.01  # a run stops when more pictures than these, and than this share, were left out
THREADS = 4  # where no processes decode


class BrokenData(ValueError):
    """So many pictures cannot be read that something is wrong with the files."""


@dataclass(frozen=True)
class Stream:
    """Captioned pictures on a disk.

    Attributes:
        rows: with the columns image, captions and key; pictures are opened when a batch needs them.
        tokenizer: captions to token numbers.
        preprocess: what the image encoder wants.
        workers: processes that decode ahead; 0 for some threads of this one.
    """

    rows: datasets.Dataset
    tokenizer: Callable[..., dict[str, np.ndarray]]
    preprocess: Preprocess
    workers: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    def first(self, count: int) -> Pairs:
        """Some pairs, decoded, to look at them."""
        batch = next(self.batches(count, seed=0))
        tokens = {name: batch[name][:, None] for name in ("input_ids", "attention_mask")}  # [count, 1, tokens]
        return Pairs(batch["pixels"], texts=batch["positives"].argmax(axis=1)[:, None], **tokens)

    def batches(
        self, batch_size: int, seed: int, start: int = 0, in_groups: bool = False, share: slice = slice(None)
    ) -> Iterator[dict[str, np.ndarray]]:
        """What ``clipit.data.batches.batches`` gives, with the same arguments.

        Raises:
            BrokenData: too many pictures cannot be read.
        """
        gathered = epochs(len(self), batch_size, seed).random_map(partial(gather, self, in_groups, share))[start:]
        if not self.workers:
            return watched(ahead(gathered, THREADS))
        if not flags.FLAGS.is_parsed():  # grain asks for its flags when it starts processes; nobody sets any here
            flags.FLAGS.mark_as_parsed()
        how = grain.MultiprocessingOptions(num_workers=self.workers, per_worker_buffer_size=2)
        return watched(iter(gathered.to_iter_dataset(grain.ReadOptions(1, prefetch_buffer_size=1)).mp_prefetch(how)))


def gather(
    stream: Stream, in_groups: bool, share: slice, rows: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """One batch; "left_out" names the pictures that could not be read.

    A caption is a positive also of another row with the same picture; groups, which are of equal captions only, do not
    know that.
    """
    told = stream.rows.select_columns(["captions", "key"])[rows.tolist()]
    captions, keys = [several[rng.integers(len(several))] for several in told["captions"]], list(told["key"])
    pixels, left_out, rows = [], [], rows.copy()
    for place in range(len(rows))[share]:
        picture, row, faults = decode_near(stream, int(rows[place]))
        if faults:
            another = stream.rows.select_columns(["captions", "key"])[row]
            rows[place], captions[place], keys[place] = row, another["captions"][0], another["key"]
        pixels.append(picture)
        left_out += faults
    tokens = {name: values[share] for name, values in stream.tokenizer(captions).items()}
    texts, pictures = (np.unique(np.array(names), return_inverse=True)[1] for names in (captions, keys))
    if in_groups:
        alike = {"groups": texts[share].astype(np.int32)}
    else:
        alike = {"positives": (texts[share, None] == texts) | (pictures[share, None] == pictures)}
    return {"pixels": np.stack(pixels), **tokens, **alike, "rows": rows[share], "left_out": np.array(left_out, str)}


def decode_near(stream: Stream, row: int) -> tuple[UInt8[np.ndarray, "height width 3"], int, list[str]]:
    """The picture of a row, or of the first one after it that can be read; its row; and what was wrong before.

    Raises:
        BrokenData: none of the next rows can be read either.
    """
    faults: list[str] = []
    for further in range(TRIES):
        place = (row + further) % len(stream)
        found = stream.rows.with_format("arrow")[place]
        picture, key = found["image"][0].as_py(), found["key"][0].as_py()
        try:
            if picture is None:
                raise PictureError("only its address is known (clipit data download gets it)")
            return stream.preprocess.resize(open_picture(picture)), place, faults
        except PictureError as error:
            faults.append(f"{key}: {error}")
    raise BrokenData(f"{TRIES} pictures one after the other cannot be read, the last is {faults[-1]}")


def watched(stream: Iterator[dict[str, Any]]) -> Iterator[dict[str, np.ndarray]]:
    """The batches without "left_out", which is told as it happens.

    Raises:
        BrokenData: too many pictures were left out.
    """
    looked_at, left_out = 0, 0
    for batch in stream:
        for fault in batch.pop("left_out"):
            left_out += 1
            print(f"Left out ({left_out} so far): {fault}", file=sys.stderr)
        looked_at += len(batch["rows"])
        if left_out > max(ENOUGH, MOST * looked_at):
            raise BrokenData(
                f"{left_out} of {looked_at} pictures cannot be read, the last is {fault}: check the files, or prepare "
                "them again; the run goes on from its last checkpoint."
            )
        yield batch
