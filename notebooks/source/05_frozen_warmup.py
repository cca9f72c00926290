# %% [markdown]
# {badge} · Notebook 5 of 12 · machine 90 s · reading 20 min · exercises 20 min
#
# # 5 · What changes if we freeze first?
#
# **You will show that** joining two encoders is not enough, however good each is at its job; and you will see what the first push of training would do to them, and what changes when the two new layers on top are trained first, without moving a single number of the encoders.
#
# **Before:** lesson 1 for encoders and hidden words, lesson 2 for the loss and its logit scale, lesson 3 for gradient descent. You know that an encoder makes a vector, and that a **projection** (one matrix on top of it) brings the vector into the space that both sides share.
#
# **After this you can** 1. join two encoders that were trained apart, 2. say which parameters a phase of training moves, and check that the others stayed as they were to the last bit, 3. explain with a measurement why the projections go first, 4. find out why "frozen" weights moved, 5. end a phase when its loss has converged.

# %%
import clipit.course

clipit.course.setup()

# %% [markdown]
# ## 1 · Two encoders, each good at its job
#
# [CLIP-Italian](https://arxiv.org/abs/2108.08688) is the model whose story this course tells, after an article by one of its makers. They did not start from nothing. OpenAI's image encoder had seen 400 million pictures, but its captions were English. An Italian BERT had read a library, but had never seen a picture. Here are the same two characters in small, both trained for this course. `english-clip` learned from 40,000 drawn scenes with English captions. How well does it find pictures among 300 that it never saw?

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
# Colours where a colour belongs, and in the right form: *marrone* or *viola* (brown, purple) for one cat, *rosse* (red) for three apples, which are feminine and many. *Destra* and *sinistra* are right and left; *museo*, a museum, is a poor third. It has learned something about how Italian works, and nothing about how anything looks.
#
# ## 2 · Joined
#
# Now take the image encoder of the one and the text encoder of the other. Their vectors have 256 and 128 numbers, so each gets a projection to 256, and is then divided by its length. The projections are new: random numbers. We search the same 300 pictures, with Italian captions. Guessing finds one in 300.

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


def alike(vectors):  # the mean cosine of two different ones
    return ((vectors @ vectors.T).sum() - len(vectors)) / len(vectors) / (len(vectors) - 1)


points = flatten(np.concatenate([images, texts]))
apart = {"joined, before training": (points[:40], points[300:340])}  # 40 pairs, so that one can see something
gap = np.linalg.norm(images.mean(0) - texts.mean(0))
print(
    f"The middles of the two clouds are more than 1 apart: {gap > 1}; no two vectors of length one are more than 2 apart."
)
print(f"The mean cosine of two pictures is {alike(images):.1f}, of two captions {alike(texts):.1f}.")
plot_spaces("Pictures and captions in the shared space", apart)

# %% [markdown]
# Two clouds with nothing between them, and that of the captions is tiny. The projection is not to blame: it hardly changes angles. The Italian BERT itself gives all sentences nearly the same vector, because nothing in filling in words asked for more.
#
# ## 3 · What shall move?
#
# The plan of CLIP-Italian: first train the two projections alone, with both encoders **frozen**; when they have converged, train everything. In this library a plan is a list of **phases**, and a phase says how the names of the parameters that move begin.

# %%
from clipit.course.warming import WARMUP

print("moves:", *WARMUP.trains)
print(f"for {WARMUP.steps} steps at most, by the optimizer {WARMUP.optimizer} (it takes steps, as Adam does)")

# %%
from clipit.course.warming import layers
from clipit.hub.folder import parameters
from clipit.plots import plot_layers

sizes = {name: values.size for name, values in parameters(joined).items()}
moving = sum(size for name, size in sizes.items() if WARMUP.moves(name))
print(f"Of {sum(sizes.values()):,} numbers {moving:,} train, {moving / sum(sizes.values()):.0%} of them.")
plot_layers("What trains in the warm-up (numbers in each layer)", layers(sizes, WARMUP))

# %% [markdown]
# This is the article's figure of blue layers, drawn from the model itself (boxes are not to scale): blue stays as it is, the two layers on top train, and with them one number that has no box, the logit scale. It is called `log_logit_scale`, because its logarithm is what learns.
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
# The article's reason: training through random projections would "mess up with the weights of the pre-trained components". Let us look at the very first push. For 128 pairs that will not be trained on we compute the gradient of the loss for all numbers of an encoder, hundreds of thousands, as one long vector: the direction in which training would send it. Then we do it twice more, changing one thing each time, and ask with the cosine how nearly the new direction agrees with the first.
#
# - **Other projections:** the random numbers on top are drawn anew.
# - **Wrong captions:** every picture gets the caption of another.
#
# What the encoders should learn is who belongs to whom. So handing every picture a wrong caption ought to change the direction altogether. Does it?

# %%
clipit.course.predict("cosine of two first pushes: right captions, wrong captions", ...)

# %%
from clipit.course.warming import a_batch, cosine, italian_pairs, pushes, wrong_captions

