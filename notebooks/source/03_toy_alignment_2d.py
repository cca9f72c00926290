# %% [markdown]
# {badge} · Notebook 3 of 12 · machine 90 s · reading 25 min · exercises 25 min
#
# # 3 · What does training do to the space?
#
# **You will show that** gradient descent brings 24 pictures and their captions as low as an even circle allows, and that a CLIP of 60 lines, trained by you in less than a minute, finds pictures that it never saw far more often than guessing, while the same 60 lines with shuffled captions, or without the push between pairs, find no more than guessing does.
#
# **Before:** lesson 1 for gradient descent, ConvNets, bags of words and modules; lesson 2 for the loss InfoNCE, its scale and ln B.
#
# **After this you can** 1. take a step of the training by hand, 2. compute the lowest loss that two dimensions allow, and say why 512 allow a lower one, 3. measure a modality gap and a collapse, and say what causes each, 4. write and train a small CLIP from nothing, and find out what is wrong when it does not learn.
#
# The set-up is the same as in every lesson.

# %%
import clipit.course

clipit.course.setup()

# %% [markdown]
# ## 1 · Twenty-four pairs on a circle
#
# In lesson 2 two pairs moved to opposite sides of a circle. What can 24 pairs do, which cannot all be opposite? There are no encoders yet. Each picture and each caption *is* a vector of two numbers, of length one, and starts anywhere on the circle. `Toy` holds the settings: the number of pairs, the logit scale, the learning rate.

# %%
import jax
import jax.numpy as jnp
import numpy as np

from clipit.course.toy import Toy, start_points, train_toy
from clipit.losses import expected_loss, info_nce

toy = Toy(pairs=24, logit_scale=10.0, learning_rate=0.3, steps=300)
images, texts = start_points(toy)
print(f"pictures {images.shape}, captions {texts.shape}; the first picture is {images[0].round(2)}")
print(f"The loss is {info_nce(images, texts, toy.logit_scale):.1f}; knowing nothing would be {expected_loss(24):.1f}.")

# %% [markdown]
# The first loss lies above ln 24, as in lesson 2: random places, multiplied by a scale of 10, make for wrong answers that are given with much confidence.
#
# How does a picture move? Lesson 2 had the gradient for each *similarity*: the shares that it got, along the rows and along the columns, minus what they should have been. A picture's similarity to a caption changes as the picture moves in the direction of that caption. So the gradient for picture i is the sum over all captions, each multiplied by how much the loss changes with its similarity to picture i. (Call these numbers, one for each picture and caption, the **table**; the scale stands in front of it, as in lesson 2.) The step goes the other way: towards captions with a negative entry (its own) and away from those with a positive one. Then the point is divided by its length, which brings it back onto the circle.
#
# ### Exercise 3.1 · One gradient step, by hand
#
# ●●○ · 10 min · Without `jax.grad`: write a function that takes pictures and captions (both [pairs, numbers], length one), the scale and a learning rate, and returns the *pictures* after one step.
#
# <details><summary>Hint 1</summary>
#
# The table of exercise 2.2, for any number of pairs: `rows` and `columns` are the softmax of the logits along `axis=1` and `axis=0`, and the table is `scale * (rows + columns - 2 * np.eye(pairs)) / (2 * pairs)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `table @ texts` is the gradient for all pictures at once. Subtract it times the rate, then divide each row by its `np.linalg.norm(..., axis=1, keepdims=True)`.
#
# </details>
# <details><summary>Expected output</summary>
#
# For the pictures `[[1, 0], [0.6, 0.8], [0, 1]]`, the captions `[[0.8, 0.6], [0, 1], [0.6, -0.8]]`, a scale of 2 and a rate of 0.5, about `[[0.974, 0.225], [0.434, 0.901], [0.247, 0.969]]`. The first picture came closer to its caption.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Adding instead of subtracting; one direction of the loss only; no scale in front; dividing by the number of pairs alone; leaving the points off the circle; multiplying by the pictures instead of the captions.
#
# </details>


# %%
def my_step(images, texts, scale, rate):
    return ...


# %%
from clipit.course.exercises import toy as check

check.step(my_step)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_step(images, texts, scale, rate):
#     pairs, logits = len(images), scale * images @ texts.T
#     rows, columns = jax.nn.softmax(logits, axis=1), jax.nn.softmax(logits, axis=0)
#     table = scale * (rows + columns - 2 * np.eye(pairs)) / (2 * pairs)
#     moved = images - rate * table @ texts
#     return moved / np.linalg.norm(moved, axis=1, keepdims=True)
# ```
#
# </details>
#
# The captions move by the same rule, with the parts of pictures and captions exchanged and the table turned over, `table.T @ images`. Now 300 such steps, for both. With two pairs the loss nearly vanished. Where will it stop with 24? (Knowing nothing is 3.2.)

# %%
clipit.course.predict("loss after training, 24 pairs on a circle", ...)

# %%
history = train_toy(toy)
clipit.course.reveal("loss after training, 24 pairs on a circle", round(float(history.losses[-1]), 2))
together = (history.image_points[-1] * history.text_points[-1]).sum(axis=1)  # cosine of each pair
print(f"The cosine of a picture and its own caption is at least {together.min():.2f}.")

# %%
from clipit.course.art import gloss, picture, word
from clipit.data.emoji.lexicon import concepts
from clipit.plots import animate_space

things = [concept.name for concept in concepts(held_out=False)[:24]]
print(*(f"{word(thing)} ({gloss(thing)})" for thing in things), sep=", ")

# %%
chosen = np.unique(np.geomspace(1, 301, 40).astype(int)) - 1  # many frames at the beginning, where most happens
# the last digit of a coordinate may differ between processors; the numbers are printed above
# NBVAL_IGNORE_OUTPUT
animate_space(
    history.image_points[chosen],
    history.text_points[chosen],
    history.losses[chosen],
    [word(thing) for thing in things],
    pictures=[picture(thing) for thing in things],
    title="24 pairs, moved by gradient descent",
)

