"""The Space: its answers are those of the library, its folder is whole, and the app in it shows them."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import jaxtyping
import numpy as np
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version
from PIL import Image

import clipit
from clipit.apps.demo import gallery
from clipit.apps.demo.contents import DemoSettings, open_contents
from clipit.apps.demo.heat import draw_heat, place_in_words
from clipit.apps.demo.sheets import sheet_words
from clipit.apps.demo.space import ask_count, ask_labels, locate, open_space, search
from clipit.apps.demo.space_folder import GRADIO, MADE, PYTHON, write_space
from clipit.apps.demo.spelling import strange, words
from clipit.apps.index import embed_folder
from clipit.apps.languages import LanguageFolder
from clipit.apps.searching import classify
from clipit.cli import main
from clipit.data.languages import sheet_named
from clipit.data.locate import data_folder
from clipit.evaluation import occlusion_map
from clipit.training.features import embed_captions, embed_pixels
from clipit.training.languages import LanguageSettings, teach

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PICTURES = 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The Space of a model that comes with the course, with few pictures."""
    folder = tmp_path_factory.mktemp("space") / "app"
    honest = gallery.make_gallery
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gallery, "make_gallery", lambda language: honest(size=PICTURES, language=language))
        jaxtyping.config.update("jaxtyping_disable", True)  # an open number of pictures is a symbol and no int
        write_space("quick", folder, DemoSettings(chosen=2))
        jaxtyping.config.update("jaxtyping_disable", False)
    return folder


@pytest.fixture(scope="module")
def space(folder):
    return open_space(folder)


@pytest.fixture(scope="module")
def library():
    return clipit.load("quick")


def picture_of(space, row=0):
    return np.asarray(Image.open(space.file(row)).convert("RGB"))


# Its answers are the library's


def test_a_search_finds_what_the_library_finds(space, library):
    model, tokenizer = library
    pictures = np.stack([model.preprocess.resize(picture_of(space, row)) for row in range(PICTURES)])
    wanted = embed_pixels(model, pictures) @ embed_captions(model, tokenizer, ["tre mele verdi"])[0]
    found = search(space, " tre mele verdi ", top=7)
    assert found.rows == np.argsort(-wanted, kind="stable")[:7].tolist()
    np.testing.assert_allclose(found.similarities, np.sort(wanted)[::-1][:7], atol=1e-5)
    assert found.notes == ["tre = three, mele = apples, verdi = green"]
    about = space.facts["pictures"][found.rows[0]]
    assert found.captions(space)[0] == f"{found.similarities[0]:.3f} · {about['caption']} ({about['gloss']})"


def test_labels_get_the_shares_that_clipit_classify_gives(space, library):
    labels = ["un gatto", "una mela", "un treno"]
    found = ask_labels(space, picture_of(space, 3), "\n un gatto\nuna mela\n\nun treno\nuna mela ")
    shares = {row.label: row.share for row in found.rows}
    assert shares == pytest.approx(classify(*library, space.file(3), labels), abs=1e-5)
    assert list(found.by_label()) == ["un gatto (cat)", "una mela (apple)", "un treno (train)"]
    best = max(shares, key=shares.get)
    scale = float(library[0].logit_scale())
    said = found.explained(scale)
    assert f"{shares[best]:.1%} for “{best}”" in said and f"scale, {scale:.1f}," in said
    in_sentences = ask_labels(space, picture_of(space, 3), "un gatto\nuna mela", "una foto di {}")
    assert in_sentences.rows[0].text == "una foto di un gatto"
    assert in_sentences.rows[0].similarity != pytest.approx(found.rows[0].similarity, abs=1e-6)


def test_numbers_get_the_shares_of_their_six_phrases(space, library):
    names = [one["name"] for one in space.facts["things"]]
    found = ask_count(space, picture_of(space), names.index("gatto"))
    phrases = ["un gatto", "due gatti", "tre gatti", "quattro gatti", "cinque gatti", "sei gatti"]
    assert [row.share for row in found.rows] == pytest.approx(
        list(classify(*library, space.file(0), phrases).values()), abs=1e-5
    )
    assert [row.label for row in found.rows] == phrases and found.notes[0].startswith("For each “two”")


