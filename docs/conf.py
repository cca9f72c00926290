"""Settings of the book; ``make book`` builds it from these pages, the executed notebooks and the library.

Without make: ``pip install -e ".[book]"``, then ``sphinx-build -W docs build/book``. Before Sphinx reads anything, the
pages that follow from other files of the repository are written into lessons/ and made/, which git ignores.
"""

import sys
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent))

from clipit_book import address, make_pages  # noqa: E402

project = "How to train your CLIP"
author, copyright = "the clipit authors", "code Apache-2.0, text CC BY 4.0"
html_title = project
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "clipit_book.mathml", "clipit_book.links"]
exclude_patterns = [
    "clipit_book",
    "_static",
    "_templates",
    "made/limits_*.md",
    "made/for_teachers.md",
]  # pages include the last two
nitpicky = False

# The committed notebooks were executed, and compared: the book shows what they say.
nb_execution_mode = "off"
nb_render_markdown_format = "gfm"  # a table that a cell prints is a table
myst_enable_extensions = ["attrs_inline", "colon_fence", "dollarmath"]
myst_heading_anchors = 3
myst_update_mathjax = False
html_math_renderer = "mathml"  # browsers draw it themselves, without a script or a font from elsewhere

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
napoleon_google_docstring, napoleon_numpy_docstring = True, False
napoleon_use_ivar = True  # fields of a dataclass, described once

html_theme = "sphinx_book_theme"
templates_path, html_static_path = ["_templates"], ["_static"]
html_css_files = ["book.css"]
html_favicon = "_static/favicon.svg"
html_context = {"default_mode": "auto"}  # dark or light as the reader's system is, until they choose
html_use_index = html_domain_indices = False  # the search and the reference find names
html_copy_source = False
html_theme_options = {
    "repository_url": address(),
    "use_repository_button": True,
    "use_download_button": False,  # the badge of a lesson, and `clipit lesson`, give the edition without solutions
    "show_toc_level": 2,
    "home_page_in_toc": True,
    "navbar_persistent": [],  # the search is in the sidebar already
}


def setup(app: Sphinx) -> None:
    """Writes the pages that follow from other files, before any is read."""
    app.connect("config-inited", lambda app, config: make_pages(Path(app.srcdir), Path(app.outdir)))
    app.connect("autodoc-process-signature", short_types)


def short_types(app, what, name, thing, options, signature, returned):
    """Shapes as one writes them: Float[Array, 'batch dim'], without the modules in which arrays live."""
    parts = ("jaxlib._jax.", "numpy.", "jaxtyping.", "collections.abc.")
    for part in parts:
        signature, returned = (text.replace(part, "") if text else text for text in (signature, returned))
    return signature, returned
