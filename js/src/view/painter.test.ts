// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { frame } from "../../test/stage";
import { Painter } from "./painter";

type Seen = (entries: { isIntersecting: boolean }[]) => void;

let scroll: (visible: boolean) => void;
let page: AbortController;

beforeEach(() => {
  page = new AbortController();
  class Observer {
    constructor(seen: Seen) {
      scroll = (isIntersecting) => seen([{ isIntersecting }]);
    }
    observe(): void {}
    disconnect(): void {}
  }
  vi.stubGlobal("IntersectionObserver", Observer);
});

afterEach(() => {
  page.abort();
  vi.unstubAllGlobals();
});

test("a view out of sight is drawn once, when it comes into sight", async () => {
  const paint = vi.fn();
  const painter = new Painter(document.body, paint, page.signal);
  scroll(false);
  painter.request();
  painter.request();
  await frame();
  expect(paint).not.toHaveBeenCalled();
  expect(painter.shown).toBe(false);
  scroll(true);
  await frame();
  expect(paint).toHaveBeenCalledOnce();
  expect(painter.shown).toBe(true);
});

test("a page in the background draws nothing until it comes to the front", async () => {
  const paint = vi.fn();
  const painter = new Painter(document.body, paint, page.signal);
  const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
  painter.request();
  await frame();
  expect(paint).not.toHaveBeenCalled();
  hidden.mockReturnValue(false);
  document.dispatchEvent(new Event("visibilitychange"));
  await frame();
  expect(paint).toHaveBeenCalledOnce();
});

test("a view that was not asked to draw does not draw when it comes into sight", async () => {
  const paint = vi.fn();
  new Painter(document.body, paint, page.signal);
  scroll(false);
  scroll(true);
  await frame();
  expect(paint).not.toHaveBeenCalled();
});

test("a view that has gone draws nothing more", async () => {
  const paint = vi.fn();
  const painter = new Painter(document.body, paint, page.signal);
  painter.request();
  page.abort();
  await frame();
  expect(paint).not.toHaveBeenCalled();
});
