/**
 * Somebody's HTML, made safe: an allow-list of elements, built anew.
 *
 * Its one law: no node of the parsed document comes out. What is drawn has text, structure, links that
 * the markdown's own rule allows, and pictures that bring their own bytes; nothing runs, styles or
 * loads. Twin: `src/cellspeak/core/clean.py`.
 */

import { element } from "../view/element";
import { judge } from "../view/markdown/urls";
import { address } from "../view/search";

const TAGS: ReadonlySet<string> = new Set(
  (
    "h1 h2 h3 h4 h5 h6 p div br hr blockquote pre ul ol li dl dt dd details summary " +
    "table caption thead tbody tfoot tr th td span strong em s code sub sup"
  ).split(" "),
);
const SAME: ReadonlyMap<string, string> = new Map([
  ["b", "strong"],
  ["i", "em"],
  ["u", "em"],
]);
/** What stands in these is no text for a reader, or is read by other rules than HTML's. */
const SILENT: ReadonlySet<string> = new Set(
  (
    "script style title template noscript noembed noframes iframe applet object svg math button " +
    "select textarea xmp plaintext head embed"
  ).split(" "),
);
const PICTURE = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$/;
const DEEPEST = 100;
const MOST = 20_000;

/** Make a drawing of the HTML `text`. */
export function safeHtml(text: string): HTMLElement {
  // A document of its own: nothing in it runs, and no picture in it is fetched.
  const { body } = new DOMParser().parseFromString(text, "text/html");
  const root = element("div", "html");
  const budget = { left: MOST };
  root.append(...children(body, 0, budget));
  return root;
}

function children(parent: Node, depth: number, budget: { left: number }): Node[] {
  if (depth > DEEPEST) return [document.createTextNode(parent.textContent ?? "")];
  return [...parent.childNodes].flatMap((node) => {
    budget.left -= 1;
    if (budget.left < 0) return [];
    return node instanceof Text || node.nodeType === Node.TEXT_NODE
      ? [document.createTextNode(node.textContent ?? "")]
      : cleaned(node, depth, budget);
  });
}

function cleaned(node: Node, depth: number, budget: { left: number }): Node[] {
  if (node.nodeType !== Node.ELEMENT_NODE) return [];
  const from = node as Element;
  const name = from.localName;
  if (SILENT.has(name)) return [];
  if (name === "img") return [picture(from)];
  const inner = children(from, depth + 1, budget);
  if (name === "a") return [link(from, inner)];
  const tag = SAME.get(name) ?? name;
  if (!TAGS.has(tag)) return inner;
  const made = document.createElement(tag);
  made.append(...inner);
  for (const span of ["colspan", "rowspan"]) copySpan(from, made, span);
  return [made];
}

/** The link's own check of its address, around what stood in it. */
function link(from: Element, inner: readonly Node[]): HTMLElement {
  const url = from.getAttribute("href") ?? "";
  const made = judge(url) === "link" ? address(url, "") : element("span");
  made.append(...inner);
  return made;
}

function picture(from: Element): Node {
  const source = from.getAttribute("src") ?? "";
  const name = from.getAttribute("alt") ?? "";
  if (!PICTURE.test(source)) return document.createTextNode(name);
  const made = element("img", "picture");
  made.alt = name;
  made.src = source;
  return made;
}

function copySpan(from: Element, to: HTMLElement, name: string): void {
  const value = from.getAttribute(name) ?? "";
  if (/^(?:td|th)$/.test(to.localName) && /^[1-9][0-9]{0,2}$/.test(value)) {
    to.setAttribute(name, value);
  }
}
