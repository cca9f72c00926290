// Small helpers for the page's elements.

export const get = (id) => document.getElementById(id);

// An element with properties and children; text is a child too, so that nothing that is typed becomes HTML.
export function make(name, properties = {}, ...children) {
  const { data = {}, aria = {}, ...plain } = properties;
  const element = Object.assign(document.createElement(name), plain);
  Object.assign(element.dataset, data);
  for (const key in aria) element.setAttribute(`aria-${key}`, aria[key]);
  element.append(...children);
  return element;
}

export const fileOf = (row) => `pictures/${String(row).padStart(4, "0")}.webp`;

// A caption, and behind it what it means in English.
export function glossed({ caption, gloss }, language) {
  const text = make("span", { lang: language }, caption);
  return gloss ? [text, make("span", { className: "gloss", lang: "en" }, ` ${gloss}`)] : [text];
}

// Bars with shares; rows are {label, gloss, share}.
export function bars(element, rows) {
  element.replaceChildren(...rows.map(({ label, note = "", share }) => {
    const bar = make("span", { className: "bar" });
    bar.style.setProperty("--share", share);
    return make("li", {}, make("span", { className: "named" }, label, make("span", { className: "gloss" }, ` ${note}`)),
      make("span", { className: "share" }, `${(100 * share).toFixed(1)} %`), bar);
  }));
}

// Runs an asynchronous action for the newest wish only: who types quickly does not wait for every letter.
export function newest(action) {
  let [running, wished] = [false, false];
  return async function wish() {
    wished = true;
    if (running) return;
    running = true;
    try {
      while (wished) { wished = false; await action(); }
    } finally {
      running = false;
    }
  };
}
