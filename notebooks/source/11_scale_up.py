# %% [markdown]
# {badge} · Notebook 11 of 12 · machine 70 s · reading 25 min · exercises 25 min
#
# # 11 · What changes at a thousand times the data?
#
# **You will show that** of what a large batch brings the negatives are a small part, that the memory which this seems to need is not needed, and you will work out what 1.4 million, 100 million and 10 billion pairs cost.
#
# **Before:** lesson 2 for the contrastive loss. Lesson 6 for a whole training. Nothing about several devices is needed.
#
# **After this you can** 1. say what a larger batch changes and what of it matters, 2. compute a loss whose matrix does not fit, 3. explain why adding up small batches is not the same, 4. spread a batch over devices so that nothing is lost, 5. estimate time and price of a run of your own before it starts.

# %%
import clipit.course

clipit.course.setup()

# %% [markdown]
# ## 1 · Why more negatives?
#
# In the contrastive loss each picture is told from the captions of the *other* pictures of its batch, its **negatives**. With 16 pairs it has 15, and they are mostly easy: a cat, and fifteen captions about something else. With 1,024 there are probably other cats among them. CLIP was trained with batches of 32,768.
#
# A larger batch changes three things at once, though: there are more negatives, each step is the mean of more pairs and so less noisy, and if one looks at equally many pairs in all, there are fewer steps. A study of this course, `clipit study batch_size`, takes them apart. The image encoder is locked (its vectors are computed once), captions are read by a bag of words (lesson 1), which learns in seconds, so that over a hundred trainings could be afforded. All arms but those called `steps` look at 16,384 pairs, each has its own best learning rate, and captions that fit another picture of the batch too count as right. The main comparison was declared before: batches of 1,024, in which a picture is told from all other captions of the batch, or only from those of its own group of 16: a harsher version of what the original training did, where each device used its own 128 of 1,024. In the table below, `nce` is the contrastive loss and `sigmoid` SigLIP's (lesson 2), `local_16` has the groups, and the `steps` arms make equally many *steps*, so they look at fewer pairs. Numbers are means over five seeds, with the 95 % interval of a mean or of a difference.

# %%
clipit.course.predict("MRR@10, batches of 1,024: all as negatives minus groups of 16", ...)

# %%
import numpy as np

from clipit.studies import batch_size as study
from clipit.studies.summaries import difference, told, values
from clipit.studies.table import read_rows, results_file

rows = read_rows(results_file("batch_size"))
by_seed = {arm: values(rows, study.MAIN, arm=arm) for arm in study.ARMS}
apart = difference(by_seed["nce_1024"], by_seed["local_16"])
clipit.course.reveal("MRR@10, batches of 1,024: all as negatives minus groups of 16", told(apart))
for arm, found in by_seed.items():
    print(f"{arm:<13} {study.ARMS[arm].steps:>4} steps of {study.ARMS[arm].batch:>4} pairs: {told(found.values())}")

# %% [markdown]
# These two arms differ in their negatives alone (and each has its own best rate), and the one with more is better, by a little, and surely. The table has the rest of the story, and a picture makes it easier to see: what a batch of this size reaches when all look at *equally many pairs*, with either loss; and what it reaches when all make *equally many steps*.

# %%
from clipit.plots import plot_lines

means = {arm: float(np.mean(list(found.values()))) for arm, found in by_seed.items()}
loss_of = {"InfoNCE, equal pairs": "nce", "sigmoid, equal pairs": "sigmoid"}
lines = {name: ([size for size in study.SIZES if f"{arm}_{size}" in means],
                [means[f"{arm}_{size}"] for size in study.SIZES if f"{arm}_{size}" in means])
         for name, arm in loss_of.items()}  # fmt: skip
