# %% [markdown]
# {badge} · Notebook 1 of 12 · machine 50 s · reading 25 min · exercises 25 min
#
# # 1 · Encoders: how a picture, or a sentence, becomes a vector
#
# **You will show that** a picture and a sentence can each be turned into a list of numbers by machines that you can take apart, two for pictures and three for sentences; that one of the three cannot notice when two words change places; and that before training such lists say nothing about what fits together.
#
# **Before:** you know Python and NumPy. Lesson 0 shows what all this is good for, but whatever is needed from it is said again here. You need neither JAX nor anything about neural networks. The models of this course follow **CLIP** (2021), which trains an image encoder and a text encoder so that a picture and its caption get near vectors; **CLIP-Italian** is one for Italian, and so our captions are Italian.
#
# **After this you can** 1. take a step of gradient descent with JAX, 2. cut a picture into patches and follow them through a vision transformer, 3. predict which text encoder notices that two words changed places, and check it, 4. bring vectors of two different sizes into one space.

# %%
import clipit.course

clipit.course.setup()

# %% [markdown]
# A list of numbers of a fixed length is called a **vector**. An **encoder** is a function that turns something else, here a picture or a sentence, into a vector. It has many adjustable numbers inside, its **weights**. Training changes the weights; this lesson is about what they do, and most encoders below still have the random weights that every training begins with.
#
# ## 1 · A quarter of an hour of JAX
#
# **JAX** is a library for arrays that looks like NumPy and can do three more things: it computes derivatives, it compiles functions so that they run quickly, and it runs the same code on other chips than the processor of your laptop. All encoders of this course are written in it. If you know it already, skip to section 2.
#
# ### Arrays that never change

# %%
import jax
import jax.numpy as jnp
import numpy as np

point = jnp.array([1.0, 5.0])
print(point * 2, point.sum(), point.shape, point.dtype)
try:
    point[0] = 9.0
except TypeError:
    print("TypeError: an array of JAX cannot be changed in place")
print("a new array:", point.at[0].set(9.0), "and the old one:", point)

# %% [markdown]
# Nearly everything is as in NumPy. Two things are not: numbers have 32 bits unless you ask for more, and an array, once made, stays as it is. To "change" a number you make a new array with `.at[...].set(...)`. This sounds wasteful, but it lets JAX reason about your function: nobody can alter an array behind its back.
#
# ### Randomness with a key
#
# NumPy's random numbers come from a hidden state that changes with every call. JAX has no hidden state. You hand over a **key**, and the same key always gives the same numbers. For new numbers you split the key into two new ones.

# %%
key = jax.random.key(0)
first, second = jax.random.split(key)
print("first key: ", jax.random.randint(first, (5,), 0, 100))  # five numbers from 0 to 99
print("once more: ", jax.random.randint(first, (5,), 0, 100))
print("second key:", jax.random.randint(second, (5,), 0, 100))

# %% [markdown]
# That is why two runs of this course give the same result: every random choice goes back to one number at the beginning, the **seed** (here the 0).
#
# ### Derivatives
#
# A function that returns one number saying how bad something is, is called a **loss**. The one below says how far a point is from the place (3, 3); the second coordinate counts double. `jax.grad(loss)` makes a new function, which returns the **gradient**: for each number that went in, how fast the loss grows when this number grows. We check it by hand, by raising the first number a little and looking at the loss.


# %%
def loss(point):
    return (point[0] - 3) ** 2 + 2 * (point[1] - 3) ** 2


gradient = jax.grad(loss)(point)
little = 0.01
by_hand = (loss(point.at[0].add(little)) - loss(point)) / little
print(f"At {point} the loss is {loss(point):.1f} and its gradient {gradient}.")
print(f"By hand, for the first number: {by_hand:.1f}.")

# %% [markdown]
# The gradient points uphill: raising the first number lowers the loss (−4), raising the second raises it (8). To lower the loss, go a little way *against* the gradient. How far is set by the **learning rate**. Repeating such steps is called **gradient descent**, and it is how every model in this course is trained.
#
# ### Exercise 1.1 · One step downhill
#
# ●○○ · 5 min · Write a function that takes a loss (a function of one array), a point and a rate, and returns the point after one step of gradient descent.
#
# <details><summary>Hint</summary>
#
# `jax.grad(loss)` is a function: call it with the point. Multiply what it returns by the rate.
#
# </details>
# <details><summary>Expected output</summary>
#
# For the loss above, the point `[1, 5]` and a rate of 0.1: the gradient is `[-4, 8]`, and the new point is `[1.4, 4.2]`.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Adding instead of subtracting, which goes uphill; returning the gradient instead of the new point; subtracting the loss instead of its gradient.
#
# </details>


# %%
def step(loss, point, rate):
    return ...


# %%
from clipit.course.exercises import encoders as check

check.step(step)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def step(loss, point, rate):
#     return point - rate * jax.grad(loss)(point)
# ```
#
# </details>
#
# Whether or not you solved it, here are thirty such steps.

# %%
place = point
for _ in range(30):
    place = place - 0.1 * jax.grad(loss)(place)
print(f"After 30 steps: {place.round(1)}, with a loss of {loss(place):.2f}.")

# %% [markdown]
# The point arrived at (3, 3), although we never said where the best place is. Only the loss knew.
#
# ### Compiling
#
# `jax.jit` compiles a function. The first time, JAX runs the Python code once to *record* which array operations it makes, turns the recording into a fast program, and from then on runs only that program. The `print` below shows when Python is really at work.


# %%
@jax.jit
def recorded(point):
    print(f"  Python reads the function, for a shape of {point.shape}")
    return (point**2).sum()


