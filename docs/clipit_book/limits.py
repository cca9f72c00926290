r"""What the lessons say about themselves: what was not shown (with the known limits of the cards), and how to teach it.

>>> section("## 1 · Start\n\nText\n\n## Known limits\n- None.\n\n## Next\n", "known limits")
'- None.'
"""

import re
from pathlib import Path

import nbformat

from clipit_book import ROOT
from clipit_book.cards import CARDS, homes, moved
from clipit_book.lessons import NOTEBOOKS, markdown


def pages() -> dict[str, str]:
    """Parts that the page of limits and the page for teachers include."""
    return {
        "made/for_teachers.md": "\n\n".join(filter(None, map(_for_teachers, NOTEBOOKS))) + "\n",
        "made/limits_of_lessons.md": "\n\n".join(filter(None, map(_of_lesson, NOTEBOOKS))) + "\n",
        "made/limits_of_cards.md": "\n\n".join(filter(None, map(_of_card, CARDS))) + "\n",
    }


def section(text: str, title: str) -> str:
    """What stands under a heading of the second order, without the heading; empty if there is none."""
    found = re.search(rf"^## {title}\s*\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL | re.IGNORECASE)
    return found[1].strip() if found else ""


def fold(text: str, title: str) -> str:
    """What is folded away under a title; empty if nothing is."""
    found = re.search(rf"<details><summary>{title}</summary>\n(.*?)</details>", text, re.DOTALL)
    return found[1].strip() if found else ""


def _of_lesson(path: Path) -> str:
    return _under_title(path, section(_text(path), "What this does not show"))


def _for_teachers(path: Path) -> str:
    return _under_title(path, fold(_text(path), "For teachers"))


def _text(path: Path) -> str:
    return markdown(nbformat.read(path, as_version=4))


def _under_title(path: Path, text: str) -> str:
    """A part of a lesson under the lesson's title, which leads to it."""
    title = re.search(r"^# (.*)$", _text(path), re.MULTILINE)[1]
    return f"### [{title}](/lessons/{path.name})\n\n{text}" if text else ""


def _of_card(path: Path) -> str:
    source = path.relative_to(ROOT)
    title = re.search(r"^# (.*)$", path.read_text("utf-8"), re.MULTILINE)
    limits = section(path.read_text("utf-8"), "Known limits")
    limits = moved(limits, source, "made/limits_of_cards.md")
    return f"### [{title[1]}](/{homes()[source]})\n\n{limits}" if limits else ""
