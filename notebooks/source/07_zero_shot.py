# %% [markdown]
# {badge} · Notebook 7 of 12 · machine 60 s · reading 20 min · exercises 20 min
#
# # 7 · How does it classify without a label?
#
# **You will show that** a model which was never given a list of classes names pictures from any list that you write, how much depends on the words of that list, and how many labelled examples a classifier of the usual kind needs to do as well.
#
# **Before:** lesson 0: a picture and a sentence each become a vector of length one, and a softmax turns similarities into shares. Lesson 2 for the word *loss*. Lessons 5 and 6 tell how the model was made.
#
# **After this you can** 1. build a classifier out of sentences, 2. choose between prompts by an honest test, 3. find what is wrong with a list of names before any picture is looked at, 4. say what a share of 90 % means, 5. say for which pictures such a classifier will do worse.

# %%
import clipit.course

clipit.course.setup()

# %% [markdown]
# ## 1 · A class is a sentence
#
# A classifier of the usual kind learns from labelled pictures: a thousand cats with the label "cat", a thousand dogs with the label "dog". It then knows these labels and no others. CLIP needs none of this. Write each possible answer as a sentence, let the text encoder turn it into a vector, and take the sentence whose vector lies nearest to the picture's. This is called **zero-shot** classification, because the number of labelled examples is zero.
#
# The model here is `italian-clip`, which `make run` trains as CLIP-Italian was made: an image encoder that learned from English captions, joined to an Italian text encoder (lessons 5 and 6). It has read the names of all these things, in captions. What it never had is a *class*: a list of answers, and pictures marked with them.

# %%
import numpy as np

import clipit
from clipit.studies.zero_shot import class_vectors, pictures_of
from clipit.training.features import embed_captions, embed_pixels

model, tokenizer = clipit.load("italian-clip")
pixels, labels, names = pictures_of("test", 1_000, seed=0)  # of 1,000 scenes those with one kind of thing
images = embed_pixels(model, pixels)  # [pictures, numbers]
print(
    f"{len(images)} pictures, none trained on; each shows one of {len(names)} kinds of things, once or several times."
)

# %% [markdown]
# We begin with one picture and five possible answers, written in Italian.

# %%
from clipit.course.rounding import about
from clipit.data.emoji.prompts import prompts
from clipit.evaluation import softmax
from clipit.plots import plot_labels

row = int(np.flatnonzero(labels == names.index("cat"))[0])
answers = ["dog", "cat", "apple", "house", "tree"]
sentences = [prompts(name, "article")[0] for name in answers]
similarities = images[[row]] @ embed_captions(model, tokenizer, sentences).T  # [1, answers]
shares = softmax(float(model.logit_scale()) * similarities)[0]
print(
    f"Of {len(answers)} answers it takes {sentences[shares.argmax()]} (a cat), with a share of {about(shares.max())}."
)
written = [f"{sentence} ({name})" for sentence, name in zip(sentences, answers, strict=True)]
plot_labels("What is it?", pixels[row], written, shares.tolist(), answers.index("cat"))

# %% [markdown]
# The bars are shares: the similarities, multiplied by the model's logit scale, went through a softmax, so that they add up to one. Blue is the right answer. (There are two cats, and the sentence says one; it still lies nearest.)
#
# A softmax must give its whole share of one to the answers that it is offered. It cannot say "none of these". What happens when we take the right answer away?

# %%
clipit.course.predict("the highest share when the right answer is not on the list", ...)

# %%
without = [place for place, name in enumerate(answers) if name != "cat"]
left = softmax(float(model.logit_scale()) * similarities[:, without])[0]
clipit.course.reveal("the highest share when the right answer is not on the list", about(left.max()))
print(f"It takes the cat for {sentences[without[left.argmax()]]} ({answers[without[left.argmax()]]}).")
print(f"Similarity of the right answer {similarities.max():.1f}, of this one {similarities[0, without].max():.1f}.")

