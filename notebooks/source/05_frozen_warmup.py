# %% [markdown]
# {badge} · Notebook 5 of 12 · machine 90 s · reading 20 min · exercises 20 min
#
# # 5 · What changes if we freeze first?
#
# **You will show that** an image encoder and a text encoder which are each good at their job understand nothing of each other when they are joined, that the first push of training would then send both of them in a direction that the dice have chosen, and that half a minute of training the two new layers alone mends it, without moving a single number of the encoders.
#
# **Before:** lesson 2 for the loss and lesson 3 for gradient descent. You know that an encoder makes a vector, and that a **projection** (one matrix on top of it) brings the vector into the space that both sides share.
#
# **After this you can** 1. join two encoders that were trained apart, 2. say which parameters a phase of training moves, and check that the others stayed as they were to the last bit, 3. explain with a measurement why the projections go first, 4. find out why "frozen" weights moved, 5. end a phase when its loss has converged.

# %%
import clipit.course

clipit.course.setup()

# %% [markdown]
# ## 1 · Two encoders, each good at its job
#
# The makers of CLIP-Italian did not start from nothing. OpenAI's image encoder had seen 400 million pictures, but its captions were English. An Italian BERT had read a library, but had never seen a picture. Here are the same two characters in small, both trained for this course. `english-clip` learned from 40,000 drawn scenes with English captions. How well does it find pictures among 300 that it never saw?

# %%
import numpy as np

import clipit
from clipit.course.rounding import about
from clipit.course.searching import open_gallery
from clipit.training.features import embed_captions

english, english_tokenizer = clipit.load("english-clip")
gallery = open_gallery(english, clipit.data.world("test", 300))
sentences = embed_captions(english, english_tokenizer, gallery.glosses)  # [300, numbers]
own = np.arange(300)  # caption i belongs to picture i
found = clipit.evaluation.retrieval(sentences, gallery.vectors, own)
print(f"“{gallery.glosses[0]}” and 299 others: {about(found['recall@1'])} find their picture first.")

# %% [markdown]
# And `italian-bert`, which learned to fill in hidden words, as lesson 1 described it? We hide a word behind `[MASK]` and print the three likeliest.

# %%
from clipit.course.warming import fill_in

riddles = {
    "un gatto [MASK] su sfondo blu": "a [MASK] cat on a blue background",
    "tre mele [MASK]": "three [MASK] apples",
    "un cane a [MASK] di un gatto": "a dog to the [MASK] of a cat",
}
for riddle, gloss in riddles.items():
    print(f"{riddle} ({gloss}): {', '.join(word for word, _ in fill_in(riddle))}")

# %% [markdown]
# Colours where a colour belongs, and in the right form: *marrone* or *verde* (brown, green) for one cat, *rosse* (red) for three apples, which are feminine and many. *Sinistra* and *destra* are left and right. It knows how Italian works, and nothing about how anything looks.
#
# ## 2 · Joined, they understand nothing
#
# Now take the image encoder of the one and the text encoder of the other. Their vectors have different lengths, 256 and 128 numbers, so each gets a projection to 256. The projections are new: random numbers. We search the same 300 pictures, with Italian captions. Guessing finds one in 300.

# %%
clipit.course.predict("share of Italian captions that find their picture, before training", ...)

# %%
from clipit.course.warming import join
from clipit.hub.words import load_words
from clipit.training.features import embed_pixels

_, tokenizer = load_words("italian-bert")
joined = join(seed=0)
images = embed_pixels(joined, gallery.pictures)  # [300, 256]
texts = embed_captions(joined, tokenizer, gallery.captions)  # [300, 256]
before = clipit.evaluation.retrieval(texts, images, own)["recall@1"]
clipit.course.reveal("share of Italian captions that find their picture, before training", about(before))

# %% [markdown]
# Both encoders are as good as they were a minute ago. What they lack is a common space. The article says that BERT encodes "into a totally different area of the vector space". We can look: the 256 numbers of each vector are flattened to the two directions in which they differ most (principal components), and a line joins each picture to its caption.