# %% [markdown]
# Press play, or pull the slider. First pictures and captions rush together: the pull of a pair is strong while it is apart. Then the pairs slowly spread, until all stand about equally far from their neighbours. It looks finished, every caption sits on its picture, and yet the loss is above 1. Is something wrong?
#
# ## 2 · The lowest loss that a circle allows
#
# In the final state each pair has two neighbours at 15 degrees, since 360 / 24 = 15. Their cosine is 0.97, so with a scale of 10 the logit of a neighbour's caption lies only 0.3 below that of the right one. The softmax cannot help giving neighbours a large share. For 24 pairs evenly around, each caption on its picture, the loss can be written down: ln Σ exp(s (cos(2πj/24) − 1)), summed over the 24 places j. This is `circle_loss`. Beside it we print the lowest loss that any space allows at this scale, however wide it is; `expected_loss` knows it when it is told the scale.

# %%
from clipit.losses import circle_loss

lowest = circle_loss(24, toy.logit_scale)
print(f"lowest on a circle {lowest:.2f}, reached {history.losses[-1]:.2f}")
print(f"lowest in a space that is wide enough {expected_loss(24, toy.logit_scale):.4f}")

# %% [markdown]
# Training went as low as an even circle goes. (That no other arrangement on the circle is better is not proved here. A test of the library sends descents from many random starts, and none ever came out below.)
#
# How much wider must the space be? We let the same descent run in spaces of 2 to 64 numbers, at a softer scale of 5, where it gets to the bottom sooner.


# %%
def unit(vectors):
    return vectors / jnp.linalg.norm(vectors, axis=-1, keepdims=True)


@jax.jit
def descend(images, texts, scale, rate):
    """One step for pictures and captions, in a space of any width; also the loss before it."""
    loss, slopes = jax.value_and_grad(info_nce, argnums=(0, 1))(images, texts, scale)
    return unit(images - rate * slopes[0]), unit(texts - rate * slopes[1]), loss


# %%
from clipit.plots import plot_lines

scale, widths, reached = 5.0, [2, 3, 4, 8, 23, 64], []
for width in widths:
    points, captions = unit(np.random.default_rng(0).normal(size=(2, 24, width)).astype(np.float32))
    for _ in range(1000):
        points, captions, loss = descend(points, captions, scale, 0.6)
    reached.append(float(loss))
levels = {"lowest on a circle": circle_loss(24, scale), "lowest in a wide space": expected_loss(24, scale)}
print("loss reached:", ", ".join(f"{loss:.2f} ({width} numbers)" for width, loss in zip(widths, reached, strict=True)))
print("; ".join(f"{name}: {level:.2f}" for name, level in levels.items()))
plot_lines(
    "24 pairs in spaces of different width", {"reached": (widths, reached)}, "width", "loss (nats)", levels, True
)

# %% [markdown]
# With each further number the loss falls, and at 23 numbers it is within a hundredth of the bound: 24 directions that are all equally far from each other need 23 dimensions, as three need a plane and four need the corners of a tetrahedron, in space. More width helps 24 pairs no further.
#
# CLIP has batches of thousands of pairs and 512 numbers. Thousands of directions cannot all be equally far apart there. But they need not be: being *nearly* at a right angle is enough: with a scale of 100, a cosine of 0.2 gives a logit 80 below that of a perfect match. How many directions are there at least with cosines between −0.2 and 0.2, every one to every other? We draw 1,000 random directions and keep each one that has such a cosine to all that were kept before. Guess for a width of 512.

# %%
clipit.course.predict("of 1,000 random directions in 512 dimensions, kept", ...)


# %%
def count_nearly_orthogonal(width, candidates=1000, most=0.2):
    directions = np.random.default_rng(0).normal(size=(candidates, width))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    kept = directions[:1]
    for direction in directions[1:]:
        if np.abs(kept @ direction).max() < most:
            kept = np.vstack([kept, direction])
    return len(kept)


# %%
kept = {width: count_nearly_orthogonal(width) for width in (2, 8, 64, 512)}
clipit.course.reveal("of 1,000 random directions in 512 dimensions, kept", kept[512])
for width, count in kept.items():
    print(f"{width:>3} numbers: at least {count:>3} directions")

# %% [markdown]
# In the plane there are 2, in few dimensions fewer than there are numbers (drawing at random finds them badly: the axes alone would give 8 and 64), and in 512 nearly everything that we drew fits, although nobody arranged it: random directions of a wide space are almost at right angles by themselves. This is one reason why CLIP takes hundreds of numbers, and why a picture of it on a plane always lies a little.

# %% [markdown]
# ## 3 · Too soft, too sharp
#
# Now the scale. With 24 pairs on the circle we try 0.3, 10 and 100. Gradients grow with the scale, so we divide the learning rate by it, and all three take steps of a similar length. Before you run it: at which of the three scales will *neighbours* stand most evenly apart after 300 steps?

# %%
clipit.course.predict("the scale with the most even spacing: 0.3, 10 or 100", ...)

# %%
from clipit.plots import plot_spaces


def smallest_gap(points):
    """Degrees between the two neighbours on the circle that are closest to each other."""
    angles = np.sort(np.arctan2(points[:, 1], points[:, 0]))
    return np.degrees(np.diff(np.append(angles, angles[0] + 2 * np.pi)).min())


swept = {scale: train_toy(Toy(logit_scale=scale, learning_rate=3 / scale)) for scale in (0.3, 10.0, 100.0)}
ends = {f"scale {scale:g}": (run.image_points[-1], run.text_points[-1]) for scale, run in swept.items()}
gaps = {scale: smallest_gap(run.image_points[-1]) for scale, run in swept.items()}
clipit.course.reveal("the scale with the most even spacing: 0.3, 10 or 100", f"{max(gaps, key=gaps.get):g}")
for scale, run in swept.items():
    gap = f"at least {gaps[scale] // 5 * 5:.0f}" if gaps[scale] >= 5 else "below 5"
    above = run.losses[-1] - circle_loss(24, scale)
    print(f"scale {scale:<4g} smallest gap {gap} degrees (even: 15), loss {above:.1f} above the lowest")
