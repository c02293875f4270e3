import { expect, it } from "vitest";
import { Turns } from "./turns";

/** A small repeatable generator: a failing run can be run again. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

it.each(Array.from({ length: 50 }, (_, seed) => seed))("equals a map: seed %i", (seed) => {
  const next = numbers(seed);
  const versions: [Turns<number>, Map<string, number>][] = [[new Turns(), new Map()]];
  for (let step = 0; step < 150; step++) {
    const [turns, model] = versions[next(versions.length)] ?? [new Turns<number>(), new Map()];
    const key = `k${next(100)}`;
    versions.push([turns.put(key, step, next(2) === 0), new Map(model).set(key, step)]);
  }
  for (const [turns, model] of versions) {
    expect([...turns]).toEqual([...model]);
    expect([...turns.values()]).toEqual([...model.values()]);
    expect(turns.size).toBe(model.size);
    expect([...model].every(([key, value]) => turns.get(key) === value)).toBe(true);
  }
});

it("knows what is live, oldest first", () => {
  const turns = new Turns<string>().put("a", "A").put("b", "B").put("c", "C").put("a", "A2", true);
  expect(turns.live).toEqual(["B", "C"]);
  expect(turns.isSettled("a")).toBe(true);
  expect(turns.isSettled("b")).toBe(false);
  expect(turns.isSettled("z")).toBe(false);
});

it("does not show an older version what a newer one added", () => {
  const old = new Turns<string>().put("a", "A");
  old.put("b", "B", true);
  expect(old.get("b")).toBeUndefined();
  expect(old.has("b")).toBe(false);
});
