// @vitest-environment jsdom
import { describe, expect, test } from "vitest";
import { completeInline, settled } from "./complete";
import { MarkdownStream } from "./index";

describe("an unfinished sentence is completed", () => {
  test.each([
    ["plain", "plain"],
    ["**bold", "**bold**"],
    ["**bold ", "**bold** "],
    ["**bold*", "**bold**"],
    ["**bold**", "**bold**"],
    ["a *b **c", "a *b **c***"],
    ["***both", "***both***"],
    ["***both***", "***both***"],
    ["_a_ and _b", "_a_ and _b_"],
    ["snake_case_name", "snake_case_name"],
    ["2 * 3 * 4", "2 * 3 * 4"],
    ["~~gone", "~~gone~~"],
    ["`code", "`code`"],
    ["``a ` b", "``a ` b``"],
    ["`a*b` *c", "`a*b` *c*"],
    ["*in `code", "*in `code`*"],
    ["text **", "text "],
    ["text `", "text "],
    ["text \\", "text "],
    ["\\*not", "\\*not"],
    ["[label](https://exam", "[label](<>)"],
    ["[label](", "[label](<>)"],
    ['[label](https://example.com "tit', "[label](<>)"],
    ["[label](https://example.com)", "[label](https://example.com)"],
    ["**[label](https://exam", "**[label](<>)**"],
    ["![alt](https://exam", "![alt](<>)"],
    ["a & b &am", "a & b "],
    ["a](b", "a](b"],
  ])("%j becomes %j", (text, expected) => {
    expect(completeInline(text)).toBe(expected);
  });
});

describe("the end that is too young to draw waits", () => {
  test.each([
    ["text\n-", "text\n"],
    ["text\n==", "text\n"],
    ["text\n**", "text\n"],
    ["text\n- [ ", "text\n"],
    ["- a\n  - ", "- a\n"],
    ["text\n1.", "text\n"],
    ["text\n42", "text\n42"],
    ["text\n\n```py", "text\n\n"],
    ["> ~~~ js", ""],
    ["text `` code", "text `` code"],
    ["[a]: https://exam", ""],
    ["text\n\n| a | b |", "text"],
    ["| a | b |\n|--", ""],
    ["| a | b |\n|---|---|\n| 1 | 2", "| a | b |\n|---|---|\n| 1 | 2"],
    ["text\n\n## Head", "text\n\n## Head"],
    ["", ""],
  ])("%j shows %j", (text, expected) => {
    expect(settled(text)).toBe(expected);
  });
});

/** What a reader sees after each character, repeats left out. */
function frames(text: string): string[] {
  const root = document.createElement("div");
  const stream = new MarkdownStream(root);
  const seen = new Set<string>();
  for (const character of text) {
    stream.push(character);
    stream.flush();
    seen.add(root.textContent);
  }
  return [...seen];
}

test.each([
  "Some **bold** and *slanted* and `code` and ~~old~~ text\n",
  "- item **bold**\n- [x] done `code`\n\n1. one\n2. two\n",
  "### Head **bold**\n\ntext\n\n---\n\nmore\n",
  "> quoted *text*\n> - item\n",
  "a [label](https://example.com/path) b ![cat](https://example.com/cat.png)\n",
  "| a | b |\n|---|:-:|\n| 1 | **2** |\n",
  "text\n\n```py\nx = 1\n```\n",
])("no mark flashes up while it comes: %j", (text) => {
  const label = /[*`~#|>]|-{2}|\]\(|\[x\]/;
  expect(frames(text).filter((frame) => label.test(frame))).toEqual([]);
});

test("a bare address is no link until the word is whole", () => {
  const root = document.createElement("div");
  const stream = new MarkdownStream(root);
  const links = [..."**see https://a.example.** x"].map((character) => {
    stream.push(character);
    stream.flush();
    return root.querySelector("a")?.getAttribute("href") ?? "";
  });
  expect(new Set(links)).toEqual(new Set(["", "https://a.example"]));
});
