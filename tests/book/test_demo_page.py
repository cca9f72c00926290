"""The demo in the book: a frame where there is one, how to make it where there is none, and no network."""

import os
import sys
from pathlib import Path

import pytest

from clipit.apps import demo
from clipit.apps.demo import runtime

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def part(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS))
    from clipit_book import demo as part

    yield part
    for name in [name for name in sys.modules if name.startswith("clipit_book")]:
        del sys.modules[name]


def test_without_the_runtime_the_page_says_how_and_asks_no_network(part, tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "get_package", lambda: pytest.fail("a book asked the network"))
    monkeypatch.setattr(runtime, "kept", lambda: tmp_path / "nothing")
    said = part.pages(tmp_path / "site")["made/demo.html"]
    assert "clipit demo italian-clip build/book/demo" in said and "iframe" not in said
    assert not (tmp_path / "site").exists()


def test_a_demo_is_written_once_and_again_when_it_is_old(part, tmp_path, monkeypatch):
    wrote, folder = [], tmp_path / "demo"

    def write(model, where):
        wrote.append(model)
        where.mkdir(exist_ok=True)
        for name in ("index.html", "demo.json"):
            (where / name).write_text("{}")

    monkeypatch.setattr(demo, "write_demo", write)
    monkeypatch.setattr(part, "can_be_written", lambda: True)
    for _ in range(2):
        assert '<iframe class="demo" src="demo/index.html"' in part.pages(tmp_path)["made/demo.html"]
    assert wrote == ["italian-clip"]
    os.utime(folder / "demo.json", (0, 0))
    part.pages(tmp_path)
    assert wrote == ["italian-clip"] * 2


def test_the_book_has_the_page(book):
    text = (book / "demo.html").read_text("utf-8")
    assert ("build/book/demo" in text) != ("<iframe" in text)
    assert ("<iframe" in text) == (book / "demo" / "index.html").is_file()
    assert 'href="demo.html"' in (book / "index.html").read_text("utf-8")
