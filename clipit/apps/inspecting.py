"""``clipit data inspect``: can these captioned pictures be trained on, and what is wrong with them?

>>> round(duplicate_floor([1, 1, 1, 1], batch=4), 3), round(duplicate_floor([2, 2], batch=4), 3)
(0.0, 0.693)
"""

import itertools
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from clipit.data.sources import Row, Source, SourceSettings, open_picture, open_source
from clipit.inputs.pictures import PictureError
from clipit.inputs.tokenizer import train_tokenizer
from clipit.losses import expected_loss
from clipit.training.recipe import RECIPES

LANGUAGES = ("it", "en", "es", "fr", "de")
SAMPLE = 2_000  # captions whose language is looked at
EXAMPLES = 5
QUANTILES = {"median": 0.5, "99 %": 0.99, "most": 1.0}
NO_LANGUAGE = "none of them for sure"


@dataclass(frozen=True)
class Inspection:
    """What was found.

    Attributes:
        source: its name.
        pictures: rows that can be used; broken ones are not among them.
        only_addresses: of them, whose pictures are not here yet.
        broken: pictures that cannot be opened, and why; the first of them.
        broken_count: how many.
        side: median of the pictures' shorter sides in pixels; None where no picture is here.
        pairs: captions of all pictures.
        captions_per_picture: the fewest and the most.
        distinct_captions: how many different ones.
        most_repeated: captions at more than one picture, with how many; the most frequent.
        chance_loss: InfoNCE of a model that knows nothing, for the batch.
        floor_loss: what remains at best, because equal captions cannot be told apart.
        languages: the share of each in a sample of captions.
        tokens: median, 99th percentile and most tokens of a caption.
        token_limit: longer captions are cut.
        over_limit: the share of captions that would be cut.
        faults: what the source left out, and how often.
        examples: some captions.
        verdicts: what all this means, in sentences.
        trainable: whether one could begin now.
    """

    source: str
    pictures: int
    only_addresses: int
    broken: list[str]
    broken_count: int
    side: int | None
    pairs: int
    captions_per_picture: tuple[int, int]
    distinct_captions: int
    most_repeated: dict[str, int]
    chance_loss: float
    floor_loss: float
    languages: dict[str, float]
    tokens: dict[str, int]
    token_limit: int
    over_limit: float
    faults: dict[str, int]
    examples: list[str]
    verdicts: list[str]
    trainable: bool


@dataclass
class Seen:
    """What is remembered of the rows while they pass."""

    captions: list[list[str]]
    sides: list[int]
    broken: list[str]
    only_addresses: int = 0


def inspect(
    name: str, settings: SourceSettings | None = None, batch_size: int = 256, limit: int | None = None
) -> tuple[Inspection, list[str]]:
    """Looks at a source.

    Args:
        name: of the source, see ``open_source``.
        settings: what the name does not say.
        batch_size: pairs in a batch of the training that is planned.
        limit: rows to look at; None for all.

    Returns:
        What was found, and the same for people.

    Raises:
        ValueError: there is no such source, or it has no captioned picture at all.
    """
    settings = settings or SourceSettings()
    source, faults = open_source(name, settings), Counter[str]()
    seen = look(itertools.islice(source.rows(faults), limit))
    if not seen.captions:
        why = ", ".join(f"{reason} ({count})" for reason, count in (faults + Counter(seen.broken)).most_common(3))
        raise ValueError(f"{name} has no captioned picture that can be used{': ' + why if why else ''}.")
    found = measure(source, seen, faults, settings, batch_size)
    return found, lines(found)


def look(rows: Iterable[Row]) -> Seen:
    """Goes through the rows and opens their pictures."""
    seen = Seen([], [], [])
    for row in rows:
        if row["image"] is None:
            seen.only_addresses += 1
        else:
            try:
                seen.sides.append(min(open_picture(row["image"]).shape[:2]))
            except PictureError as error:
                seen.broken.append(str(error))
                continue
        seen.captions.append(row["captions"])
    return seen