steps = ["steps_16", "steps_64", "steps_256", "nce_1024"]
lines["InfoNCE, equal steps"] = (list(study.SIZES), [means[arm] for arm in steps])
print("256 minus 16, equal pairs:", told(difference(by_seed["nce_256"], by_seed["nce_16"])))
print("256 minus 1,024, equal pairs:", told(difference(by_seed["nce_256"], by_seed["nce_1024"])))
print("1,024 minus 256, equal steps:", told(difference(by_seed["nce_1024"], by_seed["steps_256"])))
print("pairs in a step alone, local_16 minus steps_16:", told(difference(by_seed["local_16"], by_seed["steps_16"])))
seconds = {arm: np.mean(list(values(rows, "seconds", arm=arm).values())) for arm in ("nce_16", "nce_256")}
print(f"Time for equally many pairs, batches of 16 against 256: {seconds['nce_16'] / seconds['nce_256']:.0f} times.")
plot_lines("How well it searches, by the size of the batch", lines, "pairs in a batch", "MRR@10 (1,000 pictures)",
           {"other pictures' captions": means["shuffled"]}, logarithmic=True)  # fmt: skip

# %% [markdown]
# At equally *many pairs* (blue) there is a best size in the middle. With batches of 16 there are many steps, but few negatives each; with 1,024 there are only 16 steps, too few to get anywhere, however good each is. At equally *many steps* (the dash-dotted line) a larger batch is always better, and hugely so; but it also looks at up to 64 times as many pairs. How much of that is negatives? `local_16` and `steps_16` tell a picture from 15 others, both in 16 steps; they differ in how many pairs a step has. That difference is printed above, and it is nearly all of the rise. The negatives are the small rest. Both are true, and which one counts depends on what you pay for: pairs, or steps. Every step has costs of its own, and a processor that has room left computes a larger batch in hardly more time. The last line printed above says it for this study: its text encoder is tiny, so even on two cores the many small steps took several times as long as the few large ones, for equally many pairs (other programs ran beside it, so take it roughly). At equal *time* the small batches are worse off still.
#
# SigLIP's loss (orange) asks of each pair on its own whether it belongs together, so it does not live on competition. With batches of 16 it is as good as InfoNCE. With fewer steps it falls behind, a little at 256 and far at 1,024; perhaps because it has one number more to learn, the bias that is added to all its logits. (There is no arm at 64; the line only passes there.) That larger batches are less important for it is reported for large models; with our few steps we cannot say so.
#
# ### The negative control
#
# `shuffled` was trained like `nce_64`, on captions of other pictures. It finds nothing (the dotted line), so whatever the lines above show was learned from the pairs.
#
# ## 2 · The wall
#
# A batch of N pairs has N times N similarities. For 32,768 pairs that is a table of a billion numbers, 4.3 GB, and its gradient needs several such tables. JAX can tell what a program would take *without running it*, also for a batch that would never fit here.

# %%
clipit.course.predict("memory of the loss of 32,768 pairs with its gradient, in GB", ...)

# %%
from clipit.course.scaling import memory_wall
from clipit.plots.memory import plot_memory, readable

wall = memory_wall((1_024, 8_192, 16_384, 32_768, 65_536))
whole, tiled = (dict(zip(*wall[name], strict=True)) for name in ("whole matrix", "in tiles"))
clipit.course.reveal("memory of the loss of 32,768 pairs with its gradient, in GB", f"{whole[32_768] / 1e9:.0f}")
print(
    f"With 32,768 pairs the whole matrix takes more than 40 times the memory of tiles: {whole[32_768] > 40 * tiled[32_768]}."
)
print(
    f"From 16,384 to 65,536 pairs: the matrix grows {whole[65_536] / whole[16_384]:.0f} times, tiles {tiled[65_536] / tiled[16_384]:.0f} times."
)
plot_memory(wall, {"a laptop, 16 GB": 16e9, "a large GPU, 80 GB": 80e9})

