import { expect, test } from "vitest";
import { vectors } from "../../test/vectors";
import { complaint } from "./arguments";

interface ArgumentsVector {
  readonly name: string;
  readonly schema: unknown;
  readonly args: unknown;
  readonly expected?: string;
}

const VECTORS = vectors<ArgumentsVector>("arguments.json");

test("no vector is lost by the loader", () => {
  expect(VECTORS.length).toBe(88);
  expect(VECTORS.filter(({ expected }) => expected !== undefined).length).toBe(46);
});

test.each(VECTORS)("$name", ({ schema, args, expected }) => {
  expect(complaint(args, schema)).toBe(expected);
});

test.each([
  { $ref: "#" },
  { allOf: [{ $ref: "#" }, { $ref: "#" }] },
  { anyOf: Array(9).fill({ $ref: "#" }) },
  { not: { $ref: "#" } },
  { properties: { a: { uniqueItems: true } } },
  { properties: { a: { items: { pattern: "(a+)+$" } } } },
])("a schema that never ends allows what it cannot judge", (schema) => {
  const a = Array(300).fill(`${"a".repeat(5_000)}!`);
  expect(complaint({ a }, schema)).toBeUndefined();
});
