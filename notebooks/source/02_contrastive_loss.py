# %% [markdown]
# {badge} · Notebook 2 of 12 · machine 45 s · reading 20 min · exercises 25 min
#
# # 2 · The contrastive loss: what does "close" mean?
#
# **You will show that** a model that knows nothing has a loss of ln B (the natural logarithm of B) when it chooses among B captions, on paper and measured, and that four bugs, each of which is one line long, can be told apart by four cheap questions, which five healthy trainings answer rightly.
#
# **Before:** lesson 1, of which you need `jax.grad`, gradient descent, projections and cosine similarity; and from lesson 0 the softmax with its logit scale.
#
# **After this you can** 1. write the loss of CLIP in five lines, 2. say what it must be before training, 3. say for each vector how the loss pulls and pushes it, 4. find out why a loss is stuck, or why it is not stuck and the model is bad all the same.
#
# The set-up is the same as in every lesson.

# %%
import clipit.course

clipit.course.setup()

# %% [markdown]
# ## 1 · Two pairs
#
# Take the smallest case there is: a picture of a *gatto* (cat), one of a *mela* (apple), and these two words as captions. To be able to draw them, we give each a vector of only two numbers, and length one, so that all four lie on a circle. There are no encoders yet: training will move the vectors themselves.
#
# Two pictures and two captions have four similarities. We write them as a table, the **similarity matrix**: a row for each picture, a column for each caption. What belongs together lies on the diagonal.

# %%
import numpy as np


def on_circle(*degrees):
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)  # [pairs, 2]


images, texts = on_circle(20, 80), on_circle(150, 40)  # cat and apple, each in degrees
similarities = images @ texts.T  # [pictures, captions]
print(similarities.round(1))

# %% [markdown]
# Read along the rows: the cat's picture points away from its own caption, and nearly the same way as the apple's. The start is bad on purpose. Training shall raise the diagonal and lower the rest. What will the *wrong* pairs, off the diagonal, have for a similarity when it is done? Write a number between −1 and 1.

# %%
clipit.course.predict("similarity of the wrong pairs after training", ...)

# %%
from clipit.course.toy import Toy, train_toy

toy = Toy(pairs=2, logit_scale=2.0, learning_rate=0.2, steps=150)
history = train_toy(toy, start=(images, texts))
trained = history.image_points[-1] @ history.text_points[-1].T  # [pictures, captions]
clipit.course.reveal("similarity of the wrong pairs after training", round(float(trained[0, 1]), 1))
print(f"Right pairs: from {np.diag(similarities).mean():.1f} to {np.diag(trained).mean():.1f}.")
print(f"The loss, which we come to next, falls from {history.losses[0]:.1f} to {history.losses[-1]:.2f}.")

# %%
from clipit.course.art import gloss, picture, word
from clipit.plots import animate_space

concepts = ["cat", "apple"]
labels = [f"{word(concept)} ({gloss(concept)})" for concept in concepts]
frames = history.thin(60)
# the last digit of a coordinate may differ between processors; the numbers are printed above
# NBVAL_IGNORE_OUTPUT
animate_space(
    frames.image_points,
    frames.text_points,
    frames.losses,
    labels,
    pictures=[picture(concept) for concept in concepts],
    title="Two pairs, moved by gradient descent",
    matrix=True,
)

# %% [markdown]
# Press play, or pull the slider. Each picture and its caption, joined by a line, come together, and the two pairs move to opposite sides of the circle. In the table, the diagonal rises and the rest falls. (The table of the animation is turned over, with captions at its rows, because words need more room. Where a notebook does not run scripts, you see the last moment only.)
#
# Nobody told the pairs to go to opposite sides. "Different" could have meant a right angle, a similarity of 0. But the loss always prefers the wrong pairs a little further away, and with two pairs there is room for it until −1. What is this loss?

# %% [markdown]
# ## 2 · From similarities to one number
#
# The idea is a quiz. Training looks at some pairs at a time; these are called a **batch**, and ours has two. Each picture gets all captions of the batch and has to pick its own. It answers with shares that add up to one, by the softmax that you know from lesson 0: multiply the similarities by the logit scale (the products are the **logits**), take the exponential, divide by the sum of the row.

# %%
import jax
import jax.numpy as jnp

scale = 2.0
shares = np.asarray(jax.nn.softmax(scale * similarities, axis=1))  # each row adds up to one
print(shares.round(2))
print(f"The cat's picture gives its own caption a share of {shares[0, 0]:.2f}.")

# %% [markdown]
# A good answer has a share near 1 on the diagonal. As a penalty for a share we take minus its logarithm: nothing for a share of 1, and the more the smaller the share is. (The logarithm is the natural one, and its unit is called **nat**.)

# %%
for share in (1.0, 0.5, 0.1, 0.01):
    print(f"a share of {share:<4} costs {abs(np.log(share)):.2f} nats")
from_images = -np.log(np.diag(shares)).mean()
print(f"Our two pictures pay {from_images:.2f} on average.")