# %%
from clipit.course.warming import flatten
from clipit.plots import plot_spaces

points = flatten(np.concatenate([images, texts]))
apart = {"joined, before training": (points[:80], points[300:380])}  # 80 pairs, so that one can see something
gap = np.linalg.norm(images.mean(0) - texts.mean(0))
print(f"The middles of the two clouds are {gap:.1f} apart; no two vectors of length one can be more than 2.0 apart.")
plot_spaces("Pictures and captions in the shared space", apart)

# %% [markdown]
# Two clouds with nothing between them. The captions' is very small: seen through a random projection, all sentences look alike to this space.
#
# ## 3 · What shall move?
#
# The plan of CLIP-Italian: first train the two projections alone, with both encoders **frozen**; when they have converged, train everything. In this library a plan is a list of **phases**, and a phase says how the names of the parameters that move begin.

# %%
from clipit.course.warming import WARMUP

print("moves:", *WARMUP.trains)
print(f"for {WARMUP.steps} steps at most, with {WARMUP.optimizer}")

# %%
from clipit.course.warming import layers
from clipit.hub.folder import parameters
from clipit.plots import plot_layers

sizes = {name: values.size for name, values in parameters(joined).items()}
moving = sum(size for name, size in sizes.items() if WARMUP.moves(name))
print(f"Of {sum(sizes.values()):,} numbers {moving:,} train, {moving / sum(sizes.values()):.0%} of them.")
plot_layers("What trains in the warm-up (numbers in each layer)", layers(sizes, WARMUP))

# %% [markdown]
# This is the article's figure of blue layers, drawn from the model itself: blue stays as it is, the two layers on top train, and with them one number more, the logit scale.
#
# ### Exercise 5.1 · Freeze what should be frozen, and not more
#
# ●○○ · 5 min · Write a function that takes the name of a parameter and returns whether it trains in the warm-up. Names look like `vision.head.bias`, `text.embedding_norm.scale`, `visual_projection.kernel`, `text_projection.kernel`, `log_logit_scale`.
#
# <details><summary>Hint</summary>
#
# `name.startswith(...)` also takes a tuple of beginnings. Mind that `text_projection` begins with `text`.
#
# </details>
# <details><summary>Expected output</summary>
#
# True for the last three of the names above, False for the first two.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# `startswith("text")`, which lets the whole text encoder move; forgetting the logit scale; leaving out the dot at the end.
#
# </details>


# %%
def trains(name):
    return ...


# %%
from clipit.course.exercises import warming as check

check.trains(trains)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def trains(name):
#     return name.startswith(("visual_projection.", "text_projection.", "log_logit_scale"))
# ```
#
# </details>
#
# ## 4 · Why not move everything at once?
#
# The article's reason: training through random projections would "mess up with the weights of the pre-trained components". Let us look at the very first push. For one batch of 128 pairs we compute the gradient of the loss for all numbers of an encoder, hundreds of thousands, as one long vector: the direction in which training would send it. Then we do it again in two ways, and ask how nearly the two directions agree, with the cosine.
#
# - The same pairs, but the random projections were drawn anew. What the encoder should learn is still the same.
# - Other pairs, with the same projections.
#
# If the pairs decided where an encoder is sent, the first cosine would be high. What do you expect?

# %%
clipit.course.predict("cosine of two first pushes: same pairs, other random projections", ...)

# %%
from clipit.course.warming import a_batch, cosine, italian_pairs, pushes

pairs = italian_pairs()
here, there = a_batch(pairs, seed=7), a_batch(pairs, seed=8)
redrawn = join(seed=1)
first, other_projections, other_pairs = pushes(joined, here), pushes(redrawn, here), pushes(joined, there)
for tower in first:
    dice, data = cosine(first[tower], other_projections[tower]), cosine(first[tower], other_pairs[tower])
    print(f"{tower}: other projections, within 0.2 of zero: {abs(dice) < 0.2}; other pairs, above 0.4: {data > 0.4}")
