# %% [markdown]
# {badge} · Notebook 8 of 12 · machine 70 s · reading 30 min · exercises 20 min
#
# # 8 · Is a language-specific model better than the multilingual one?
#
# **You will show that** the published answer compares two models which differ in two things at once, and you will take the two apart: whether all of it went into Italian, and what taught it.
#
# **Before:** lesson 0 for search and vectors. Lesson 2 for the contrastive loss. Lesson 4 for *interval* and *bootstrap*. Lessons 5 and 6 tell how an Italian CLIP is made.
#
# **After this you can** 1. measure a search in both directions, ties and several captions included, 2. say what two models' difference is worth, 3. read a comparison in which two things change at once, 4. build a multilingual CLIP without a single picture, 5. choose between the two for a language of your own.

# %%
import clipit.course

clipit.course.setup()

# %% [markdown]
# ## 1 · Two models, one query
#
# The article that this course follows compares its Italian model to another one. CLIP-Italian has a text encoder that reads Italian only, and learned from pictures with Italian captions. The other, here called **mCLIP** as in the article, is a *multilingual* CLIP: its text encoder reads many languages, and it was made in a different way, which section 3 tells.
#
# The course ships small twins of both: `only-italian` and `multilingual`. They share one image encoder, that of `english-clip` (lesson 5), so that a picture has the *same* vector in both. All that differs is who reads the query.

# %%
import numpy as np

import clipit
from clipit.course.retrieving import captioned
from clipit.course.searching import open_gallery
from clipit.data.emoji.scene import Group, Scene
from clipit.training.features import embed_captions

names = ("only-italian", "multilingual")
models = {name: clipit.load(name) for name in names}
test = captioned("it", size=400)  # pictures that no model was trained on
gallery = open_gallery(models["only-italian"][0], test.world)
images = gallery.vectors  # [pictures, numbers]
query, shows = "mele", Scene((Group("apple"),))  # apples
best = {name: (-images @ embed_captions(*models[name], [query])[0]).argsort()[:4] for name in names}
print(f"{len(gallery)} pictures with {len(test.captions):,} captions.")
gallery.show(f"only-italian: {query} (apples)", best["only-italian"], shows)

# %% [markdown]
# (Under each picture stand its own caption and its English gloss; a blue frame says that the query is true of it, a broken orange one that it is not.) And the other model:

# %%
gallery.show(f"multilingual: {query} (apples)", best["multilingual"], shows)

# %% [markdown]
# Here the multilingual model looks better, if anything. One query says little about either. A measurement needs many queries, and a rule for what counts as found.
#
# ## 2 · How good is a search?
#
# Take a caption as the query and rank all pictures by their similarity to it. The **rank** is the place of the first picture that the caption is true of, 1 at best. Three usual summaries of many ranks:
#
# - **recall@k**: the share of queries with a right picture among the first k;
# - **mean reciprocal rank**, MRR: the mean of 1/rank: a first place counts 1, a second place 1/2, a third 1/3; beyond the tenth place nothing, hence MRR@10;
# - the **median rank**: half of the queries do no worse.
#
# The same works the other way round: a picture is the query, and its captions are to be found. Each of our pictures has five captions, some of which say little ("un gatto", a cat), so that they are true of many pictures; all of them count as right.

# %%
clipit.course.predict("is it easier to find a picture by a caption, or a caption by a picture?", ...)

# %%
from clipit.course.rounding import about
from clipit.evaluation import retrieval

texts = {name: embed_captions(*models[name], test.captions) for name in names}  # [captions, numbers] each
by_caption = {name: retrieval(texts[name], images, test.right) for name in names}
by_picture = {name: retrieval(images, texts[name], test.right.T) for name in names}
easier = all(by_picture[name]["mrr@10"] > by_caption[name]["mrr@10"] for name in names)
question = "is it easier to find a picture by a caption, or a caption by a picture?"
clipit.course.reveal(question, "a caption by a picture" if easier else "it depends on the model")
for name in names:
    print(
        f"{name:<13} picture by caption: MRR@10 {about(by_caption[name]['mrr@10'])}, recall@1 {about(by_caption[name]['recall@1'])};"
        f" caption by picture: MRR@10 {about(by_picture[name]['mrr@10'])}"
    )

