# %% [markdown]
# {badge} · Notebook 10 of 12 · machine 45 s · reading 15 min · exercises 20 min
#
# # 10 · Use CLIP-Italian, or ship yours
#
# **You will show that** five lines are enough to use a trained model, that a similarity of .25 says nothing before you know what wrong pairs get, that words after the token limit are never read, and that a model which leaves this library comes back the same.
#
# **Before:** lesson 0. You know that a picture and a sentence each become a vector, and that the **cosine** says how nearly two vectors point the same way. Lessons 1 to 9 help and are not needed.
#
# **After this you can** 1. use the model of this course or the released CLIP-Italian by changing one word, 2. say what a cosine means for the model that you have, 3. notice captions that are cut, 4. hand your own model to somebody who works in PyTorch, 5. choose a model for a job.

# %%
import clipit.course

clipit.course.setup()

# %% [markdown]
# ## 1 · One switch
#
# Everything below works with two models. The one that ships with this course is small, knows drawn emoji only, and needs no network. The released **CLIP-Italian** learned from about 1.4 million photographs with Italian captions (so says its own README); it has to be fetched once, some 800 MB, and is then kept on your disk. One word decides, and nothing else: what this lesson prints never depends on what happens to be installed.

# %%
import numpy as np

import clipit

MODEL = "quick"  # the other one is "clip-italian/clip-italian"

model, tokenizer = clipit.load(MODEL)
side, numbers = model.config.vision.image_size, model.config.projection_dim
print(f"Pictures are made {side} x {side} pixels large, and become {numbers} numbers.")
print(f"It knows {tokenizer.vocabulary_size} tokens, and reads at most {tokenizer.max_tokens} in a caption.")
print(f"Cosines are multiplied by {float(model.logit_scale()):.0f} before they are turned into shares (section 4).")

# %% [markdown]
# A **token** is a piece of text that the model knows, a word or a part of one (lesson 1). If you set `MODEL` to the other name, these lines say 224 x 224 pixels, 512 numbers, and a scale of 20 that was never learned: it was fixed by the authors. Two things change in how you use it: give it photographs instead of drawings, and give yourself time, because it is some two hundred times as large.
#
# ## 2 · Five lines
#
# First we need pictures in files, as yours would be. We write three drawings of the course's gallery into a folder.

# %%
import tempfile
from pathlib import Path

from PIL import Image

from clipit.course.searching import open_gallery, say
from clipit.data import SEARCHES

gallery = open_gallery(model, clipit.data.make_gallery())
folder = Path(tempfile.mkdtemp())
rows = [int(right.argmax()) for right in gallery.right(SEARCHES)]  # the first picture that fits each search
for number, row in enumerate(rows):
    Image.fromarray(gallery.pictures[row]).save(folder / f"{number}.png")
captions = [say(search, "it") for search in SEARCHES]
glosses = [say(search, "en") for search in SEARCHES]
for caption, gloss in zip(captions, glosses, strict=True):
    print(f"{caption} ({gloss})")

# %% [markdown]
# With the model loaded, five lines: open the pictures; encode them; encode the captions; multiply; take the best.

# %%
images = clipit.inputs.open_images(sorted(folder.glob("*.png")))
v = np.asarray(model.encode_image(model.preprocess(images)))  # [pictures, numbers], each of length one
t = np.asarray(model.encode_text(tokenizer(captions)))  # [captions, numbers], each of length one
similarities = v @ t.T  # the cosine of every picture with every caption
best = similarities.argmax(axis=1)

print("Best caption of each picture:", best.tolist())
others = similarities[~np.eye(3, dtype=bool)]
print(f"Right pairs: {np.diag(similarities).min():.1f} or more. Wrong pairs: {others.max():.1f} or less.")
clipit.plots.plot_similarities(
    similarities, images, [f"{one} ({gloss})" for one, gloss in zip(captions, glosses, strict=True)]
)

