"""What a translator is: it has a name, and turns sentences into as many sentences.

>>> open_translator("oracle")
Traceback (most recent call last):
ValueError: There is no translator 'oracle'; choose apertium, marian:FOLDER_OR_HUB_NAME, or file:PLACE.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable


class TranslationError(RuntimeError):
    """A translator that cannot go on; what it had translated before is kept."""


@runtime_checkable
class Translator(Protocol):
    """A translator. Its name is kept beside each translation, so that those of different translators never mix."""

    name: str

    def __call__(self, sentences: Sequence[str]) -> list[str]:
        """The translations, in the order of the sentences; raises TranslationError when it cannot go on."""


def open_translator(wanted: str) -> Translator:
    """The translator that is meant.

    Args:
        wanted: "apertium" (English to Italian by way of Spanish) or "apertium:eng-spa,spa-ita"; "marian:" and a
            folder with a Marian model for CTranslate2, or its name on the hub; "file:" and a file of translations.

    Raises:
        ValueError: there is no such translator, or what it needs is not there.
    """
    kind, _, place = wanted.partition(":")
    if kind == "apertium":
        from clipit.data.translation.apertium import Apertium

        return Apertium(tuple(place.split(","))) if place else Apertium()
    if kind == "marian" and place:
        from clipit.data.translation.marian import load_marian

        return load_marian(place)
    if kind == "file" and place:
        from clipit.data.translation.ready import read_ready

        return read_ready(place)
    raise ValueError(f"There is no translator {wanted!r}; choose apertium, marian:FOLDER_OR_HUB_NAME, or file:PLACE.")
