"""An index of many pictures: each is embedded once, and then a search takes milliseconds.

    clipit embed runs/quick FOLDER INDEX
    clipit search runs/quick "due gatti neri" --gallery INDEX

An index is a folder:

    index.json       the pictures' folder, and which model embedded them
    parts/           their files and vectors, some hundred in each part, as Parquet
    unreadable.csv   files that could not be opened, and why
    vectors.faiss    what is searched: all vectors, or beyond ``LARGE`` of them lists of near ones, of which some are
                     looked through (Jégou et al. 2011, "Product Quantization for Nearest Neighbor Search", section IV)

Embedding goes on where it was interrupted, and takes in what came into the folder since.

>>> kind_of_index(1_000), kind_of_index(1_000_000)
('Flat', 'IVF1000,Flat')
"""

import csv
import importlib.util
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float
from rich.progress import track

from clipit.apps.searching import SUFFIXES, Found, check_query, search
from clipit.data.atomic import replacing
from clipit.data.emoji.world import quietly
from clipit.hub.folder import parameters
from clipit.inputs.pictures import PictureError, open_image
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.training.features import embed_captions, embed_pixels
from clipit.training.frozen import fingerprint

PART = 512  # pictures that are embedded, and written down, at a time
LARGE = 100_000  # up to so many vectors all are compared, which takes some milliseconds
LOOKED_THROUGH = 32  # lists of near vectors that a query looks through


@dataclass(frozen=True)
class Embedded:
    """What ``embed_folder`` did: pictures in the index, of them new ones, and files that could not be opened."""

    pictures: int
    new: int
    unreadable: int

    def told(self, index: Path) -> list[str]:
        """The same in words."""
        lines = [f"{self.pictures:,} pictures, {self.new:,} of them new, can be searched: --gallery {index}"]
        if self.unreadable:
            lines.append(f"{self.unreadable:,} files could not be opened: {index / 'unreadable.csv'} says why.")
        return lines


def embed_folder(model: DualEncoder, folder: str | Path, index: str | Path, quiet: bool = False) -> Embedded:
    """Embeds all pictures of a folder and of the folders in it, but those that the index has already.

    Args:
        model: a trained model.
        folder: the pictures.
        index: where to write; made if it is not there.
        quiet: without the progress bar.

    Raises:
        ValueError: there is no such folder, no picture in it that can be opened, another model or folder is the
            index's, or faiss is not installed.
    """
    need_faiss()
    folder, index = Path(folder), Path(index)
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}.")
    begin(index, model, folder)
    known = set(read_parts(index)["file"]) | {row["file"] for row in read_unreadable(index)}
    files = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES)
    missing = [path for path in files if str(path.relative_to(folder)) not in known]
    before = len(read_parts(index)["file"])
    parts = [missing[start : start + PART] for start in range(0, len(missing), PART)]
    for part in track(parts, "embedding", disable=quiet):
        write_part(index, embed_files(model, folder, part, index))
    pictures = len(read_parts(index)["file"])
    if not pictures:
        raise ValueError(f"{folder} holds no picture that can be opened ({', '.join(sorted(SUFFIXES))}).")
    if pictures > before or not (index / "vectors.faiss").is_file():
        build(index)
    return Embedded(pictures, pictures - before, len(read_unreadable(index)))


def need_faiss() -> None:
    """Says what to do where faiss is missing, before anything takes its time."""
    if importlib.util.find_spec("faiss") is None:
        raise ValueError("An index needs faiss: pip install faiss-cpu")


def begin(index: Path, model: DualEncoder, folder: Path) -> None:
    """Writes down whose index it is, or makes sure that it is the same model's and the same folder's.

    Raises:
        ValueError: it is another's.
    """
    wanted = {"model": fingerprint(parameters(model)), "folder": str(folder.resolve())}
    (index / "parts").mkdir(parents=True, exist_ok=True)
    file = index / "index.json"
    if not file.is_file():
        with replacing(file) as unfinished:
            unfinished.write_text(json.dumps(wanted, indent=2) + "\n", "utf-8")
    elif (found := json.loads(file.read_text("utf-8"))) != wanted:
        other = "model" if found["model"] != wanted["model"] else "folder"
        raise ValueError(f"{index} is the index of another {other}: choose another folder for this one.")


def embed_files(model: DualEncoder, folder: Path, files: Sequence[Path], index: Path) -> dict[str, Any]:
    """The files that can be opened, and their vectors; the others are written down with the reason."""
    names, pixels, unreadable = [], [], []
    for path in files:
        name = str(path.relative_to(folder))
        try:
            pixels.append(model.preprocess.resize(open_image(path)))
            names.append(name)
        except PictureError as error:
            unreadable.append({"file": name, "reason": str(error)})
    write_unreadable(index, unreadable)
    return {"file": names, "vector": embed_pixels(model, np.stack(pixels)) if pixels else np.zeros((0, 0), np.float32)}