plot_spaces("After 300 steps", ends)

# %% [markdown]
# - **Too soft** (left): pairs lie in clumps, some on top of each other, and there are holes between them. Still the loss is at its lowest, as near as we can print it: with such a scale the shares are nearly equal whatever the neighbours do, so the loss does not care how they stand, only that the circle as a whole is balanced.
# - **In between**: evenly spaced.
# - **Too sharp** (right): the loss cares about the very nearest only, and what is far feels next to nothing. Some pairs are still apart when the others are long at rest: this training is late. It does arrive: the next cell gives it ten times as many steps.
#
# %%
patient = train_toy(Toy(logit_scale=100.0, learning_rate=0.03, steps=3000))
met = (patient.image_points[-1] * patient.text_points[-1]).sum(axis=1) > 0.99
gap = smallest_gap(patient.image_points[-1])
print(f"scale 100 after 3,000 steps: all pairs have met: {met.all()}; evenly, to a degree: {abs(gap - 15) < 1}")

# %% [markdown]
# ### Optional: brittle
#
# Is a sharp scale also more sensitive to the learning rate? We try rates over a wide range, five starts each, and count the starts that come within 0.05 of the lowest loss.

# %%
factors = (1, 3, 10, 30)
for scale in (10.0, 100.0):
    good = []
    for factor in factors:
        runs = [train_toy(Toy(logit_scale=scale, learning_rate=factor / scale, seed=seed)) for seed in range(5)]
        good.append(sum(bool(run.losses[-1] < circle_loss(24, scale) + 0.05) for run in runs))
    works = [f"{factor}/scale" for factor, count in zip(factors, good, strict=True) if count == 5]
    print(f"scale {scale:<3g}: all five starts arrive with the rates {', '.join(works) or 'none'}")

# %% [markdown]
# Within 300 steps the scale of 10 forgives a rate that is too small, the scale of 100 does not: fewer rates work, which is what brittle means. (With more steps it forgives more.) The largest rate breaks both. CLIP goes around the choice by learning the scale: it starts soft enough to find its way, and sharpens as the answers get better.

# %% [markdown]
# ## 4 · The gap between pictures and captions
#
# Our points started anywhere. In a real CLIP they do not. An untrained encoder favours one direction: what it is given ends in a **cone** around it, narrow or wide, and two encoders have two different cones. (You will measure one in section 7.) The distance between the middle of all pictures and the middle of all captions is called the **modality gap** (a *modality* is a kind of thing: picture or text). Liang and others found in 2022 that it is still there in a CLIP that has been trained well. What keeps it?
#
# We start 24 pairs in two cones of a space of 64 numbers, and train with three scales. Which of them will close the gap: 1, 10 or 100?

# %%
clipit.course.predict("the scale that closes the gap: 1, 10 or 100", ...)

# %%
from clipit.evaluation import modality_gap

rng = np.random.default_rng(0)
middles = np.asarray(unit(rng.normal(size=(2, 1, 64))))  # one for pictures, one for captions
start = unit((middles + 0.08 * rng.normal(size=(2, 24, 64))).astype(np.float32))  # [2, 24, 64]
gaps, losses = {}, {}
for scale in (1.0, 10.0, 100.0):
    points, captions = start
    gaps[scale], losses[scale] = [], []
    for step in range(401):
        if step % 50 == 0:
            gaps[scale].append(modality_gap(np.asarray(points), np.asarray(captions)))
        points, captions, loss = descend(points, captions, scale, 3 / scale)
    losses[scale] = float(loss)

# %%
closed = [scale for scale, values in gaps.items() if values[-1] < 0.1]
clipit.course.reveal("the scale that closes the gap: 1, 10 or 100", ", ".join(f"{scale:g}" for scale in closed))
for scale, values in gaps.items():
    least = expected_loss(24, scale)
    print(f"scale {scale:<4g} gap {values[0]:.1f} -> {values[-1]:.1f}, loss {losses[scale]:.2f}, lowest {least:.2f}")
lines = {f"scale {scale:g}": (range(0, 401, 50), values) for scale, values in gaps.items()}
plot_lines("From two cones, in 64 dimensions", lines, "step", "modality gap", {"no gap": 0.0})

# %% [markdown]
# All three losses arrive near their lowest value, and yet the gaps differ. With the sharp scale there was hardly anything to do: in a wide space each caption only has to be a *little* nearer to its own picture than the others are, the scale makes the rest, the loss vanishes and with it the gradient. Nobody is pulled across the gap: at 100 it has practically stopped, and at 10 it closes ever more slowly. With the soft scale the loss keeps caring until pictures and captions coincide. So a gap by itself is no sign of a bad training. Here it is what a sharp loss left behind when it was content.
#
# ### Optional: on the circle the gap can be a trap
#
# The same two cones on a circle, once at a scale of 10, and once first at a scale of 1, and then at 10, from four starts each.


# %%
def end(**settings):
    """Where a toy that starts in two cones ends."""
    run = train_toy(Toy(cones=True, steps=1000, **settings))
    return run.image_points[-1], run.text_points[-1]


at_once = [end(seed=seed) for seed in range(4)]
soft_first = [train_toy(Toy(steps=1000), start=end(seed=seed, logit_scale=1.0)) for seed in range(4)]
soft_first = [(run.image_points[-1], run.text_points[-1]) for run in soft_first]
for name, spaces in (("at once", at_once), ("soft, then sharp", soft_first)):
    wide = sum(modality_gap(*space) > 1 for space in spaces)
    losses_there = [round(float(info_nce(*space, 10.0)), 1) for space in spaces]
    narrow = sum(np.linalg.norm(space[0].mean(axis=0)) > 0.99 for space in spaces)
    print(f"{name:<16} of 4 starts, {wide} with a gap above 1, {narrow} with all pictures on one point")
    print(f"{'':<16} losses {losses_there}; ln 24 is {expected_loss(24):.1f}, lowest on a circle {lowest:.1f}")