# %% [markdown]
# A picture may be happy with any of its five captions, and with those of others that fit; a caption needs a picture that shows what it says. So the second direction is easier, and the two must not be compared with each other.
#
# ### Exercise 8.1 · The mean reciprocal rank, with ties
#
# ●●○ · 8 min · What if two pictures are *equally* similar to a query? A model that gives every picture the same vector ties them all; if the right one were then put first, it would look perfect. So ties count against the model: a picture that is as similar as the right one stands before it. Write a function that takes the similarities, an array of the shape [queries, pictures], and for each query the number of its one right picture, and returns the mean reciprocal rank.
#
# <details><summary>Hint</summary>
#
# `own = similarities[np.arange(len(right)), right]` holds the similarity of each query to its right picture. How many pictures in a row are at least as similar as it? Count it itself too: that number is the rank.
#
# </details>
# <details><summary>Expected output</summary>
#
# For one query with the similarities [0.7, 0.7, 0.2] whose right picture is number 1, the rank is 2 and the value 0.5.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Counting only the pictures that are *more* similar; taking one over the mean rank.
#
# </details>


# %%
def mean_reciprocal_rank(similarities, right):
    return ...


# %%
from clipit.course.exercises import retrieving as check

check.mrr(mean_reciprocal_rank)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def mean_reciprocal_rank(similarities, right):
#     own = similarities[np.arange(len(right)), right]
#     ranks = (similarities >= own[:, None]).sum(axis=1)
#     return (1 / ranks).mean()
# ```
#
# </details>
#
# ## 3 · A text encoder that never saw a picture
#
# How is a multilingual CLIP made? Captions in many languages are rare; *translations* are plenty. So take a finished English CLIP and use its text encoder as a **teacher**. For a sentence and its translation, the teacher reads the English side and says where in the space it belongs; a multilingual text encoder, the **student**, reads the other side and is trained to put it at the same place (Reimers and Gurevych 2020). The loss is the distance between the two points. The student sees no picture; the image encoder, which did, stays as it is. Since the teacher's points lie nearer to the right pictures than to others, so do the student's.
#
# Here it is on our scale: 60 steps of a new student that reads Italian, on 5,000 captions and the places where `english-clip` puts their English translations.

# %%
clipit.course.predict("does the student find pictures, though it was shown none?", ...)

# %%
from clipit.course.retrieving import first_lessons
from clipit.plots import plot_lines

losses, found = first_lessons(steps=60)
steps = list(range(0, 60, 4))
clipit.course.reveal(
    "does the student find pictures, though it was shown none?", "yes" if found[1] > 0.2 else "not yet"
)
print(f"Distance to the teacher's points: halved within {len(losses)} steps: {losses[-1] < losses[0] / 2}.")
print(f"MRR@10 in Italian over 200 pictures above 0.2: before {found[0] > 0.2}, after {found[1] > 0.2}.")
plot_lines("A student learns where its teacher puts sentences", {"student": (steps, [losses[step] for step in steps])},
           "step", "squared distance to the teacher", {"nothing to do with it": 2.0})  # fmt: skip

# %% [markdown]
# Two vectors of length one that have nothing to do with each other are at a squared distance of about 2 (dotted line). The student comes down from there, and with it the places of the sentences come near the pictures, which it never met.
#
# It works with several languages at once as well: `multilingual` was taught so, with captions of which a third each are in Italian, English and Spanish. `only-italian` learned as CLIP-Italian did, from Italian captions and their pictures, with the contrastive loss.
#
# ## 4 · By how much, and how sure?
#
# Here are the two models on the same captions. Which is better, and could it be luck?

# %%
clipit.course.predict("MRR@10 of only-italian minus that of multilingual, for captions in Italian", ...)

# %%
from clipit.course.retrieving import reciprocal_ranks
from clipit.evaluation import bootstrap
from clipit.plots import plot_intervals