for numbers in ([1.0, 5.0], [2.0, 2.0], [1.0, 2.0, 3.0], [0.0, 4.0]):
    print(f"sum of squares: {recorded(jnp.array(numbers)):.0f}")

# %% [markdown]
# Python read the function twice in four calls: once for arrays of two numbers, once for arrays of three. The recording fits one shape only. Remember this: it is why sentences will be filled up to a few fixed lengths below.
#
# ### A module: a function with weights
#
# Encoders are functions with many weights. `flax.nnx`, a library on top of JAX, keeps weights and function together in a **module**, a Python class. `nnx.Linear(2, 8)` is the commonest module of all: it multiplies a vector of 2 numbers by a matrix of weights, which gives 8 numbers, and adds a weight to each. Such a step is called a **layer**. Between two layers stands a bend, here `gelu`, which lets positive numbers through and holds negative ones back; without a bend, two layers would do no more than one.

# %%
from flax import nnx


class TwoLayers(nnx.Module):
    def __init__(self, rngs):
        self.first = nnx.Linear(2, 8, rngs=rngs)
        self.second = nnx.Linear(8, 1, rngs=rngs)

    def __call__(self, points):
        return self.second(jax.nn.gelu(self.first(points)))


def count_weights(module):
    return sum(weights.size for weights in jax.tree.leaves(nnx.state(module, nnx.Param)))


small = TwoLayers(nnx.Rngs(0))
print(f"{count_weights(small)} weights; five points in, an array of the shape {small(jnp.ones((5, 2))).shape} out")

# %% [markdown]
# `nnx.Rngs(0)` hands a fresh random key to every layer that asks for one, and `count_weights` collects all weights of a module and counts them. The 33 weights are 2 · 8 + 8 in the first layer and 8 · 1 + 1 in the second. This is all the JAX that you need: arrays, keys, gradients, compiling, modules.
#
# ## 2 · A picture is numbers already. Why not stop here?
#
# We load the small trained model of this course, to compare with, and a gallery of a thousand pictures of the **small world**, scenes drawn with emoji art. (`open_gallery` also sends each picture through the trained image encoder and keeps the vectors.)

# %%
import clipit
from clipit.course.searching import open_gallery
from clipit.plots import plot_heatmaps

model, tokenizer = clipit.load("quick")
gallery = open_gallery(model, clipit.data.make_gallery())
picture = gallery.pictures[0]
print(f"{gallery.glosses[0]}: an array of the shape {picture.shape}, {picture.size:,} numbers,")
print(f"each from 0 to 255. The pixel in the top left corner is {picture[0, 0].tolist()}.")
plot_heatmaps("A picture is three tables", picture.transpose(2, 0, 1), ["red", "green", "blue"], "strength", picture)

# %% [markdown]
# Each pixel has a strength of red, of green and of blue; yellow in the tables is strong, dark violet is weak. Written one after the other, these numbers *are* a vector of a picture. So why an encoder?
#
# A test: for each picture that shows one kind of thing, find the picture whose vector points most nearly the same way. (How nearly two vectors point the same way is their **cosine similarity**: the sum of the products of their numbers, divided by both lengths.) Does that neighbour show the same kind of thing? Guess for the raw pixels, in per cent, and write your guess in place of the dots.

# %%
clipit.course.predict("neighbours by pixels that show the same kind of thing, in per cent", ...)

# %%
from clipit.course.rounding import about

rows, kinds, _ = gallery.of_one_kind()
kinds, backgrounds = np.array(kinds), np.array([gallery.scenes[row].background for row in rows])


def neighbours(vectors):
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    similarities = vectors @ vectors.T  # [pictures, pictures]
    np.fill_diagonal(similarities, -1)  # nobody is their own neighbour
    return similarities.argmax(axis=1)


by_pixels = neighbours(gallery.pictures[rows].reshape(len(rows), -1).astype(np.float32))
by_encoder = neighbours(gallery.vectors[rows])
question = "neighbours by pixels that show the same kind of thing, in per cent"
clipit.course.reveal(question, about((kinds[by_pixels] == kinds).mean()))

# %%
for name, nearest in (("raw pixels", by_pixels), ("the trained encoder", by_encoder)):
    kind, background = (kinds[nearest] == kinds).mean(), (backgrounds[nearest] == backgrounds).mean()
    print(f"{name:<20} same kind of thing: {about(kind):<12} same background: {about(background)}")
print(f"two random pictures  same kind of thing: {about((kinds[:, None] == kinds).mean())}")

# %% [markdown]
# (Another computer may differ a little in such numbers; therefore the lessons print them to the nearest five per cent.)
#
# Raw pixels find the same background, because most pixels are background. They hardly know what is *on* it (two random pictures show the same kind of thing as seldom): move a cat by ten pixels, and nearly every number of the cat changes. An encoder should give near vectors to pictures that *mean* something similar. This is what weights and training are for.
#
# The two kinds of image encoders below differ in how they look. Both first shift the numbers to a range from −1 to 1, which `model.preprocess` does.
#
# ## 3 · Patches
#
# A **transformer** is an encoder for a sequence of things that belong together: it lets them exchange what they know, step by step. Section 4 shows how. A **vision transformer**, or **ViT**, makes such a sequence of a picture: it cuts the picture into squares, called **patches**.

# %%
from clipit.plots import plot_patches

print("64 x 64 pixels make 8 x 8 = 64 patches of 8 x 8 pixels; each has 8 · 8 · 3 = 192 numbers.")
plot_patches(f"{gallery.glosses[0]}, as a ViT gets it", picture, 8)

