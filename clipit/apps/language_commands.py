"""``clipit language ...``: a CLIP in your own language or dialect, out of a sheet of thirty words.

Heavy things are imported by the command that needs them, so that ``clipit --help`` is quick.
"""

import json as json_module
from pathlib import Path
from typing import Any

from tyro.conf import Positional
from tyro.extras import SubcommandApp

language = SubcommandApp()
language.__doc__ = "Your own language or dialect: fill in a sheet of thirty words, teach it, search in it."


def tell(result: Any, as_json: bool, lines: list[str]) -> None:
    """Prints a result: for people, or as JSON."""
    print(json_module.dumps(result, ensure_ascii=False, indent=2) if as_json else "\n".join(lines))


@language.command
def new(name: Positional[str], folder: Positional[Path] = Path("."), genders: tuple[str, ...] = ()) -> None:
    """Write a sheet to fill in with any spreadsheet.

    Args:
        name: of the language, such as greek; the sheet gets its name.
        folder: where to write it.
        genders: letters for the genders of your language, such as m f: colours then have a row for each.
    """
    from clipit.apps.languages import new_sheet

    path = new_sheet(name, folder, genders)
    print(f"Written to {path}. Fill in the columns gender, one and several, save it as CSV UTF-8, then:")
    print(f"clipit language check {path}")


@language.command
def check(sheets: Positional[tuple[str, ...]], json: bool = False) -> None:
    """Say what is missing or wrong in sheets; where nothing is, show some captions with what they mean.

    Args:
        sheets: files, or names of languages that come with the course.
        json: print as JSON.
    """
    from clipit.apps.languages import look_at, open_sheets

    looked = {sheet.name: look_at(sheet) for sheet in open_sheets(sheets)}
    lines = [f"{name}: {text}  ({meaning})" for name, shown in looked.items() for text, meaning in shown.items()]
    tell(looked, json, [*lines, "Nothing is missing. Do the captions read well? Then: clipit language train"])


@language.command
def train(
    sheets: Positional[tuple[str, ...]],
    out: Path | None = None,
    steps: int | None = None,
    scenes: int | None = None,
    layers: int = 0,
    seed: int = 0,
    json: bool = False,
) -> None:
    """Teach a text encoder the language of a sheet, or of several together, in about a minute, and measure it.

    Args:
        sheets: files, or names of languages that come with the course; several make one multilingual model.
        out: the model's folder; runs/ and the names of the sheets if it is not given.
        steps: other than usual.
        scenes: pictures to learn from, other than usual.
        layers: transformer blocks of the text encoder, such as 1, which takes longer; 0 is a bag of words.
        seed: of all that is random.
        json: print the results as JSON.
    """
    from clipit.apps.languages import train_language
    from clipit.training.languages import LanguageSettings

    usual = LanguageSettings()
    steps, scenes = (usual.steps if steps is None else steps), (usual.scenes if scenes is None else scenes)
    folder = out or Path("runs") / "-".join(Path(sheet).stem for sheet in sheets)
    settings = LanguageSettings(steps=steps, scenes=scenes, layers=layers, seed=seed)
    results, lines = train_language(sheets, folder, settings)
    tell(results, json, [f"The model is in {folder}.", *lines])


@language.command
def search(folder: Positional[Path], query: Positional[str], top: int = 5, json: bool = False) -> None:
    """Find pictures with words of your sheet.

    Args:
        folder: what `clipit language train` wrote.
        query: what to look for.
        top: how many to show.
        json: print as JSON.
    """
    from clipit.apps.languages import search_language

    found, lines = search_language(folder, query, top)
    tell(found, json, lines)