# %% [markdown]
# Both axes are logarithmic. From a few thousand pairs on the blue line is twice as steep as the other: twice the batch, four times the memory. A large GPU could just hold the matrix of CLIP's 32,768 pairs, and nothing of CLIP beside it. The lower line is the *same* loss, computed in **tiles**: 1,024 pictures meet 1,024 texts, what matters about this meeting is noted, and the tile is forgotten before the next one is computed. Twice the batch is then twice the memory.
#
# What matters about a meeting? For the softmax of one picture we need the sum of the exponentials of all its logits. A sum can be made piece by piece; the only trouble is that exponentials overflow, so one subtracts the largest logit, and the largest is not known before the end. The trick: when a larger one turns up, multiply what was summed so far by exp(old largest − new largest).
#
# ### Exercise 11.1 · The tile loop
#
# ●●● · 12 min · Write a function that takes three things: `logits`, a function such that `logits(start, stop)` gives the columns from start to stop (not included) of a table; `columns`, how many the table has; and `tile`, how many you may ask for at once. It returns for each row the logarithm of the sum of the exponentials of all its columns.
#
# <details><summary>Hint</summary>
#
# Keep two arrays, `largest` (begin with minus infinity) and `total` (begin with zero). For each tile: the new largest, the old total times `np.exp(largest - new)`, plus the sum of `np.exp(part - new[:, None])`. At the end: `largest + np.log(total)`.
#
# </details>
# <details><summary>Expected output</summary>
#
# For one row with the logits 0 and 0 it is ln 2, about 0.693, also with tiles of one column; with 1,000 and 1,000 it is 1,000.693.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Forgetting a last tile that is shorter; not rescaling what was summed before.
#
# </details>


# %%
def log_sum_exp(logits, columns, tile):
    return ...


# %%
from clipit.course.exercises import scaling as check

check.tile_loop(log_sum_exp)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def log_sum_exp(logits, columns, tile):
#     largest, total = -np.inf, 0.0
#     for start in range(0, columns, tile):
#         part = logits(start, min(start + tile, columns))
#         new = np.maximum(largest, part.max(axis=1))
#         total = total * np.exp(largest - new) + np.exp(part - new[:, None]).sum(axis=1)
#         largest = new
#     return largest + np.log(total)
# ```
#
# </details>
#
# The library's `tiled_info_nce` does this for pictures and texts at once, and computes each tile a second time for the gradient (`clipit bench loss` measures what that costs: from 2,048 pairs on it was no slower than the whole matrix here, because reading and writing a large matrix costs time too). Nothing about it is approximate:

# %%
import jax

from clipit.losses import info_nce, tiled_info_nce

images, texts = jax.random.normal(jax.random.key(0), (2, 300, 64)) / 8  # of about length one
given = (images, texts, 10.0)
exact, exact_gradient = jax.value_and_grad(info_nce)(*given)
value, gradient = jax.value_and_grad(lambda *all: tiled_info_nce(*all, tile=64))(*given)
apart = float(abs(gradient - exact_gradient).max() / abs(exact_gradient).max())
print(f"300 pairs in tiles of 64: the loss differs by less than 0.00001: {abs(float(value - exact)) < 1e-5};")
print(f"the largest difference of the gradient is less than 0.0001 of its largest number: {apart < 1e-4}.")

# %% [markdown]
# ## 3 · Why not simply add up small batches?
#
# The other thing that does not fit is what the *encoders* remember of every picture and caption until the gradient comes back. For other losses there is a well-known way out: take eight batches of 32, take the mean of their gradients, and step once, as if it had been a batch of 256 (**gradient accumulation**).

# %%
clipit.course.predict("is the mean over 8 batches of 32 the gradient of one batch of 256?", ...)

# %%
from clipit.course.scaling import cosine, gradient_of, off_by

