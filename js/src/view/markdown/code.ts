/**
 * Draw code blocks: a box of its own around `<pre><code>`, lines in groups.
 *
 * Its one law: what stands in the DOM depends on the code alone, not on the pieces in which it came.
 * One text node of 100 KB costs a layout of 16 ms on every append; in groups of lines only the last
 * group is laid out, and those out of sight are skipped.
 */

import { type Box, boxOf, register } from "./box";

/** Lines in a group: a screenful, so that groups out of sight are soon skipped. */
const GROUP = 64;

/** A language that may become part of a class name. */
const LANGUAGE = /^[\w+#.-]{1,40}$/;

/** Says what the pieces of one line after the other are; a kind is a class name, or empty. */
export interface LineReader {
  line(text: string): readonly { readonly kind: string; readonly text: string }[];
}

/** The box of a code block. A view may add to `element` and `pre`, but not to `code`. */
export class CodeBox implements Box {
  /** `div.code`, which stands in the document. */
  readonly element = document.createElement("div");
  readonly pre = document.createElement("pre");
  /** What the author wrote behind the fence, entities and escapes undone; empty for indented code. */
  readonly info: string;
  readonly #code = document.createElement("code");
  #group = document.createTextNode("");
  #lines = 0;
  #text = "";
  #reading: () => LineReader | null = () => null;
  #reader: LineReader | null = null;
  /** Called whenever the code has changed. */
  onChange: () => void = () => {};

  constructor(info: string, text = "") {
    this.info = info.trim();
    const language = this.info.split(/\s/, 1)[0] ?? "";
    if (LANGUAGE.test(language)) this.#code.className = `language-${language}`;
    this.element.className = "code";
    this.pre.append(this.#code);
    this.element.append(this.pre);
    register(this);
    this.#reset();
    this.append(text);
  }

  /** The box that an element belongs to, when it is one. */
  static of(element: Node): CodeBox | undefined {
    const box = boxOf(element);
    return box instanceof CodeBox ? box : undefined;
  }

  /** What stands behind the fence first; empty when it cannot be a name. */
  get language(): string {
    return this.#code.className.slice("language-".length);
  }

  /** The code so far. */
  get text(): string {
    return this.#text;
  }

  /** Add code at the end; only the last group of lines is touched. */
  append(text: string): void {
    this.#text += text;
    let from = 0;
    while (from < text.length) {
      if (this.#lines === GROUP) this.#nextGroup();
      const end = this.#endOfGroup(text, from);
      this.#group.appendData(text.slice(from, end));
      this.#colourLines();
      from = end;
    }
    this.onChange();
  }

  /** Colour finished lines from now on, and those that are there; `reading` starts at line one. */
  colour(reading: () => LineReader | null): void {
    const text = this.#text;
    this.#reading = reading;
    this.#reset();
    this.append(text);
  }

  /** Show `text` instead, adding at the end when it continues what is shown. */
  update(text: string): void {
    if (text === this.#text) return;
    if (!text.startsWith(this.#text)) this.#reset();
    this.append(text.slice(this.#text.length));
  }

  become(fresh: Box): boolean {
    if (!(fresh instanceof CodeBox) || fresh.info !== this.info) return false;
    this.update(fresh.text);
    return true;
  }

  #reset(): void {
    this.#code.replaceChildren();
    this.#text = "";
    this.#reader = this.#reading();
    this.#startGroup();
  }

  #startGroup(): void {
    this.#group = document.createTextNode("");
    this.#lines = 0;
    const lines = document.createElement("span");
    lines.className = "lines";
    lines.append(this.#group);
    this.#code.append(lines);
  }

  /** The newline between groups stands apart, hidden: a group is a block and ends its line itself. */
  #nextGroup(): void {
    const last = this.#group.length > 0 ? this.#group : this.#group.previousSibling;
    if (last instanceof Text) last.deleteData(last.length - 1, 1);
    if (last !== this.#group) this.#group.remove();
    const newline = document.createElement("span");
    newline.className = "newline";
    newline.textContent = "\n";
    this.#code.append(newline);
    this.#startGroup();
  }

  /** The open line stays plain, in a text node that only grows. */
  #colourLines(): void {
    if (!this.#reader) return;
    const end = this.#group.data.lastIndexOf("\n") + 1;
    if (end === 0) return;
    const lines = this.#group.data.slice(0, end - 1).split("\n");
    this.#group.before(...lines.flatMap((line) => drawn(this.#reader?.line(line) ?? [])));
    this.#group.deleteData(0, end);
  }

  #endOfGroup(text: string, from: number): number {
    let end = from;
    while (this.#lines < GROUP) {
      const newline = text.indexOf("\n", end);
      if (newline < 0) return text.length;
      end = newline + 1;
      this.#lines += 1;
    }
    return end;
  }
}

/** The nodes of one line, its line break in the last of them. */
function drawn(pieces: ReturnType<LineReader["line"]>): Node[] {
  const nodes = pieces.map(({ kind, text }) => {
    if (kind === "") return document.createTextNode(text);
    const span = document.createElement("span");
    span.className = kind;
    span.append(text);
    return span;
  });
  const last = nodes.at(-1);
  if (last instanceof Text) last.appendData("\n");
  else nodes.push(document.createTextNode("\n"));
  return nodes;
}
