"""MSCOCO-IT's JSON, with the folders of both years and the faults that such files have."""

import gzip
import json
from collections import Counter

import pytest
from PIL import Image

from clipit.data.sources import mscoco_it
from clipit.data.sources.mscoco_it import NO_CAPTION, NO_PICTURE, REPEATED_ID
from clipit.data.sources.reading import BAD_BYTES, EMPTY, MISSING


def image(number):
    name = f"COCO_val2014_{number:012d}.jpg"
    return {"id": number, "file_name": name, "url": f"http://farm8.staticflickr.com/{number}_z.jpg", "license": 4}


def annotations(*told):
    return [{"id": place, "image_id": number, "caption": caption} for place, (number, caption) in enumerate(told)]


def write(path, images, notes):
    content = json.dumps({"info": {"year": 2014}, "images": images, "annotations": notes}, ensure_ascii=False)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8") as file:
        file.write(content)
    return path


@pytest.fixture
def coco(tmp_path):
    """Pictures 1 and 2 in the folder of 2014, picture 3 only in that of 2017."""
    for place, name in (("val2014", "COCO_val2014_{:012d}.jpg"), ("train2017", "{:012d}.jpg")):
        (tmp_path / "coco" / place).mkdir(parents=True)
        for number in (1, 2) if place == "val2014" else (3,):
            Image.new("RGB", (9, 9)).save(tmp_path / "coco" / place / name.format(number))
    return tmp_path / "coco"


def test_several_captions_a_picture_and_folders_of_both_years(tmp_path, coco):
    notes = annotations((1, "due gatti"), (3, "un cane"), (1, "gatti sul letto"), (1, "due gatti"))
    file = write(tmp_path / "captions_ita_devset_validated.json", [image(1), image(3)], notes)
    first, second = mscoco_it(file, coco).rows()
    assert first["captions"] == ["due gatti", "gatti sul letto"] and first["key"] == "coco/1"
    assert first["image"]["path"].endswith("COCO_val2014_000000000001.jpg")
    assert second["image"]["path"].endswith("train2017/000000000003.jpg")
    assert mscoco_it(file, coco).load()[0]["image"].size == (9, 9)


def test_the_file_says_whether_people_validated_it(tmp_path, coco):
    for name in ("devset_validated", "devset_unvalidated", "trainingset_train2014"):
        write(tmp_path / f"captions_ita_{name}.json.gz", [image(1)], annotations((1, f"un gatto {name}")))
    told = {row["caption"].split()[-1]: row["validated"] for row in mscoco_it(tmp_path, coco).rows()}
    assert told == {"devset_validated": True, "devset_unvalidated": False, "trainingset_train2014": False}


def test_faults_are_counted(tmp_path, coco):
    notes = [
        *annotations((1, "un gatto"), (1, " "), (9, "di nessuno"), (4, "non qui"), (2, "citt\ufffd")),
        {"id": 0, "image_id": 1, "caption": "stesso numero"},
        {"id": 77, "image_id": 1, "caption": "un &quot;gatto&quot;\tnero\n"},
    ]
    faults = Counter()
    file = write(tmp_path / "captions_x.json", [image(1), image(2), image(4), image(1)], notes)
    (row,) = mscoco_it(file, coco).rows(faults)
    assert row["captions"] == ["un gatto", 'un "gatto" nero']
    assert faults == {EMPTY: 1, NO_PICTURE: 1, MISSING: 1, BAD_BYTES: 1, NO_CAPTION: 1, REPEATED_ID: 1}


def test_without_the_folder_there_are_addresses(tmp_path):
    (row,) = mscoco_it(write(tmp_path / "captions_x.json", [image(7)], annotations((7, "un gatto")))).rows()
    assert row["image"] is None and row["url"] == "http://farm8.staticflickr.com/7_z.jpg"


@pytest.mark.parametrize("content", ["{", "[]", '{"images": []}', '{"images": [{"x": 1}], "annotations": []}'])
def test_a_damaged_file_is_named(tmp_path, content):
    (tmp_path / "captions_x.json").write_text(content)
    with pytest.raises(ValueError, match="captions_x.json is not a file of COCO's captions, or is cut off"):
        list(mscoco_it(tmp_path).rows())


def test_missing_places_are_named(tmp_path):
    with pytest.raises(ValueError, match="There is no file or folder"):
        mscoco_it(tmp_path / "nowhere.json")
    file = write(tmp_path / "captions_x.json", [image(7)], annotations((7, "un gatto")))
    with pytest.raises(ValueError, match="There is no folder"):
        mscoco_it(file, tmp_path / "nowhere")
    with pytest.raises(ValueError, match="holds no pictures of COCO"):
        list(mscoco_it(file, tmp_path).rows())