loss, right = gradient_of("whole", pairs=256, small=32)
found = {how: gradient_of(how, pairs=256, small=32) for how in ("accumulated", "cached")}
verdict = "yes" if off_by(found["accumulated"][1], right) < 0.01 else "no"
clipit.course.reveal("is the mean over 8 batches of 32 the gradient of one batch of 256?", verdict)
print(f"One batch of 256: loss {loss:.2f}")
for how, (its_loss, its_gradient) in found.items():
    near = off_by(its_gradient, right) < 1e-3
    print(
        f"{how:<12} loss {its_loss:.2f}; gradient within a thousandth: {near}; cosine with it {cosine(its_gradient, right):.1f}"
    )

# %% [markdown]
# (A trained model, so the losses are far below ln 32 and ln 256, with which it began. The cosine of two gradients is 1 where they point the same way.) It is the gradient of another loss. In a batch of 32 every picture is told from 31 captions; adding up eight of these batches gives less noise, and not one negative more. The loss is lower because the task is easier.
#
# `cached_gradients` does it right (GradCache, Gao et al. 2021): encode the batch in chunks and keep only the vectors; compute the loss of *all* vectors; then encode each chunk again and send its part of the gradient back. The encoders run a second time, the memory is that of one chunk, and the gradient is that of the batch.
#
# ### Exercise 11.2 · Small batches are no large one
#
# ●●○ · 8 min · Write a function that takes the logits of a batch, an array of the shape [pairs, pairs] in which row i is a picture and column i its caption, and a `size`. It returns the loss as accumulation has it: cut the pairs in order into small batches of this size; in each, a picture's loss is minus the logarithm of the softmax share of its own caption among those of its small batch; return the mean over all pairs.
#
# <details><summary>Hint</summary>
#
# A small batch is a square block on the diagonal: `logits[at : at + size, at : at + size]`. `np.logaddexp.reduce(block, axis=1)` is the logarithm of the sum of exponentials, without overflow.
#
# </details>
# <details><summary>Expected output</summary>
#
# For logits that are all zero it is ln(size), whatever the batch: with groups of two 0.693.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Taking the softmax over the whole row; using the first block only.
#
# </details>


# %%
def small_batches_loss(logits, size):
    return ...


# %%
check.accumulated(small_batches_loss)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def small_batches_loss(logits, size):
#     losses = []
#     for at in range(0, len(logits), size):
#         block = logits[at : at + size, at : at + size]
#         losses.append(np.logaddexp.reduce(block, axis=1) - block.diagonal())
#     return np.concatenate(losses).mean()
# ```
#
# </details>
#
# ## 4 · Eight devices
#
# CLIP-Italian was trained on a TPU with eight devices. The next cell makes JAX pretend that this processor is eight devices. That is not faster; but everything goes the way it would go on real ones. A batch of 32 pictures is spread over them:

# %%
from clipit.course.scaling import devices_in_a_ring, meetings, shares, simulate
from clipit.losses.large_batch.ring import spread

simulate(8)
mesh = devices_in_a_ring(8)
batch = spread(np.zeros((32, 512), np.float32), mesh, "data")
for device, first, last in shares(batch):
    print(f"device {device} holds the pairs {first:>2} to {last - 1}")

# %% [markdown]
# The original training script let each device compute the loss of its own share: with 128 pairs each, a picture was told from 127 captions, and not from the 1,023 others in the batch. Section 1 has measured a harsher version of that shortcut.
#
# To use all of them, texts have to travel. In the library's `sharded_info_nce` they go round in a **ring**: every device keeps its pictures, meets the texts that are there, and passes them on to its neighbour. The picture shows at which stop each device met which texts, as the ring itself noted it.

# %%
from clipit.plots import plot_heatmaps

stops = meetings(mesh)
print(
    f"Device 0 meets its own texts at stop {stops[0, 0]}, those of device 1 at stop {stops[0, 1]}; after {stops.max()} stops all have met."
)
plot_heatmaps(
    "The ring", stops[None], ["when who meets whom"], "stop", xlabel="texts of device", ylabel="pictures of device"
)

