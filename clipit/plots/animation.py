"""A training in the plane that plays in the page: one block of HTML with its own few lines of JavaScript.

Works in Jupyter, in Colab and on a static page, without a network; where scripts are off, the last frame stands still.

>>> images = np.array([[[1.0, 0.0]], [[0.0, 1.0]]])  # two frames of one pair
>>> animation = animate_space(images, np.zeros((2, 1, 2)) + 0.6, losses=[1.5, 0.5], labels=["gatto"], title="A cat")
>>> "gatto" in animation._repr_html_()
True
"""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files

import numpy as np
from jaxtyping import Float, UInt8

from clipit.plots.points import check_pairs, outward
from clipit.plots.space import UPRIGHT
from clipit.plots.thumbnails import thumbnail

Picture = UInt8[np.ndarray, "height width 3"]
Points = Float[np.ndarray, "pairs 2"]
Frames = Float[np.ndarray, "frames pairs 2"]

RADIUS = 120  # of the circle, in units of the drawing
MOST_IN_MATRIX = 8  # pairs whose cosines can still be read
LETTER, LETTERS = 7.6, 20  # the mean width of a letter in units, and how many of them of a label are shown
CURVE = (440, 56)  # width and height of the curve of the loss


@dataclass(frozen=True)
class Animation:
    """What a notebook shows as a playing animation; ``html`` is the block itself, for any page."""

    html: str = field(repr=False)  # a notebook would keep it twice

    def _repr_html_(self) -> str:
        return self.html


def animate_space(
    image_points: Float[np.ndarray, "frames pictures numbers"],
    text_points: Float[np.ndarray, "frames_ captions numbers"],
    losses: Sequence[float] | Float[np.ndarray, " losses"],
    labels: Sequence[str],
    pictures: Sequence[Picture] | None = None,
    title: str = "",
    matrix: bool = False,
) -> Animation:
    """Pictures (round) and captions (square) moving in the plane, with play, pause and a slider for the frame.

    Args:
        image_points: of the pictures, [frames, pairs, 2]; coordinates are kept to three digits.
        text_points: of the captions, [frames, pairs, 2].
        losses: one for each frame.
        labels: a short text for each pair, at most 32 pairs.
        pictures: small pictures to show instead of the round points.
        title: stands above.
        matrix: shows the cosine of every picture and every caption beside the plane, for at most 8 pairs.

    Raises:
        ValueError: there is nothing to show or too much, parts are missing, or values are not numbers.
    """
    check_frames(title, image_points, text_points, losses)
    check_pairs(title, image_points, text_points, labels, pictures)
    if matrix and len(labels) > MOST_IN_MATRIX:
        raise ValueError(f"The matrix of {title!r} can show {MOST_IN_MATRIX} pairs at most, not {len(labels)}.")
    scale = RADIUS / max(1.0, float(np.abs(image_points).max()), float(np.abs(text_points).max()))
    labels = [label if len(label) <= LETTERS else label[: LETTERS - 1] + "…" for label in labels]
    side = max(22.0, 44 - 0.7 * len(labels))  # of a picture in the plane, in units; many are drawn smaller than few
    thumbnails = [thumbnail(picture, 48 if side > 38 else 24) for picture in ([] if pictures is None else pictures)]
    gap = 11 + side / 2 if thumbnails else 16.0
    plane = draw_plane(scale * image_points[-1], scale * text_points[-1], labels, thumbnails, side, gap)
    table = draw_table(image_points[-1], text_points[-1], labels, thumbnails) if matrix else ""
    data = pack(image_points, text_points, losses) | {"scale": scale, "turned": len(labels) > UPRIGHT, "gap": gap}
    return Animation(fill_block(title, plane, table, draw_curve(losses), data))


def check_frames(
    title: str, image_points: np.ndarray, text_points: np.ndarray, losses: Sequence[float] | np.ndarray
) -> None:
    """Raises a ValueError when the frames are fewer than two, or not as many for the one as for the other."""
    frames = (len(image_points), len(text_points), len(losses))
    if len(set(frames)) != 1:
        raise ValueError(f"{title!r} needs as many frames of pictures as of captions and of losses, not {frames}.")
    if frames[0] < 2:
        raise ValueError(f"{title!r} needs two frames at least: with one, nothing moves.")
    if not np.isfinite(np.asarray(losses)).all():
        raise ValueError(f"{title!r} has losses that are not numbers: the training has broken down.")


def pack(image_points: Frames, text_points: Frames, losses: Sequence[float] | np.ndarray) -> dict:
    """The first frame and then each frame's moves, as whole thousandths: most moves are small, and so is the block."""
    frames, pairs = image_points.shape[:2]
    both = np.concatenate([image_points, text_points], axis=1).reshape(frames, -1)  # [frames, 4 * pairs]
    places = np.rint(1000 * both).astype(int)
    moves = np.diff(places, axis=0, prepend=0)
    return {"pairs": pairs, "moves": moves.tolist(), "losses": [round(float(loss), 3) for loss in losses]}


