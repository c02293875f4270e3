// @vitest-environment jsdom
import { expect, it } from "vitest";
import type { Message } from "../core/index";
import { NotePart } from "./note";

function note(data: Message["data"]): HTMLElement {
  const part = new NotePart();
  part.update({ id: "n", kind: "note", status: "closed", text: "", data });
  return part.element;
}

it("is one line of plain text", () => {
  const drawn = note({ kind: "wait", text: "Asking again <b>in</b>\n30 s." });
  expect(drawn.querySelector("b")).toBeNull();
  expect(drawn.querySelector("div")?.textContent).toBe("Asking again <b>in</b> 30 s.");
  expect(drawn.querySelector("details")?.hidden).toBe(true);
});

it("opens to its detail where there is one", () => {
  const drawn = note({ kind: "memory", text: "Summed up.", detail: "She is Ada.\nShe asks." });
  const fold = drawn.querySelector("details");
  expect(fold?.hidden).toBe(false);
  expect(fold?.querySelector("summary")?.textContent).toBe("Summed up.");
  expect(fold?.querySelector(".plain")?.textContent).toBe("She is Ada.\nShe asks.");
});
