// The sheet as a spreadsheet wants it: everything in quotation marks, which are doubled inside, and "\r\n" between rows.
const quoted = (text) => '"' + String(text).replaceAll('"', '""') + '"';

const toSheet = (columns, rows, given) =>
  [columns, ...rows.map((row, place) => [place + 1, ...row, given[place], ""])]
    .map((cells) => cells.map(quoted).join(",") + "\r\n")
    .join("");

if (typeof module !== "undefined") module.exports = { toSheet };
