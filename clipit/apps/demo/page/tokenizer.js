// WordPiece as BERT does it: the same numbers for the same captions as clipit's tokenizer gives in Python.
// Four steps: tidy the text, cut it into words, cut each word into pieces that are in the vocabulary, number these.

const CONTROL = /[\p{C}\uFFFD]/u; // invisible characters; line ends and tabs are among them, but are spaces here
const SPACE = /[\p{White_Space}]/u;
const PUNCTUATION = /[\p{P}$+<=>^`|~]/u; // BERT counts these ASCII symbols as punctuation too
const CHINESE = /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/u; // as BERT has them

// Each letter alone, as Python's tokenizer does it: JavaScript would write a last Greek sigma differently.
const lowered = (text) => Array.from(text, (letter) => letter.toLowerCase()).join("");

function tidy(text, { clean_text: clean, handle_chinese_chars: apart, strip_accents: strip, lowercase }) {
  let letters = [...text];
  if (clean) letters = letters.filter((one) => "\t\n\r".includes(one) || !CONTROL.test(one));
  if (apart) letters = letters.map((one) => (CHINESE.test(one) ? ` ${one} ` : one));
  let tidied = letters.join("");
  if (strip ?? lowercase) tidied = tidied.normalize("NFD").replace(/\p{Mn}/gu, "");
  return lowercase ? lowered(tidied) : tidied;
}

function cut(text) {
  const words = [""];
  for (const letter of text) {
    if (SPACE.test(letter)) words.push("");
    else if (PUNCTUATION.test(letter)) words.push(letter, "");
    else words[words.length - 1] += letter;
  }
  return words.filter((word) => word);
}

// The longest piece of the vocabulary that the word begins with, then the longest of the rest, and so on.
function pieces(word, { vocab, unk_token: unknown, continuing_subword_prefix: inside, max_input_chars_per_word: most }) {
  const letters = [...word];
  if (letters.length > most) return [unknown];
  const found = [];
  for (let start = 0; start < letters.length;) {
    let end = letters.length;
    const piece = () => (start ? inside : "") + letters.slice(start, end).join("");
    while (end > start && !Object.hasOwn(vocab, piece())) end -= 1;
    if (end === start) return [unknown]; // a letter that was never seen: the whole word is lost
    found.push(piece());
    start = end;
  }
  return found;
}

// The words of a text, each with its pieces. Names in brackets, such as [MASK], are pieces if they are typed in full.
export function createTokenizer({ model, normalizer, added_tokens: added }, { begin, end, pad, cut: most }) {
  const special = added.map(({ content }) => content);
  const escaped = special.map((name) => name.replace(/[[\]\\^$.*+?()|{}]/g, "\\$&"));
  const borders = new RegExp(`(${escaped.join("|")})`);

  function words(text) {
    const parts = special.length ? text.split(borders) : [text];
    return parts.flatMap((part) => (special.includes(part) ? [{ word: part, pieces: [part] }]
      : cut(tidy(part, normalizer)).map((word) => ({ word, pieces: pieces(word, model) }))));
  }

  const numberOf = (piece) => model.vocab[piece] ?? added.find(({ content }) => content === piece).id;

  // Token numbers, cut where Python cuts them; with a length also filled up to it, and a mask that is 1 on tokens.
  function encode(text, length = 0) {
    const inner = words(text).flatMap((one) => one.pieces).slice(0, most - 2);
    const ids = [begin, ...inner.map(numberOf), end];
    const filled = (values, value) => [...values, ...Array(Math.max(length - ids.length, 0)).fill(value)];
    return { ids: filled(ids, pad), mask: filled(ids.map(() => 1), 0) };
  }

  const unknown = model.unk_token;
  return { words, encode, isUnknown: ({ pieces: found }) => found[0] === unknown };
}
