// Flashes pictures up, takes answers, and writes how many were right. Several blocks on a page do not meet.
for (const block of document.querySelectorAll(".clipit-flash:not([data-ready])")) {
  block.dataset.ready = "";
  const { pictures, counts, milliseconds } = JSON.parse(block.dataset.game);
  const find = (selector) => block.querySelector(selector);
  const [screen, start, answers, said] = [".screen", ".start", ".answers", ".said"].map(find);
  const cells = [...block.querySelectorAll("td.you")];
  let given = [];

  const say = (text) => { said.textContent = text; };
  const wait = (time) => new Promise((done) => setTimeout(done, time));

  async function show() {
    answers.hidden = true;
    say(`Picture ${given.length + 1} of ${pictures.length}: look at the cross.`);
    screen.textContent = "+";
    await wait(700);
    screen.textContent = "";
    screen.style.backgroundImage = `url(${pictures[given.length]})`;
    await wait(milliseconds);
    screen.style.backgroundImage = "repeating-conic-gradient(#888 0 25%, #bbb 0 50%)"; // covers what the eye keeps
    screen.style.backgroundSize = "16px 16px";
    await wait(250);
    screen.style.backgroundImage = "";
    screen.style.backgroundSize = "";
    say("How many things were there?");
    answers.hidden = false;
  }

  function answer(number) {
    given.push(number);
    if (given.length < pictures.length) return show();
    answers.hidden = true;
    start.hidden = false;
    start.textContent = "Once more";
    cells.forEach((cell, row) => {
      const shown = counts.map((count, place) => [count, given[place]]).filter(([count]) => count === row + 1);
      cell.textContent = `${shown.filter(([count, told]) => count === told).length} of ${shown.length}`;
    });
    say("Done: your answers are in the last column.");
  }

  find(".play").hidden = false;
  say(`${pictures.length} pictures, each for ${milliseconds} thousandths of a second.`);
  start.addEventListener("click", () => { given = []; start.hidden = true; show(); });
  for (const button of answers.querySelectorAll("button")) {
    button.addEventListener("click", () => { if (!answers.hidden) answer(Number(button.textContent)); });
  }
}