# %% [markdown]
# At once, all four are stuck. In three of them the cones have even shrunk, to one point of all pictures and another of all captions. Then every similarity is the same, so the loss is ln 24, pull and push cancel, the gradient is zero, and nothing will ever move again. Going soft first, all four arrive. In the wide space the gap was contentment, with a loss near its lowest; here it is a dead end, with a loss as high as knowing nothing. The two look alike on the gap alone, so look at the loss as well.

# %% [markdown]
# ## 5 · The negative control: no push
#
# What do the negatives do? We leave them out and keep only the pull: scale times the mean of 1 − cosine of each pair, which is 0 when every caption lies on its own picture. The pairs are *free* here: no weights tie one to another. It is often said that such a training **collapses**: all points fall onto one. Does it?

# %%
clipit.course.predict("without negatives, do 24 free pairs collapse onto one point?", ...)

# %%
free = train_toy(Toy(negatives=False, steps=1000))
shared = train_toy(Toy(negatives=False, shared=True, steps=1000))


def middle(run):
    """Distance of the middle of all pictures from the centre: 1 when all lie on one point."""
    return np.linalg.norm(run.image_points[-1].mean(axis=0))


said = "yes" if middle(free) > 0.9 else "no"
clipit.course.reveal("without negatives, do 24 free pairs collapse onto one point?", said)

# %%
runs = {"each pair for itself": free, "with a part that all share": shared}
for name, run in runs.items():
    print(f"{name:<27} pull {abs(run.losses[-1]):.1f}, the middle is {middle(run):.2f} from the centre")
ends = {name: (run.image_points[-1], run.text_points[-1]) for name, run in runs.items()}
plot_spaces("Only the pull, after 1,000 steps", ends)

# %% [markdown]
# On the left nothing collapsed. Each pair met halfway and stayed there; since the points know nothing of each other, nobody had a reason to go anywhere else. This is where the toy differs from a CLIP. An encoder has *one* set of weights for all pictures: whatever pulls one of them moves all. On the right we gave the toy a little of this: each picture's vector is its own plus one that all pictures share, the same for the captions, and these shared vectors learn as well. Now everything gathers in a small part of the circle: the shared vectors lower the pull for all pairs at once, by moving all of them to one side. It stops before it is one point, because by then each caption lies on its picture, and the pull has nothing left to ask for. In section 7 we see whether a real encoder does the same.
#
# ### Exercise 3.2 · Make it collapse, and explain
#
# ●○○ · 5 min · Write a function that takes a number of pairs and a width, and returns two arrays, pictures and captions, each [pairs, width], every row of length one, such that the pull is perfectly content and no search can find anything. Then say in one sentence why the pull does not notice, and what InfoNCE would be.
#
# <details><summary>Hint</summary>
#
# When can a search not decide between two pictures? When both are exactly as similar to the query. Now all of them.
#
# </details>
# <details><summary>Expected output</summary>
#
# For 24 pairs of any width: a pull of 0, and an InfoNCE of 3.178, which is ln 24.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Vectors of zeros, which have no direction; all pictures on one point and all captions on another; each caption on its picture, but pairs apart.
#
# </details>


# %%
def my_collapse(pairs, width):
    return ...


# %%
check.collapsed(my_collapse)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_collapse(pairs, width):
#     one_point = np.zeros((pairs, width), np.float32)
#     one_point[:, 0] = 1
#     return one_point, one_point
# ```
#
# The pull only asks whether a caption is near its own picture, never whether it is nearer than others; on one point this is perfectly so. InfoNCE is ln of the number of pairs: all shares are equal, as in a model that knows nothing.
#
# </details>

# %% [markdown]
# ## 6 · Play with it: the playground
#
# The same toy, living in this page. Drag the cat away from its word and let go. Move the scale. Switch the negatives off and watch. Add a pair. (Where a page does not run scripts, it stands still.)

# %%
# a toy to touch: it prints nothing, and its code is no result
# NBVAL_IGNORE_OUTPUT
clipit.course.playground()

# %% [markdown]
# Drag two pictures across the circle, so that each has to pass the other to get back to its word. At which scales do they find back at once, at which only after long, and at which do they seem to stay where they are?

# %% [markdown]
# ## 7 · Your first CLIP in 60 lines
#
# Now the real thing: pictures, words, two encoders with weights, trained from nothing. You know every part of it. We write it in six parts, 60 lines of code in all, and nothing is hidden in the library but the drawing of the pictures.
#
# ### Part 1: pictures
#
# 4,000 scenes of the small world to train on, 32 pixels wide, and 500 others to search in, whose descriptions never occur in training. `decode` turns them into one array of numbers from 0 to 255; we bring them to −1 to 1.

# %%
# First CLIP, part 1 of 6: pictures
from clipit.data.batches import decode

small = clipit.data.WorldSettings(image_size=32)
world = clipit.data.world("train", size=4_000, settings=small)
gallery = clipit.data.world("test", size=500, settings=small)
pixels, new_pixels = (decode(part, 32).astype(np.float32) / 127.5 - 1 for part in (world, gallery))

# %% [markdown]
# ### Part 2: words
#
# Every picture has five captions. A word is what stands between two spaces, commas and all, and its number is its place in the list of all words. Zero is kept for empty places, since all rows need the same length.

# %%
# First CLIP, part 2 of 6: words
captions = world["captions"][:]
words = sorted({word for five in captions for caption in five for word in caption.split()})
number = {word: place for place, word in enumerate(words, start=1)}


def to_numbers(captions, longest=20):
    rows = np.zeros((len(captions), longest), np.int32)
    for row, caption in enumerate(captions):
        known = [number[word] for word in caption.split() if word in number]
        rows[row, : len(known[:longest])] = known[:longest]
    return rows


numbers = np.stack([to_numbers(five) for five in captions])  # [pictures, 5, 20]
new_numbers = to_numbers(gallery["caption"][:])  # [500, 20]

# %%
print(f"pixels {pixels.shape}, numbers {numbers.shape}, {len(words)} words")
print(f"“{captions[0][2]}” begins with the numbers {numbers[0, 2, :4]}")

