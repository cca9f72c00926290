"""``clipit data clean`` and ``translate``: a source through the rules or a translator, into files for training.

>>> cleaned_name("wit", CleaningSettings()) == cleaned_name("wit", CleaningSettings(fewest_words=3))
False
"""

import json
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from clipit.data.cleaning import CleaningSettings, Funnel, clean_source, default_tagger, make_rules
from clipit.data.preparing import prepare
from clipit.data.sources import Source
from clipit.data.translation import (
    Translations,
    TranslationSettings,
    open_translator,
    translate,
    translate_source,
)

FUNNEL, PICTURE = "funnel.json", "funnel.png"


@dataclass(frozen=True)
class Cleaned:
    """What a run of the rules did: the captions that came, what each rule dropped, and what is left."""

    captions: int
    dropped: dict[str, int]
    left: int
    pictures: int
    pictures_left: int
    tagger: str


def cleaned_name(source: str, settings: CleaningSettings) -> str:
    """The name of a cleaned source: with other rules it is another one."""
    rules = blake2b(json.dumps(asdict(settings), sort_keys=True).encode(), digest_size=4).hexdigest()
    return f"{source}, cleaned ({rules})"


def clean(
    source: Source, folder: Path, settings: CleaningSettings | None = None, quiet: bool = False
) -> tuple[Cleaned, list[str]]:
    """Writes what the rules leave of a source, as ``clipit data prepare`` does, and the funnel as table and picture.

    Args:
        source: what to read.
        folder: where to write; a run that was stopped goes on there.
        settings: which rules, and how strict.
        quiet: without a progress bar.

    Returns:
        The numbers, and the funnel in lines.

    Raises:
        ValueError: a rule does not exist, or the folder holds something else.
    """
    settings = settings or CleaningSettings()
    name, tagger = default_tagger()
    cleaned, funnel = clean_source(source, make_rules(settings, tagger))
    prepare(replace(cleaned, name=cleaned_name(source.name, settings)), folder, quiet=quiet)
    if not funnel.rows:  # it was finished before, so that nothing was read
        for _ in cleaned.rows():
            pass
    found = Cleaned(funnel.captions, dict(funnel.dropped), funnel.left, funnel.rows, funnel.rows_left, name)
    keep(found, funnel, folder)
    examples = [f"{step.rule}: {'; '.join(step.examples)}" for step in funnel.steps() if step.examples]
    return found, [*funnel.table(), f"proper nouns by: {name}", *examples, f"{folder / PICTURE} shows it."]


def keep(found: Cleaned, funnel: Funnel, folder: Path) -> None:
    """Writes the funnel beside the data."""
    from clipit.plots.funnel import plot_funnel

    shown = asdict(found) | {"examples": funnel.examples}
    (folder / FUNNEL).write_text(json.dumps(shown, ensure_ascii=False, indent=2) + "\n", "utf-8")
    if funnel.captions:
        steps = funnel.steps()
        rules, dropped = [step.rule for step in steps], [step.dropped for step in steps]
        plot_funnel("Captions dropped by each rule", funnel.captions, rules, dropped).savefig(folder / PICTURE, dpi=150)


def translate_into(
    source: Source, folder: Path, translator: str, language: str = "it", settings: TranslationSettings | None = None
) -> dict[str, Any]:
    """Translates a source's captions and writes the pairs, as ``clipit data prepare`` does.

    The translations lie beside the folder, in ``FOLDER.translations.jsonl``, and are only ever added to.

    Args:
        source: what to read.
        folder: where to write; a run that was stopped goes on there.
        translator: see ``clipit.data.translation.open_translator``.
        language: of the translations.
        settings: how.

    Returns:
        How many captions were translated now, how many translations there are, and how many rows were written.

    Raises:
        ValueError: the translator does not exist, or the folder holds something else.
        TranslationError: the translator could not go on; what it had translated is kept.
    """
    settings = settings or TranslationSettings()
    engine = open_translator(translator)
    kept = Translations(folder.with_name(f"{folder.name}.translations.jsonl"), engine.name)
    captions = (caption for row in source.rows() for caption in row["captions"])
    now = translate(captions, engine, kept, settings)
    translated = translate_source(source, kept, language)
    record = prepare(replace(translated, name=f"{source.name}, {engine.name}"), folder, quiet=settings.quiet)
    return {"translated": now, "kept": len(kept), "rows": record["rows"], "translations": str(kept.path)}