# %% [markdown]
# In the array the pictures are the rows; the figure is turned, so that the captions can be read. There each picture is a column: look down it, and bright means similar. The bright diagonal says that each picture is most similar to its own caption. (On the diagonal are the right pairs because we wrote both in the same order.)
#
# The same for labels, in the library `transformers`, which many people use and which needs PyTorch. It packs the steps into a **pipeline**, and calls the choice among labels **zero-shot** classification, because no picture of any of the labels was needed (lesson 7). Here `name` is a model of the kind "CLIP" and `picture` a file:
#
# ```python
# from transformers import pipeline
#
# classify = pipeline("zero-shot-image-classification", model=name)
# answers = classify(picture, candidate_labels=["due gatti", "un cane"], hypothesis_template="{}")
# # two cats, a dog; "{}" is the label alone, without an English sentence around it
# print("the shares add up to one:", abs(sum(answer["score"] for answer in answers) - 1) < 1e-5)
# ```
#
# ```text
# the shares add up to one: True
# ```
#
# CLIP-Italian is of another kind, a **dual encoder**: the picture encoder of a CLIP and a BERT, a text encoder that was trained on its own before, joined. The pipeline of `transformers` 5 does not take it, and the JAX version of it, for which CLIP-Italian was written, is no longer in `transformers` at all. In PyTorch one loads it as in section 6 below, and in JAX as above.

# %% [markdown]
# ## 3 · What does a cosine of .25 mean?
#
# A search returns a picture with the cosine .25. Is that a good answer? A share of .25 would be a quarter of something; a cosine of .25 is not a quarter of anything. It can only be compared with other cosines *of the same model*, and the honest comparison is with pairs that are known to be wrong.
#
# We have a thousand pictures with a caption each, which makes a million pairs, and almost all of them are wrong. How many of the wrong pairs have a cosine above .25?

# %%
clipit.course.predict("wrong pairs above .25, in per cent", ...)

# %%
from clipit.training.features import embed_captions

texts = embed_captions(model, tokenizer, gallery.captions)
cosines = gallery.vectors @ texts.T  # [pictures, captions]
right = np.diag(cosines)
wrong = cosines[~gallery.right_for_captions().T]  # some captions fit other pictures too: those are left out
print(f"Half of the wrong pairs are below {np.median(wrong):.1f}, half of the right ones above {np.median(right):.1f}.")
print(f"The lowest twentieth of the right pairs ends at {np.percentile(right, 5):.1f}.")
clipit.plots.plot_distributions(
    "Cosines of right and of wrong pairs", {"wrong pairs": wrong, "right pairs": right}, "cosine", mark=0.25
)

# %% [markdown]
# The wrong pairs form a hill near zero, and the right pairs another, far to its right. Those wrong pairs that lie on the right slope may share something, a colour or a kind of thing; we did not check. The dashed line at .25 stands inside the hill of the wrong pairs, and to the left of practically all right ones. For *this* model, .25 is a poor answer.
#
# Mind that both hills are drawn equally high, although there are about a thousand times as many wrong pairs as right ones. Where the two overlap, most pairs are wrong.
#
# ### Exercise 10.1 · How special is a cosine?
#
# ●○○ · 5 min · Write a function that takes one cosine and the cosines of many wrong pairs, and returns the share of the wrong pairs whose cosine is higher.
#
# <details><summary>Hint</summary>
#
# `wrong > cosine` gives True or False for each wrong pair. In NumPy, True counts as one.
#
# </details>
# <details><summary>Expected output</summary>
#
# For .25 and the wrong pairs −.2, 0, .1, .1, .3, .4, .5, .7 it is .5: four of the eight are higher.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Counting instead of taking the share; counting those that are lower; comparing with a number of your own instead of the argument.
#
# </details>


# %%
def rarer(cosine, wrong):
    return ...


# %%
from clipit.course.exercises import using as check

check.rarer(rarer)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def rarer(cosine, wrong):
#     return (wrong > cosine).mean()
# ```
#
# </details>

# %%
from clipit.course.rounding import about

for cosine in (0.25, 0.5, 0.75):
    print(f"cosine {cosine}: above it are {about((wrong > cosine).mean())} of the wrong pairs", end=" ")
    print(f"and {about((right > cosine).mean())} of the right ones.")
best_wrong = np.where(gallery.right_for_captions().T, -1, cosines).max(axis=0)  # [captions]
print(f"For half of the captions some wrong picture is above {np.median(best_wrong):.1f}.")
clipit.course.reveal("wrong pairs above .25, in per cent", about((wrong > 0.25).mean()))

