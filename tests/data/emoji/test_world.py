"""The small world: the same everywhere, held out where it says so, and described by true captions."""

import csv
import io
import os
import random
import subprocess
import sys
from itertools import combinations

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from clipit.data import SPLITS, data_folder
from clipit.data.cache import cache_folder
from clipit.data.emoji.claims import describes
from clipit.data.emoji.drawing import BACKGROUND_COLORS
from clipit.data.emoji.lexicon import language
from clipit.data.emoji.sampling import TRAINED_ON, random_scene
from clipit.data.emoji.world import make_world

COLUMNS = {"image", "caption", "captions", "objects", "counts", "background", "source"}
PRINT_BYTES = """
import hashlib, sys
from clipit.data.emoji.world import make_world
digest = hashlib.blake2b()
for row in make_world("test", 12, 5).data.to_pylist():
    digest.update(repr(sorted(row.items())).encode())
print(digest.hexdigest())
"""


def start_process(cache, hash_seed):
    environment = {**os.environ, "CLIPIT_CACHE": str(cache), "PYTHONHASHSEED": hash_seed}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", PRINT_BYTES], env=environment, **streams)


@pytest.fixture(scope="module")
def worlds():
    """A few pictures of every split."""
    return {split: make_world(split, 200) for split in SPLITS}


def rows_of(worlds, *splits):
    return [row for split in splits or SPLITS for row in worlds[split].remove_columns("image")]


def groups_of(row):
    return list(zip(row["objects"], row["counts"], row["colors"], strict=True))


# The same everywhere


def test_the_same_bytes_in_every_process_even_when_two_draw_at_once(tmp_path):
    together = [start_process(tmp_path / "shared", "1"), start_process(tmp_path / "shared", "2")]
    ended = [(*process.communicate(), process.returncode) for process in together]
    assert [code for *_, code in ended] == [0, 0], ended
    alone = start_process(tmp_path / "own", "3").communicate()[0]
    assert len(alone.strip()) == 128 and {out for out, *_ in ended} == {alone}
    assert len(list((tmp_path / "shared" / "worlds").iterdir())) == 1, "nothing unfinished is left behind"


def test_another_seed_is_another_world():
    first, second = (make_world("test", 5, seed)["captions"][:] for seed in (0, 1))
    assert first != second


def test_more_pictures_begin_with_the_same():
    few, many = make_world("test", 5), make_world("test", 8)
    assert few["captions"][:] == many["captions"][:5]
    assert [image.tobytes() for image in few["image"]] == [image.tobytes() for image in many["image"]][:5]