found = {name: reciprocal_ranks(*models[name], images, test) for name in names}  # [captions] each
apart = found["only-italian"] - found["multilingual"]
measured = {name: bootstrap(found[name], clusters=test.pictures) for name in names}
measured["difference, by picture"] = honest = bootstrap(apart, clusters=test.pictures)
measured["difference, by caption"] = bootstrap(apart)
lengths = {name: one["high"] - one["low"] for name, one in measured.items()}
question = "MRR@10 of only-italian minus that of multilingual, for captions in Italian"
clipit.course.reveal(question, about(honest["mean"]))
print(f"The interval of the difference leaves out zero: {honest['low'] > 0 or honest['high'] < 0}.")
print(f"By picture it is longer: {lengths['difference, by picture'] > lengths['difference, by caption']}.")
marks = {"mean and 95 % interval": [(one["mean"], one["low"], one["high"]) for one in measured.values()]}
plot_intervals("MRR@10, captions in Italian", list(measured), marks, "MRR@10")

# %% [markdown]
# Two habits make such a comparison honest. It is **paired**: both models answered the same captions, so we take the difference caption by caption. What is hard for both then drops out. (Here that is little: what is hard for the one is often not what is hard for the other.) And it is **clustered**: five captions of one picture succeed and fail together, so the bootstrap draws whole pictures. The last row forgets that, and looks surer than it may.
#
# ### Exercise 8.2 · One difference for each picture
#
# ●●○ · 6 min · Write a function that takes the reciprocal ranks of one model and of another, one for each caption, and for each caption the number of its picture; it returns for each picture, in the order of their numbers, the mean difference of its captions, first model minus other.
#
# <details><summary>Hint</summary>
#
# `np.unique(pictures)` holds each number once, in order; `pictures == picture` picks the captions of one.
#
# </details>
# <details><summary>Expected output</summary>
#
# For `[1, 0.5, 1]`, `[0.5, 0.5, 0]` and the pictures `[0, 0, 1]` it is `[0.25, 1]`.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Leaving the captions one by one; adding up instead of taking the mean.
#
# </details>


# %%
def by_picture_differences(first, other, pictures):
    return ...


# %%
check.clustered(by_picture_differences)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def by_picture_differences(first, other, pictures):
#     return np.array([(first - other)[pictures == picture].mean() for picture in np.unique(pictures)])
# ```
#
# </details>
#
# ## 5 · Two things at once
#
# Here is what the article reports. Retrieval is over the 8,486 Italian captions and 1,696 pictures of MSCOCO-IT; zero-shot is naming 50,000 photographs of ImageNet from 1,000 Italian class names (lesson 7).

# %%
published = {  # CLIP-Italian, mCLIP; from the repository of CLIP-Italian
    "retrieval, MRR@1": (0.3797, 0.2874),
    "retrieval, MRR@10": (0.5204, 0.4129),
    "zero-shot, accuracy@1": (0.2211, 0.2015),
    "zero-shot, accuracy@5": (0.4369, 0.3657),
}
for measure, (italian, multilingual) in published.items():
    print(
        f"{measure:<22} CLIP-Italian {italian:.2f}, mCLIP {multilingual:.2f}, difference {italian - multilingual:.2f}"
    )

# %% [markdown]
# "Having a language-specific model is better than using the multilingual CLIP", concludes the article. But the two models differ in *two* things. One reads only Italian, the other many languages. And one learned from pictures, the other from a teacher. (They differ in more: in how many sentences they were trained on, in whose captions these were, in the time they were given.) From these numbers nobody can tell which of the differences made it.
#
# ### Exercise 8.3 · A two-by-two
#
# ●●○ · 6 min · Suppose that all *four* combinations had been measured. Write a function that takes their scores, a dictionary with the keys "italian, pictures", "italian, teacher", "multilingual, pictures" and "multilingual, teacher", and returns three numbers: the published comparison (CLIP-Italian minus mCLIP), the effect of the language (Italian minus multilingual, averaged over both ways of teaching), and the effect of the teaching (pictures minus teacher, averaged over both languages).
#
# <details><summary>Hint</summary>
#
# There are two differences that change the language and nothing else. Their mean is its effect.
#
# </details>
# <details><summary>Expected output</summary>
#
# For 0.8, 0.6, 0.7 and 0.3 (in the order above): 0.5, 0.2 and 0.3.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Taking one of the two differences only; turning the sign around.
#
# </details>


# %%
def effects(scores):
    return ...


