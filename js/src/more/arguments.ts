/**
 * Check edited arguments against their JSON Schema, before they are sent.
 *
 * Its one law: any schema and any value end within a bounded number of steps, and a word of the schema
 * that is not known here allows everything. The engine is the judge; this only saves a way.
 * Twin: `src/cellspeak/core/arguments.py`; both are held to `conformance/arguments.json`.
 */

import { type Data, dict, get, isObject, list, sameJson } from "../core/index";

const STEPS = 10_000;
const DEPTH = 60;

/** Return what is wrong with `args`, the first thing only; undefined if nothing is. */
export function complaint(args: unknown, schema: unknown): string | undefined {
  return new At(args, "", schema, { left: STEPS }, 0).fault(schema);
}

/** One value on the way through the schema. */
class At {
  constructor(
    readonly value: unknown,
    readonly path: string,
    readonly root: unknown,
    readonly budget: { left: number },
    readonly depth: number,
  ) {}

  fault(schema: unknown): string | undefined {
    this.budget.left -= 1;
    if (this.budget.left < 0 || this.depth > DEPTH) return undefined;
    if (schema === false) return `expected no ${this.path || "arguments"}`;
    if (!isObject(schema)) return undefined;
    return first(RULES, ([word, rule]) =>
      Object.hasOwn(schema, word) ? rule(this, schema[word], schema) : undefined,
    );
  }

  /** Take `steps` of what may still be done; false if that is not left. */
  spend(steps: number): boolean {
    this.budget.left -= steps;
    return this.budget.left >= 0;
  }

  expected(what: string): string {
    return `expected ${this.path || "the arguments"} ${what}; got ${short(this.value)}`;
  }

  inner(value: unknown, step: string | number): At {
    const key = typeof step === "number" ? `[${step}]` : this.path ? `.${step}` : step;
    return new At(value, this.path + key, this.root, this.budget, this.depth + 1);
  }

  /** Hold the same value to another schema. */
  same(schema: unknown): string | undefined {
    return new At(this.value, this.path, this.root, this.budget, this.depth + 1).fault(schema);
  }
}

type Rule = (at: At, argument: unknown, schema: Data) => string | undefined;