# %% [markdown]
# So .25 is nothing special here: of a thousand wrong pictures, many are above it. And a search takes the *best* of a thousand, which the last line is about: for half of the captions even the best wrong picture is well above .5. So compare the result of a search with the best wrong results of other searches, and not with single wrong pairs. Write such a small table for every model that you use, on your own data. In a model that was trained at another scale, or whose vectors all point in nearly the same direction (lesson 1), the same .25 can be the best answer of all.
#
# ### The control: taking away what a picture or a caption has with everything
#
# The right heap could be high for a dull reason: some pictures and some captions may be similar to *everything*. If that were all, the heap would fall back onto the wrong one as soon as each picture's mean cosine, and each caption's, is taken away.

# %%
own = cosines - cosines.mean(axis=0) - cosines.mean(axis=1, keepdims=True) + cosines.mean()  # [pictures, captions]
right_own, wrong_own = np.diag(own), own[~gallery.right_for_captions().T]
print(f"Half of the wrong pairs are now below {abs(np.median(wrong_own)):.1f}, half of the right ones above", end=" ")
print(f"{np.median(right_own):.1f}.")
print("Nineteen of twenty right pairs are above half of the wrong ones:", bool(
    np.percentile(right_own, 5) > np.median(wrong_own)
))  # fmt: skip

# %% [markdown]
# The right heap hardly moves. What lifts these cosines is that *this* caption belongs to *this* picture.
#
# ## 4 · Shares are about your labels, not about the picture
#
# Programs like to print shares, because they look like certainty: multiply the cosines with the logit scale, take the softmax (lesson 0), and they add up to one. But they add up to one among the labels *that you gave*. The first picture shows *due gatti neri* (two black cats). We let the model choose between *un cavallo* (a horse) and *una bicicletta* (a bicycle). What share does the one that it prefers get?

# %%
clipit.course.predict("the higher of the two shares, in per cent", ...)


# %%
def shares(picture, labels):
    """What the model answers when it has to choose among these labels."""
    logits = float(model.logit_scale()) * embed_captions(model, tokenizer, labels) @ picture
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


labels = ["due gatti neri", "un cavallo", "una bicicletta"]  # two black cats, a horse, a bicycle
with_cats, without = shares(v[0], labels), shares(v[0], labels[1:])
asked = [*labels[1:], "un treno"]  # the last: a train
horse, bicycle, train = embed_captions(model, tokenizer, asked) @ v[0]
print(f"With the right label among them it gets {about(with_cats[0])}.")
print(f"Without it the horse gets {about(without[0])}. Cosines: horse {horse:.1f}, bicycle {bicycle:.1f}", end="; ")
print(f"for comparison a train: {train:.1f}.")
clipit.course.reveal("the higher of the two shares, in per cent", about(without.max()))

# %% [markdown]
# The model cannot answer "neither": without the right label, a wrong one takes nearly all of the shares. Why so much? The two cosines differ by a few tenths; multiplied by the scale that is about 7, and the exponential function of softmax makes a factor of about a thousand out of it. So a small lead becomes near-certainty. A share near one is no sign that a label is right.
#
# The cosine of the horse shows at least that it is nothing special: it lies among the wrong pairs of section 3. It is no proof either. *Un treno* (a train) is just as wrong, and its cosine with the same picture is as high as that of the weaker right pairs.
#
# ## 5 · What the model does not read
#
# A text encoder reads a fixed number of tokens at most. What comes after is cut off, without an error and without a warning. To make it fit into a figure, we lower the limit to 12; the real one was printed in section 1.

# %%
from clipit.inputs.tokenizer import Tokenizer

caption = "due gatti neri, tre mele verdi e un cane su sfondo rosso"
gloss = "two black cats, three green apples and a dog on a red background"
strict = Tokenizer(tokenizer.transformers_tokenizer, max_tokens=12)
pieces = strict.tokens(caption)
read = int(strict([caption])["attention_mask"].sum())
ids = strict.transformers_tokenizer(caption)["input_ids"]
mask = [int(place < read - 1 or piece == "[SEP]") for place, piece in enumerate(pieces)]  # the end mark is kept
print(f"“{caption}” ({gloss}) has {len(pieces)} tokens; {sum(mask)} are read.")
clipit.plots.plot_tokens("What is read of a caption when the limit is 12 tokens", [pieces], [ids], [mask])