def test_the_map_is_that_of_occlusion_map(space, library):
    model, tokenizer = library
    picture, vector = picture_of(space), embed_captions(model, tokenizer, ["due gatti neri"])[0]
    assert picture.shape == (64, 64, 3)
    wanted = occlusion_map(picture, lambda pictures: embed_pixels(model, pictures) @ vector, window=16, stride=4)
    found = locate(space, picture, "due gatti neri")
    np.testing.assert_allclose(found.heat, wanted, atol=1e-5)
    assert found.similarity == pytest.approx(float(embed_pixels(model, picture[None])[0] @ vector), abs=1e-5)
    assert place_in_words(wanted) in found.told() and f"{wanted.max():.3f}" in found.told()


def test_any_picture_is_cut_to_what_the_model_sees(space):
    photo = np.random.default_rng(0).integers(0, 256, (90, 150, 3)).astype(np.uint8)
    found = locate(space, photo, "un gatto")
    assert found.pixels.shape == (64, 64, 3) and found.heat.shape == (64, 64)
    assert draw_heat(found.pixels, found.heat).shape == (384, 384, 3)


def test_the_map_is_brightest_where_it_is_hottest():
    heat = np.zeros((64, 64))
    heat[44:, :20] = 1
    drawn = draw_heat(np.full((64, 64, 3), 100, np.uint8), heat)
    assert drawn[-1, 0].sum() > 2 * drawn[0, 0].sum() and place_in_words(heat) == "at the bottom, left"
    assert (draw_heat(np.full((64, 64, 3), 100, np.uint8), -heat) == drawn[0, 0]).all(), "less is shown as none"


# Unknown words, and what else cannot be asked


def test_unknown_words_are_named(space):
    notes = search(space, "un drago rosso e ж").notes
    assert notes[0].startswith("rosso = red") and "“drago” is no word of the model's vocabulary" in notes[1]
    assert "“ж” has letters that the model has never seen" in notes[2]
    assert strange(space.tokenizer, "due gatti neri") == []
    asked = ask_labels(space, picture_of(space), "un gatto\nun drago")
    assert len(asked.notes) == 1 and "“drago”" in asked.notes[0]
    assert [word.text for word in words(space.tokenizer, "Un'APE!")] == ["un", "'", "ape", "!"]


@pytest.mark.parametrize(
    "query, said",
    [("  ", "Say what to look for."), ("ж 犬", "knows no word of “ж 犬”"), ("gatto " * 200, "1,199 letters")],
)
def test_what_cannot_be_searched_is_one_sentence(space, query, said):
    for ask in (lambda: search(space, query), lambda: locate(space, picture_of(space), query)):
        with pytest.raises(ValueError, match=said):
            ask()


def test_one_label_is_no_choice(space):
    with pytest.raises(ValueError, match="at least two labels"):
        ask_labels(space, picture_of(space), "un gatto\n\nun gatto")
    with pytest.raises(ValueError, match="knows no word of “ж”"):
        ask_labels(space, picture_of(space), "un gatto\nж")


# The folder