# %% [markdown]
# That is one direction. The quiz goes the other way as well: each *caption* gets all pictures and picks its own. The logits are the same numbers; only now each *column* is a question, so the softmax goes down the columns. The loss of CLIP is the mean of both directions. It is called **InfoNCE**, and in the library `info_nce`.

# %%
from clipit.losses import info_nce

from_texts = -jnp.diag(jax.nn.log_softmax(scale * similarities, axis=0)).mean()
print(f"pictures pick captions {from_images:.2f}, captions pick pictures {from_texts:.2f}")
print(f"mean {(from_images + from_texts) / 2:.2f}, the library says {info_nce(images, texts, scale):.2f}")

# %% [markdown]
# `jax.nn.log_softmax` is the logarithm of the softmax in one go. It gives the same numbers, and does not overflow when logits are large.
#
# The other captions of the batch, those that a picture must not pick, are called **negatives**. Nobody collects them: the captions of the other pictures serve, and this is why a larger batch is a harder quiz.
#
# ### Exercise 2.1 · The loss in five lines
#
# ●●○ · 10 min · Write the loss as a function of the vectors of pictures and captions (both [batch, numbers], of length one, row i and row i belong together) and of the scale. Return one number.
#
# <details><summary>Hint 1</summary>
#
# All logits at once: `scale * images @ texts.T`. What belongs together: `jnp.diag(...)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `jax.nn.log_softmax(logits, axis=1)` makes each row a question, `axis=0` each column.
#
# </details>
# <details><summary>Expected output</summary>
#
# For the pictures `[[1, 0], [0.6, 0.8], [0, 1]]`, the captions `[[0.8, 0.6], [0, 1], [0.6, -0.8]]` and a scale of 2 the loss is 1.774.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# One direction only; the sum over the batch instead of the mean; dividing by the scale; the probability without its logarithm; no minus; changing the axis *and* transposing the logits, which is the same direction twice.
#
# </details>


# %%
def my_info_nce(images, texts, scale):
    return ...


# %%
from clipit.course.exercises import contrastive as check

check.info_nce(my_info_nce)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_info_nce(images, texts, scale):
#     logits = scale * images @ texts.T
#     from_images = -jnp.diag(jax.nn.log_softmax(logits, axis=1)).mean()
#     from_texts = -jnp.diag(jax.nn.log_softmax(logits, axis=0)).mean()
#     return (from_images + from_texts) / 2
# ```
#
# </details>
#
# ### What the scale does
#
# Cosines lie between −1 and 1, and often close to one another. The scale decides how much a difference between them counts. Here is a picture whose own caption has a similarity of 0.30, and the three others of the batch come close.

# %%
close = jnp.array([0.30, 0.25, 0.20, 0.10])
for scale in (1.0, 14.3, 100.0):
    own = jax.nn.softmax(scale * close)[0]
    print(f"scale {scale:5.1f}: the share of the right caption is {own:.2f}")

# %% [markdown]
# With a scale of 1, the right answer hardly shows; with 100 a lead of 0.05 decides. One divided by the scale is called the **temperature**. CLIP starts with a temperature of 0.07, a scale of 14.3, and learns the scale by gradient descent together with everything else, up to 100.
#
# ## 3 · Pull and push
#
# Training follows the gradient, so let us look at it: how does the loss change with each of the similarities? Where the gradient is negative, raising this similarity lowers the loss. We begin with two pairs that are not told apart at all.

# %%
equal = jnp.full((2, 2), 0.5)  # two pictures, two captions, nothing told apart


def loss_of(similarities, scale=2.0):
    rows, columns = (jnp.diag(jax.nn.log_softmax(scale * similarities, axis=axis)) for axis in (1, 0))
    return -(rows + columns).mean() / 2


print(jax.grad(loss_of)(equal))
print("sum of all four:", abs(float(jax.grad(loss_of)(equal).sum())))

# %% [markdown]
# The right pairs have a negative gradient: they are pulled together. The wrong pairs have a positive one: they are pushed apart, just as strongly, since all four numbers add up to zero. As soon as the shares are right, both forces fade: what is already understood costs no more effort.
#
# The formula behind it is short. In one direction, the derivative of −log softmax by a logit is *the share that it got, minus the share that it should have got*.
#
# ### Exercise 2.2 · The gradient of two pairs, by hand
#
# ●●○ · 10 min · Without `jax.grad`: write a function that takes the similarity matrix of two pairs and the scale, and returns the [2, 2] matrix of derivatives of the loss by each similarity.
#
# <details><summary>Hint 1</summary>
#
# Take the softmax along the rows, and another one along the columns. Wanted is in both the matrix `np.eye(2)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# A logit is scale times similarity, so a factor `scale` comes in front. The loss is the mean over two pairs and two directions, so everything is divided by four.
#
# </details>
# <details><summary>Expected output</summary>
#
# For four similarities of 0.5 and a scale of 2, what the cell above printed. For `[[0.6, 0.1], [0.4, -0.2]]` and a scale of 2: `[[-0.335, 0.457], [0.585, -0.707]]`.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# One direction only; no scale in front; not dividing by four; subtracting 1 on the diagonal for one direction, and not for the other; the sign, which makes it a step downhill instead of the gradient.
#
# </details>


