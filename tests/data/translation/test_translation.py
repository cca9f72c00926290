"""Translating: each caption once, in batches, nothing lost, and every translator behind the same interface."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from importlib.util import find_spec

import pytest

from clipit.data.sources import Source, make_row
from clipit.data.translation import (
    Apertium,
    Marian,
    Ready,
    TranslationError,
    Translations,
    TranslationSettings,
    load_marian,
    open_translator,
    read_ready,
    translate,
    translate_source,
)

QUIET = TranslationSettings(batch_size=3, quiet=True)


class Capitals:
    """A translator for tests: writes in capitals, counts its calls, and may stop."""

    name = "capitals"

    def __init__(self, stop_at: int | None = None):
        self.calls, self.stop_at = [], stop_at

    def __call__(self, sentences):
        if self.stop_at is not None and len(self.calls) >= self.stop_at:
            raise TranslationError("the dictionary is on fire")
        self.calls.append(list(sentences))
        return [sentence.upper() for sentence in sentences]


def test_each_caption_is_translated_once_and_in_batches(tmp_path):
    translator, kept = Capitals(), Translations(tmp_path / "it.jsonl", "capitals")
    captions = ["a", "b", "a", "c", "d", "b"]
    assert translate(captions, translator, kept, QUIET) == 4
    assert translator.calls == [["a", "b", "c"], ["d"]]
    assert [kept[caption] for caption in captions] == ["A", "B", "A", "C", "D", "B"] and len(kept) == 4
    assert translate([*captions, "e"], translator, kept, QUIET) == 1 and translator.calls[-1] == ["e"]


def test_what_was_translated_before_an_accident_is_kept(tmp_path):
    captions, path = [f"sentence {number}" for number in range(10)], tmp_path / "it.jsonl"
    with pytest.raises(TranslationError, match="on fire"):
        translate(captions, Capitals(stop_at=2), Translations(path, "capitals"), QUIET)
    kept = Translations(path, "capitals")
    assert len(kept) == 6
    afterwards = Capitals()
    translate(captions, afterwards, kept, QUIET)
    assert sum(map(len, afterwards.calls)) == 4 and len(Translations(path, "capitals")) == 10


@pytest.mark.parametrize("lost", [1, 5, 30])
def test_half_a_line_at_the_end_costs_that_line_only(tmp_path, lost):
    path = tmp_path / "it.jsonl"
    translate(["due", "città", "tre"], Capitals(), Translations(path, "capitals"), QUIET)
    content = path.read_bytes()
    path.write_bytes(content[:-lost])
    kept = Translations(path, "capitals")
    assert len(kept) == (3 if lost == 1 else 2)  # only the line's end is missing, or a part of it
    translate(["due", "città", "tre", "quattro"], Capitals(), kept, QUIET)
    again = Translations(path, "capitals")
    assert [again[caption] for caption in ("due", "città", "tre", "quattro")] == ["DUE", "CITTÀ", "TRE", "QUATTRO"]
    assert path.read_bytes().startswith(content[:-lost]), "what was there is never written anew"


def test_a_killed_process_loses_at_most_a_batch_and_repeats_nothing(tmp_path):
    path = tmp_path / "it.jsonl"
    code = (
        "import sys, time\n"
        "from clipit.data.translation import *\n"
        "class Slow:\n"
        "    name = 'capitals'\n"
        "    def __call__(self, sentences):\n"
        "        time.sleep(0.02)\n"
        "        return [sentence.upper() for sentence in sentences]\n"
        "kept = Translations(sys.argv[1], 'capitals')\n"
        "translate([str(n) for n in range(3000)], Slow(), kept, TranslationSettings(batch_size=3, quiet=True))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(path)])
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (path.is_file() and path.stat().st_size > 2_000):
        time.sleep(0.02)
    process.kill()
    process.wait()
    kept = Translations(path, "capitals")
    done = len(kept)
    assert 0 < done < 3000
    translate([str(n) for n in range(done + 5)], Capitals(), kept, QUIET)
    lines = [json.loads(line) for line in path.read_text().splitlines() if line.endswith("}")]
    sources = Counter(line["source"] for line in lines)
    assert len(sources) == done + 5 and set(sources.values()) == {1}


def test_translations_of_different_translators_do_not_mix(tmp_path):
    path = tmp_path / "it.jsonl"
    translate(["a"], Capitals(), Translations(path, "capitals"), QUIET)
    other = Translations(path, "another")
    assert "a" not in other
    other.add(["a"], ["un"])
    assert Translations(path, "capitals")["a"] == "A" and Translations(path, "another")["a"] == "un"


def test_lines_that_are_none_are_passed_over(tmp_path):
    path = tmp_path / "it.jsonl"
    path.write_bytes(b'[]\n\xff\xfe\n{"source": "a"}\n7\n\n{"source": "b", "translation": "B", "translator": "x"}\n')
    kept = Translations(path, "x")
    assert len(kept) == 1 and kept["b"] == "B"


def test_a_translator_that_loses_count_is_stopped(tmp_path):
    class Forgetful(Capitals):
        def __call__(self, sentences):
            return super().__call__(sentences)[1:]

    kept = Translations(tmp_path / "it.jsonl", "capitals")
    with pytest.raises(TranslationError, match="gave back 1 sentences for 2"):
        translate(["a", "b"], Forgetful(), kept, QUIET)
    assert len(kept) == 0
    with pytest.raises(ValueError, match="batch_size must be at least 1"):
        TranslationSettings(batch_size=0)


def test_a_source_speaks_another_language(tmp_path):
    rows = [
        make_row(caption="a cat", captions=["a cat", "one cat"], source="x", key="1", language="en"),
        make_row(caption="a dog", source="x", key="2", language="en"),
        make_row(caption="a bird", source="x", key="3", language="en"),
    ]
    kept = Translations(tmp_path / "it.jsonl", "mine")
    kept.add(["a cat", "one cat", "a bird"], ["un gatto", "un solo gatto", " "])
    faults = Counter()
    translated = translate_source(Source("x", lambda faults: iter(rows)), kept)
    (row,) = translated.rows(faults)
    assert row["captions"] == ["un gatto", "un solo gatto"] and row["originals"] == ["a cat", "one cat"]
    assert (row["caption"], row["language"]) == ("un gatto", "it")
    assert faults == {"caption without a translation": 2}
    assert set(row) == set(translated.features), "it can be written as every source"


def test_ready_translations_are_read_from_csv_tsv_and_what_a_run_keeps(tmp_path):
    (tmp_path / "mine.csv").write_text('\ufeffsource,translation\n"two, cats",due gatti\n', "utf-8")
    (tmp_path / "mine.tsv").write_text("source\ttranslation\ntwo, cats\tdue gatti\n", "utf-8")
    Translations(tmp_path / "mine.jsonl", "x").add(["two, cats"], ["due gatti"])
    for name in ("mine.csv", "mine.tsv", "mine.jsonl"):
        ready = open_translator(f"file:{tmp_path / name}")
        assert ready.name == name and ready(["two, cats"]) == ["due gatti"]
    with pytest.raises(TranslationError, match="no translation of 'a dog'"):
        ready(["a dog"])
    (tmp_path / "bad.csv").write_text("english,italian\na,b\n")
    with pytest.raises(ValueError, match="needs the columns source and translation"):
        read_ready(tmp_path / "bad.csv")
    with pytest.raises(ValueError, match="There is no file"):
        read_ready(tmp_path / "nowhere.csv")
    assert Ready({}, "empty")([]) == []


def test_unknown_translators_are_named():
    for wanted in ("oracle", "marian:", "file:", ""):
        with pytest.raises(ValueError, match="choose apertium, marian:FOLDER_OR_HUB_NAME, or file:PLACE"):
            open_translator(wanted)


APERTIUM = """#!{python}
import sys
if "-l" in sys.argv:
    print("  eng-spa\\n  spa-ita")
    sys.exit()
