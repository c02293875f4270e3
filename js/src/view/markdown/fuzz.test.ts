// @vitest-environment jsdom
import { expect, test } from "vitest";
import { BlockStream } from "./blocks";
import { draw } from "./dom";
import { MarkdownStream, renderMarkdown } from "./index";
import { markdown, noReferences, normalised, parserOf } from "./parser";

/** Pieces that meet in ways that nobody would write by hand. */
const PIECES = (
  "\n|\n\n|\n\n\n| |  |    |\t|a|b c|word|- |* |+ |1. |2) |> |# |## |=|---|===|***|`|``|```|```py|~~~|~~~~|*|**|_|__|~~|" +
  "[|]|(|)|![|[a]|[a]: |[a]: https://a.example|[a]: https://b.example 't'|'t'|\"t|[b][a]|https://c.example|<https://d.example>|" +
  "&amp;|&copy|;|\\|!|:|--|:-:|x\\|y|- [ ] |- [x] |<b>|</b>|\r\n|\r|\0|🙂|é|    code|\tcode|[^1]|[^1]: |$|$$|x_1$|$a*|\\(|x\\)|\\[|\\]|  |- a\n  - b|1. a\n\n   b|> a\nb"
)
  .split(/(?<!\\)\|/)
  .concat("|", "| a | b |\n|---|---|\n", "| 1 |", "a | b");

/** A small generator of its own, so that a failing text is found again by its number. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function text(next: () => number): string {
  const length = 5 + Math.floor(next() * 40);
  const piece = () => PIECES[Math.floor(next() * PIECES.length)] ?? "";
  return Array.from({ length }, () => piece() + (next() < 0.3 ? "\n" : "")).join("");
}

function streamed(whole: string, next: () => number): string {
  const root = document.createElement("div");
  const stream = new MarkdownStream(root);
  for (let at = 0; at < whole.length; ) {
    const end = at + 1 + Math.floor(next() * 6);
    stream.push(whole.slice(at, end));
    if (next() < 0.8) stream.flush();
    at = end;
  }
  stream.end();
  return root.innerHTML;
}

/** As `streamed`, with items and rows set aside as soon as they can be. */
function shelved(whole: string, next: () => number): string {
  const root = document.createElement("div");
  const stream = new BlockStream(root, markdown, () => {}, 0);
  const plain = normalised(whole);
  for (let at = 0; at < plain.length; ) {
    const end = at + 1 + Math.floor(next() * 6);
    stream.write(plain.slice(at, end));
    at = end;
  }
  stream.end();
  return root.innerHTML;
}

function once(whole: string): string {
  const root = document.createElement("div");
  renderMarkdown(root, whole);
  return root.innerHTML;
}

const RUNS = Number(process.env.FUZZ_RUNS ?? 60);

test(`${RUNS} random texts in random pieces end as the whole text does`, () => {
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const next = random(seed);
    const whole = text(next);
    expect([seed, whole, streamed(whole, next)]).toEqual([seed, whole, once(whole)]);
  }
});

const LINES = [
  "- a",
  "- b [a]",
  "-",
  "* c",
  "1. d",
  "2. e",
  "7) f",
  "  - g",
  "   - h",
  "    - i",
  "  1. j",
  "  text",
  "   text",
  "",
  "",
  "- # head",
  "- ```",
  "  ```",
  "- > quote",
  "    code",
  "- [ ] task",
  "- [x]",
  "text",
  "---",
  "- [a]: https://b.example",
  "[a]: https://a.example",
  "| a | b |",
  "|---|---|",
  "| 1 |",
  "| 2 | 3 | 4 |",
  "x | y",
  "|",
  "> q",
  "[^1]",
  "[^1]: note",
  "    more",
  "$$",
  "$$ x",
  "\\[",
  "\\] y",
  "\\]",
];

function list(next: () => number): string {
  const some = Array.from({ length: 4 }, () => LINES[Math.floor(next() * LINES.length)] ?? "");
  const line = () => some[Math.floor(next() * some.length)];
  return Array.from({ length: 4 + Math.floor(next() * 12) }, line).join("\n");
}

test(`${RUNS} random lists and tables end as the whole text does when parts are set aside`, () => {
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const next = random(seed);
    const whole = next() < 0.8 ? list(next) : text(next);
    expect([seed, whole, shelved(whole, next)]).toEqual([seed, whole, once(whole)]);
  }
});

const WORDS =
  "word|and more|**bold**|*a|b*|`code`|`|_x_|snake_case|3 * 4|[1]|[a](https://a.example)|[a|](b)|![p](q)|$5|$x$|$|\\(y\\)|\\(|\\*|~~s~~|~~|https://b.example|<https://c.example>|&amp;|\n|  \n|\n    in|\n===\n|\n---\n|\n\n|\n- |\na / b\n--|--\n|[a]: https://d.example|[^1]|\n\n[^1]: n|é|🙂 x"
    .split("|")
    .map((word) => word.replace(" / ", " | "));

const PARAGRAPHS = Math.ceil(RUNS / 3);

test(`${PARAGRAPHS} random paragraphs end as the whole text does when they are cut into runs`, () => {
  const small = parserOf(24);
  for (let seed = 1; seed <= PARAGRAPHS; seed += 1) {
    const next = random(seed);
    const word = () => WORDS[Math.floor(next() * (next() < 0.5 ? 2 : WORDS.length))] ?? "";
    const whole = Array.from({ length: 10 + Math.floor(next() * 30) }, word).join(" ");
    const root = document.createElement("div");
    const stream = new BlockStream(root, small, () => {});
    for (let at = 0; at < whole.length; ) {
      const end = at + 1 + Math.floor(next() * 14);
      stream.write(whole.slice(at, end));
      at = end;
    }
    stream.end();
    const streamed = [...root.children].flatMap((page) => [...page.children]);
    const once = small.blocks(whole, noReferences(), false).map(draw);
    const html = (elements: Element[]) => elements.map((element) => element.outerHTML);
    expect([seed, whole, html(streamed)]).toEqual([seed, whole, html(once)]);
  }
});