@pytest.mark.parametrize("name", ["it", "en", "es"])
def test_every_language_describes_the_same_pictures(name):
    world, italian = make_world("test", 10, language=name), make_world("test", 10)
    assert world["scene"][:] == italian["scene"][:]
    assert [image.tobytes() for image in world["image"]] == [image.tobytes() for image in italian["image"]]
    nouns = language(name)
    for row in world.remove_columns("image"):
        assert all(nouns.noun(kind, count) in row["caption"] for kind, count, _ in groups_of(row))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"split": "exam"}, "There is no split called 'exam'; choose one of train, "),
        ({"art": "cubism"}, "There is no art called 'cubism'; choose one of openmoji, twemoji"),
        ({"language": "klingon"}, "unknown language 'klingon'; known: "),
        ({"size": 0}, "at least one picture, not 0"),
        ({"size": -3}, "at least one picture, not -3"),
    ],
)
def test_what_does_not_exist_is_refused(wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        make_world(**{"split": "test", "size": 2, **wrong})


def test_a_damaged_cache_is_drawn_again(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("CLIPIT_CACHE", str(tmp_path))
    captions = make_world("test", 3)["captions"][:]
    (folder,) = cache_folder("worlds").iterdir()
    for file in folder.glob("*.arrow"):
        file.write_bytes(file.read_bytes()[:100])
    assert capsys.readouterr().err == ""
    assert make_world("test", 3)["captions"][:] == captions
    assert "are damaged" in capsys.readouterr().err
    (folder / "state.json").unlink()
    assert make_world("test", 3)["captions"][:] == captions
    assert "are damaged" in capsys.readouterr().err
    assert make_world("test", 3)["captions"][:] == captions
    assert capsys.readouterr().err == ""


# What is held out


def test_no_description_is_in_two_splits(worlds):
    scenes = {split: {tuple(scene) for scene in worlds[split]["scene"][:]} for split in ("train", "validation", "test")}
    for one, other in combinations(scenes, 2):
        assert not scenes[one] & scenes[other], (one, other)


def test_what_is_held_out_is_never_trained_on(worlds):
    """Concepts by the lexicon's own table; combinations by what the split of them shows; the art by its name."""
    with data_folder("lexicon", "concepts.csv").open(encoding="utf-8") as file:
        held_out = {row["concept"] for row in csv.DictReader(file) if row["held_out"] == "1"}
    trained = rows_of(worlds, *TRAINED_ON)
    assert held_out and not held_out & {kind for row in trained for kind in row["objects"]}
    assert all(held_out & set(row["objects"]) for row in rows_of(worlds, "unseen_concepts"))
    assert {row["source"] for row in rows_of(worlds, *set(SPLITS) - {"unseen_art"})} == {"emoji/openmoji"}
    assert {row["source"] for row in rows_of(worlds, "unseen_art")} == {"emoji/twemoji"}


def features_of(row):
    """What may be unseen about a picture: a thing in a colour, a thing in a number of two or more."""
    colors = {(kind, color) for kind, _, color in groups_of(row) if color != "own"}
    return colors | {(kind, count) for kind, count, _ in groups_of(row) if count >= 2}


def test_every_unseen_combination_is_new_to_training(worlds):
    rng, trained = random.Random(0), set()
    for scene in (random_scene(split, rng) for split in TRAINED_ON for _ in range(2500)):
        trained |= features_of(
            {
                "objects": [group.concept for group in scene.groups],
                "counts": [group.count for group in scene.groups],
                "colors": [group.color for group in scene.groups],
            }
        )
    assert len(trained) > 1500
    for row in rows_of(worlds, "unseen_combinations"):
        assert features_of(row) - trained, row["caption"]


def test_the_other_art_draws_other_pictures(worlds):
    shown = [np.asarray(worlds[split][0]["image"]) for split in ("test", "unseen_art")]
    assert not np.array_equal(*shown)


# What a row says


@pytest.mark.parametrize("split", SPLITS)
def test_rows_agree_with_themselves(split, worlds):
    world = worlds[split]
    assert set(world.column_names) >= COLUMNS and len(world) == 200
    image = world[0]["image"]
    assert (image.size, image.mode) == ((64, 64), "RGB")
    for row in rows_of(worlds, split):
        assert row["caption"] == row["captions"][0] and len(set(row["captions"])) == 5
        lengths = {len(row[name]) for name in ("objects", "counts", "colors", "boxes")}
        assert lengths == {len(row["objects"])} and 1 <= len(row["objects"]) <= 2
        assert [len(group) for group in row["boxes"]] == row["counts"]
        assert all(1 <= count <= 6 for count in row["counts"])
        assert len(set(row["objects"])) == len(row["objects"]) and row["background"] not in row["colors"]


@pytest.mark.parametrize("split", SPLITS)
def test_captions_are_true(split, worlds):
    claims, scenes = np.array(worlds[split]["claims"][:]), np.array(worlds[split]["scene"][:])
    for said, shown in zip(claims, scenes, strict=True):
        assert describes(said, shown[None]).all()


def overlap(first, second):
    """The share of the smaller of two squares that the other one covers."""
    sides = [max(0.0, (first[2] + second[2]) / 2 - abs(first[axis] - second[axis])) for axis in (0, 1)]
    smaller = min(first[2], second[2])
    return min(sides[0], smaller) * min(sides[1], smaller) / smaller**2


@pytest.mark.parametrize("split", SPLITS)
def test_objects_are_inside_the_picture_and_none_hides_another(split, worlds):
    for row in rows_of(worlds, split):
        boxes = [box for group in row["boxes"] for box in group]
        assert all(middle - side / 2 >= 0 and middle + side / 2 <= 1 for x, y, side in boxes for middle in (x, y)), row
        # What stands on something covers a part of it, and of nothing else.
        apart = row["boxes"] if row["relation"] == "on" else [boxes]
        for group in apart:
            assert all(overlap(one, other) < 0.15 for one, other in combinations(group, 2)), row["caption"]


def test_left_above_and_on_are_where_they_say(worlds):
    for row in rows_of(worlds):
        if row["relation"] is None or row["relation"] == "None":
            continue
        first, second = (np.array(group) for group in row["boxes"])
        axis = 0 if row["relation"] == "left_of" else 1
        assert first[:, axis].max() < second[:, axis].min(), row["caption"]
        if row["relation"] == "on":  # it touches what it stands on
            feet, top = first[:, 1] + first[:, 2] / 2, (second[:, 1] - second[:, 2] / 2).min()
            assert (feet > top).all(), row["caption"]


def test_the_background_has_the_colour_that_is_said(worlds):
    for row in list(worlds["test"])[:40]:
        pixels = np.asarray(row["image"]).reshape(-1, 3)
        colors, counts = np.unique(pixels, axis=0, return_counts=True)
        assert tuple(colors[counts.argmax()]) == BACKGROUND_COLORS[row["background"]], row["caption"]


def test_pictures_are_png_inside(worlds):
    encoded = worlds["test"].data.to_pylist()[0]["image"]["bytes"]
    assert Image.open(io.BytesIO(encoded)).format == "PNG"


# Counting cannot be done without counting


@pytest.fixture(scope="module")
def one_kind():
    """Pictures with one kind of object: what is measured in each, and how many objects it shows."""
    world = make_world("test", 1_000)
    alone = [row for row in world if len(row["objects"]) == 1]
    sizes = [np.mean([box[2] for box in row["boxes"][0]]) for row in alone]
    areas = [(np.asarray(row["image"]) != BACKGROUND_COLORS[row["background"]]).any(-1).mean() for row in alone]
    return {"size": np.array(sizes), "area": np.array(areas)}, np.array([row["counts"][0] for row in alone])


@pytest.mark.parametrize("cue", ["size", "area"])
def test_neither_size_nor_covered_area_tells_the_count(cue, one_kind):
    cues, counts = one_kind
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    accuracy = cross_val_score(probe, cues[cue][:, None], counts, cv=5).mean()
    commonest = np.bincount(counts).max() / len(counts)
    assert accuracy < commonest + 0.10


def test_the_probe_would_notice_a_cue(one_kind):
    """A control: with the true number of objects in the cue, the same probe finds it."""
    cues, counts = one_kind
    leaking = cues["size"] + 0.3 * counts
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    assert cross_val_score(probe, leaking[:, None], counts, cv=5).mean() > np.bincount(counts).max() / len(counts) + 0.3
