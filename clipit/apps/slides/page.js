// One slide at a time: arrows, space, Page Up and Down, Home and End, a click or a swipe; the address keeps the place.
const root = document.documentElement;
const slides = [...document.querySelectorAll("main > section")];
const place = document.querySelector(".bar .place");
let current = 0;

const theme = (name) => { root.dataset.theme = name; };
theme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

function fit(slide) {
  // Smaller letters where a slide would need more room than the window has.
  for (let size = 1; size > 0.5; size -= 0.05) {
    slide.style.setProperty("--fit", size);
    if (slide.scrollHeight <= slide.clientHeight + 1) return;
  }
}

function show(number, answered) {
  current = Math.min(Math.max(number, 0), slides.length - 1);
  slides.forEach((slide, index) => slide.classList.toggle("shown", index === current));
  for (const step of slides[current].querySelectorAll(".step")) step.classList.toggle("later", !answered);
  place.textContent = `${current + 1} / ${slides.length}`;
  history.replaceState(null, "", `#${current + 1}`);
  fit(slides[current]);
}

function on() {
  const step = slides[current].querySelector(".step.later");
  if (step) step.classList.remove("later");
  else if (current + 1 < slides.length) show(current + 1, false);
}

const back = () => show(current - 1, true);
const keys = {
  ArrowRight: on, ArrowDown: on, PageDown: on, " ": on, Enter: on,
  ArrowLeft: back, ArrowUp: back, PageUp: back, Backspace: back,
  Home: () => show(0, false), End: () => show(slides.length - 1, true),
  d: () => theme(root.dataset.theme === "dark" ? "light" : "dark"),
};
const touched = (event) => event.target.closest("a, button, input, select, summary, svg, .block");
// A button that was pressed keeps the keys that press it, and not the arrows.
const taken = (event) => touched(event) && (!event.target.closest(".bar") || [" ", "Enter"].includes(event.key));

if (slides.length > 1) {
  root.classList.add("one");
  document.querySelector(".bar").hidden = false;
  document.querySelector(".bar .back").addEventListener("click", back);
  document.querySelector(".bar .on").addEventListener("click", on);
  document.querySelector(".bar .theme").addEventListener("click", keys.d);
  addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey || taken(event)) return;
    event.preventDefault();
    keys[event.key]();
  });
  document.querySelector("main").addEventListener("click", (event) => {
    if (!touched(event) && !getSelection().toString()) on();
  });
  addEventListener("resize", () => fit(slides[current]));
  addEventListener("hashchange", () => show(Number(location.hash.slice(1)) - 1, false));
  show((Number(location.hash.slice(1)) || 1) - 1, false);
}
