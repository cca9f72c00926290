"""Apertium: translation by dictionaries and rules, offline, from Debian's packages.

Forcada et al. 2011, "Apertium: a free/open-source platform for rule-based machine translation". There is no pair
from English to Italian, so English goes to Spanish and Spanish to Italian, and the faults of both add up: an honest
example of a poor translation. ``apt-get install apertium apertium-eng-spa apertium-spa-ita``.

>>> Apertium(("eng-spa", "spa-ita"), program="no-such-program")
Traceback (most recent call last):
ValueError: There is no program no-such-program here; on Debian: apt-get install apertium apertium-eng-spa ...
"""

import shutil
import subprocess
from collections.abc import Sequence

from clipit.data.translation.translator import TranslationError

PAIRS = ("eng-spa", "spa-ita")
SECONDS = 600  # for a batch


class Apertium:
    """A translator that goes through one or more of Apertium's pairs."""

    def __init__(self, pairs: tuple[str, ...] = PAIRS, program: str = "apertium"):
        """Looks for the program.

        Args:
            pairs: names of Apertium's modes, one after the other.
            program: its name or path.

        Raises:
            ValueError: the program, or one of the pairs, is not installed.
        """
        packages = " ".join(f"apertium-{pair}" for pair in pairs)
        found = shutil.which(program)
        if found is None:
            raise ValueError(f"There is no program {program} here; on Debian: apt-get install apertium {packages}")
        listed = subprocess.run([found, "-l"], capture_output=True, text=True).stdout.split()
        missing = [pair for pair in pairs if pair not in listed]
        if missing:
            raise ValueError(
                f"Apertium has no pair {missing[0]} here; on Debian: apt-get install apertium-{missing[0]}"
            )
        self.name, self.pairs, self.program = f"apertium {' '.join(pairs)}", pairs, found

    def __call__(self, sentences: Sequence[str]) -> list[str]:
        """The translations; words that Apertium does not know stay as they are."""
        return self._run([sentence if sentence.strip() else "." for sentence in sentences])

    def _run(self, sentences: list[str]) -> list[str]:
        # An empty line keeps sentences apart; when they run together nevertheless, each goes alone.
        text = "\n\n".join(" ".join(sentence.split()) for sentence in sentences) + "\n"
        for pair in self.pairs:
            text = self._through(pair, text)
        translated = [line.strip() for line in text.strip("\n").split("\n\n")]
        if len(translated) == len(sentences):
            return translated
        if len(sentences) == 1:
            return [" ".join(text.split())]
        return [self._run([sentence])[0] for sentence in sentences]

    def _through(self, pair: str, text: str) -> str:
        try:
            ran = subprocess.run(
                [self.program, "-u", pair], input=text, capture_output=True, encoding="utf-8", timeout=SECONDS
            )
        except subprocess.TimeoutExpired:
            raise TranslationError(f"Apertium took more than {SECONDS} seconds for one batch.") from None
        if ran.returncode:
            raise TranslationError(f"Apertium stopped with {ran.returncode}: {ran.stderr.strip()[:200]}")
        return ran.stdout
