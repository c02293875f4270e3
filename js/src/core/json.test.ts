import { expect, test } from "vitest";
import { sameJson } from "./json";

test("JSON is equal by value", () => {
  expect(sameJson({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toBe(true);
  expect(sameJson({ a: 1 }, { b: 1 })).toBe(false);
  expect(sameJson([], {})).toBe(false);
  expect(sameJson([true], [1])).toBe(false);
});
