"""What a tokenizer makes of sentences: a strip of pieces with their numbers, and grey where there is only padding.

>>> figure = plot_tokens("One sentence", [["[CLS]", "gatti", "[SEP]", "[PAD]"]], [[2, 90, 3, 0]], [[1, 1, 1, 0]])
>>> [text.get_text() for text in figure.axes[0].texts]
['[CLS]', '2', 'gatti', '90', '[SEP]', '3', '[PAD]', '0']
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from clipit.plots.style import BLUE, GREY, ORANGE, PALE, SMALL, TITLE

MOST_ROWS, MOST_TOKENS = 8, 16  # that can still be read


def plot_tokens(
    title: str, tokens: Sequence[Sequence[str]], input_ids: Sequence[Sequence[int]], mask: Sequence[Sequence[int]]
) -> Figure:
    """One row of boxes for each sentence, a box for each token: blue for words and pieces, orange for special tokens.

    Args:
        title: of the figure.
        tokens: for each sentence its pieces as text, equally many for each, padding included.
        input_ids: the number of each piece.
        mask: 1 for what is read, 0 for padding.

    Raises:
        ValueError: there are no sentences or too many, too many tokens, or not one number and mask for each token.
    """
    lengths = {len(row) for rows in (tokens, input_ids, mask) for row in rows}
    if not 1 <= len(tokens) <= MOST_ROWS or {len(input_ids), len(mask)} != {len(tokens)}:
        raise ValueError(f"Draw 1 to {MOST_ROWS} sentences with as many rows of numbers and masks for {title!r}.")
    if len(lengths) != 1 or not 1 <= max(lengths) <= MOST_TOKENS:
        raise ValueError(f"Every row of {title!r} needs equally many tokens, numbers and masks, 1 to {MOST_TOKENS}.")
    columns = max(lengths)
    figure = Figure(figsize=(1.05 * columns + 0.4, 0.95 * len(tokens) + 0.6), layout="constrained")
    axis = figure.subplots()
    axis.set(xlim=(-0.05, columns), ylim=(len(tokens), -0.05))
    axis.set_axis_off()
    axis.set_title(title, fontsize=TITLE)
    for (row, column), read in np.ndenumerate(np.asarray(mask)):
        box(axis, row, column, tokens[row][column], int(input_ids[row][column]), bool(read))
    return figure


def box(axis: Axes, row: int, column: int, token: str, number: int, read: bool) -> None:
    """One token over its number."""
    colour = PALE if not read else ORANGE if token.startswith("[") else BLUE
    written = GREY if not read else "black"
    axis.add_patch(Rectangle((column, row), 0.94, 0.88, facecolor="white", edgecolor=colour, linewidth=2.5))
    axis.text(column + 0.47, row + 0.3, token, ha="center", va="center", fontsize=SMALL, color=written)
    axis.text(column + 0.47, row + 0.66, str(number), ha="center", va="center", fontsize=SMALL, color=GREY)


def plot_token_values(
    title: str, tokens: Sequence[str], values: Float[np.ndarray, "rows tokens"], names: Sequence[str], label: str
) -> Figure:
    """A table with a row for each encoder and a column for each token, its values as numbers on colours.

    Args:
        title: of the figure.
        tokens: of one sentence, without padding.
        values: one for each row and token, 0 or more.
        names: of the rows.
        label: what the values are.

    Raises:
        ValueError: there are no rows or too many, too many tokens, or values that are no numbers.
    """
    if values.shape != (len(names), len(tokens)) or not 1 <= len(names) <= MOST_ROWS:
        raise ValueError(f"{title!r} needs 1 to {MOST_ROWS} named rows with a value for each token: {values.shape}.")
    if not 1 <= len(tokens) <= MOST_TOKENS or not np.isfinite(values).all():
        raise ValueError(f"The values of {title!r} must be numbers, for 1 to {MOST_TOKENS} tokens.")
    figure = Figure(figsize=(0.95 * len(tokens) + 2.6, 0.75 * len(names) + 1.6), layout="constrained")
    axis = figure.subplots()
    drawn = axis.imshow(values, cmap="viridis", vmin=0, aspect="auto")
    axis.set_title(title, fontsize=TITLE)
    axis.set_xticks(range(len(tokens)), tokens, fontsize=SMALL)
    axis.set_yticks(range(len(names)), names, fontsize=SMALL)
    axis.set_xlabel("token", fontsize=SMALL)
    for (row, column), value in np.ndenumerate(values):
        colour = "black" if value > 0.6 * values.max() else "white"
        axis.text(column, row, f"{value:.2f}", ha="center", va="center", fontsize=SMALL, color=colour)
    figure.colorbar(drawn, ax=axis, label=label)
    return figure
