// @vitest-environment jsdom
import { beforeEach, describe, expect, test, vi } from "vitest";
import { MarkdownStream } from "./index";

let root: HTMLElement;
let stream: MarkdownStream;

beforeEach(() => {
  root = document.createElement("div");
  document.body.replaceChildren(root);
  stream = new MarkdownStream(root);
});

function write(text: string): void {
  stream.push(text);
  stream.flush();
}

function one(selector: string): Element {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`expected ${selector} in ${root.outerHTML}`);
  return found;
}

/** Every node under the root, for comparing by identity. */
function nodes(): Node[] {
  const walker = document.createTreeWalker(root);
  const found: Node[] = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  return found;
}

/** The first of `now` are those of `before`, one by one. */
function expectSame(now: readonly Node[], before: readonly Node[]): void {
  expect(before.length).toBeGreaterThan(0);
  for (const [at, node] of before.entries()) expect(now[at]).toBe(node);
}

describe("nodes that need not change stay the same nodes", () => {
  test("frozen blocks, through all that follows and the end", () => {
    write("# Title\n\npara *graph*\n\n- item\n\n");
    write("next\n\n");
    const before = nodes().slice(0, 8);
    write("more\n\n```\ncode\n```\n\n| a |\n|---|\n| b |\n");
    stream.end();
    expectSame(nodes(), before);
  });

  test("the open block, when it is frozen", () => {
    write("The open *block*");
    const [paragraph, emphasis] = [one("p"), one("em")];
    write(".\n\nNext\n");
    stream.end();
    expect(one("p")).toBe(paragraph);
    expect(one("em")).toBe(emphasis);
  });

  test("earlier items and rows of an open list and table", () => {
    write("- one\n- two **bold**\n- thr");
    const items = [...root.querySelectorAll("li")];
    write("ee\n- four");
    expectSame([...root.querySelectorAll("li")], items);
    write("\n\nend\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");
    const row = one("tbody tr");
    write("| 3 | 4 |\n");
    expect(one("tbody tr")).toBe(row);
  });

  test("all items of a long list, finished or half", () => {
    write(`${"- an item of a list that is long enough to be set aside\n".repeat(40)}- half`);
    const items = nodes();
    write(" an item\n- another\n".repeat(40));
    expectSame(nodes(), items);
  });

  test("the text of an address, when it is whole and becomes a link", () => {
    write("see https://example.com/a");
    const text = one("p").firstChild;
    expect(root.querySelector("a")).toBeNull();
    write("bc ");
    expect(one("a").getAttribute("href")).toBe("https://example.com/abc");
    expect(one("p").firstChild).toBe(text);
  });

  test("text that was selected stays selected while more comes", () => {
    write("A sentence that goes on");
    const text = one("p").firstChild as Text;
    const range = document.createRange();
    range.setStart(text, 2);
    range.setEnd(text, 10);
    write(" and on, **bold");
    write("er**.\n\nNext paragraph\n");
    stream.end();
    expect(range.toString()).toBe("sentence");
  });

  test("a selection in code, at the top and in a list, across its closing fence", () => {
    write("```py\nprint(1)\n");
    const top = document.createRange();
    top.selectNodeContents(one(".lines").firstChild as Text);
    write("print(2)\n```\n\n- item\n  ```js\n  let x\n");
    const inner = document.createRange();
    inner.selectNodeContents(root.querySelectorAll(".lines")[1]?.firstChild as Text);
    write("  let y\n  ```\n- next\n");
    stream.end();
    expect([top.toString(), inner.toString()]).toEqual(["print(1)\n", "let x\n"]);
  });
});

describe("code blocks are reported", () => {
  test("once each, in the document, with their info", () => {
    const onCode = vi.fn((pre: HTMLPreElement, info: string) => {
      expect(root.contains(pre)).toBe(true);
      pre.before(document.createElement("header"));
      pre.dataset.info = info;
    });
    stream = new MarkdownStream(root, { onCode });
    const text =
      '```py title="a"\nx\n```\n\n- b\n\n  ~~~js\n  y\n  ~~~\n- c\n\n\n    plain\n\ntext\n\n    z\n';
    for (const character of text) write(character);
    stream.end();
    expect(onCode.mock.calls.map(([, info]) => info)).toEqual(['py title="a"', "js", ""]);
    expect(root.querySelectorAll("header")).toHaveLength(3);
    expect(root.querySelectorAll("pre[data-info]")).toHaveLength(3);
  });
});

describe("replace", () => {
  test("with the text that was pushed changes no node", () => {
    write("# A\n\nb *c*\n\n```\nd\n```\n");
    const before = nodes();
    stream.replace("# A\n\nb *c*\n\n```\nd\n```\n");
    stream.end();
    stream.replace("# A\n\nb *c*\n\n```\nd\n```\n");
    expect(nodes()).toHaveLength(before.length);
    expectSame(nodes(), before);
  });

  test("with a longer text continues", () => {
    write("# A\n\nb");
    const heading = one("h1");
    stream.replace("# A\n\nb and c");
    expect(one("h1")).toBe(heading);
    expect(one("p").textContent).toBe("b and c");
  });

  test("with another text shows that, also after the end", () => {
    write("# A\n\n```\nopen");
    stream.replace("b\n\n* c");
    expect(root.textContent).toBe("bc");
    stream.end();
    stream.replace("*d*");
    expect([stream.text, root.textContent, one("em").textContent]).toEqual(["*d*", "d", "d"]);
  });

  test("counts what was pushed and not drawn", () => {
    write("one ");
    stream.push("two");
    stream.replace("one two");
    stream.end();
    expect(root.textContent).toBe("one two");
  });

  test("keeps what else stands in the root", () => {
    const own = document.createElement("b");
    root.prepend(own);
    write("a");
    stream.replace("c");
    expect(root.firstChild).toBe(own);
  });
});

describe("the stream", () => {
  test("draws nothing before a flush", () => {
    stream.push("text");
    expect(root.childNodes).toHaveLength(0);
    expect(stream.text).toBe("text");
  });

  test("draws nothing once its signal is aborted", () => {
    const controller = new AbortController();
    stream = new MarkdownStream(root, { signal: controller.signal });
    write("before");
    controller.abort();
    write(" after");
    stream.end();
    stream.replace("other");
    expect(root.textContent).toBe("before");
  });

  test("takes a piece after its end", () => {
    write("a");
    stream.end();
    write(" b");
    stream.end();
    expect([stream.text, one("p").textContent]).toEqual(["a b", "a b"]);
  });

  test("is empty for an empty text", () => {
    stream.flush();
    stream.end();
    stream.end();
    expect(root.childNodes).toHaveLength(0);
  });
});
