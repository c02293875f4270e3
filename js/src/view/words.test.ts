import { expect, test } from "vitest";
import { bytes, duration, oneLine, readable, timeOfDay } from "./words";

test.each([
  [0, "0 ms"],
  [42, "42 ms"],
  [412, "0.4 s"],
  [9_940, "9.9 s"],
  [61_400, "1 min 1 s"],
  [-1, ""],
  [Number.NaN, ""],
  ["12", ""],
])("a duration of %j is %j", (value, said) => {
  expect(duration(value)).toBe(said);
});

test.each([
  [12, "12 bytes"],
  [120_400, "120 KB"],
  [3_400_000, "3.4 MB"],
  [undefined, ""],
])("a size of %j is %j", (value, said) => {
  expect(bytes(value)).toBe(said);
});

test("what is no time is no time", () => {
  expect(timeOfDay("soon")).toBe("");
  expect(timeOfDay(undefined)).toBe("");
  expect(timeOfDay("2026-11-22T09:30:00.000Z")).toMatch(/\d\d/);
});

test("a name is one short line of visible characters", () => {
  expect(oneLine("a\n\u202Eb\u0000c ")).toBe("a b c");
  expect(oneLine("x".repeat(200), 10)).toBe(`${"x".repeat(9)}…`);
  expect(oneLine({ a: 1 })).toBe("");
});

test("whatever a tool gives can be read", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  expect(readable({ a: [1] })).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(readable("as it is")).toBe("as it is");
  expect(readable(undefined)).toBe("");
  expect(readable(circle)).toBe("[object Object]");
});
