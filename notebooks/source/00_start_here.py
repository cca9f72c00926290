# %% [markdown]
# {badge} · Notebook 0 of 12 · machine 40 s · reading 20 min · exercises 20 min
#
# # 0 · Start here: search pictures in Italian
#
# **You will show that** a small model, which comes with this course, finds the picture that an Italian sentence describes among a thousand pictures, far more often than guessing would, and that this ability disappears when the sentences are shuffled or are in a language that the model never read.
#
# **Before:** you know Python and NumPy arrays. You need no Italian, because everything Italian is followed by English, and you need to know nothing about machine learning.
#
# **After this you can** 1. search a gallery of pictures with an Italian sentence, 2. compute how similar two vectors are, 3. turn similarities into an answer to "what is on this picture?", 4. predict where such a model fails, and check it.
#
# The first cell below sets everything up and prints a few lines about your machine. As long as there is no error, you can read on.

# %%
import clipit.course

clipit.course.setup()

# %% [markdown]
# ## 1 · What CLIP is, in six sentences
#
# 1. CLIP is a pair of programs, called **encoders**: one turns a picture into a list of numbers, the other turns a sentence into a list of numbers, and such a list is called a **vector**.
# 2. Both encoders have many adjustable numbers inside, called **weights**, and at the beginning these are random.
# 3. During **training** the encoders are shown pictures together with their **captions**, which are sentences that describe them.
# 4. After each look the weights are adjusted a little, so that the vector of a picture comes closer to the vector of its own caption and moves away from those of other captions.
# 5. In the end the vector of a sentence points more nearly the same way as the vector of a picture that it describes than as those of other pictures, often even if neither was seen during training.
# 6. Searching pictures with words is then easy: encode the words, and take the pictures whose vectors point most nearly the same way.
#
# The first CLIP was made by OpenAI in 2021 and read English. CLIP-Italian, which this course is built on, gave it Italian. Both learned from a great many photos on large machines. The model below follows the same idea and is so small that you can take it apart on a laptop.

# %%
import numpy as np

import clipit

model, tokenizer = clipit.load("quick")
vector = np.asarray(model.encode_text(tokenizer(["due gatti neri"])))[0]
print(f"“due gatti neri” (two black cats) became a vector of {vector.size} numbers.")
print(f"Its length is {np.linalg.norm(vector):.2f}: the model brings every vector to length one.")

# %% [markdown]
# `clipit.load` gave us two things. The `model` holds both encoders with their trained weights. The `tokenizer` cuts sentences into the pieces that the text encoder knows, and gives each piece a number; lesson 1 looks inside both.
#
# Now the pictures. They are scenes of a **small world**: one or two kinds of things, drawn with emoji art, in some number, colour and place. Because we drew them, we know exactly what is on each, and can say of every answer whether it is right. Each picture has an Italian caption. The English line under it is called a **gloss**: it is for you, and the model never sees it. A gloss under a picture says in plain English what is on the picture; it is no word-for-word translation.

# %%
from clipit.course.searching import open_gallery

gallery = open_gallery(model, clipit.data.make_gallery())
gallery.show("Six pictures, spread evenly over the gallery", range(0, len(gallery), 167))

# %% [markdown]
# You see six pictures of the gallery. They look coarse because you see them as the model does, at its own small size. Some captions are long and mention everything, down to the colour of the background. `open_gallery` has already sent all pictures through the image encoder and kept their vectors in `gallery.vectors`, one row for each picture.
#
# Here are the six sentences from above as one figure, with three pictures of the gallery, each beside a short description that fits it. (`SEARCHES` are three short descriptions for which the gallery holds fitting pictures, and `say` puts them into a language.)

# %%
from clipit.course.searching import say
from clipit.data import SEARCHES
from clipit.plots import plot_two_towers
from clipit.training.features import embed_captions

rows = [int(right.argmax()) for right in gallery.right(SEARCHES)]  # the first picture that fits each search
italian, english = ([say(search, language) for search in SEARCHES] for language in ("it", "en"))
similarities = gallery.vectors[rows] @ embed_captions(model, tokenizer, italian).T  # [pictures, descriptions]
fitting, others = np.diag(similarities), similarities[~np.eye(3, dtype=bool)]
print(f"Similarity to the fitting description: {fitting.min():.1f} to {fitting.max():.1f}.")
print(f"Similarity to one of the other two: at most {others.max():.1f}.")
plot_two_towers(list(gallery.pictures[rows]), italian, english, similarities)

