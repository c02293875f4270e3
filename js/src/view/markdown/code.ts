/**
 * Draw code blocks: a box of its own around `<pre><code>`, lines in groups.
 *
 * Its one law: what stands in the DOM depends on the code alone, not on the pieces in which it came.
 * One text node of 100 KB costs a layout of 16 ms on every append; in groups of lines only the last
 * group is laid out, and those out of sight are skipped.
 */

/** Lines in a group: a screenful, so that groups out of sight are soon skipped. */
const GROUP = 64;

/** A language that may become part of a class name. */
const LANGUAGE = /^[\w+#.-]{1,40}$/;

const boxes = new WeakMap<Node, CodeBox>();

/** The box of a code block. A view may add to `element` and `pre`, but not to `code`. */
export class CodeBox {
  /** `div.code`, which stands in the document. */
  readonly element = document.createElement("div");
  readonly pre = document.createElement("pre");
  /** What the author wrote behind the fence, entities and escapes undone; empty for indented code. */
  readonly info: string;
  readonly #code = document.createElement("code");
  #group = document.createTextNode("");
  #lines = 0;
  #text = "";

  constructor(info: string, text = "") {
    this.info = info.trim();
    const language = this.info.split(/\s/, 1)[0] ?? "";
    if (LANGUAGE.test(language)) this.#code.className = `language-${language}`;
    this.element.className = "code";
    this.pre.append(this.#code);
    this.element.append(this.pre);
    boxes.set(this.element, this);
    this.#reset();
    this.append(text);
  }

  /** The box that an element belongs to, when it is one. */
  static of(element: Node): CodeBox | undefined {
    return boxes.get(element);
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
      from = end;
    }
  }

  /** Show `text` instead, adding at the end when it continues what is shown. */
  update(text: string): void {
    if (text === this.#text) return;
    if (!text.startsWith(this.#text)) this.#reset();
    this.append(text.slice(this.#text.length));
  }

  #reset(): void {
    this.#code.replaceChildren();
    this.#text = "";
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
    this.#group.deleteData(this.#group.length - 1, 1);
    const newline = document.createElement("span");
    newline.className = "newline";
    newline.textContent = "\n";
    this.#code.append(newline);
    this.#startGroup();
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