# %% [markdown]
# `[CLS]` and `[SEP]` mark the beginning and the end, and below each token is its number in the list of tokens. The tokens in the pale boxes are never read: the red background is lost, while the mark for the end is kept. Now at the real limit: two captions that begin alike, are longer than what is read, and end in different things. What is their cosine?

# %%
clipit.course.predict("the cosine of two captions that differ after the limit", ...)

# %%
beginning = "un gatto nero, un cane, una mela verde e una barca, " * 8  # a black cat, a dog, a green apple and a boat
endings = ["e un treno rosso", "e nessun gatto"]  # and a red train; and no cat
long = embed_captions(model, tokenizer, [beginning + ending for ending in endings])
short = embed_captions(model, tokenizer, endings)
print(f"The two endings alone: {short[0] @ short[1]:.1f}. After the long beginning: {long[0] @ long[1]:.4f}.")
clipit.course.reveal("the cosine of two captions that differ after the limit", round(float(long[0] @ long[1]), 4))

# %% [markdown]
# For the model these are the same sentence, although one of them says that there is no cat. Put what matters first, or cut long texts into sentences and embed each.
#
# ### Exercise 10.2 · Find the captions that are cut
#
# ●●○ · 5 min · Write a function that takes captions and a tokenizer and returns, for each caption, whether it is cut. `tokenizer.tokens(caption)` gives all its tokens, the marks at both ends included; `tokenizer.max_tokens` is how many are read.
#
# <details><summary>Hint</summary>
#
# A list with one comparison for each caption: `[... for caption in captions]`.
#
# </details>
# <details><summary>Expected output</summary>
#
# With captions of 4, 8, 9 and 9 tokens and a limit of 8: `[False, False, True, True]`.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Counting words or letters instead of tokens; `>=`, which reports captions that just fit; writing the limit of this model as a number.
#
# </details>


# %%
def is_cut(captions, tokenizer):
    return ...


# %%
check.is_cut(is_cut)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def is_cut(captions, tokenizer):
#     return [len(tokenizer.tokens(caption)) > tokenizer.max_tokens for caption in captions]
# ```
#
# </details>

# %% [markdown]
# ## 6 · Ship it
#
# To hand a model on, write it into a folder: `clipit.hub.export` in Python, `clipit export RUN FOLDER` in a terminal. It writes the weights as **safetensors** (a file of numbers that can run no code, unlike the older pickle files, which can run a program when they are opened), the sizes, the tokenizer, how pictures are prepared, and a **model card**, a README that the command fills from the run which made the model.

# %%
written = clipit.hub.export(model, tokenizer, folder / "mine")
print(written.reason or "transformers reads it.")
print(*sorted(path.name for path in written.folder.iterdir()), sep="\n")

# %% [markdown]
# The small ConvNet of this course (a picture encoder that slides small filters over the picture) exists nowhere else, so it was written in clipit's own format, and the function says so. It does *not* say so for a ViT as CLIP has it (a picture encoder that cuts the picture into squares), joined to a BERT that ends in a pooler (one more layer on its first token): PyTorch's `transformers` has both. CLIP-Italian is of this kind. Here is one, tiny and untrained, which is enough to ask whether numbers survive the journey.

# %%
from clipit.hub.folder import parameters
from clipit.models import BertConfig, BlockConfig, DualConfig, ViTConfig
from clipit.training.features import embed_pixels

vit = ViTConfig(64, 16, 1, BlockConfig(64, 4), norm_first=True, patch_bias=False, norm_epsilon=1e-5)
block = BlockConfig(64, 4, activation="gelu", norm="after")
bert = BertConfig(tokenizer.vocabulary_size, 32, 1, block, "pooler", token_types=2)
small = clipit.hub.new_model(DualConfig(vit, bert, projection_dim=32), seed=0)
print(clipit.hub.export(small, tokenizer, folder / "small").reader)

back, _ = clipit.load(folder / "small")
sent, came = parameters(small), parameters(back)  # every array of numbers, by its name
print(f"{len(sent)} arrays went out and {len(came)} came back. The same to the last bit:", end=" ")
print(all(np.array_equal(came[name], sent[name]) for name in sent))
small_v, small_t = embed_pixels(back, np.stack(images)), embed_captions(back, tokenizer, captions)