# %%
check.effects(effects)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def effects(scores):
#     published = scores["italian, pictures"] - scores["multilingual, teacher"]
#     language = sum(scores[f"italian, {by}"] - scores[f"multilingual, {by}"] for by in ("pictures", "teacher")) / 2
#     teaching = sum(scores[f"{read}, pictures"] - scores[f"{read}, teacher"] for read in ("italian", "multilingual")) / 2
#     return published, language, teaching
# ```
#
# </details>
#
# Add the two effects up: their sum is always the published difference. So a two-by-two says what each of them contributed.
#
# A study of this course measured the four. All have the same image encoder, locked, the same number of captions and of steps, text encoders that were pretrained alike, and each its own best learning rate. The multilingual ones divide their captions among three languages, as anyone must who has one budget; so "Italian, not multilingual" means here: all of the budget for Italian, and not a third of it. In the table, `italian_contrastive` is "Italian, pictures" (our `only-italian` is one of these models), and `multilingual_student` is "multilingual, teacher" (our `multilingual`). Every number is MRR@10 for Italian captions among 1,000 pictures, the fullest caption of each, after training with the captions of 6,000 pictures: the mean of five trainings from different seeds, with its 95 % interval. The main comparison was declared before it ran: the published one.

# %%
clipit.course.predict("which is the larger effect here: the language, or the teaching?", ...)

# %%
from clipit.studies import retrieval as study
from clipit.studies.summaries import told, values
from clipit.studies.table import read_rows, results_file

rows = read_rows(results_file("retrieval"))
many, few = study.SIZES
sizes = {name: np.mean(found) for name, found in study.effects(rows, study.MAIN, many).items()}
language, teaching = (abs(sizes[name]) for name in list(sizes)[1:])
clipit.course.reveal("which is the larger effect here: the language, or the teaching?",
                     "the language" if language > teaching else "the teaching")  # fmt: skip
for arm in study.ARMS:
    print(f"{arm:<25} {told(values(rows, study.MAIN, arm=arm, pairs=str(many)).values())}")
for name, found in study.effects(rows, study.MAIN, many).items():
    print(f"{name:<26} {told(found)}")

# %% [markdown]
# The published order comes out: the Italian CLIP is far ahead of the multilingual student. But look at the two effects. The gain is all in the *language*: a text encoder that spends all its captions on Italian beats one that divides them among three, whoever teaches. (Whether it is the other languages that disturb, or the Italian that is missing, these arms do not tell apart.) The *teaching* pulls the other way: with equally many captions and steps, the student of a teacher is better than the one who looked at pictures, in both rows. Had the Italian model been compared with an Italian *student*, it would have lost.
#
# So "language-specific is better" holds here, at equal and short budgets; "and therefore train on pictures" does not follow. Why does the teacher win? Nobody tested it here. One would guess: a batch says merely which caption is nearer, while a teacher's vector says exactly where to go, 256 numbers for each sentence. And our teacher is good, and its translations are perfect; a bad teacher, or bad translations, would make a bad student.
#
# ### The negative control
#
# `shuffled` in this table is the Italian model trained on captions of *other* pictures: it finds nothing, so the numbers above come from what was learned and not from how it is measured.
#
# ## 6 · On both tasks, with much data and with little
#
# The article compares retrieval and zero-shot. And a small language has less data than a large one: does the answer change with a tenth of the pictures?

# %%
from clipit.evaluation import seed_interval

tasks = {"retrieval, MRR@10": study.MAIN, "zero-shot": "it.zero_shot.top1"}
cells = [(task, measure, size) for task, measure in tasks.items() for size in study.SIZES]
shown = {name: [] for name in sizes}
for _, measure, size in cells:
    for name, found in study.effects(rows, measure, size).items():
        one = seed_interval(found)
        shown[name].append((one["mean"], one["low"], one["high"]))
print("6,000 and 600 pictures: retrieval, then zero-shot")
for name in shown:
    print(f"{name:<26}", ", ".join(f"{mean:.2f}" for mean, _, _ in shown[name]))
labels = [f"{task}, {size:,} pictures" for task, _, size in cells]
plot_intervals("What each difference is worth", labels, shown, "gain; left of zero: a loss")

