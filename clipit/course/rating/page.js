const block = document.currentScript.closest(".clipit-rating");
const { columns, rows, grades } = JSON.parse(block.dataset.sheet);
const given = rows.map(() => "");
const find = (name) => block.querySelector("." + name);
let at = 0;

// The cells are protected against formulas; on the page the apostrophe in front is not shown.
const shown = (text) => /^'[=+\-@\t\r]/.test(text) ? text.slice(1) : text;

const choose = (grade) => {
  given[at] = grade;
  at = Math.min(at + 1, rows.length - 1);
  draw();
};

const buttons = Object.entries(grades).map(([grade, said]) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = grade + " · " + said;
  button.addEventListener("click", () => choose(grade));
  find("grades").append(button);
  return [grade, button];
});

const draw = () => {
  const done = given.filter((grade) => grade).length;
  find("place").textContent = "Caption " + (at + 1) + " of " + rows.length + ", " + done + " graded";
  find("original").textContent = shown(rows[at][0]);
  find("translation").textContent = shown(rows[at][1]);
  buttons.forEach(([grade, button]) => button.classList.toggle("chosen", given[at] === grade));
  find("download").href = "data:text/csv;charset=utf-8," + encodeURIComponent("\ufeff" + toSheet(columns, rows, given));
  find("said").textContent = done === rows.length ? "All graded: take the sheet, and score it with the others'." : "";
  find("sheet").value = toSheet(columns, rows, given);
};

find("back").addEventListener("click", () => { at = Math.max(at - 1, 0); draw(); });
find("skip").addEventListener("click", () => choose(""));
find("copy").addEventListener("click", () => {
  find("sheet").hidden = false; // where copying is forbidden, it can be marked by hand
  find("sheet").select();
  navigator.clipboard?.writeText(toSheet(columns, rows, given)).then(
    () => { find("said").textContent = "Copied: paste it into a file that ends in .csv."; }, () => {});
});

find("desk").hidden = false;
find("still").hidden = true;
draw();
