"""The book, built once for all tests; skipped by name where the extra `book` is not installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    """The folder of the built book; every warning of its making fails the tests. CLIPIT_BOOK names one built before."""
    if "CLIPIT_BOOK" in os.environ:
        return Path(os.environ["CLIPIT_BOOK"]).resolve()
    pytest.importorskip("myst_nb", reason="the extra `book` is not installed")
    pytest.importorskip("sphinx_book_theme", reason="the extra `book` is not installed")
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "book"
    with FileLock(shared / "book.lock"):  # the processes of pytest share one
        if not (folder / "index.html").is_file():
            build(folder)
    return folder


def build(folder: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", str(ROOT / "docs"), str(folder)]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "WARNING" not in built.stderr