held_out = a_batch(italian_pairs("validation"), seed=7)
redrawn = join(seed=1)
first, others = pushes(joined, held_out), pushes(redrawn, held_out)
lengths = {tower: np.linalg.norm(push) for tower, push in first.items()}  # for section 6
wrong = pushes(joined, wrong_captions(held_out))
for tower in first:
    print(f"{tower}: other projections within 0.2 of zero: {abs(cosine(first[tower], others[tower])) < 0.2}")
lowest = min(cosine(first[tower], wrong[tower]) for tower in first)
answer = "above 0.3 for both encoders" if lowest > 0.3 else "lower"
clipit.course.reveal("cosine of two first pushes: right captions, wrong captions", answer)

# %% [markdown]
# That other projections send the encoders elsewhere is no surprise: the gradient comes down to an encoder *through* the projection, and a new draw turns it. The second answer is the one to remember. Among hundreds of thousands of numbers two unrelated directions have a cosine of nearly 0, yet right and wrong captions give pushes that agree to a good part. That part has nothing to do with who belongs to whom. (What is it about, then? Our guess: all captions have nearly the same vector, and whatever the pairs, the loss first wants them spread. Nothing here tests the guess.)
#
# So an encoder that follows the first push moves in part for a reason that two small new layers could have dealt with. Whether that does lasting harm is another question. The first push is not even strong, as section 6 will show. Lesson 6 trains both ways to the end.
#
# ## 5 · The warm-up
#
# We train as anybody would, with `train`, on 3,000 pairs; `english-clip` saw thirteen times as many. While an encoder is frozen, what it makes of a picture never changes, so the library computes it once, keeps it, and after that every step costs only the two small matrices. (The script of CLIP-Italian ran both encoders again in each step, for 26 epochs. It changed the pictures a little each time, so its answers were not quite the same 26 times.)

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
together = apart | {"after the warm-up": (points[:40], points[300:340])}
gap = np.linalg.norm(images.mean(0) - texts.mean(0))
print(f"The middles of the two clouds were more than 1 apart, and are now less than 0.5: {gap < 0.5}.")
plot_spaces("Pictures and captions in the shared space", together)

# %% [markdown]
# The clouds lie in each other and are spread. (Each panel has its own two directions, so do not look for the same point in both.) Far from perfect: a projection is one matrix, and can only turn and stretch what its encoder says. To say something else, the encoders have to learn, and that is the second phase.
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
print(f"The loss of the trained encoders falls lower by more than 0.5 nats: {lowest_of_control - lowest > 0.5}.")

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
# (The loss is read on 150 of the 300 pictures; the other 150 set the logit scale.) Random encoders are not useless: even random filters see colours. But on top of them the loss stops falling early, and rises again: the projections learn the training pictures by heart. What the two frozen encoders had learned, one without Italian and the other without pictures, is together worth the difference.
#
# ## 6 · And the push now?
#
# Back to section 4, with the same held-out pairs. If the encoders were unfrozen now, would wrong captions still send them the same way as right ones?

# %%
clipit.course.predict("cosine of two pushes after the warm-up: right captions, wrong captions", ...)

# %%
first, wrong = pushes(warmed, held_out), pushes(warmed, wrong_captions(held_out))
highest = max(cosine(first[tower], wrong[tower]) for tower in first)
answer = "below 0.3 for both encoders" if highest < 0.3 else "higher"
print("Longer than the first push:", {tower: bool(np.linalg.norm(first[tower]) > lengths[tower]) for tower in first})
clipit.course.reveal("cosine of two pushes after the warm-up: right captions, wrong captions", answer)

# %% [markdown]
# Now it matters which caption is whose. It is tempting to say: the warm-up has taught the projections to ask the right question. Careful. We warm up the other draw of projections on captions that are shuffled among the pictures, so that there is nothing to learn, and measure again.

# %%
from clipit.data.batches import shuffled
from clipit.training.in_memory import fit_phase

_ = fit_phase(redrawn, recipe, 0, shuffled(italian_pairs(), seed=0))
first, wrong = pushes(redrawn, held_out), pushes(redrawn, wrong_captions(held_out))
highest = max(cosine(first[tower], wrong[tower]) for tower in first)
print(f"Warmed up on shuffled captions: right against wrong captions below 0.3: {highest < 0.3}.")

# %% [markdown]
# The same, although nothing was learned. So the measurement shows less than it seemed to: any warm-up uses up the part of the push that has nothing to do with the pairs, also one that teaches nothing. What remains depends on the pairs. Without the control we would have told you a nicer story, and a false one.
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
# Five per cent gone, and nothing warned us: the gradient was zero all the time. So in this library a frozen parameter is not known to the optimizer at all: no gradient is computed, nothing is remembered about it, nothing decays. The checksum above is how one finds out.
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

# %%
left_over = (1 - 0.00005 * 0.1) ** (26 * 1_400)
print(f"26 epochs of 1,400 steps, a rate of 0.00005, a decay of 0.1: {left_over:.2f} would be left.")

