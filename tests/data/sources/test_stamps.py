"""Stamps from a folder and from a small .deb that the test makes: an ar archive with a tar file in it."""

import io
import shutil
import subprocess
import tarfile
from collections import Counter

import pytest
from PIL import Image

from clipit.data.sources import stamps
from clipit.data.sources.reading import BAD_BYTES, EMPTY, MISSING
from clipit.data.sources.stamps import NOT_TRANSLATED

TEXTS = {
    "animals/birds/hen": b"A brown hen.\nde.utf8=Eine braune Henne.\nit.utf8=Una gallina marrone.\n",
    "food/cake": b"A cake.\nde.utf8=Ein Kuchen.\n",
    "food/egg": b"An egg.\r\nit.utf8=Un uovo &amp; basta.\r\n",
    "space/drawn": b"A rocket.\nit.utf8=Un razzo.\n",
    "symbols/empty": b"A symbol.\nit.utf8=\n",
    "symbols/latin": "A town.\nit.utf8=Una città.\n".encode("latin-1"),
}
PICTURES = ("animals/birds/hen", "animals/birds/hen_mirror", "food/cake", "food/egg", "symbols/empty", "symbols/latin")


def png():
    encoded = io.BytesIO()
    Image.new("RGBA", (12, 8), (200, 10, 10, 128)).save(encoded, "PNG")
    return encoded.getvalue()


FILES = {f"{name}.png": png() for name in PICTURES} | {f"{name}.txt": text for name, text in TEXTS.items()}


@pytest.fixture
def folder(tmp_path):
    for name, content in FILES.items():
        path = tmp_path / "stamps" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tmp_path / "stamps"


def package(compression, order=reversed):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=f"w:{compression}") as archive:
        for name in order(list(FILES)):
            member = tarfile.TarInfo(f"./usr/share/tuxpaint/stamps/{name}")
            member.size = len(FILES[name])
            archive.addfile(member, io.BytesIO(FILES[name]))
        archive.addfile(tarfile.TarInfo("./usr/share/doc/readme.txt"), io.BytesIO())
    return {"debian-binary": b"2.0\n", "control.tar.xz": b"odd", f"data.tar.{compression}": data.getvalue()}


def check(source):
    faults = Counter()
    rows = sorted(source.rows(faults), key=lambda row: row["key"])
    assert [(row["key"], row["caption"], row["english"], row["category"]) for row in rows] == [
        ("stamps/animals/birds/hen", "Una gallina marrone.", "A brown hen.", "animals"),
        ("stamps/food/egg", "Un uovo & basta.", "An egg.", "food"),
    ]
    assert faults == {NOT_TRANSLATED: 1, MISSING: 1, EMPTY: 1, BAD_BYTES: 1}
    assert source.load()[0]["image"].size == (12, 8)


def test_a_folder(folder):
    check(stamps(folder))


@pytest.mark.parametrize("compression", ["xz", "gz"])
def test_a_package_that_is_not_installed(ar, tmp_path, compression):
    (tmp_path / "stamps.deb").write_bytes(ar(package(compression)))
    check(stamps(tmp_path / "stamps.deb"))


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="only Debian has dpkg-deb")
def test_a_package_made_by_debians_own_tool(folder, tmp_path):
    root = tmp_path / "root"
    shutil.copytree(folder, root / "usr/share/tuxpaint/stamps")
    (root / "DEBIAN").mkdir()
    fields = {"Package": "x", "Version": "1", "Architecture": "all", "Maintainer": "x <x@a.org>", "Description": "x"}
    (root / "DEBIAN/control").write_text("".join(f"{name}: {value}\n" for name, value in fields.items()))
    made = tmp_path / "made.deb"
    subprocess.run(["dpkg-deb", "-Zxz", "--build", root, made], check=True, capture_output=True)
    check(stamps(made))


def test_another_language(folder):
    captions = {row["caption"] for row in stamps(folder, "de").rows()}
    assert captions == {"Eine braune Henne.", "Ein Kuchen."}


DAMAGES = {
    "another file": lambda content: b"PK" + content,
    "cut off": lambda content: content[: len(content) // 2],
    "garbage": lambda content: content[:8] + b"?" * 200,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_package_is_named(ar, tmp_path, damage):
    (tmp_path / "stamps.deb").write_bytes(damage(ar(package("xz"))))
    with pytest.raises(ValueError, match="stamps.deb"):
        list(stamps(tmp_path / "stamps.deb").rows())


def test_ubuntus_packing_is_named(ar, tmp_path):
    (tmp_path / "stamps.deb").write_bytes(ar({"debian-binary": b"2.0\n", "data.tar.zst": b"x"}))
    with pytest.raises(ValueError, match="packed with zstd: unpack it with `dpkg-deb -x stamps.deb FOLDER`"):
        list(stamps(tmp_path / "stamps.deb").rows())


def test_where_to_get_them_is_said(tmp_path):
    with pytest.raises(ValueError, match="apt-get download tuxpaint-stamps-default"):
        stamps(tmp_path / "nowhere")
