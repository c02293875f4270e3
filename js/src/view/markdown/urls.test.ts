import { expect, test } from "vitest";
import vectors from "../../../../conformance/urls.json";
import { judge, shown } from "./urls";

interface Vector {
  readonly name: string;
  readonly why: string;
  readonly href: string;
  readonly expected: string;
  readonly kind: string;
  readonly shown?: string;
}

const cases: readonly Vector[] = vectors;

test("there are 129 vectors, each with a name of its own", () => {
  expect(cases).toHaveLength(129);
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});

test.each(cases)("$kind: $name", ({ href, expected, shown: visible }) => {
  expect(judge(href)).toBe(expected);
  expect(shown(href, href.length + 1)).toBe(visible ?? href);
});

test("every link is written in full, and is one for the browser as well", () => {
  for (const { href } of cases.filter(({ expected }) => expected === "link")) {
    expect(["http:", "https:", "mailto:"]).toContain(new URL(href).protocol);
  }
});

test("a long address is cut where it is shown, between characters", () => {
  expect(shown("https://example.com/".padEnd(400, "x"))).toHaveLength(200);
  expect(shown("🙂🙂🙂🙂", 3)).toBe("🙂🙂…");
  expect(shown("abc", 3)).toBe("abc");
});

test("half a surrogate pair is no link and shows as a replacement character", () => {
  expect(judge("https://example.com/\ud83d")).toBe("text");
  expect(shown("a\ud83d")).toBe("a%EF%BF%BD");
});
