"""The demo inside the book: a page with the model in it, shown in a frame of one of the book's pages.

The demo's files are large, so git never sees them. They are written straight into the built book, where the extra
"onnx" is installed and an earlier `clipit demo` has fetched onnxruntime-web; building a book asks no network for
anything. Elsewhere the page says how to make the demo.

>>> "iframe" in block(shown=False), 'src="demo/index.html"' in block(shown=True)
(False, True)
"""

import importlib.util
from pathlib import Path

from clipit_book import ROOT

MODEL, FOLDER = "italian-clip", "demo"
SHOWN = """<p><a href="{folder}/index.html">The demo alone</a>, on a page of its own.</p>
<iframe class="demo" src="{folder}/index.html" title="The demo: search pictures with words" loading="lazy"></iframe>
"""
HOW = """<p>This copy of the book was built without the demo. To have it here, run
<code>pip install "clipit-course[onnx]"</code> and <code>clipit demo {model} build/book/{folder}</code>, then build the
book again.</p>
"""


def pages(site: Path) -> dict[str, str]:
    """The block of HTML that the page of the demo includes; the demo itself is written into the built book."""
    folder = site / FOLDER
    if can_be_written() and not is_new(folder):
        from clipit.apps.demo import write_demo

        write_demo(MODEL, folder)
    return {"made/demo.html": block((folder / "index.html").is_file())}


def block(shown: bool) -> str:
    """The frame with the demo, or how to make it."""
    return (SHOWN if shown else HOW).format(model=MODEL, folder=FOLDER)


def can_be_written() -> bool:
    """Whether everything is at hand that the demo is made of."""
    from clipit.apps.demo.runtime import has_files, kept

    return importlib.util.find_spec("jax2onnx") is not None and has_files(kept())


def is_new(folder: Path) -> bool:
    """Whether a demo is there that is newer than its model and the code that writes it: to write one takes a minute."""
    made_of = [ROOT / "data" / "weights" / MODEL / "model.safetensors", *(ROOT / "clipit/apps/demo").rglob("*.*")]
    written = folder / "demo.json"
    return written.is_file() and written.stat().st_mtime > max(path.stat().st_mtime for path in made_of)