# %% [markdown]
# From here on the ViT sees 64 small pictures, not a large one. Each is flattened into a vector of 192 numbers, and one linear layer (an `nnx.Linear`, the same for all patches) turns it into as many numbers as the ViT works with. Such a vector is called a **token**: one item of the sequence that a transformer works on.
#
# ### Exercise 1.2 · Cut a picture into patches
#
# ●●○ · 8 min · Write a function that takes a picture [height, width, 3] and the side of a patch, and returns all patches, each flattened to one row: [patches, size · size · 3]. Patches come row by row, from left to right, and so do the pixels in each; the three colours of a pixel stay together.
#
# <details><summary>Hint 1</summary>
#
# Two loops are fine: for each top edge, for each left edge, cut with slices, `reshape(-1)`, append. At the end `np.stack`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Without loops: reshape to [rows, size, columns, size, 3], bring the axes into the order rows, columns, size, size, 3 with `transpose`, and reshape again.
#
# </details>
# <details><summary>Expected output</summary>
#
# A picture of 4 x 6 pixels and a size of 2 give 6 patches of 12 numbers, the shape `(6, 12)`. If the picture is `np.arange(72).reshape(4, 6, 3)`, the first patch begins with 0, 1, 2, 3, 4, 5, 18, 19.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# One `reshape` alone, which cuts pieces of rows and not squares; patches column by column; patches that are not flattened.
#
# </details>


# %%
def patches(picture, size):
    return ...


# %%
check.patches(patches)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def patches(picture, size):
#     height, width, colours = picture.shape
#     grid = picture.reshape(height // size, size, width // size, size, colours)
#     return grid.transpose(0, 2, 1, 3, 4).reshape(-1, size * size * colours)
# ```
#
# </details>

# %% [markdown]
# ## 4 · A vision transformer, block by block
#
# Here is a small ViT with random weights, and its first steps, one at a time. What a library calls a *config* is a list of sizes: here, how large patches are and how many numbers (`width`) a token has. Blocks and heads follow below.

# %%
from clipit.models import BlockConfig, ViTConfig
from clipit.models.vision import ViT

width, heads = 128, 4
vit = ViT(ViTConfig(image_size=64, patch_size=8, layers=2, block=BlockConfig(width=width, heads=heads)), nnx.Rngs(0))
pixels = jnp.asarray(model.preprocess([picture]))  # [1, 64, 64, 3]
cut = vit.patches(pixels)  # [64, 192]
patch_tokens = vit.patch_embedding(cut)  # [64, 128]
class_token = vit.class_embedding[...][None]  # [1, 128]
tokens = jnp.concatenate([class_token, patch_tokens]) + vit.position_embedding[...]  # [65, 128]
for name, array in {"cut": cut, "patch_tokens": patch_tokens, "class_token": class_token, "tokens": tokens}.items():
    print(f"{name:<13} {array.shape}")

# %% [markdown]
# Two things were added to the patches.
#
# - The **class token** is one more token, which belongs to no patch. It starts as weights (`[...]` takes the array out of a weight), and collects from the patches what matters. In the end it alone becomes the vector of the picture.
# - The **position embedding** is one vector of weights for each place (an **embedding** is a vector that stands for something), added to the token that stands there. Without it the ViT could not know which patch was where.
#
# ### Attention
#
# Now the tokens exchange what they know. This is called **attention**. Each token makes three vectors with three linear layers: a **query** (what it looks for), a **key** (what it can be found by; not the random key of section 1) and a **value** (what it has to say). How much token A attends to token B comes from the sum of products of A's query with B's key, `query @ key`. Over all B, **softmax** turns these products into shares: the exponential makes each positive, and dividing by their sum makes them add up to 1. What A receives is the mean of all values, weighted by its shares.
#
# This happens several times side by side with different weights, in so-called **heads**, each of which uses its own part of the vectors. Here is the first of the four heads, written out.