def write_part(index: Path, part: dict[str, Any]) -> None:
    """One more part, whole or not at all."""
    if not part["file"]:
        return
    vectors: Float[np.ndarray, "n dim"] = part["vector"]
    column = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel(), pa.float32()), vectors.shape[1])
    with replacing(index / "parts" / f"{len(part_files(index)):06}.parquet") as unfinished:
        pq.write_table(pa.table({"file": part["file"], "vector": column}), unfinished)


def part_files(index: Path) -> list[Path]:
    """All parts, in the order in which they were written."""
    return sorted((index / "parts").glob("*.parquet"))


def read_parts(index: Path) -> datasets.Dataset:
    """The files and vectors of all parts."""
    files = [str(path) for path in part_files(index)]
    if not files:
        return datasets.Dataset.from_dict({"file": [], "vector": []})
    table = pa.concat_tables([pq.read_table(path) for path in files])
    return datasets.Dataset(table)


def read_unreadable(index: Path) -> list[dict[str, str]]:
    """What could not be opened, and why."""
    file = index / "unreadable.csv"
    if not file.is_file():
        return []
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def write_unreadable(index: Path, rows: Sequence[dict[str, str]]) -> None:
    """Adds to what could not be opened."""
    if rows:
        all_of_them = [*read_unreadable(index), *rows]
        with (
            replacing(index / "unreadable.csv") as unfinished,
            unfinished.open("w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.DictWriter(file, ["file", "reason"], lineterminator="\n")
            writer.writeheader()
            writer.writerows(all_of_them)


def kind_of_index(vectors: int) -> str:
    """How faiss shall keep so many vectors, in its own words: all in a row, or in lists of near ones."""
    return "Flat" if vectors <= LARGE else f"IVF{math.isqrt(vectors)},Flat"


def build(index: Path) -> None:
    """Makes what is searched from all parts."""
    import faiss

    with quietly():
        rows = read_parts(index)
        kind = kind_of_index(len(rows))
        rows.add_faiss_index("vector", string_factory=kind, metric_type=faiss.METRIC_INNER_PRODUCT, train_size=LARGE)
        with replacing(index / "vectors.faiss") as unfinished:
            rows.save_faiss_index("vector", unfinished)


def is_index(folder: str | Path) -> bool:
    """Whether ``embed_folder`` wrote this folder."""
    return (Path(folder) / "index.json").is_file()


def search_anywhere(
    model: DualEncoder, tokenizer: Tokenizer, query: str, gallery: str | Path | None = None, top: int = 5
) -> list[Found]:
    """Searches an index, a folder of pictures, or without either a gallery of the small world; raises as these do."""
    if gallery is not None and is_index(gallery):
        return search_index(model, tokenizer, query, gallery, top)
    return search(model, tokenizer, query, gallery, top)


def search_index(model: DualEncoder, tokenizer: Tokenizer, query: str, index: str | Path, top: int = 5) -> list[Found]:
    """The pictures of an index that are most similar to a query, best first.

    Raises:
        ValueError: the query cannot be used, the index is another model's, is not finished, or faiss is not installed.
    """
    need_faiss()
    index = Path(index)
    if top < 1:
        raise ValueError(f"Ask for at least one picture, not {top}.")
    vector = embed_captions(model, tokenizer, [check_query(query, tokenizer)])[0]  # [dim]
    folder = pictures_folder(model, index)
    if not (index / "vectors.faiss").is_file():
        raise ValueError(f"{index} is not finished: clipit embed goes on with it.")
    rows = read_parts(index)
    rows.load_faiss_index("vector", index / "vectors.faiss")
    look_through(rows.get_index("vector").faiss_index)
    similarities, found = rows.get_nearest_examples("vector", vector, min(top, len(rows)))
    places = [str(folder / name) for name in found["file"]]
    return [Found(place, "", float(one)) for place, one in zip(places, similarities, strict=True)]


def pictures_folder(model: DualEncoder, index: Path) -> Path:
    """Where the pictures of an index lie, if this model made it.

    Raises:
        ValueError: another model did, or index.json is damaged.
    """
    try:
        about = json.loads((index / "index.json").read_text("utf-8"))
        made_by, folder = about["model"], Path(about["folder"])
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{index / 'index.json'} is damaged: delete {index} and embed the pictures again.") from None
    if made_by != fingerprint(parameters(model)):
        raise ValueError(f"{index} was made by another model: search it with that one, or make an index with this one.")
    return folder


def look_through(vectors: Any) -> None:
    """How many lists each query looks through, where there are lists."""
    if hasattr(vectors, "nprobe"):
        vectors.nprobe = LOOKED_THROUGH