clipit.course.reveal("cosine of two first pushes: same pairs, other random projections", "about 0")

# %% [markdown]
# It is the other way round. Draw the projections anew, and both encoders are sent somewhere else altogether: a cosine of 0 is what two unrelated directions have. Take other pairs, and they are sent much the same way as before. So at the beginning the push says little about pictures and captions, and much about which random numbers happen to stand on top. An encoder that follows it gives up some of what it knows for an accident.
#
# That is an argument and no proof. The push may be weak, or soon corrected. Whether it harms in the end is the question of lesson 6, where both ways are trained to the end.
#
# ## 5 · The warm-up
#
# We train as anybody would, with `train`, on 3,000 pairs; `english-clip` saw thirteen times as many. While an encoder is frozen, what it makes of a picture never changes, so the library computes it once, keeps it, and after that every step costs only the two small matrices. (The script of CLIP-Italian ran both encoders again in each step, for 26 epochs: 26 times the same answers.)

# %%
clipit.course.predict("share of captions that find their picture, after the warm-up", ...)

# %%
import tempfile

from clipit.course.warming import warmup_recipe
from clipit.training import train

recipe = warmup_recipe()
run = train(recipe, tempfile.mkdtemp(), quiet=True)
warmed = run.model
images, texts = embed_pixels(warmed, gallery.pictures), embed_captions(warmed, tokenizer, gallery.captions)
after = clipit.evaluation.retrieval(texts, images, own)
share = "more than 10 %" if after["recall@1"] > 0.1 else about(after["recall@1"])
clipit.course.reveal("share of captions that find their picture, after the warm-up", share)
print(f"Half of them and more have it among the best ten of 300: {after['median_rank'] <= 10}.")

# %%
points = flatten(np.concatenate([images, texts]))
together = apart | {"after the warm-up": (points[:80], points[300:380])}
gap, gap_before = np.linalg.norm(images.mean(0) - texts.mean(0)), gap
print(f"The middles of the two clouds were {gap_before:.1f} apart, and are now less than 0.5 apart: {gap < 0.5}.")
plot_spaces("Pictures and captions in the shared space", together)

# %% [markdown]
# The clouds have moved into each other and spread. Far from perfect: the projections are one matrix each, and can only turn and stretch what the encoders say. The Italian BERT has learned which words stand beside each other, not which things look alike, and no matrix can mend that. This is what the second phase is for.
#
# Were the encoders really frozen? A **checksum** turns all numbers of an encoder into a short word, which changes if a single bit does.

# %%
from clipit.training.frozen import fingerprint, of_encoder

for encoder in ("vision.", "text."):
    words = [fingerprint(of_encoder(parameters(model), encoder))[:8] for model in (joined, warmed)]
    print(f"{encoder[:-1]}: before {words[0]}, after {words[1]}")

# %% [markdown]
# ### A control: are the encoders any good for it?
#
# Perhaps projections find pictures on top of any encoders, even ones that never learned anything. We do the same once more with encoders of the same sizes whose numbers are random.

# %%
from dataclasses import replace

untrained = replace(recipe, name="untrained", vision_from="", text_from="", model=warmed.config)
control = train(untrained, tempfile.mkdtemp(), quiet=True)
lowest, lowest_of_control = (min(line.get("validation.loss", 9.0) for line in made.metrics) for made in (run, control))
print(f"The loss of the trained encoders falls lower by more than a half: {lowest_of_control - lowest > 0.5}.")

# %%
from clipit.plots import plot_lines