# %% [markdown]
# On the left are pictures, on the right descriptions. Pictures pass through one encoder and descriptions through the other, the two funnels, and each comes out as a point in one shared space. A round point is a picture, a square one a description, and what fits together has the same number and colour. The colours mean nothing else. Where the points lie is a sketch; the similarities are measured. What a similarity is comes next.

# %% [markdown]
# ## 2 · How similar are two vectors?
#
# We ask how nearly two vectors point the same way. The answer is the **cosine similarity**: it is 1 when they point the same way, 0 when they stand at a right angle, and −1 when they point in opposite ways. The length of a vector does not matter.
#
# To compute it, multiply the vectors number by number, add the products up (this is the **dot product**, in NumPy `a @ b`), and divide by the length of each (in NumPy `np.linalg.norm(a)`). For vectors of length one there is nothing to divide by, so for our model the dot product is all there is to it.
#
# ### Exercise 0.1 · Cosine similarity
#
# ●○○ · 5 min · Write a function that takes two vectors of any length and returns their cosine similarity, one number.
#
# <details><summary>Hint</summary>
#
# For `a = [3, 4]` the length is 5, because 3 · 3 + 4 · 4 = 25. You need three things: a dot product and two lengths.
#
# </details>
# <details><summary>Expected output</summary>
#
# For `[3, 4]` and `[4, -2]`: the dot product is 12 − 8 = 4, the lengths are 5 and the root of 20, and the similarity is 0.179.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Dividing by one length only; using `a * b`, which multiplies but does not add up; measuring how far apart the points are, which also depends on the lengths.
#
# </details>


# %%
def cosine(a, b):
    return ...


# %%
from clipit.course.exercises import start as check

check.cosine(cosine)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def cosine(a, b):
#     return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
# ```
#
# </details>

# %% [markdown]
# ## 3 · Your first search
#
# We look for *due gatti neri* (two black cats). The gallery holds some pictures of exactly this, some with a wrong number of cats, some with cats of another colour, and hundreds with neither. Before you look: how many of the first five answers will be right? Write your guess in place of the dots.

# %%
clipit.course.predict("right pictures among the first five", ...)


# %%
def find(words, count=5):
    """The numbers of the pictures that are most similar to some words, the most similar first."""
    vector = embed_captions(model, tokenizer, [words])[0]  # [numbers]
    similarities = gallery.vectors @ vector  # [pictures]
    return np.argsort(-similarities)[:count]


# %% [markdown]
# That is the whole search engine: encode the words, compare them with every picture by one product, sort, keep five. (`embed_captions` does what `encode_text` did above, only faster for many captions.)
#
# The small world can also say what words mean: a `scene` is a description in no language, and `gallery.show` marks whether it is true of each picture. The search itself never sees it.

# %%
black_cats = SEARCHES[0]
print(black_cats)
found = find("due gatti neri")
clipit.course.reveal("right pictures among the first five", int(gallery.right([black_cats])[0, found].sum()))
gallery.show("“due gatti neri” (two black cats)", found, black_cats)

# %% [markdown]
# The most similar picture is on the left. A picture in a whole blue frame is right, one in a dashed orange frame is wrong. Look at the wrong ones, if there are any: is the number wrong, the colour, the animal, or all of it? Some wrong answers are nearly right. Others may have nothing to do with the words; why these came so near, the picture alone does not tell us.
#
# How many right pictures does the gallery hold that the first five missed?

# %%
fits = gallery.right([black_cats])[0]  # [pictures]: does it show two black cats?
print(f"The gallery holds {fits.sum()} right pictures; the first five missed {fits.sum() - fits[found].sum()} of them.")

# %% [markdown]
# The next search is from the article about CLIP-Italian: *due persone su una montagna* (two people on a mountain).

# %%
words = "due persone su una montagna"
gallery.show(f"“{words}” (two people on a mountain)", find(words), SEARCHES[1])