def test_the_folder_is_what_a_space_needs(folder, library):
    assert {path.name for path in folder.iterdir()} == MADE
    assert [path.name for path in folder.parent.iterdir()] == [folder.name], "nothing unfinished is left"
    _, header, body = (folder / "README.md").read_text("utf-8").split("---\n", 2)
    about = yaml.safe_load(header)
    assert {"title", "sdk", "sdk_version", "python_version", "app_file", "license"} == about.keys()
    assert (about["sdk"], about["sdk_version"], about["license"]) == ("gradio", GRADIO, "cc-by-sa-4.0")
    assert (folder / about["app_file"]).is_file() and about["title"] in body
    assert (
        about["python_version"] == PYTHON and Version(PYTHON) in Requirement(f"p{PROJECT['requires-python']}").specifier
    )
    library_, gradio = map(Requirement, (folder / "requirements.txt").read_text("utf-8").splitlines())
    assert library_.url == f"git+{PROJECT['urls']['Repository']}" and library_.name == PROJECT["name"]
    assert str(gradio) == f"gradio=={GRADIO}"
    model, _ = clipit.load(folder / "model")
    pixels = np.zeros((1, 64, 64, 3), np.uint8)
    np.testing.assert_array_equal(embed_pixels(model, pixels), embed_pixels(library[0], pixels))


def test_its_gradio_is_the_one_that_is_locked_and_asked_for():
    lock = tomllib.loads((ROOT / "uv.lock").read_text("utf-8"))["package"]
    assert [package["version"] for package in lock if package["name"] == "gradio"] == [GRADIO]
    assert Version(GRADIO) in Requirement(PROJECT["optional-dependencies"]["app"][0]).specifier


def test_the_command_writes_it_from_an_index_and_replaces_an_older_one(tmp_path, capsys):
    pictures, index, out = tmp_path / "pictures", tmp_path / "index", tmp_path / "out"
    (pictures / "deeper").mkdir(parents=True)
    for name, color in (("a.png", "red"), ("deeper/b.png", "blue"), ("c.png", "green")):
        Image.new("RGB", (300, 200), color).save(pictures / name)
    embed_folder(clipit.load("quick")[0], pictures, index, quiet=True)
    for _ in range(2):
        main(["demo", "quick", "--space", str(out), "--gallery", str(index)])
    said = capsys.readouterr().out
    assert "3 pictures" in said and f"python {out / 'app.py'}" in said and "--repo-type space" in said
    space = open_space(out)
    assert [one["caption"] for one in space.facts["pictures"]] == ["a.png", "c.png", str(Path("deeper/b.png"))]
    assert space.facts["chosen"] == {} and picture_of(space).shape == (192, 192, 3)
    wanted = np.stack([space.prepare(np.asarray(Image.open(pictures / "c.png")))])
    np.testing.assert_allclose(space.vectors[1], embed_pixels(space.model, wanted)[0], atol=1e-5)
    assert yaml.safe_load((out / "README.md").read_text("utf-8").split("---\n")[1])["license"] == "other"
    kept = open_contents("quick", DemoSettings(index, most_pictures=2)).gallery
    assert (len(kept.pictures), len(kept.vectors), kept.left_out) == (2, 2, 1)


def refused(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["demo", *map(str, arguments)])
    out, err = capsys.readouterr()
    assert ended.value.code == 2 and err.startswith("clipit: ") and err.count("\n") == 1, err
    return err


def test_what_cannot_be_written_is_one_sentence(tmp_path, capsys):
    pictures, index, out = tmp_path / "pictures", tmp_path / "index", tmp_path / "out"
    pictures.mkdir()
    Image.new("RGB", (30, 20)).save(pictures / "a.png")
    embed_folder(clipit.load("quick")[0], pictures, index, quiet=True)
    for arguments in (["english-clip", out], ["english-clip", out, "--space"]):
        assert "was made by another model" in refused([*arguments, "--gallery", index], capsys)
    (index / "index.json").write_text("[]")
    assert "is damaged" in refused(["quick", out, "--space", "--gallery", index], capsys)
    shutil.rmtree(index / "parts")
    assert "holds something else" in refused(["quick", pictures, "--space"], capsys)
    assert "leave out --runtime" in refused(["quick", out, "--space", "--runtime", pictures], capsys)
    assert not out.exists()
    with pytest.raises(ValueError, match="is no Space"):
        open_space(pictures)


# A language of one's own


