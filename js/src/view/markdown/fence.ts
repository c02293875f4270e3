/**
 * Read a fenced code block line by line as it grows, without parsing it again.
 *
 * Its one law: what it appends is what the parser would have made of the whole block. Text that may
 * still become the closing fence waits until its line is whole.
 */

import { CodeBox } from "./code";
import { markdown, noReferences } from "./parser";

/** With a "|" in it and dashes below, the line would be the head of a table. */
const OPENING = /^( {0,3})(`{3,}(?=[^`\n]*\n)|~{3,})[^|\n]*\n/;
const BLANK_OR_MARKS = /^[ \t]*(?:`*|~*)[ \t]*$/;

/** A top-level code block that is not closed yet. */
export class OpenFence {
  readonly box: CodeBox;
  /** How much of the text the opening line took. */
  readonly length: number;
  readonly #indent: number;
  readonly #closing: RegExp;
  /** The start of a line that may be the closing fence. */
  #held = "";
  #midLine = false;

  private constructor(opening: string, indent: number, marks: string) {
    this.box = new CodeBox(infoOf(opening));
    this.length = opening.length;
    this.#indent = indent;
    this.#closing = new RegExp(`^ {0,3}${marks[0]}{${marks.length},}[ \\t]*$`);
  }

  /** Begin a block when `text` starts with a whole opening line, else give null. */
  static at(text: string): OpenFence | null {
    const [opening, indent, marks] = OPENING.exec(text) ?? [];
    if (opening === undefined || indent === undefined || marks === undefined) return null;
    return new OpenFence(opening, indent.length, marks);
  }

  /**
   * Append code.
   *
   * @returns null while the block is open, or what follows the closing line.
   */
  push(text: string): string | null {
    const buffer = this.#held + text;
    this.#held = "";
    let drawn = "";
    let from = 0;
    let rest: string | null = null;
    for (
      let end = buffer.indexOf("\n");
      end >= 0 && rest === null;
      end = buffer.indexOf("\n", from)
    ) {
      const line = buffer.slice(from, end);
      from = end + 1;
      if (this.#isClosing(line)) rest = buffer.slice(from);
      else drawn += `${this.#part(line)}\n`;
      this.#midLine = false;
    }
    if (rest === null) drawn += this.#unfinished(buffer.slice(from));
    this.box.append(drawn);
    return rest;
  }

  /** No more text comes: what waited is code, unless it closes the block or is only white space. */
  end(): void {
    const isCode = this.#held.trim() && !this.#isClosing(this.#held);
    if (isCode) this.box.append(this.#part(this.#held));
    this.#held = "";
  }

  #isClosing(line: string): boolean {
    return !this.#midLine && this.#closing.test(line);
  }

  #unfinished(line: string): string {
    if (!this.#midLine && BLANK_OR_MARKS.test(line)) {
      this.#held = line;
      return "";
    }
    const part = this.#part(line);
    this.#midLine = true;
    return part;
  }

  #part(line: string): string {
    return this.#midLine ? line : dedented(line, this.#indent);
  }
}

/** The info string as the parser reads it: trimmed, escapes and entities undone. */
function infoOf(opening: string): string {
  return markdown.blocks(opening, noReferences(), false)[0]?.tokens[0]?.info ?? "";
}

/** Take up to `indent` columns of white space off; a tab that sticks out leaves spaces. */
function dedented(line: string, indent: number): string {
  let column = 0;
  let at = 0;
  while (column < indent && (line[at] === " " || line[at] === "\t")) {
    column += line[at] === "\t" ? 4 - (column % 4) : 1;
    at += 1;
  }
  return " ".repeat(Math.max(0, column - indent)) + line.slice(at);
}
