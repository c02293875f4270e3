import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL(".", import.meta.url));
const SOURCES = readdirSync(ROOT, { recursive: true, encoding: "utf8" }).filter(
  (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
);

/** The sources that hold `pattern`. */
function holding(pattern: RegExp): string[] {
  return SOURCES.filter((file) => pattern.test(readFileSync(ROOT + file, "utf8")));
}

test("all sources are looked at", () => {
  expect(SOURCES).toContain("widget.ts");
  expect(SOURCES.length).toBeGreaterThan(50);
});

test("no source makes elements from a string", () => {
  expect(holding(/\b(innerHTML|outerHTML)\b/)).toEqual([]);
  expect(holding(/\b(insertAdjacentHTML|setHTML\w*|document\.write\w*)\(/)).toEqual([]);
  expect(holding(/createContextualFragment|\beval\(|new Function/)).toEqual([]);
});

test("only names of entities and a tool's HTML are read by a parser, which runs nothing", () => {
  expect(holding(/DOMParser/)).toEqual(["more/html.ts", "view/markdown/entities.ts"]);
});

test("no source writes to a synced trait", () => {
  expect(holding(/save_changes|model\.set\(/)).toEqual([]);
});
