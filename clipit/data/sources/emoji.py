"""Emoji: some 1,390 things, each drawn by several artists and named in fourteen languages.

The names are those that Unicode gives them in each language (CLDR), as the package ``emoji`` carries them. Flags, skin
tones and what is joined of several are left out: of those one artist's picture hardly differs from another's, or one
name from the next. Every art gives one row; the rows of one thing have the same key.

>>> telling(":gatto_nero:")
'gatto nero'
"""

from collections import Counter
from collections.abc import Iterator
from functools import cache, partial

from datasets import Value

from clipit.data.emoji.portraits import PORTRAIT_ARTS, draws, portrait_file
from clipit.data.sources.columns import Row, make_row, with_columns
from clipit.data.sources.reading import Source

ARTS = "openmoji+twemoji"
FEATURES = with_columns(english=Value("string"), art=Value("string"))
FLAGS = range(0x1F1E6, 0x1F200)
VARIANT = "\ufe0f"  # asks for colour, draws nothing


def emoji(arts: str | None = None, language: str = "it") -> Source:
    """Emoji with their names.

    Args:
        arts: which, with + between them: "openmoji", "twemoji", "noto". Only what all of them draw is given.
        language: of the names.

    Raises:
        ValueError: there is no such art here, the package is not installed, or has no such language.
    """
    chosen = tuple((arts or ARTS).split("+"))
    unknown = [art for art in chosen if art not in PORTRAIT_ARTS]
    if unknown:
        raise ValueError(f"There is no art called {unknown[0]!r}; choose of {', '.join(PORTRAIT_ARTS)}.")
    for art in chosen:
        draws("1F408", art)
    names(language)
    return Source("emoji", partial(read, chosen, language), FEATURES, choices=f"{language}: {'+'.join(chosen)}")


@cache
def names(language: str) -> dict[str, tuple[str, str]]:
    """From code points such as "1F408" to names, in a language and in English, in the order of the code points."""
    try:
        from emoji import EMOJI_DATA, LANGUAGES, STATUS, config
    except ImportError:
        raise ValueError("The names of emoji come with the package emoji: pip install emoji.") from None
    if language not in LANGUAGES:
        raise ValueError(f"The package emoji has no names in {language!r}; it has {', '.join(LANGUAGES)}.")
    config.load_language(language)
    found = {}
    for character, about in EMOJI_DATA.items():
        single = character.replace(VARIANT, "")
        whole = len(single) == 1 and ord(single) not in FLAGS and about["status"] == STATUS["fully_qualified"]
        if whole and language in about:
            found[f"{ord(single):04X}"] = telling(about[language]), telling(about["en"])
    return dict(sorted(found.items(), key=lambda item: int(item[0], 16)))


def telling(name: str) -> str:
    """A name as the package writes it, as one would say it."""
    return name.strip(":").replace("_", " ")


def read(arts: tuple[str, ...], language: str, faults: Counter[str]) -> Iterator[Row]:
    """The rows, art by art within each thing."""
    for codepoint, (name, english) in names(language).items():
        missing = [art for art in arts if not draws(codepoint, art)]
        if missing:
            faults[f"not drawn by {missing[0]}"] += 1
            continue
        for art in arts:
            yield make_row(
                caption=name,
                source="emoji",
                key=f"emoji/{codepoint}",
                path=str(portrait_file(codepoint, art)),
                language=language,
                english=english,
                art=art,
            )
