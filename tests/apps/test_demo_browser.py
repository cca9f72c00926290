"""The demo in a real browser: twenty queries find what the Python model finds, and nothing is asked of others."""

import http.server
import importlib.util
import re
import threading
from functools import partial
from pathlib import Path

import jaxtyping
import numpy as np
import platformdirs
import pytest

from clipit import load
from clipit.apps import demo as demo_module
from clipit.apps.demo import DemoSettings, gallery, runtime, write_demo
from clipit.training.features import embed_captions

KEPT = Path(platformdirs.user_cache_dir("clipit")) / "onnxruntime-web" / runtime.VERSION
PICTURES, QUERIES = 80, 20

pytestmark = [
    pytest.mark.skipif(
        any(importlib.util.find_spec(name) is None for name in ("jax2onnx", "onnxruntime")),
        reason="jax2onnx or onnxruntime is not installed (the extra `onnx`)",
    ),
    pytest.mark.skipif(
        not runtime.has_files(KEPT), reason="onnxruntime-web is not in the cache (`clipit demo` gets it)"
    ),
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def written(tiny_run, tmp_path_factory):
    """A demo of the tiny run with few pictures and the real runtime."""
    folder = tmp_path_factory.mktemp("demo") / "page"
    honest = gallery.make_gallery
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gallery, "make_gallery", lambda language: honest(size=PICTURES, language=language))
        patch.setattr(demo_module, "find_runtime", lambda given: KEPT)
        jaxtyping.config.update("jaxtyping_disable", True)  # an open number of pictures is a symbol and no int
        write_demo(tiny_run.folder, folder, DemoSettings(chosen=2))
        jaxtyping.config.update("jaxtyping_disable", False)
    return folder


@pytest.fixture
def page(written, browser):
    """The demo, opened; what it asks of others and what goes wrong in it fails the test."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(written)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address, wrong = f"http://127.0.0.1:{server.server_port}/", []
    opened = browser.new_page()
    opened.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    own = (address, "data:", "blob:")
    opened.on("request", lambda asked: None if asked.url.startswith(own) else wrong.append(asked.url))
    opened.goto(address)
    opened.wait_for_selector("#parts:not([hidden])", timeout=60_000)
    yield opened
    opened.close()
    server.shutdown()
    server.server_close()
    assert wrong == []


def test_twenty_queries_find_what_the_model_finds(page, written, tiny_run):
    """The pictures that are shown have the highest similarities that Python computes, in this order."""
    model, tokenizer = load(tiny_run.folder)
    captions = gallery.make_gallery(size=PICTURES)["caption"][:QUERIES]
    vectors = np.frombuffer((written / "vectors.bin").read_bytes(), "<f4").reshape(PICTURES, -1)
    similarities = embed_captions(model, tokenizer, captions) @ vectors.T
    before = ""
    for caption, right in zip(captions, np.asarray(similarities), strict=True):
        page.fill("#query", caption)
        page.wait_for_function("before => document.querySelector('#found').innerHTML !== before", arg=before)
        before = page.inner_html("#found")
        shown = [int(row) for row in re.findall(r'src="pictures/(\d+)\.webp"', before)]
        assert len(shown) > 3 and np.ptp(right) > 0.1, "another order would be seen"
        np.testing.assert_allclose(right[shown], np.sort(right)[::-1][: len(shown)], atol=1e-4, err_msg=caption)