# %%
block = vit.blocks[0]
normed = block.attention_norm(tokens)  # each token shifted and scaled to mean 0 and variance 1
part = slice(0, width // heads)  # the numbers that the first head uses
query = block.attention.query(normed)[:, part]  # [65, 32]
key = block.attention.key(normed)[:, part]  # [65, 32]
value = block.attention.value(normed)[:, part]  # [65, 32]
shares = jax.nn.softmax(query @ key.T / np.sqrt(width // heads), axis=1)  # [65, 65]
received = shares @ value  # [65, 32]

seen = {}
vector = vit(pixels, seen)  # the library does all of it, and notes on the way what it sees
print(f"shares: {shares.shape}; each row adds up to {shares.sum(axis=1).min():.2f}")
print("the library finds the same shares:", bool(jnp.allclose(seen["attention_0"][0, 0], shares, atol=1e-4)))

# %% [markdown]
# (Dividing by the root of 32 keeps the products from growing with the number of numbers. `attention_norm` is a **LayerNorm**: it shifts and scales each token so that no token is louder than another.)
#
# A **block** is this attention, followed by two layers with a bend between them, as in section 1, for each token alone. Both results are *added* to the token, so that a block corrects what came in instead of replacing it. A ViT is a stack of blocks. We follow the tokens through ours, and draw for each patch how far its token is from that of the patch in the top left corner.

# %%
stages = [tokens]
for block in vit.blocks:
    stages.append(block(stages[-1], batch=1))  # [65, 128]
far = np.stack([np.linalg.norm(stage[1:] - stage[1], axis=1).reshape(8, 8) for stage in stages])  # [3, 8, 8]
print(
    f"{len(stages)} stages of {far[0].size} patches: the farthest from the corner's is at",
    far.max(axis=(1, 2)).round(0),
)
print("the class token became the vector:", bool(jnp.allclose(vit.norm(stages[-1])[0], vector[0], atol=1e-3)))
names = ["tokens", "after block 1", "after block 2"]
plot_heatmaps("A picture on its way through a ViT", far, names, "distance from the top left patch", picture)

# %% [markdown]
# Patches that show only background stay close to the one in the corner; patches with something on them stand out, from the first stage to the last. The weights are random, and yet what is different stays different. What is missing is any idea of what it *means*.
#
# ### Where does it look?
#
# The attention of the class token says which patches flow into the vector. There are 64 patches and the class token itself, so attending to all alike would give each a share of 1/65. How uneven is it before training? Write the largest share that you expect in this picture, in per cent.

# %%
clipit.course.predict("the largest share of the class token's attention, in per cent", ...)

# %%
from clipit.plots import plot_attention

attention = np.asarray(seen["attention_1"][0])  # [heads, 65, 65], of the last block
largest = attention[:, 0].max()
clipit.course.reveal("the largest share of the class token's attention, in per cent", round(100 * float(largest)))
print(f"All alike would be 1/65, which is {100 / 65:.1f} %. Four heads of the last block, untrained:")
plot_attention("Where the class token looks", picture, attention, [f"head {head + 1}" for head in range(heads)])

# %% [markdown]
# Each panel is one head; bright patches receive more attention. All patches of plain background receive nearly the same. Those with a cat receive more or less, depending on the head and on the part of the cat, only because they are different: the heads have random weights and do not agree on what to look for. What a *trained* encoder attends to, we see in section 7, with a text encoder. (The trained model of this course has no ViT.)
#
# **Checkpoint.** Take the position embedding away and shuffle the patches. What happens to the vector?
# <details><summary>Answer</summary>
#
# Nothing. Attention is a weighted mean of all tokens, whose weights do not depend on where the tokens stand, and everything else treats each token alone. Only the position embedding tells a picture from a heap of its patches. You can try this in "Play with it" at the end.
#
# </details>
#
# ## 5 · A ConvNet for the same job
#
# A **convolutional network**, or **ConvNet**, looks in another way. It slides a small window over the picture and computes the same sum of products at every place. The weights of a window are called its **kernel**. Here are two kernels of 3 x 3 written by hand: one subtracts what is left from what is right, the other what is above from what is below.

# %%
kernel = np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]])
grey = picture.mean(axis=2)  # [64, 64]


def convolve(image, kernel):
    side = len(image) - 2
    return sum(
        kernel[row, column] * image[row : row + side, column : column + side] for row, column in np.ndindex(3, 3)
    )


edges = np.abs([convolve(grey, kernel), convolve(grey, kernel.T)])  # [2, 62, 62]
print(f"A picture of 64 x 64 gives maps of {edges.shape[1]} x {edges.shape[2]}; where nothing changes they are 0:")
print(f"this is so at {about((edges[0] == 0).mean())} of the places of the first.")
plot_heatmaps("Two kernels", edges, ["left against right", "above against below"], "strength", picture)

# %% [markdown]
# The first **map** lights up at edges that run up and down, the second at edges that run across. A ConvNet has many kernels, and nobody writes them: they are weights. The maps of one layer are the input of the next, and each layer here also takes larger steps, so that maps become smaller while each of their places sees more of the picture.
#
# This time we have a trained one. It has three layers with many kernels each, and each kernel gives one map, also called a **channel**. There are too many to show them all, so we show, for each layer, the channel whose strength differs most from place to place.

