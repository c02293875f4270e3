/**
 * The list of commands below a slash: a listbox that the composer's keys move through.
 *
 * Its one law: the keyboard stays in the box; the list is named to it as its active descendant.
 */

import { dict, list, str } from "../core/index";
import { element, show } from "../view/element";
import type { Scene } from "../view/scene";
import { COMMANDS, mayBeCommand } from "../view/slash";
import { oneLine } from "../view/words";
import { MORE } from "./strings";

/** One line of the list; choosing it writes `text`, and runs it if nothing is to follow. */
interface Option {
  readonly text: string;
  readonly name: string;
  readonly hint: string;
  readonly runs: boolean;
}

/** `choose` is called with the text that was chosen, and whether to run it. */
type Choose = (text: string, now: boolean) => void;

/** Completes the commands in `box`. */
export class Completion {
  readonly element = element("div", "options");
  readonly #scene: Scene;
  readonly #box: HTMLTextAreaElement;
  readonly #choose: Choose;
  #options: readonly Option[] = [];
  #at = 0;
  #agents: readonly string[] | undefined;

  constructor(scene: Scene, box: HTMLTextAreaElement, choose: Choose) {
    this.#scene = scene;
    this.#box = box;
    this.#choose = choose;
    this.element.setAttribute("role", "listbox");
    this.element.setAttribute("aria-label", MORE.commands);
    this.element.id = "cellspeak-options";
    show(this.element, false);
  }

  /** Offer what begins like `text`; nothing if it is no command. */
  update(text: string): void {
    const options = mayBeCommand(text) ? this.#fitting(text) : [];
    // What is written out needs no list, unless it is chosen from.
    const done = options.length === 1 && options[0]?.text.trim() === text;
    this.#options = done ? [] : options;
    this.#at = 0;
    this.#draw();
    if (!done && options.length > 0) this.#scene.say(MORE.commandsFound(options.length));
  }

  close(): void {
    this.#options = [];
    this.#draw();
  }

  /** Take a key of the box; true if it was for the list. */
  key(event: KeyboardEvent): boolean {
    if (this.#options.length === 0 || event.isComposing || event.shiftKey) return false;
    const take = KEYS.get(event.key);
    if (!take) return false;
    event.preventDefault();
    event.stopPropagation();
    if (take === "close") this.close();
    else if (take === "choose") this.#take(this.#options[this.#at], event.key === "Enter");
    else this.#move(take);
    return true;
  }

  #fitting(text: string): readonly Option[] {
    if (text.startsWith("/model")) return this.#models(text.slice("/model".length).trim());
    const fitting = COMMANDS.filter((name) => `/${name}`.startsWith(text));
    return fitting.map((name) => ({
      text: name === "model" ? "/model " : `/${name}`,
      name: `/${name}`,
      hint: MORE.commandHints[name],
      runs: name !== "model",
    }));
  }

  #models(begun: string): readonly Option[] {
    if (!this.#agents) void this.#ask();
    const fitting = (this.#agents ?? []).filter((name) => name.startsWith(begun));
    return fitting.map((name) => ({
      text: `/model ${name}`,
      name: oneLine(name, 60),
      hint: "",
      runs: true,
    }));
  }

  async #ask(): Promise<void> {
    this.#agents = [];
    const { value } = await this.#scene.link.ask({ what: "agents" });
    this.#agents = list(value).map((name) => str(name));
    if (this.#box.value.startsWith("/model")) this.update(this.#box.value);
  }

  #move(by: 1 | -1): void {
    const { length } = this.#options;
    this.#at = (this.#at + by + length) % length;
    this.#draw();
  }

  #take(option: Option | undefined, now: boolean): void {
    if (!option) return;
    this.close();
    this.#choose(option.text, now && option.runs);
  }

  #draw(): void {
    const lines = this.#options.map((option, index) => this.#line(option, index));
    this.element.replaceChildren(...lines);
    show(this.element, lines.length > 0);
    this.#box.setAttribute("aria-autocomplete", "list");
    this.#name("aria-controls", lines.length > 0 ? this.element.id : "");
    this.#name("aria-activedescendant", lines[this.#at]?.id ?? "");
    lines[this.#at]?.scrollIntoView?.({ block: "nearest" });
  }

  #line(option: Option, index: number): HTMLElement {
    const hint = element("span", "dim", option.hint);
    const line = element("div", "option", element("strong", "", option.name), hint);
    line.id = `cellspeak-option-${index}`;
    line.setAttribute("role", "option");
    line.setAttribute("aria-selected", String(index === this.#at));
    const { signal } = this.#scene;
    // The press must not take the keyboard out of the box.
    line.addEventListener("pointerdown", (event) => event.preventDefault(), { signal });
    line.addEventListener("click", () => this.#take(option, true), { signal });
    return line;
  }

  #name(attribute: string, id: string): void {
    if (id) this.#box.setAttribute(attribute, id);
    else this.#box.removeAttribute(attribute);
  }
}

type Move = "close" | "choose" | 1 | -1;

const KEYS: ReadonlyMap<string, Move> = new Map<string, Move>([
  ["Escape", "close"],
  ["Enter", "choose"],
  ["Tab", "choose"],
  ["ArrowDown", 1],
  ["ArrowUp", -1],
]);

/** What an answer of the kernel went wrong with; empty if it did not. */
export function problemOf(answer: { readonly error?: { readonly message: string } }): string {
  return str(dict(answer.error).message);
}
