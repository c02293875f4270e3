/** The shared vectors of `conformance/`, read as text: a bundler would obey a `__proto__` in them. */

import { readFileSync } from "node:fs";

/** One case of `fold.json`. */
export interface FoldVector {
  readonly name: string;
  readonly events: readonly Record<string, unknown>[];
  readonly expected: unknown;
  readonly gap?: boolean;
  readonly reads?: Readonly<Record<string, unknown>>;
}

/** One case of `events.json`. */
export interface CodecVector {
  readonly name: string;
  readonly what: "event" | "conversation" | "command";
  readonly raw: unknown;
  readonly expected?: unknown;
  readonly error?: string;
}

/** One case of `frames.json`. */
export interface FrameVector {
  readonly name: string;
  readonly before: readonly unknown[];
  readonly frames: readonly unknown[];
  readonly expected?: readonly unknown[];
  readonly resync?: boolean;
}

/** Return the cases of `conformance/<file>`. */
export function vectors<T>(file: string): readonly T[] {
  return JSON.parse(readFileSync(new URL(`../../conformance/${file}`, import.meta.url), "utf-8"));
}

/** Return *value* as it comes out of JSON. */
export function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