# %% [markdown]
# Those are CLIP-Italian's epochs and rate, with a decay that is usual elsewhere.
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
# For `[4.0, 3.0, 2.5, 2.6, 2.4, 2.5, 2.4, 2.45, 2.5, 2.3]` it is 4 with a patience of 1, 8 with a patience of 3, and None with a patience of 5.
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
#     return None
# ```
#
# (`np.argmin` gives the *first* of equal losses, which is what we want.)
#
# </details>
#
# Our own run had no patience and ended after its 160 steps; its curve above was flat by then. And notice what patience costs: had the phase with a patience of 3 gone on for two more looks, it would have found 2.3.
#
# ## 9 · The same on real encoders
#
# Our two encoders are small and know a drawn world. Is it the same with real ones? Two that were pretrained by others fit into pip packages: **EfficientNet-Lite0**, which learned to name photographs of ImageNet, and **multilingual E5-small**, a BERT of twelve layers that read text in a hundred languages. Neither knows of the other. The recipe `italian-real` joins them by new projections and warms these up, with both frozen, on some 900 emoji and their Italian names. Then a name has to find its picture among emoji that were *never trained on*.
#
# A study repeated it with five seeds, each with another division into things to train on and things to look for. The control has every picture with the name of another.

# %%
clipit.course.predict("share of names that find their picture at first place, among things never seen", ...)

# %%
from clipit.course.unfreezing import over_seeds
from clipit.plots import plot_intervals
from clipit.studies.summaries import told, values
from clipit.studies.table import read_rows, results_file

rows = read_rows(results_file("real_backbones"))
things = np.mean(list(values(rows, "things", arm="frozen").values()))
found = {k: values(rows, f"text_to_image.recall@{k}", arm="frozen") for k in (1, 10)}
question = "share of names that find their picture at first place, among things never seen"
clipit.course.reveal(question, told(found[1].values()))
for k in (1, 10):
    nothing = told(values(rows, f"text_to_image.recall@{k}", arm="shuffled").values())
    print(
        f"Within {k:>2} of {things:.0f}: {told(found[k].values())}; names of others: {nothing}; chance: {k / things:.3f}"
    )

# %%
marks = {}
for name, arm in {"right names": "frozen", "names of others": "shuffled"}.items():
    marks[name] = [over_seeds(values(rows, f"text_to_image.recall@{k}", arm=arm)) for k in (1, 10)]
print(
    f"Names find their picture at first place {marks['right names'][0][0]:.2f}, within ten {marks['right names'][1][0]:.2f}."
)
plot_intervals("Real encoders, both frozen: names of things never seen", ["first", "within ten"], marks, "share found")

# %% [markdown]
# With names of others it is what chance gives; with the right ones it is more than thirty times as often at first place, for things that were never trained on. That is far from a good search. But there is nothing between these two encoders that never met than two linear maps, learned from 900 pairs. (To run it yourself: `pip install -e ".[backbones]"` in a copy of this repository gets both encoders and the names, and then `clipit train italian-real`.) Whether one finds more when the encoders train as well is a question for lesson 6.
#
# ## Play with it
#
# Write Italian sentences with one `[MASK]`, with words of this course and from elsewhere. Then change `WARMUP` above, for example `replace(WARMUP, trains=("text_projection.",))`, and see what the picture of layers and the share of numbers become.

# %%
print(*(word for word, _ in fill_in("due gatti [MASK] e una mela", count=5)), sep=", ")

# %% [markdown]
# *Due gatti … e una mela* is two … cats and an apple.
#
# ## What this does not show
#
# - **That the warm-up gives a better model in the end.** Here nothing was unfrozen. Lesson 6 trains both ways, with each its own best learning rate.
# - **That the first push is harmful**, or that it is about the same thing with other encoders. It was measured for one pair of encoders and one batch.
# - **What is worth waiting for.** When a warm-up ends depends on its learning rate too.
#
# ## Take-aways
#
# 1. Two good encoders, joined by random projections, are at chance together.
# 2. For these encoders a good part of the first push does not depend on which caption is whose; after a warm-up that part is gone, even after one that taught nothing. A measurement needs its control.
# 3. A parameter is frozen when the optimizer does not know it. Check with a checksum.
# 4. What is frozen needs to be computed once.
# 5. A phase ends when the loss on pictures that are not trained on no longer falls.
#
# Test yourself: a colleague freezes the encoders with `stop_gradient` and trains with AdamW. The loss falls nicely. What do you ask for?
#
# <details><summary>Answer</summary>
#
# The checksum of both encoders before and after, or the optimizer's weight decay.
#
# </details>
#
# Next: lesson 6 unfreezes everything, and asks whether the warm-up was worth it.
#
# <details><summary>For teachers</summary>
#
# In forty-five minutes: sections 1, 2, 4 and 5, with exercise 5.1. The prediction of section 4 is the best moment of the lesson: let the class vote before the cell is run. Section 6 is a lesson in controls; ask the class to explain the result before you show the shuffled warm-up. What people often believe: that freezing makes a model worse because it learns less; that a gradient of zero means that nothing moves; that random projections make the first push *large*.
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
