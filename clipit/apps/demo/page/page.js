// The page: opens the model, and joins its parts. Nothing is sent anywhere: the model computes here.

import { startCounting, startLabels } from "./asking.js";
import { fileOf, get, glossed, make } from "./elements.js";
import { startFinding } from "./finding.js";
import { loadModel } from "./model.js";
import { readPixels, square } from "./pictures.js";
import { startSearching } from "./searching.js";

const LARGEST = 2048; // pixels of a side; a photo is made smaller first, else a phone runs out of memory

// A picture of the gallery, whose vector is known; its pixels are read when they are needed.
function ofGallery(model, row) {
  const { image_size: side, border, pictures } = model.facts;
  const pixels = async () => {
    const image = new Image();
    image.src = fileOf(row);
    await image.decode();
    return square(readPixels(image, image.naturalWidth, image.naturalHeight), side, border);
  };
  return { ...pictures[row], address: fileOf(row), vector: model.gallery[row], pixels };
}

// A picture of the reader's.
async function ofFile(model, file) {
  const { image_size: side, border } = model.facts;
  const bitmap = await createImageBitmap(file); // turned as the camera says
  const smaller = Math.min(LARGEST / Math.max(bitmap.width, bitmap.height), 1);
  const [width, height] = [bitmap.width, bitmap.height].map((value) => Math.max(Math.round(value * smaller), 1));
  const pixels = square(readPixels(bitmap, width, height), side, border);
  const [vector] = await model.encodePictures([pixels]);
  return { caption: file.name, gloss: "", address: URL.createObjectURL(file), vector, pixels: async () => pixels, own: true };
}

function startPicture(model) {
  let picture = null;
  const chosen = () => picture;
  const label = startLabels(model, chosen);
  const counting = startCounting(model, chosen);
  const forget = startFinding(model, chosen);

  function show(next) {
    if (picture?.own) URL.revokeObjectURL(picture.address);
    picture = next;
    Object.assign(get("picture"), { src: picture.address, alt: picture.caption });
    get("picture-caption").replaceChildren(...glossed(picture, model.facts.language));
    if (model.facts.drawn && !picture.own) counting.guess(picture.caption);
    forget(picture.own ? "" : get("query").value);
    label();
    counting.answer();
  }

  function choose(row, look = false) {
    show(ofGallery(model, row));
    if (look) get("picture-part").scrollIntoView({ behavior: "smooth" });
    if (look) get("picture-title").focus({ preventScroll: true });
  }

  async function take(file) {
    if (!file) return;
    try {
      show(await ofFile(model, file));
      get("file-said").textContent = "";
    } catch {
      get("file-said").textContent = `${file.name} is no picture that this browser can open.`;
    }
  }

  get("file").addEventListener("change", (event) => take(event.target.files[0]));
  get("another").addEventListener("click", () => choose(Math.floor(Math.random() * model.facts.pictures.length)));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => { event.preventDefault(); take(event.dataTransfer.files[0]); });
  return choose;
}

function startChosen(model, choose) {
  const { chosen, pictures, language } = model.facts;
  get("chosen").hidden = !chosen.queries;
  if (!chosen.queries) return;

  function half(row, said) {
    const button = make("button", { type: "button" }, make("img", { src: fileOf(row), alt: pictures[row].caption,
      loading: "lazy", width: 96, height: 96 }), make("span", {}, said));
    button.addEventListener("click", () => choose(row, true));
    return button;
  }

  const card = ({ picture, rank, margin, wrong }) => make("li", { className: "card" },
    make("p", {}, ...glossed(pictures[picture], language)),
    make("div", { className: "halves" }, half(picture, rank === 1 ? `first, by ${margin}` : `meant: place ${rank}`),
      half(wrong, rank === 1 ? "best of the others" : "found first")));

  get("successes").replaceChildren(...chosen.successes.map(card));
  get("failures").replaceChildren(...chosen.failures.map(card));
  get("share-first").textContent = `${chosen.first} of ${chosen.queries}`;
}

async function start() {
  const begin = performance.now();
  try {
    const model = await loadModel();
    get("model").textContent = model.facts.model;
    get("credits").hidden = !model.facts.drawn;
    const choose = startPicture(model);
    startChosen(model, choose);
    await startSearching(model, choose);
    choose(0);
    get("parts").hidden = false;
    get("status").textContent = `The model “${model.facts.model}” runs in this page: nothing that you type or drop here ` +
      `leaves your machine. (Opened in ${((performance.now() - begin) / 1000).toFixed(1)} s)`;
  } catch (error) {
    get("status").textContent = `The model could not be opened (${error.message}).`;
    throw error;
  }
}

start();