# %% [markdown]
# Read the figure from left to right of zero. The language gains in all four rows. The pictures lose against the teacher in all four, and in retrieval they lose more with a tenth of the data: where captions are few, a teacher is worth the most, and the published difference shrinks to nothing. Retrieval and zero-shot agree in all this. Two warnings: the student has the *captions* of so many pictures, not the pictures; and with 600 all arms kept the learning rates that were best with 6,000, which may not be the best there.
#
# ## 7 · Why multilingual is "super cool for other reasons"
#
# So the article calls it, and here is one. The same question in Spanish, to both: *manzanas* (apples).

# %%
clipit.course.predict("does only-italian understand Spanish, a language so near to its own?", ...)

# %%
spanish = captioned("es", size=400)  # the same pictures
per_language = {
    name: [about(reciprocal_ranks(*models[name], images, each).mean()) for each in (test, spanish)] for name in names
}
for name in names:
    print(f"{name:<13} MRR@10 in Italian {per_language[name][0]}, in Spanish {per_language[name][1]}")
asked = "manzanas"
best = (-images @ embed_captions(*models["multilingual"], [asked])[0]).argsort()[:4]
arms = {"only-italian": "italian_contrastive", "multilingual": "multilingual_student"}
over_seeds = {
    name: told(values(rows, "es.text_to_image.mrr@10", arm=arm, pairs=str(many)).values()) for name, arm in arms.items()
}
clipit.course.reveal(
    "does only-italian understand Spanish, a language so near to its own?",
    f"MRR@10 over five seeds: {over_seeds['only-italian']}",
)
gallery.show(f"multilingual: {asked} (apples)", best, shows)

# %% [markdown]
# Hardly a word. It finds next to nothing by a Spanish caption, though some words look alike. The multilingual model finds it as well as in Italian: it was taught so, and cost one training for three languages. What it pays is what section 5 showed: with the same captions in all, each language gets a third of them. Whether a large model pays that price too depends on how much it can hold.
#
# ## 8 · The two spaces
#
# What do the two spaces look like? Each has 256 numbers for a picture or a caption, and a map has two, so something must be given up. **UMAP** places points so that neighbours stay neighbours as well as they can, and lets go of all larger distances. It needs a package of its own, so the map below was made once, by the study `clipit study maps`, and is read from its table. Pictures and captions were placed together; a thin line joins those that belong together.

# %%
clipit.course.predict("on the map: do pictures and captions lie mixed, or apart", ...)

# %%
from clipit.plots import plot_maps
from clipit.studies import maps

mapped, shown = read_rows(results_file("maps")), 80
places = {name: [points[:shown] for points in maps.points_of(mapped, name)] for name in names}
mixed = {name: told(values(mapped, "mixed", arm=name, way="umap").values()) for name in names}
clipit.course.reveal(
    "on the map: do pictures and captions lie mixed, or apart",
    f"rather apart: of a caption's ten neighbours a share of {mixed['only-italian']} are pictures",
)
print(f"In the multilingual map {mixed['multilingual']}; where both lie mixed it would be a half.")
plot_maps(f"{shown} pictures and their captions, placed by UMAP", places, list(gallery.pictures[:shown]))

# %% [markdown]
# The captions form a ring around the pictures, in both models. What the pictures are sorted by can be seen: most of all by the colour behind them. That the two kinds keep apart has a name, the **modality gap** (lesson 3). But is the map the space? The study counted two things in the space of 256 numbers, on UMAP's map, and on the plane in which all points together are spread most widely (their **principal components**, the other usual map): how many of a caption's ten nearest are pictures (`mixed`), and whether its own picture is among these ten (`own`).

# %%
from clipit.evaluation import modality_gap

ways = {"space": "space", "umap": "UMAP", "plane": "principal components"}
for name in names:
    for way, called in ways.items():
        counted = {what: values(mapped, what, arm=name, way=way).values() for what in maps.MEASURED}
        print(f"{name}, {called}: mixed {told(counted['mixed'])}, own {told(counted['own'])}")