# %% [markdown]
# And now in PyTorch. It is not part of this course's installation, so the next lines are text and not a cell. They are still not merely claimed: the tests of this course take them from this page, run them after the cell above, and compare what they print.
#
# ```python
# import torch
# from transformers import AutoImageProcessor, AutoTokenizer, VisionTextDualEncoderModel
#
# theirs = VisionTextDualEncoderModel.from_pretrained(folder / "small")
# tokens = AutoTokenizer.from_pretrained(folder / "small")(captions, padding=True, return_tensors="pt")
# pixels = AutoImageProcessor.from_pretrained(folder / "small")(images, return_tensors="pt")
# with torch.inference_mode():
#     out = theirs(**tokens, **pixels)
# print("pictures agree to 0.00001:", bool(abs(out.image_embeds.numpy() - small_v).max() < 1e-5))
# print("captions agree to 0.00001:", bool(abs(out.text_embeds.numpy() - small_t).max() < 1e-5))
# ```
#
# ```text
# pictures agree to 0.00001: True
# captions agree to 0.00001: True
# ```
#
# The same lines load the released CLIP-Italian: write its name, `"clip-italian/clip-italian"`, where `folder / "small"` stands. For a browser or a phone there is `clipit export RUN FOLDER --onnx`, which also writes both encoders as ONNX, a format that needs no Python.
#
# ### Half the size
#
# `half=True` keeps 16 bits of every number instead of 32. What does it cost?

# %%
clipit.hub.export(model, tokenizer, folder / "half", half=True)
halved, _ = clipit.load(folder / "half")
sizes = [(folder / name / "model.safetensors").stat().st_size for name in ("mine", "half")]
rounded = embed_captions(halved, tokenizer, gallery.captions)  # [captions, numbers]
seen = embed_pixels(halved, gallery.pictures)  # [pictures, numbers]
before, after = cosines.argmax(axis=0), (seen @ rounded.T).argmax(axis=0)
print(f"The file shrinks to {sizes[1] / sizes[0]:.0%}.")
print(f"Of {len(before):,} searches, {about((before == after).mean())} still find the same picture first.")

# %% [markdown]
# ### Exercise 10.3 · Is it the same model?
#
# ●●○ · 5 min · Somebody sends you a converted model. You embed the same captions with both models and get two arrays of vectors, all of length one. Write a function that returns one number: the cosine of the caption on which the two models agree least.
#
# <details><summary>Hint</summary>
#
# `first * second` multiplies number by number. Adding up along each row gives one cosine for each caption. Which of them do you want?
#
# </details>
# <details><summary>Expected output</summary>
#
# For three captions whose cosines are 1, 1 and .8 it is .8. For the two models above it is 1.000.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Taking the mean, in which one broken caption among a thousand disappears; comparing each vector with every other, `first @ second.T`; comparing a difference instead of a cosine.
#
# </details>


# %%
def worst_cosine(first, second):
    return ...


# %%
check.worst_cosine(worst_cosine)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def worst_cosine(first, second):
#     return (first * second).sum(axis=1).min()
# ```
#
# </details>

# %% [markdown]
# ## 7 · Which model, when?
#
# Nothing in this table was measured here. It holds what others published, each with its source. *Recall@1* is the share of searches in which the right picture comes first, *top-1* the share of pictures for which the right label does; COCO and ImageNet are two well-known collections of photographs, DataComp and LAION-5B collections of training pairs from the web, and a teacher-student model has a text encoder that was trained to imitate another. Compare only numbers of one column with the same source: (1) and (3) used different captions.
#
# | model | text to picture, COCO in Italian, recall@1 | ImageNet with Italian labels, top-1 |
# |---|---|---|
# | CLIP-Italian | .380 (1) | 22 % (2) |
# | mCLIP, a teacher-student model | .287 (1) | 20 % (1) |
# | CLIP ViT-B/32, English only | | 21 % (2) |
# | the same, trained on DataComp | .201 (3) | |
# | XLM-R base + ViT-B/32, LAION-5B | .557 (3) | 43 % (2) |
# | SigLIP multilingual, B/16-256 | .582 (3) | |
# | XLM-R large + ViT-H/14 | .649 (3) | 56 % (4) |
# | NLLB-CLIP large, SigLIP | .710 (3) | |
#
# (1) README of CLIP-Italian, on captions of MSCOCO-IT that no person checked; its MRR@1 is recall at one. (2) CLIP_benchmark, pull request 27, an independent evaluation with the labels of CLIP-Italian. (3) open_clip, `openclip_multilingual_retrieval_results.csv`, another set of captions than (1). (4) open_clip, `PRETRAINED.md`; it may have used other labels than (2).
#
# So:
#
# - **To learn, or to show how it works:** the model of this course, because you can take it apart and train it again in minutes.
# - **To repeat or extend the work of CLIP-Italian:** CLIP-Italian, whose data and recipe are described in the open (lessons 4 to 6).
# - **To search photographs in Italian today:** one of the larger multilingual models in the lower half of the table. Where one source measured both with the same labels, (2), XLM-R base reaches 43 % and CLIP-Italian 22 %. For the others the table holds no such pair.
# - **For few and clear classes with examples at hand:** measure first whether a plain classifier on the image vectors does better (lesson 7).
# - **To decide about people:** none of them. CLIP-Italian's authors name sexism, racism and slurs among its faults, inherited from unfiltered text and pictures.
#
# ## Play with it
#
# Search for anything. The last number of each line is what exercise 10.1 computes: how rare so high a cosine is among wrong pairs. Try things from the gallery, then things that are nowhere in it.

