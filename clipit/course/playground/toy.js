// The toy of lesson 03, without a page: pictures and captions are vectors of two numbers that gradient steps move.
// The same steps as clipit/course/toy.py takes in JAX; a test compares them.
// A state holds each picture's own vector, the one that all pictures share, and the same for captions.

const dot = (a, b) => a[0] * b[0] + a[1] * b[1];
const add = (a, b, times = 1) => [a[0] + times * b[0], a[1] + times * b[1]];
const normalise = (vector) => {
  const length = Math.hypot(vector[0], vector[1]);
  return [vector[0] / length, vector[1] / length];
};
const sum = (vectors) => vectors.reduce((total, vector) => add(total, vector), [0, 0]);
const mean = (numbers) => numbers.reduce((total, number) => total + number, 0) / numbers.length;

function startState(images, texts) {
  return { images: images.map(normalise), texts: texts.map(normalise), allImages: [0, 0], allTexts: [0, 0] };
}

// Where pictures and captions are: their own vector plus the one that their kind shares, at length one.
function points(state) {
  return {
    images: state.images.map((own) => normalise(add(own, state.allImages))),
    texts: state.texts.map((own) => normalise(add(own, state.allTexts))),
  };
}

// The softmax of a row of logits, and the logarithm of the sum that it divides by.
function softmax(logits) {
  const highest = Math.max(...logits);
  const weights = logits.map((logit) => Math.exp(logit - highest));
  const total = weights.reduce((a, b) => a + b);
  return { shares: weights.map((weight) => weight / total), logSum: highest + Math.log(total) };
}

// InfoNCE of anchors (rows) among candidates, and how it changes with each logit.
function oneDirection(anchors, candidates, scale) {
  const rows = anchors.map((anchor) => candidates.map((candidate) => scale * dot(anchor, candidate)));
  const softmaxes = rows.map(softmax);
  return {
    loss: mean(rows.map((row, i) => softmaxes[i].logSum - row[i])),
    slopes: softmaxes.map(({ shares }, i) => shares.map((share, j) => (share - (i === j)) / rows.length)),
  };
}

// The loss, and its gradient for each point: of both directions, or only of the pull when negatives are off.
function lossOf({ images, texts }, scale, negatives) {
  const pairs = images.length;
  if (!negatives) {
    return {
      loss: scale * mean(images.map((image, i) => 1 - dot(image, texts[i]))),
      images: texts.map((text) => [-scale * text[0] / pairs, -scale * text[1] / pairs]),
      texts: images.map((image) => [-scale * image[0] / pairs, -scale * image[1] / pairs]),
    };
  }
  const [there, back] = [oneDirection(images, texts, scale), oneDirection(texts, images, scale)];
  const slope = (i, j) => scale * (there.slopes[i][j] + back.slopes[j][i]) / 2; // of picture i's logit for text j
  return {
    loss: (there.loss + back.loss) / 2,
    images: images.map((_, i) => sum(texts.map((text, j) => [slope(i, j) * text[0], slope(i, j) * text[1]]))),
    texts: texts.map((_, j) => sum(images.map((image, i) => [slope(i, j) * image[0], slope(i, j) * image[1]]))),
  };
}

// The gradient for a vector of any length, from the gradient for the point that it makes at length one:
// what would only make it longer falls away.
function throughLength(vector, gradient) {
  const [length, direction] = [Math.hypot(vector[0], vector[1]), normalise(vector)];
  const across = add(gradient, direction, -dot(gradient, direction));
  return [across[0] / length, across[1] / length];
}

// One step downhill: the state after it, and the loss before it.
function takeStep(state, { scale, learningRate, negatives, shared }) {
  const { loss, ...gradients } = lossOf(points(state), scale, negatives);
  const next = { allImages: state.allImages, allTexts: state.allTexts };
  for (const [kind, all] of [["images", "allImages"], ["texts", "allTexts"]]) {
    const slopes = state[kind].map((own, i) => throughLength(add(own, state[all]), gradients[kind][i]));
    next[kind] = state[kind].map((own, i) => normalise(add(own, slopes[i], -learningRate)));
    if (shared) next[all] = add(state[all], sum(slopes), -learningRate);
  }
  return { state: next, loss };
}

// The lowest loss on a circle: every caption on its picture, and all pairs evenly around.
function lowestLoss(pairs, scale, negatives) {
  if (!negatives) return 0;
  const angles = Array.from({ length: pairs }, (_, i) => 2 * Math.PI * i / pairs);
  return softmax(angles.map((angle) => scale * Math.cos(angle))).logSum - scale;
}

if (typeof module !== "undefined") module.exports = { startState, points, lossOf, takeStep, lowestLoss };