# %% [markdown]
# It is a dog, says the model, and all but surely. The *share* did not tell us that nothing on the list fits: it only compares the answers with one another, and to this cat a dog is far nearer than an apple. (What the *similarity* is worth is a question of its own, see lesson 10.)
#
# ## 2 · All names at once
#
# Now all names at once. Each class gets two sentences, one for one thing and one for several ("un'ape", a bee, and "delle api", some bees), because the pictures show one or several. The Italian for "a" depends on the noun, *un* gatto (cat), *uno* zaino (backpack), *un'*ape (bee), *una* casa (house), and the course's lexicon knows it. Guessing would be right once in as many times as there are names.

# %%
clipit.course.predict("share of pictures that are named rightly", ...)

# %%
from clipit.evaluation import bootstrap

classes = class_vectors(model, tokenizer, names, "both")  # [classes, numbers]
nearest = (images @ classes.T).argmax(axis=1)
right = nearest == labels
interval = bootstrap(right)
clipit.course.reveal("share of pictures that are named rightly", about(right.mean()))
print(f"95 % interval over pictures: plus and minus {(interval['high'] - interval['low']) / 2:.2f}.")
print(f"Guessing would be right in {about(1 / len(names))}.")

# %% [markdown]
# ### A negative control
#
# The same measurement where it must fail: the names are shuffled among the classes, so that "gatto" may stand for the apple.

# %%
wrong_names = np.random.default_rng(0).permutation(len(names))
print(f"Right with shuffled names: {about((wrong_names[nearest] == labels).mean())}.")

# %% [markdown]
# The model was given this list a second ago, and it names most pictures rightly. Where is it wrong?

# %%
from clipit.course.art import gloss, word
from clipit.plots import plot_captioned

wrong = np.flatnonzero(~right)[:6]
said = [f"{word(names[place])} ({gloss(names[place])})" for place in nearest[wrong]]
meant = [f"is: {word(names[place])} ({gloss(names[place])})" for place in labels[wrong]]
print(f"The first {len(wrong)} that are named wrongly, of {len(right)} pictures in all.")
plot_captioned("Named wrongly", list(pixels[wrong]), [f"says: {name}" for name in said], meant, [False] * len(wrong))

# %% [markdown]
# (Under each picture: what the model says, and below that what is really on it.) Some mistakes are between things that look alike at this small size, a camera and a radio, a sheep and a cow. Others are not so easily explained.
#
# ### Exercise 7.1 · Several sentences for one class
#
# ●●○ · 8 min · When a class has several sentences, their vectors are averaged and the mean is brought back to length one; that is the class's vector. Write a function that takes an array of the shape [classes, sentences, numbers] and returns one of the shape [classes, numbers].
#
# <details><summary>Hint</summary>
#
# The mean over axis 1. A mean of vectors of length one is shorter than one: divide by `np.linalg.norm` with `axis=1` and `keepdims=True`.
#
# </details>
# <details><summary>Expected output</summary>
#
# For a class with the sentences [1, 0] and [0, 1] the vector [0.71, 0.71].
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Forgetting the length; averaging over the classes instead of the sentences.
#
# </details>


# %%
def average(vectors):
    return ...


# %%
from clipit.course.exercises import classifying as check

check.average(average)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def average(vectors):
#     means = vectors.mean(axis=1)
#     return means / np.linalg.norm(means, axis=1, keepdims=True)
# ```
#
# </details>

# %% [markdown]
# ## 3 · Which sentence?
#
# "gatto" (cat), "un gatto" (a cat), "una foto di un gatto" (a photo of a cat): which sentence should stand for a class? OpenAI, who made the first CLIP, found that on ImageNet, a collection of photographs in a thousand classes, sentences about photos were better than bare names, and that 80 different sentences, averaged, were better still: together about five points. CLIP-Italian, the model that this course follows, was tried with 49 Italian sentences, averaged, by its own authors, and was a little *worse* than with the names alone, 21.9 % against 22.1 %.
#
# Here are eight ways. "both" is the one that we used. "two_singular" has two sentences as well, but both speak of one thing. "wrong_article" makes a mistake on purpose: it takes the article of the other gender, as a careless template does. (An *ape*, in Italian, is a bee.)

# %%
from clipit.data.emoji.prompts import KINDS

for kind in KINDS:
    examples = prompts("bee", kind)
    print(f"{kind + ':':<15}{', '.join(examples[:2])}{' and more' if len(examples) > 2 else ''}")

