"""The small world as a ``datasets.Dataset``: pictures, captions, and what is really there.

>>> world = make_world("test", size=2, seed=0)
>>> world.column_names[:7]
['image', 'caption', 'captions', 'objects', 'counts', 'background', 'source']
"""

import io
import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path

import datasets
from datasets import Features, Image, List, Value

from clipit.data.cache import cache_folder, cached_path
from clipit.data.emoji.captions import ALWAYS, captions
from clipit.data.emoji.claims import encode
from clipit.data.emoji.drawing import paint
from clipit.data.emoji.layout import MISLEADING, SIZINGS, arrange
from clipit.data.emoji.lexicon import language
from clipit.data.emoji.roles import ROLES, RoleSettings, role_captions
from clipit.data.emoji.sampling import TRAINED_ON, WorldSettings, random_scene
from clipit.data.emoji.scene import Scene

DRAWS = 100  # after so many draws a test split has run out of new descriptions, and repeats one
VERSION = 3  # raise it when the same settings would draw or write something else: old caches are then left alone
FEATURES = Features(
    {
        "image": Image(),
        "caption": Value("string"),
        "captions": List(Value("string")),
        "objects": List(Value("string")),
        "counts": List(Value("int32")),
        "background": Value("string"),
        "source": Value("string"),
        "colors": List(Value("string")),
        "relation": Value("string"),
        "sizing": Value("string"),
        "boxes": List(List(List(Value("float32")))),
        "scene": List(Value("int16")),
        "claims": List(List(Value("int16"))),
    }
)
ROLE_FEATURES = Features({**FEATURES, "noise": Value("string")})


@dataclass(frozen=True)
class WorldRequest:
    """Everything that decides what is in a world; its hash names the cache folder."""

    split: str
    size: int
    seed: int
    art: str
    language: str
    settings: WorldSettings = field(default_factory=WorldSettings)
    source: str | None = None
    roles: RoleSettings = field(default_factory=RoleSettings)

    def key(self, *more: object) -> str:
        """A short name for this request that changes with every setting, and with anything more that is given."""
        decides = asdict(self)
        if self.source is None:  # then the roles' settings decide nothing
            decides = {name: value for name, value in decides.items() if name not in ("source", "roles")}
        text = json.dumps([VERSION, decides, more], sort_keys=True)
        return f"{self.split}-{self.size}-{blake2b(text.encode(), digest_size=8).hexdigest()}"


def make_rows(request: WorldRequest, size: int) -> list[dict[str, object]]:
    """The first ``size`` pictures of a world, with their captions.

    In the test splits no two pictures have the same description, as far as ``DRAWS`` draws find another: a search
    could not tell them apart. Training scenes come as they fall, and the loss knows which are alike.
    """
    rows, seen = [], set()
    for index in range(size):
        rng = random.Random(f"{request.seed}/{request.split}/{index}")
        scene = random_scene(request.split, rng, request.settings)
        if request.split not in TRAINED_ON:
            for _ in range(DRAWS):
                if scene not in seen:
                    break
                scene = random_scene(request.split, rng, request.settings)
            seen.add(scene)
        sizing = rng.choice(MISLEADING if request.split == "misleading_cues" else SIZINGS)
        rows.append(draw_row(scene, sizing, rng, request))
    return rows


def draw_row(scene: Scene, sizing: str, rng: random.Random, request: WorldRequest) -> dict[str, object]:
    """Draws a scene and writes its captions."""
    boxes = arrange(scene, rng, sizing)
    picture = paint(scene, boxes, request.art, request.settings.image_size)
    encoded = io.BytesIO()
    picture.save(encoded, "PNG", compress_level=1)
    return {
        "image": {"bytes": encoded.getvalue(), "path": None},
        **describe_scene(scene, rng, request),
        "objects": [group.concept for group in scene.groups],
        "counts": [group.count for group in scene.groups],
        "background": scene.background,
        "colors": [group.color for group in scene.groups],
        "relation": scene.relation,
        "sizing": sizing,
        "boxes": [[[box.x, box.y, box.side] for box in group] for group in boxes],
        "scene": encode([scene])[0].tolist(),
    }