def test_a_model_of_a_sheet_speaks_its_language_and_is_glossed(tmp_path_factory):
    run, out = (tmp_path_factory.mktemp("greek") / name for name in ("run", "out"))
    settings, greek = LanguageSettings(scenes=64, held_out=30, steps=2, batch_size=16), sheet_named("greek")
    LanguageFolder(run).write(teach([greek], settings), [data_folder("languages", "greek.csv")], settings)
    write_space(run, out)
    space = open_space(out)
    texts = [text for text, _ in space.facts["examples"]] + space.facts["labels"]
    assert len(texts) > 10 and all("Ͱ" <= letter <= "Ͽ" for text in texts for letter in text if letter != " ")
    assert all(gloss.isascii() and gloss for _, gloss in space.facts["examples"])
    assert space.facts["things"][0]["phrases"][1] == "δύο γάτες" and space.facts["things"][0]["gloss"] == "cat"
    captions = {one["caption"]: one["gloss"] for one in space.facts["pictures"]}
    assert len(space.vectors) == 30 and all(captions[text] == gloss for text, gloss in space.facts["examples"])
    notes = search(space, "δύο μαύρες γάτες και ένας δράκος").notes
    assert notes[0].startswith("δύο = two, μαύρες = black, γάτες = cats") and "“δράκος”" in notes[1]
    assert sum(row.share for row in ask_count(space, picture_of(space), 0).rows) == pytest.approx(1)
    assert space.facts["labels"][0] == greek.word("1", 1, "f") + " γάτα"


def test_sheets_of_one_model_take_turns():
    sheets = [sheet_named(name) for name in ("greek", "neapolitan")]
    _, tokenizer = clipit.load("quick")
    said = sheet_words(sheets, LanguageSettings(held_out=20), tokenizer)
    greek = [any("α" <= letter <= "ω" for letter in text) for text, _ in said["examples"]]
    assert greek[:4] == [True, False, True, False]
    assert said["glosses"]["γάτες"] == "cats" and said["glosses"]["n '"] == "a"


# The app

# In a process of its own, as a Space starts it: Gradio leaves sockets open, which here would be warnings.
ASK = """
import json, app
from gradio_client import Client, handle_file
space = app.open_space(".")
made = app.make_app(space)
_, address, _ = made.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1", allowed_paths=["pictures"])
client, picture = Client(address, verbose=False), handle_file(str(space.file(0)))
asked = {
    "search": ["due gatti neri"], "labels": [picture, "un gatto\\nuna mela", ""], "where": [picture, "un gatto"],
    "count": [picture, 0],
}
found = {name: client.predict(*given, api_name=f"/{name}") for name, given in asked.items()}
found["unknown"] = client.predict("ж", api_name="/search")
found["nothing"] = client.predict(None, "un gatto", api_name="/where")
made.close()
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def answers(folder):
    if importlib.util.find_spec("gradio") is None:
        pytest.skip("Gradio is not installed (the extra `app`)")
    settings = os.environ | {"GRADIO_ANALYTICS_ENABLED": "False", "PYTHONPATH": str(folder)}
    ran = subprocess.run([sys.executable, "-c", ASK], cwd=folder, env=settings, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def test_the_app_shows_what_the_library_computes(answers, space):
    pictures, said, *_ = answers["search"]
    assert [one["caption"] for one in pictures] == search(space, "due gatti neri").captions(space)
    assert said.startswith("due = two")
    wanted = {
        "labels": ask_labels(space, picture_of(space), "un gatto\nuna mela").by_label(),
        "count": ask_count(space, picture_of(space), 0).by_label(),
    }
    for name, shares in wanted.items():
        found = {one["label"]: one["confidence"] for one in answers[name][0]["confidences"]}
        assert found == pytest.approx(shares, abs=1e-5)
    assert "Softmax raises e" in answers["labels"][1]
    assert answers["where"][1].startswith(locate(space, picture_of(space), "un gatto").told())


def test_the_app_says_what_cannot_be_answered(answers):
    assert answers["unknown"][1] == "The model knows no word of “ж”."
    assert answers["nothing"][1] == "Choose a picture first."