# %%
def my_gradient(similarities, scale):
    return ...


# %%
check.gradient(my_gradient)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_gradient(similarities, scale):
#     rows = jax.nn.softmax(scale * similarities, axis=1)
#     columns = jax.nn.softmax(scale * similarities, axis=0)
#     return scale * (rows + columns - 2 * np.eye(2)) / 4
# ```
#
# </details>

# %% [markdown]
# ## 4 · What must the loss be before training?
#
# Write B for the number of pairs in a batch. A model with random weights knows nothing, so its similarities should all be about the same, and each of the B captions gets the same share. What does the right one cost? Take a batch of 128 pairs and write your number.

# %%
clipit.course.predict("loss before training, 128 pairs", ...)

# %% [markdown]
# Now we measure it. From the parts of lesson 1, a small ConvNet and a bag of words, we build a model with random weights, and give it 256 pictures of the small world with their captions, in batches of 2, 8, 32 and 128. (The trained model comes along: its tokenizer is needed now, its encoders in section 5.)

# %%
from clipit.data.batches import decode
from clipit.hub.folder import new_model
from clipit.models.config import BagOfWordsConfig, ConvNetConfig, DualConfig
from clipit.training.features import embed_captions, embed_pixels

model, tokenizer = clipit.load("quick")
world = clipit.data.world(split="test", size=512)
some = world.select(range(256))
sizes = DualConfig(ConvNetConfig(widths=(32,)), BagOfWordsConfig(model.config.text.vocabulary_size))
pixels, captions = decode(some, sizes.vision.image_size), list(some["caption"][:])
untrained = new_model(sizes, seed=0)  # random weights
random_images, random_texts = embed_pixels(untrained, pixels), embed_captions(untrained, tokenizer, captions)
print(f"{len(random_images)} pictures and captions, {random_images.shape[1]} numbers each")

# %%
from clipit.losses import expected_loss

fast_loss = jax.jit(info_nce)


def mean_loss(images, texts, scale, size):
    """Over as many whole batches as there are."""
    starts = range(0, len(images), size)
    return np.mean([fast_loss(images[at : at + size], texts[at : at + size], scale) for at in starts])


initial = float(untrained.logit_scale())
clipit.course.reveal("loss before training, 128 pairs", round(mean_loss(random_images, random_texts, initial, 128), 1))
for size in (2, 8, 32, 128):
    measured = mean_loss(random_images, random_texts, initial, size)
    print(f"{size:>3} pairs: ln {size} = {expected_loss(size):.1f}, measured {measured:.1f}")

# %% [markdown]
# B equal shares are 1/B each, and −ln(1/B) is **ln B**. `expected_loss(B)` is this number. The measured loss lies close to it, and a little above. Why above? We try three scales.

# %%
from clipit.plots import plot_starts

batches = [2, 8, 32, 128]
measured = {
    f"untrained, scale {scale:.0f}": [mean_loss(random_images, random_texts, scale, size) for size in batches]
    for scale in (1.0, initial, 100.0)
}
print("128 pairs:", ", ".join(f"{name[11:]}: {losses[-1]:.1f}" for name, losses in measured.items()))
plot_starts("A model that knows nothing, and what its loss should be", batches, measured)

# %% [markdown]
# The dotted line is ln B. With a scale of 1 the marks lie on it; with the 14 that CLIP starts from they are slightly above; with 100 they are far above. Random similarities are not exactly alike, and a large scale blows their accidental differences up, so that the model is *sure* of wrong answers, which costs more than not knowing. A first loss well above ln B therefore says: the logits are too far apart for a model that knows nothing, because the scale is too large, or because the vectors are not of length one.
#
# There is a neat way to read a loss: e to the power of the loss is, roughly, the number of captions among which the model is still wavering. At ln 128 it wavers among all 128; at 0.69 between two. (Above ln B this reading ends: such a model does not waver, it is sure of wrong answers.)
#
# ### Exercise 2.3 · Where will your loss begin?
#
# ●○○ · 5 min · Large trainings share a batch among several **devices**, that is, processors made for such work: each encodes its own part, and then all vectors are gathered, so that each picture meets the captions of all devices. Write a function that takes the pairs on each device and the number of devices, and returns the loss before training.
#
# <details><summary>Hint</summary>
#
# How many captions does one picture choose from?
#
# </details>
# <details><summary>Expected output</summary>
#
# For 16 pairs on each of 8 devices: 4.852. If such a run begins at 2.77 instead, it forgot to gather: each device plays its own small quiz.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Counting one device only; logarithms to the base 2 or 10; adding the two directions.
#
# </details>


# %%
def my_start(pairs, devices):
    return ...


# %%
check.loss_before(my_start)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def my_start(pairs, devices):
#     return np.log(pairs * devices)
# ```
#
# </details>

