"""The demo: its JavaScript computes what Python does, its folder is whole, and bad input is one sentence."""

import importlib.util
import json
import random
import re
import shutil
import subprocess
import urllib.error
from importlib.resources import as_file, files
from pathlib import Path

import jaxtyping
import numpy as np
import platformdirs
import pytest
from PIL import Image

from clipit import load
from clipit.apps import demo as demo_module
from clipit.apps.demo import (
    MADE,
    PAGE,
    DemoSettings,
    border_of,
    check_tokenizer,
    gallery,
    inputs_of,
    runtime,
    write_demo,
)
from clipit.apps.demo.chosen import chosen
from clipit.apps.demo.placing import put_in_place
from clipit.apps.demo.words import EXAMPLES, LABELS, examples, glosses, language, spoken, things
from clipit.cli import main
from clipit.data.emoji.captions import captions
from clipit.data.emoji.lexicon import concepts
from clipit.data.emoji.sampling import WorldSettings, random_scene
from clipit.evaluation import occlusion_map
from clipit.hub import ModelError
from clipit.hub.onnx import run_onnx
from clipit.inputs.pictures import MiddlePreprocess, Preprocess, ShorterSidePreprocess
from clipit.inputs.tokenizer import load_tokenizer
from clipit.training.features import embed_captions, embed_pixels

ROOM = files("clipit.apps.demo") / "page"
WEIGHTS = Path(__file__).parents[2] / "data" / "weights"
KEPT = (
    Path(platformdirs.user_cache_dir("clipit")) / "onnxruntime-web" / runtime.VERSION
)  # tests have a cache of their own
ODD = [
    "", "  Due\tGATTI\nneri  ", "L'ape è più bella!", "un'ape, due api; (tre) \"api\"", "città perché È",
    "a+b=c <d> $5^2~`|",
    "猫 due 犬", "ΟΔΥΣΣΕΥΣ", "gatto\u200bnero\u00a0e\u2009bianco", "[MASK] gatto [SEP]", "x" * 150, "😀 gatto",
    "e\u0301 decomposto", "__proto__ constructor", "gatto " * 60,
]  # fmt: skip

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
needs_onnx = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("jax2onnx", "onnxruntime")),
    reason="jax2onnx or onnxruntime is not installed (the extra `onnx`)",
)
needs_runtime = pytest.mark.skipif(
    not runtime.has_files(KEPT), reason="onnxruntime-web is not in the cache (`clipit demo` gets it)"
)