# %% [markdown]
# The frames say how well it understood the two kinds of things. They cannot say whether it understood *su* (on): the gallery holds no picture with two people beside a mountain or under one, so whoever knows people, two and mountains is right. You can ask about *su* yourself in section 7, the play section. Nobody told the model what a mountain looks like. It only saw pictures and captions side by side.
#
# **Checkpoint.** Suppose that every vector in `gallery.vectors` were made twice as long. Would the search find other pictures?
# <details><summary>Answer</summary>
#
# No. All similarities would double, and their order would stay. If only *some* vectors became longer, those pictures would come too early in every search; this is why the model makes all vectors equally long.
#
# </details>
#
# ### Exercise 0.2 · The nearest pictures
#
# ●○○ · 5 min · Write the heart of `find` yourself, without looking back: given the vector of a query and the vectors of a gallery (one row for each picture, all of length one), return the numbers of the `count` most similar rows, the most similar first.
#
# <details><summary>Hint</summary>
#
# `gallery @ query` gives all similarities at once. `np.argsort(x)` gives the places of the values of `x` from the smallest to the largest.
#
# </details>
# <details><summary>Expected output</summary>
#
# For the query `[1, 0]`, the rows `[0, 1]`, `[0.6, 0.8]`, `[1, 0]`, `[0.8, -0.6]`, `[-1, 0]` and a count of 3, the similarities are 0, 0.6, 1, 0.8 and −1, and the answer is `[2, 3, 1]`.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Forgetting the minus, so that the least similar pictures come first; returning the similarities instead of the places where they stand; writing 5 instead of `count`.
#
# </details>


# %%
def nearest(query, gallery, count):
    return ...


# %%
check.nearest(nearest)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def nearest(query, gallery, count):
#     similarities = gallery @ query
#     return np.argsort(-similarities)[:count]
# ```
#
# </details>

# %% [markdown]
# ## 4 · One search is an anecdote: a thousand searches
#
# Two searches show little, and we could have picked nice ones. So we search with the caption of *every* picture in the gallery, and ask how often a right picture comes first. An answer is right when the caption is true of it. This share has a name, **recall at one**. We give it in per cent.
#
# Somebody who guesses picks one of a thousand pictures blindly. What does the model reach? Write a number of per cent, from 0 to 100.

# %%
clipit.course.predict("recall at one, in per cent", ...)

# %%
from clipit.course.rounding import about
from clipit.evaluation import retrieval
from clipit.plots.bars import percent

captions = embed_captions(model, tokenizer, gallery.captions)  # [captions, numbers]
right = gallery.right_for_captions()  # [captions, pictures]: is this caption true of this picture?
recall = retrieval(captions, gallery.vectors, right)["recall@1"]
clipit.course.reveal("recall at one, in per cent", about(recall))
print(f"Guessing would give {percent(right.mean(), 1)}.")

# %% [markdown]
# Another computer may differ a little in such a number. Therefore the lessons print it to the nearest five per cent, after the word "about"; bars in figures are labelled with whole per cent.
#
# ### A negative control
#
# A surprising number can have a boring reason, such as a mistake in the measurement. A **negative control** is the same measurement where it *must* fail. If it does not fail, something is wrong with how we measure.
#
# We make two. First we shuffle the captions, so that each is said to belong to some other picture, and we do so ten times. Then we leave every caption where it belongs, but say it in English, a language that this model never read.

# %%
rng = np.random.default_rng(0)
shuffled = [retrieval(captions, gallery.vectors, rng.permutation(right))["recall@1"] for _ in range(10)]
in_english = retrieval(embed_captions(model, tokenizer, gallery.glosses), gallery.vectors, right)["recall@1"]

print(f"Italian captions    {about(recall)}")
print(f"shuffled captions   {percent(np.mean(shuffled), 1)}")
print(f"English captions    {percent(in_english, 1)}")
print(f"guessing            {percent(right.mean(), 1)}")
print("Both controls fail, as they must:", max(np.mean(shuffled), in_english) < min(0.02, recall / 10))

# %% [markdown]
# Shuffled captions find nothing more than guessing does, so the measurement is sound. The English line is the reason for this course: the pictures are the same and the descriptions are just as good, and yet the model is lost, because understanding pictures is not enough. Somebody has to train the text encoder in the language of the people who search.

# %% [markdown]
# ### What fails, by rule and not by choice
#
# Whoever shows examples is tempted to choose them. So we state a rule first and then show whatever it gives. The rule: take every twenty-fifth caption of the gallery, search for each, and show the three searches whose right picture came lowest.