# %%
for words in ("due gatti neri", "tre mele verdi", "la rivoluzione francese"):  # the last: the French Revolution
    found = gallery.vectors @ embed_captions(model, tokenizer, [words])[0]
    above = (wrong > found.max()).mean()
    print(f"{words}: best cosine {found.max():.1f}; {about(above)} of the wrong pairs are above it.")

# %% [markdown]
# *Due gatti neri* are two black cats, *tre mele verdi* three green apples. The third is the French Revolution, of which the gallery holds no picture, and yet its best answer is about as similar as a right one, and hardly any wrong pair is higher. The search takes the best of a thousand pictures, and section 3 has shown how high even the best wrong one is. And words that the model never met still land somewhere in its space. A threshold protects against wrong pairs of the kind that it was set with, and against nothing else.
#
# ## What this does not show
#
# - **What .25 means for CLIP-Italian.** Only the way to find out: section 3, with the switch turned, on photographs of yours.
# - **That the export is right for every model.** Here one tiny model made the journey. The tests of this course send every kind that is supported.
# - **How the models of the table compare.** They were measured by different people on different captions.
# - **That 16 bits are always enough.** One model and one search were looked at.
#
# ## Take-aways
#
# 1. Load, encode, encode, multiply: whoever made the model, the use is the same.
# 2. A cosine means something only beside the cosines of wrong pairs, for each model and each kind of data anew.
# 3. Shares add up to one among your labels, even if all of them are wrong.
# 4. What comes after the token limit does not exist. Count tokens.
# 5. Ship safetensors with a card. Then check by the worst vector, not by the mean.
#
# You wrote three small instruments in this notebook: how special a cosine is, which captions are cut, and whether two models agree. Test yourself: a colleague says "the model is 93 % sure that it is an apple". Which two questions do you ask?
#
# Next: lesson 11 asks what changes with a thousand times the data, and lesson 12 makes a model for your own language.
#
# <details><summary>For teachers</summary>
#
# In forty-five minutes: sections 2, 3 and 5, with exercises 10.1 and 10.2. The prediction in section 4 works well as a vote. What people often believe: that a cosine is a percentage; that a share of 95 % means certainty; that long captions are better; that a file of weights is harmless, whatever its format. The self-test: which labels did it choose from, and what cosine do wrong pairs get? With a network and a projector, turn the switch to CLIP-Italian beforehand, so that the download is done, and let the class bring photographs.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Bianchi et al. 2021, ["Contrastive Language-Image Pre-training for the Italian Language"](https://arxiv.org/abs/2108.08688): CLIP-Italian.
# - Radford et al. 2021, ["Learning Transferable Visual Models From Natural Language Supervision"](https://arxiv.org/abs/2103.00020): section 7 is on what such a model should not be used for.
# - Zhai et al. 2023, ["Sigmoid Loss for Language Image Pre-Training"](https://arxiv.org/abs/2303.15343): SigLIP, whose multilingual version stands in the table.
#
# Pictures: emoji by [OpenMoji](https://openmoji.org), the open-source emoji and icon project, [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/). Text: [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).
