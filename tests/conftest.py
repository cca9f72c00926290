"""What all tests share. pytest reads this before anything of clipit or JAX is imported."""

import gc
import http.server
import importlib.util
import os
import shutil
import tempfile
import threading
from functools import partial
from pathlib import Path

import pytest
from jaxtyping import install_import_hook

# Some tests shard a batch, as training does; one process has several devices only if it asks before JAX starts.
os.environ["JAX_NUM_CPU_DEVICES"] = "4"
os.environ["JAX_PLATFORMS"] = "cpu"
# Most of the tests' time is compiling what then runs once: a third of it when the compiler does not try hard.
os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_cpu_use_fusion_emitters=false".strip()
# Nothing of an earlier run is reused, and nothing of this one is left behind.
_cache = tempfile.TemporaryDirectory(prefix="clipit-tests-")
os.environ["CLIPIT_CACHE"] = _cache.name
# What one test has compiled serves the others, also those of the processes that pytest-xdist starts from this one.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", f"{_cache.name}/compiled")
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0.05"
os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "-1"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["MPLBACKEND"] = "agg"

# Every shape that a signature states is checked at every call. Where a module states none, mypy has checked the types.
clipit = Path(importlib.util.find_spec("clipit").origin).parent
STATING_SHAPES = [
    ".".join(file.relative_to(clipit.parent).with_suffix("").parts).removesuffix(".__init__")
    for file in sorted(clipit.rglob("*.py"))
    if "from jaxtyping import" in file.read_text()
]
install_import_hook(STATING_SHAPES, "beartype.beartype")


def pytest_collection_modifyitems(items):
    """Without PyTorch the tests that compare with it are skipped, each by its name."""
    if importlib.util.find_spec("torch") is None:
        missing = pytest.mark.skip(reason="PyTorch is not installed (the extra `parity`)")
        for item in items:
            if "parity" in item.keywords:
                item.add_marker(missing)


def pytest_collection_finish():
    """The collector of garbage need not look through all that was imported, again and again while JAX traces."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory):
    """A finished run of the recipe "tiny": trained once for all tests, and only read by them."""
    from clipit.training import RECIPES, train

    return train(RECIPES["tiny"], tmp_path_factory.mktemp("runs") / "tiny", quiet=True)


@pytest.fixture(scope="module")
def browser():
    """A Chromium for the tests of pages in one file; while it is open, nothing else in the process may use asyncio."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the extra `browser` is not installed")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not chromium:
        pytest.skip("there is no Chromium on this machine")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="session")
def serve():
    """Gives a folder an address on this machine, for a browser."""
    servers = []

    def address_of(folder):
        servers.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/"

    yield address_of
    for server in servers:
        server.shutdown()
        server.server_close()


def pytest_unconfigure():
    _cache.cleanup()