# %% [markdown]
# Every row goes through all eight colours: each device meets all texts, one share at a time. So does every column: no text is at two places at once, and nobody waits. A device holds its own share and the guest's, however many devices there are. The plain way, in which every device first gathers everything, is simpler, and holds the texts of all.

# %%
from clipit.course.scaling import travels

for devices in (8, 64, 512):
    said = []
    for way in ("gathered", "ring"):
        received, held = travels(way, batch=32_768, devices=devices)
        said.append(f"{way}: receives {readable(received)}, holds {readable(held)} of others")
    print(f"{devices:>3} devices: {'; '.join(said)}")

# %% [markdown]
# (For one step of 32,768 pairs with vectors of 512 numbers of 4 bytes, counted on paper. All texts together are 67 MB. Gathered: pictures *and* texts of the others come in, and as much again in gradients. In the ring: texts come by once for the loss, and texts with the gradients that they collect for the way back; held at a time are one share of each.) What comes over the network is of one size in both, a little less in the ring. What has to be held is not.
#
# ## 5 · The bill
#
# How long would it take? Count operations. The compiler knows how many one training step of ViT-B/32 with an Italian BERT needs; a device has a peak; training reaches a part of it. An H100, a large GPU, has a peak of 989 million million operations a second in bfloat16; 30 % of it and 2.50 for an hour are *assumptions*, and everything below stands on them.

# %%
clipit.course.predict("hours on one H100 for one look at 100 million pairs", ...)

# %%
from clipit.course.scaling import cost_of, operations_of_a_pair

operations = operations_of_a_pair("clip-italian")
print(f"One pair, everything training: {operations:.1e} operations.")
bills = {name: cost_of(pairs, operations) for name, pairs in
         {"1.4 million": 1_400_000, "100 million": 100_000_000, "10 billion": 10_000_000_000}.items()}  # fmt: skip
clipit.course.reveal("hours on one H100 for one look at 100 million pairs", f"{bills['100 million'].hours:.0f}")
for name, bill in bills.items():
    print(
        f"{name:>11} pairs: {bill.operations:.0e} operations, {bill.hours:,.1f} hours of a device, price about {bill.price:,.1f}"
    )

# %% [markdown]
# One look at 1.4 million pairs, as many as CLIP-Italian had, is minutes of one device; its fifteen looks are an hour or two. With 10 billion pairs it is a month of a device for *one* look. All of it scales with what was assumed: the share of the peak (a first run may reach 10 %, not 30), the price, and, silently, that data arrive as fast as they are eaten: a device would read nearly four thousand pictures a second. (The price is in the currency in which you pay for an hour.)
#
# ### Exercise 11.3 · Estimate your own run
#
# ●○○ · 5 min · Write a function that takes the number of pairs that are looked at in all, the operations for each, the peak of a device in operations a second, the share of it that is reached, and the number of devices, and returns how many hours it takes.
#
# <details><summary>Hint</summary>
#
# Operations in all, divided by operations a second of all devices together, are seconds.
#
# </details>
# <details><summary>Expected output</summary>
#
# For 3,600 pairs of 1,000 operations each, on 2 devices with a peak of 1,000 of which half is reached: 1 hour.
#
# </details>
# <details><summary>Common mistakes</summary>
#
# Multiplying by the share; forgetting that several devices share the work.
#
# </details>


# %%
def hours(pairs, operations, peak, share, devices):
    return ...


# %%
check.hours(hours)

# %% [markdown]
# <details><summary>Solution</summary>
#
# ```python
# def hours(pairs, operations, peak, share, devices):
#     return pairs * operations / (peak * share * devices) / 3600
# ```
#
# </details>
#
# `clipit train clip-italian --dry-run` does the same for a whole recipe, before anything is fetched. It also says how much memory each device needs, and, if a device has less, which batch would fit.
#
# ## 6 · Optional: when the model does not fit either
#
# The larger part of a large model's memory is not its parameters but what the optimizer remembers about each. If the parameters are **cut** over the devices (fully sharded), every device holds its part, and asks the others for theirs when it needs them. In a recipe that is one value, `shards`.

