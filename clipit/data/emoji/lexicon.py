"""The words for what is drawn: concepts, and languages that can name, count and colour them.

Everything that is peculiar to a language is data (``data/lexicon/it.csv`` and ``it.toml``); this file only reads it.

>>> italian = language("it")
>>> italian.noun_phrase(Group("backpack", 1, "red"))
'uno zaino rosso'
>>> italian.noun_phrase(Group("egg", 3, "white"), article="definite")
'le tre uova bianche'
>>> italian.join("a sinistra di ", "l'albero")
"a sinistra dell'albero"
"""

import csv
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from clipit.data.emoji.scene import COLORS, OWN_COLORS, RELATIONS, Group
from clipit.data.locate import data_folder

NUMBER_WORDS = (2, 3, 4, 5, 6)


@dataclass(frozen=True)
class Concept:
    """One thing that can be drawn: its identifier, its emoji, and whether things can stand on it."""

    name: str
    codepoint: str
    family: str
    support: bool
    held_out: bool


@dataclass(frozen=True)
class Noun:
    """One row of a language's CSV. The gender is empty where a language has none."""

    singular: str
    plural: str
    gender: str
    plural_gender: str


@lru_cache
def concepts(held_out: bool | None = None) -> tuple[Concept, ...]:
    """All concepts in the file's order, or only those that are (True) or are not (False) held out of training."""
    everything = tuple(
        Concept(row["concept"], row["codepoint"], row["family"], row["support"] == "1", row["held_out"] == "1")
        for row in _read_csv(data_folder("lexicon", "concepts.csv"))
    )
    return tuple(concept for concept in everything if held_out is None or concept.held_out == held_out)


@dataclass(frozen=True, eq=False)  # compared by identity, so that its methods can be cached
class Language:
    """One language: its nouns (from the CSV) and everything else (``grammar``, from the TOML file)."""

    name: str
    nouns: dict[str, Noun]
    grammar: dict

    def noun(self, concept: str, count: int | None = None) -> str:
        """The noun alone, in the singular for one (or when no count is said), else in the plural."""
        return self._noun(concept).singular if count in (None, 1) else self._noun(concept).plural

    def color(self, color: str, agreement: str) -> str:
        """The adjective in the form that agrees: ``agreement`` is a gender (m, f or none) and s or p, as in "fp"."""
        return _form(self.grammar["colors"][color], agreement)

    def agreement(self, concept: str, count: int | None) -> str:
        """What articles and adjectives must agree with: "ms", "fs", "mp", "fp"; only "s", "p" without genders."""
        noun = self._noun(concept)
        return noun.gender + "s" if count in (None, 1) else noun.plural_gender + "p"

    @lru_cache(maxsize=1 << 17)  # noqa: B019 - languages live as long as the program
    def noun_phrase(self, group: Group, article: str = "indefinite") -> str:
        """A group in words: article or number, noun, colour, all agreeing.

        ``article`` is a kind of the grammar's table ``articles`` ("indefinite": un gatto, due gatti, dei gatti;
        "definite": il gatto, i due gatti, i gatti; "some": alcuni gatti; "plain": un gatto, gatti) or "bare"
        (gatto, due gatti, gatti). A group whose count is not said is always bare: the word for a short query.
        """
        agreement = self.agreement(group.concept, group.count)
        said_number = group.count in NUMBER_WORDS
        color = None if group.color == OWN_COLORS else group.color
        words = {
            "number": _form(self.grammar["numbers"][str(group.count)], agreement) if said_number else "",
            "noun": self.noun(group.concept, group.count),
            "color": self.color(color, agreement) if color else "",
        }
        phrase = self.grammar.get("space", " ").join(words[part] for part in self.grammar["order"] if words[part])
        if group.count is None or article == "bare":
            return phrase
        if said_number and not self._articles(article).get("with_number", False):
            return phrase
        return self.article(article, agreement, phrase) + phrase

    def article(self, kind: str, agreement: str, following: str) -> str:
        """The article, with the space that belongs to it, that fits the word which really follows."""
        table = self._articles(kind)
        if agreement not in table and "like" in table:
            table = self._articles(table["like"])
        return choose_by_next_word(table[agreement], following)

    def join(self, text: str, phrase: str) -> str:
        """Text and phrase, with a preposition and an article contracted where they meet (su + il = sul)."""
        contractions = self.grammar.get("contractions")
        if contractions and text.endswith(" "):
            start = text.rfind(" ", 0, -1) + 1
            contracted = contractions.get(text[start:-1])
            if contracted:
                article = _first_article(phrase)
                if article in contracted:
                    return text[:start] + contracted[article] + phrase[len(article) :]
        return text + phrase

    def _noun(self, concept: str) -> Noun:
        if concept not in self.nouns:
            raise ValueError(f"the {self.name} lexicon has no concept {concept!r}; see data/lexicon/concepts.csv")
        return self.nouns[concept]

    def _articles(self, kind: str) -> dict:
        kinds = self.grammar["articles"]
        if kind not in kinds:
            raise ValueError(f"{self.name} has no articles of the kind {kind!r}, only: bare, {', '.join(kinds)}")
        return kinds[kind]


