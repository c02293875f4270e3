// @vitest-environment jsdom
import { afterEach, expect, test, vi } from "vitest";
import { Kernel } from "../../test/kernel";
import { asks, completes } from "../../test/says";
import { Stage } from "../../test/stage";
import { hideStatic } from "./hide";

const T = "s1.1";
const SAID = [asks(T, "hi"), ...completes(T, "m", "hello")];

const stages: Stage[] = [];
afterEach(() => {
  for (const stage of stages.splice(0)) stage.leave();
});

function rules(): string[] {
  const styles = [...document.head.querySelectorAll("style")];
  return styles
    .map(({ textContent }) => textContent ?? "")
    .filter((css) => css.includes("display"));
}

function stage(kernel = new Kernel()): Stage {
  const made = new Stage(kernel);
  stages.push(made);
  return made;
}

test("a transcript is hidden while at least one live view of it is there", () => {
  const kernel = new Kernel();
  const one = stage(kernel).chat(SAID);
  const two = stage(kernel).cell(T);
  expect(rules()).toEqual([".cs-static-1{display:none!important}"]);
  one.leave();
  expect(rules()).toHaveLength(1);
  two.leave();
  expect(rules()).toEqual([]);
});

test("a kernel that does not answer hides nothing", () => {
  const kernel = new Kernel();
  kernel.silent = true;
  stage(kernel).chat(SAID);
  stage(kernel).cell(T);
  expect(rules()).toEqual([]);
});

test("a cell whose turn is not there hides nothing", () => {
  stage().cell("s1.404", SAID);
  expect(rules()).toEqual([]);
});

test("a class that could break out of the rule is not used", () => {
  const { signal } = new AbortController();
  for (const name of ["", "a{}*", "a,b", "a b", "1a", "*"]) hideStatic(name, signal);
  expect(rules()).toEqual([]);
});

test("two evaluations of the bundle share one rule", async () => {
  const [one, two] = [new AbortController(), new AbortController()];
  hideStatic("cs-shared", one.signal);
  vi.resetModules();
  const again = await import("./hide");
  again.hideStatic("cs-shared", two.signal);
  expect(rules()).toHaveLength(1);
  one.abort();
  expect(rules()).toHaveLength(1);
  two.abort();
  expect(rules()).toEqual([]);
});
