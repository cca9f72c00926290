"""The published protocols on small copies of ImageNet's and MSCOCO-IT's form, against a count by hand."""

import json

import numpy as np
import pytest

from clipit.apps.protocols import measure_retrieval, measure_zero_shot, read_labels_text, read_templates
from clipit.cli import main
from clipit.data.emoji.lexicon import language
from clipit.data.emoji.world import make_world
from clipit.data.sources import SourceSettings
from clipit.hub import load

CLASSES = {"n01": "cat", "n02": "apple", "n03": "house"}


@pytest.fixture(scope="module")
def quick():
    return load("quick")


@pytest.fixture(scope="module")
def world():
    return make_world("test", 300)


@pytest.fixture(scope="module")
def imagenet(world, tmp_path_factory):
    """Folders of pictures that show one kind of thing, one broken file among them, and a list of names."""
    place = tmp_path_factory.mktemp("imagenet")
    for folder, concept in CLASSES.items():
        (place / folder).mkdir()
        rows = [row for row, kinds in enumerate(world["objects"]) if kinds == [concept]]
        assert rows, f"the world shows no {concept}"
        for row in rows:
            world[row]["image"].save(place / folder / f"{row}.JPEG", "PNG")
    (place / "n02" / "broken.JPEG").write_bytes(b"no picture")
    names = [f"{folder}\t{language('it').noun(concept)}" for folder, concept in CLASSES.items()]
    (place / "names.tsv").write_text("\n".join(reversed(names)), "utf-8")
    return place


def nearest(quick, place, texts):
    """Share of right answers, one picture at a time."""
    model, tokenizer = quick
    classes = np.asarray(model.encode_text(tokenizer(texts)))
    right = []
    for number, folder in enumerate(CLASSES):
        for path in (place / folder).iterdir():
            if path.name != "broken.JPEG":
                import clipit

                pixels = model.preprocess(clipit.inputs.open_images([path]))
                right.append(int((np.asarray(model.encode_image(pixels)) @ classes.T).argmax()) == number)
    return np.mean(right), len(right)


def test_zero_shot_names_as_many_as_one_by_one(quick, imagenet, capsys):
    found = measure_zero_shot(*quick, imagenet, imagenet / "names.tsv", None)
    expected, pictures = nearest(quick, imagenet, ["gatto", "mela", "casa"])
    assert found["top1"] == pytest.approx(expected) and found["pictures"] == pictures
    assert (found["classes"], found["names"], found["unreadable"]) == (3, 3, 1)
    assert found["top1.low"] <= found["top1"] <= found["top1.high"]
    assert "top5" not in found and "broken.JPEG" in capsys.readouterr().err
    shares = {name: found[f"right.{name}"] for name in ("n01", "n02", "n03") if f"right.{name}" in found}
    sizes = [len([path for path in (imagenet / name).iterdir() if path.name != "broken.JPEG"]) for name in shares]
    assert len(shares) == 3 and np.average(list(shares.values()), weights=sizes) == pytest.approx(found["top1"])


def test_templates_are_averaged(quick, imagenet, tmp_path):
    (tmp_path / "templates.txt").write_text("{}\nuna foto di {}\n", "utf-8")
    both = measure_zero_shot(*quick, imagenet, imagenet / "names.tsv", tmp_path / "templates.txt")
    assert 0 <= both["top1"] <= 1
    (tmp_path / "twice.txt").write_text("{}\n{}\n", "utf-8")
    alone = measure_zero_shot(*quick, imagenet, imagenet / "names.tsv", None)
    assert measure_zero_shot(*quick, imagenet, imagenet / "names.tsv", tmp_path / "twice.txt") == alone


def test_two_classes_of_one_name_are_never_told_apart(quick, imagenet, tmp_path):
    (tmp_path / "names.txt").write_text("gatto\ngatto\ncasa\n", "utf-8")
    found = measure_zero_shot(*quick, imagenet, tmp_path / "names.txt", None)
    houses = len(list((imagenet / "n03").iterdir()))
    assert found["names"] == 2 and found["top1"] <= houses / found["pictures"]


