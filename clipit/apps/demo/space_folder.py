"""A Hugging Face Space out of a run: a folder that is uploaded as it is, for a model that is too large for a page.

    README.md           its first lines tell the hub how to start the app
    app.py              the app, which only shows what ``clipit.apps.demo.space`` computes
    requirements.txt    what the hub installs
    demo.json           the gallery, examples, words
    model/              what ``clipit.load`` reads
    vectors.npy         of the gallery, float32
    pictures/           of the gallery

>>> requirements().splitlines()[-1] == f"gradio=={GRADIO}"
True
"""

import json
from importlib.metadata import metadata
from importlib.resources import files
from pathlib import Path

import numpy as np

from clipit.apps.demo.contents import Contents, DemoSettings, Written, open_contents
from clipit.apps.demo.gallery import SIDE, save_pictures
from clipit.apps.demo.placing import check_folder, size_of, whole_folder
from clipit.hub import save_model

GRADIO, PYTHON = "6.31.0", "3.12"  # what the app was tested with; the hub's own Python would be too old for clipit
MADE = {"README.md", "app.py", "requirements.txt", "demo.json", "model", "vectors.npy", "pictures"}
README = """\
# {title}

A CLIP that was trained with [clipit]({address}). Search pictures with words, ask which words fit a picture, where in it
something is, and how many things it shows.

Here: `pip install -r requirements.txt`, then `python app.py`.
On Hugging Face: `hf upload OWNER/NAME . . --repo-type space` makes the Space, or renews it.

## Limits

The model knows only what its training pictures showed, in the words of their captions. For anything else it still
answers, and is wrong. A share is no probability of being right: it only compares the labels that were given.

## Licences

The app is Apache-2.0. {pictures}
"""
DRAWN = """The pictures show emoji by [OpenMoji](https://openmoji.org), CC BY-SA 4.0. The weights are yours to license;
those that come with clipit are CC BY 4.0."""
OWN = "Pictures and weights keep their own licences: say here which these are before you share them."


def write_space(run: str | Path, folder: str | Path, settings: DemoSettings | None = None) -> Written:
    """Writes the Space of a model into a folder; a Space that is there already is replaced.

    Args:
        run: a run's folder, what `clipit language train` wrote, a model's folder or name on the hub, or the name of
            weights that come with the course.
        folder: where to write; it is made, or is empty, or holds a Space.
        settings: what goes into it; it needs no ``runtime``.

    Raises:
        ValueError: the run is none, the folder holds something else, or the gallery holds no pictures or is the index
            of another model.
    """
    settings, folder = settings or DemoSettings(), Path(folder)
    check_folder(folder, MADE)
    contents = open_contents(run, settings)
    vectors = contents.vectors()
    told = contents.told(vectors, settings.chosen)
    with whole_folder(folder, MADE) as unfinished:
        save_model(contents.model, contents.tokenizer, unfinished / "model")
        np.save(unfinished / "vectors.npy", vectors.astype("<f4"))
        save_pictures(contents.gallery, unfinished / "pictures", max(SIDE, told["image_size"]))
        (unfinished / "demo.json").write_text(json.dumps(told, ensure_ascii=False) + "\n", "utf-8")
        (unfinished / "README.md").write_text(readme(contents), "utf-8")
        (unfinished / "requirements.txt").write_text(requirements(), "utf-8")
        app = (files("clipit.apps.demo") / "space_app" / "__main__.py").read_text("utf-8")
        (unfinished / "app.py").write_text(app, "utf-8")
    return Written(folder, len(contents.gallery.pictures), size_of(folder), contents.gallery.left_out)


def readme(contents: Contents) -> str:
    """README.md: first what the hub must know, then what people should."""
    from huggingface_hub import SpaceCardData

    title, drawn = f"Pictures and words: {contents.facts['model']}", contents.gallery.true is not None
    about = SpaceCardData(
        title=title,
        sdk="gradio",
        sdk_version=GRADIO,
        python_version=PYTHON,
        app_file="app.py",
        license="cc-by-sa-4.0" if drawn else "other",
    )
    body = README.format(title=title, address=repository(), pictures=DRAWN if drawn else OWN)
    return f"---\n{about.to_yaml()}\n---\n\n{body}"


def requirements() -> str:
    """requirements.txt: the library from its repository, and the Gradio that README.md names."""
    return f"clipit-course @ git+{repository()}\ngradio=={GRADIO}\n"


def repository() -> str:
    """The repository's public address, as the installed package knows it from pyproject.toml."""
    urls = dict(line.split(", ", 1) for line in metadata("clipit-course").get_all("Project-URL") or ())
    return urls["Repository"]