# %% [markdown]
# ### Part 3: an encoder for pictures
#
# A ConvNet of three layers, as in lesson 1. The first looks at squares of 4 x 4 pixels and takes steps of 2, so the picture shrinks to 16 x 16 places; two more layers make 8 x 8 and 4 x 4 of it, with ever more channels. `GroupNorm` keeps the channels at a similar strength, and `relu` is a bend that replaces negative numbers by zero. In the end each channel gives its largest value, wherever in the picture it is, and a linear layer makes a vector of them.


# %%
# First CLIP, part 3 of 6: an encoder for pictures
from flax import nnx


class TinyConvNet(nnx.Module):
    def __init__(self, rngs):
        self.first = nnx.Conv(3, 32, (4, 4), strides=2, rngs=rngs)
        self.second = nnx.Conv(32, 64, (3, 3), strides=2, rngs=rngs)
        self.third = nnx.Conv(64, 128, (3, 3), strides=2, rngs=rngs)
        self.norms = nnx.List([nnx.GroupNorm(width, num_groups=8, rngs=rngs) for width in (32, 64, 128)])
        self.head = nnx.Linear(128, 128, rngs=rngs)

    def __call__(self, maps):  # [batch, 32, 32, 3]
        for convolution, norm in zip((self.first, self.second, self.third), self.norms, strict=True):
            maps = jax.nn.relu(norm(convolution(maps)))  # in the end [batch, 4, 4, 128]
        return self.head(maps.max(axis=(1, 2)))  # [batch, 128]


# %% [markdown]
# ### Part 4: an encoder for words, and both together
#
# A bag of words: a vector of weights for each word (`nnx.Embed` is a table of them), added up. `unit` is from section 2. `(numbers > 0)[..., None]` is 1 for a word and 0 for an empty place, so empty places add nothing. Adding or averaging makes no difference here, because `unit` brings every vector to length one. The scale is a weight as well, which `nnx.Param` says. As in CLIP, its *logarithm* is what is learned, so that it always stays positive. (`jnp.float32` fixes what kind of number it is. JAX would otherwise choose another kind after the first step, and compile everything again.)


# %%
# First CLIP, part 4 of 6: an encoder for words, and both together
class TinyClip(nnx.Module):
    def __init__(self, rngs):
        self.vision = TinyConvNet(rngs)
        self.word_vectors = nnx.Embed(len(words) + 1, 128, rngs=rngs)
        self.log_scale = nnx.Param(jnp.log(jnp.float32(1 / 0.07)))

    def __call__(self, pixels, numbers):
        read = (self.word_vectors(numbers) * (numbers > 0)[..., None]).sum(axis=1)  # [batch, 128]
        return unit(self.vision(pixels)), unit(read), jnp.exp(self.log_scale[...])


# %% [markdown]
# ### Part 5: the loss and one step
#
# If you wrote `my_info_nce` in lesson 2, put yours in place of this one. Instead of plain gradient descent we use **Adam**, which keeps a memory of past gradients and chooses for each weight how far to go. It comes from `optax`, a library of such rules. The learning rate rises for 20 steps and then falls to nothing.

# %%
# First CLIP, part 5 of 6: the loss and one step
import optax


def my_info_nce(images, texts, scale):
    logits = scale * images @ texts.T  # [batch, batch]
    own = [jnp.diag(jax.nn.log_softmax(logits, axis=axis)) for axis in (0, 1)]
    return -(own[0] + own[1]).mean() / 2


@nnx.jit(static_argnames="loss")
def take_step(model, optimizer, loss, pixels, numbers):
    value, gradient = nnx.value_and_grad(lambda model: loss(*model(pixels, numbers)))(model)
    optimizer.update(model, gradient)
    return value


rule = optax.adam(optax.warmup_cosine_decay_schedule(0.0, 5e-3, 20, 200))

# %% [markdown]
# `nnx.jit` is `jax.jit` for functions that take modules; `static_argnames` says that the loss is a function and no array. `model(pixels, numbers)` returns the three things that the loss takes.
#
# ### Part 6: the loop
#
# A batch is 128 random pictures, none twice, each with one of its five captions. Every 40 steps we look: with the caption of each of the 500 *new* pictures we search among all 500, and count how often the right one is among the first ten: this share is called **recall@10**. Guessing gives 10 of 500, 2 %.


# %%
# First CLIP, part 6 of 6: the loop
def draw_batch(rng, pixels, numbers, size):
    rows = rng.permutation(len(pixels))[:size]
    chosen = rng.integers(0, numbers.shape[1], size)  # which of its five captions
    return pixels[rows], numbers[rows, chosen]


def train(pixels, numbers, steps=200, size=128, loss=my_info_nce, draw=draw_batch):
    model, rng = TinyClip(nnx.Rngs(0)), np.random.default_rng(0)
    optimizer = nnx.Optimizer(model, rule, wrt=nnx.Param)
    losses, looks = [], {0: look(model)["recall@10"]}
    for step in range(1, steps + 1):
        losses.append(float(take_step(model, optimizer, loss, *draw(rng, pixels, numbers, size))))
        if step % 40 == 0:
            looks[step] = look(model)["recall@10"]
    return model, losses, looks


# %% [markdown]
# These are the 60 lines. To look is not part of them:

# %%
from clipit.evaluation import retrieval

encode = nnx.jit(lambda model, pixels, numbers: model(pixels, numbers)[:2])


def look(model, pixels=new_pixels, numbers=new_numbers):
    seen, read = map(np.asarray, encode(model, pixels, numbers))
    return retrieval(read, seen, np.arange(len(seen)))


ours, library = my_info_nce(images, texts, 10.0), info_nce(images, texts, 10.0)
print("my_info_nce agrees with the library:", bool(jnp.isclose(ours, library)))
print(f"untrained, among the first ten: {look(TinyClip(nnx.Rngs(0)))['recall@10']:.2f} (guessing: {10 / 500:.2f})")

