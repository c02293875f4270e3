/**
 * Which field edits which value, and the fields that hold other fields.
 *
 * Its one law: a field gives back what it was given unless a person changed it, whatever the schema
 * says about it; the schema only chooses the control.
 */

import { dict, get, isObject, list, sameJson, without } from "../core/index";
import { button, element, signButton } from "../view/element";
import { oneLine } from "../view/words";
import { pointed } from "./arguments";
import { CARD } from "./cardStrings";
import {
  ChoiceField,
  type Field,
  JsonField,
  NumberField,
  type Plan,
  type Read,
  SwitchField,
  TextField,
} from "./controls";

const DEEPEST = 4;
const MOST = 50;

/** Make the field for `plan`. */
export function fieldFor(given: Plan): Field {
  const schema = resolved(given.schema, given.root);
  const plan = { ...given, schema, value: startOf(given.value, schema) };
  const { value, depth } = plan;
  const options = get(dict(schema), "enum");
  if (Array.isArray(options) && options.some((option) => sameJson(option, value))) {
    return new ChoiceField(plan, options);
  }
  if (depth < DEEPEST && isObject(value)) return new ObjectField(plan);
  if (depth < DEEPEST && isPlainList(value, schema)) return new ListField(plan);
  const kind = value === null ? kindOf(schema) : typeof value;
  if (kind === "boolean" && value !== null) return new SwitchField(plan);
  if (kind === "number" || kind === "integer") return new NumberField(plan);
  return kind === "string" ? new TextField(plan) : new JsonField(plan);
}

/** The first kind that the schema names, besides null. */
function kindOf(schema: unknown): unknown {
  const kind = get(dict(schema), "type");
  return Array.isArray(kind) ? kind.find((one) => one !== "null") : kind;
}

/** The schema that counts: behind a reference, and behind *this or nothing*. */
function resolved(schema: unknown, root: unknown, hops = 0): unknown {
  const pointer = get(dict(schema), "$ref");
  if (pointer !== undefined && hops < 8) return resolved(pointed(root, pointer), root, hops + 1);
  const forms = list(get(dict(schema), "anyOf")).filter(
    (form) => get(dict(form), "type") !== "null",
  );
  if (forms.length === 1 && hops < 8) {
    // The words about it stand beside the forms.
    return { ...dict(resolved(forms[0], root, hops + 1)), ...without(dict(schema), "anyOf") };
  }
  return schema;
}

/** What a new field starts with, by its schema. */
function startOf(value: unknown, schema: unknown): unknown {
  if (value !== undefined) return value;
  const asked = dict(schema);
  if (Object.hasOwn(asked, "default")) return asked.default;
  const [option] = list(get(asked, "enum"));
  if (option !== undefined) return option;
  const kind = kindOf(schema);
  const starts: ReadonlyMap<unknown, unknown> = new Map<unknown, unknown>([
    ["string", ""],
    ["number", 0],
    ["integer", 0],
    ["boolean", false],
    ["array", []],
    ["object", {}],
  ]);
  return starts.get(kind) ?? null;
}

function isPlainList(value: unknown, schema: unknown): boolean {
  const isList = Array.isArray(value) && value.length <= MOST;
  return isList && (value.length > 0 || isObject(get(dict(schema), "items")));
}

/** A list: a field for each item, which can be taken out, and one more. */
class ListField implements Field {
  readonly element = element("fieldset");
  readonly #rows = element("div", "rows");
  readonly #plan: Plan;
  #fields: Field[] = [];

  constructor(plan: Plan) {
    this.#plan = plan;
    const { name, signal } = plan;
    const add = button(CARD.addItem, "quiet", () => this.#add(undefined).focus(), signal);
    this.element.append(element("legend", "", oneLine(name, 80)), this.#rows, add);
    for (const item of plan.value as unknown[]) this.#add(item);
  }

  read(): Read {
    return together(this.#fields.map((field) => field.read()));
  }

  #add(value: unknown): HTMLElement {
    const { schema, depth } = this.#plan;
    const items = get(dict(schema), "items");
    const name = `${this.#plan.name}[${this.#fields.length}]`;
    const field = fieldFor({ ...this.#plan, schema: items, value, name, depth: depth + 1 });
    const row = element("div", "row", field.element);
    row.append(dropButton(name, () => this.#drop(field, row), this.#plan.signal));
    this.#fields.push(field);
    this.#rows.append(row);
    return row.querySelector<HTMLElement>("input, textarea, select") ?? row;
  }

  #drop(field: Field, row: HTMLElement): void {
    this.#fields = this.#fields.filter((one) => one !== field);
    row.remove();
  }
}

function together(reads: readonly Read[]): Read {
  const wrong = reads.find((read) => "problem" in read);
  return wrong ?? { value: reads.map((read) => ("value" in read ? read.value : undefined)) };
}

function dropButton(name: string, drop: () => void, signal: AbortSignal): HTMLButtonElement {
  return signButton("×", CARD.dropItem(oneLine(name, 80)), "quiet takeout", drop, signal);
}

/** An object: a field for each entry; those that may be missing can be taken out and put in. */
class ObjectField implements Field {
  readonly element: HTMLElement;
  readonly #plan: Plan;
  readonly #rows = element("div", "rows");
  readonly #absent = element("div", "buttons");
  readonly #fields = new Map<string, Field>();

  constructor(plan: Plan) {
    this.#plan = plan;
    this.element = element(plan.depth === 0 ? "div" : "fieldset");
    if (plan.depth > 0) this.element.append(element("legend", "", oneLine(plan.name, 80)));
    this.element.append(this.#rows, this.#absent);
    const value = dict(plan.value);
    for (const key of Object.keys(value)) this.#add(key, value[key]);
    for (const key of Object.keys(this.#known)) if (!Object.hasOwn(value, key)) this.#offer(key);
  }

  read(): Read {
    const reads = [...this.#fields].map(([key, field]) => [key, field.read()] as const);
    const wrong = reads.find(([, read]) => "problem" in read);
    if (wrong) return wrong[1];
    const pairs = reads.map(([key, read]) => [key, "value" in read ? read.value : undefined]);
    return { value: Object.fromEntries(pairs) };
  }

  get #known() {
    return dict(get(dict(this.#plan.schema), "properties"));
  }

  #add(key: string, value: unknown): HTMLElement {
    const { depth, signal, schema } = this.#plan;
    const own = get(this.#known, key);
    const field = fieldFor({ ...this.#plan, schema: own, value, name: key, depth: depth + 1 });
    const row = element("div", "row", field.element);
    if (!list(get(dict(schema), "required")).includes(key)) {
      row.append(dropButton(key, () => this.#drop(key, row), signal));
    }
    this.#fields.set(key, field);
    this.#rows.append(row);
    return row.querySelector<HTMLElement>("input, textarea, select") ?? row;
  }

  #drop(key: string, row: HTMLElement): void {
    this.#fields.delete(key);
    row.remove();
    this.#offer(key);
  }

  #offer(key: string): void {
    const title = CARD.addArgument(oneLine(key, 40));
    const add = button(title, "quiet", () => put(), this.#plan.signal);
    const put = () => {
      add.remove();
      this.#add(key, undefined).focus();
    };
    this.#absent.append(add);
  }
}
