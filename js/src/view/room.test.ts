// @vitest-environment jsdom
import { afterEach, expect, test } from "vitest";
import { roomOf } from "./room";

afterEach(() => document.body.replaceChildren());

function box(parent: Element | ShadowRoot, style: string): HTMLElement {
  const made = document.createElement("div");
  made.setAttribute("style", style);
  parent.append(made);
  return made;
}

test("a page that scrolls as a whole leaves all the room there is", () => {
  const cell = box(document.body, "overflow-y: auto");
  expect(roomOf(box(cell, ""))).toBeUndefined();
});

test("an output of limited height is found through shadow roots", () => {
  const output = box(document.body, "max-height: 610px; overflow-y: auto");
  const shadow = box(output, "").attachShadow({ mode: "open" });
  expect(roomOf(box(shadow, ""))).toBe(610);
});

test("the smallest box counts, and only one that scrolls", () => {
  const page = box(document.body, "max-height: 900px; overflow-y: scroll");
  const output = box(page, "max-height: 336px; overflow-y: auto");
  const clipped = box(output, "max-height: 100px; overflow-y: visible");
  expect(roomOf(box(clipped, ""))).toBe(336);
});