function first<T>(items: Iterable<T>, fault: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = fault(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

const TYPES: ReadonlyMap<string, readonly [string, (value: unknown) => boolean]> = new Map([
  ["string", ["a text", (value: unknown) => typeof value === "string"]],
  ["integer", ["a whole number", Number.isInteger]],
  ["number", ["a number", (value: unknown) => typeof value === "number"]],
  ["boolean", ["true or false", (value: unknown) => typeof value === "boolean"]],
  ["array", ["a list", Array.isArray]],
  ["object", ["an object", isObject]],
  ["null", ["null", (value: unknown) => value === null]],
]);

function short(value: unknown): string {
  // Many forms may each complain about one very large text.
  const part = typeof value === "string" ? value.slice(0, 160) : value;
  const text = [...(JSON.stringify(part) ?? "nothing")];
  return text.length <= 60 ? text.join("") : `${text.slice(0, 59).join("")}…`;
}

function type(at: At, names: unknown): string | undefined {
  const wanted = typeof names === "string" ? [names] : list(names);
  const known = wanted.flatMap((name) => {
    const found = typeof name === "string" ? TYPES.get(name) : undefined;
    return found ? [found] : [];
  });
  if (known.length < wanted.length || known.some(([, fits]) => fits(at.value))) return undefined;
  return at.expected(`to be ${known.map(([word]) => word).join(" or ")}`);
}

function oneOfList(at: At, options: unknown): string | undefined {
  if (!Array.isArray(options) || !at.spend(options.length)) return undefined;
  if (options.some((option) => sameJson(at.value, option))) return undefined;
  return at.expected(`to be one of ${options.slice(0, 8).map(short).join(", ")}`);
}

function constant(at: At, value: unknown): string | undefined {
  return sameJson(at.value, value) ? undefined : at.expected(`to be ${short(value)}`);
}

/** The rule of a word that compares a measure of some values with a number. */
function bound(
  measured: (value: unknown) => number | undefined,
  words: (bound: string) => string,
  fits: (size: number, bound: number) => boolean,
): Rule {
  return (at, limit) => {
    const size = measured(at.value);
    if (size === undefined || typeof limit !== "number" || fits(size, limit)) return undefined;
    return at.expected(words(short(limit)));
  };
}

const number = (value: unknown) => (typeof value === "number" ? value : undefined);
const length = (value: unknown) => (typeof value === "string" ? [...value].length : undefined);
const items = (value: unknown) => (Array.isArray(value) ? value.length : undefined);
const entries = (value: unknown) => (isObject(value) ? Object.keys(value).length : undefined);
const atLeast = (size: number, limit: number) => size >= limit;
const atMost = (size: number, limit: number) => size <= limit;

function required(at: At, names: unknown): string | undefined {
  const { value } = at;
  if (!isObject(value) || !at.spend(list(names).length)) return undefined;
  const missing = list(names).find(
    (name) => typeof name === "string" && !Object.hasOwn(value, name),
  );
  return missing === undefined
    ? undefined
    : `expected ${at.inner(null, String(missing)).path}, which is missing`;
}

function properties(at: At, schemas: unknown): string | undefined {
  const { value } = at;
  if (!isObject(value)) return undefined;
  return first(Object.entries(dict(schemas)), ([key, schema]) =>
    Object.hasOwn(value, key) ? at.inner(value[key], key).fault(schema) : undefined,
  );
}

function additional(at: At, allowed: unknown, schema: Data): string | undefined {
  const { value } = at;
  if (!isObject(value) || Object.hasOwn(schema, "patternProperties")) return undefined;
  const known = dict(get(schema, "properties"));
  return first(Object.keys(value), (key) =>
    Object.hasOwn(known, key) ? undefined : at.inner(value[key], key).fault(allowed),
  );
}

function each(at: At, item: unknown, schema: Data): string | undefined {
  const { value } = at;
  if (Array.isArray(item)) return prefix(at, item); // an older draft's `prefixItems`
  if (!Array.isArray(value)) return undefined;
  const start = list(get(schema, "prefixItems")).length;
  return first(value.entries(), ([i, one]) =>
    i < start ? undefined : at.inner(one, i).fault(item),
  );
}

function prefix(at: At, schemas: unknown): string | undefined {
  const { value } = at;
  if (!Array.isArray(value) || !Array.isArray(schemas)) return undefined;
  return first(value.slice(0, schemas.length).entries(), ([i, one]) =>
    at.inner(one, i).fault(schemas[i]),
  );
}

function unique(at: At, wanted: unknown): string | undefined {
  const { value } = at;
  if (wanted !== true || !Array.isArray(value)) return undefined;
  if (!at.spend(Math.floor(value.length ** 2 / 2))) return undefined;
  const twice = value.some((one, i) => value.slice(0, i).some((before) => sameJson(one, before)));
  return twice ? at.expected("to have each item once") : undefined;
}

function allOf(at: At, schemas: unknown): string | undefined {
  return first(list(schemas), (schema) => at.same(schema));
}

function anyOf(at: At, schemas: unknown): string | undefined {
  const faults = list(schemas).map((schema) => ({
    fault: at.same(schema),
    isNull: dict(schema).type === "null",
  }));
  if (faults.length === 0 || faults.some(({ fault }) => fault === undefined)) return undefined;
  // `X | None`: what is wrong with X says more than that no form fits.
  const [telling, ...more] = faults.filter(({ isNull }) => !isNull);
  return telling && more.length === 0 ? telling.fault : noForm(at);
}

function oneOf(at: At, schemas: unknown): string | undefined {
  const all = list(schemas);
  const fitting = all.filter((schema) => at.same(schema) === undefined);
  return fitting.length === 1 || all.length === 0 ? undefined : noForm(at);
}

function noForm(at: At): string {
  return at.expected("to have one of the forms that the tool allows");
}

function not(at: At, schema: unknown): string | undefined {
  // At the end of the budget everything fits, and then this says nothing.
  const fits = at.same(schema) === undefined && at.budget.left >= 0 && at.depth < DEPTH;
  return fits ? at.expected("to be something else") : undefined;
}

function ref(at: At, pointer: unknown): string | undefined {
  const found = pointed(at.root, pointer);
  return found === undefined ? undefined : at.same(found);
}

/** What `pointer` names in the same schema; nothing is ever fetched. */
export function pointed(root: unknown, pointer: unknown): unknown {
  if (typeof pointer !== "string" || !pointer.startsWith("#")) return undefined;
  let found = root;
  for (const part of pointer.slice(1).split("/").slice(1)) {
    found = get(dict(found), part.replaceAll("~1", "/").replaceAll("~0", "~"));
  }
  return found;
}

/** Word of the schema → what it asks. The order is that of the complaints. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["$ref", ref],
  ["type", type],
  ["enum", oneOfList],
  ["const", constant],
  ["minimum", bound(number, (b) => `to be at least ${b}`, atLeast)],
  ["maximum", bound(number, (b) => `to be at most ${b}`, atMost)],
  [
    "exclusiveMinimum",
    bound(
      number,
      (b) => `to be more than ${b}`,
      (v, b) => v > b,
    ),
  ],
  [
    "exclusiveMaximum",
    bound(
      number,
      (b) => `to be less than ${b}`,
      (v, b) => v < b,
    ),
  ],
  ["minLength", bound(length, (b) => `to have at least ${b} characters`, atLeast)],
  ["maxLength", bound(length, (b) => `to have at most ${b} characters`, atMost)],
  ["minItems", bound(items, (b) => `to have at least ${b} items`, atLeast)],
  ["maxItems", bound(items, (b) => `to have at most ${b} items`, atMost)],
  ["minProperties", bound(entries, (b) => `to have at least ${b} entries`, atLeast)],
  ["maxProperties", bound(entries, (b) => `to have at most ${b} entries`, atMost)],
  ["uniqueItems", unique],
  ["required", required],
  ["properties", properties],
  ["additionalProperties", additional],
  ["prefixItems", prefix],
  ["items", each],
  ["allOf", allOf],
  ["anyOf", anyOf],
  ["oneOf", oneOf],
  ["not", not],
]);