full = [test.captions.index(caption) for caption in gallery.captions[:100]]  # the fullest caption of each picture
for name in names:
    similar = texts[name][full] @ images[:100].T  # [captions, pictures]
    others = similar[~np.eye(100, dtype=bool)].mean()
    print(f"{name:<13} own picture {similar.diagonal().mean():.1f}, others {others:.1f} (mean similarity)")
print("Modality gap:", ", ".join(f"{name} {modality_gap(images[:100], texts[name][full]):.1f}" for name in names))

# %% [markdown]
# The Italian model's captions have their own picture among the ten nearest in most cases. On either map hardly a third of that is left: the long lines are the map's doing. UMAP tells the truth about who lies apart, and the principal components do not: there pictures and captions seem to share one place. So each map keeps something and breaks something, and none says what. In the multilingual model a caption's nearest are nearly all captions, which does not hinder a search: that one asks among pictures only, and there the own picture is far more similar than the others (the lines after the table). Do not read from a map what you can compute. (Five seeds draw other pictures, and start UMAP anew. A model that has learned nothing has none of this: its pictures and captions lie far apart in every map.)
#
# ## Play with it
#
# Ask something else, in Italian or in Spanish. The lexicon of the small world is short: *gatto, cane, mela, casa, albero* (cat, dog, apple, house, tree); *gato, perro, manzana, casa, árbol*.

# %%
asked, scene = "una casa", Scene((Group("house"),))  # a house
best = (-images @ embed_captions(*models["multilingual"], [asked])[0]).argsort()[:4]
gallery.show(f"multilingual: {asked}", best, scene)

# %% [markdown]
# ## What this does not show
#
# - **Which of the published models is better, and why.** They differ in data and time as well; what is held equal here was not held equal there.
# - **What a large multilingual encoder brings.** Real ones have read a hundred languages for weeks before they meet a teacher. Ours were pretrained for minutes on captions alone, alike, so that the comparison is fair and small.
# - **Longer training.** The recipe `italian-clip`, which learns from pictures too, looks at eight times as many pairs, and finds more than any arm here (the README says how much). Whether a student would stay ahead with such a budget, nobody measured.
# - **Whether other languages disturb.** The multilingual arms had a third of the Italian captions. An Italian arm with a third would tell.
# - **Real translations.** Here the English captions say exactly what the Italian ones say. Real translations are worse (lesson 4), and that would cost the student more than the one who looks at pictures.
# - **Languages far apart.** Italian and Spanish are related, and build sentences alike; whether sharing helps or hurts another pair, nobody asked here.
#
# ## Take-aways
#
# 1. A search is measured by ranks. Ties count against the model, the two directions are not comparable, and the captions of one picture are one draw, not five.
# 2. Compare two models on the same queries, by the interval of the difference.
# 3. The published comparison changes the language and the way of teaching at once. Taken apart, at equal and short budgets, the language gains and the teaching loses: CLIP-Italian's way wins here because all of it goes into Italian, not because it learned from pictures.
# 4. A student needs no picture, and after a short training is ahead, if the teacher and the translations are good. With few captions that is worth the most.
# 5. A multilingual model costs one training for several languages, and with one budget each language gets less.
#
# Next: lesson 9 asks whether it can count.
#
# <details><summary>For teachers</summary>
#
# In forty-five minutes: sections 3 and 5 with exercise 8.3. Before section 5, show the published table and let the class vote on *why* CLIP-Italian is better; nearly all will say "because it reads Italian only". What people often believe: that a CLIP must have seen pictures in its language; that two intervals which overlap mean that nothing is known about the difference (section 4: it is paired); that five captions of a picture are five independent queries.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Reimers and Gurevych 2020, ["Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation"](https://arxiv.org/abs/2004.09813), the teacher and the student.
# - Carlsson et al. 2022, ["Cross-lingual and Multilingual CLIP"](https://aclanthology.org/2022.lrec-1.739/), the same for CLIP in many languages.
# - Bianchi et al. 2021, ["Contrastive Language-Image Pre-training for the Italian Language"](https://arxiv.org/abs/2108.08688), CLIP-Italian.
# - Liang et al. 2022, ["Mind the Gap"](https://arxiv.org/abs/2203.02053), the modality gap.
#
# Pictures: emoji by [OpenMoji](https://openmoji.org), the open-source emoji and icon project, [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/). Text: [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).