# %%
clipit.course.predict("the best of these ways, and the worst", ...)

# %%
from clipit.plots import plot_intervals

hits = {kind: (images @ class_vectors(model, tokenizer, names, kind).T).argmax(axis=1) == labels for kind in KINDS}
order = sorted(KINDS, key=lambda kind: -hits[kind].mean())
several = {"both", "photos", "ensemble"}
best = "one that speaks of several things" if order[0] in several else "one that speaks of one thing"
clipit.course.reveal("the best of these ways, and the worst", f"{best}; {order[-1]}")
print(f"{len(KINDS)} ways, {len(images)} pictures. Beside one article, picture by picture:")
for kind in [kind for kind in KINDS if kind != "article"]:
    gain = bootstrap(hits[kind].astype(float) - hits["article"])
    print(f"{kind:<14}", "better" if gain["low"] > 0 else "worse" if gain["high"] < 0 else "no sure difference")
intervals = [bootstrap(hits[kind]) for kind in order]
marks = {"share and 95 % interval over pictures": [(found["mean"], found["low"], found["high"]) for found in intervals]}
plot_intervals("Naming pictures, by the sentences for a class", order, marks, "share named rightly")

# %% [markdown]
# A difference is called better or worse where its 95 % interval leaves out zero (`bootstrap` draws the pictures again and again, and gives the interval of the mean; lesson 4). What helped is the plural: the three ways that speak of one thing *and* of several are ahead, and it is not only because they average more sentences, for two sentences in the singular do not help as much. Our pictures show one thing or several, and "dei gatti" (some cats) is what a caption of several cats says. So one would expect a prompt to help when it resembles what the model read beside such pictures. Adding many more sentences, as the ensemble does, brought nothing beyond that.
#
# ### Exercise 7.2 · A prompt that beats the default, and an honest test that it does
#
# ●●○ · 10 min · Try enough prompts and one of them will look best by luck alone. So one chooses on some pictures and reports on others. Write a function that takes a table of the shape [prompts, pictures] with a True where a prompt names a picture rightly, and returns two numbers: the row of the prompt that is best on the *first half* of the pictures, and its gain over prompt 0, the default, on the *second half*: accuracy minus accuracy.
#
# <details><summary>Hint</summary>
#
# `half = right.shape[1] // 2`, then `right[:, :half].mean(axis=1)` is the accuracy of each prompt on the first half.
#
# </details>
# <details><summary>Expected output</summary>
#
# The check has an example in which the prompt that looks best on the first half turns out worse than the default on the second: the gain is negative.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Choosing with all pictures; reporting the gain on the half on which one chose.
#
# </details>


# %%
def honest(right):
    return ...


# %%
check.honest(honest)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def honest(right):
#     half = right.shape[1] // 2
#     best = right[:, :half].mean(axis=1).argmax()
#     return best, right[best, half:].mean() - right[0, half:].mean()
# ```
#
# </details>

# %%
table = np.stack([hits[kind] for kind in ("both", *(kind for kind in KINDS if kind != "both"))])  # row 0: our default
shuffled = table[:, np.random.default_rng(0).permutation(table.shape[1])]
chosen, gain = check.choose_and_report(shuffled)
print(
    "Chosen on one half of the pictures: a way that speaks of several things:", chosen == 0 or KINDS[chosen] in several
)
print(f"Its gain over our default on the other half is at most 0.02: {gain <= 0.02}")

# %% [markdown]
# So of these ways none beats our default by an honest test. (Our default itself may be chosen; then the gain is zero.) Had we chosen and reported on the same pictures, the best of eight would have looked at least as good as the default, if only by luck.
#
# All this was *one* model. Would another one, trained from another seed, say the same? A study of this course, `clipit study zero-shot`, trained five and asked each on its own 1,500 scenes. It declared its main comparison before it ran: the ensemble minus the bare word.

# %%
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import read_rows, results_file

study = read_rows(results_file("zero_shot"))
by_seed = {kind: values(study, "top1", arm=kind, what="", split="test") for kind in KINDS}
for kind in ("word", "article", "two_singular", "both", "ensemble"):
    print(f"{kind:<13} {told(by_seed[kind].values())}")