text, pair = sys.stdin.read(), sys.argv[-1]
if "burn" in text:
    sys.exit("no more memory")
if "glue" in text and text.count("\\n\\n"):
    text = text.replace("\\n\\n", " ")
print(text.replace("cat", "gato") if pair == "eng-spa" else text.replace("gato", "gatto"), end="")
"""


@pytest.fixture
def apertium(tmp_path):
    """A program that takes the same arguments as Apertium."""
    program = tmp_path / "apertium"
    program.write_text(APERTIUM.format(python=sys.executable))
    program.chmod(0o755)
    return str(program)


@pytest.mark.skipif(os.name == "nt", reason="the program is a script")
def test_apertium_goes_through_both_pairs_and_keeps_sentences_apart(apertium):
    translator = Apertium(program=apertium)
    assert translator.name == "apertium eng-spa spa-ita"
    assert translator(["a cat", "two\ncats", "", "x"]) == ["a gatto", "two gattos", ".", "x"]
    assert translator(["glue", "a cat"]) == ["glue", "a gatto"], "sentences that run together go alone"
    assert translator(["a cat"]) == ["a gatto"]
    with pytest.raises(TranslationError, match="stopped with 1: no more memory"):
        translator(["burn"])
    with pytest.raises(ValueError, match="no pair eng-ita here"):
        Apertium(("eng-ita",), program=apertium)


class Pieces:
    """Stands for a SentencePiece model: a piece is a word."""

    def encode(self, sentence, out_type):
        assert out_type is str
        return sentence.split()

    def decode(self, pieces):
        return " ".join(pieces)


class Hypotheses:
    def __init__(self, pieces):
        self.hypotheses = [pieces]


def test_marian_hands_pieces_to_the_model_and_joins_what_comes_back():
    class Model:
        def translate_batch(self, pieces, beam_size, max_batch_size):
            assert beam_size == 2 and all(sentence[-1] == "</s>" for sentence in pieces)
            return [Hypotheses([piece.upper() if piece != "</s>" else piece for piece in p]) for p in pieces]

    marian = Marian(Model(), Pieces(), Pieces(), "mine", beam_size=2)
    assert marian(["two cats", "a dog"]) == ["TWO CATS", "A DOG"]


def test_a_model_that_is_not_there_is_named(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="There is no folder nowhere"):
        load_marian("nowhere")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    if find_spec("ctranslate2") and find_spec("sentencepiece"):
        with pytest.raises(ValueError, match="nobody/no-such-model could not be fetched from the hub"):
            load_marian("nobody/no-such-model")
    monkeypatch.setattr("clipit.data.translation.marian.importlib.util.find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"ctranslate2 is not installed: pip install clipit-course\[translation\]"):
        load_marian(str(tmp_path))
