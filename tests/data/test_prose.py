"""The book's sentences, from its text or out of a Debian package that the test makes."""

import gzip
import io
import tarfile

import pytest

from clipit.data.prose import prose

TEXT = """
Capitolo 1. Il sistema

   Questo manuale è scritto per chi comincia. Ogni comando
   è spiegato con un esempio!

   $ ls -l /usr/share | grep "x" > y.

   Configurazione del file system 9.6.6.
"""
SENTENCES = ["Questo manuale è scritto per chi comincia.", "Ogni comando è spiegato con un esempio!"]


def package(content, name="./usr/share/debian-reference/debian-reference.it.txt.gz"):
    """The members of a .deb, the last of which is a packed tar."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return {"debian-binary": b"2.0\n", "data.tar.xz": packed.getvalue()}


def test_sentences_are_read_and_headings_and_commands_are_not(tmp_path):
    (tmp_path / "book.txt.gz").write_bytes(gzip.compress(TEXT.encode()))
    assert prose(tmp_path / "book.txt.gz") == SENTENCES


def test_the_package_is_read_without_installing_it(ar, tmp_path):
    (tmp_path / "book.deb").write_bytes(ar(package(gzip.compress(TEXT.encode()))))
    assert prose(tmp_path / "book.deb") == SENTENCES


def test_a_missing_book_and_another_package_are_a_sentence(ar, tmp_path):
    with pytest.raises(ValueError, match="apt-get download debian-reference-it"):
        prose(tmp_path / "none.deb")
    (tmp_path / "other.deb").write_bytes(ar(package(b"x", "./usr/share/other")))
    with pytest.raises(ValueError, match="it is another package"):
        prose(tmp_path / "other.deb")
