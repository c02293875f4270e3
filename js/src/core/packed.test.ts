/** Frames that Python packed, read as a page reads them, come to what the log comes to. */

import { expect, it } from "vitest";
import { type FoldVector, vectors } from "../../test/vectors";
import { encode } from "./codec";
import { emptyConversation } from "./conversation";
import { fold } from "./fold";
import { FrameReader } from "./frames";

interface Packed {
  readonly name: string;
  readonly frames: readonly unknown[];
}

const VECTORS = vectors<Packed>("packed.json");
const CASES = VECTORS.map((vector): [string, Packed] => [vector.name, vector]);
const EXPECTED = new Map(vectors<FoldVector>("fold.json").map((v) => [v.name, v.expected]));

it("has all vectors", () => {
  expect(VECTORS.length).toBe(33);
});

it.each(CASES)("%s", (name, { frames }) => {
  const reader = new FrameReader("s");
  let conversation = emptyConversation();
  for (const frame of frames) {
    const events = reader.read(frame, conversation);
    expect(events, JSON.stringify(frame)).toBeDefined();
    conversation = fold(events ?? [], conversation);
  }
  expect(encode(conversation)).toEqual(EXPECTED.get(name));
});