print("Main comparison, ensemble minus word:", told(difference(by_seed["ensemble"], by_seed["word"])))
print("both minus two_singular:", told(difference(by_seed["both"], by_seed["two_singular"])))

# %% [markdown]
# (Mean over five seeds and its 95 % interval.) It is the same with every seed: sentences gain seven points over bare words (OpenAI's gained about five, on photographs), and nearly all of it is the plural.
#
# ## 4 · What the list itself allows
#
# Names come before any picture. CLIP-Italian was measured with the 1,000 class names of ImageNet, translated by machine. Two classes whose names became the same word can never be told apart, whatever a model knows. Such names put a **ceiling** on the accuracy.
#
# ### Exercise 7.3 · The ceiling
#
# ●○○ · 5 min · Write a function that takes the list of all names, one for each class, and returns the highest accuracy that any classifier can have, if there are equally many pictures of each class. Of classes that share a name, a classifier can get one right and no more.
#
# <details><summary>Hint</summary>
#
# How many *different* names are there? `set(names)` holds each once.
#
# </details>
# <details><summary>Expected output</summary>
#
# For `["gru", "gru", "cane", "gatto"]` (crane the bird, crane the machine, dog, cat) it is 0.75.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Counting only the classes whose name is theirs alone; returning the share that is lost.
#
# </details>


# %%
def ceiling(names):
    return ...


# %%
check.ceiling(ceiling)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def ceiling(names):
#     return len(set(names)) / len(names)
# ```
#
# </details>

# %%
audit = read_rows(results_file("labels"))
for found in audit:
    if found["kind"] == "result":
        print(f"{found['language']}: {found['names']} different names for {found['classes']} classes")
shared = [(found["label"], found["english"]) for found in audit if found["finding"] == "shared"]
for label in ("una lontra", "un molo", "una libreria"):
    print(f"{label}: {', '.join(english for name, english in shared if name == label)}")
suspicious = sum(found["finding"] == "ambiguous" for found in audit)
print(f"{suspicious} more names may have lost what told them apart: a person should look.")

# %% [markdown]
# The Italian list allows 98.0 % at most, the English one 99.8 %. CLIP-Italian reached 22 %, so shared names alone do not explain how low that is. But the audit finds only names that are *equal*; of names that are simply wrong it cannot know: in that list the computer's mouse is "un topo", the animal, and the boxer, a dog, is "un pugile", a man who boxes. (Lontra is the otter, molo the pier, libreria the bookcase; a bookstore is a libreria too.)
#
# ## 5 · What does 90 % mean?
#
# The highest share of the softmax is often read as "how sure the model is". Whether that is right can be checked: of all answers with a share of about 0.9, nine of ten should be right. Then a model is called **calibrated**.

# %%
clipit.course.predict("are the model's shares too high, too low, or about right", ...)

# %%
from clipit.course.classifying import few_answers
from clipit.evaluation import calibration
from clipit.plots import plot_lines

shares = softmax(float(model.logit_scale()) * images @ classes.T)  # [pictures, classes]
found = calibration(shares, labels)
full = [place for place, answers in enumerate(found["answers"]) if answers >= 10]  # bins with enough answers
believed, got_right = ([found[name][place] for place in full] for name in ("believed", "right"))
gap = shares.max(axis=1).mean() - right.mean()
verdict = "about right" if abs(gap) < 0.05 else "too high" if gap > 0 else "too low"
clipit.course.reveal("are the model's shares too high, too low, or about right", verdict)
print(
    f"{len(names)} answers: mean share of the chosen one {about(shares.max(axis=1).mean())}, right {about(right.mean())}."
)
five = few_answers(images @ classes.T, labels, 5, seed=0)  # the right answer and four others, drawn for each picture
of_five = softmax(float(model.logit_scale()) * five)
print(f"5 answers: mean share {about(of_five.max(axis=1).mean())}, right {about((five.argmax(axis=1) == 0).mean())}.")
lines = {"this model": (believed, got_right), "calibrated": ([0, 1], [0, 1])}
plot_lines("Share and truth", lines, "mean share of the answer", "how often it is right")

