// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Kernel } from "../test/kernel";
import { asks, completes } from "../test/says";
import { frame } from "../test/stage";
import turnModule from "./turn";
import widget, { drawTurn } from "./widget";

const T = "s1.1";
const BUNDLES = Symbol.for("cellspeak.bundles");

let hub: Kernel;
let page: AbortController;
let el: HTMLElement;

beforeEach(() => {
  hub = new Kernel({ _esm: `bundle ${Math.random()}` });
  hub.write(asks(T, "hi"), ...completes(T, "m", "hello"));
  page = new AbortController();
  el = document.createElement("main");
  document.body.append(el);
});

afterEach(() => {
  page.abort();
  el.remove();
});

function drawn(): string {
  return el.querySelector(".cellspeak")?.shadowRoot?.textContent ?? "";
}

/** The model of a cell, in a page where the bundle of the hub was loaded. */
function cell(found: () => Promise<Kernel>) {
  const bundles = new Map([[String(hub.get("_esm")), Promise.resolve({ drawTurn })]]);
  Reflect.set(globalThis, BUNDLES, bundles);
  const traits: Record<string, string> = { hub: "IPY_MODEL_h1", turn_id: T, static_class: "c1" };
  return { get: (name: string) => traits[name] ?? "", widget_manager: { get_model: found } };
}

test("initialize is done at once, says that there is a page and draws nothing", () => {
  expect(widget.initialize({ model: hub, signal: page.signal })).toBeUndefined();
  expect(hub.heard).toEqual([{ t: "ping" }]);
  expect(hub.listeners).toBe(1);
});

test("render draws the chat until the signal aborts", () => {
  widget.initialize({ model: hub });
  widget.render({ model: hub, el, signal: page.signal });
  expect(drawn()).toContain("hello");
  page.abort();
  expect(el.childElementCount).toBe(0);
});

test("the function that render gives back ends the view in hosts without signals", () => {
  widget.initialize({ model: hub });
  const end = widget.render({ model: hub, el });
  end();
  expect(el.childElementCount).toBe(0);
});

test("two views of one hub draw the same with one listener", () => {
  widget.initialize({ model: hub });
  widget.render({ model: hub, el, signal: page.signal });
  drawTurn({ hub, turn: T, staticClass: "c1", el, signal: page.signal });
  expect(el.childElementCount).toBe(2);
  expect(hub.listeners).toBe(1);
});

test("a cell draws its turn with the bundle of its hub", async () => {
  const asked: string[] = [];
  const model = cell((id?: string) => {
    asked.push(String(id));
    return Promise.resolve(hub);
  });
  await turnModule.render({ model: model as never, el, signal: page.signal });
  await frame();
  expect(asked).toEqual(["h1"]);
  expect(drawn()).toContain("hello");
});

test.each([
  ["its hub is gone", () => cell(() => Promise.reject(new Error("model not found")))],
  [
    "the host has no widget manager",
    () => ({ ...cell(() => Promise.resolve(hub)), widget_manager: undefined }),
  ],
])("a cell leaves its static transcript alone when %s", async (_, model) => {
  const info = vi.spyOn(console, "info").mockImplementation(() => {});
  await turnModule.render({ model: model() as never, el, signal: page.signal });
  expect(el.childElementCount).toBe(0);
  expect(info).toHaveBeenCalledOnce();
});

test("a cell that was removed while its hub was looked for draws nothing", async () => {
  page.abort();
  await turnModule.render({
    model: cell(() => Promise.resolve(hub)) as never,
    el,
    signal: page.signal,
  });
  expect(el.childElementCount).toBe(0);
});