def in_javascript(folder, script, given):
    """What a script makes of ``given``, beside the page's modules."""
    with as_file(ROOM) as page:
        shutil.copytree(page, folder / "page", dirs_exist_ok=True)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "given.json").write_text(json.dumps(given))
    head = 'import { readFileSync } from "node:fs";\nconst given = JSON.parse(readFileSync("given.json"));\n'
    (folder / "script.js").write_text(head + script)
    ran = subprocess.run(["node", "script.js"], cwd=folder, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


# JavaScript against Python

TOKENIZE = """
import { createTokenizer } from "./page/tokenizer.js";
const tokenizer = createTokenizer(given.tokenizer, given.facts);
console.log(JSON.stringify(given.texts.map((text) => tokenizer.encode(text).ids)));
"""


@needs_node
@pytest.mark.parametrize("name", ["italian-clip", "quick"])
def test_the_tokenizer_agrees_on_5000_captions(name, tmp_path):
    tokenizer, rng = load_tokenizer(WEIGHTS / name), random.Random(0)
    scenes = [random_scene("test", rng, WorldSettings()) for _ in range(1_000)]
    texts = [caption.text for scene in scenes for caption in captions(scene, language("it"), rng)]
    assert len(texts) == 5_000
    begin, end = tokenizer.transformers_tokenizer("")["input_ids"]
    facts = {"begin": begin, "end": end, "pad": 0, "cut": tokenizer.max_tokens}
    read = json.loads(tokenizer.transformers_tokenizer.backend_tokenizer.to_str())
    found = in_javascript(tmp_path, TOKENIZE, {"tokenizer": read, "facts": facts, "texts": texts + ODD})
    for text, ids in zip(texts + ODD, found, strict=True):
        encoded = tokenizer([text])
        assert ids == encoded["input_ids"][0][encoded["attention_mask"][0] == 1].tolist(), text


RESIZE = """
import { square } from "./page/pictures.js";
console.log(JSON.stringify(given.map(({ data, width, height, side, border }) =>
  [...square({ data: Uint8Array.from(data), width, height }, side, border)])));
"""


@needs_node
def test_pictures_are_resized_as_python_does(tmp_path):
    rng = np.random.default_rng(0)
    cases = [
        (90, 61, Preprocess(32)),
        (20, 33, Preprocess(32)),
        (32, 32, Preprocess(32)),
        (75, 50, MiddlePreprocess(32)),
    ]
    pictures = [rng.integers(0, 256, (height, width, 3)).astype(np.uint8) for height, width, _ in cases]
    given = [
        {"data": picture.ravel().tolist(), "width": width, "height": height, "side": 32, "border": border_of(prepare)}
        for picture, (height, width, prepare) in zip(pictures, cases, strict=True)
    ]
    for found, picture, (*_, prepare) in zip(in_javascript(tmp_path, RESIZE, given), pictures, cases, strict=True):
        difference = np.abs(np.array(found).reshape(32, 32, 3) - prepare.resize(picture).astype(int))
        assert difference.max() <= 2 and difference.mean() < 0.1


OCCLUDE = """
import { occlusionMap } from "./page/finding.js";
const bright = (pixels) => [pixels.filter((value) => value > 150).length / pixels.length];
const model = { facts: { image_size: 16 }, encodePictures: async (pictures) => pictures.map(bright) };
const found = await occlusionMap(model, Uint8Array.from(given), [1], async () => true);
console.log(JSON.stringify([...found.heat]));
"""


@needs_node
def test_the_map_is_that_of_occlusion_map(tmp_path):
    picture = np.random.default_rng(1).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    wanted = occlusion_map(picture, lambda pictures: (pictures > 150).mean(axis=(1, 2, 3)), window=4, stride=1)
    found = in_javascript(tmp_path, OCCLUDE, picture.ravel().tolist())
    np.testing.assert_allclose(np.array(found).reshape(16, 16), wanted, atol=1e-12)


SAID = """
import { linesOf, sentence } from "./page/asking.js";
import { softmax } from "./page/model.js";
import { strange, wordByWord } from "./page/searching.js";
const words = [["gattone", "gatto", "##ne"], ["due", "due"], ["ж", "?"]].map(([word, ...pieces]) => ({ word, pieces }));
console.log(JSON.stringify([strange(words, ({ pieces }) => pieces[0] === "?"),
  wordByWord(["due", "hot", "dog", "neri"], { "hot dog": "hot dogs", neri: "black" }),
  linesOf(" un gatto\\n\\nun cane \\nun gatto"), sentence("una foto di {}", "un gatto"), sentence("", "un gatto"),
  softmax([0.9, 0.9, -1], 1000)]));
"""


@needs_node
def test_what_the_page_says(tmp_path):
    odd, words, lines, filled, bare, shares = in_javascript(tmp_path, SAID, None)
    assert len(odd) == 2 and "gatto ##ne" in odd[0] and "“ж”" in odd[1]
    assert words == "hot dog = hot dogs, neri = black"
    assert lines == ["un gatto", "un cane"] and (filled, bare) == ("una foto di un gatto", "un gatto")
    assert shares == pytest.approx([0.5, 0.5, 0])


# A whole demo


@pytest.fixture(scope="module")
def fake_runtime(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runtime")
    for name in runtime.FILES:
        (folder / name).write_bytes(name.encode())
    return folder


@pytest.fixture(scope="module")
def written(tiny_run, tmp_path_factory, fake_runtime):
    """A demo of the tiny run, with few pictures."""
    folder = tmp_path_factory.mktemp("demo") / "page"
    honest = gallery.make_gallery
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gallery, "make_gallery", lambda language: honest(size=80, language=language))
        patch.setattr(demo_module, "find_runtime", lambda given: fake_runtime)
        jaxtyping.config.update("jaxtyping_disable", True)  # an open number of pictures is a symbol and no int
        write_demo(tiny_run.folder, folder, DemoSettings(chosen=2))
        jaxtyping.config.update("jaxtyping_disable", False)
    return folder


@needs_onnx
def test_the_folder_is_whole(written):
    assert {path.name for path in written.iterdir()} == MADE
    assert [path.name for path in written.parent.iterdir()] == [written.name], "nothing unfinished is left"
    facts = json.loads((written / "demo.json").read_text("utf-8"))
    assert len(facts["pictures"]) == len(list((written / "pictures").iterdir())) == 80
    assert (written / "vectors.bin").stat().st_size == 80 * facts["dim"] * 4
    assert len(facts["chosen"]["successes"]) <= 2 and facts["chosen"]["queries"] == 80
    assert facts["language"] == "it" and len(facts["written"]) == 6
    kept = np.asarray(Image.open(written / "pictures" / "0003.webp").convert("RGB"))
    assert (kept == np.asarray(gallery.make_gallery(size=80)[3]["image"])).all(), "without any loss"


@needs_onnx
def test_the_towers_agree_with_the_model_to_1e_4(written, tiny_run):
    model, tokenizer = load(tiny_run.folder)
    facts = json.loads((written / "demo.json").read_text("utf-8"))
    texts = [text for text, _ in facts["examples"]]
    tokens = {name: np.zeros((len(texts), facts["max_tokens"]), np.int32) for name in ("input_ids", "attention_mask")}
    for name, values in tokenizer(texts).items():
        tokens[name][:, : values.shape[1]] = values
    found = run_onnx(written / "text_encoder.onnx", tokens)
    np.testing.assert_allclose(found, embed_captions(model, tokenizer, texts), atol=1e-4)
    pictures = [np.asarray(Image.open(path).convert("RGB")) for path in sorted((written / "pictures").iterdir())[:20]]
    pixels = np.stack([model.preprocess.resize(picture) for picture in pictures])
    found = run_onnx(written / "image_encoder.onnx", {"pixels": model.preprocess.normalise(pixels)})
    vectors = np.frombuffer((written / "vectors.bin").read_bytes(), "<f4").reshape(80, -1)
    np.testing.assert_allclose(found, vectors[:20], atol=1e-4)
    np.testing.assert_allclose(found, embed_pixels(model, pixels), atol=1e-4)


EMBED = """
import * as ort from "./runtime/module.js";
import { createModel } from "./page/model.js";
ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { mjs: new URL("./runtime/starter.js", import.meta.url).href };
ort.env.wasm.wasmBinary = readFileSync("runtime/program.wasm");
const model = await createModel(ort, given.facts, given.tokenizer, readFileSync(given.image), readFileSync(given.text));
const [texts, pictures] = await Promise.all([model.encodeTexts(given.texts),
  model.encodePictures(given.pictures.map((one) => Uint8Array.from(one)))]);
console.log(JSON.stringify([texts.map((one) => [...one]), pictures.map((one) => [...one])]));
"""


@needs_onnx
@needs_node
@needs_runtime
def test_onnxruntime_web_agrees_with_the_model_to_1e_4(written, tiny_run, tmp_path):
    model, tokenizer = load(tiny_run.folder)
    facts = json.loads((written / "demo.json").read_text("utf-8"))
    (tmp_path / "runtime").mkdir()
    for name, short in zip(runtime.FILES, ("module.js", "starter.js", "program.wasm"), strict=True):
        shutil.copyfile(KEPT / name, tmp_path / "runtime" / short)
    pictures = np.stack([model.preprocess.resize(image) for image in gallery.make_gallery(size=80)["image"][:3]])
    texts = [text for text, _ in facts["examples"]]
    read = json.loads((written / "tokenizer.json").read_text("utf-8"))
    towers = {name: str(written / f"{name}_encoder.onnx") for name in ("image", "text")}
    given = {"facts": facts, "tokenizer": read, "texts": texts, **towers}
    given["pictures"] = [picture.ravel().tolist() for picture in pictures]
    of_texts, of_pictures = in_javascript(tmp_path, EMBED, given)
    np.testing.assert_allclose(of_texts, embed_captions(model, tokenizer, texts), atol=1e-4)
    np.testing.assert_allclose(of_pictures, embed_pixels(model, pictures), atol=1e-4)


@pytest.fixture
def opened(written, tmp_path, browser, serve):
    """The page with the real runtime, in a browser; what it asks of others and what goes wrong in it fails the test."""
    shutil.copytree(written, tmp_path / "page", ignore=shutil.ignore_patterns("runtime"))
    demo_module.copy_runtime(KEPT, tmp_path / "page" / "runtime")
    address, wrong = serve(tmp_path / "page"), []
    own = (address, "data:", "blob:")
    page = browser.new_page()
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith(own) else wrong.append(asked.url))
    page.goto(address)
    page.wait_for_selector("#parts:not([hidden])", timeout=60_000)
    yield page
    page.close()
    assert wrong == []


