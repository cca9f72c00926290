"""Captions into another language: translators behind one interface, and a run that never loses a translation."""

from clipit.data.translation.apertium import Apertium
from clipit.data.translation.kept import Translations
from clipit.data.translation.marian import Marian, load_marian
from clipit.data.translation.ready import Ready, read_ready
from clipit.data.translation.run import TranslationSettings, translate, translate_source
from clipit.data.translation.translator import TranslationError, Translator, open_translator

__all__ = [
    "Apertium",
    "Marian",
    "Ready",
    "TranslationError",
    "TranslationSettings",
    "Translations",
    "Translator",
    "load_marian",
    "open_translator",
    "read_ready",
    "translate",
    "translate_source",
]
