"""``clipit slides``: for each lesson a page to project, out of the executed notebook.

A page is one file without anything from elsewhere: arrow keys, space or a click go on, ``d`` changes between light and
dark, and where scripts are off all slides stand one below the other. ``clipit.apps.slides.choosing`` has the rule.

>>> markdown("is **it** 1 < 2?")
'is <strong>it</strong> 1 &lt; 2?'
"""

import base64
import html
import struct
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from string import Template

import nbformat
from markdown_it import MarkdownIt

from clipit.apps.slides.choosing import Slide, choose
from clipit.data.atomic import replacing

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
ROOM = files("clipit.apps.slides")
CREDITS = "Text CC BY 4.0. Drawings: OpenMoji, CC BY-SA 4.0; Twemoji, CC BY 4.0."
WIDE = 1.7  # times as wide as high: below such a picture stands its text, beside others
READER = MarkdownIt("commonmark", {"html": False})


def write_slides(folder: Path) -> list[Path]:
    """Writes a page for each lesson, and index.html, which lists them; returns their paths.

    Raises:
        ValueError: there are no executed lessons, because this is no checkout of the repository.
    """
    lessons = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
    if not lessons:
        raise ValueError("Slides are made of the executed lessons: clone the repository, and run this there.")
    folder.mkdir(parents=True, exist_ok=True)
    pages = {path.stem: choose(nbformat.read(path, as_version=4)) for path in lessons}
    written = {f"{name}.html": page(slides) for name, slides in pages.items()}
    written["index.html"] = contents({name: slides[0].heading for name, slides in pages.items()})
    for name, text in written.items():
        with replacing(folder / name) as unfinished:
            unfinished.write_text(text, "utf-8", newline="\n")
    return [folder / name for name in written]


def page(slides: Sequence[Slide]) -> str:
    """All slides of a lesson as one HTML page."""
    sections = [section(slide, number, len(slides)) for number, slide in enumerate(slides, start=1)]
    return filled(slides[0].heading, "\n".join(sections))


def contents(titles: dict[str, str]) -> str:
    """The page that lists the lessons."""
    items = [f'<li><a href="{name}.html">{html.escape(title)}</a></li>' for name, title in titles.items()]
    body = f'<section class="contents"><h1>How to train your CLIP: slides</h1><ul>{"".join(items)}</ul></section>'
    return filled("How to train your CLIP: slides", body)


def filled(title: str, body: str) -> str:
    """The frame around slides."""
    parts = {name: (ROOM / f"page.{name}").read_text("utf-8") for name in ("css", "js")}
    return Template((ROOM / "page.html").read_text("utf-8")).substitute(parts, title=html.escape(title), body=body)


def section(slide: Slide, number: int, total: int) -> str:
    """One slide as HTML."""
    level = "h1" if slide.kind == "title" else "h2"
    parts = [f"<{level}>{markdown(slide.heading)}</{level}>"]
    if slide.png:
        parts.append(f'<img src="data:image/png;base64,{slide.png}" alt="{html.escape(slide.described)}">')
    parts += [f'<div class="block">{slide.html}</div>'] if slide.html else []
    parts += ['<div class="said">', *said(slide), "</div>"]
    parts += [f"<footer>{CREDITS}</footer>"] if slide.kind == "title" else []
    beside = " beside" if slide.html or (slide.png and aspect(slide.png) < WIDE) else ""
    label = f"slide {number} of {total}"
    return f'<section class="{slide.kind}{beside}" aria-label="{label}">\n' + "\n".join(parts) + "\n</section>"


def said(slide: Slide) -> list[str]:
    """The texts of a slide: what leads to it, what is large, what was printed, and what comes with the next key."""
    texts = [READER.render(slide.text) if slide.kind == "list" else f'<p class="text">{markdown(slide.text)}</p>']
    parts = texts if slide.text else []
    parts += [f'<p class="large">{markdown(slide.large)}</p>'] if slide.large else []
    parts += [numbers(slide.printed)] if slide.printed else []
    return [*parts, f'<p class="step">{markdown(slide.later)}</p>'] if slide.later else parts


def numbers(printed: str) -> str:
    """What a cell printed: sentences as a paragraph, columns as they stand."""
    if "  " in printed:
        return f"<pre>{html.escape(printed)}</pre>"
    return f'<p class="printed">{"<br>".join(html.escape(line) for line in printed.splitlines() if line.strip())}</p>'


def aspect(png: str) -> float:
    """How many times as wide as high a PNG in base64 is; its header says so."""
    width, height = struct.unpack(">II", base64.b64decode(png[:32])[16:24])
    return width / height


def markdown(line: str) -> str:
    """Bold, italics and code of a line as HTML; tags in it are shown, not obeyed."""
    return READER.renderInline(line)