def test_names_are_found_by_folder_or_by_order():
    assert read_labels_text("b\tdue\na\tuno", ["a", "b"]) == ["uno", "due"]
    assert read_labels_text("uno\n\ndue\n", ["a", "b"]) == ["uno", "due"]
    with pytest.raises(ValueError, match="1 names for 2 folders"):
        read_labels_text("uno", ["a", "b"])
    with pytest.raises(ValueError, match="'b' for one"):
        read_labels_text("a\tuno", ["a", "b"])


@pytest.mark.parametrize("text", ["una foto\n", "\n"])
def test_templates_without_a_place_for_the_name_are_refused(tmp_path, text):
    (tmp_path / "t.txt").write_text(text)
    with pytest.raises(ValueError, match="where the name goes"):
        read_templates(tmp_path / "t.txt")


@pytest.fixture(scope="module")
def coco(world, tmp_path_factory):
    """Forty pictures with several captions each in the form of MSCOCO-IT."""
    place = tmp_path_factory.mktemp("coco")
    (place / "val2014").mkdir()
    images, notes = [], []
    for row in range(40):
        world[row]["image"].save(place / "val2014" / f"COCO_val2014_{row:012d}.jpg")
        images.append({"id": row, "file_name": f"COCO_val2014_{row:012d}.jpg"})
        for caption in dict.fromkeys(world[row]["captions"]):
            notes.append({"id": len(notes), "image_id": row, "caption": caption})
    content = {"images": images, "annotations": notes}
    (place / "captions_ita_devset_unvalidated.json").write_text(json.dumps(content))
    return place, len(notes)


def test_every_caption_is_a_query(quick, coco):
    place, captions = coco
    file = place / "captions_ita_devset_unvalidated.json"
    found = measure_retrieval(*quick, f"mscoco_it:{file}", SourceSettings(pictures=str(place)))
    assert (found["pictures"], found["captions"], found["unreadable"]) == (40, captions, 0)

    import clipit

    model, tokenizer = quick
    pictures = clipit.inputs.open_images([place / "val2014" / f"COCO_val2014_{row:012d}.jpg" for row in range(40)])
    images = np.asarray(model.encode_image(model.preprocess(pictures)))
    notes = json.loads(file.read_text())["annotations"]
    texts = np.asarray(model.encode_text(tokenizer([note["caption"] for note in notes])))
    owners = [note["image_id"] for note in notes]
    ranks = [1 + sum(row[other] >= row[own] for other in range(40) if other != own)
             for row, own in zip(texts @ images.T, owners, strict=True)]  # fmt: skip
    for k in (1, 5, 10):
        assert found[f"text_to_image.mrr@{k}"] == pytest.approx(
            np.mean([1 / r if r <= k else 0 for r in ranks]), abs=5e-3
        )
        assert found[f"text_to_image.recall@{k}"] == pytest.approx(np.mean([r <= k for r in ranks]), abs=5e-3)
    first = [owners[int(row.argmax())] == picture for picture, row in enumerate(images @ texts.T)]
    assert found["image_to_text.recall@1"] == pytest.approx(np.mean(first), abs=0.03)


def test_the_commands_print_and_refuse(quick, imagenet, coco, capsys, tmp_path):
    main(["protocol", "zero-shot", "quick", str(imagenet), "--labels", str(imagenet / "names.tsv"), "--json"])
    assert json.loads(capsys.readouterr().out)["classes"] == 3
    main(["protocol", "retrieval", "quick", f"mscoco_it:{coco[0]}", "--pictures", str(coco[0])])
    assert "text_to_image.mrr@10 0." in capsys.readouterr().out
    for wrong in (["zero-shot", "quick", str(tmp_path / "none")], ["zero-shot", "quick", str(tmp_path)],
                  ["retrieval", "quick", f"mscoco_it:{coco[0]}"]):  # fmt: skip
        with pytest.raises(SystemExit) as stopped:
            main(["protocol", *wrong])
        assert stopped.value.code == 2
        assert capsys.readouterr().err.startswith("clipit: ")