# %% [markdown]
# ## 5 · "My loss is stuck at 4.85"
#
# Sooner or later somebody writes to you: *it runs, nothing crashes, and the loss has been stuck at 4.85 for hours*. You now know more than the person who wrote it: e to the power of 4.85 is 128, so the batch has 128 pairs, and the model still wavers among all of them. What the number does not tell is *why*.
#
# To look for reasons we need a training that takes a second. We take both encoders of lesson 0 as they are, trained and **frozen**, which means that their weights no longer change. We throw their projections away and train two new ones, 512 numbers wide as in CLIP, from random on. What the frozen encoders make of 512 pictures and captions (the **features**) is computed once; 384 pairs are for training, and 128 are kept apart as new ones to test with. The steps are those of **Adam**, a kind of gradient descent whose steps are about equally long for every weight, whether its gradient is large or small. Besides the loss we look at the **recall**: the share of new captions whose own picture comes first.

# %%
from clipit.course.projections import frozen_features, train_projections
from clipit.models.dual import normalise  # makes the length of each row one

features = frozen_features(model, tokenizer, world, learned=384)
SCALE, BATCH = 1 / 0.07, 128


def healthy(images, texts):
    """The loss of projected features, which have any length."""
    return info_nce(normalise(images), normalise(texts), SCALE)


good = train_projections(features, healthy, batch=BATCH, steps=100, learning_rate=1e-3)  # the defaults
print(f"loss: first near {expected_loss(BATCH):.2f}:", bool(abs(good.losses[0] - expected_loss(BATCH)) < 0.5))
print("last below 0.5:", bool(good.losses[-10:].mean() < 0.5))
print(
    f"more than 75 of 100 new captions find their picture: {good.recall > 0.75} (guessing: {100 / len(good.texts):.1f})"
)

# %% [markdown]
# This is how health looks. Now two trainings that are stuck. In the first, all captions are the same, as it happens when a column is read wrongly and every caption is empty, or when a tokenizer knows no word and makes `[UNK]`, the token for an unknown word, of each. In the second, somebody wrote a learning rate that is ten thousand times too small. Which of the two curves will lie exactly at 4.85 in the end?

# %%
clipit.course.predict("what is stuck exactly at 4.85 (the same captions, or the small steps)", ...)

# %%
from dataclasses import replace

from clipit.plots import plot_losses

one_caption = replace(features, texts=np.repeat(features.texts[:1], len(features.texts), axis=0))
same = train_projections(one_caption, healthy)
small = train_projections(features, healthy, learning_rate=1e-7)
runs = {"the same captions": same, "the small steps": small}
exact = [name for name, run in runs.items() if abs(run.losses[-1] - expected_loss(BATCH)) < 0.005]
clipit.course.reveal("what is stuck exactly at 4.85 (the same captions, or the small steps)", " and ".join(exact))
print(
    f"Both stay above {0.95 * expected_loss(BATCH):.1f}:",
    min(run.losses.min() for run in runs.values()) > 0.95 * expected_loss(BATCH),
)
curves = {"healthy": good.losses} | {name: run.losses for name, run in runs.items()}
plot_losses("Two ways to be stuck", curves, expected_loss(BATCH))

# %% [markdown]
# Both stay near the dotted line. With captions that are all the same, nothing can be told apart, so ln B is the *least* that the loss can be: training goes down to it, exactly, and can go no further. With tiny steps the loss just stays where it began, slightly above, and only jitters with the batch. Without the healthy curve and the dotted line beside them nobody sees the difference. So one asks. Two questions, each of which costs nothing:

# %%
for name, run in {"healthy": good, **runs}.items():
    between = run.texts @ run.texts.T  # [captions, captions]
    alike = "YES" if between[~np.eye(len(between), dtype=bool)].mean() > 0.99 else "no"
    moved = "yes" if run.moved > 0.01 else "NO"
    print(f"{name:<17} captions all alike: {alike:<4} weights moved: {moved}")

# %% [markdown]
# *Are different things different?* Compare the captions' vectors with one another: a mean cosine of 1 means that everything fell onto one point. *Does anything move?* Compare the weights with those of before. The page `docs/my_run_does_not_learn.md` of the repository has ten such questions in the order in which to ask them, and `clipit doctor runs/quick` in a terminal asks them for you.

# %% [markdown]
# ## 6 · Four bugs to find
#
# Each of the following four trainings has one bug, of one line. It is always the same game: read the code, predict, run, look at the curve, and only then open the answer. The healthy training is the broad grey line.
#
# ### Run A


# %%
def loss_a(images, texts):
    logits = SCALE * images @ texts.T
    from_images = -jnp.diag(jax.nn.log_softmax(logits, axis=1)).mean()
    from_texts = -jnp.diag(jax.nn.log_softmax(logits, axis=0)).mean()
    return (from_images + from_texts) / 2


# %%
clipit.course.predict("the first loss of run A (below 4, near 5, or above 10)", ...)


# %%
def said(loss):
    return "below 4" if loss < 4 else "near 5" if loss < 6 else "above 10" if loss > 10 else "in between"


