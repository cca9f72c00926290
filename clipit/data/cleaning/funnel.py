"""Captions through the rules, one after the other, and how many each rule dropped.

A caption is dropped by the first rule that it breaks, so a rule's number depends on those before it.

>>> kept, funnel = filter_captions(["Due gatti neri", "Anna Maria Mozzoni", "two dogs", "Un cane sul divano"])
>>> kept
['Due gatti neri', 'Un cane sul divano']
>>> [(step.rule, step.dropped) for step in funnel.steps() if step.dropped]
[('language', 1), ('proper nouns', 1)]
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from clipit.data.cleaning.rules import Rule, make_rules
from clipit.data.sources.columns import Row
from clipit.data.sources.reading import Source

EXAMPLES = 5  # that are kept for each rule


@dataclass(frozen=True)
class Step:
    """One rule of a funnel: how many captions came to it, how many it dropped, and the first of these."""

    rule: str
    came: int
    dropped: int
    examples: tuple[str, ...]


@dataclass
class Funnel:
    """What became of captions.

    Attributes:
        rules: names of the rules, in their order.
        captions: how many came in.
        dropped: how many each rule dropped.
        rows: pictures that came in, for rows with several captions.
        rows_left: pictures that kept a caption.
        examples: for each rule the first captions that it dropped.
    """

    rules: tuple[str, ...]
    captions: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    rows: int = 0
    rows_left: int = 0
    examples: dict[str, list[str]] = field(default_factory=dict)

    def reason(self, caption: str, rules: Sequence[Rule]) -> str | None:
        """The name of the first rule that drops a caption, or None; counts it."""
        self.captions += 1
        broken = next((rule.name for rule in rules if rule.drops(caption)), None)
        if broken:
            self.dropped[broken] += 1
            shown = self.examples.setdefault(broken, [])
            if len(shown) < EXAMPLES:
                shown.append(caption)
        return broken

    def steps(self) -> list[Step]:
        """The rules one after the other."""
        came, steps = self.captions, []
        for rule in self.rules:
            steps.append(Step(rule, came, self.dropped[rule], tuple(self.examples.get(rule, ()))))
            came -= self.dropped[rule]
        return steps

    @property
    def left(self) -> int:
        """How many captions passed all rules."""
        return self.captions - self.dropped.total()

    def table(self) -> list[str]:
        """The funnel as lines of text."""
        lines = [f"{'rule':<14}{'came':>10}{'dropped':>10}   share"]
        for step in self.steps():
            share = step.dropped / step.came if step.came else 0.0
            lines.append(f"{step.rule:<14}{step.came:>10,}{step.dropped:>10,}{100 * share:>6.1f} %")
        return [*lines, f"{'left':<14}{self.left:>10,}"]


def filter_captions(captions: Iterable[str], rules: Sequence[Rule] | None = None) -> tuple[list[str], Funnel]:
    """The captions that no rule drops, and the funnel."""
    rules = make_rules() if rules is None else rules
    funnel = Funnel(tuple(rule.name for rule in rules))
    return [caption for caption in captions if funnel.reason(caption, rules) is None], funnel


def clean_source(source: Source, rules: Sequence[Rule]) -> tuple[Source, Funnel]:
    """A source whose rows have only captions that no rule drops; rows without any are left out.

    The funnel fills while the source is read, and is right for one reading from beginning to end.
    """
    funnel = Funnel(tuple(rule.name for rule in rules))
    return replace(source, read=partial(_read, source, rules, funnel)), funnel


def _read(source: Source, rules: Sequence[Rule], funnel: Funnel, faults: Counter[str]) -> Iterator[Row]:
    """The rows that are left."""
    for row in source.rows(faults):
        funnel.rows += 1
        kept = []
        for caption in row["captions"]:
            reason = funnel.reason(caption, rules)
            if reason:
                faults[f"caption dropped by the rule {reason}"] += 1
            else:
                kept.append(caption)
        if kept:
            funnel.rows_left += 1
            yield {**row, "caption": kept[0], "captions": kept}
