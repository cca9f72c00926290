"""The two published ways of measuring CLIP-Italian, for any model and any pictures of the same kind.

- Zero-shot: a folder of ImageNet's form, one folder of pictures for each class, and Italian names for the classes. The
  published figures are the accuracy at 1, 5, 10 and 100 over the 50,000 validation pictures.
- Retrieval: pictures with several captions, each caption a query. The published ones are the MRR at 1, 5 and 10 over
  the 8,486 captions and 1,696 pictures of ``captions_ita_devset_unvalidated.json`` of MSCOCO-IT.

Ties count against the model (``clipit.evaluation``): two classes of one name are never told apart.

>>> read_labels_text("n02\\tuna rana\\nn01\\tun gatto\\n", ["n01", "n02"])
['un gatto', 'una rana']
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from rich.progress import track

from clipit.apps.searching import SUFFIXES
from clipit.data.sources import SourceSettings, open_picture, open_source
from clipit.evaluation import bootstrap, ensemble, first_relevant_rank
from clipit.inputs.pictures import PictureError, open_image
from clipit.inputs.tokenizer import Tokenizer
from clipit.models import DualEncoder
from clipit.training.features import CHUNK, embed_captions, embed_pixels

KS = (1, 5, 10, 100)
FEW = 20  # classes of which each has a line of its own


def measure_zero_shot(
    model: DualEncoder, tokenizer: Tokenizer, folder: Path, labels: Path | None, templates: Path | None
) -> dict[str, Any]:
    """Accuracy of naming the pictures of a folder of folders.

    Args:
        model: a trained model.
        tokenizer: its tokenizer.
        folder: one folder of pictures for each class.
        labels: a text file with the classes' names, see ``read_labels_text``; without one the folders' names count.
        templates: a text file with sentences around a name, one a line, such as "una foto di {}", whose vectors are
            averaged; without one the name alone is the sentence.

    Returns:
        "top1", "top5" and so on, with the 95 % interval of the first ("top1.low", "top1.high"); of few classes also
        each one's own share ("right.FOLDER"), which for folders of one, two, three things says whether it counts;
        "pictures", "classes", "names" (different ones), and "unreadable" (files).

    Raises:
        ValueError: the folder, the names or the templates cannot be used.
    """
    if not folder.is_dir():
        raise ValueError(f"There is no folder {folder}.")
    classes = sorted(path.name for path in folder.iterdir() if path.is_dir())
    if len(classes) < 2:
        raise ValueError(f"{folder} should hold a folder of pictures for each of at least two classes.")
    names = classes if labels is None else read_labels_text(read_lines(labels), classes)
    sentences = read_templates(templates)
    texts = [sentence.replace("{}", name) for name in names for sentence in sentences]
    embedded = embed_captions(model, tokenizer, texts).reshape(len(names), len(sentences), -1)
    files = [(place, path) for place, name in enumerate(classes) for path in pictures_in(folder / name)]
    truth, vectors, unreadable = embed_all(model, [(place, path, open_image) for place, path in files])
    ranks = first_relevant_rank(vectors, ensemble(embedded), truth)
    found = {f"top{k}": float((ranks <= k).mean()) for k in KS if k <= len(classes)}
    if len(classes) <= FEW:
        found |= {f"right.{classes[place]}": float((ranks[truth == place] <= 1).mean()) for place in np.unique(truth)}
    interval = bootstrap(ranks <= 1)
    about = {"pictures": len(truth), "classes": len(classes), "names": len(set(names)), "unreadable": unreadable}
    return found | {f"top1.{end}": interval[end] for end in ("low", "high")} | about


def measure_retrieval(
    model: DualEncoder, tokenizer: Tokenizer, source: str, settings: SourceSettings
) -> dict[str, float]:
    """Every caption of every picture as a query for its picture, and the other way round.

    Args:
        model: a trained model.
        tokenizer: its tokenizer.
        source: captioned pictures, as ``clipit.data.sources.open_source`` reads them.
        settings: what their name does not say.

    Returns:
        "text_to_image.recall@1", "text_to_image.mrr@1" and so on, "text_to_image.median_rank", with the 95 % interval
        of MRR@10 over pictures ("text_to_image.mrr@10.low"); the same for "image_to_text", where a picture's best
        caption counts; "pictures", "captions" and "unreadable".

    Raises:
        ValueError: there is no such source, or it holds fewer than two pictures that can be opened.
    """
    rows = [row for row in open_source(source, settings).rows() if row["image"] is not None]
    if len(rows) < 2:
        raise ValueError(f"{source} holds fewer than two pictures: where are they? (--pictures for those of COCO)")
    kept, images, unreadable = embed_all(model, [(place, row["image"], open_picture) for place, row in enumerate(rows)])
    captions = [(place, caption) for place, row in enumerate(kept.tolist()) for caption in rows[row]["captions"]]
    texts = embed_captions(model, tokenizer, [caption for _, caption in captions])
    owners = np.array([place for place, _ in captions])
    described = [np.flatnonzero(owners == place) for place in range(len(images))]
    results: dict[str, float] = {}
    for way, queries, gallery, relevant, pictures in (
        ("text_to_image", texts, images, owners, owners),
        ("image_to_text", images, texts, described, np.arange(len(images))),
    ):
        results |= {f"{way}.{name}": value for name, value in of_ranks(queries, gallery, relevant, pictures).items()}
    return results | {"pictures": len(images), "captions": len(captions), "unreadable": unreadable}


def of_ranks(
    queries: Float[np.ndarray, "queries dim"], gallery: Float[np.ndarray, "gallery dim"], relevant: Any, pictures: Any
) -> dict[str, float]:
    """Recall and mean reciprocal rank at each k, median rank, and the interval of MRR@10 over pictures."""
    ranks = first_relevant_rank(queries, gallery, relevant)
    reciprocal = {k: np.where(ranks <= k, 1 / ranks, 0.0) for k in KS}
    found = {f"recall@{k}": float((ranks <= k).mean()) for k in KS}
    found |= {f"mrr@{k}": float(values.mean()) for k, values in reciprocal.items()}
    interval = bootstrap(reciprocal[10], pictures)
    return (
        found | {"median_rank": float(np.median(ranks))} | {f"mrr@10.{end}": interval[end] for end in ("low", "high")}
    )


def embed_all(
    model: DualEncoder, pictures: Sequence[tuple[int, Any, Any]]
) -> tuple[Int[np.ndarray, " n"], Float[np.ndarray, "n dim"], int]:
    """Pictures opened and embedded a chunk at a time; those that cannot be opened are named and left out.

    Args:
        model: a trained model.
        pictures: for each a number that is kept beside it, what it is opened from, and what opens it.

    Returns:
        The numbers, the vectors, and how many pictures could not be opened.

    Raises:
        ValueError: none could be opened.
    """
    numbers, vectors, unreadable = [], [], 0
    parts = [pictures[start : start + CHUNK] for start in range(0, len(pictures), CHUNK)]
    for part in track(parts, "embedding", disable=len(parts) < 4):
        pixels = []
        for number, place, opener in part:
            try:
                pixels.append(model.preprocess.resize(opener(place)))
                numbers.append(number)
            except PictureError as error:
                print(f"Left out: {error}", file=sys.stderr)
                unreadable += 1
        if pixels:
            vectors.append(embed_pixels(model, np.stack(pixels)))
    if not vectors:
        raise ValueError(f"None of the {len(pictures)} pictures can be opened.")
    return np.array(numbers), np.concatenate(vectors), unreadable


def pictures_in(folder: Path) -> Iterator[Path]:
    """The pictures of a class, also in folders in its folder; ImageNet's are called .JPEG."""
    return (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES)


