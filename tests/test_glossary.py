"""Every term of the glossary is explained where it says, and the terms stand in order."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROWS = re.findall(
    r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| \[(\d\d)\]\(\.\./notebooks/(\w+)\.ipynb\) \|$",
    (ROOT / "docs" / "glossary.md").read_text("utf-8"),
    re.MULTILINE,
)


def test_terms_are_in_order_and_none_comes_twice():
    terms = [row[0].lower() for row in ROWS]
    assert len(terms) > 40 and terms == sorted(set(terms))


@pytest.mark.parametrize("term, italian, meaning, number, lesson", ROWS, ids=[row[0] for row in ROWS])
def test_the_lesson_makes_the_term_bold(term, italian, meaning, number, lesson):
    assert lesson.startswith(number) and len(meaning) < 120
    assert f"**{term}**" in (ROOT / "notebooks" / "source" / f"{lesson}.py").read_text("utf-8")
