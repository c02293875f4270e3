// @vitest-environment jsdom
import { beforeEach, describe, expect, test } from "vitest";
import { BlockStream } from "./blocks";
import { markdown, type Parser, parserOf } from "./parser";

let root: HTMLElement;
let parsed = 0;

/** A parser that counts the characters which pass through it. */
const counted = (parser: Parser): Parser => ({
  survey(text) {
    parsed += text.length;
    return parser.survey(text);
  },
  blocks(text, references, open) {
    parsed += text.length;
    return parser.blocks(text, references, open);
  },
  runs: (text) => parser.runs(text),
});

const counting = counted(markdown);

beforeEach(() => {
  root = document.createElement("div");
  parsed = 0;
});

const SECTION = [
  "## A heading",
  "A paragraph with *emphasis*, `code` and a [link](https://example.com) that runs on for a while.",
  "- one\n- two\n- three",
  "| a | b |\n|---|---|\n| 1 | 2 |",
  "```py\nprint('hello')\nprint('again')\n```",
  "> a quote\n",
].join("\n\n");

/** Characters parsed while `text` is written in pieces of 16. */
function cost(stream: BlockStream, text: string): number {
  const before = parsed;
  for (let at = 0; at < text.length; at += 16) stream.write(text.slice(at, at + 16));
  return parsed - before;
}

/** Counts the nodes that a callback puts in, takes out or changes. */
async function changes(act: () => void): Promise<number> {
  const seen: MutationRecord[] = [];
  const observer = new MutationObserver((records) => seen.push(...records));
  const options = { childList: true, subtree: true, characterData: true, attributes: true };
  observer.observe(root, options);
  act();
  await Promise.resolve();
  seen.push(...observer.takeRecords());
  observer.disconnect();
  return seen.length;
}

describe("the cost of a piece does not depend on the length of the document", () => {
  test("a section costs the same at the start and behind 100 others", () => {
    const stream = new BlockStream(root, counting, () => {});
    stream.write(SECTION);
    const early = cost(stream, SECTION);
    for (let count = 0; count < 100; count += 1) stream.write(SECTION);
    expect(cost(stream, SECTION)).toBe(early);
    expect(root.querySelectorAll("h2")).toHaveLength(103);
  });

  test("an open code block is parsed once, however long it becomes", () => {
    const stream = new BlockStream(root, counting, () => {});
    stream.write("```py\n");
    const before = parsed;
    cost(stream, "x = 1\n".repeat(5000));
    expect(parsed).toBe(before);
  });

  test("a line of code touches the last group of lines only", async () => {
    const stream = new BlockStream(root, counting, () => {});
    stream.write(`\`\`\`\n${"x = 1\n".repeat(5000)}`);
    const groups = root.querySelectorAll(".lines");
    expect(groups).toHaveLength(Math.ceil(5000 / 64));
    expect(await changes(() => stream.write("y = 2\n"))).toBe(1);
    expect([...root.querySelectorAll(".lines")]).toEqual([...groups]);
  });

  test.each([
    ["a list", "- an *item* with `code`\n", ""],
    ["a list with space", "- an *item* with `code`\n\n", ""],
    ["a numbered list of tasks", "1. [x] an item\n   - with a child\n", ""],
    ["a table", "| a | *b* |\n", "| a | b |\n|---|---|\n"],
  ])("a line of %s costs the same at the start and behind 300 others", (_, line, head) => {
    const stream = new BlockStream(root, counting, () => {});
    stream.write(head + line.repeat(60));
    const lines = line.repeat(60);
    const early = cost(stream, lines);
    stream.write(line.repeat(300));
    expect(cost(stream, lines)).toBeLessThan(1.2 * early);
  });

  test.each([
    [
      "one line",
      "a sentence of some *words*, with `code` and a [link](https://example.com) in it. ",
    ],
    ["many lines", "a sentence of some *words* [1],\nwith `code` in it and $5 for 3 * 4. "],
  ])("a sentence of a paragraph of %s costs the same behind 200 others", (_, sentence) => {
    const stream = new BlockStream(root, counted(parserOf(256)), () => {});
    // Longer than a run, to meet every length of an open one.
    const many = sentence.repeat(12);
    stream.write(many);
    const early = cost(stream, many);
    stream.write(sentence.repeat(200));
    expect(cost(stream, many)).toBeLessThan(1.3 * early);
    expect(root.querySelectorAll(".run").length).toBeGreaterThan(30);
  });

  test("a row of a long table touches the last group of rows only", async () => {
    const stream = new BlockStream(root, counting, () => {});
    stream.write(`| a | b |\n|---|---|\n${"| 1 | 2 |\n".repeat(200)}`);
    const groups = [...root.querySelectorAll("tbody")];
    expect(groups.map((group) => group.childElementCount)).toEqual([64, 64, 64, 8]);
    stream.write("| 3 | 4");
    expect(await changes(() => stream.write("5"))).toBe(1);
    expect([...root.querySelectorAll("tbody")]).toEqual(groups);
    expect(root.querySelector(".table")?.className).toBe("table long");
  });

  test("a word changes one text node, behind any number of blocks", async () => {
    const stream = new BlockStream(root, counting, () => {});
    stream.write(`${SECTION.repeat(50)}\n\nThe last`);
    expect(await changes(() => stream.write(" word"))).toBe(1);
  });

  test("a definition that comes late renews the blocks that name it, and no others", () => {
    const stream = new BlockStream(root, counting, () => {});
    stream.write(`[first][home]\n\n${"[other] paragraph\n\n".repeat(200)}`);
    const before = parsed;
    stream.write("[home]: https://example.com\n\nend\n");
    expect(root.querySelector("a")?.textContent).toBe("first");
    expect(parsed - before).toBeLessThan(200);
  });
});

test("blocks stand in wrappers of 16, done but for the last", () => {
  const stream = new BlockStream(root, counting, () => {});
  stream.write("one\n\n".repeat(40));
  const pages = [...root.children];
  expect(pages.map((page) => page.childElementCount)).toEqual([16, 16, 8]);
  expect(pages.map((page) => page.className)).toEqual(["blocks done", "blocks done", "blocks"]);
});