# %% [markdown]
# Each point is one tenth of the scale that holds ten answers or more. With all names on the list the model is *too modest*: of the answers to which it gives about half, four in five are right. With five answers, as in section 1, the same model at the same scale gives much higher shares. So a share belongs to a picture *and* a list: it says how an answer compares with the others that are offered. Whoever wants to act on "at least 90 %" has to check, with their own list and on labelled pictures of the kind that will come, what 90 % means. And if the right answer may be missing from the list, as in section 1, it has to be checked with such pictures too.
#
# ## 6 · How many labelled examples is it worth?
#
# The usual kind of classifier needs labelled pictures. How many, to name as well as zero-shot? A **linear probe** answers that: the image encoder stays as it is, and logistic regression, which learns one direction for each class, is trained on the encoder's vectors of a few labelled pictures of each class. (The vectors are taken before the projection, the last layer, as OpenAI did.)

# %%
clipit.course.predict("labelled pictures of each class that a probe needs to be as good as zero-shot", ...)

# %%
from clipit.studies.zero_shot import probed, untrained_model

examples = [1, 4, 16]
learned = [probed(model, count, 0, size=1_000, strengths=(10.0,)) for count in examples]
question = "labelled pictures of each class that a probe needs to be as good as zero-shot"
clipit.course.reveal(question, "more than 16" if max(learned) < right.mean() else "16 or fewer")
for count, share in zip(examples, learned, strict=True):
    print(f"{count:>2} labelled pictures of each of {len(names)} classes: {about(share)}")
nothing = probed(untrained_model(model, 0), 4, 0, size=1_000, strengths=(10.0,))
print(f"Control, 4 of each, with an image encoder that learned nothing: {about(nothing)}")
lines = {"linear probe": (examples, learned)}
level = {"zero-shot": float(right.mean())}
places = "labelled pictures of each class"
plot_lines("Zero-shot against labelled examples", lines, places, "share named rightly", level, logarithmic=True)

# %% [markdown]
# Sixteen labelled pictures of each class, more than two thousand in all, and the probe is still behind, though it rises. The comparison is not between much and little, though: the model of the zero-shot saw 16,000 captioned scenes, and each caption names what is there. It says what captions that one *has* may be worth to somebody who has no labels. On photographs, OpenAI found about four labelled examples of each class on average over many data sets. (One probe for each number, at one strength.) Over the five seeds of the study, with a strength chosen on other pictures:

# %%
numbers = {count: values(study, "top1", arm="probe", what=count, split="test") for count in ("1", "4", "16")}
for count, found in numbers.items():
    print(
        f"{count:>2} labelled pictures of each: {told(found.values())}, behind zero-shot by {told(difference(by_seed['both'], found))}"
    )

# %% [markdown]
# Even with sixteen the probe is behind, and surely so.
#
# ## 7 · Pictures that are less like those of the training
#
# Four kinds of pictures that training never showed: a colour or a number that it never joined with this thing; sizes that mislead about the number (few things drawn small, or few drawn huge); another artist's drawings of the same things; and things that no training ever showed, not even that of the image encoder, told apart among themselves.

# %%
clipit.course.predict("which of the four is the hardest", ...)

# %%
from clipit.plots.bars import percent

kinds = {"test": "new scenes", "unseen_combinations": "new combinations", "misleading_cues": "misleading sizes",
         "unseen_art": "another artist", "unseen_concepts": "new things"}  # fmt: skip
found, guessing, first = {}, {}, []
for split in kinds:
    new_pixels, new_labels, new_names = pictures_of(split, 1_000, seed=0)
    new_classes = class_vectors(model, tokenizer, new_names, "both")
    found[split] = bootstrap((embed_pixels(model, new_pixels) @ new_classes.T).argmax(axis=1) == new_labels)
    guessing[split] = 1 / len(new_names)
    first.append((new_pixels[0], word(new_names[new_labels[0]]), gloss(new_names[new_labels[0]])))
