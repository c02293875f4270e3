import { expect, it } from "vitest";
import { type CodecVector, throughJson, vectors } from "../../test/vectors";
import { decodeConversation, decodeEvent, encode, ProtocolError } from "./codec";
import { decodeCommand, encodeCommand } from "./commandCodec";

const VECTORS = vectors<CodecVector>("events.json");
const CASES = VECTORS.map((vector): [string, CodecVector] => [vector.name, vector]);

function roundTrip(what: CodecVector["what"], raw: unknown): unknown {
  if (what === "command") return throughJson(encodeCommand(decodeCommand(raw)));
  return throughJson(encode(what === "event" ? decodeEvent(raw) : decodeConversation(raw)));
}

it("has all vectors", () => {
  expect(VECTORS.length).toBe(51);
  expect(VECTORS.filter((vector) => vector.error !== undefined).length).toBe(25);
});

it.each(CASES)("%s", (_name, { what, raw, expected, error }) => {
  if (error !== undefined) {
    expect(() => roundTrip(what, raw)).toThrow(ProtocolError);
    expect(() => roundTrip(what, raw)).toThrow(error);
    return;
  }
  expect(roundTrip(what, raw)).toEqual(expected);
  expect(roundTrip(what, roundTrip(what, raw))).toEqual(expected);
});

it("leaves what is undefined away", () => {
  expect(Object.keys(Object(encode({ a: undefined, b: null })))).toEqual(["b"]);
});
