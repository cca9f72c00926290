"""The parts that write the book's pages, each with the examples of its own description."""

import ast
import doctest
import importlib
import re
import sys
from pathlib import Path

import pytest

from clipit.course.lessons import LESSONS

DOCS = Path(__file__).parents[2] / "docs"
PARTS = sorted(path.stem for path in (DOCS / "clipit_book").glob("*.py") if path.stem != "__init__")


@pytest.fixture(autouse=True)
def parts_can_be_imported(monkeypatch):
    pytest.importorskip("sphinx", reason="the extra `book` is not installed")
    monkeypatch.syspath_prepend(str(DOCS))
    yield
    for name in [name for name in sys.modules if name.startswith("clipit_book")]:
        del sys.modules[name]


@pytest.mark.parametrize("part", ["", *(f".{part}" for part in PARTS)])
def test_the_examples_are_true(part):
    result = doctest.testmod(importlib.import_module(f"clipit_book{part}"), optionflags=doctest.ELLIPSIS)
    assert result.attempted and not result.failed


@pytest.mark.parametrize("path", [*(DOCS / "clipit_book").glob("*.py"), DOCS / "conf.py"], ids=lambda path: path.stem)
def test_a_file_says_what_it_is_and_is_short(path):
    text = path.read_text("utf-8")
    assert ast.get_docstring(ast.parse(text)) and len(text.splitlines()) < 320


def test_every_lesson_has_questions_and_each_an_answer_that_it_offers():
    pages = "".join(path.read_text("utf-8") for path in sorted((DOCS / "show_of_hands").glob("*.md")))
    _, *lessons = re.split(r"^## (\d+) · .*$", pages, flags=re.MULTILINE)
    assert [int(number) for number in lessons[::2]] == [lesson.number for lesson in LESSONS]
    for text in lessons[1::2]:
        offered = re.findall(r"\n\n(A\. .*?)\n\n<details>", text, re.DOTALL)
        right = re.findall(r"<summary>Answer</summary>\n\n([A-D])\b", text)
        assert len(re.findall(r"^\*\*", text, re.MULTILINE)) == len(offered) == len(right) >= 4
        assert all(f"{letter}. " in options for letter, options in zip(right, offered, strict=True))


def test_every_question_begins_with_a_title_of_its_lesson():
    pages = "".join(path.read_text("utf-8") for path in (DOCS / "show_of_hands").glob("*.md"))
    for number, text in re.findall(r"^## (\d+) · .*?\n(.*?)(?=^## |\Z)", pages, re.DOTALL | re.MULTILINE):
        (source,) = (DOCS.parent / "notebooks" / "source").glob(f"{int(number):02d}_*.py")
        titles = re.findall(r"^# ###? (?:\d+ · )?(.*)$", source.read_text("utf-8"), re.MULTILINE)
        for asked in re.findall(r"^\*\*(.+?)(?: \.\.\.|\.)?\*\*", text, re.MULTILINE):
            assert any(title.startswith(asked) for title in titles), f"lesson {number} has no section {asked!r}"


def test_places_that_teachers_are_sent_to_are_there():
    """A section that a page names, and a written lesson does not have, would be no link, and nobody would notice."""
    from clipit_book.links import PLACES

    for page in (DOCS / "teaching.md", DOCS / "limits.md", *(DOCS / "show_of_hands").glob("*.md")):
        text = page.read_text("utf-8").lower()
        named = re.findall(r"(lesson \d+), (section \d+)|(exercise \d+\.\d)", text)
        for lesson, section, exercise in named:
            assert (exercise or f"{lesson}, {section}") in PLACES or lesson and lesson not in PLACES
