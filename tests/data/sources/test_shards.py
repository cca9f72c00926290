"""Webdataset shards from elsewhere: read when they are harmless, refused when they are not."""

import io
import json
import tarfile
from collections import Counter

import pytest
from PIL import Image

from clipit.data.sources import ShardError, open_picture, open_source, shards
from clipit.data.sources.reading import EMPTY, MISSING


def picture(form):
    encoded = io.BytesIO()
    Image.new("RGB", (8, 6), "red").save(encoded, form)
    return encoded.getvalue()


def shard(path, members):
    with tarfile.open(path, "w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            if content is None:
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            else:
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content or b""))
    return path


def test_mixed_pictures_text_and_json(tmp_path):
    told = {"caption": "tre gatti", "url": "http://a.org/3.jpg", "language": "it", "extra": [1, {"x": None}]}
    members = {
        "a/1.jpg": picture("JPEG"), "a/1.txt": b"un gatto",
        "a/2.png": picture("PNG"), "a/2.txt": "due &amp; più".encode(),
        "a/3.webp": picture("WEBP"), "a/3.json": json.dumps(told).encode(),
        "a/4.jpg": picture("JPEG"), "a/4.txt": b" ",
        "a/5.txt": b"senza",
    }  # fmt: skip
    shard(tmp_path / "00000.tar", members)
    shard(tmp_path / "00001.tar", {"1.jpg": picture("JPEG"), "1.txt": b"altro"})
    faults = Counter()
    rows = list(shards(tmp_path, language="it").rows(faults))
    assert [row["caption"] for row in rows] == ["un gatto", "due & più", "tre gatti", "altro"]
    assert [open_picture(row["image"]).shape for row in rows] == [(6, 8, 3)] * 4
    assert rows[2]["key"] == rows[2]["url"] == "http://a.org/3.jpg"
    assert len({row["key"] for row in rows}) == 4 and faults == {EMPTY: 1, MISSING: 1}
    assert open_source(str(tmp_path)).name == "shards"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("../../evil.jpg", b"x", "'../../evil.jpg' in it leads out of the shard"),
        ("/etc/cron.d/evil.txt", b"x", "leads out of the shard"),
        ("a/../../evil.jpg", b"x", "leads out of the shard"),
        ("..\\evil.jpg", b"x", "leads out of the shard"),
        ("C:/evil.jpg", b"x", "leads out of the shard"),
        ("1.pkl", b"x", "is no picture, text or JSON"),
        ("1.pth", b"x", "is no picture, text or JSON"),
        ("1.npy", b"x", "is no picture, text or JSON"),
        ("1.jpg.gz", b"x", "is no picture, text or JSON"),
        (".jpg", b"x", "is no picture, text or JSON"),
        ("1.jpg", None, "is a link or a device"),
    ],
)
def test_tricks_are_refused_before_anything_is_read(tmp_path, name, content, said):
    shard(tmp_path / "00000.tar", {"0.jpg": picture("JPEG"), "0.txt": b"un gatto", name: content})
    read = shards(tmp_path).rows()
    with pytest.raises(ShardError, match="00000.tar is refused") as error:
        next(read)
    assert said in str(error.value)


@pytest.mark.parametrize("content", [b"", b"not a tar file at all", None])
def test_a_damaged_shard_is_named(tmp_path, content):
    path = shard(tmp_path / "00000.tar", {"0.jpg": b"x" * 5000, "0.txt": b"un gatto"})
    path.write_bytes(path.read_bytes()[:3000] if content is None else content)
    with pytest.raises(ShardError, match="00000.tar is not a tar file, or is cut off"):
        list(shards(tmp_path).rows())


@pytest.mark.parametrize("members", [{"0.txt": b"citt\xe0"}, {"0.json": b"{"}])
def test_damaged_text_is_said(tmp_path, members):
    shard(tmp_path / "00000.tar", {"0.jpg": picture("JPEG"), **members})
    with pytest.raises(ShardError, match="A text in the shards of .* is damaged"):
        list(shards(tmp_path).rows())


def test_no_shards(tmp_path):
    with pytest.raises(ValueError, match="holds no webdataset shards"):
        shards(tmp_path)