# %% [markdown]
# ### First, overfit 32 pairs
#
# A good habit before every long training: take a handful of examples and see whether the model can learn *these* by heart. If 32 pairs are too much for it, there is a bug, and a larger training would only hide it for longer. It takes seconds. What must the loss be at the start, and where must it go? (On the circle random points began far above ln B. In 128 numbers random directions are nearly at right angles, as section 2 showed, so the logits are small, and the first loss is near ln 32.)

# %%
few, few_numbers = pixels[:32], numbers[:32, :1]  # one caption each
handful, losses, _ = train(few, few_numbers, steps=40, size=32)
print(f"ln 32 is {expected_loss(32):.1f}; first loss within 0.5 of it:", bool(abs(losses[0] - expected_loss(32)) < 0.5))
print("last loss below 0.1:", losses[-1] < 0.1)
print(f"these 32 found at first place: {look(handful, few, few_numbers[:, 0])['recall@1']:.2f}")
print("new pictures among the first ten, at least 10 %:", look(handful)["recall@10"] >= 0.1)

# %% [markdown]
# It knows the 32 by heart and can find nearly nothing new: this is called **overfitting**, and here it was the aim. The parts fit together. Now all 4,000 pictures.
#
# ### Train
#
# 200 steps, a little over six times through all pictures. How many per cent of the new captions will find their picture among the first ten of 500? Guessing would be 2.

# %%
clipit.course.predict("new captions that find their picture among the first ten, in per cent", ...)

# %%
from clipit.plots.bars import percent


def between(share, low, high):
    """A range that holds on any machine, or the share itself where it does not."""
    return f"{percent(low)} to {percent(high)}" if low < share < high else percent(share)


model, losses, looks = train(pixels, numbers)
question = "new captions that find their picture among the first ten, in per cent"
clipit.course.reveal(question, between(looks[200], 0.5, 0.75))
print(f"At first place: {between(look(model)['recall@1'], 0.12, 0.3)}; guessing {percent(1 / 500, 1)}.")
print(
    f"The loss came from {losses[0]:.0f} (ln 128 is {expected_loss(128):.1f}) below 3.5:", np.mean(losses[-10:]) < 3.5
)

# %% [markdown]
# That was it: a CLIP, in less time than it takes to read its code. Nobody told it which word means "yellow", or that pictures show things at all.
#
# ### The negative control: shuffled captions
#
# The same 60 lines, but every picture gets the five captions of another one, always the same. What will the *loss* do, and what the search?

# %%
other = np.random.default_rng(1).permutation(len(numbers))
_, shuffled_losses, shuffled_looks = train(pixels, numbers[other])
learned = {"true captions": looks, "shuffled captions": shuffled_looks}
print("shuffled: loss clearly below ln 128:", np.mean(shuffled_losses[-10:]) < expected_loss(128) - 0.2)
print("shuffled: never more than three times guessing:", max(shuffled_looks.values()) < 3 * 10 / 500)
print("true captions: more than ten times guessing:", looks[200] > 10 * 10 / 500)

# %%
lines = {name: (list(shown), list(shown.values())) for name, shown in learned.items()}
ends = between(looks[200], 0.5, 0.75), between(shuffled_looks[200], 0, 0.05)
print(f"After 200 steps: true captions {ends[0]}, shuffled captions {ends[1]}; guessing {percent(10 / 500)}.")
plot_lines("Searching 500 new pictures", lines, "step", "share found among the first ten", {"guessing": 10 / 500})

# %% [markdown]
# With true captions the share rises step by step. With shuffled ones it stays at the level of guessing, although *the loss falls there too*: the model begins to learn by heart which caption goes with which picture, and learning by heart is of no use for new pictures. A falling loss on the training pictures proves nothing. Only new ones count.
#
# ### Without the push
#
# And the collapse? We train the same model with the pull alone, for 40 steps, and compare the vectors of *different* pictures. A cosine of 1 between them means that all lie on one point. The **effective rank** says how many directions they use: 1 is a single line, and 128 would be all there are.

# %%
from clipit.evaluation import effective_rank


def pull(images, texts, scale):
    # the scale stays at 1 / 0.07: one that is learned would simply shrink to please the pull
    return 14.3 * (1 - (images * texts).sum(axis=1)).mean()


fallen, pulls, _ = train(pixels, numbers, steps=40, loss=pull)
for name, one in (("untrained", TinyClip(nnx.Rngs(0))), ("InfoNCE", model), ("pull alone", fallen)):
    seen = np.asarray(encode(one, new_pixels, new_numbers)[0])
    alike = (seen @ seen.T)[~np.eye(len(seen), dtype=bool)].mean()
    rank, found = effective_rank(seen), look(one)["recall@10"]
    rank = max(1, round(rank / 10) * 10)  # to tens: it differs a little between machines
    cosine = "below 0.2" if alike < 0.2 else "above 0.8" if alike > 0.8 else "between"
    print(f"{name:<11} cosine between pictures {cosine}, rank about {rank}, finds a tenth or more: {found > 0.1}")

# %% [markdown]
# With the pull alone every picture has become the same vector, and nothing can be found. What the free points of section 5 did not do, the encoder does at once, because all pictures share its weights. (It had 40 steps, InfoNCE 200.) The first line is worth a look as well: the untrained pictures point nearly the same way. That is the cone of section 4. That its rank is still about 40 is no contradiction: the effective rank also counts the weak directions in which they differ a little. InfoNCE has spread them.
#
# ### The space, seen by PCA
#
# A vector of 128 numbers cannot be drawn. **PCA** (principal component analysis) finds the two directions along which the points differ most, and draws only these: a shadow of the space. The directions come from the singular value decomposition, `np.linalg.svd`.


# %%
def shadow(model, pairs=40):
    seen, read = map(np.asarray, encode(model, new_pixels, new_numbers))  # [500, 128] each
    both = np.concatenate([seen, read])
    centred = both - both.mean(axis=0)
    _, strengths, directions = np.linalg.svd(centred, full_matrices=False)
    flat = centred @ directions[:2].T  # [1000, 2]
    share = (strengths[:2] ** 2).sum() / (strengths**2).sum()
    return (flat[:pairs], flat[500 : 500 + pairs]), share, modality_gap(seen, read)


