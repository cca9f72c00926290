"""``clipit language``: a sheet to fill in, a model out of it, and a search that says what its words mean.

>>> file_name("Nnapulitano")
'nnapulitano.csv'
"""

import json
import re
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from clipit.apps.searching import check_query
from clipit.data.atomic import replacing
from clipit.data.languages import (
    SceneSettings,
    Sheet,
    SheetError,
    blank_sheet,
    caption,
    draw_pictures,
    gloss,
    read_sheet,
    sheet_named,
    sheet_names,
    unknown_words,
)
from clipit.data.languages.gloss import english, pieces
from clipit.data.locate import data_folder
from clipit.hub import load_model, save_model
from clipit.training.features import embed_captions
from clipit.training.languages import LanguageSettings, Taught, picture_vectors, pictures_for, teach
from clipit.training.languages_measured import compare

SETTINGS, SHEETS, RESULTS = "language.json", "sheets", "results.json"


def file_name(name: str) -> str:
    """The name of a language's sheet.

    Raises:
        SheetError: the name cannot be that of a file.
    """
    cleaned = re.sub(r"\s+", "_", name.strip().lower())
    if not re.fullmatch(r"[\w'’-]{1,40}", cleaned):
        raise SheetError(f"Call the language by a word of letters, such as greek, not {name!r}.")
    return f"{cleaned}.csv"


def new_sheet(name: str, folder: str | Path = ".", genders: Sequence[str] = ()) -> Path:
    """Writes a sheet to fill in; one that is there already is left alone.

    Raises:
        SheetError: the name or the genders cannot be used, or there is a sheet of this name.
    """
    path = Path(folder) / file_name(name)
    if path.exists():
        raise SheetError(f"{path} is there already: fill it in, or choose another name or folder.")
    text = blank_sheet(genders)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8-sig")  # the mark at its beginning tells spreadsheets that it is UTF-8
    return path


def open_sheets(names: Sequence[str | Path]) -> list[Sheet]:
    """Sheets by their paths, or by the names of those that come with the course."""
    if not names:
        raise SheetError("Name at least one sheet.")
    return [sheet_named(str(name)) for name in names]


@dataclass(frozen=True)
class LanguageFolder:
    """A model's folder: what ``clipit.load`` reads, and beside it the sheets and how they were taught."""

    path: Path

    def write(self, taught: Taught, sheets: Sequence[Path], settings: LanguageSettings) -> None:
        """Writes everything; the model comes last, so that where it is nothing is missing."""
        (self.path / SHEETS).mkdir(parents=True, exist_ok=True)
        for sheet in sheets:
            shutil.copyfile(sheet, self.path / SHEETS / sheet.name)
        with replacing(self.path / SETTINGS) as file:
            file.write_text(
                json.dumps(asdict(settings) | {"sheets": [sheet.name for sheet in sheets]}, indent=2) + "\n"
            )
        save_model(taught.model, taught.tokenizer, self.path)

    def read(self) -> tuple[Taught, list[Sheet], LanguageSettings]:
        """Model, sheets and settings.

        Raises:
            SheetError: the folder was not written by ``clipit language train``, or something in it is damaged.
        """
        if not is_language(self.path):
            raise SheetError(f"{self.path} holds no language: `clipit language train SHEET --out FOLDER` writes one.")
        try:
            values: dict[str, Any] = json.loads((self.path / SETTINGS).read_text("utf-8"))
            names = [str(name) for name in values.pop("sheets")]
            settings = LanguageSettings(**values)
        except (ValueError, KeyError, TypeError) as error:
            raise SheetError(f"The {SETTINGS} in {self.path} is damaged ({error}): train it again.") from None
        sheets = [read_sheet(self.path / SHEETS / Path(name).name) for name in names]
        return Taught(*load_model(self.path), []), sheets, settings


def is_language(folder: str | Path) -> bool:
    """Whether ``clipit language train`` wrote this folder."""
    return (Path(folder) / SETTINGS).is_file()


