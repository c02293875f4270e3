// @vitest-environment jsdom
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import { MarkdownStream, renderMarkdown } from "./index";

interface Example {
  readonly markdown: string;
  readonly html: string;
  readonly number: number;
  readonly section: string;
}

const require = createRequire(import.meta.url);
const { tests } = require("commonmark-spec") as { tests: Example[] };
// The package shows tabs as arrows.
const examples = tests.map((example) => ({
  ...example,
  markdown: example.markdown.replaceAll("→", "\t"),
  html: example.html.replaceAll("→", "\t"),
}));

const GFM = [
  "| a | b |\n|---|:-:|\n| 1 | **2** |\n| 3 | `4` |\n\nafter\n",
  "| a |\n|---|\n| 1 | too many | cells |\n",
  "a | b\n--|--\nx | y\n\n- ~~gone~~ kept\n",
  "- [ ] open\n- [x] done **now**\n  - [X] inner\n\n1. [ ] numbered\n",
  "see https://example.com/a?b=c, and http://x.org.\n\nwww.example.com me@example.com ftp://x.y //z.org\n",
  "~~one~~ ~two~ ~~~three~~~\n",
  "[a]\n\n[b][a]\n\n> [c][A]\n\n[a]: https://example.com 'title'\n\n[a]: https://late.example\n",
  "[a]\n\n[a]: https://example.com\n'a title\nof two lines'\n\nend [a]\n",
  "- one\n\n  ```py\n  x = 1\n\n  y = 2\n  ```\n- two\n\n~~~ py\ncode\n~~~~\n\ntext\n",
  "  ```\n  a\n\tb\n c\n  ```x\n  ```\ntail",
  "```a`b\n```\n\n````\n```\n````\n```",
  "Windows\r\nline\rends\r\n\r\n```\r\ncode\r\n```\r\n\0 null",
  "Title\n=====\n\nother\n---\n\n---\n***\n* * *\n",
  "1) a\n2) b\n\n\n3. c\n\n   d\n",
  `\`\`\`js\n${"x = 1;\n".repeat(140)}\`\`\`\n\n${"p\n\n".repeat(40)}`,
  "emoji 🙂 family 👩‍👩‍👧 `🙂` [🙂](https://example.com/🙂)\n",
  "![alt *text*](https://example.com/x.png 'title') ![](y.png) [![in](a.png)](https://b.org)\n",
  "so $x_1 + a*b*c$, \\(y\\) and\n$$\n\\sum_i x\n+ 1\n$$\n\nIt costs $5, or 6$ *now*. US$7\n",
  "\\[\na = b\n\\] and\n- list\n\n$$ not closed\n- x\n\n> $$a$$\n> b\n\n- \\[ x\n  = y \\]\n",
  "see[^1] and[^note] and[^none]\n\n[^1]: One *note*\n    goes on\n\n    - and on\n[^note]: two\n\nend[^1]\n",
  "&copy; &notit; &semi; &amp;lt; &#35; &#x22; &nosuch; &CounterClockwiseContourIntegral;\n",
];

function html(draw: (root: HTMLElement) => void): string {
  const root = document.createElement("div");
  draw(root);
  return root.outerHTML;
}

const once = (text: string) => html((root) => renderMarkdown(root, text));

function streamed(text: string, size: number): string {
  return html((root) => {
    const stream = new MarkdownStream(root);
    for (let at = 0; at < text.length; at += size) {
      stream.push(text.slice(at, at + size));
      stream.flush();
    }
    stream.end();
  });
}

describe("a stream ends as the same nodes as the whole text", () => {
  test("there are 652 examples of CommonMark 0.31.2", () => {
    expect(examples).toHaveLength(652);
  });

  // By character is what meets most; of other sizes a part is enough.
  test.each([
    [1, 1],
    [4, 6],
  ])("the examples in pieces of %i, one of every %i", (size, step) => {
    const some = examples.filter(({ number }) => number % step === 0);
    const different = some.filter(({ markdown }) => streamed(markdown, size) !== once(markdown));
    expect(different.map(({ number }) => number)).toEqual([]);
  });

  test.each([1, 3, 7])("the examples as one long document in pieces of %i", (size) => {
    const text = examples
      .slice(0, 200)
      .map(({ markdown }) => markdown)
      .join("\n\n");
    expect(streamed(text, size * 7)).toBe(once(text));
  });

  test.each(GFM)("%j", (text) => {
    for (const size of [1, 2, 3, 5]) expect(streamed(text, size)).toBe(once(text));
  });

  test.each([
    [
      "that becomes loose at its end",
      `${"- an *item* of the list\n".repeat(99)}\n- last\n\ntext\n`,
    ],
    ["that is loose", "3. an *item* of the list\n\n".repeat(99)],
    ["with definitions", `${"* item [a] of the list\n".repeat(99)}\n[a]: https://a.example\n`],
    ["with code", `${"1. item\n   ```py\n   x = 1\n   ```\n".repeat(60)}text\n`],
    ["of tasks", "+ [x] done\n+ [ ] and open\n".repeat(60)],
  ])("a long list %s", (_, text) => {
    for (const size of [33, 500, 5000]) expect(streamed(text, size)).toBe(once(text));
  });

  test("a long table", () => {
    const text = `a | b\n--|:-:\n${"one *cell* | 2 | 3\n".repeat(120)}\ntext`;
    for (const size of [33, 500, 5000]) expect(streamed(text, size)).toBe(once(text));
  });
});

/** What a text means, apart from how addresses, pictures, tables and code are drawn. */
function outline(root: Element): string {
  for (const image of root.querySelectorAll(".image, img")) {
    const label = image.getAttribute("alt") ?? image.firstChild?.textContent ?? "";
    image.replaceWith(label.replace(/^🖼 ?/, ""));
  }
  for (const wrapper of root.querySelectorAll(".blocks, .code, .lines, .newline, .address, a"))
    wrapper.replaceWith(...wrapper.childNodes);
  for (const element of root.querySelectorAll("*"))
    for (const name of element.getAttributeNames()) element.removeAttribute(name);
  root.normalize();
  return root.innerHTML.replace(/>\n+/g, ">").replace(/\n+</g, "<").trim();
}

test("the examples mean what CommonMark says, raw HTML apart", () => {
  const tame = examples.filter(
    ({ section }) => section !== "HTML blocks" && section !== "Raw HTML",
  );
  const wrong = tame.filter(({ markdown, html }) => {
    const root = document.createElement("div");
    renderMarkdown(root, markdown);
    return outline(root) !== outline(new DOMParser().parseFromString(html, "text/html").body);
  });
  // These show a raw tag in the midst of something else; here its signs are text.
  const tags = [21, 31, 201, 308, 309, 344, 475, 476, 477, 491, 494, 524, 536, 642, 643];
  expect(wrong.map(({ number }) => number)).toEqual(tags);
  expect(tame).toHaveLength(588);
});
