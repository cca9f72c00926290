// Words to pictures: the query's vector is compared with those of the whole gallery, while one types.

import { fileOf, get, glossed, make, newest } from "./elements.js";
import { dot } from "./model.js";

const SHOWN = 12;

// Rows of the gallery, the most similar first.
export function ranked(vector, gallery) {
  const similarities = gallery.map((picture) => dot(picture, vector));
  const rows = gallery.map((_, row) => row).sort((one, other) => similarities[other] - similarities[one] || one - other);
  return rows.map((row) => ({ row, similarity: similarities[row] }));
}

// What the tokenizer made of words that are not in its vocabulary.
export function strange(words, isUnknown) {
  return words.filter((one) => one.pieces.length > 1 || isUnknown(one)).map((one) => (isUnknown(one)
    ? `“${one.word}” has letters that the model has never seen: it counts as an unknown word.`
    : `“${one.word}” is no word of the model's vocabulary: it reads the pieces ${one.pieces.join(" ")}.`));
}

// Word by word, the longest names first: "light blue" may be one word there and two here.
export function wordByWord(words, glosses) {
  const found = [];
  for (let start = 0; start < words.length;) {
    let end = Math.min(start + 3, words.length);
    const name = () => words.slice(start, end).join(" ");
    while (end > start + 1 && !Object.hasOwn(glosses, name())) end -= 1;
    if (Object.hasOwn(glosses, name())) found.push(`${name()} = ${glosses[name()]}`);
    start = end;
  }
  return found.join(", ");
}

// As clipit search: single letters are no words, but a Chinese character (a letter without capitals) is.
const means = (words) => words.some(({ pieces }) => pieces.filter((piece) => !piece.startsWith("["))
  .map((piece) => piece.replace("##", "")).some((piece) => piece.length > 1 || /^\p{Lo}$/u.test(piece)));

export function startSearching(model, choose) {
  const { facts, tokenizer } = model;
  const query = get("query");

  function result({ row, similarity }) {
    const picture = facts.pictures[row];
    const image = make("img", { src: fileOf(row), alt: "", width: 128, height: 128 });
    const button = make("button", { type: "button", className: "found", title: "Look at this picture below" }, image,
      make("span", { className: "similarity" }, similarity.toFixed(3)), make("span", {}, ...glossed(picture, facts.language)));
    button.addEventListener("click", () => choose(row, true));
    return make("li", {}, button);
  }

  const search = newest(async () => {
    const text = query.value.trim();
    const words = tokenizer.words(text);
    get("word-by-word").textContent = wordByWord(words.map(({ word }) => word), facts.glosses);
    get("strange").replaceChildren(...strange(words, tokenizer.isUnknown).map((said) => make("li", {}, said)));
    if (!text || !means(words)) {
      get("found").replaceChildren();
      get("searched").textContent = text ? "The model knows no word of this." : "Say what to look for.";
      return;
    }
    const start = performance.now();
    const [vector] = await model.encodeTexts([text]);
    const best = ranked(vector, model.gallery).slice(0, SHOWN);
    const took = Math.round(performance.now() - start);
    get("found").replaceChildren(...best.map(result));
    get("searched").textContent = `The ${best.length} most similar of ${facts.pictures.length} pictures, in ${took} ms. ` +
      "The number is the cosine similarity, at most 1.";
  });

  function example([text, gloss]) {
    const button = make("button", { type: "button", className: "chip" }, ...glossed({ caption: text, gloss }, facts.language));
    button.addEventListener("click", () => { query.value = text; search(); });
    return make("li", {}, button);
  }

  query.lang = facts.language;
  query.addEventListener("input", search);
  get("search-form").addEventListener("submit", (event) => { event.preventDefault(); search(); });
  get("examples").replaceChildren(...facts.examples.map(example));
  query.value = query.value || (facts.examples[0] ?? [""])[0];
  return search();
}
