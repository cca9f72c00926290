"""What is wrong with a checkpoint is said in one sentence that names it, and nothing in it is ever run."""

import json
import pickle
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import clipit
from clipit.cli import main
from clipit.hub import ModelError, load_clip, load_dual, load_text, load_vision


def sentence_of(load, *arguments, **named):
    with pytest.raises(ModelError) as raised:
        load(*arguments, **named)
    said = str(raised.value)
    assert "\n" not in said and said.endswith(".") and len(said) < 600
    return said


def change_config(folder, tower=None, **values):
    """Sets fields of config.json; None takes one away."""
    config = json.loads((folder / "config.json").read_text())
    part = config[tower] if tower else config
    for name, value in values.items():
        part.pop(name, None)
        if value is not None:
            part[name] = value
    (folder / "config.json").write_text(json.dumps(config))


def change_tensors(folder, change):
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")


def cut(folder, name, keep=0.5):
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: int(len(whole) * keep)])


class Trap:
    """Unpickling this would create a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def with_code(folder):
    (folder / "model.safetensors").unlink()
    trap = Trap(folder / "sprung")
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"pooler.dense.bias": trap}))


def half_of_the_shards(folder):
    tensors = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    places = {name: f"part-{index % 2}.safetensors" for index, name in enumerate(tensors)}
    save_file({n: t for n, t in tensors.items() if places[n] == "part-0.safetensors"}, folder / "part-0.safetensors")
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))


def index_that_leads_away(folder):
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"pooler.dense.bias": "../other/x"}}')


QUERY = "encoder.layer.1.attention.self.query.weight"
CASES = {
    "another architecture": ("bert", load_text, lambda f: change_config(f, model_type="gpt2"), "is a gpt2, from which"),
    "text as vision": ("bert", load_vision, lambda f: None, "is a bert, from which no vision tower can be read"),
    "vision as text": ("vision", load_text, lambda f: None, "is a clip_vision_model, from which no text tower"),
    "one tower as two": ("bert", clipit.load, lambda f: None, "is a bert; of those with two towers"),
    "a dual model as CLIP": ("dual", load_clip, lambda f: None, "is a vision-text-dual-encoder; of those"),
    "another vision tower inside": (
        *("dual", load_dual, lambda f: change_config(f, "vision_config", model_type="vit")),
        "is a vit, no image encoder that can be read",
    ),
    "cut off": ("bert", load_text, lambda f: cut(f, "model.safetensors"), "is damaged or cut off"),
    "cut off in the header": ("bert", load_text, lambda f: cut(f, "model.safetensors", 0.01), "is damaged or cut off"),
    "empty": ("bert", load_text, lambda f: cut(f, "model.safetensors", 0), "is damaged or cut off"),
    "half of the shards": ("bert", load_text, half_of_the_shards, "is not complete (part-1.safetensors is missing)"),
    "no weights": ("bert", load_text, lambda f: (f / "model.safetensors").unlink(), "holds no weights"),
    "a tensor renamed": (
        *("bert", load_text, lambda f: change_tensors(f, lambda t: t.update(surprise=t.pop(QUERY)))),
        f"(missing: {QUERY}; unknown: surprise)",
    ),
    "a tensor of another shape": (
        *("bert", load_text, lambda f: change_tensors(f, lambda t: t.update({QUERY: np.zeros((16, 9), np.float32)}))),
        f"{QUERY} has the shape (16, 9) instead of (16, 16)",
    ),
    "a tensor too many": (
        *("vision", load_vision, lambda f: change_tensors(f, lambda t: t.update(surprise=np.zeros(3, np.float32)))),
        "(unknown: surprise)",
    ),
    "a tensor of whole numbers": (
        *("bert", load_text, lambda f: change_tensors(f, lambda t: t.update({QUERY: np.zeros((16, 16), np.int8)}))),
        f"{QUERY} of",
    ),
    "an index that leads away": ("bert", load_text, index_that_leads_away, "leads out of its folder"),
    "another number of layers": (
        *("vision", load_vision, lambda f: change_config(f, num_hidden_layers=3)),
        "and 11 more",
    ),
    "a config without a size": ("bert", load_text, lambda f: change_config(f, hidden_size=None), "say hidden_size"),
    "a config without its type": ("bert", load_text, lambda f: change_config(f, model_type=None), "no text tower"),
    "a config without a tower": ("clip", load_clip, lambda f: change_config(f, vision_config=None), "no vision_config"),
    "sizes that make no sense": ("bert", load_text, lambda f: change_config(f, num_attention_heads=5), "by 5 heads"),
    "a size in words": ("bert", load_text, lambda f: change_config(f, hidden_size="16"), "says hidden_size '16'"),
    "no heads": ("bert", load_text, lambda f: change_config(f, num_attention_heads=0), "says num_attention_heads 0"),
    "no layers": ("vision", load_vision, lambda f: change_config(f, num_hidden_layers=0), "says num_hidden_layers 0"),
    "patches of no size": ("vision", load_vision, lambda f: change_config(f, patch_size=0), "says patch_size 0"),
    "an epsilon below 0": ("bert", load_text, lambda f: change_config(f, layer_norm_eps=-1), "says layer_norm_eps -1"),
    "two activations": ("bert", load_text, lambda f: change_config(f, hidden_act=["gelu"]), "says hidden_act ['gelu']"),
    "no projection": ("clip", load_clip, lambda f: change_config(f, projection_dim=0), "says projection_dim 0"),
    "a scale in words": (
        *("dual", load_dual, lambda f: change_config(f, logit_scale_init_value="large")),
        "says logit_scale_init_value 'large'",
    ),
    "a whole model without its type": ("dual", clipit.load, lambda f: change_config(f, model_type=None), "model_type"),
    "a config without end": (
        *("bert", load_text, lambda f: (f / "config.json").write_text("[" * 100_000)),
        "config.json is damaged",
    ),
    "an unknown activation": ("vision", load_vision, lambda f: change_config(f, hidden_act="relu"), "activation relu"),
    "another kind of positions": (
        *("bert", load_text, lambda f: change_config(f, position_embedding_type="relative_key")),
        "has position_embedding_type relative_key",
    ),
    "no config": ("bert", load_text, lambda f: (f / "config.json").unlink(), "holds no config.json"),
    "a config cut off": ("bert", load_text, lambda f: cut(f, "config.json"), "config.json is damaged"),
    "a config that is a list": ("bert", load_text, lambda f: (f / "config.json").write_text("[]"), "is no object"),
    "a pickle with code": ("bert", load_text, with_code, "open is not allowed"),
    "no tokenizer": ("bert", load_text, lambda f: (f / "tokenizer.json").unlink(), "holds no tokenizer"),
    "a tokenizer cut off": ("bert", load_text, lambda f: cut(f, "tokenizer.json"), "tokenizer of"),
    "a tokenizer of another model": (
        *("clip", load_clip, lambda f: change_size_of_vocabulary(f)),
        "tokens, its text encoder 20",
    ),
}


def change_size_of_vocabulary(folder):
    name = "text_model.embeddings.token_embedding.weight"
    change_tensors(folder, lambda tensors: tensors.update({name: tensors[name][:20].copy()}))
    change_config(folder, "text_config", vocab_size=20)


@pytest.mark.parametrize("case", CASES)
def test_one_sentence_says_what_is_wrong(case, tiny, tmp_path):
    kind, load, spoil, expected = CASES[case]
    folder = tmp_path / "checkpoint"
    shutil.copytree(tiny(kind)[0], folder)
    spoil(folder)
    said = sentence_of(load, folder)
    assert expected in said and not (folder / "sprung").exists()
    assert str(folder) in said


COMMANDS = {
    "search": ["search", "FOLDER", "due gatti"],
    "classify": ["classify", "FOLDER", "no.png", "--labels", "gatti,cane"],
    "export": ["export", "FOLDER", "there"],
}
SPOILED = {
    "half of the shards": half_of_the_shards,
    "a pickle with code": with_code,
    "a config cut off": lambda f: cut(f, "config.json"),
    "a tensor renamed": lambda f: change_tensors(f, lambda t: t.update(surprise=t.pop("logit_scale"))),
    "cut off": lambda f: cut(f, "model.safetensors"),
    "no tokenizer": lambda f: (f / "tokenizer.json").unlink(),
    "one tower": lambda f: change_config(f, model_type="bert"),
    "a size in words": lambda f: change_config(f, "text_config", hidden_size="16"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", SPOILED)
def test_commands_say_it_and_end_with_2(case, command, tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(tiny("dual")[0], tmp_path / "checkpoint")
    SPOILED[case](tmp_path / "checkpoint")
    with pytest.raises(SystemExit) as ended:
        main(["checkpoint" if word == "FOLDER" else word for word in COMMANDS[command]])
    said = capsys.readouterr().err
    assert ended.value.code == 2 and said.startswith("clipit: ") and said.count("\n") == 1 and "checkpoint" in said
    assert not (tmp_path / "there").exists() and not (tmp_path / "checkpoint" / "sprung").exists()


def test_a_damaged_file_of_flax_is_one_sentence(tiny, tmp_path):
    shutil.copytree(tiny("dual")[0], tmp_path, dirs_exist_ok=True)
    (tmp_path / "model.safetensors").unlink()
    for content in (b"", b"\xff\xff\xff", b"\x81\xa4name", pickle.dumps({"weight": Trap(tmp_path / "sprung")})):
        (tmp_path / "flax_model.msgpack").write_bytes(content)
        sentence_of(load_dual, tmp_path)
    assert not (tmp_path / "sprung").exists()


def test_what_the_caller_asks_for_in_vain_is_one_sentence(tiny):
    folder = tiny("vision")[0]
    assert "do not fill an image_size of 33" in sentence_of(load_vision, folder, image_size=33)
    assert "dtype is float32 or bfloat16, not int8" in sentence_of(load_vision, folder, dtype="int8")
    assert "pooling is" in sentence_of(load_text, tiny("bert")[0], pooling="last")


@pytest.mark.parametrize("load", [load_vision, load_text, load_clip, load_dual, clipit.load])
def test_a_hub_out_of_reach_is_one_sentence(load):
    """The tests run with HF_HUB_OFFLINE."""
    assert "no folder nobody/nothing, and the hub cannot be reached" in sentence_of(load, "nobody/nothing")


@pytest.mark.parametrize("name", ["a/b/c", "no name at all", "-/-"])
def test_a_name_that_the_hub_could_not_have_is_one_sentence(name):
    assert "There is no folder" in sentence_of(load_vision, name)