def train_language(names: Sequence[str], out: Path, settings: LanguageSettings) -> tuple[dict[str, Any], list[str]]:
    """Teaches the languages of some sheets, writes the model's folder, and measures; results, and lines to print.

    Raises:
        SheetError: a sheet cannot be used, or the folder holds something else than a language.
    """
    sheets = open_sheets(names)
    if out.exists() and not is_language(out) and (not out.is_dir() or any(out.iterdir())):
        raise SheetError(f"{out} holds something else: choose another --out.")
    paths = [data_folder("languages", f"{name}.csv") if name in sheet_names() else Path(name) for name in names]
    taught = teach(sheets, settings)
    folder = LanguageFolder(out)
    folder.write(taught, paths, settings)
    return evaluate_language(out)


def evaluate_language(path: str | Path) -> tuple[dict[str, Any], list[str]]:
    """Measures a language's folder, beside Italian, and writes results.json; results, and lines to print."""
    folder = LanguageFolder(Path(path))
    taught, sheets, settings = folder.read()
    scores = compare(taught, sheets, settings)
    results = {
        f"{name}.text_to_image.{measure}": value for name, found in scores.items() for measure, value in found.items()
    }
    with replacing(folder.path / RESULTS) as file:
        file.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    width = max(map(len, scores))
    lines = [f"Of {settings.held_out} pictures that no training has seen, found by their captions:"]
    lines += [
        f"{name:<{width}}  recall@1 {found['recall@1']:.2f}, MRR@10 {found['mrr@10']:.2f}"
        for name, found in scores.items()
    ]
    example = pictures_for(sheets, "test", settings).scenes[0]
    lines += [f'Try: clipit language search {folder.path} "{caption(example, sheets[0])}"  ({english(example)})']
    return results, lines


@dataclass(frozen=True)
class Hit:
    """A picture that was found: its number, its caption in the language, what that means, and how similar it is."""

    place: int
    caption: str
    gloss: str
    similarity: float


def search_language(path: str | Path, query: str, top: int = 5) -> tuple[dict[str, Any], list[str]]:
    """Searches the held-out pictures with words of a sheet; says what the words mean, and which are unknown.

    Raises:
        SheetError: the folder holds no language, the query has no word of its sheets, or nothing is to be shown.
    """
    taught, sheets, settings = LanguageFolder(Path(path)).read()
    if top < 1:
        raise SheetError(f"Ask for at least one picture, not {top}.")
    sheet = min(sheets, key=lambda sheet: len(unknown_words(query, sheet)))
    unknown = unknown_words(query, sheet)
    if not query.strip() or len(unknown) == len(pieces(query, sheet)):
        examples = ", ".join(sheet.word(thing, 1, sheet.genders[thing]) for thing in sheet.things[:3])
        raise SheetError(f"The query has no word of the sheet {sheet.name}: use words such as {examples}.")
    pictures = pictures_for(sheets, "test", settings)
    text = embed_captions(taught.model, taught.tokenizer, [check_query(query, taught.tokenizer)])[0]  # [dim]
    similarities = picture_vectors(settings.pictures_from, pictures) @ text  # [n]
    best = np.argsort(-similarities, kind="stable")[:top]
    found = [
        Hit(int(row), caption(pictures.scenes[row], sheet), english(pictures.scenes[row]), float(similarities[row]))
        for row in best
    ]
    result = {
        "language": sheet.name,
        "gloss": gloss(query, sheet),
        "unknown": unknown,
        "found": list(map(asdict, found)),
    }
    lines = [f"{query}: {result['gloss']}"]
    lines += [f"Not on the sheet {sheet.name}: {', '.join(unknown)}."] if unknown else []
    return result, [*lines, *(f"{hit.similarity:.3f}  {hit.caption}  ({hit.gloss})" for hit in found)]


def look_at(sheet: Sheet, count: int = 6) -> dict[str, str]:
    """Some captions in the words of a sheet, and what they mean: whoever speaks the language sees what is wrong."""
    settings = SceneSettings("test", 60)
    scenes = draw_pictures(sheet.things, sheet.colors, settings).scenes
    longest_first = sorted(scenes, key=lambda scene: -len(caption(scene, sheet)))
    return {caption(scene, sheet): english(scene) for scene in longest_first[:: len(scenes) // count]}