# %%
from clipit.course.searching import show_worst

chosen = range(0, len(gallery), 25)
show_worst(gallery, chosen, captions[chosen], worst=3)

# %% [markdown]
# There are three couples of pictures, A, B and C. The left one of each couple is what the caption meant, with the place where it came; the right one is what the search put first. Compare the two captions of each couple: what stayed, and what was lost? Three couples are too few to say which matters most to the model: write down what you suspect, and how you would test it.
#
# You may have noticed that the share of right first answers among these forty searches is not the share among all thousand. Forty is a small sample, and another forty would give yet another share. We keep them all the same: the rule was fixed before we looked, and changing it afterwards would be choosing.
#
# ### Optional: is a shorter question easier?
#
# You may skip this on a first reading. A person finds "gatto" (cat) easier than a sentence with five facts. Here every kind of thing in the gallery is searched for with its bare name, and any picture with at least one of it is right.

# %%
from clipit.training.measure import short_queries

short = short_queries(model, tokenizer, gallery.vectors, gallery.world, "it")["recall@1"]
print(f"First answer right, with a full caption: {about(recall)}; with a bare name: {about(short)}.")
print("The bare names are", "harder." if short < recall else "easier.")

# %% [markdown]
# One reason to consider: a full caption tells many facts, and each narrows the search, even when the model does not know the main thing well. A bare name stands or falls with one word.

# %% [markdown]
# ## 5 · What is on this picture?
#
# Turn the search around: keep one picture, and compare it with several sentences. The nearest one is the model's answer. Nobody has to show it examples of each answer beforehand, and so this is called **zero-shot classification**; the sentences to choose from are called **labels**.
#
# Similarities say which label is nearest. To read them as shares that add up to one, we use the **softmax**: multiply each similarity by a number that the model has learned, the **logit scale** (each product is called a **logit**); take the exponential `np.exp` of each logit, which makes all of them positive and large ones much larger; and divide by their sum.

# %%
from clipit.data.emoji.scene import Group, Scene

labels = [Scene((Group(kind, 1),)) for kind in ("cat", "dog", "horse", "apple", "car")]
italian, english = ([say(label, language) for label in labels] for language in ("it", "en"))
fitting = gallery.right(labels)  # [labels, pictures]
rows, kinds, counts = gallery.of_one_kind()
row = next(row for row in rows if fitting[:, row].any())  # the first picture that shows one of them, alone
print(f"Picture {row} of the gallery: {gallery.glosses[row]}. The labels: {', '.join(italian)}.")

# %%
similarities = embed_captions(model, tokenizer, italian) @ gallery.vectors[row]  # [labels]
logits = float(model.logit_scale()) * similarities
shares = np.exp(logits - logits.max())  # subtracting the largest changes no share, and nothing can overflow
shares = shares / shares.sum()
print(f"The largest of {len(labels)} shares is {about(shares.max())}, for “{italian[shares.argmax()]}”.")

# %%
from clipit.plots import plot_labels

right_label = int(fitting[:, row].argmax())
print(f"The right label has {about(shares[right_label])}; guessing would give each {percent(1 / len(labels))}.")
said = [f"{words} ({gloss})" for words, gloss in zip(italian, english, strict=True)]
plot_labels(gallery.glosses[row], gallery.pictures[row], said, shares, right_label)

# %% [markdown]
# The picture was chosen by a rule again: it is the first of the gallery that shows one of the five, alone. Each bar is one label, and the blue one is right. If the blue bar is the longest, the answer is right, which the frame also says.
#
# One picture is an anecdote again. How often is the first answer right over all pictures that show one kind of thing, when the model has to choose among the names of *all* the things that it was trained on? (Some pictures show one, some several, so each name is read twice, as in *un gatto*, a cat, and *dei gatti*, some cats, and the two vectors are averaged.) Write a number of per cent, from 0 to 100.

# %%
clipit.course.predict("pictures named rightly among all names, in per cent", ...)

# %%
from clipit.data.emoji.lexicon import concepts
from clipit.training.measure import nouns

top = nouns(model, tokenizer, gallery.vectors[rows], kinds, "it")["zero_shot.top1"]
names = len(concepts(held_out=False))
clipit.course.reveal("pictures named rightly among all names, in per cent", about(top))
print(f"There are {names} names, so guessing would give {percent(1 / names, 1)}.")

