"""Writes the pages of the book that follow from other files of the repository.

Lessons come from notebooks/, results of the studies from data/results/, cards from data/, limits from the lessons, the
reference from docstrings, the map from what the lessons say they build on. Nothing of it is typed in twice.

>>> address().startswith("https://")
True
"""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def address() -> str:
    """The repository's public address, from the one place where it stands."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]["Repository"]


def make_pages(docs: Path, site: Path) -> None:
    """Writes all pages into lessons/ and made/ of the book's source, and takes away what is no longer made.

    Args:
        docs: the book's source.
        site: where the book is built, into which the demo and the slides go.
    """
    from clipit.apps.slides import write_slides
    from clipit_book import cards, course_map, demo, lessons, limits, reference, results

    pages = {
        **lessons.pages(),
        **course_map.pages(),
        **demo.pages(site),
        **results.pages(),
        **cards.pages(),
        **limits.pages(),
        **reference.pages(),
    }
    for old in [*(docs / "lessons").rglob("*.*"), *(docs / "made").rglob("*.*")]:
        if old.relative_to(docs).as_posix() not in pages:
            old.unlink()
    for name, text in pages.items():
        write(docs / name, text)
    write_slides(site / "slides")


def write(path: Path, text: str) -> None:
    """Writes a file unless it is there already: what did not change, Sphinx need not read again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text("utf-8") != text:
        path.write_text(text, encoding="utf-8", newline="\n")


def escape(text: str) -> str:
    r"""Plain text for a Markdown page, in which nothing means emphasis, a link or a formula.

    >>> escape("a*b* [c]")
    'a\\*b\\* \\[c\\]'
    """
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|$#{}" else letter for letter in text)