above = {split: found[split]["mean"] - guessing[split] for split in kinds}
clipit.course.reveal("which of the four is the hardest", kinds[min(above, key=above.get)])
for split, name in kinds.items():
    print(f"{name:<17} {about(found[split]['mean'])}; guessing {percent(guessing[split], 1)}")
marks = {"share and 95 % interval over pictures": [(f["mean"], f["low"], f["high"]) for f in found.values()],
         "guessing": [(share, share, share) for share in guessing.values()]}  # fmt: skip
plot_intervals("Naming pictures, by what is new about them", list(kinds.values()), marks, "share named rightly")

# %% [markdown]
# Orange is guessing. Only for new things the two marks are near each other. This is what the five kinds look like:

# %%
print(
    f"The first picture of each of the {len(kinds)} kinds, of {len(names)} names and {len(new_names)} for new things."
)
shown_kinds = [f"{name}: {said}" for name, (_, said, _) in zip(kinds.values(), first, strict=True)]
glosses = [meant for _, _, meant in first]
plot_captioned("One of each kind", [picture for picture, _, _ in first], shown_kinds, glosses, [None] * len(first))

# %% [markdown]
# New combinations and misleading sizes cost some. Another artist's drawings cost most of it, though they show the *same* things. And names of things that were never shown are hardly better than guesses: of these there are sixteen only, so guessing is right in one of sixteen, and the model is right just a little more often. "Zero-shot" means that no *labelled* example was needed. It does not mean that a model knows what it never saw. OpenAI's model can name so much after four hundred million pictures with captions, which hold a great many things.
#
# ## 8 · A cat and its name land in the space
#
# The article that this course is built from, "How to Train your CLIP", has an animation in which a picture of a cat flies into the space, and then the names, and the nearest name is the answer. Here it is with real vectors. On the way from the model before its Italian training, whose projections are random, to the trained one we stop sixteen times, mix the two models number by number, and ask each mixture where it puts eight pictures and their eight names.

# %%
from clipit.course.landing import land
from clipit.plots import animate_space
from clipit.training import RECIPES
from clipit.training.starting import start_model, with_loaded_encoders

shown = ["cat", "dog", "apple", "house", "tree", "car", "fish", "sun"]
places = [int(np.flatnonzero(labels == names.index(name))[0]) for name in shown]
before = start_model(with_loaded_encoders(RECIPES["italian-clip"])[0])
way = land(before, model, tokenizer, pixels[places], [prompts(name, "article")[0] for name in shown])
print(f"Among eight names the right one costs {way.losses[0]:.0f} nats before, about as much as knowing nothing.")
print(f"After the training it costs less than half a nat: {way.losses[-1] < 0.5}.")

# %%
written = [f"{word(name)} ({gloss(name)})" for name in shown]
# the last digit of a coordinate may differ between processors; the numbers are printed above
# NBVAL_IGNORE_OUTPUT
animate_space(way.image_points, way.text_points, way.losses, written, list(pixels[places]), "Pictures and their names")

# %% [markdown]
# Press play, or pull the slider. In the end each name lies near its picture. (A nat is the unit of the loss, see lesson 2. The plane shows two directions of all that there are, those in which the eight pairs differ most; what lies together in it need not be near in the others. The curve is how surprised the mixture is by the right names. Where a notebook does not run scripts, you see the last moment only.)
#
# ## 9 · Optional: the real thing
#
# The published figures of CLIP-Italian come from the 50,000 validation photographs of ImageNet. If you have them, in a folder for each class, and a list of Italian names, one command measures any model as it was measured:
#
#     clipit protocol zero-shot clip-italian/clip-italian FOLDER --labels names.tsv
#
# It prints the accuracy at 1, 5, 10 and 100. The authors report 22.1, 43.7, 52.6 and 81.1 %, and for the multilingual CLIP that they compared with 20.2, 36.6, 42.9 and 67.1 % (both from their repository's README). `--templates` takes a file of sentences with {} in the place of the name. Any other folder of folders will do as well: yours, with your names.
#
# ### From drawings to photographs
#
# Between emoji and ImageNet there is a step that can be tried without a network. An image encoder that learned from ImageNet's photographs and a multilingual BERT, both as they come and both frozen, were joined by two projections that learned from *drawn* emoji and their Italian names (lesson 5 does this live). Then they searched some hundreds of small pictures, the stamps of the drawing program Tux Paint, by the captions that people wrote for them in Italian. Three quarters of these are photographs, of forty that we looked at, and the others are drawings. No stamp had a part in the training of the projections.

