// Moves what is already drawn: reads the coordinates of all frames from the block, and shows one frame at a time.
// Several blocks on a page do not meet: each script only takes up blocks that none has taken up before.
for (const block of document.querySelectorAll(".clipit-space:not([data-ready])")) {
  block.dataset.ready = "";
  const { pairs, scale, moves, losses, turned, gap } = JSON.parse(block.dataset.frames);
  const find = (selector) => [...block.querySelectorAll(selector)];
  const [button, range, said] = ["button", "input", "output"].map((name) => find(name)[0]);
  const [curve, dot, cells] = [find(".curve polyline")[0], find(".curve circle")[0], find("td")];
  const last = losses.length - 1;

  // Each frame says how far every point moved since the frame before, in thousandths: most moves are small.
  const frames = [];
  moves.forEach((move, index) =>
    frames.push(move.map((step, place) => step + (index ? frames[index - 1][place] : 0))));
  const point = (frame, kind, pair) =>
    [0, 1].map((axis) => frames[frame][(kind * pairs + pair) * 2 + axis] / 1000);

  const set = (element, values) => {
    for (const name in values) element.setAttribute(name, values[name]);
  };
  const round = (number) => Math.round(number * 10) / 10;

  function moveLabel(element, [x, y]) {
    const length = Math.hypot(x, y);
    const [right, up] = length > 1e-9 ? [x / length, y / length] : [1, 0];
    const away = gap + (turned ? 0 : Math.abs(right) * element.textContent.length * 3.8);
    const [left, top] = [round(x * scale + right * away), round(-y * scale - up * away)];
    const angle = round(-Math.atan2(up, right) * 180 / Math.PI);
    set(element, turned
      ? { transform: `translate(${left} ${top}) rotate(${right < 0 ? angle + 180 : angle})`,
          "text-anchor": right < 0 ? "end" : "start" }
      : { transform: `translate(${left} ${top})`, "text-anchor": "middle" });
  }

  function colour(cosine) {
    const [red, green, blue] = cosine > 0 ? [0, 114, 178] : [213, 94, 0];
    const mix = (channel) => Math.round(255 + (channel - 255) * Math.min(1, Math.abs(cosine)));
    return `rgb(${mix(red)}, ${mix(green)}, ${mix(blue)})`;
  }

  function show(frame) {
    for (let pair = 0; pair < pairs; pair++) {
      const [image, text] = [point(frame, 0, pair), point(frame, 1, pair)];
      const [x1, y1, x2, y2] = [image[0], -image[1], text[0], -text[1]].map((value) => round(value * scale));
      set(find(".lines line")[pair], { x1, y1, x2, y2 });
      for (const group of find(".images")) set(group.children[pair], { transform: `translate(${x1} ${y1})` });
      set(find(".texts rect")[pair], { transform: `translate(${x2} ${y2})` });
      moveLabel(find(".labels text")[pair], text);
    }
    cells.forEach((cell, place) => {
      const [text, image] = [point(frame, 1, Math.floor(place / pairs)), point(frame, 0, place % pairs)];
      const dot = text[0] * image[0] + text[1] * image[1];
      const cosine = dot / Math.max(1e-9, Math.hypot(...text) * Math.hypot(...image));
      cell.textContent = (Math.round(cosine * 100) / 100 || 0).toFixed(2).replace("-", "\u2212");
      cell.style.background = colour(cosine);
      cell.style.color = cosine > 0.6 ? "#fff" : "#222";
    });
    const { x: cx, y: cy } = curve.points.getItem(frame);
    set(dot, { cx, cy });
    range.value = frame;
    said.textContent = `frame ${frame} of ${last}, loss ${losses[frame].toFixed(2)} nats`;
  }

  let timer = null;
  function pause() {
    clearInterval(timer);
    timer = null;
    button.textContent = "\u25B6 Play";
  }
  function play() {
    let frame = Number(range.value) === last ? 0 : Number(range.value);
    show(frame);
    button.textContent = "\u275A\u275A Pause";
    timer = setInterval(() => {
      if (!block.isConnected || frame === last) return pause();
      show(++frame);
      return undefined;
    }, Math.max(60, 5000 / last));
  }
  button.addEventListener("click", () => (timer ? pause() : play()));
  range.addEventListener("input", () => { pause(); show(Number(range.value)); });
  for (const still of find(".still")) still.remove();
  find(".controls")[0].hidden = false;
  pause();
  show(0);
}
