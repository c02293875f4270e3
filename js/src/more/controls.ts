/**
 * The fields for single values: text, number, choice, switch, JSON.
 *
 * Its one law: a field gives back exactly what it was given unless a person changed it.
 */

import { dict, get, sameJson } from "../core/index";
import { element } from "../view/element";
import { STRINGS } from "../view/strings";
import { oneLine, readable } from "../view/words";
import { CARD } from "./cardStrings";

/** What stands in a field, or why that is no value. */
export type Read = { readonly value: unknown } | { readonly problem: string };

export interface Field {
  readonly element: HTMLElement;
  read(): Read;
}

/** What a field is made of. */
export interface Plan {
  readonly schema: unknown;
  /** What stands in it at first; undefined: nothing. */
  readonly value: unknown;
  /** The whole schema, for references. */
  readonly root: unknown;
  readonly name: string;
  readonly depth: number;
  readonly signal: AbortSignal;
}

const LONG = 60;

let lastId = 0;

/** A label with its control; what the schema says about it stands below. */
function labelled(plan: Pick<Plan, "name" | "schema">, control: HTMLElement): HTMLElement {
  const box = element("div", "field-row");
  const words = oneLine(get(dict(plan.schema), "description"), 300);
  lastId += 1;
  control.id = `cs-field-${lastId}`;
  if (plan.name === "") control.setAttribute("aria-label", STRINGS.arguments);
  else {
    const label = element("label", "", oneLine(plan.name, 80));
    label.htmlFor = control.id;
    box.append(label);
  }
  box.append(control);
  if (words) box.append(described(control, words));
  return box;
}

function described(control: HTMLElement, words: string): HTMLElement {
  const note = element("div", "dim hint", words);
  note.id = `${control.id}-about`;
  control.setAttribute("aria-describedby", note.id);
  return note;
}

/** One of a few values. */
export class ChoiceField implements Field {
  readonly element: HTMLElement;
  readonly #select = element("select");
  readonly #options: readonly unknown[];

  constructor(plan: Plan, options: readonly unknown[]) {
    this.#options = options;
    for (const option of options) {
      const text = typeof option === "string" ? option : readable(option);
      this.#select.append(element("option", "", oneLine(text, 120)));
    }
    this.#select.selectedIndex = options.findIndex((option) => sameJson(option, plan.value));
    this.element = labelled(plan, this.#select);
  }

  read(): Read {
    return { value: this.#options[this.#select.selectedIndex] };
  }
}

/** True or false. */
export class SwitchField implements Field {
  readonly element: HTMLElement;
  readonly #box = element("input");

  constructor(plan: Plan) {
    this.#box.type = "checkbox";
    this.#box.checked = plan.value === true;
    this.element = labelled(plan, this.#box);
    this.element.classList.add("switch");
  }

  read(): Read {
    return { value: this.#box.checked };
  }
}

/** A number; a text field, because browsers' number fields change by a turn of the wheel. */
export class NumberField implements Field {
  readonly element: HTMLElement;
  readonly #box = element("input");
  readonly #name: string;
  readonly #start: unknown;
  readonly #shown: string;

  constructor(plan: Plan) {
    this.#name = plan.name;
    this.#start = plan.value;
    this.#shown = plan.value === null ? "" : String(plan.value);
    this.#box.inputMode = "decimal";
    this.#box.autocomplete = "off";
    this.#box.value = this.#shown;
    this.element = labelled(plan, this.#box);
  }

  read(): Read {
    if (this.#box.value === this.#shown) return { value: this.#start };
    const text = this.#box.value.trim();
    const value = Number(text);
    if (text !== "" && Number.isFinite(value)) return { value };
    return { problem: CARD.notANumber(oneLine(this.#name, 80), oneLine(text, 40)) };
  }
}

/** Text of one line or of many; which one the text itself says. */
export class TextField implements Field {
  readonly element: HTMLElement;
  readonly #box: HTMLInputElement | HTMLTextAreaElement;
  readonly #start: unknown;
  readonly #shown: string;

  constructor(plan: Plan) {
    this.#start = plan.value;
    const text = plan.value === null ? "" : String(plan.value);
    const many = text.includes("\n") || text.length > LONG;
    this.#box = element(many ? "textarea" : "input");
    if (this.#box instanceof HTMLTextAreaElement) this.#box.rows = linesOf(text);
    else this.#box.autocomplete = "off";
    this.#box.spellcheck = false;
    this.#box.value = text;
    this.#shown = this.#box.value;
    this.element = labelled(plan, this.#box);
  }

  /** A browser writes line breaks in its own way: what nobody changed is given back as it came. */
  read(): Read {
    return { value: this.#box.value === this.#shown ? this.#start : this.#box.value };
  }
}

function linesOf(text: string): number {
  return Math.min(12, Math.max(3, text.split("\n").length));
}

/** Anything, as JSON. */
export class JsonField implements Field {
  readonly element: HTMLElement;
  readonly #box = element("textarea", "json");
  readonly #name: string;
  readonly #start: unknown;
  readonly #shown: string;

  constructor(plan: Pick<Plan, "name" | "schema" | "value">) {
    this.#name = plan.name;
    this.#start = plan.value;
    this.#box.value = JSON.stringify(plan.value ?? null, null, 2);
    this.#shown = this.#box.value;
    this.#box.rows = linesOf(this.#shown);
    this.#box.spellcheck = false;
    this.element = labelled(plan, this.#box);
  }

  read(): Read {
    if (this.#box.value === this.#shown) return { value: this.#start ?? null };
    try {
      return { value: JSON.parse(this.#box.value) };
    } catch {
      return { problem: CARD.notJson(oneLine(this.#name, 80)) };
    }
  }
}