run_a = train_projections(features, loss_a)
clipit.course.reveal("the first loss of run A (below 4, near 5, or above 10)", said(run_a.losses[0]))
times = run_a.losses[0] / expected_loss(BATCH)
print(f"The first loss is more than {100 * int(times // 100)} times ln {BATCH}.")
curves = {"healthy": good.losses[:50], "run A": run_a.losses[:50]}
plot_losses("Run A, the first 50 steps", curves, expected_loss(BATCH), logarithmic=True)

# %% [markdown]
# Mind the axis: each power of ten takes the same room. The curve begins hundreds of times too high, and falls. Without the dotted line it even looks like great progress.
#
# <details><summary>What was wrong?</summary>
#
# The vectors were not brought to length one. What is called similarity is then no cosine: it can be any number, and the scale multiplies it further. The model is sure of wrong answers from the first step on. **Trace: the first loss is far above ln B.** It learns something all the same, as you will see below, so that its recall alone would not have told.
#
# </details>
#
# ### Run B


# %%
def loss_b(images, texts):
    logits = SCALE * normalise(images) @ normalise(texts).T
    return -jnp.diag(jax.nn.log_softmax(logits, axis=1)).mean()


# %%
clipit.course.predict("the last loss of run B, beside the healthy one (higher, lower, or alike)", ...)


# %%
run_b = train_projections(features, loss_b)
difference = run_b.losses[-10:].mean() - good.losses[-10:].mean()
verdict = "alike" if abs(difference) < 0.05 else "higher" if difference > 0 else "lower"
clipit.course.reveal("the last loss of run B, beside the healthy one (higher, lower, or alike)", verdict)
print(f"After {len(run_b.losses)} steps they are less than 0.05 apart: {bool(abs(difference) < 0.05)}")
plot_losses("Run B", {"healthy": good.losses, "run B": run_b.losses}, expected_loss(BATCH))

# %% [markdown]
# The two curves lie on top of each other. You cannot find this bug by looking at the curve, however long you look. What can be done instead: ask the loss itself a question. Pictures and captions play the same part, so the loss must stay the same when they change places.


# %%
def same_when_swapped(run, loss):
    swapped, not_swapped = float(loss(run.texts, run.images)), float(loss(run.images, run.texts))
    return bool(np.isclose(swapped, not_swapped, rtol=1e-3))


print("healthy:", same_when_swapped(good, healthy), "| run B:", same_when_swapped(run_b, loss_b))

# %% [markdown]
# <details><summary>What was wrong?</summary>
#
# Only pictures pick captions; nobody asks the captions. Here both directions are learned nearly alike, because both directions use the same similarities. On other data, the neglected direction may suffer more. **Trace: none in the curve; the loss changes when pictures and captions change places.** That is a test of one line, to be run before any training.
#
# </details>
#
# ### Run C


# %%
def loss_c(images, texts):
    temperature = 0.07
    return info_nce(normalise(images), normalise(texts), temperature)


# %%
clipit.course.predict("new captions of 100 that find their picture after run C", ...)


# %%
run_c = train_projections(features, loss_c)
found = "more than 50" if run_c.recall > 0.5 else "less than 50"
clipit.course.reveal("new captions of 100 that find their picture after run C", found)
lowest = expected_loss(BATCH, logit_scale=0.07)
print(f"The curve goes from {run_c.losses[0]:.2f} to {run_c.losses[-1]:.2f}; below {lowest:.2f} it cannot go.")
plot_losses("Run C", {"healthy": good.losses, "run C": run_c.losses}, expected_loss(BATCH))

# %% [markdown]
# The curve is as flat as those of section 5. And yet most new captions find their picture: the model has learned. This is the opposite of run B: there the curve looked fine and something was missing, here the curve looks dead and the model is alive.
#
# <details><summary>What was wrong?</summary>
#
# Similarities have to be *divided* by the temperature, that is, multiplied by the scale, 1/0.07. Here they were multiplied by 0.07, so that all logits lie between −0.07 and 0.07, and all shares are nearly equal, whatever the model knows. `expected_loss(128, logit_scale=0.07)` says on paper how little the loss can fall even for perfect vectors. **Trace: the first loss is ln B to the second digit, suspiciously exact, and the curve is flat although the model learns.** Adam, whose steps do not shrink with the gradient, can learn even from so little. In CLIP the scale is learned too, so that it may grow out of such a start; here it stays.
#
# </details>
#
# ### Run D
#
# The last bug is not in the loss. `draw` decides which pictures and which captions come into the next batch; it returns their numbers.


# %%
def draw_d(rng, learned, batch):
    pictures = rng.permutation(learned)[:batch]
    captions = rng.permutation(learned)[:batch]
    return pictures, captions


# %%
clipit.course.predict("new captions of 100 that find their picture after run D", ...)


# %%
run_d = train_projections(features, healthy, draw=draw_d)
found = "more than 5" if run_d.recall > 0.05 else "less than 5"
clipit.course.reveal("new captions of 100 that find their picture after run D", found)
print(f"The loss begins near {run_d.losses[0]:.0f} and ends near {run_d.losses[-10:].mean():.0f}.")
print("The weights moved:", run_d.moved > 0.01)
plot_losses("Run D", {"healthy": good.losses, "run D": run_d.losses}, expected_loss(BATCH))

