"""The map of the course for the front page: what leads to what, and what each lesson costs.

What a lesson builds on is read from its own words, the paragraph "Before:"; questions and minutes are those of
``clipit.course.lessons``. The front page's playground is the one of lesson 3.

>>> builds_on("**Before:** lessons 0 and 2, lesson 7. Lessons 1 to 9 help.", 10)
[0, 2, 7]
"""

import html
import re

import nbformat

from clipit.course.lessons import LESSONS, Lesson
from clipit.course.playground import playground
from clipit_book.lessons import NOTEBOOKS

ROW = 84  # pixels: the lines between lessons are drawn for rows of exactly this height
LANE = 8  # pixels from one line to the next
WIDTH = 76


def pages() -> dict[str, str]:
    """The blocks of HTML that the front page includes."""
    written = {int(path.stem[:2]): path.stem for path in NOTEBOOKS}
    return {
        "made/playground.html": playground().html,
        "made/map.html": draw(written, before()),
    }


def before() -> dict[int, list[int]]:
    """For each lesson that is written, those that it builds on."""
    first_cells = {int(path.stem[:2]): nbformat.read(path, as_version=4).cells[0].source for path in NOTEBOOKS}
    return {number: builds_on(text, number) for number, text in first_cells.items()}


def builds_on(text: str, number: int) -> list[int]:
    """The lessons that the paragraph "Before:" of a lesson names; a range, "1 to 9", is no foundation."""
    paragraph = re.search(r"\*\*Before:\*\*.*", text)
    named = re.findall(r"[Ll]essons? (\d+(?:(?:, | and |, and )\d+)*)(?! to)\b", paragraph[0] if paragraph else "")
    return sorted({int(found) for group in named for found in re.findall(r"\d+", group)} - {number})


def draw(written: dict[int, str], before: dict[int, list[int]]) -> str:
    """The map: a row for each lesson, and beside the rows a line from each lesson to those that it leads to."""
    rows = "\n".join(_row(lesson, written.get(lesson.number), before.get(lesson.number, [])) for lesson in LESSONS)
    lines = "".join(_line(start, end) for end, starts in before.items() for start in starts)
    dots = "".join(_dot(lesson, lesson.number in written) for lesson in LESSONS)
    height = ROW * len(LESSONS)
    drawing = (
        f'<svg width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" aria-hidden="true">{lines}{dots}</svg>'
    )
    return f'<div class="course-map" style="--row: {ROW}px">{drawing}<ol>\n{rows}\n</ol></div>\n'


def _row(lesson: Lesson, name: str | None, before: list[int]) -> str:
    question = html.escape(lesson.question)
    title = f'<a href="lessons/{name}.html">{question}</a>' if name else f"{question} <em>(being written)</em>"
    costs = f"{lesson.reading} min reading, {lesson.exercises} min exercises"
    needs = f"; after {', '.join(map(str, before))}" if before else ""
    path = "<strong>core</strong>" if lesson.core else "more"
    return f"<li><div>{lesson.number} · {title}</div><small>{path} · {costs}{needs}</small></li>"


def _line(start: int, end: int) -> str:
    """From one row to a later one; the longer the way, the further out."""
    top, bottom, right = ROW * start + ROW // 2, ROW * end + ROW // 2, WIDTH - 12
    left = right - min(LANE * (end - start + 2), round((right - 4) / 0.75))  # the curve goes three quarters of the way
    return f'<path d="M {right} {top} C {left} {top}, {left} {bottom}, {right} {bottom}"/>'


def _dot(lesson: Lesson, written: bool) -> str:
    kind = ("core" if lesson.core else "more") + ("" if written else " planned")
    return f'<circle class="{kind}" cx="{WIDTH - 12}" cy="{ROW * lesson.number + ROW // 2}" r="7"/>'
