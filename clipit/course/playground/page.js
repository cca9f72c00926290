// The page of the playground: draws the toy's state, and lets the reader change it.
const SVG = "http://www.w3.org/2000/svg";
const [RADIUS, LEARNING_RATE, MILLISECONDS, REMEMBERED] = [130, 0.1, 33, 300];
const KINDS = [["images", "picture"], ["texts", "caption"]];

const written = (value) => (Math.round(value * 100) / 100 || 0).toFixed(2).replace("-", "\u2212");

function set(element, values) {
  for (const key in values) element.setAttribute(key, values[key]);
  return element;
}

function make(parent, name, values) {
  return parent.appendChild(set(document.createElementNS(SVG, name), values));
}

function startPlayground(block) {
  const toy = JSON.parse(block.dataset.toy); // pairs, and for each that there could be: words, glosses, images, texts
  const get = (name) => block.querySelector(`.${name}`);
  let [state, drawn, losses, steps, timer, held] = [null, [], [], 0, null, null];

  // Drawing

  function addPair() {
    const pair = drawn.length;
    const first = pair === 0 ? " first" : ""; // the cat
    const groups = KINDS.map(([kind, said]) => listen(make(get("points"), "g", {
      class: said + first, tabindex: 0, role: "slider", "aria-valuemin": -180, "aria-valuemax": 180,
      "aria-label": `${said} of ${toy.words[pair]} (${toy.glosses[pair]})` }), kind, pair));
    if (toy.pictures[pair]) {
      make(groups[0], "rect", { class: "mark framed", x: -18, y: -18, width: 36, height: 36 });
      make(groups[0], "image", { x: -16, y: -16, width: 32, height: 32, href: toy.pictures[pair] });
    } else make(groups[0], "circle", { class: "mark", r: 10 });
    make(groups[1], "rect", { class: "mark", x: -6, y: -6, width: 12, height: 12 });
    const label = make(get("labels"), "text", { class: first, "text-anchor": "middle", "dominant-baseline": "central" });
    label.textContent = pair === 0 ? `${toy.words[pair]} (${toy.glosses[pair]})` : toy.words[pair];
    drawn.push({ line: make(get("lines"), "line", {}), groups, label });
  }

  function drawPair({ line, groups, label }, image, text) {
    const [x1, y1, x2, y2] = [image[0], -image[1], text[0], -text[1]].map((value) => value * RADIUS);
    set(line, { x1, y1, x2, y2 });
    [image, text].forEach((point, kind) => set(groups[kind], {
      transform: `translate(${point[0] * RADIUS} ${-point[1] * RADIUS})`,
      "aria-valuenow": Math.round(Math.atan2(point[1], point[0]) * 180 / Math.PI) }));
    // Outward until the label's box no longer meets the mark's.
    const [wide, high] = [label.textContent.length * 4 + 20, 28];
    const away = RADIUS + Math.min(wide / Math.abs(text[0]), high / Math.abs(text[1]));
    set(label, { x: text[0] * away, y: -text[1] * away });
  }

  function draw() {
    const { images, texts } = points(state);
    drawn.forEach((parts, pair) => drawPair(parts, images[pair], texts[pair]));
    const { scale, negatives } = settings();
    const { loss } = lossOf({ images, texts }, scale, negatives);
    const [lowest, chance] = [lowestLoss(images.length, scale, negatives), Math.log(images.length)];
    const own = mean(images.map((image, i) => dot(image, texts[i])));
    const every = mean(images.flatMap((image) => texts.map((text) => dot(image, text))));
    const others = (every * images.length - own) / (images.length - 1);
    const says = { steps, loss: written(loss), lowest: written(lowest), own: written(own), others: written(others),
      chance: negatives ? written(chance) : "\u2013", pairs: images.length, "scale-is": scale };
    for (const name in says) get(name).textContent = says[name];
    drawCurve([...losses, loss], lowest, negatives ? chance : 0);
    get("said").textContent = verdict(loss, lowest, chance, own, others, negatives);
    return loss;
  }

  function drawCurve(values, lowest, chance) {
    const highest = 1.15 * Math.max(chance, ...values, 0.5);
    const y = (value) => (88 - 86 * value / highest).toFixed(1);
    set(get("losses"), { points: values.map((value, i) => `${(360 * i / REMEMBERED).toFixed(1)},${y(value)}`).join(" ") });
    set(get("lowest-line"), { y1: y(lowest), y2: y(lowest) });
    set(get("chance-line"), { y1: y(chance), y2: y(chance) });
  }

  function verdict(loss, lowest, chance, own, others, negatives) {
    if (!negatives && others > 0.9) {
      return "Collapsed: everything has run together into one heap. The loss is content, " +
        "yet a picture is nearly as similar to the other captions as to its own.";
    }
    if (!negatives) return "Without negatives only the two of a pair pull at each other. Nothing keeps the pairs apart.";
    if (loss > 1.05 * chance) return "Worse than knowing nothing: too often another caption is nearer to a picture than its own.";
    if (loss < lowest + 0.01) return "As low as the circle allows: captions on their pictures, the pairs evenly around.";
    return "Each pair pulls itself together and pushes the others away.";
  }

  // Training

  function settings() {
    return { scale: Number(get("scale").value), learningRate: LEARNING_RATE, negatives: get("negatives").checked,
      shared: true };
  }

  function step() {
    const taken = takeStep(state, settings());
    losses = [...losses, taken.loss].slice(-REMEMBERED);
    state = taken.state;
    steps += 1;
    if (held) place(...held);
    draw();
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    get("run").textContent = "\u25B6 Run";
  }

  function run() {
    get("run").textContent = "\u275A\u275A Pause";
    timer = setInterval(() => (block.isConnected ? step() : pause()), MILLISECONDS);
  }

  function restart() {
    [losses, steps, drawn] = [[], 0, []];
    for (const name of ["lines", "points", "labels"]) get(name).replaceChildren();
    state = startState(toy.images.slice(0, toy.pairs), toy.texts.slice(0, toy.pairs));
    for (const _ of state.images) addPair();
    get("more").disabled = false;
    draw();
  }

  function more() {
    const { images, texts } = points(state);
    const next = images.length;
    state = startState([...images, toy.images[next]], [...texts, toy.texts[next]]);
    addPair();
    get("more").disabled = next + 1 === toy.images.length;
    draw();
  }

  // Moving a point by hand

  function place(kind, pair, angle) {
    const seen = points(state); // training goes on from what one sees
    seen[kind][pair] = [Math.cos(angle), Math.sin(angle)];
    state = startState(seen.images, seen.texts);
  }

  function angleAt(event) {
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(get("plane").getScreenCTM().inverse());
    return Math.atan2(-y, x);
  }

  function listen(group, kind, pair) {
    const moveTo = (angle) => { place(kind, pair, angle); draw(); };
    group.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      group.focus();
      group.setPointerCapture(event.pointerId);
      held = [kind, pair, angleAt(event)];
      moveTo(held[2]);
    });
    group.addEventListener("pointermove", (event) => {
      if (!group.hasPointerCapture(event.pointerId)) return;
      held = [kind, pair, angleAt(event)];
      moveTo(held[2]);
    });
    for (const end of ["pointerup", "pointercancel"]) group.addEventListener(end, () => { held = null; });
    group.addEventListener("keydown", (event) => {
      const turn = { ArrowLeft: 1, ArrowUp: 1, ArrowRight: -1, ArrowDown: -1 }[event.key];
      if (!turn) return;
      event.preventDefault();
      event.stopPropagation(); // a notebook has its own use for arrow keys
      const [x, y] = points(state)[kind][pair];
      moveTo(Math.atan2(y, x) + turn * 5 * Math.PI / 180);
    });
    return group;
  }

  get("run").addEventListener("click", () => (timer ? pause() : run()));
  get("step").addEventListener("click", () => { pause(); step(); });
  get("restart").addEventListener("click", () => { pause(); restart(); });
  get("more").addEventListener("click", more);
  get("scale").addEventListener("input", draw);
  // Both trainings begin at the same points, else there would be nothing to compare.
  get("negatives").addEventListener("change", () => { restart(); if (!timer) run(); });
  get("side").hidden = false;
  restart();
}

for (const block of document.querySelectorAll(".clipit-playground:not([data-ready])")) {
  block.dataset.ready = "";
  startPlayground(block);
}
