"""Cards of models and data, and the repository's own pages, as pages of the book.

Their links lead to files of the repository; in the book they lead to the page of that file if there is one, else to the
repository's address.

>>> moved("[the licence](LICENSE)", Path("LICENSES.md"), "made/licences.md").endswith("/blob/main/LICENSE)")
True
"""

import posixpath
import re
from pathlib import Path

from clipit_book import ROOT, address

REPOSITORY_PAGES = {"CONTRIBUTING.md": "contributing", "LICENSES.md": "licences", "CHANGELOG.md": "changelog"}
CARDS = sorted((ROOT / "data").rglob("README.md"))
LINK = re.compile(r"\]\((?!\w+:|#)([^)\s]+)\)")


def pages() -> dict[str, str]:
    """Each card, a page that lists them, and the pages for contributors."""
    made = {name: _page(path, name) for path, name in homes().items()}
    listed = "\n".join(posixpath.basename(name) for name in homes().values() if "/cards/" in name)
    made["made/cards/index.md"] = f"{INTRODUCTION}\n```{{toctree}}\n{listed}\n```\n"
    return made


INTRODUCTION = """# Cards of models and data

What each folder of `data/` holds, where it is from, who made it, under which licence, and what it is not good for. The
tables of the studies are on [the page of results](../results.md).
"""


def homes() -> dict[Path, str]:
    """For each file of the repository that the book shows, the name of its page."""
    cards = {card.relative_to(ROOT): f"made/cards/{'_'.join(card.relative_to(ROOT).parts[1:-1])}.md" for card in CARDS}
    return {**{Path(name): f"made/{page}.md" for name, page in REPOSITORY_PAGES.items()}, **cards}


def _page(path: Path, name: str) -> str:
    text = (ROOT / path).read_text("utf-8")
    text = re.sub(r"\A---\n.*?\n---\n+", "", text, flags=re.DOTALL)  # what the hub reads of a model card
    return moved(text, path, name)


def moved(text: str, path: Path, name: str) -> str:
    """A file's text with its links as they have to be on its page."""
    pages = {str(source): target for source, target in homes().items()}

    def link(match: re.Match) -> str:
        target, _, anchor = match[1].partition("#")
        source = posixpath.normpath(posixpath.join(path.parent.as_posix(), target))
        anchor = f"#{anchor}" if anchor else ""
        if source in pages or source.startswith("docs/"):
            home = pages.get(source, source.removeprefix("docs/"))
            return f"]({posixpath.relpath(home, posixpath.dirname(name))}{anchor})"
        return f"]({address()}/blob/main/{source}{anchor})"

    return LINK.sub(link, text)