@needs_onnx
@needs_runtime
def test_twenty_queries_in_a_browser_find_what_the_model_finds(opened, written, tiny_run):
    """The pictures that are shown have the highest similarities that Python computes, in this order."""
    model, tokenizer = load(tiny_run.folder)
    queries = gallery.make_gallery(size=80)["caption"][:20]
    vectors = np.frombuffer((written / "vectors.bin").read_bytes(), "<f4").reshape(80, -1)
    before = ""
    for query, right in zip(queries, embed_captions(model, tokenizer, queries) @ vectors.T, strict=True):
        opened.fill("#query", query)
        opened.wait_for_function("before => document.querySelector('#found').innerHTML !== before", arg=before)
        before = opened.inner_html("#found")
        shown = [int(row) for row in re.findall(r'src="pictures/(\d+)\.webp"', before)]
        assert len(shown) > 3 and np.ptp(right) > 0.1, "another order would be seen"
        np.testing.assert_allclose(right[shown], np.sort(right)[::-1][: len(shown)], atol=1e-4, err_msg=query)


def test_the_page_asks_nobody_else():
    assert {path.name for path in ROOM.iterdir()} == set(PAGE)
    text = "".join((ROOM / name).read_text("utf-8") for name in PAGE)
    assert "default-src 'self'" in text
    allowed = ("https://openmoji.org", "http.server", "http-equiv")
    assert [line for line in text.splitlines() if "http" in line and not any(one in line for one in allowed)] == []