before, share_before, gap_before = shadow(TinyClip(nnx.Rngs(0)))
after, share_after, gap_after = shadow(model)
print(f"modality gap before {gap_before:.1f}; after training less than a third of it: {gap_after < gap_before / 3}")
shares = between(share_before, 0.4, 0.6), between(share_after, 0.1, 0.25)
print(f"Two of 128 directions show {shares[0]} of the differences before, {shares[1]} after.")
plot_spaces("40 new pictures and their captions", {"before training": before, "after training": after})

# %% [markdown]
# Before training pictures and captions are two clouds, far apart: two cones, the pictures' far narrower than the captions'. After it both share one place (the weights are shared, so one change moves all pictures, and the loss is far from content, unlike in section 4), and many of the thin lines between the two of a pair are short. They are not as short as on the circle: what you see is a shadow in two directions out of 128, and the printed line says how small a part of the differences it shows. (The grey circle, of radius one, is there for the scale alone.)
#
# ### What does it go by?
#
# It finds pictures by captions that mention a lot. What does it understand of them? We ask with single facts: the eight background colours, and every thing that is in the gallery, by its bare name. For colours we look at the first ten answers, for things at the first, because some things are in one picture only.

# %%
from clipit.data.emoji.lexicon import language
from clipit.data.emoji.scene import Group

colours = {"white": "bianco", "grey": "grigio", "yellow": "giallo", "orange": "arancione"}
colours |= {"green": "verde", "light_blue": "azzurro", "purple": "viola", "pink": "rosa"}
present = sorted({thing for several in gallery["objects"] for thing in several})
asked = [f"con lo sfondo {colour}" for colour in colours.values()]  # with the ... background
asked += [language("it").noun_phrase(Group(thing, 1)) for thing in present]
seen, read = map(np.asarray, encode(model, new_pixels, to_numbers(asked)))
order = np.argsort(-read @ seen.T, axis=1)  # [questions, pictures], the best first

# %%
behind, shows = np.array(gallery["background"][:]), gallery["objects"][:]
by_colour = np.mean([behind[row[:10]] == colour for colour, row in zip(colours, order, strict=False)])
by_name = np.mean([thing in shows[row[0]] for thing, row in zip(present, order[len(colours) :], strict=True)])
guess = np.mean([np.mean([thing in several for several in shows]) for thing in present])
print(f"{len(colours)} colours: more than half of the answers are right: {by_colour > 0.5}; guessing {percent(1 / 8)}")
print(f"{len(present)} things: more than a fifth of the answers are right: {by_name > 0.2}; guessing {percent(guess)}")

# %% [markdown]
# It learned colours, and few names of things. A colour behind the whole picture is easy to see, and each of the eight comes in about every eighth picture, while a thing comes in one of a hundred. Easy facts go a long way: a caption that mentions two or three of them leaves few of 500 pictures to choose from. So a recall that is high above guessing does not say *what* was learned. Always ask.
#
# ### Search with it
#
# Change the words and run the cell again. Words that it never read are skipped; if it knows none of them, its answer means nothing. For this model *gatto* (cat) and *gatti* (cats) are two words with nothing in common.

# %%
from clipit.plots import plot_gallery

asked, gloss_asked, colour = "con lo sfondo giallo", "with a yellow background", "yellow"  # colour marks what is right
_, read = map(np.asarray, encode(model, new_pixels, to_numbers([asked])))
found = np.argsort(-seen @ read[0])[:5]
right = (behind[found] == colour).tolist()
print(f"“{asked}”: more than half of the first {len(found)} are right: {sum(right) > 2}; guessing {percent(1 / 8)}")
plot_gallery(f"“{asked}” ({gloss_asked})", [np.asarray(gallery[int(row)]["image"]) for row in found], right)

# %% [markdown]
# The best answer is on the left; a picture in a whole blue frame is right, one in a dashed frame is wrong. Try *una torre* (a tower), *sei* (six), *due case rosa* (two pink houses: does it find houses, or pink, or neither?); the frames go on marking the colour behind, so look yourself.
#
# ### Break it
#
# Somebody rewrote `draw_batch`. It runs, nothing crashes, the shapes are right, and three things are wrong. Read it before you look at what it does to the training.


# %%
def broken_batch(rng, pixels, numbers, size):
    rows = rng.integers(0, len(pixels), size)
    chosen = rng.integers(0, numbers.shape[1] - 1, size)
    return pixels[rows], numbers[np.sort(rows), chosen]


_, broken_losses, broken_looks = train(pixels, numbers, steps=40, draw=broken_batch)
print(f"after 40 steps, found among the first ten: healthy more than 3 x guessing: {looks[40] > 3 * 10 / 500}")
print(f"broken more than 3 x guessing: {broken_looks[40] > 3 * 10 / 500}")
print("losses within 1 of each other:", abs(np.mean(broken_losses[-5:]) - np.mean(losses[35:40])) < 1)

# %% [markdown]
# The losses of the first 40 steps would not have told us much: the healthy one is only a little below ln 128 yet, the broken one is at it. The search did.
#
# ### Exercise 3.3 · Repair it
#
# ●●○ · 10 min · Write the function again, without looking back at part 6 and without the three faults: pictures at random, none twice in a batch; with each picture one of its *own* captions; and each of the five has a chance.
#
# <details><summary>Hint 1</summary>
#
# Which rows do the pictures have, and which rows their captions?
#
# </details>
# <details><summary>Hint 2</summary>
#
# `rng.integers(low, high, size)` draws with putting back, and never draws `high` itself. `rng.permutation(n)` has every number once.
#
# </details>
# <details><summary>Expected output</summary>
#
# Two arrays, `size` pictures and `size` captions, row by row belonging together.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Mending only the fault that the search shows. The other two are silent: a picture that comes twice is pushed away from its own captions, and a fifth of the captions is never read. The curves hardly show either.
#
# </details>


# %%
def repaired_batch(rng, pixels, numbers, size):
    return ...


