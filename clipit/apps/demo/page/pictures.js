// From a picture of any size to what the image encoder reads, in the same steps as clipit's Preprocess: cut out the
// middle, resize, normalise. Browsers resize each in their own way, so the resizing is done here, as Pillow does it.

const GREY = 127; // of the window that covers a part of a picture

// Pixels {data, width, height} of something that can be drawn, three bytes each; transparent parts become white.
export function readPixels(source, width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(source, 0, 0, width, height);
  const four = context.getImageData(0, 0, width, height).data;
  return { data: four.filter((_, place) => place % 4 < 3), width, height };
}

function cubic(distance) { // Pillow's BICUBIC
  const [x, a] = [Math.abs(distance), -0.5];
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

// Which pixels of a row, and how much of each, make the pixels of a shorter row. Where a picture is made smaller,
// each new pixel is a mean over all the old ones that it covers: without that, fine patterns would flicker.
function weightsOf(from, length, start, side) {
  const scale = length / side;
  const wide = Math.max(scale, 1);
  return Array.from({ length: side }, (_, place) => {
    const center = start + (place + 0.5) * scale;
    const first = Math.max(Math.floor(center - 2 * wide + 0.5), 0);
    const last = Math.min(Math.floor(center + 2 * wide + 0.5), from);
    const parts = Array.from({ length: last - first }, (_, i) => cubic((first + i - center + 0.5) / wide));
    const sum = parts.reduce((total, part) => total + part, 0);
    return { first, parts: parts.map((part) => part / sum) };
  });
}

// One direction at a time: rows that are `step` bytes from pixel to pixel, and `next` bytes from row to row.
function resizeRows(data, rows, weights, [step, next], [newStep, newNext]) {
  const result = new Uint8ClampedArray(rows * weights.length * 3); // it rounds, and keeps to 0 ... 255
  for (let row = 0; row < rows; row++) {
    weights.forEach(({ first, parts }, place) => {
      for (let colour = 0; colour < 3; colour++) {
        let sum = 0;
        for (let i = 0; i < parts.length; i++) sum += parts[i] * data[row * next + (first + i) * step + colour];
        result[row * newNext + place * newStep + colour] = sum;
      }
    });
  }
  return result;
}

// The middle of a picture as side x side pixels. The border is a share of the shorter side, cut off on each side.
export function square({ data, width, height }, side, border = 0) {
  const length = Math.min(width, height) * (1 - 2 * border);
  if (width === side && height === side && (!border || length === side)) return data;
  const across = weightsOf(width, length, (width - length) / 2, side);
  const down = weightsOf(height, length, (height - length) / 2, side);
  const narrow = resizeRows(data, height, across, [3, 3 * width], [3, 3 * side]);
  return resizeRows(narrow, side, down, [3 * side, 3], [3 * side, 3]);
}

// Bytes to the numbers that the encoder was trained on.
export function normalise(pixels, { mean, deviation }) {
  return Float32Array.from(pixels, (value, place) => (value / 255 - mean[place % 3]) / deviation[place % 3]);
}

// Places of a window that moves over a picture; the last of a row or column ends where the picture does.
export function placesOf(side, wide, stride) {
  const starts = [];
  for (let start = 0; start < side - wide; start += stride) starts.push(start);
  starts.push(side - wide);
  return starts.flatMap((top) => starts.map((left) => ({ top, left })));
}

// A copy of a picture with a grey window on it.
export function covered(pixels, side, { top, left }, wide) {
  const copy = pixels.slice();
  for (let row = top; row < top + wide; row++) copy.fill(GREY, (row * side + left) * 3, (row * side + left + wide) * 3);
  return copy;
}
