"""From the hub only what is needed is fetched, and its cache serves without it."""

import http.server
import shutil
import threading
from pathlib import Path

import huggingface_hub
import pytest

import clipit
from clipit.hub import ModelError, load_dual, load_text, load_vision, source
from clipit.hub.source import Source

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub(tiny, tmp_path, monkeypatch):
    """A hub on this machine, as far as fetching files goes; what it was asked for is in ``asked``."""
    shutil.copytree(tiny("dual")[0], tmp_path / "served")
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.do_GET(body=False)

        def do_GET(self, body=True):
            *_, owner, name, _, revision, file = self.path.split("?")[0].split("/", 5)
            path = tmp_path / "served" / file
            found = (owner, name) == ("owner", "model") and revision in ("main", "v1", COMMIT)
            content = path.read_bytes() if found and path.is_file() else b""
            self.send_response(200 if content else 404)
            if not found:
                kind = "RevisionNotFound" if (owner, name) == ("owner", "model") else "RepoNotFound"
                self.send_header("X-Error-Code", kind)
            elif not content:
                self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("ETag", f'"{file}-{len(content)}"')
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if body and content:
                asked.append(file)
                self.wfile.write(content)

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    constants = huggingface_hub.constants
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    yield asked
    server.shutdown()
    server.server_close()


NEEDED = {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}


def test_only_what_is_needed_is_fetched_and_only_once_and_then_no_hub_is_needed(hub, tmp_path, monkeypatch):
    (tmp_path / "served" / "pytorch_model.bin").write_bytes(b"the same in another format")
    (tmp_path / "served" / "README.md").write_text("# A card")
    model, tokenizer = clipit.load("owner/model")
    assert set(hub) == NEEDED and len(hub) == len(NEEDED)
    load_dual("owner/model", revision="main")
    assert len(hub) == len(NEEDED)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    again, _ = clipit.load("owner/model")
    assert again.config == model.config and again.preprocess == model.preprocess
    assert tokenizer.tokens("due gatti") == ["[CLS]", "due", "gatti", "[SEP]"]


def test_a_hub_that_cannot_be_reached_is_asked_only_once(hub, monkeypatch):
    """Each try in vain takes half a minute, and the files that a checkpoint may lack are many."""
    clipit.load("owner/model")
    tries = []

    def unreachable(*arguments, local_files_only=False, **named):
        found = huggingface_hub.try_to_load_from_cache(*arguments, **named)
        tries.extend([] if local_files_only or isinstance(found, str) else [arguments[1]])
        return huggingface_hub.hf_hub_download(*arguments, local_files_only=True, **named)

    monkeypatch.setattr(source, "hf_hub_download", unreachable)
    clipit.load("owner/model")
    assert len(tries) == 1
    with pytest.raises(ModelError, match=r"no folder owner/model \(revision v7\), and the hub cannot be reached"):
        load_dual("owner/model", revision="v7")


def test_weights_that_were_never_fetched_need_a_network(hub, monkeypatch):
    Source("owner/model").file("config.json")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="holds no weights .* in the hub's cache, and the hub cannot be reached"):
        clipit.load("owner/model")


def test_a_tower_can_be_taken_from_a_tag(hub):
    assert load_vision("owner/model", revision="v1").config.layers == 2
    assert set(hub) == NEEDED - {"tokenizer.json", "tokenizer_config.json"}
    assert load_text("owner/model", revision="v1")[0].config.pooling == "pooler"


def test_the_old_format_is_served_from_the_cache_too(hub, tmp_path, monkeypatch):
    """There is no model.safetensors then, neither there nor here: that is no reason to ask for a network."""
    (tmp_path / "served" / "model.safetensors").rename(tmp_path / "served" / "flax_model.msgpack")
    fetched = {name: Source("owner/model").file(name) for name in ("config.json", "flax_model.msgpack")}
    assert Source("owner/model").file("model.safetensors") is None
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert {name: Source("owner/model").file(name) for name in fetched} == fetched
    assert Source("owner/model").file("model.safetensors") is None


@pytest.mark.parametrize(
    ("name", "revision", "said"),
    [
        ("owner/other", None, "There is no folder owner/other, and no such public model on the hub"),
        ("owner/model", "v9", "owner/model has no revision v9 on the hub"),
    ],
)
def test_what_the_hub_does_not_have_is_one_sentence(name, revision, said, hub):
    with pytest.raises(ModelError, match=said):
        load_vision(name, revision=revision)


def test_a_mistyped_folder_is_not_looked_for_on_the_hub(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("runs").mkdir()
    with pytest.raises(ModelError, match="There is no folder runs/quik, and no weights of this name"):
        clipit.load("runs/quik")