# %%
trained_vector, maps = model.encode_image(pixels, intermediates=True)
shown, names = [], []
for layer in range(3):
    channels = np.asarray(maps[f"map_{layer}"][0])  # [side, side, channels]
    liveliest = channels[..., channels.std(axis=(0, 1)).argmax()]
    shown.append(np.kron(liveliest / np.abs(liveliest).max(), np.ones((16 // len(channels),) * 2)))  # [16, 16]
    names.append(f"{len(channels)} x {len(channels)}")
    print(f"layer {layer + 1}: {channels.shape[2]} maps of {names[-1]} places")
plot_heatmaps("A trained ConvNet: one map of each layer", np.stack(shown), names, "relative strength", picture)

# %% [markdown]
# In the first map you may still recognise where the cats are; in the last, with its 16 places, a bright place says that something was found in or near this sixteenth of the picture; each place sees well beyond it. In the end the maps become a vector in two ways: the largest value of each of the last channels says *what* there is, wherever it is, and a narrow copy of the last map, flattened, says *where*. A linear layer makes one vector of both.
#
# So which one, ViT or ConvNet? The article about CLIP-Italian says that it is "not really important" which one you use, and also that the choice affects how good the model gets: the idea stays the same. In a ViT every patch can attend to every other from the first block on; a ConvNet looks at neighbours first. Both give a vector, and everything after that is the same for both. Lesson 3 says what we measured when both were trained for the same time.
#
# ## 6 · From words to numbers
#
# A sentence is no table of numbers. It becomes one in two steps, and the first is a **tokenizer**. Ours uses **WordPiece**: it has a fixed list of pieces, the **vocabulary**, learned from captions. Frequent words are one piece; rare words are put together from several, of which all but the first begin with `##`.

# %%
for words, gloss in (("due gatti neri", "two black cats"), ("due pipistrelli viola", "two purple bats")):
    print(f"{words} ({gloss}): {tokenizer.tokens(words)}")
print(f"The vocabulary has {tokenizer.vocabulary_size} pieces.")

# %% [markdown]
# Cats are frequent in the captions that the vocabulary was learned from; the bats had to be pieced together. Every sentence begins with the special piece `[CLS]` and ends with `[SEP]`.
#
# A number stands for each piece: its place in the vocabulary. An array needs rows of equal length, so short sentences are filled up with `[PAD]`, the **padding**, to one of a few fixed lengths (you know why: the compiled program fits one shape only). In the code these numbers are `input_ids`. From here on the pieces themselves are called tokens too, since each soon becomes one. The **attention mask** says what is real: 1 for a token to be read, 0 for padding.

# %%
from clipit.plots import plot_tokens

sentences = ["due gatti neri", "un gatto", "due pipistrelli viola"]  # two black cats, a cat, two purple bats
batch = tokenizer(sentences)
length = batch["input_ids"].shape[1]
pieces = [(tokenizer.tokens(words) + ["[PAD]"] * length)[:length] for words in sentences]
print(f"input_ids has the shape {batch['input_ids'].shape}; real tokens: {batch['attention_mask'].sum(axis=1)}")
plot_tokens("Three sentences, as an encoder gets them", pieces, batch["input_ids"], batch["attention_mask"])

# %% [markdown]
# Blue boxes are words or pieces of words, orange ones are special, and grey ones are padding. The grey numbers are what an encoder receives. They are names, not quantities: a larger number is not more of anything.
#
# The second step is the same in all text encoders: the **word embedding**, a table of weights with one row for each piece. The number of a piece says which row to take, and with this the sentence is a sequence of tokens, as the picture was after its patches.
#
# ## 7 · Three text encoders
#
# 1. A **bag of words** takes the mean of the words' vectors. That is all.
# 2. **BERT** (2018) adds position embeddings and sends the tokens through blocks, like the ViT. Every token may attend to every other, before or after it.
# 3. **CLIP's text encoder** (2021) does nearly the same, but a token may attend only to itself and to those *before* it. This is called **causal** attention.

# %%
from clipit.models import BagOfWordsConfig, BertConfig, CausalTextConfig
from clipit.models.text import BagOfWords, Bert, CausalText

size = tokenizer.vocabulary_size
end = int(batch["input_ids"][0, batch["attention_mask"][0].sum() - 1])  # the number of [SEP]
encoders = {
    "bag of words": BagOfWords(BagOfWordsConfig(size), nnx.Rngs(0)),
    "BERT": Bert(BertConfig(size, layers=2), nnx.Rngs(0)),
    "causal": CausalText(CausalTextConfig(size, layers=2, end_of_text_id=end), nnx.Rngs(0)),
}
for name, encoder in encoders.items():
    sentence_vectors = encoder(batch["input_ids"], batch["attention_mask"])
    print(f"{name:<13} {count_weights(encoder):>7,} weights, vectors of the shape {sentence_vectors.shape}")

# %% [markdown]
# The bag of words is nothing but its word embedding; the other two have one as well, and beside it position embeddings and two blocks.
#
# Now two sentences with the same words: *un gatto sopra un cavallo* (a cat above a horse) and *un cavallo sopra un gatto* (a horse above a cat). How many of the three encoders give them different vectors? All have random weights.

# %%
clipit.course.predict("encoders that notice the swap, of three", ...)

# %%
trio = ["un gatto sopra un cavallo", "un cavallo sopra un gatto", "un cane sopra un cavallo"]
swapped = tokenizer(trio)  # a cat above a horse, a horse above a cat, a dog above a horse
noticed = 0
for name, encoder in encoders.items():
    first, swap, other = np.asarray(encoder(swapped["input_ids"], swapped["attention_mask"]))
    by_swap, by_word = (np.linalg.norm(vector - first) / np.linalg.norm(first) for vector in (swap, other))
    noticed += by_swap > 1e-4  # smaller differences are rounding
    print(f"{name:<13} the swap changes the vector by {by_swap:.1f} of its length, a dog by {by_word:.1f}")
clipit.course.reveal("encoders that notice the swap, of three", int(noticed))

# %% [markdown]
# A mean does not depend on the order of what it is the mean of. So no training can ever teach a bag of words who is above whom. The other two *can* notice; whether training makes them use this is another question, to which we come soon. (The third sentence, with a dog in place of the cat, is there to compare with: all three notice a new word.)
#
# ### Who sees whom?
#
# Here is a finer test. We change one word, *neri* (black) to *rossi* (red), and look at the vector of *every* token. Which of them change, in each encoder?


# %%
from clipit.plots import plot_token_values


def tokens_of(encoder):
    seen = {}
    encoder(colours["input_ids"], colours["attention_mask"], seen)
    return np.asarray(seen.get("tokens", seen.get("words")))  # [sentences, tokens, numbers]


before, after = "due gatti neri su sfondo verde", "due gatti rossi su sfondo verde"  # two black (red) cats on green
colours = tokenizer([before, after, "tre mele rosse"])  # the third, three red apples, comes in section 8
each = [tokens_of(encoder) for encoder in encoders.values()]
change = np.stack([np.linalg.norm(a - b, axis=1) / np.linalg.norm(a, axis=1) for a, b, _ in each])  # [3, tokens]
count = len(tokenizer.tokens(before))
print("tokens that change:", {name: int((row > 1e-4).sum()) for name, row in zip(encoders, change, strict=True)})
title = "How much each token's vector changes when “neri” becomes “rossi”"
plot_token_values(title, tokenizer.tokens(before), change[:, :count], list(encoders), "change")

# %% [markdown]
# In the bag of words, only the changed word changes: words know nothing of each other. In BERT, every token changes, those before the word as well. In the causal encoder, the tokens *before* the word are exactly as they were, and the word and all after it change. Reading goes in one direction.
#
# ### Attention of a trained encoder
#
# The trained model of this course reads with a small BERT of one block. Its attention was shaped by pictures and captions, not by chance. In the figure each row is a token that looks, each column a token that is looked at.

# %%
from clipit.plots import plot_token_attention

_, seen = model.encode_text(colours, intermediates=True)
attention = np.asarray(seen["attention_0"][0])[:, :count, :count]  # [heads, tokens, tokens]
pieces = tokenizer.tokens(before)
for head, row in enumerate(attention[:, pieces.index("gatti")], start=1):
    most, share = pieces[row.argmax()], about(row.max())
    print(f"head {head}: “gatti” (cats) looks most at “{most}”, {share} of its attention")
by_chance = {}
encoders["BERT"](colours["input_ids"], colours["attention_mask"], by_chance)
for name, maps in (("trained", attention), ("untrained", by_chance["attention_0"][0])):
    print(f"{name}: a token gives {maps.max(axis=-1).mean():.1f} of its attention to the one that it looks at most")
plot_token_attention(f"“{before}”", pieces, attention, [f"head {head + 1}" for head in range(len(attention))])

# %% [markdown]
# An untrained encoder prefers some words too, by chance; the trained one is more decided, and its choices can be read. Find the bright cell in the row of *gatti*, cats: there is a head in which it looks mostly at *due*, two. It is tempting to say that this head counts. The map does not show that: it says where the token looked, not what became of it. To know, one would have to take the head away and see whether counting suffers.
#
# Does the trained encoder use the order of the words? It can, being a BERT. We give it the three sentences from above.

# %%
first, swap, other = np.asarray(model.encode_text(swapped))
print(f"cat above horse, and horse above cat: cosine {first @ swap:.1f}")
print(f"cat above horse, and dog above horse: cosine {first @ other:.1f}")
print("The swap changes less than another animal does:", bool(first @ swap > first @ other))

# %% [markdown]
# It hardly does: the swapped sentence is nearly the same to it. Being *able* to read the order is not enough, training must also reward it. One likely reason why it did not: hardly any two pictures of the small world differ in nothing but who is above whom, so knowing which animals there are is nearly always enough. The same has been found in large models (see Yuksekgonul et al. under "Further reading"), and lesson 9 comes back to it.
#
# ## 8 · From many tokens to one vector
#
# A block gives one vector for each token. A sentence needs one. There are three customs:
#
# - the **mean** of all tokens that are not padding (called mean pooling): the bag of words and the small BERT here,
# - the **first** token, `[CLS]`: many BERTs, and the ViT with its class token,
# - the **end-of-text** token, the last one: the causal encoder.
#
# **Checkpoint.** Why could the causal encoder not take the first token?
# <details><summary>Answer</summary>
#
# The first token sees only itself, so it would be the same for every sentence. Only the last has seen everything. The next cell shows it.
#
# </details>

# %%
cats, _, apples = tokens_of(encoders["causal"])  # the sentences about black cats, red cats and apples
last_of_cats, _, last_of_apples = colours["attention_mask"].sum(axis=1) - 1
print("difference of the first tokens:", float(np.abs(cats[0] - apples[0]).max()))
print("the last ones differ:", bool(np.abs(cats[last_of_cats] - apples[last_of_apples]).max() > 0.1))

# %% [markdown]
# ### Exercise 1.3 · The mean of the real tokens
#
# ●●○ · 7 min · Write mean pooling with a mask: given tokens [sentences, tokens, numbers] and a mask [sentences, tokens] of ones and zeros, return one vector for each sentence, the mean of its tokens that are not padding.
#
# <details><summary>Hint 1</summary>
#
# Multiply the tokens by the mask, so that padding becomes zero. The mask needs one more axis for this: `mask[..., None]`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Then add up along axis 1, and divide by the number of real tokens of each sentence, `mask.sum(axis=1, keepdims=True)`.
#
# </details>
# <details><summary>Expected output</summary>
#
# A sentence with the tokens `[1, 0]`, `[3, 4]`, `[9, 9]` and the mask `[1, 1, 0]` becomes `[2, 2]`.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Forgetting the mask; using it in the sum but dividing by all tokens; dividing by the real tokens of all sentences together.
#
# </details>


# %%
def pool(tokens, mask):
    return ...


# %%
check.pool(pool)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def pool(tokens, mask):
#     total = (tokens * mask[..., None]).sum(axis=1)
#     return total / mask.sum(axis=1, keepdims=True)
# ```
#
# </details>
#
# What happens without the mask? Below, the same sentence is padded to two lengths.

# %%
words = encoders["bag of words"].word_embedding
row, mask = batch["input_ids"][:1], batch["attention_mask"][:1]
longer, longer_mask = np.pad(row, ((0, 0), (0, 24))), np.pad(mask, ((0, 0), (0, 24)))
short, long = words(row).mean(axis=1)[0], words(longer).mean(axis=1)[0]
print(f"without the mask, the vector changes by {100 * np.linalg.norm(short - long) / np.linalg.norm(short):.0f} %")
short, long = (encoders["bag of words"](*arrays)[0] for arrays in ((row, mask), (longer, longer_mask)))
print(f"with the mask, it changes by {100 * np.linalg.norm(short - long) / np.linalg.norm(short):.0f} %")

# %% [markdown]
# A change of more than 100 % is a change by more than the vector's own length: without the mask most of the mean is the vector of `[PAD]`. Padding is there for the machine, and it must never change what a sentence means. A forgotten mask raises no error; the model is only mysteriously worse. This is why the library tests that padding changes nothing.
#
# ## 9 · Two vectors of different sizes
#
# The image encoder of the trained model gives vectors of one size, its text encoder of another.

# %%
_, of_picture = model.encode_image(pixels, intermediates=True)
_, of_text = model.encode_text(batch, intermediates=True)  # the first sentence: due gatti neri (two black cats)
image_features, text_features = np.asarray(of_picture["features"]), np.asarray(of_text["features"])[:1]
print(f"a picture: {image_features.shape[1]} numbers; a sentence: {text_features.shape[1]} numbers")

# %% [markdown]
# They cannot be compared: there are more numbers in one, and nothing makes the first number of one mean what the first of the other means. Often the two encoders were even trained apart, as those of CLIP-Italian were. So each gets one more linear layer, its **projection**, which brings its vectors to the size of the **shared space**. Then each is divided by its length. For vectors of length one, cosine similarity is one product, `image @ text`.
#
# The projections are where the two worlds meet. Lesson 5 begins by training nothing but them and the scale of the similarities.
#
# ### Exercise 1.4 · Project and normalise
#
# ●○○ · 5 min · An encoder's vectors before the projection are called **features**. Write a function that takes features, [vectors, numbers], and a matrix, [numbers, numbers of the shared space], multiplies them, and makes every row of the result length one.
#
# <details><summary>Hint</summary>
#
# `np.linalg.norm(rows, axis=1, keepdims=True)` is the length of each row.
#
# </details>
# <details><summary>Expected output</summary>
#
# For the features `[[1, 2, 2], [0, 3, 1]]` and the matrix `[[1, 0], [1, 2], [0, 0]]` the product is `[[3, 4], [3, 6]]`, the lengths are 5 and 6.71, and the result is `[[0.6, 0.8], [0.45, 0.89]]`.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Dividing by the length before the product instead of after it; dividing all rows by one number, by forgetting `axis=1`; not dividing at all.
#
# </details>


# %%
def project(features, matrix):
    return ...


# %%
check.project(project)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def project(features, matrix):
#     rows = features @ matrix
#     return rows / np.linalg.norm(rows, axis=1, keepdims=True)
# ```
#
# </details>
#
# With this, the whole of `model.encode_image` is in your hands: encoder, projection, length one. We do the last two by hand, with the weights of the trained model.

# %%
sides = {}
for name, features in (("visual", image_features), ("text", text_features)):
    matrix = np.asarray(getattr(model, f"{name}_projection").kernel[...])
    rows = features @ matrix
    sides[name] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    print(f"{name:<7} {features.shape} times {matrix.shape} gives {sides[name].shape}")
print("as the library does it:", bool(np.allclose(sides["visual"], trained_vector, atol=1e-3)))
print(f"cosine of the picture and “due gatti neri” (two black cats): {(sides['visual'] @ sides['text'].T).item():.1f}")

# %% [markdown]
# ## 10 · What does an untrained model say?
#
# We have every part of CLIP: two encoders, two projections, a similarity. All that the trained model has beyond this is its weights. So we build the same model with random weights and show both the same six pictures with their captions.

# %%
from clipit.hub.folder import new_model
from clipit.training.features import embed_captions, embed_pixels

untrained = new_model(model.config, seed=0)  # the same sizes, random weights
images = {"untrained": embed_pixels(untrained, gallery.pictures), "trained": gallery.vectors}  # [1000, 256]
texts = {"untrained": embed_captions(untrained, tokenizer, gallery.captions)}
texts["trained"] = embed_captions(model, tokenizer, gallery.captions)
six = list(range(0, len(gallery), 167))
gallery.show("Six pictures, spread evenly over the gallery", six)

# %% [markdown]
# The figure will show, for each model, a table of 36 similarities: picture *i* in row *i*, caption *j* in column *j*. In the third table, a control, the trained model gets captions of other pictures. In the first two, what belongs together lies on the **diagonal**, from top left to bottom right. What do you expect of the diagonal in the untrained model? Write its mean similarity.

# %%
clipit.course.predict("the untrained model's mean similarity on the diagonal", ...)

# %%
rng = np.random.default_rng(0)
shuffled = rng.permutation(len(gallery))  # almost every picture is said to belong to another one's caption
tables = [images[name][six] @ texts[name][six].T for name in ("untrained", "trained")]
tables.append(images["trained"][six] @ texts["trained"][shuffled[six]].T)
names = ["untrained", "trained", "trained, shuffled"]
clipit.course.reveal(
    "the untrained model's mean similarity on the diagonal", round(float(np.diag(tables[0]).mean()), 1)
)
for name, table in zip(names, tables, strict=True):
    others = table[~np.eye(6, dtype=bool)].mean()
    print(f"{name:<18} diagonal {np.diag(table).mean():.1f}, elsewhere {others:.1f}")
plot_heatmaps("Six pictures and six captions", np.stack(tables), names, "cosine similarity", None, "caption", "picture")

# %% [markdown]
# The trained model has a bright diagonal. The untrained one has none: its columns may differ, because some captions happen to lie nearer to *all* pictures, but the right caption is no better than another. With captions of other pictures the trained model's diagonal is dark as well: what makes it bright is that picture and caption belong together.
#
# ### Negative control: the whole gallery
#
# Six pictures are few. So we count, over all thousand, how often the right picture comes first when one searches with its caption (**recall at one**, as in lesson 0). If the untrained model reached clearly more than guessing does (we allow 2 %), or if the trained one did with shuffled captions, then something would be wrong with how we measure.

# %%
from clipit.evaluation import retrieval

right = gallery.right_for_captions()  # [captions, pictures]: is this caption true of this picture?
recall = {name: retrieval(texts[name], images[name], right)["recall@1"] for name in images}
recall["trained, shuffled"] = retrieval(texts["trained"], images["trained"], right[shuffled])["recall@1"]
for name, share in recall.items():
    print(f"{name:<18} {about(share)}")
print(f"guessing           {100 * right.mean():.1f} %")
print("The two controls fail, as they must:", max(recall["untrained"], recall["trained, shuffled"]) < 0.02)

# %% [markdown]
# Same parts, same pictures, same captions: the difference lies in the weights alone. Where they come from, and what tells them to move, is the subject of lessons 2 and 3.
#
# ### Optional: how similar are two pictures to a model that knows nothing?
#
# You may skip this on a first reading. Before you run the cell: what would you say, if the right captions have a similarity of about zero?

# %%
for name in ("untrained", "trained"):
    for what, vectors in (("pictures", images[name]), ("captions", texts[name])):
        between = (vectors @ vectors.T)[~np.eye(len(vectors), dtype=bool)]
        print(f"{name:<10} two {what} have a cosine of {between.mean():.1f} on average")

# %% [markdown]
# To an untrained encoder all pictures point roughly the same way, as if they came out of one funnel; such a bundle of vectors is called a **cone**. The captions form another, wider one. Training has to open the cones as well as to bring them together, and lesson 3 shows this in a plane.
#
# ### Optional: what a BERT is without positions
#
# You may skip this on a first reading. We set the position embeddings of both transformers to zero and repeat the swap. Which of them still notices it?

# %%
for name in ("BERT", "causal"):
    blind = nnx.clone(encoders[name])
    positions = blind.position_embedding.embedding
    positions.set_value(jnp.zeros_like(positions[...]))
    first, swap, _ = np.asarray(blind(swapped["input_ids"], swapped["attention_mask"]))
    print(f"{name} without positions notices the swap:", bool(np.linalg.norm(first - swap) > 1e-3))

# %% [markdown]
# Without positions, BERT is a bag of words with more computing: its attention is blind to order. The causal encoder is not, because *who may look at whom* depends on the order. Its words know how much came before them, even if nobody tells them their place.
#
# ## Play with it
#
# Change the sentences, the patch size (8, 16 or 32), the seed or `positions`, and run the cell again. Can you find two sentences with different words that the trained encoder takes for nearly the same? And when does the ViT notice that its patches moved?

# %%
three = ["tre mele rosse", "una mela rossa", "due gatti neri"]  # three red apples, one red apple, two black cats
patch_size, seed, positions = 8, 0, False

first, *others = np.asarray(model.encode_text(tokenizer(three)))
for words, vector in zip(three[1:], others, strict=True):
    print(f"“{three[0]}” and “{words}”: cosine {first @ vector:.1f}")
toy = ViT(ViTConfig(64, patch_size, 2, BlockConfig(width, heads)), nnx.Rngs(seed))
if not positions:
    toy.position_embedding.set_value(jnp.zeros_like(toy.position_embedding[...]))
squares = pixels.reshape(1, 64 // patch_size, patch_size, 64, 3)
moved = squares[:, ::-1].reshape(pixels.shape)  # the rows of patches in the opposite order
print("the ViT notices that patches moved:", bool(jnp.abs(toy(pixels) - toy(moved)).max() > 1e-3))

# %% [markdown]
# ## What this does not show
#
# - **What a trained ViT looks at.** The ViT here is untrained, and its attention maps mean nothing.
# - **Which encoder is best.** None of the three text encoders was trained here, and being *able* to read word order is not the same as using it.
# - **That attention explains an answer.** A map says where a token looked, not what it did with what it saw.
# - **Large models.** The real CLIP has the same parts, with far more weights, and learned from 400 million pictures with their texts; what it can do cannot be concluded from a model of this size.
#
# ## Take-aways
#
# 1. A picture becomes tokens by cutting it into patches, a sentence by cutting it into pieces of words; from there on, transformers treat both alike.
# 2. A block is attention plus a small network, both added to what came in. Without positions or causal attention, it cannot know any order.
# 3. A bag of words cannot notice that words changed places. BERT and CLIP's text encoder can, if training gives them a reason.
# 4. Padding needs a mask, and one vector for a sentence is a choice: mean, first or last token.
# 5. Projections bring vectors of different sizes into one space, and length one makes cosine a product. Before training, the similarities there say nothing.
#
# In this notebook you took a step downhill, cut a picture, pooled tokens and projected features. Test yourself: why must a causal encoder not use its first token? What would you see if the mask were forgotten? Why are raw pixels a poor vector of a picture?
#
# Next: lesson 2 says what "close" should mean, and what a loss must be before anything is trained.
#
# <details><summary>For teachers</summary>
#
# In sixty minutes: sections 2 to 4 and 7 together with the projector, exercise 1.3 alone, and section 10; give section 1 as homework before the lesson. In ninety minutes: all exercises. What people often believe: that the numbers of tokens are quantities (they are names), that a ViT knows where a patch was (only through its position embedding), that a bright attention map explains an answer, and that "BERT reads in both directions" means that it understands word order. For exercise 1.2, let people draw the first patch's indices on paper first. Use the edition without outputs in class.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Radford et al. 2021, ["Learning Transferable Visual Models From Natural Language Supervision"](https://arxiv.org/abs/2103.00020): CLIP, with its causal text encoder.
# - Dosovitskiy et al. 2020, ["An Image is Worth 16x16 Words"](https://arxiv.org/abs/2010.11929): the vision transformer.
# - Devlin et al. 2018, ["BERT"](https://arxiv.org/abs/1810.04805), and Vaswani et al. 2017, ["Attention Is All You Need"](https://arxiv.org/abs/1706.03762): blocks and attention.
# - Yuksekgonul et al. 2022, ["When and Why Vision-Language Models Behave Like Bags-of-Words, and What to Do About It?"](https://arxiv.org/abs/2210.01936): what large models make of word order.
# - The [JAX documentation](https://docs.jax.dev), whose page "The Sharp Bits" lists what surprises people who know NumPy.
#
# Pictures: emoji by [OpenMoji](https://openmoji.org), the open-source emoji and icon project, [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/). Text: [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).