# %% [markdown]
# ### Exercise 0.3 · Softmax over labels
#
# ●●○ · 10 min · Write the three steps as a function, without looking back: from similarities and a logit scale to shares that add up to one. It should also survive a very large scale.
#
# <details><summary>Hint 1</summary>
#
# First the logits, `scale * similarities`, then `np.exp` of it, then divide by the sum.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `np.exp(1000)` is infinite for a computer. Subtract the largest logit from all of them before `np.exp`: above and below the fraction line everything shrinks by the same factor, so the shares stay as they are.
#
# </details>
# <details><summary>Expected output</summary>
#
# For the similarities `[0.9, 0.5, 0.4]` and a scale of 5: about `[0.821, 0.111, 0.067]`.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Forgetting the scale, which makes all shares nearly equal; dividing by the scale; forgetting to divide by the sum; taking shares of the similarities without `np.exp`.
#
# </details>


# %%
def shares_of(similarities, scale):
    return ...


# %%
check.shares(shares_of)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def shares_of(similarities, scale):
#     logits = scale * similarities
#     weights = np.exp(logits - logits.max())
#     return weights / weights.sum()
# ```
#
# </details>

# %% [markdown]
# ## 6 · Can it count?
#
# The article about CLIP-Italian was surprised: the model seems to count, *un gatto* (one cat), *due gatti* (two cats), but with four and five the results get unclear. We ask the same. The labels are now *un gatto* to *sei gatti* (six cats).
#
# Counting up from one, what is the last number before the model falls below half for the first time? Write a number from 0 to 6.

# %%
clipit.course.predict("last number before it falls below half", ...)

# %%
from clipit.plots import plot_captioned

numbers = [Scene((Group("cat", number),)) for number in range(1, 7)]
italian, english = ([say(number, language) for number in numbers] for language in ("it", "en"))
cats = open_gallery(model, clipit.data.make_gallery(size=144, queries=numbers))
first = [int(right.argmax()) for right in cats.right(numbers)]  # the first picture with one cat, with two ...
answers = (cats.vectors[first] @ embed_captions(model, tokenizer, italian).T).argmax(axis=1)  # [pictures]

correct = [answer == number for number, answer in enumerate(answers)]
print(f"Right for {sum(correct)} of {len(numbers)} pictures.")
said = [italian[answer] for answer in answers], [english[answer] for answer in answers]
plot_captioned("What it answers for one to six cats", list(cats.pictures[first]), *said, right=correct)

# %% [markdown]
# From left to right the pictures show one to six cats, and under each stands what the model answers. A dashed frame is a wrong count. If there are wrong answers, look at how far off they are.
#
# Six single pictures are an anecdote as well, and may go against what one expects: a small number may come out wrong and a large one right. So here are all pictures of the gallery that show one kind of thing, cats or not.

# %%
from clipit.evaluation import counting
from clipit.plots import plot_bars
from clipit.training.measure import count_embeddings

asked = count_embeddings(model, tokenizer, kinds, "it")  # [pictures, 6, numbers]: "un gatto", "due gatti", ...
measured = counting(gallery.vectors[rows], asked, counts)
by_number = [measured[f"accuracy.{number}"] for number in range(1, 7)]
clipit.course.reveal(
    "last number before it falls below half", next((n for n, share in enumerate(by_number) if share < 0.5), 6)
)
print(f"Right for one to three: {about(np.mean(by_number[:3]))}; for four to six: {about(np.mean(by_number[3:]))}.")
title = f"How often the number is right, {len(rows)} pictures"
plot_bars(
    title, [str(number) for number in range(1, 7)], by_number, 1 / 6, "objects in the picture", "share that is right"
)

# %% [markdown]
# Each bar is the share of pictures with so many objects whose number the model gets right; the dashed line is where guessing among six numbers would be. Compare the bars on the left with those on the right; the printed line says how far they fall. Not every bar must be lower than the one before it: the bar for a later number may be above half again. Two reasons come to mind: many small things are harder to tell apart, and captions seldom say "cinque" (five) or "sei" (six), here as in real text. Lesson 9 takes these two reasons apart.

