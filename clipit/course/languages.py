"""What lesson 12 shows: a sheet as a table, captions beside their glosses, and a search with its verdicts.

>>> from clipit.data.languages import sheet_named
>>> vocabulary(sheet_named("neapolitan"))["auciello"]
'bird'
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from clipit.data.emoji.scene import Scene
from clipit.data.languages import Pictures, Sheet, caption
from clipit.data.languages.blank import EMPTY
from clipit.data.languages.gloss import english
from clipit.data.locate import data_folder
from clipit.plots import plot_captioned
from clipit.training.features import embed_captions
from clipit.training.languages import LanguageSettings, Taught, picture_vectors


def vocabulary(sheet: Sheet) -> dict[str, str]:
    """Each word of a sheet, in small letters, and the row that it belongs to."""
    return {
        word.lower(): row
        for (row, _), forms in sheet.forms.items()
        for word in forms.values()
        if word not in ("", EMPTY)
    }


def sheet_lines(name: str, rows: Sequence[str]) -> list[str]:
    """The lines of a sheet that comes with the course for some of its rows, as they stand in the file."""
    lines = data_folder("languages", f"{name}.csv").read_text("utf-8").splitlines()
    return [line for line in lines if line.partition(",")[0] in rows]


def show_pictures(title: str, pictures: Pictures, rows: Sequence[int], sheet: Sheet) -> Figure:
    """Some pictures with their captions, and what these mean."""
    scenes = [pictures.scenes[row] for row in rows]
    print(f"{len(rows)} of {len(pictures):,} pictures.")
    texts, glosses = [caption(scene, sheet) for scene in scenes], [english(scene) for scene in scenes]
    return plot_captioned(title, list(pictures.pixels[list(rows)]), texts, glosses)


def find(query: str, taught: Taught, pictures: Pictures, settings: LanguageSettings, top: int = 6) -> list[int]:
    """The rows of the pictures that are most similar to some words, best first."""
    text = embed_captions(taught.model, taught.tokenizer, [query])[0]  # [dim]
    similarities = picture_vectors(settings.pictures_from, pictures) @ text  # [n]
    return np.argsort(-similarities, kind="stable")[:top].tolist()


def show_found(query: str, meaning: Scene, rows: Sequence[int], pictures: Pictures, sheet: Sheet) -> Figure:
    """What a search found, right and wrong marked."""
    right = pictures.fitting(meaning)
    scenes = [pictures.scenes[row] for row in rows]
    print(
        f"Of {len(pictures)} pictures {int(right.sum())} fit. The first one that is found does: {bool(right[rows[0]])}"
    )
    return plot_captioned(
        f"{query} ({english(meaning)})",
        list(pictures.pixels[list(rows)]),
        [caption(scene, sheet) for scene in scenes],
        [english(scene) for scene in scenes],
        [bool(right[row]) for row in rows],
    )