# %% [markdown]
# Stuck again, but captions differ, weights move, and the scale is right.
#
# <details><summary>What was wrong?</summary>
#
# Pictures and captions are shuffled, each by itself, so that they no longer belong together. There is nothing to learn, and all that the model can do is not to be sure of anything, which costs ln B. **Trace: stuck near ln B, and new pairs are found no better than by guessing, although everything moves.** If each picture kept one wrong caption for good, the training loss would fall, because these wrong pairs can be learned by heart (try it: even the two projections manage): only the *new* pairs would tell.
#
# </details>

# %% [markdown]
# ### Four questions
#
# Now all in one table: four questions, each a line of code. Before you run it, say which run fails which question.


# %%
def ask(run, loss):
    """Yes or no to four questions about a training."""
    answers = {
        "starts near ln B": abs(run.losses[0] - expected_loss(BATCH)) < 0.5,
        "leaves the start": run.losses[-10:].mean() < run.losses[0] / 2,
        "same when swapped": same_when_swapped(run, loss),
        "finds new pairs": run.recall > 10 / len(run.texts),  # ten times as often as guessing
    }
    return {question: "yes" if answer else "NO" for question, answer in answers.items()}


trainings = {"healthy": good, "A": run_a, "B": run_b, "C": run_c, "D": run_d}
losses = {"healthy": healthy, "A": loss_a, "B": loss_b, "C": loss_c, "D": healthy}
questions = ask(good, healthy)
print("run      ", *questions, sep=" | ")
for name, run in trainings.items():
    answers = ask(run, losses[name])
    print(f"{name:<9}", *(answers[question].center(len(question)) for question in questions), sep=" | ")

# %% [markdown]
# Each of these four has its own pattern. That is the result of this lesson: the loss alone would have caught A, missed B, and, read quickly, taken C and D for the same thing. (The two stuck trainings of section 5 would look like D here; the two questions asked there tell them apart.)
#
# ### Negative control: does it find bugs where there are none?
#
# A list of questions that always finds something is worth nothing. So we train the healthy loss five times, each time from other random projections and with other batches. Every answer must be yes.

# %%
again = [train_projections(features, healthy, seed=seed) for seed in range(1, 6)]
passed = [set(ask(run, healthy).values()) == {"yes"} for run in again]
print(f"{sum(passed)} of {len(passed)} healthy trainings pass all four questions.")
ends = [run.losses[-10:].mean() for run in again]
print("Their last losses differ by less than 0.05:", bool(np.ptp(ends) < 0.05))

# %% [markdown]
# Healthy trainings differ among themselves far less than A, C and D differ from them. Had one of the five failed, a question would have been too strict.

# %% [markdown]
# ## 7 · Optional: floors, two rarer bugs, and other losses
#
# You may skip this section on a first reading.
#
# ### Captions that come twice
#
# If two pictures of a batch have the *same* caption, nothing can tell which belongs to which: both get half of the share at best. Suppose there are C different captions, equally frequent. How many others of a batch of B have the caption of a given pair is like a throw of B − 1 dice with C sides, of which one counts those that show this caption. If k others have it, the best possible loss of this pair is ln(1 + k), so the **floor**, the least value that the loss can have, is the mean of ln(1 + k) over the throws. `expected_loss(B, classes=C)` computes it. We check it with vectors that are perfect: each caption has a direction of its own, at a right angle to all others.

# %%
rng = np.random.default_rng(0)
for classes in (20, 200, 2_000):
    drawn = rng.integers(0, classes, (50, BATCH))  # which caption each pair has
    rows = [jax.nn.one_hot(kinds, classes) for kinds in drawn]  # a 1 at the place of the caption: right angles
    measured, floor = np.mean([fast_loss(row, row, 100.0) for row in rows]), expected_loss(BATCH, classes=classes)
    print(f"{classes:>5} captions: floor {floor:.2f}, measured nearly that: {bool(abs(measured - floor) < 0.05)}")

# %% [markdown]
# With 20 different captions, about two fifths of ln 128 can never be learned, by the best model there is. A loss is therefore only "high" or "low" when compared with its floor. (The small world knows which captions are true of which pictures, and the library can count them all as right: that is the argument `positives` of `info_nce`.)
#
# ### Bug E: two directions that are one
#
# This loss *looks* symmetric. Ask it the question of run B.


# %%
def loss_e(images, texts):
    logits = SCALE * normalise(images) @ normalise(texts).T
    from_images = -jnp.diag(jax.nn.log_softmax(logits, axis=1)).mean()
    from_texts = -jnp.diag(jax.nn.log_softmax(logits.T, axis=0)).mean()
    return (from_images + from_texts) / 2


print("loss E, same when swapped:", same_when_swapped(good, loss_e))