# %% [markdown]
# ## 7 · Play with it
#
# Search for anything: change the words and run the cell again. Things: *gatto, cane, cavallo, mela, albero, casa* (cat, dog, horse, apple, tree, house). Numbers: *un, due, tre, quattro, cinque, sei*. Colours follow the thing, as in *due mele verdi* (two green apples). The search always returns its nearest pictures and never says "I have none": ask for what the gallery does not hold, and you get pictures all the same. The first line shows the pieces into which the tokenizer cuts your words; `[UNK]` is a piece that it does not know.

# %%
words, gloss = "tre mele verdi", "three green apples"  # write your own words here
scene = SEARCHES[2]  # what they mean, to mark right and wrong; write None when you change the words

print(tokenizer.tokens(words))
gallery.show(f"“{words}” ({gloss})", find(words, count=3), scene)

# %% [markdown]
# With your own words there is nobody to say what is right, and the frames disappear: look yourself. Try *gatto* against *gatti* (cat, cats), *una mela su un cavallo* against *un cavallo su una mela* (an apple on a horse, a horse on an apple), and a word in your own language. If the apple and the horse find the same pictures both ways, word order hardly counts for this model; to see how much, compute the `cosine` of the vectors of the two sentences.

# %% [markdown]
# ## What this does not show
#
# - **Nothing about photos.** Flat drawings of known things are far easier than the world. From lesson 5 on, encoders that were trained on photos join in.
# - **Nothing about real Italian.** Captions of the small world are grammatical but few in kind. Lesson 4 looks at real and translated ones.
# - **No comparison.** Whether another model, a longer training or more data would do better is a question for lessons 6 and 8. Here is one model, trained once, and nothing says how much each number would change in a second training.
# - **A gallery with a bias.** The gallery holds pictures that were drawn to fit the three searches of this lesson. The model never saw these pictures in training, but it may have read the same sentence beside another picture.
# - **No grammar.** That it finds what a sentence names does not show that it reads who stands on whom. Word order was not tested.
# - **No reasons.** That counting falls with the number is measured; why it does is only guessed here.
#
# ## Take-aways
#
# 1. Two encoders turn pictures and sentences into vectors of one space, and a search is one product and a sort.
# 2. The same similarities also name what is on a picture, without an example of any label, and even count a little.
# 3. A result needs a number over many cases, a negative control, and its failures shown by a rule.
# 4. A model that knows the pictures knows nothing in a language that it never read. Changing that is what this course is about.
#
# In this notebook you searched, compared with guessing, shuffled the captions, and looked at what went wrong. Test yourself: why does the length of the vectors not matter? What would you think if the shuffled captions had reached half of the recall of the true ones? Why is the worst of forty searches a better example than one that you choose?

# %% [markdown]
# ## The map of the course
#
# Each lesson starts from what comes with the course, never from your run of the one before. The lessons marked *core* are the shortest path, about three hours of reading. What stands in the last column is for a terminal: it copies a lesson into the folder where you are, and there it is yours to write in.

# %%
from IPython.display import Markdown

from clipit.course.map import course_map

Markdown(course_map())

# %% [markdown]
# The minutes are for a person who reads without hurry and skips what is marked optional. The next lesson will open the two encoders and builds four of them.
#
# <details><summary>For teachers</summary>
#
# In sixty minutes: sections 1 to 4 together with the projector, and everybody writes down each prediction before you run the cell; then exercise 0.1 alone, section 6 together. In ninety minutes: all exercises. What people often believe: that the model looks at the captions of the gallery when it searches (it sees only pixels; the captions under the pictures are for us), and that a similarity of 0.5 means "half right" (only the order counts). Use the edition without outputs in class: an output that is already there spoils the prediction before it.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Federico Bianchi, "How to Train your CLIP", Towards Data Science: the article that this course is built on.
# - Radford et al. 2021, ["Learning Transferable Visual Models From Natural Language Supervision"](https://arxiv.org/abs/2103.00020): the paper about CLIP. Begin with its first figure.
# - Bianchi et al. 2021, ["Contrastive Language-Image Pre-training for the Italian Language"](https://arxiv.org/abs/2108.08688): the paper about CLIP-Italian.
#
# Pictures: emoji by [OpenMoji](https://openmoji.org), the open-source emoji and icon project, [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/). Text: [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).