# %%
from clipit.course.scaling import sharded_bytes

for shards in (1, 2, 8):
    everything, own = sharded_bytes(devices=8, shards=shards)
    print(f"8 devices, {shards} shards: each holds {own / everything:.0%} of {readable(everything)}")

# %% [markdown]
# What the encoders compute on their way also needs room, and grows with the batch. `chunk` in a recipe is `cached_gradients` from section 3. `remat` does the same inside an encoder: of each transformer block only what went into it is kept, and the rest is computed once more on the way back. Both give the same gradients; both cost a quarter to a third more computing. The page `docs/speed.md` of the repository, "Speed and memory", says what was measured, and in which order to try these.
#
# Several machines, Slurm, TPU pods, and pictures that are streamed because they fit on no disk are in the page `docs/many_machines.md`, "One training on several machines".
#
# ## Play with it
#
# Your own bill: another number of pairs, another recipe (`"clip-italian-2021"`, `"italian-clip"`), another share or price.

# %%
from clipit.training.dry_run import Machine

mine = cost_of(pairs=3_000_000, operations=operations, machine=Machine(share=0.4, price=2.0))
print(f"{mine.pairs:,} pairs: {mine.hours:.1f} hours of an H100, price about {mine.price:.0f}")

# %% [markdown]
# ## What this does not show
#
# - **Real devices.** Eight pretended devices show that results are right, not how quick they would be. Several GPUs, TPU pods and Slurm were not at hand when this was written.
# - **How many negatives a large model needs.** Our pairs are few and the text encoder is small. Published studies find gains up to some ten thousands, and little beyond.
# - **The whole bill.** Downloading, decoding, validation, failed runs and the search for good settings are not in it; they often cost more than the run.
#
# ## Take-aways
#
# 1. A larger batch means more negatives, more pairs in a step and, at equal pairs, fewer steps. The negatives alone were worth a little here; the best size depends on what you pay for, pairs or steps.
# 2. The matrix of a large batch need not exist. Tiles give the same loss and the same gradient in memory that grows with N.
# 3. Adding up small batches is the gradient of an easier task. Chunks with cached vectors are exact.
# 4. Over devices, let the texts travel. A share of a batch on its own is a small batch.
# 5. Operations over reached peak is the bill. Do it before the run, and say what you assumed.
#
# Next: lesson 12 makes it speak your language.
#
# <details><summary>For teachers</summary>
#
# In forty-five minutes: section 1 with the vote (does a larger batch help?), section 3 with exercise 11.2, section 5. What people often believe: that a larger batch is better as such (ask: at equal pairs, or at equal steps?); that gradient accumulation is a large batch; that the loss of a run with larger batches can be compared with that of a smaller one (it is ln B at the start, lesson 2). The cells of sections 1 and 3 dispel them.
#
# </details>

# %% [markdown]
# ## Further reading
#
# - Radford et al. 2021, ["Learning Transferable Visual Models From Natural Language Supervision"](https://arxiv.org/abs/2103.00020), CLIP, with batches of 32,768.
# - Gao et al. 2021, ["Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup"](https://arxiv.org/abs/2101.06983), GradCache.
# - Cheng et al. 2024, ["Breaking the Memory Barrier"](https://arxiv.org/abs/2410.17243), tiles on GPUs.
# - Zhai et al. 2023, ["Sigmoid Loss for Language Image Pre-Training"](https://arxiv.org/abs/2303.15343), SigLIP.
# - Chen et al. 2022, ["Why do We Need Large Batchsizes in Contrastive Learning?"](https://proceedings.neurips.cc/paper_files/paper/2022/hash/db174d373133dcc6bf83bc98e4b681f8-Abstract-Conference.html)
#
# Pictures: emoji by [OpenMoji](https://openmoji.org), the open-source emoji and icon project, [CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/). Text: [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).