# %%
clipit.course.predict("captions that find their picture among the first ten; guessing finds one in fifty", ...)

# %%
from clipit.studies import photographs

told_by = read_rows(results_file("photographs"))
found_in_ten = {arm: told(values(told_by, photographs.MAIN, arm=arm).values()) for arm in photographs.ARMS}
question = "captions that find their picture among the first ten; guessing finds one in fifty"
clipit.course.reveal(question, found_in_ten["emoji"])
print(f"{told_by[0]['gallery']} stamps; with the emoji's names shuffled {found_in_ten['shuffled']}")

# %% [markdown]
# (Mean over five seeds, and its 95 % interval.) Several times what guessing finds, from nine hundred drawings: the image encoder knows photographs, the BERT knows words, and what the projections learned on drawings carries over. And it is far from useful. Who wants to search photographs should train on photographs.
#
# ## Play with it
#
# Write your own answers. The model knows the words of the captions that it read: names of animals, food, plants, vehicles, things of the house. A word that no caption used, such as "animale" (animal), says nothing to it, though it is true of a cat.

# %%
mine = ["un gatto", "un cane", "un animale", "uno xilofono"]  # a cat, a dog, an animal, a xylophone
guess = softmax(float(model.logit_scale()) * images[[row]] @ embed_captions(model, tokenizer, mine).T)[0]
print({sentence: about(share) for sentence, share in zip(mine, guess, strict=True)})

# %% [markdown]
# ## What this does not show
#
# - **How CLIP-Italian names photographs.** This model names drawn things on plain backgrounds, one kind in each picture. ImageNet's thousand classes are photographs of a world that is not drawn from a list.
# - **What another recipe would give.** The live figures are of one model, with intervals over pictures; those of the study of five models, which differ in their seed only.
# - **Which prompts are best elsewhere.** Sentences helped or hurt here as they resemble the captions of *this* training.
# - **That a share may be read as certainty on other pictures.** It was checked on pictures like those of the training.
#
# ## Take-aways
#
# 1. A class is a sentence: a classifier is made by writing a list, and changed by changing it.
# 2. A softmax answers with what it is offered, and the share depends on the list: it did not show that nothing fitted.
# 3. A prompt helps when it resembles what the model read beside such pictures; here the plural helped. Choose on some pictures, report on others.
# 4. Names that are shared put a ceiling on accuracy that no model can pass; look at the list before you look at a model.
# 5. A model that has seen captions may be worth more than sixteen labelled examples of each class, as here.
# 6. No label is needed, but what was never shown cannot be named, and another style of drawing is hard.
# 7. A share is no certainty: with all names on the list this model is right more often than it says. Check before you act on it.
#
# Next: lesson 8 turns the task around, from a sentence to pictures, and asks whether a model of one's own language is worth it.
#
# <details><summary>For teachers</summary>
#
# In forty-five minutes: sections 1 to 3 with exercise 7.2, then 7. Let the class write the list of answers for a picture, with one absurd answer on it, and vote before you run it. What people often believe: that zero-shot means that the model never saw such things (it saw many captioned cats; what it never had is a class); that a share of 99 % means that the picture surely shows this; that longer prompts are better.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Radford et al. 2021, ["Learning Transferable Visual Models From Natural Language Supervision"](https://arxiv.org/abs/2103.00020), section 3.1: zero-shot, prompts and ensembles, and how many labelled examples they are worth.
# - Bianchi et al. 2021, ["Contrastive Language-Image Pre-training for the Italian Language"](https://arxiv.org/abs/2108.08688).
# - Guo et al. 2017, ["On Calibration of Modern Neural Networks"](https://arxiv.org/abs/1706.04599).
#
# Pictures: emoji by [OpenMoji](https://openmoji.org), the open-source emoji and icon project, [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/); in section 7 also figures about [Twemoji](https://github.com/jdecked/twemoji), CC BY 4.0. Text: [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).