def draw_plane(
    images: Points, texts: Points, labels: Sequence[str], thumbnails: Sequence[str], side: float, gap: float
) -> str:
    """One frame of the plane as SVG, in units of the drawing; the script moves what is drawn here."""
    radius = 7 if len(labels) <= UPRIGHT else 5
    lines = [
        f'<line x1="{a:.1f}" y1="{-b:.1f}" x2="{c:.1f}" y2="{-d:.1f}"/>'
        for (a, b), (c, d) in zip(images, texts, strict=True)
    ]
    box = f'x="{-side / 2:.1f}" y="{-side / 2:.1f}" width="{side:.1f}" height="{side:.1f}"'
    shown = [f'<g{{}}><rect class="frames" {box}/><image {box} href="{uri}"/></g>' for uri in thumbnails]
    shown = shown or [f'<circle{{}} r="{radius}"/>'] * len(labels)
    circles = [mark.format(move(point)) for mark, point in zip(shown, images, strict=True)]
    square = f'x="{-radius}" y="{-radius}" width="{2 * radius}" height="{2 * radius}"'
    squares = [f"<rect{move(point)} {square}/>" for point in texts]
    parts = {"lines": lines, "images": circles, "texts": squares, "labels": draw_labels(texts, labels, gap)}
    groups = "".join(f'<g class="{name}">{"".join(drawn)}</g>' for name, drawn in parts.items())
    circle = f'<circle class="circle" r="{RADIUS}"/>'
    return f'<svg class="plane" {view_box(labels, gap)} role="img" aria-label="the plane">{circle}{groups}</svg>'


def view_box(labels: Sequence[str], gap: float) -> str:
    """What is seen of the plane: the circle, and around it room for the longest label."""
    width = RADIUS + gap + 5 + LETTER * max(map(len, labels))  # half of what is seen
    height = width if len(labels) > UPRIGHT else RADIUS + gap + 16
    return f'viewBox="{-width:.0f} {-height:.0f} {2 * width:.0f} {2 * height:.0f}"'


def move(point: Float[np.ndarray, "2"]) -> str:
    """Where a mark stands: in SVG the second coordinate grows downwards."""
    return f' transform="translate({point[0]:.1f} {-point[1]:.1f})"'


def draw_labels(texts: Points, labels: Sequence[str], gap: float) -> list[str]:
    """Each label outside of its caption's point; turned along the radius where many would overlap."""
    drawn = []
    for (x, y), (right, up), label in zip(texts, outward(texts), labels, strict=True):
        turned = len(labels) > UPRIGHT
        away = gap + (0 if turned else abs(right) * len(label) * LETTER / 2)
        angle = -np.degrees(np.arctan2(up, right)) + (180 if right < 0 else 0)
        rotated = f" rotate({angle:.1f})" if turned else ""
        anchor = ("end" if right < 0 else "start") if turned else "middle"
        where = f'transform="translate({x + right * away:.1f} {-y - up * away:.1f}){rotated}" text-anchor="{anchor}"'
        drawn.append(f'<text dominant-baseline="central" {where}>{html.escape(label)}</text>')
    return drawn


def draw_curve(losses: Sequence[float] | Float[np.ndarray, " frames"]) -> str:
    """The curve of the loss, above zero, on which the script moves a dot."""
    width, height = CURVE
    highest = max(float(np.max(losses)), 1e-9)
    xs = np.linspace(5, width - 5, len(losses))
    ys = [height - 4 - (height - 8) * max(0.0, float(loss)) / highest for loss in losses]
    points = " ".join(f"{x:.0f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    drawn = f'<polyline points="{points}"/><circle r="5" cx="{xs[-1]:.0f}" cy="{ys[-1]:.1f}"/>'
    return f'<svg class="curve" viewBox="0 0 {width} {height}" role="img" aria-label="the loss">{drawn}</svg>'


def draw_table(images: Points, texts: Points, labels: Sequence[str], thumbnails: Sequence[str]) -> str:
    """The matrix of cosines, captions at the rows and pictures at the columns; the script adds the colours."""
    lengths = np.linalg.norm(texts, axis=1)[:, None] * np.linalg.norm(images, axis=1)  # [captions, pictures]
    cosines = texts @ images.T / np.maximum(lengths, 1e-9)  # [captions, pictures]; below, + 0.0 turns -0.0 into 0.0
    names = [html.escape(label) for label in labels]
    shown = zip(thumbnails, names, strict=False)  # thumbnails may be none
    heads = [f'<img src="{uri}" alt="picture: {name}" width="32">' for uri, name in shown] or names
    rows = ["<tr><th>cosine</th>" + "".join(f"<th scope=col>{head}</th>" for head in heads)]
    for row, name in enumerate(names):
        marks = [" class=own" if row == column else "" for column in range(len(names))]
        cells = [
            f"<td{mark}>{round(cosine, 2) + 0.0:.2f}</td>" for mark, cosine in zip(marks, cosines[row], strict=True)
        ]
        rows.append(f"<tr><th scope=row>{name}</th>{''.join(cells)}")
    return f'<div class="matrix"><table>{"</tr>".join(rows)}</tr></table></div>'


def fill_block(title: str, plane: str, table: str, curve: str, data: dict) -> str:
    """The whole block. No element has an id, so several blocks on a page cannot meet."""
    style, script = ((files("clipit.plots") / f"animation.{end}").read_text("utf-8") for end in ("css", "js"))
    packed = html.escape(json.dumps(data, separators=(",", ":")), quote=True)
    return f"""<div class="clipit-space" data-frames="{packed}"><style>{style}</style>
<p class="heading">{html.escape(title)}</p>
<div class="stage">{plane}{table}</div>
{curve}
<div class="controls" hidden><button type="button">Play</button>
<input type="range" min="0" max="{len(data["losses"]) - 1}" value="0" aria-label="frame"><output></output></div>
<p class="key"><span>●</span> picture &nbsp; <span>■</span> caption &nbsp; curve: the loss</p>
<p class="key still">The last frame; it moves where scripts may run.</p>
<script>{script}</script></div>
"""
