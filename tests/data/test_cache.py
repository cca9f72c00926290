"""The cache: the user's own, one that is named, or one that many read and nobody writes to."""

import os
import tempfile
from pathlib import Path

import numpy as np
import platformdirs
import pytest

from clipit.data import cache
from clipit.data.cache import cache_folder, cached_path
from clipit.data.emoji.world import make_world
from clipit.training.frozen import kept


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A folder that cannot be written to from now on, and the user's own."""
    shared, own = tmp_path / "shared", tmp_path / "own"
    monkeypatch.setenv("CLIPIT_CACHE", str(shared))
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: str(own))
    cache._say_once.cache_clear()

    def close():  # permissions would not stop the administrator, as whom some run tests
        honest = os.access
        monkeypatch.setattr(os, "access", lambda path, mode: not closed(path, mode, shared) and honest(path, mode))

    return shared, own, close


def closed(path, mode, folder):
    return bool(mode & os.W_OK) and Path(path).is_relative_to(folder)


def test_without_a_wish_it_is_the_users_own(monkeypatch):
    monkeypatch.delenv("CLIPIT_CACHE")
    assert cache_folder("worlds") == Path(platformdirs.user_cache_dir("clipit")) / "worlds"


def test_a_folder_that_is_not_there_yet_is_taken(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CLIPIT_CACHE", str(tmp_path / "a" / "b"))
    assert cache_folder("worlds") == tmp_path / "a" / "b" / "worlds"
    assert capsys.readouterr().err == ""


def test_what_is_in_a_shared_cache_is_read_and_the_rest_is_kept_elsewhere(hub, capsys):
    shared, own, close = hub
    (shared / "features").mkdir(parents=True)
    np.save(shared / "features" / "there.npy", np.arange(3))
    close()
    assert kept("there", lambda: pytest.fail("is there already")).tolist() == [0, 1, 2]
    assert kept("missing", lambda: np.arange(2)).tolist() == [0, 1]
    assert [path.name for path in (own / "features").iterdir()] == ["missing.npy"]
    assert [path.name for path in (shared / "features").iterdir()] == ["there.npy"]
    said = capsys.readouterr().err
    assert said.count("cannot be written to") == 1 and said.count("\n") == 1, "one sentence, once"
    assert str(shared) in said and str(own) in said


def test_what_is_damaged_in_a_shared_cache_is_made_again_once(hub, capsys):
    shared, own, close = hub
    (shared / "features").mkdir(parents=True)
    (shared / "features" / "broken.npy").write_bytes(b"")
    close()
    assert kept("broken", lambda: np.arange(2)).tolist() == [0, 1]
    assert "is damaged" in capsys.readouterr().err
    assert kept("broken", lambda: pytest.fail("one's own copy comes first")).tolist() == [0, 1]


def test_a_drawn_world_is_shared(hub, monkeypatch):
    shared, own, close = hub
    drawn = make_world("test", 4)
    close()
    monkeypatch.setattr("clipit.data.emoji.world.save_atomically", lambda *_: pytest.fail("is there already"))
    assert make_world("test", 4)["caption"] == drawn["caption"]
    assert cached_path("worlds").is_relative_to(shared) and not own.exists()


def test_where_no_folder_of_the_user_can_be_written_to_a_temporary_one_is_taken(hub, tmp_path, monkeypatch):
    shared, own, _ = hub
    shared.write_text("in the way")
    own.write_text("here too")
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    assert cache_folder("worlds").is_relative_to(tmp_path / "temporary")