looks = {
    name: [(line["step"], line["validation.loss"]) for line in made.metrics if "validation.loss" in line]
    for name, made in {"trained encoders": run, "random encoders": control}.items()
}
curves = {name: tuple(np.array(points).T) for name, points in looks.items()}
nothing = clipit.losses.expected_loss(150)
print(
    f"Both start at about {curves['trained encoders'][1][0]:.0f}; knowing nothing about 150 pictures is {nothing:.1f}."
)
plot_lines("Loss on pictures that are not trained on", curves, "step", "loss (nats)", {"knowing nothing": nothing})

# %% [markdown]
# Random encoders are not useless: even random filters see colours. But the projections on top of them stop learning early, and higher. What the frozen encoders had learned, one without Italian and the other without pictures, is worth the difference.
#
# ## 6 · And the push now?
#
# Back to the question of section 4. We warm up the second draw of projections as well, so that there are again two models which differ only in the dice with which they began. In which direction would the next push send their encoders, if they were unfrozen now?

# %%
clipit.course.predict("cosine of two pushes after the warm-up: same pairs, other first projections", ...)

# %%
from clipit.training.in_memory import fit_phase

_ = fit_phase(redrawn, recipe, 0, pairs)
first, other_projections, other_pairs = pushes(warmed, here), pushes(redrawn, here), pushes(warmed, there)
for tower in first:
    dice, data = cosine(first[tower], other_projections[tower]), cosine(first[tower], other_pairs[tower])
    print(f"{tower}: other first projections, above 0.6: {dice > 0.6}; other pairs, below 0.3: {data < 0.3}")
clipit.course.reveal("cosine of two pushes after the warm-up: same pairs, other first projections", "about 0.8")

# %% [markdown]
# It has turned around. Whatever the dice, the same pairs now send the encoders the same way, and other pairs send them another way: the push speaks about pictures and captions. The warm-up has made training ask the right question before it touches what is valuable.
#
# ## 7 · A trap: weights that are frozen and move
#
# CLIP-Italian's script froze differently. It let no gradient through to the encoders, and gave all their parameters to the optimizer all the same, with a gradient of zero. That was harmless, because its optimizer had no weight decay. **Weight decay** makes every parameter a little smaller in each step, whatever the gradient. Let us hand one matrix of the image encoder to AdamW, the usual optimizer, with a gradient of zero.

# %%
import jax.numpy as jnp
import optax

matrix = jnp.asarray(parameters(joined)["vision.head.kernel"])
rule = optax.adamw(learning_rate=0.01, weight_decay=0.05)
state, decayed = rule.init(matrix), matrix
for _ in range(100):
    update, state = rule.update(jnp.zeros_like(matrix), state, decayed)
    decayed = decayed + update
print(
    f"Left of the matrix after 100 steps without a gradient: {jnp.linalg.norm(decayed) / jnp.linalg.norm(matrix):.3f}"
)

# %% [markdown]
# Five per cent gone, and nothing warned us: the loss was fine, the gradient was zero. So in this library a frozen parameter is not known to the optimizer at all: no gradient is computed, nothing is remembered about it, nothing decays. The checksum above is how one finds out.
#
# ### Exercise 5.2 · How much is left?
#
# ●●○ · 5 min · AdamW takes rate × decay of a parameter away in each step. Write a function of the rate, the decay and the number of steps that returns which share of a parameter without a gradient is left.
#
# <details><summary>Hint</summary>
#
# After one step 1 − rate × decay is left. After two steps the same share *of that* is left.
#
# </details>
# <details><summary>Expected output</summary>
#
# For 0.01, 0.05 and 100 steps what the cell above printed; for 0.1, 0.5 and 10 steps about 0.599.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Multiplying with the steps instead of taking a power; returning what is lost.
#
# </details>


# %%
def left(rate, decay, steps):
    return ...


# %%
check.shrunk(left)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def left(rate, decay, steps):
#     return (1 - rate * decay) ** steps
# ```
#
# </details>