# %% [markdown]
# Transposing the matrix *and* changing the axis changes nothing: row questions again. The test of one line finds it.
#
# ### Bug F: targets that follow the model
#
# Some people soften the quiz: if two captions are similar, picking the other one should cost less. So instead of "1 for the right one, 0 for the others", the wanted shares are computed from how similar the captions are to one another, and the pictures likewise. These **soft targets** come from the model itself, and there lies the trap: gradient descent can lower the loss by changing the model's *answers* or by changing the *answer key*. `jax.lax.stop_gradient` forbids the second: it passes numbers on, but no gradient. What does its absence do? The scale is 1 here, as in the simplest versions of this idea. Read the code, then say which of the two will reach the lower loss.


# %%
def soft_loss(images, texts, protect):
    images, texts = normalise(images), normalise(texts)
    wanted = protect(jax.nn.softmax((images @ images.T + texts @ texts.T) / 2, axis=1))
    logits = images @ texts.T
    from_images = -(wanted * jax.nn.log_softmax(logits, axis=1)).sum(axis=1)
    from_texts = -(wanted * jax.nn.log_softmax(logits.T, axis=1)).sum(axis=1)
    return (from_images + from_texts).mean() / 2


# %%
clipit.course.predict("the lower loss (with or without stop_gradient)", ...)


# %%
def with_stop(images, texts):
    return soft_loss(images, texts, jax.lax.stop_gradient)


def without_stop(images, texts):
    return soft_loss(images, texts, lambda wanted: wanted)


with_it, without = (train_projections(features, loss) for loss in (with_stop, without_stop))
lower = "without" if without.losses[-1] < with_it.losses[-1] else "with"
clipit.course.reveal("the lower loss (with or without stop_gradient)", lower)
for name, run in {"with": with_it, "without": without}.items():
    found = "most" if run.recall > 0.5 else "hardly any" if run.recall < 0.1 else "some"
    print(f"{name:<8} {found} of the new captions find their picture")

# %% [markdown]
# The lower loss belongs to the useless model: it has arranged its vectors so that the answer key becomes easy to meet. A loss may only be compared with another one if both ask the same.
#
# ### SigLIP: no quiz, but yes or no
#
# SigLIP replaces the quiz by questions with yes or no: *do this picture and this caption belong together?*, asked of every pair of the batch, right and wrong. The answer's probability is the **sigmoid**, 1/(1 + exp(−x)), of x = scale · similarity + bias. In the library it is `clipit.losses.sigmoid`. Its authors start with a scale of 10 and a **bias** of −10. Why? For each right pair there are 127 wrong ones here. With a bias of 0, a model that knows nothing says "fifty-fifty" to all, and nearly all of its loss comes from wrong pairs.

# %%
from clipit.losses import sigmoid

apart = jnp.zeros((BATCH, 2)).at[:, 0].set(1), jnp.zeros((BATCH, 2)).at[:, 1].set(1)  # all similarities are 0
for bias in (0.0, -10.0):
    first, right = float(sigmoid(*apart, 10.0, bias)), float(-jax.nn.log_sigmoid(bias))
    print(
        f"bias {bias:3.0f}: knowing nothing costs {first:.1f} for each picture, {right:.1f} of it for its own caption"
    )

# %%
for bias in (0.0, -10.0):

    def siglip(images, texts, bias=bias):
        return sigmoid(normalise(images), normalise(texts), 10.0, bias)

    run = train_projections(features, siglip, steps=20)
    own = (run.images * run.texts).sum(axis=1).mean()
    what = "pulled together" if own > 0.3 else "pushed apart" if own < -0.1 else "left alone"
    print(f"bias {bias:3.0f}: after 20 steps, the right pairs were {what}")

# %% [markdown]
# With a bias of 0 the first steps push *everything* apart, right pairs too, only because wrong ones are so many. With −10 the model says "no" to begin with, which is nearly always right, and what costs are the right pairs, so these are pulled, and at first drag everything along. (Scale and bias stay fixed here; SigLIP learns both.)
#
# ### Alignment and uniformity
#
# What does the contrastive loss really want? Two things, said Wang and Isola: that pairs lie close together (**alignment**, the mean squared distance in a pair: 0 at best, 2 for vectors that know nothing of each other), and that everything else spreads out evenly (**uniformity**, the logarithm of the mean of exp(−2 · squared distance) over all pairs of vectors: 0 if all is one clump, near −4 for vectors that spread over many dimensions).

# %%
from clipit.losses import alignment, uniformity

before = train_projections(features, healthy, learning_rate=0.0)  # steps of no length
for name, run in (("before", before), ("after", good), ("run D", run_d)):
    together, spread = alignment(run.images, run.texts), uniformity(run.images)
    print(f"{name:<7} alignment {together:.1f}, uniformity of the pictures {spread:.1f}")

# %% [markdown]
# Training improves both. Run D shows what happens without true pairs: the pictures do not spread, they clump, since being sure of nothing is the cheapest.

# %% [markdown]
# ### Does it pay to learn the scale?
#
# CLIP learns its scale. Would a fixed one do? A study that comes with this course trained whole models, encoders included, for 200 steps from five seeds, with the scale learned from 14.3 on or fixed at three values. The table has the share of new captions that find their picture at first place, the mean and the 95 % interval over seeds (the range in which the mean of many more seeds would be expected).

