"""An index finds what a search of the folder finds; it goes on where it stopped, and names what it cannot read."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("faiss", reason="faiss is not installed (the extra `search`)")

from clipit.apps import index as indexing
from clipit.apps.bench_search import search as bench_search
from clipit.apps.bench_search import shared
from clipit.apps.index import embed_folder, is_index, kind_of_index, read_unreadable, search_index
from clipit.apps.searching import search
from clipit.cli import main
from clipit.data.emoji.world import make_world
from clipit.hub import load


@pytest.fixture(scope="module")
def quick():
    return load("quick")


@pytest.fixture
def folder(tmp_path):
    """Twelve pictures, some in a folder in the folder, and a file that only looks like one."""
    place = tmp_path / "pictures"
    (place / "deeper").mkdir(parents=True)
    for row, image in enumerate(make_world("test", 12)["image"]):
        image.save(place / ("deeper" if row > 8 else "") / f"{row:02}.png")
    (place / "broken.png").write_bytes(b"no picture")
    return place


def places(found):
    return [one.place.split("/")[-1] for one in found]


def test_an_index_finds_what_a_search_finds(quick, folder, tmp_path):
    done = embed_folder(quick[0], folder, tmp_path / "index", quiet=True)
    assert (done.pictures, done.new, done.unreadable) == (12, 12, 1)
    assert is_index(tmp_path / "index") and not is_index(folder)
    for picture in (folder / "deeper").iterdir():
        shutil.move(picture, folder)
    (folder / "broken.png").unlink()
    searched = search(*quick, "due gatti neri", folder, top=12)
    found = search_index(*quick, "due gatti neri", tmp_path / "index", top=12)
    assert places(found) == places(searched)
    assert [one.similarity for one in found] == pytest.approx([one.similarity for one in searched], abs=1e-5)


def test_an_unreadable_file_is_named_and_not_tried_again(quick, folder, tmp_path, monkeypatch):
    embed_folder(quick[0], folder, tmp_path / "index", quiet=True)
    (row,) = read_unreadable(tmp_path / "index")
    assert row["file"] == "broken.png" and "broken.png" in row["reason"]
    monkeypatch.setattr(indexing, "open_image", None)
    assert embed_folder(quick[0], folder, tmp_path / "index", quiet=True).new == 0


def test_it_goes_on_where_it_was_interrupted_and_takes_new_pictures(quick, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(indexing, "PART", 5)
    real, opened = indexing.open_image, []

    def interrupted(path):
        opened.append(path)
        if len(opened) == 8:
            raise KeyboardInterrupt
        return real(path)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(indexing, "open_image", interrupted)
        embed_folder(quick[0], folder, tmp_path / "index", quiet=True)
    with pytest.raises(ValueError, match="is not finished: clipit embed goes on with it"):
        search_index(*quick, "un gatto", tmp_path / "index")
    Image.new("RGB", (80, 60), "red").save(folder / "new.png")
    done = embed_folder(quick[0], folder, tmp_path / "index", quiet=True)
    assert done.pictures == 13 and done.new == 8  # the first five were there
    assert len(search_index(*quick, "un gatto", tmp_path / "index", top=50)) == 13


def test_what_cannot_be_is_a_sentence(quick, folder, tmp_path, tiny_run):
    index = tmp_path / "index"
    with pytest.raises(ValueError, match="There is no folder"):
        embed_folder(quick[0], tmp_path / "nowhere", index)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="holds no picture that can be opened"):
        embed_folder(quick[0], tmp_path / "empty", tmp_path / "none", quiet=True)
    embed_folder(quick[0], folder, index, quiet=True)
    with pytest.raises(ValueError, match="the index of another model"):
        embed_folder(tiny_run.model, folder, index)
    with pytest.raises(ValueError, match="the index of another folder"):
        embed_folder(quick[0], tmp_path / "empty", index)
    with pytest.raises(ValueError, match="was made by another model"):
        search_index(tiny_run.model, tiny_run.tokenizer, "due", index)
    with pytest.raises(ValueError, match="The query is empty"):
        search_index(*quick, " ", index)
    with pytest.raises(ValueError, match="at least one picture"):
        search_index(*quick, "un gatto", index, top=0)


def test_without_faiss_it_says_what_to_install(quick, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(indexing.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match="pip install faiss-cpu"):
        embed_folder(quick[0], folder, tmp_path / "index")
    assert not (tmp_path / "index").exists()


def test_lists_of_near_vectors_find_nearly_all(monkeypatch):
    monkeypatch.setattr("clipit.apps.index.LARGE", 1_000)
    assert kind_of_index(2_500) == "IVF50,Flat"
    monkeypatch.setattr("clipit.apps.bench_search.DIM", 16)
    monkeypatch.setattr("clipit.apps.bench_search.crowd", lambda rng, number: crowded(rng, number))
    exact, near = bench_search(vectors=2_500)
    assert exact["recall@10"] == 1.0 and near["recall@10"] > 0.8
    assert exact["ratio"] == 1.0 and near["milliseconds"] > 0


def crowded(rng, number):
    vectors = rng.normal(size=(number, 16)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_the_share_of_right_answers():
    assert shared(np.array([[1, 2], [3, 4]]), np.array([[2, 9], [4, 3]])) == 0.75


def test_the_commands(folder, tmp_path, capsys):
    main(["embed", "quick", str(folder), str(tmp_path / "index")])
    said = capsys.readouterr().out
    assert "12 pictures, 12 of them new, can be searched" in said and "1 files could not be opened" in said
    main(["search", "quick", "un gatto", "--gallery", str(tmp_path / "index"), "--top", "2", "--json"])
    assert len(json.loads(capsys.readouterr().out)) == 2
