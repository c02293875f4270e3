/**
 * Read code line by line, and say what its pieces are.
 *
 * Its one law: the pieces of a line add up to the line, whatever it holds, and a line costs what it is
 * long: what is in it is decided once and for all.
 */

import { type Kind, type Language, languageOf, type State } from "./languages";

/** A piece of a line; an empty kind is plain. */
export interface Piece {
  readonly kind: Exclude<Kind, "word">;
  readonly text: string;
}

/** Longer lines are data. */
const LONGEST = 4_000;

const compiled = new WeakMap<State, RegExp>();

/** Reads one block of code, from its first line on. */
export class Lexer {
  readonly #language: Language;
  #state = "main";

  private constructor(language: Language) {
    this.#language = language;
  }

  /** A reader for the language that people call `name`; null when there is none here. */
  static for(name: string): Lexer | null {
    const language = languageOf(name);
    return language ? new Lexer(language) : null;
  }

  /** The pieces of the next line, which has no line break in it. */
  line(text: string): Piece[] {
    if (text.length > LONGEST) return [{ kind: "", text }];
    const pieces: Piece[] = [];
    let at = 0;
    while (at < text.length) at = this.#next(text, at, pieces);
    return pieces;
  }

  /** Read to the end of the next thing that has a name; gives where it ends. */
  #next(text: string, from: number, pieces: Piece[]): number {
    const state = this.#language.states[this.#state] as State;
    const pattern = patternOf(state);
    pattern.lastIndex = from;
    const found = pattern.exec(text);
    add(pieces, state.base, text.slice(from, found?.index ?? text.length));
    if (!found) return text.length;
    const rule = state.rules[found.findIndex((group, n) => n > 0 && group !== undefined) - 1];
    const [, kind = "", to] = rule ?? [];
    const end = found.index + found[0].length;
    add(pieces, kind === "word" ? this.#word(found[0], text, end) : kind, found[0]);
    this.#state = to ?? this.#state;
    // Nothing may match nothing for ever.
    return end > from || to ? end : this.#skip(text, from, pieces);
  }

  #skip(text: string, from: number, pieces: Piece[]): number {
    add(pieces, "", text.slice(from, from + 1));
    return from + 1;
  }

  #word(word: string, text: string, end: number): Piece["kind"] {
    const known = this.#language.words.get(this.#language.anyCase ? word.toLowerCase() : word);
    if (known && known !== "word") return known;
    return text[end] === "(" ? "function" : "";
  }
}

/** Neighbours of one kind are one piece. */
function add(pieces: Piece[], kind: Kind, text: string): void {
  if (text === "") return;
  const last = pieces.at(-1);
  if (last?.kind === kind) pieces[pieces.length - 1] = { kind: last.kind, text: last.text + text };
  else pieces.push({ kind: kind as Piece["kind"], text });
}

function patternOf(state: State): RegExp {
  const known = compiled.get(state);
  if (known) return known;
  const pattern = new RegExp(state.rules.map(([source]) => `(${source})`).join("|"), "gu");
  compiled.set(state, pattern);
  return pattern;
}