# %%
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import read_rows, results_file

rows = read_rows(results_file("temperature"))
recall = {}
for arm, scale in dict.fromkeys((row["arm"], row["scale"]) for row in rows if row["kind"] == "result"):
    recall[arm, scale] = values(rows, "text_to_image.recall@1", arm=arm, scale=scale)
    print(f"{arm:<17} {scale:>5}: {told(recall[arm, scale].values())}")
print("learned minus fixed, both at 14.3:", told(difference(recall["learned", "14.3"], recall["fixed", "14.3"])))

# %% [markdown]
# `learned_shuffled` is the control with shuffled captions. A scale of 1 is far worse than the others, and 100 is worse than 14. Between learning the scale and fixing it at the value where it starts, the last line finds no difference that its interval would tell from zero. In so short a training the scale had little time to move; whether learning it pays in a long one was not measured here.

# %% [markdown]
# ## Play with it
#
# Turn the scale. Try 1, 5, 14, 50, 100 and 300, and write down before each run whether the loss or the recall will suffer. `expected_loss` says how low the loss could be for this scale. You can also change the batch: with 16 pairs the quiz is easier and the loss lower, but is the model better?

# %%
scale, batch = 5.0, 128  # turn here


def played(images, texts):
    return info_nce(normalise(images), normalise(texts), scale)


run = train_projections(features, played, batch=batch)
lowest, end = expected_loss(batch, logit_scale=scale), run.losses[-10:].mean()
print(f"ln {batch} is {expected_loss(batch):.2f}; at scale {scale:.0f} no loss can be below {lowest:.2f}.")
print(f"It ends between {np.floor(2 * end) / 2:.1f} and {np.ceil(2 * end) / 2:.1f}.")
print("Most new captions find their picture:", bool(run.recall > 0.5))

# %% [markdown]
# Two losses with different scales or batches must not be compared: they are different quizzes. Recall can be compared, because it only asks for the order.
#
# ## What this does not show
#
# - **Nothing about full training.** Only projections were trained, on encoders that are already good. With encoders that learn as well, bugs may look different, and run B's neglected direction may suffer more.
# - **Not all bugs.** Four questions caught these four. They do not see pictures that are all black, or captions in the wrong language.
# - **Not which scale is best.** One training for each setting of the dial shows how it behaves, and no more.
# - **That wrong pairs always end opposite.** Two pairs have room for it. What many pairs do on a circle is the question of lesson 3.
#
# ## Take-aways
#
# 1. The loss is a quiz in two directions: each picture picks its caption out of the batch, each caption its picture.
# 2. Knowing nothing costs ln B. Say this number before you start, and look whether the first step agrees.
# 3. Its gradient is "share minus what is wanted": right pairs are pulled, wrong ones pushed, and both fade when the answer is right.
# 4. A curve alone misses bugs and invents some. Ask four questions first: start, leaving it, symmetry, new pairs.
# 5. A loss can only be read beside its floor, and only be compared with one that asks the same quiz.
#
# In this notebook you wrote the loss and its gradient, predicted its start, and found four bugs. Test yourself: a run on 4 devices with 64 pairs each begins at 4.16; what is wrong? Why does a curve that falls from 2,000 not by itself show progress? Which of the four bugs would a larger learning rate cure?
#
# Next: lesson 3 watches what this loss does to 24 pairs, and then trains your first CLIP from scratch, with your own `my_info_nce`.
#
# <details><summary>For teachers</summary>
#
# In sixty minutes: sections 1, 2 and 4 with the projector, exercise 2.1 alone, then section 6 as a contest: groups write down which run has which bug after seeing the four curves only. In ninety minutes: all exercises, and section 5 told as a story, where the class asks the questions. What people often believe: that a falling loss means learning (run A, bug F), that a flat loss means none (run C), that a loss of 4.85 is "bad" in itself, and that the batch size is only about speed. The answer to the self-test: ln 64 = 4.16, so the devices do not gather; most of a fall from 2,000 only undoes a wrong start, because a model that knows nothing stands at ln B; none of the four is cured by a learning rate. Use the edition without outputs in class.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Radford et al. 2021, ["Learning Transferable Visual Models From Natural Language Supervision"](https://arxiv.org/abs/2103.00020): figure 3 is the whole model with its loss, in a few lines of code.
# - van den Oord et al. 2018, ["Representation Learning with Contrastive Predictive Coding"](https://arxiv.org/abs/1807.03748): where InfoNCE comes from.
# - Wang and Isola 2020, ["Understanding Contrastive Representation Learning through Alignment and Uniformity on the Hypersphere"](https://arxiv.org/abs/2005.10242).
# - Zhai et al. 2023, ["Sigmoid Loss for Language Image Pre-Training"](https://arxiv.org/abs/2303.15343): SigLIP.
#
# Pictures: emoji by [OpenMoji](https://openmoji.org), the open-source emoji and icon project, [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/). Text: [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).