# What Python decides


def test_an_older_demo_is_replaced_and_nothing_else(tmp_path):
    for name in ("new", "old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "demo.json").write_text(name)
    (tmp_path / "old" / "pictures").mkdir()
    put_in_place(tmp_path / "new", tmp_path / "old", MADE)
    assert [path.name for path in (tmp_path / "old").iterdir()] == ["demo.json"]
    assert (tmp_path / "old" / "demo.json").read_text() == "new"
    (tmp_path / "old" / "thesis.txt").write_text("mine")
    with pytest.raises(ValueError, match=r"holds something else \(thesis.txt\)"):
        put_in_place(tmp_path / "another", tmp_path / "old", MADE)


def test_successes_and_failures_follow_the_rule():
    pictures = np.eye(4, dtype=np.float32)
    texts = np.array([[1, 0, 0, 0], [0.9, 0.5, 0.8, 0], [0, 0.6, 0.7, 0], [0.9, 0, 0, 0.8]], np.float32)
    true = np.eye(4, dtype=bool)
    found = chosen(texts, pictures, true, 3)
    assert [(one["picture"], one["wrong"]) for one in found["successes"]] == [(0, 1), (2, 1)]
    assert [(one["picture"], one["rank"], one["wrong"]) for one in found["failures"]] == [(1, 3, 0), (3, 2, 0)]
    assert (found["first"], found["queries"]) == (2, 4)
    true[3, 0] = True  # the caption is true of the first picture too: no mistake
    assert chosen(texts, pictures, true, 3)["first"] == 3


def test_words_come_from_the_lexicon_and_were_trained_on():
    known = {concept.name for concept in concepts(held_out=False)}
    assert {group.concept for scene in EXAMPLES for group in scene.groups} | set(LABELS) <= known
    assert len(things(language("es"))) == len(known) and spoken("fi") is None
    assert glosses(language("en")) == {} and all(gloss == "" for _, gloss in examples(language("en")))


def test_only_tokenizers_that_the_page_can_follow_are_taken(tiny_run):
    model, tokenizer = load(tiny_run.folder)
    assert inputs_of(model, tokenizer)["cut"] == tokenizer.max_tokens
    from tokenizers.pre_tokenizers import Whitespace

    tokenizer.transformers_tokenizer.backend_tokenizer.pre_tokenizer = Whitespace()
    with pytest.raises(ModelError, match="BERT's tokenizers only"):
        check_tokenizer(tokenizer)
    assert border_of(ShorterSidePreprocess(32, shorter_side=64)) == 0.25


# Bad input


def refused(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["demo", *map(str, arguments)])
    out, err = capsys.readouterr()
    assert ended.value.code == 2 and err.startswith("clipit: ") and err.count("\n") == 1, err
    return err


def test_a_wrong_run_folder_or_gallery_is_one_sentence(tiny_run, tmp_path, fake_runtime, capsys):
    run, empty = tiny_run.folder, tmp_path / "empty"
    empty.mkdir()
    assert "There is no folder nowhere" in refused(["nowhere", tmp_path / "new"], capsys)
    (tmp_path / "thesis.txt").write_text("mine")
    assert "holds something else (" in refused([run, tmp_path], capsys)
    assert "is a file" in refused([run, tmp_path / "thesis.txt"], capsys)
    assert "holds no pictures" in refused([run, tmp_path / "new", "--gallery", empty], capsys)
    picture = tmp_path / "pictures" / "a.png"
    picture.parent.mkdir()
    Image.new("RGB", (40, 30)).save(picture)
    own = ["--gallery", picture.parent, "--runtime"]
    assert "does not hold" in refused([run, tmp_path / "new", *own, empty], capsys)
    assert "is not the file of onnxruntime-web" in refused([run, tmp_path / "new", *own, fake_runtime], capsys)
    assert not (tmp_path / "new").exists() and (tmp_path / "thesis.txt").read_text() == "mine"


def test_a_tower_that_cannot_be_exported_is_one_sentence(tiny_run, tmp_path, fake_runtime, capsys, monkeypatch):
    def fails(*_):
        raise KeyError("no plugin for this primitive")

    Image.new("RGB", (40, 30)).save(tmp_path / "a.png")
    monkeypatch.setattr(demo_module, "find_runtime", lambda given: fake_runtime)
    monkeypatch.setattr(demo_module, "export_onnx", fails)
    said = refused([tiny_run.folder, tmp_path / "new", "--gallery", tmp_path], capsys)
    assert "cannot be exported as ONNX" in said and [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_without_a_registry_one_sentence_says_what_to_do(monkeypatch):
    def unreachable(*_, **__):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(runtime.shutil, "which", lambda name: None)
    monkeypatch.setattr(runtime.urllib.request, "urlopen", unreachable)
    with pytest.raises(runtime.RuntimeMissingError, match="npm registry cannot be reached.*--runtime"):
        runtime.find_runtime()
    monkeypatch.setattr(runtime, "get_package", lambda: b"<html>a proxy's page</html>")
    with pytest.raises(runtime.RuntimeMissingError, match="is not onnxruntime-web"):
        runtime.find_runtime()
