// A picture to words: which of some labels fits it, and how many things of a kind the model believes to see.

import { bars, get, make, newest } from "./elements.js";
import { dot, softmax } from "./model.js";

// The lines that are not empty.
export const linesOf = (text) => [...new Set(text.split("\n").map((line) => line.trim()).filter((line) => line))];

// A label in its sentence; a template without a place for it gets it behind.
export const sentence = (template, label) => (template.includes("{}") ? template.replaceAll("{}", label)
  : `${template} ${label}`).trim();

export async function shares(model, vector, texts) {
  const vectors = await model.encodeTexts(texts);
  return softmax(vectors.map((one) => dot(one, vector)), model.facts.logit_scale);
}

export function startLabels(model, chosen) {
  const [labels, template] = [get("labels"), get("template")];
  const meanings = Object.fromEntries(model.facts.things.map(({ phrases, gloss }) => [phrases[0], gloss]));

  const answer = newest(async () => {
    const [lines, picture] = [linesOf(labels.value), chosen()];
    get("label-hint").textContent = lines.length < 2 ? "Write at least two labels, one on a line." : "";
    if (lines.length < 2 || !picture) return get("label-shares").replaceChildren();
    const found = await shares(model, picture.vector, lines.map((line) => sentence(template.value, line)));
    const rows = lines.map((label, place) => ({ label, note: meanings[label] ?? "", share: found[place] }));
    return bars(get("label-shares"), rows.sort((one, other) => other.share - one.share));
  });

  labels.value = model.facts.labels.join("\n");
  template.placeholder = model.facts.template;
  for (const element of [labels, template]) element.lang = model.facts.language;
  for (const element of [labels, template]) element.addEventListener("input", answer);
  return answer;
}

export function startCounting(model, chosen) {
  const { things, written, language } = model.facts;
  const select = get("thing");
  get("counting").hidden = !things.length;

  const answer = newest(async () => {
    const [thing, picture] = [things[select.value], chosen()];
    if (!thing || !picture) return;
    const found = await shares(model, picture.vector, thing.phrases);
    const notes = written.map((value, place) => (place > 1 ? `written ${value.toFixed(2)} × as often as “two”` : ""));
    bars(get("counts"), thing.phrases.map((label, place) => ({ label, note: notes[place] ?? "", share: found[place] })));
  });

  select.replaceChildren(...things.map(({ name, gloss }, place) => make("option", { value: place, lang: language },
    gloss ? `${name} (${gloss})` : name)));
  select.addEventListener("change", answer);
  get("written").hidden = !written.length;

  // A thing that the caption names is the one to count.
  function guess(caption) {
    const words = ` ${caption.toLowerCase()} `;
    const named = ({ phrases }) => phrases.some((phrase) => words.includes(` ${phrase} `));
    const place = things.findIndex(named);
    if (place >= 0) select.value = place;
  }

  return { answer, guess };
}
