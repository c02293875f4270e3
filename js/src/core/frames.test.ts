import { expect, it } from "vitest";
import { type FrameVector, vectors } from "../../test/vectors";
import { decodeEvent, encode } from "./codec";
import { crc32, utf8 } from "./crc32";
import type { SessionEvent } from "./events";
import { fold } from "./fold";
import { FrameReader } from "./frames";

const VECTORS = vectors<FrameVector>("frames.json");
const CASES = VECTORS.map((vector): [string, FrameVector] => [vector.name, vector]);

/** All that came of the frames; the last undefined if it asked for a resync. */
function readAll(vector: FrameVector): (readonly SessionEvent[] | undefined)[] {
  const reader = new FrameReader("s");
  let conversation = fold(vector.before.map(decodeEvent));
  return vector.frames.map((frame) => {
    const events = reader.read(frame, conversation);
    conversation = fold(events ?? [], conversation);
    return events;
  });
}

it("has all vectors", () => {
  expect(VECTORS.length).toBe(29);
  expect(VECTORS.filter((vector) => vector.resync).length).toBe(14);
});

it.each(CASES)("%s", (_name, vector) => {
  const read = readAll(vector);
  expect(read.indexOf(undefined)).toBe(vector.resync ? read.length - 1 : -1);
  if (!vector.resync) expect(read.flat().map(encode)).toEqual(vector.expected);
});

it.each(CASES)("changes nothing that is held: %s", (_name, vector) => {
  const conversation = fold(vector.before.map(decodeEvent));
  const before = JSON.stringify(encode(conversation));
  const reader = new FrameReader();
  for (const frame of vector.frames) reader.read(frame, conversation);
  expect(JSON.stringify(encode(conversation))).toBe(before);
});

it("computes the check value of CRC-32", () => {
  expect(crc32(utf8("123456789"))).toBe(0xcbf43926);
});