def measure(source: Source, seen: Seen, faults: Counter[str], settings: SourceSettings, batch_size: int) -> Inspection:
    """Turns what was seen into numbers and verdicts."""
    captions = [caption for several in seen.captions for caption in several]
    times = Counter(caption for several in seen.captions for caption in set(several))
    tokenizer = train_tokenizer(captions, RECIPES["quick"].vocabulary_size)
    encoded = tokenizer.transformers_tokenizer(captions, verbose=False)["input_ids"]  # it would warn of long ones
    lengths = sorted(map(len, encoded))
    numbers = [len(several) for several in seen.captions]
    limit = tokenizer.max_tokens
    told: dict[str, Any] = {
        "source": source.name,
        "pictures": len(seen.captions),
        "only_addresses": seen.only_addresses,
        "broken": seen.broken[:EXAMPLES],
        "broken_count": len(seen.broken),
        "side": round(statistics.median(seen.sides)) if seen.sides else None,
        "pairs": len(captions),
        "captions_per_picture": (min(numbers), max(numbers)),
        "distinct_captions": len(times),
        "most_repeated": {caption: count for caption, count in times.most_common(EXAMPLES) if count > 1},
        "chance_loss": round(expected_loss(batch_size), 3),
        "floor_loss": round(duplicate_floor(list(times.values()), batch_size), 3),
        "languages": languages(spread(captions, SAMPLE), settings.language),
        "tokens": {
            "median": lengths[len(lengths) // 2],
            "99 %": lengths[len(lengths) * 99 // 100],
            "most": lengths[-1],
        },
        "token_limit": limit,
        "over_limit": round(sum(length > limit for length in lengths) / len(lengths), 4),
        "faults": dict(faults.most_common()),
        "examples": spread(captions, EXAMPLES),
    }
    return Inspection(**told, **judge(told, settings, batch_size))


def duplicate_floor(repeats: Sequence[int], batch: int) -> float:
    """The InfoNCE that remains at best, in nats, when captions repeat: equal ones share their probability.

    Of m equal captions among n, K others are drawn into the same batch of B, each pair once an epoch, and the best
    that can be done is ln(1 + K); K is hypergeometric. With many pairs of C equally frequent kinds this is
    ``expected_loss(B, classes=C)``.

    Args:
        repeats: at how many pictures each different caption stands.
        batch: pairs in a batch.
    """
    pairs = sum(repeats)
    others = min(batch, pairs) - 1
    floor = 0.0
    for repeat, kinds in Counter(repeats).items():
        fewest, most = max(0, others - (pairs - repeat)), min(repeat - 1, others)
        for equal in range(fewest, most + 1):
            ways = log_ways(repeat - 1, equal) + log_ways(pairs - repeat, others - equal)
            probability = math.exp(ways - log_ways(pairs - 1, others))
            floor += kinds * repeat / pairs * probability * math.log1p(equal)
    return floor


def log_ways(of: int, chosen: int) -> float:
    """The logarithm of in how many ways so many can be chosen of so many."""
    return math.lgamma(of + 1) - math.lgamma(chosen + 1) - math.lgamma(of - chosen + 1)


def languages(captions: Sequence[str], expected: str) -> dict[str, float]:
    """The share of captions in each language, by the words that each knows (simplemma's lists).

    Several languages may know as many words: then it is the expected one, if it is among them.
    """
    import simplemma

    asked = tuple(dict.fromkeys((expected, *LANGUAGES)))
    counts: Counter[str] = Counter()
    for caption in captions:
        shares = dict(simplemma.langdetect(caption, lang=asked))
        best = max(asked, key=lambda language: shares.get(language, 0.0))
        counts[best if shares.get(best, 0.0) > 0.5 else NO_LANGUAGE] += 1
    return {language: round(count / len(captions), 3) for language, count in counts.most_common()}


def spread(values: Sequence[str], size: int) -> list[str]:
    """So many values, from the first to the last at equal distances."""
    step = max(1, len(values) // size)
    return list(values[::step][:size])


def judge(told: dict[str, Any], settings: SourceSettings, batch_size: int) -> dict[str, Any]:
    """What the numbers mean: sentences, and whether training could begin now."""
    obstacles = []
    if told["only_addresses"]:
        obstacles.append("Pictures are only addresses so far: get them with `clipit data download`.")
    if told["pictures"] < 2 * batch_size:
        obstacles.append(f"Fewer pictures than two batches of {batch_size}: collect more.")
    return {"verdicts": [*obstacles, *warnings(told, settings)], "trainable": not obstacles}


def warnings(told: dict[str, Any], settings: SourceSettings) -> Iterator[str]:
    """What one should know, and can train with."""
    if told["broken_count"]:
        yield f"{told['broken_count']:,} of the pictures cannot be opened; `clipit data prepare` leaves them out."
    if told["floor_loss"] > told["chance_loss"] / 10:
        yield (
            f"Captions repeat so much that the loss cannot fall below about {told['floor_loss']} "
            f"(it starts at {told['chance_loss']}): do not take that for a failure."
        )
    share = told["languages"].get(settings.language, 0.0)
    if share < 0.8:
        yield f"Only {share:.0%} of the captions look like the language {settings.language!r}."
    if told["over_limit"] > 0.01:
        yield f"{told['over_limit']:.0%} of the captions are longer than {told['token_limit']} tokens: they are cut."


def lines(found: Inspection) -> list[str]:
    """What was found, for people."""
    few, many = found.captions_per_picture
    told = {
        "pictures": f"{found.pictures:,}" + (f" (shorter side {found.side} pixels, median)" if found.side else ""),
        "captions": f"{found.pairs:,}, {few if few == many else f'{few} to {many}'} for each picture; "
        f"{found.distinct_captions:,} different",
        "loss": f"{found.chance_loss} at the start; not below {found.floor_loss} because of repeated captions",
        "languages": ", ".join(f"{language} {share:.0%}" for language, share in found.languages.items()),
        "tokens": ", ".join(f"{name} {count}" for name, count in found.tokens.items())
        + f"; limit {found.token_limit}, {found.over_limit:.1%} longer",
    }
    if found.only_addresses:
        told["not here"] = f"{found.only_addresses:,} pictures are only addresses"
    out = [f"{name:<12}{text}" for name, text in told.items()]
    out += [f"{'repeated':<12}{count:,} x {caption}" for caption, count in found.most_repeated.items()]
    out += [f"{'example':<12}{caption}" for caption in found.examples]
    out += [f"{'left out':<12}{count:,} x {fault}" for fault, count in found.faults.items()]
    out += [f"{'broken':<12}{name}" for name in found.broken]
    verdict = "It can be trained on." if found.trainable else "It cannot be trained on yet."
    return [*out, "", " ".join([verdict, *found.verdicts])]