@lru_cache
def language(name: str) -> Language:
    """The language of ``data/lexicon/<name>.csv`` and ``<name>.toml``."""
    folder = data_folder("lexicon")
    known = sorted(path.stem for path in folder.glob("*.toml") if path.with_suffix(".csv").is_file())
    if name not in known:
        raise ValueError(f"unknown language {name!r}; known: {', '.join(known)}")
    nouns = {
        row["concept"]: Noun(row["singular"], row["plural"], gender, row.get("plural_gender") or gender)
        for row in _read_csv(folder / f"{name}.csv")
        for gender in [row.get("gender") or ""]
    }
    grammar = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
    _check_complete(name, nouns, grammar)
    return Language(name, nouns, grammar)


@lru_cache
def written_frequencies(language: str = "it") -> tuple[float, ...]:
    """For each count from one to six, how often real text writes its number word, when "two" is 1.

    The entry for one is 1: its article, or the singular itself, is always written.
    """
    rows = [row for row in _read_csv(data_folder("lexicon", "number_frequencies.csv")) if row["language"] == language]
    if not rows:
        raise ValueError(f"data/lexicon/number_frequencies.csv has no rows for the language {language!r}")
    return 1.0, *(float(row["relative"]) for row in sorted(rows, key=lambda row: int(row["count"])))


def choose_by_next_word(rules: list[list[str]], following: str) -> str:
    """The text of the first rule whose pattern fits the first word of what follows."""
    word = following.split(" ", 1)[0]
    for pattern, text in rules:
        if _compiled(pattern).search(word):
            return text
    raise ValueError(f"no rule of {rules} fits the word {word!r}; end the list with one whose pattern is empty")


def _first_article(phrase: str) -> str:
    """The phrase up to its first space, or up to and with its first apostrophe: "il", "l'"."""
    word = phrase.split(" ", 1)[0]
    return word[: word.index("'") + 1] if "'" in word else word


def _form(forms: str | dict[str, str], agreement: str) -> str:
    """The form that agrees; a plain string is a word that never changes."""
    return forms if isinstance(forms, str) else forms[agreement]


@lru_cache
def _compiled(pattern: str) -> re.Pattern:
    return re.compile(pattern, re.IGNORECASE)


def _read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file as dictionaries; lines that start with # say how it was made."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def _check_complete(name: str, nouns: dict[str, Noun], grammar: dict) -> None:
    """Raise ValueError with everything that a language's two files lack: who adds one sees it all at once."""
    needed = {
        f"nouns in {name}.csv": ({concept.name for concept in concepts()}, nouns),
        f"numbers in {name}.toml": ({str(number) for number in NUMBER_WORDS}, grammar.get("numbers", {})),
        f"colors in {name}.toml": (set(COLORS), grammar.get("colors", {})),
        f"relations in {name}.toml": (set(RELATIONS), grammar.get("relations", {})),
        f"articles in {name}.toml": ({"indefinite", "definite", "some", "plain"}, grammar.get("articles", {})),
        f"tables in {name}.toml": ({"order", "background", "together", "sentences"}, grammar),
    }
    missing = [f"{what}: {', '.join(sorted(wanted - set(there)))}" for what, (wanted, there) in needed.items()
               if wanted - set(there)]  # fmt: skip
    if missing:
        raise ValueError(f"the language {name!r} lacks " + "; ".join(missing))