def describe_scene(scene: Scene, rng: random.Random, request: WorldRequest) -> dict[str, object]:
    """The captions of a scene, what they claim, and whose captions they are."""
    written = request.settings.written_probabilities() if request.split in TRAINED_ON else ALWAYS
    if request.source is None:
        said = captions(scene, language(request.language), rng, written)
        claims = encode([caption.description for caption in said]).tolist()
        texts = [caption.text for caption in said]
        return {"caption": texts[0], "captions": texts, "claims": claims, "source": f"emoji/{request.art}"}
    another = random_scene(request.split, random.Random(f"another than {scene}"), request.settings)
    told = role_captions(request.source, scene, another, request.language, rng, request.roles, written)
    texts, claims = [caption.text for caption in told], [list(caption.claim) for caption in told]
    more = {"source": f"world/{request.source}", "noise": told[0].noise}
    return {"caption": texts[0], "captions": texts, "claims": claims, **more}


def to_dataset(rows: list[dict[str, object]]) -> datasets.Dataset:
    """Rows of ``draw_row`` as a dataset."""
    features = ROLE_FEATURES if "noise" in rows[0] else FEATURES
    return datasets.Dataset.from_dict({name: [row[name] for row in rows] for name in features}, features=features)


def make_world(
    split: str = "train",
    size: int = 12_000,
    seed: int = 0,
    art: str = "openmoji",
    language: str = "it",
    settings: WorldSettings | None = None,
    source: str | None = None,
    roles: RoleSettings | None = None,
) -> datasets.Dataset:
    """Pictures with captions, drawn on first use and kept in the cache folder.

    Args:
        split: one of ``clipit.data.SPLITS``. The parts are disjoint by description: no scene of "test" is ever
            described in "train". "unseen_combinations" shows colours and counts that training never joins with a
            concept, "unseen_concepts" things that it never shows, "unseen_art" another style of drawing
            (the scenes' rules are those of "test"), "misleading_cues" scenes in which the size of the objects, or the
            area that they cover, points to a wrong count.
        size: number of pictures.
        seed: same seed, same bytes.
        art: "openmoji" or "twemoji"; the split "unseen_art" is always drawn in "twemoji".
        language: a language of the lexicon, such as "it", "en" or "es".
        settings: how scenes are drawn and described.
        source: the same pictures captioned as "wit" (encyclopaedic, full of names), "mscoco" (five descriptions) or
            "conceptual" (noisy text of the web) would do it; see ``clipit.data.emoji.roles``.
        roles: how often the captions of the sources are noisy.

    Returns:
        A dataset with the columns image, caption (the fullest), captions (five different ones), objects, counts,
        background, source, and for the measurements colors, relation, sizing, boxes (centre x, centre y and side of
        each object, as shares of the picture's side), scene and claims (see ``clipit.data.emoji.claims``). With a
        source also noise: what was done to the caption, or "none".

    Raises:
        ValueError: the split, art, language or source does not exist, or the size is not positive.
    """
    if size < 1:
        raise ValueError(f"A world needs at least one picture, not {size}.")
    if source is not None and source not in ROLES:
        raise ValueError(f"The small world has no source {source!r}; choose one of {', '.join(ROLES)}.")
    art = "twemoji" if split == "unseen_art" else art
    known = (settings or WorldSettings(), source, roles or RoleSettings())
    request = WorldRequest(split, size, seed, art, language, *known)
    return cached(request.key(), lambda: to_dataset(make_rows(request, size)))


def cached(name: str, draw: Callable[[], datasets.Dataset]) -> datasets.Dataset:
    """The dataset that is kept under this name; drawn and kept if there is none, or if what is there is damaged."""
    folder = cached_path("worlds", name)
    if folder.is_dir():
        try:
            return datasets.load_from_disk(str(folder))
        except Exception as error:  # whatever a damaged file makes the reader say, drawing it again is right
            print(f"The drawn pictures in {folder} are damaged ({error}): drawing them again.", file=sys.stderr)
            shutil.rmtree(folder, ignore_errors=True)
    folder = cache_folder("worlds") / name  # what is damaged may lie where one only reads
    save_atomically(draw(), folder)
    return datasets.load_from_disk(str(folder))


def save_atomically(dataset: datasets.Dataset, folder: Path) -> None:
    """Writes beside the folder and renames: a folder that has its name is complete."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        with quietly():
            dataset.save_to_disk(str(unfinished))
        os.replace(unfinished, folder)
    except OSError:
        if not folder.is_dir():  # a disk that is full, say; when another process was first, its copy serves
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


@contextmanager
def quietly() -> Iterator[None]:
    """Without the progress bars of ``datasets``: what is shown here takes a moment."""
    shown = not datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            datasets.enable_progress_bars()