def read_labels_text(text: str, classes: Sequence[str]) -> list[str]:
    """The name of each class, in the order of ``classes``.

    Args:
        text: a line for each class: "folder<TAB>name", or only the name, then in the order of the folders' names.
        classes: names of the folders, sorted.

    Raises:
        ValueError: a class has no name, or there are not as many names as classes.
    """
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    if all("\t" in line for line in lines):
        named = dict(line.split("\t", 1) for line in lines)
        missing = [name for name in classes if name not in named]
        if missing:
            raise ValueError(f"{len(missing)} folders have no name in the list, {missing[0]!r} for one.")
        return [named[name].strip() for name in classes]
    if len(lines) != len(classes):
        raise ValueError(f"There are {len(lines)} names for {len(classes)} folders: give one a line, in their order.")
    return lines


def read_templates(file: Path | None) -> list[str]:
    """The sentences of a file, or the name alone.

    Raises:
        ValueError: one has no {} in it, or there is none.
    """
    if file is None:
        return ["{}"]
    lines = [line.strip() for line in read_lines(file).splitlines() if line.strip()]
    wrong = [line for line in lines if "{}" not in line]
    if wrong or not lines:
        raise ValueError(f"{file}: each line needs {{}} where the name goes{f', not {wrong[0]!r}' if wrong else ''}.")
    return lines


def read_lines(file: Path) -> str:
    """The text of a file. Raises ValueError when it is not there or is no text."""
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} cannot be read as text ({error}).") from None
