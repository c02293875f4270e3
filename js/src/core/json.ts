/**
 * Reading JSON that somebody else wrote.
 *
 * Each function answers for any value: the value if it is of the kind, else the default.
 * Twin: `src/cellspeak/core/kinds.py`.
 */

/** A JSON object whose values are not known yet.  Never changed after it was put into an event. */
export type Data = { readonly [key: string]: unknown };

const NOTHING: Data = Object.freeze({});

/** Tell whether *value* is a JSON object (and no array). */
export function isObject(value: unknown): value is Data {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Return the own value under *key*: a model's `constructor` or `__proto__` is a key like any. */
export function get(data: Data, key: string): unknown {
  return Object.hasOwn(data, key) ? data[key] : undefined;
}

/** Return *value* if it is a string, else *otherwise*. */
export function str(value: unknown, otherwise = ""): string {
  return typeof value === "string" ? value : otherwise;
}

/** Return *value* if it is a string, else undefined. */
export function opt(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Return *value* if it is a whole number that JavaScript holds exactly, else undefined. */
export function int(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : undefined;
}

/** Return *value* if it is an object, else an empty one. */
export function dict(value: unknown): Data {
  return isObject(value) ? value : NOTHING;
}

/** Return *value* if it is an object, else undefined. */
export function optDict(value: unknown): Data | undefined {
  return isObject(value) ? value : undefined;
}

/** Return *value* if it is an array, else an empty one. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Return *data* without *keys*. */
export function without(data: Data, ...keys: readonly string[]): Data {
  return Object.fromEntries(Object.entries(data).filter(([key]) => !keys.includes(key)));
}

/** Tell whether two JSON values are equal. */
export function sameJson(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((value, i) => sameJson(value, other[i]));
  }
  if (!isObject(one) || !isObject(other)) return one === other;
  const keys = Object.keys(one);
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && sameJson(one[key], other[key]));
}
