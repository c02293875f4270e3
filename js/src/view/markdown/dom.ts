/**
 * Turn one block's tokens into elements.
 *
 * Its one law: only the tags, classes and attributes written in this file come to be, whatever the
 * tokens say; text becomes text nodes. Nothing here fetches: a picture is a chip with its address.
 */

import type { Token } from "markdown-it";
import { STRINGS } from "../strings";
import { CodeBox } from "./code";
import { Formula } from "./formula";
import type { Block } from "./parser";
import { Picture } from "./picture";
import { regroup } from "./rows";
import { judge, shown } from "./urls";

const TAGS = new Set(
  "p h1 h2 h3 h4 h5 h6 hr br blockquote ul ol li table thead tbody tr th td em strong s".split(" "),
);

/** What looks like an address, and its host. */
const HOST =
  /^(?:https?:\/\/)?(?:[^\s/@]*@)?([\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,})(?=$|[/?#:])/iu;

/** How a leaf is drawn, by the token's type. */
const LEAVES: Readonly<Record<string, (token: Token, parent: HTMLElement) => void>> = {
  inline: drawInline,
  text: (token, parent) => addText(parent, token.content),
  softbreak: (_, parent) => addText(parent, "\n"),
  code_inline: (token, parent) => add(parent, "code").append(token.content),
  fence: (token, parent) => parent.append(new CodeBox(token.info, token.content).element),
  code_block: (token, parent) => parent.append(new CodeBox("", token.content).element),
  formula: (token, parent) => parent.append(formula(token, false)),
  formula_block: (token, parent) => parent.append(formula(token, true)),
  note_reference: drawNoteReference,
  image: drawImage,
};

/** Make the element of one top-level block, outside of any document. */
export function draw(block: Block): HTMLElement {
  const root = document.createElement("div");
  drawTokens(block.tokens, root);
  for (const table of root.querySelectorAll<HTMLElement>(".table")) regroup(table);
  const [element] = root.children;
  if (element instanceof HTMLElement) return element;
  throw new Error(`expected a block to give one element, got none from ${block.tokens[0]?.type}`);
}

function drawTokens(tokens: readonly Token[], root: HTMLElement): void {
  const parents = [root];
  for (const token of tokens) {
    const parent = parents.at(-1) ?? root;
    const leaf = LEAVES[token.type];
    if (leaf) leaf(token, parent);
    else if (token.hidden) continue;
    else if (token.nesting < 0) close(parents.pop());
    else if (token.nesting > 0) parents.push(open(token, parent));
    else drawVoid(token, parent);
  }
}

function formula({ markup, content, meta }: Token, block: boolean): HTMLElement {
  return new Formula(markup, content, block, meta?.grows !== true).element;
}

function drawVoid(token: Token, parent: HTMLElement): void {
  if (TAGS.has(token.tag)) add(parent, token.tag);
  else addText(parent, token.content);
}

function open(token: Token, parent: HTMLElement): HTMLElement {
  if (token.type === "link_open") return openLink(token, parent);
  if (token.type === "note_open") return openNote(token, parent);
  if (token.type === "table_open") return add(add(parent, "div", "table"), "table");
  const element = add(parent, TAGS.has(token.tag) ? token.tag : "span");
  if (token.tag === "ol") number(element, token);
  if (token.tag === "th" || token.tag === "td") align(element, token);
  return element;
}

/** The label stands beside the note; what it says goes into an element of its own. */
function openNote(token: Token, parent: HTMLElement): HTMLElement {
  const note = add(parent, "div", "note");
  add(note, "span", "label").append(token.content);
  return add(note, "div", "says");
}

function drawNoteReference(token: Token, parent: HTMLElement): void {
  const reference = add(parent, "button", "noteref");
  reference.setAttribute("type", "button");
  reference.append(token.content);
}

function number(list: HTMLElement, token: Token): void {
  const start = String(token.attrGet("start") ?? "");
  if (/^\d{1,9}$/.test(start)) list.setAttribute("start", start);
}

function align(cell: HTMLElement, token: Token): void {
  const side = /^text-align:(left|center|right)$/.exec(String(token.attrGet("style") ?? ""))?.[1];
  if (side) cell.className = side;
}

function drawInline(token: Token, parent: HTMLElement): void {
  if (token.meta?.task) drawTask(parent, token.meta.task === "done");
  drawTokens(token.children ?? [], token.meta?.run ? add(parent, "span", "run") : parent);
}

function drawTask(parent: HTMLElement, done: boolean): void {
  parent.closest("li")?.classList.add("task");
  const box = add(parent, "input");
  box.setAttribute("type", "checkbox");
  box.setAttribute("disabled", "");
  box.setAttribute("aria-label", done ? STRINGS.taskDone : STRINGS.taskOpen);
  if (done) box.setAttribute("checked", "");
}

/** A label that names one place while the link leads to another is followed by where it leads. */
function close(element: HTMLElement | undefined): void {
  const href = element?.localName === "a" ? element.getAttribute("href") : null;
  if (!element || !href) return;
  const named = hostIn(element.textContent ?? "");
  const leads = hostIn(href);
  if (named && leads && named !== leads) element.after(` (${leads})`);
}

function hostIn(text: string): string | undefined {
  return HOST.exec(text.trim())?.[1]?.toLowerCase();
}

function openLink(token: Token, parent: HTMLElement): HTMLElement {
  return address(String(token.attrGet("href") ?? ""), parent);
}

/** A link, or a span where the address is refused or stands in a link already. */
function address(href: string, parent: HTMLElement): HTMLElement {
  const links = judge(href) === "link" && !parent.closest("a");
  const element = links ? add(parent, "a") : add(parent, "span", "address");
  if (links) {
    element.setAttribute("href", href);
    element.setAttribute("rel", "noopener noreferrer nofollow");
    element.setAttribute("target", "_blank");
  }
  if (href) element.setAttribute("title", links ? shown(href, href.length) : shown(revealed(href)));
  return element;
}

/** A host in look-alike letters in the form that tells it from the honest one. */
function revealed(href: string): string {
  try {
    return /^https?:\/\/[^/]*[^\0-\x7f]/i.test(href) ? new URL(href).href : href;
  } catch {
    return href;
  }
}

function drawImage(token: Token, parent: HTMLElement): void {
  const href = String(token.attrGet("src") ?? "");
  const chip = add(parent, "span", "image");
  const alt = plainText(token.children ?? []);
  add(chip, "span", "alt").append(alt ? `🖼 ${alt}` : "🖼");
  new Picture(chip, href, alt);
  if (!href) return;
  chip.append(" ");
  address(href, chip).append(shown(href));
}

function plainText(tokens: readonly Token[]): string {
  return tokens
    .map((token) =>
      token.children
        ? plainText(token.children)
        : token.content || (token.type.endsWith("break") ? " " : ""),
    )
    .join("");
}

function add(parent: HTMLElement, tag: string, className = ""): HTMLElement {
  const element = document.createElement(tag);
  if (className) element.className = className;
  parent.append(element);
  return element;
}

/** Neighbouring text is one node, so that it can grow in place. */
function addText(parent: HTMLElement, text: string): void {
  if (parent.lastChild instanceof Text) parent.lastChild.appendData(text);
  else if (text) parent.append(text);
}
