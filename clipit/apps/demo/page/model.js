// The model in the page: two ONNX files, computed by onnxruntime-web in one thread of WebAssembly.

import { normalise } from "./pictures.js";
import { createTokenizer } from "./tokenizer.js";

export const dot = (one, other) => one.reduce((sum, value, place) => sum + value * other[place], 0);

// Shares that add up to one. The largest is subtracted first, so that no number overflows.
export function softmax(similarities, scale) {
  const most = Math.max(...similarities);
  const parts = similarities.map((value) => Math.exp(scale * (value - most)));
  const sum = parts.reduce((total, part) => total + part, 0);
  return parts.map((part) => part / sum);
}

// Knows no page and no network, so that tests can run it elsewhere. The files are bytes.
export async function createModel(ort, facts, tokenizerFile, imageFile, textFile) {
  const tokenizer = createTokenizer(tokenizerFile, facts);
  const quiet = { logSeverityLevel: 3 }; // it would tell of every number that it does not need
  const image = await ort.InferenceSession.create(imageFile, quiet);
  const text = await ort.InferenceSession.create(textFile, quiet);
  let turn = Promise.resolve(); // a session computes one thing at a time: whoever asks meanwhile, waits

  function inTurn(work) {
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  }

  const rows = ({ data, dims: [n, dim] }) => Array.from({ length: n }, (_, row) => data.slice(row * dim, (row + 1) * dim));

  // A vector of length one for each text.
  function encodeTexts(texts) {
    const shape = [texts.length, facts.max_tokens];
    const encoded = texts.map((one) => tokenizer.encode(one, facts.max_tokens));
    const tensor = (part) => new ort.Tensor("int32", Int32Array.from(encoded.flatMap((one) => one[part])), shape);
    return inTurn(async () => rows((await text.run({ input_ids: tensor("ids"), attention_mask: tensor("mask") })).embeddings));
  }

  // The same for pictures that are bytes of the right size.
  function encodePictures(pictures) {
    const [side, length] = [facts.image_size, facts.image_size ** 2 * 3];
    const pixels = new Float32Array(pictures.length * length);
    pictures.forEach((one, row) => pixels.set(normalise(one, facts), row * length));
    const tensor = new ort.Tensor("float32", pixels, [pictures.length, side, side, 3]);
    return inTurn(async () => rows((await image.run({ pixels: tensor })).embeddings));
  }

  return { facts, tokenizer, encodeTexts, encodePictures };
}

async function get(name) {
  const answer = await fetch(name);
  if (!answer.ok) throw new Error(`${name} is missing`);
  return answer;
}

const bytes = async (name) => new Uint8Array(await (await get(name)).arrayBuffer());

async function unpacked(name) {
  const { body } = await get(name);
  return new Response(body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

// Everything that lies beside the page: the model, and the vectors of the gallery.
export async function loadModel() {
  const [ort, program, facts, tokenizer, image, text, vectors] = await Promise.all([
    import("./runtime/ort.js"), unpacked("runtime/ort.wasm.packed"),
    get("demo.json").then((answer) => answer.json()), get("tokenizer.json").then((answer) => answer.json()),
    bytes("image_encoder.onnx"), bytes("text_encoder.onnx"), bytes("vectors.bin")]);
  ort.env.wasm.numThreads = 1; // more need headers that not every host sends
  ort.env.wasm.wasmPaths = { mjs: new URL("runtime/starter.js", import.meta.url).href };
  ort.env.wasm.wasmBinary = program;
  ort.env.logLevel = "error";
  const model = await createModel(ort, facts, tokenizer, image, text);
  const all = new Float32Array(vectors.buffer);
  model.gallery = facts.pictures.map((_, row) => all.subarray(row * facts.dim, (row + 1) * facts.dim));
  return model;
}