# %% [markdown]
# With the weights of a real encoder and 26 epochs of 1,400 steps, at CLIP-Italian's rate of 0.00005 and a usual decay of 0.1, how much would be left? Your function knows.
#
# ## 8 · When is the warm-up over?
#
# "Only after these layers converged we unfroze the rest." Converged means that the loss on pictures that are not trained on does not fall any more. A phase of this library can have **patience**: it looks every so often, and ends when so many looks in a row brought no lower loss; it then goes back to the parameters of its best look.
#
# ### Exercise 5.3 · Patience
#
# ●●○ · 10 min · Write a function that takes the losses of all looks so far and a patience, and returns the number of the look (counted from 1) after which the phase ends, or None if it goes on.
#
# <details><summary>Hint</summary>
#
# Go through the looks; remember the best loss, and how many looks have passed since it was found.
#
# </details>
# <details><summary>Expected output</summary>
#
# For `[4.0, 3.0, 2.5, 2.6, 2.4, 2.5, 2.4, 2.45, 2.5, 2.3]` it is 4 with a patience of 1, and 8 with a patience of 3.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Counting from 0; ending at the first loss that is higher; taking an equal loss for a better one.
#
# </details>


# %%
def ends_after(losses, patience):
    return ...


# %%
check.over(ends_after)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def ends_after(losses, patience):
#     for look in range(1, len(losses) + 1):
#         best = int(np.argmin(losses[:look])) + 1
#         if look - best >= patience:
#             return look
# ```
#
# </details>
#
# Notice what patience costs: had the phase with a patience of 3 gone on for two more looks, it would have found 2.3.
#
# ## Play with it
#
# Write Italian sentences with one `[MASK]`, with words of this course and from elsewhere. Then change `WARMUP` above, for example `replace(WARMUP, trains=("text_projection.",))`, and see what the picture of layers and the share of numbers become.

# %%
for word, share in fill_in("due gatti [MASK] e una mela", count=5):
    print(f"{word}: {about(share)}")

# %% [markdown]
# *Due gatti … e una mela* is two … cats and an apple.
#
# ## What this does not show
#
# - **That the warm-up gives a better model in the end.** Here nothing was unfrozen. Lesson 6 trains both ways, with each its own best learning rate.
# - **That a first push always follows the dice.** It was measured for one pair of encoders, two draws and two batches.
# - **What is worth waiting for.** When a warm-up ends depends on its learning rate too.
#
# ## Take-aways
#
# 1. Two good encoders, joined by random projections, are at chance together.
# 2. Through random projections the first push on the encoders follows the random numbers; after a warm-up it follows the data.
# 3. Frozen is what the optimizer does not know. Check with a checksum.
# 4. What is frozen needs to be computed once.
# 5. A phase ends when a loss that nothing was trained on no longer falls.
#
# Test yourself: a colleague freezes the encoders with `stop_gradient` and trains with AdamW. The loss falls nicely. What do you ask for?
#
# Next: lesson 6 unfreezes everything, and asks whether the warm-up was worth it.
#
# <details><summary>For teachers</summary>
#
# In forty-five minutes: sections 1, 2, 4 and 5, with exercise 5.1. The prediction of section 4 is the best moment of the lesson: let the class vote before the cell is run, nearly everybody expects the pairs to decide. What people often believe: that freezing makes a model worse because it learns less; that a gradient of zero means that nothing moves; that random projections make the first push *large* (its length is smaller than after the warm-up: try `np.linalg.norm`). The self-test: the checksum of the encoders before and after, or the optimizer's weight decay.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Bianchi et al. 2021, ["Contrastive Language-Image Pre-training for the Italian Language"](https://arxiv.org/abs/2108.08688): the two phases, as published.
# - Zhai et al. 2022, ["LiT: Zero-Shot Transfer with Locked-image text Tuning"](https://arxiv.org/abs/2111.07991): keep the image encoder frozen for good.
# - Kumar et al. 2022, ["Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution"](https://arxiv.org/abs/2202.10054): first the head, then everything, with a theory of why.
#
# Pictures: emoji by [OpenMoji](https://openmoji.org), the open-source emoji and icon project, [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/). Text: [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).
