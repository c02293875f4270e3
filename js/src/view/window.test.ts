import { describe, expect, test } from "vitest";
import type { Turn } from "../core/index";
import { Window } from "./window";

describe("a long chat", () => {
  const turns = (count: number): Turn[] =>
    Array.from({ length: count }, (_, n) => ({ id: `s1.${n + 1}` }) as Turn);

  test("of a thousand turns draws no more than one of three hundred", () => {
    const window = new Window();
    const all = turns(1_000);
    const drawn = all.map((_, n) => window.of(all.slice(0, n + 1), true).length);
    expect(Math.max(...drawn)).toBe(299);
    expect(window.of(all, true).at(-1)).toBe(all.at(-1));
    const [first] = window.of(all, true);
    window.widen(all);
    expect(all.indexOf(first as Turn) - all.indexOf(window.of(all, true)[0] as Turn)).toBe(100);
  });

  test("takes nothing away from a reader who is not at its end", () => {
    const window = new Window();
    const all = turns(900);
    const [first] = window.of(all.slice(0, 250), false);
    expect(window.of(all, false)[0]).toBe(first);
    expect(window.of(all, true).length).toBe(200);
  });
});
