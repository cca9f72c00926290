// Where in the picture is it? A grey window moves over the picture, and where the similarity to the words falls most,
// there it is (Zeiler and Fergus 2014). The same sums as clipit.evaluation.occlusion_map.

import { get } from "./elements.js";
import { dot } from "./model.js";
import { covered, placesOf } from "./pictures.js";

const BATCH = 13; // pictures at a time: few enough for the page to answer in between
const COLOURS = [[0, 32, 77], [65, 77, 107], [124, 123, 120], [188, 174, 108], [255, 234, 70]]; // cividis, for every eye

export const windowOf = (side) => ({ wide: Math.max(side >> 2, 1), stride: Math.max(side >> 4, 1) });

// How much the similarity falls when a pixel is covered, the mean over all windows that cover it.
export async function occlusionMap(model, pixels, vector, goOn) {
  const side = model.facts.image_size;
  const { wide, stride } = windowOf(side);
  const places = placesOf(side, wide, stride);
  const [total, times] = [new Float64Array(side * side), new Float64Array(side * side)];
  const [whole] = await model.encodePictures([pixels]);
  for (let start = 0; start < places.length; start += BATCH) {
    const part = places.slice(start, start + BATCH);
    const vectors = await model.encodePictures(part.map((place) => covered(pixels, side, place, wide)));
    vectors.forEach((one, i) => add(part[i], dot(whole, vector) - dot(one, vector)));
    if (!await goOn((start + part.length) / places.length)) return null; // somebody wants another map
  }

  function add({ top, left }, drop) {
    for (let row = top; row < top + wide; row++) {
      for (let column = left; column < left + wide; column++) {
        total[row * side + column] += drop;
        times[row * side + column] += 1;
      }
    }
  }

  return { heat: total.map((value, place) => value / times[place]), similarity: dot(whole, vector) };
}

function colour(share) {
  const place = Math.min(Math.max(share, 0), 1) * (COLOURS.length - 1);
  const low = Math.min(Math.floor(place), COLOURS.length - 2);
  return COLOURS[low].map((value, i) => value + (place - low) * (COLOURS[low + 1][i] - value));
}

// The picture in grey, and the heat over it.
function draw(canvas, pixels, side, heat) {
  Object.assign(canvas, { width: side, height: side });
  const image = canvas.getContext("2d").createImageData(side, side);
  const most = Math.max(...heat, 1e-9);
  heat.forEach((value, place) => {
    const grey = (pixels[3 * place] + pixels[3 * place + 1] + pixels[3 * place + 2]) / 3;
    const shown = colour(value / most).map((one) => 0.65 * one + 0.35 * grey);
    image.data.set([...shown, 255], 4 * place);
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// In words, for those who do not see the map.
function placeInWords(heat, side) {
  const hottest = heat.indexOf(Math.max(...heat));
  const third = (value) => Math.min(Math.floor(3 * value / side), 2);
  const [row, column] = [third(Math.floor(hottest / side)), third(hottest % side)];
  return `${["at the top", "in the middle", "at the bottom"][row]}${[", left", "", ", right"][column]}`;
}

export function startFinding(model, chosen) {
  const [button, canvas, said] = [get("locate"), get("heat"), get("located")];
  let asked = 0;

  async function locate(event) {
    event.preventDefault();
    const [mine, text, picture, start] = [++asked, get("where").value.trim(), chosen(), performance.now()];
    if (!text || !picture) { said.textContent = "Say what to look for in the picture."; return; }
    const [vector] = await model.encodeTexts([text]);
    const pixels = await picture.pixels();
    const found = await occlusionMap(model, pixels, vector, async (share) => {
      said.textContent = `Covering part after part: ${Math.round(100 * share)} %`;
      await new Promise((done) => setTimeout(done)); // lets the page draw, and answer
      return mine === asked;
    });
    if (!found) return;
    draw(canvas, pixels, model.facts.image_size, found.heat);
    canvas.hidden = get("heat-key").hidden = false;
    const most = Math.max(...found.heat);
    const where = most > 0 ? `It falls most ${placeInWords(found.heat, model.facts.image_size)}, by ${most.toFixed(3)}.`
      : "Covering makes it fall nowhere: no single part of the picture is what the words need.";
    said.textContent = `The similarity is ${found.similarity.toFixed(3)}. ${where} ` +
      `(${((performance.now() - start) / 1000).toFixed(1)} s)`;
    canvas.setAttribute("aria-label", `Map for “${text}”. ${where}`);
  }

  get("where").lang = model.facts.language;
  get("where-form").addEventListener("submit", locate);
  button.disabled = false;

  // Another picture: the old map is not its map.
  return function forget(caption) {
    asked += 1;
    canvas.hidden = get("heat-key").hidden = true;
    said.textContent = "";
    if (caption) get("where").value = caption;
  };
}