# %%
check.batch(repaired_batch)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def repaired_batch(rng, pixels, numbers, size):
#     rows = rng.permutation(len(pixels))[:size]
#     chosen = rng.integers(0, numbers.shape[1], size)
#     return pixels[rows], numbers[rows, chosen]
# ```
#
# </details>
#
# More ways to break the 60 lines, if you want to go on: leave out `unit`; leave out `(numbers > 0)`; set the learning rate to 0.5; use `maps.mean` instead of `maps.max`; start the scale at 1. For each write down first what the loss and the search will do. Which of them does hardly any harm?
#
# <details><summary>What we saw, in one run each</summary>
#
# Without the mask: no harm that we could see. `maps.mean`, or a scale that starts at 1: a little worse. Without `unit`, or with a rate of 0.5: near guessing.
#
# </details>

# %% [markdown]
# ## 8 · Which encoders?
#
# We took a ConvNet and a bag of words because they are small. The article that this course is built on, "How to Train your CLIP", says about the image encoder: "it is not really important what are you using (yes, the choice is going to affect performance, but the idea stays the same)". How much does it affect it, at our scale? A study that comes with this course trained models that differ in one encoder only, each for the same time on two cores, 45 seconds, each with the learning rate that suits it best, from five seeds. The table has the share of 1,000 new captions that find their picture at *first* place, the mean and the 95 % interval over seeds.

# %%
from clipit.studies.summaries import told, values
from clipit.studies.table import read_rows, results_file

rows = read_rows(results_file("encoders"))
measured = {}
for arm in dict.fromkeys(row["arm"] for row in rows if row["kind"] == "result"):
    by_seed = list(values(rows, "text_to_image.recall@1", arm=arm).values())
    measured[arm] = by_seed
    print(f"{arm:<17} {told(by_seed)}")

print("every ViT run is below every ConvNet run:", max(measured["vit"]) < min(measured["convnet"]))
print("every run with BERT is below every run with a bag:", max(measured["convnet"]) < min(measured["bag_of_words"]))

# %% [markdown]
# `convnet` has a ConvNet that looks at squares of 8 pixels, `convnet_fine` one that looks at squares of 3, `vit` a vision transformer; these three read with a small BERT (lesson 1 took both apart). `bag_of_words` is `convnet` with a bag of words instead of BERT. `convnet_shuffled` is the control.
#
# In the same time the ConvNet learned several times as much as the ViT, and the bag of words more than BERT, although it cannot notice the order of words, as you saw in lesson 1. So here it *is* important what you use, and the quick encoders win this short race: ConvNets with the larger squares, and the bag. One reason is in the table of the study: their steps take less time, so they take more of them.
#
# This does not contradict the article. It had a ViT that had seen 400 million pictures before, and a BERT that had read a great deal of Italian; ours begin from nothing and have 45 seconds. "Not really important" is a sentence about the idea, which stays the same: another encoder is another class, and all else is as before. How good it gets is a question of scale: of the data, of the time, and of what an encoder has learned before.

# %% [markdown]
# ## What this does not show
#
# - **Nothing about real photos or real sentences.** Drawn scenes with a few hundred words are easy, and a bag of words is enough for much of them.
# - **Not where CLIP's gap comes from.** In the toy a sharp scale leaves the gap as it was. That fits what Liang and others measured on real models, and is no proof that it is the only cause.
# - **Not that the circle's loss cannot be beaten.** It is computed and reached, and no descent went below it; a proof is missing.
# - **Not how sure the recall is.** One training from one seed. The study in section 8 has five.
# - **Not which encoder is best.** The ViT and BERT might win with more data and time. That was not measured here.
#
# ## Take-aways
#
# 1. Training pulls pairs together and pushes everything else apart until there is no room left, and how much room there is depends on the width. A circle is full with a few pairs; in 512 dimensions a thousand random directions fit.
# 2. The scale decides what the loss cares about: too soft, and it does not mind clumps; too sharp, and it is content too early, or very slow.
# 3. A modality gap stays where the loss has no reason to close it. By itself it is no sign of a bad model: look at the loss.
# 4. With the pull alone, and nothing else to stop it, an encoder collapses: it is the cheapest way to please the pull.
# 5. Overfit a handful first; then train; then shuffle the captions and see it fail. A falling loss alone proves nothing.
#
# In this notebook you trained on a circle and with real encoders, computed what can be reached, and made it fail in several ways. Test yourself: why does the loss of 24 pairs on a circle stop above 1? Why did the free points not collapse when the encoder did? The loss of your training falls and recall stays at chance: which two causes would you look for first?
#
# Next: lesson 4 asks where over a million Italian captions come from, and whether they are any good.
#
# <details><summary>For teachers</summary>
#
# In sixty minutes: section 1 with the animation, section 2 up to the figure, section 5, and the playground for ten minutes; then section 7 with everybody typing part 5 themselves. In ninety minutes: all exercises, and section 4. What people often believe: that the loss must go to zero (not on a circle), that no negatives always means collapse (only where weights are shared), that a gap means that training failed, and that a falling loss means learning. For the last question of the self-test: captions that do not belong to their pictures, and learning by heart. Of the extra ways to break the 60 lines, let groups bet before they run them. Use the edition without outputs in class.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Liang et al. 2022, ["Mind the Gap: Understanding the Modality Gap in Multi-modal Contrastive Representation Learning"](https://arxiv.org/abs/2203.02053).
# - Wang and Isola 2020, ["Understanding Contrastive Representation Learning through Alignment and Uniformity on the Hypersphere"](https://arxiv.org/abs/2005.10242).
# - Chen and He 2020, ["Exploring Simple Siamese Representation Learning"](https://arxiv.org/abs/2011.10566): how to train without negatives and not collapse.
# - Kingma and Ba 2014, ["Adam: A Method for Stochastic Optimization"](https://arxiv.org/abs/1412.6980).
#
# Pictures: emoji by [OpenMoji](https://openmoji.org), the open-source emoji and icon project, [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/). Text: [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).
