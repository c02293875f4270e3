/**
 * A map of turns that grows without being copied and without changing under anybody's eyes.
 *
 * Older versions stay what they were, and one step costs the same at the start of a conversation
 * and after five thousand turns.  Twin: `Turns` in `src/cellspeak/core/persistent.py`.
 */

const CHUNK = 64;

interface Parts<T> {
  /** Id → place.  Shared by all versions, only grows: a version knows its first `size` entries. */
  readonly order: Map<string, number>;
  readonly size: number;
  /** The settled turns by place, 64 together, so that changing one copies few. */
  readonly chunks: readonly (readonly (T | undefined)[])[];
  readonly live: ReadonlyMap<string, T>;
}

/** Turns by id, in the order they came.  Few are live at a time and are copied on each change. */
export class Turns<T> implements Iterable<readonly [string, T]> {
  readonly #parts: Parts<T>;

  constructor(parts: Parts<T> = { order: new Map(), size: 0, chunks: [], live: new Map() }) {
    this.#parts = parts;
  }

  /** How many turns there are. */
  get size(): number {
    return this.#parts.size;
  }

  /** The turns that are not settled: running and queued ones, oldest first. */
  get live(): readonly T[] {
    return [...this.#parts.live.values()];
  }

  /** Return the turn under *key*, if there is one. */
  get(key: string): T | undefined {
    const { live, chunks } = this.#parts;
    const at = this.#place(key);
    return (
      live.get(key) ?? (at === undefined ? undefined : chunks[Math.floor(at / CHUNK)]?.[at % CHUNK])
    );
  }

  /** Tell whether there is a turn under *key*. */
  has(key: string): boolean {
    return this.#place(key) !== undefined;
  }

  /** Tell whether *key* was put as settled. */
  isSettled(key: string): boolean {
    return this.has(key) && !this.#parts.live.has(key);
  }

  /** Return these turns with *turn* under *key*; *settled* says that it will hardly change. */
  put(key: string, turn: T, settled = false): Turns<T> {
    const { chunks } = this.#parts;
    const known = this.#place(key);
    const { order, size } = known === undefined ? this.#grown(key) : this.#parts;
    const live = new Map(this.#parts.live);
    if (!settled) return new Turns({ order, size, chunks, live: live.set(key, turn) });
    live.delete(key);
    return new Turns({ order, size, chunks: replaced(chunks, known ?? size - 1, turn), live });
  }

  /** Yield the ids, oldest first. */
  *keys(): IterableIterator<string> {
    const { order, size } = this.#parts;
    for (const [key, at] of order) {
      if (at >= size) return;
      yield key;
    }
  }

  /** Yield the turns, oldest first. */
  *values(): IterableIterator<T> {
    for (const [, turn] of this) yield turn;
  }

  /** Yield pairs of id and turn, oldest first. */
  *[Symbol.iterator](): IterableIterator<readonly [string, T]> {
    for (const key of this.keys()) {
      const turn = this.get(key);
      if (turn !== undefined) yield [key, turn];
    }
  }

  #place(key: string): number | undefined {
    const at = this.#parts.order.get(key);
    return at !== undefined && at < this.#parts.size ? at : undefined;
  }

  #grown(key: string): { order: Map<string, number>; size: number } {
    const { order, size } = this.#parts;
    // Another version may have grown it meanwhile; then the two part ways.
    const own = order.size === size ? order : new Map([...order].slice(0, size));
    own.set(key, size);
    return { order: own, size: size + 1 };
  }
}

function replaced<T>(
  chunks: readonly (readonly (T | undefined)[])[],
  at: number,
  value: T,
): readonly (readonly (T | undefined)[])[] {
  const outer = [...chunks];
  const i = Math.floor(at / CHUNK);
  while (outer.length <= i) outer.push([]);
  const inner = [...(outer[i] ?? [])];
  inner[at % CHUNK] = value;
  outer[i] = inner;
  return outer;
}
