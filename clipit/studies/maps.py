"""Study: is a map of the space the space? What UMAP and principal components keep of who is near whom.

The vectors of lesson 8 have 256 numbers; a map has two. UMAP (McInnes et al. 2018) places points so that neighbours
stay neighbours, and lets go of all larger distances. Pictures and their fullest captions are mapped together, those of
both models of lesson 8. Nothing is trained; the seeds draw other pictures, and are UMAP's own.

The main comparison, declared beforehand: ``own``, UMAP minus the space itself, for the Italian model.
Control: ``untrained``, a model that knows nothing, whose map must look like nothing.

>>> near(np.array([[0.0], [0.1], [5.0], [5.1]]), euclidean=True, many=1).ravel()
array([1, 0, 3, 2])
"""

from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from clipit.data.batches import decode
from clipit.data.emoji.world import make_world
from clipit.hub import load
from clipit.studies.italian import SEEDS
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import Row, Table, results_file
from clipit.studies.trained import untrained_model
from clipit.training.features import embed_captions, embed_pixels

NAME = "maps"
ARMS, CONTROL = ("only-italian", "multilingual", "untrained"), "untrained"
WAYS = ("space", "plane", "umap")
PAIRS, NEIGHBOURS = 150, 10
MEASURED = ("own", "mixed")
COLUMNS = ("kind", "arm", "way", "seed", "item", "x", "y", *MEASURED)
ABOUT = (
    "Is a map of the space the space? Made by: clipit study maps",
    f"{PAIRS} pictures of the test split with the fullest caption of each, and both models of lesson 8 as they ship.",
    "way: the space of 256 numbers (cosine), its two principal components, or UMAP (cosine, 15 neighbours).",
    f"own: captions whose own picture is among their {NEIGHBOURS} nearest, pictures and captions alike.",
    f"mixed: of a caption's {NEIGHBOURS} nearest, the share that are pictures; about a half where both lie mixed.",
    "kind result: one row for each seed. kind point: UMAP's map of the first seed, pictures first, then captions.",
    "Main comparison: own, umap minus space, only-italian. Control: untrained.",
)


def run() -> list[Row]:
    """Measures what is not yet in the table, and returns all of it.

    Raises:
        ValueError: UMAP is not installed.
    """
    if find_spec("umap") is None:
        raise ValueError("The study maps needs UMAP: pip install umap-learn")
    table = Table(results_file(NAME), ABOUT, COLUMNS)
    every: list[tuple[Any, ...]] = [("result", arm, way, seed, "") for seed in SEEDS for arm in ARMS for way in WAYS]
    mapped = [arm for arm in ARMS if arm != CONTROL]
    every += [("point", arm, "umap", SEEDS[0], item) for arm in mapped for item in range(2 * PAIRS)]
    table.complete([dict(zip(COLUMNS, keys, strict=False)) for keys in every], measured)
    return table.rows()


def measured(kind: str, arm: str, way: str, seed: int, item: int | str) -> dict[str, Any]:
    """One row."""
    points = vectors(arm, seed) if way == "space" else on_paper(arm, way, seed)
    if kind == "point":
        return {name: round(float(value), 3) for name, value in zip("xy", points[int(item)], strict=True)}
    nearest = near(points, euclidean=way != "space", many=NEIGHBOURS)[PAIRS:]  # of the captions
    own = (nearest == np.arange(PAIRS)[:, None]).any(axis=1)
    return {"own": round(float(own.mean()), 4), "mixed": round(float((nearest < PAIRS).mean()), 4)}


@lru_cache(maxsize=1)
def vectors(arm: str, seed: int) -> Float[np.ndarray, "items dim"]:
    """Vectors of the pictures, then of their captions."""
    model, tokenizer = load("only-italian" if arm == CONTROL else arm)
    model = untrained_model(model, seed) if arm == CONTROL else model
    world = make_world("test", PAIRS, seed)
    images = embed_pixels(model, decode(world, model.config.vision.image_size))
    return np.concatenate([images, embed_captions(model, tokenizer, list(world["caption"]))])


@lru_cache(maxsize=1)
def on_paper(arm: str, way: str, seed: int) -> Float[np.ndarray, "items 2"]:
    """The same as points of a plane."""
    items = vectors(arm, seed)
    if way == "plane":
        centred = items - items.mean(axis=0)
        return centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    import umap

    return umap.UMAP(n_neighbors=15, metric="cosine", random_state=seed, n_jobs=1).fit_transform(items)


def near(items: Float[np.ndarray, "items dim"], euclidean: bool, many: int) -> Int[np.ndarray, "items many"]:
    """For each item the rows of those nearest to it, itself left out; by angle for vectors of length one."""
    closeness = items @ items.T
    if euclidean:
        squares = np.square(items).sum(axis=1)
        closeness = 2 * closeness - squares[:, None] - squares[None]
    np.fill_diagonal(closeness, -np.inf)
    return np.argsort(-closeness, axis=1, kind="stable")[:, :many]


def points_of(rows: list[Row], arm: str) -> tuple[Float[np.ndarray, "pictures 2"], Float[np.ndarray, "captions 2"]]:
    """The pictures and the captions of a map that the table holds."""
    found = [(int(row["item"]), row) for row in rows if row["kind"] == "point" and row["arm"] == arm]
    points = np.array([[float(row["x"]), float(row["y"])] for _, row in sorted(found, key=lambda each: each[0])])
    return points[:PAIRS], points[PAIRS:]


def summary(rows: list[Row]) -> list[str]:
    """Each model and way with the 95 % interval over seeds, then the main comparison."""
    lines = []
    for arm in ARMS:
        for way in WAYS:
            shown = (f"{name} {told(values(rows, name, arm=arm, way=way).values())}" for name in MEASURED)
            lines.append(f"{arm}, {way}: {', '.join(shown)}")
    both = [values(rows, "own", arm=ARMS[0], way=way) for way in ("umap", "space")]
    return [*lines, f"Main comparison, own, umap minus space, {ARMS[0]}: {told(difference(*both))}"]
