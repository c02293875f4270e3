// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test } from "vitest";
import { asks, completes, status } from "../../test/says";
import { frame, press, Stage } from "../../test/stage";
import * as loaded from "../more/index";
import { provideMore } from "./more";

const ONE = "s1.1";
const TWO = "s1.2";
const TALK = [
  asks(ONE, "one", {
    messages: [{ id: "u", content: "one", files: [{ name: "a.txt", blob: "b" }] }],
  }),
  ...completes(ONE, "m1", "first answer"),
  asks(TWO, "two", { after_turn: ONE }),
  ...completes(TWO, "m2", "second answer"),
];

let stage: Stage;
beforeEach(() => provideMore(loaded));
afterEach(() => {
  stage.leave();
  provideMore(null);
});

function again(turn: number): HTMLButtonElement {
  const found = stage.shadow.querySelectorAll<HTMLButtonElement>("[data-act=again]")[turn];
  if (!found) throw new Error(`expected a button in turn ${turn}`);
  return found;
}

test("Regenerate posts the same, files and all, behind the turn before", () => {
  stage = new Stage().chat(TALK);
  again(1).click();
  again(0).click();
  expect(stage.commands).toEqual([
    { type: "post", messages: [{ content: "two" }], after_turn: ONE },
    {
      type: "post",
      messages: [{ content: "one", files: [{ name: "a.txt", blob: "b" }] }],
      root: true,
    },
  ]);
});

test("a turn that failed offers to try again, and none does while the agent works", async () => {
  stage = new Stage().chat([
    asks(ONE, "one"),
    { type: "error", turn: ONE, data: { error: "no answer", retryable: true } },
    {
      type: "message_complete",
      turn: ONE,
      message: "m",
      data: { text: "", status: "interrupted" },
    },
    status(ONE, "Idle"),
  ]);
  stage.button("Try again").click();
  expect(stage.commands).toHaveLength(1);
  stage.kernel.say(asks(TWO, "one"), status(TWO, "Processing"));
  await frame();
  expect([...stage.buttons("Try again"), ...stage.buttons("Regenerate")]).toEqual([]);
  expect(stage.buttons("Edit")).toEqual([]);
});

test("an edited message is asked behind the same turn and keeps its files", async () => {
  stage = new Stage().chat(TALK);
  stage.buttons("Edit")[0]?.click();
  await frame();
  const box = stage.find<HTMLTextAreaElement>(".editor textarea");
  expect(box.value).toBe("one");
  box.value = "other";
  press(box, "Enter", { shiftKey: true });
  press(box, "Enter", { isComposing: true });
  expect(stage.commands).toEqual([]);
  press(box, "Enter");
  const messages = [{ content: "other", files: [{ name: "a.txt", blob: "b" }] }];
  expect(stage.commands).toEqual([{ type: "post", messages, root: true }]);
});

test("Escape leaves an edit, and the keyboard is where it was", async () => {
  stage = new Stage().chat(TALK);
  const edit = stage.buttons("Edit")[1];
  edit?.click();
  await frame();
  expect(stage.buttons("Edit")).toHaveLength(1);
  press(stage.find(".editor textarea"), "Escape");
  expect(stage.shadow.querySelector(".editor")).toBeNull();
  expect(stage.shadow.activeElement).toBe(edit);
  expect(stage.commands).toEqual([]);
});

test("the switcher asks for the tip of the other branch, and the log says what is shown", async () => {
  stage = new Stage().chat([...TALK, asks("s1.3", "one"), ...completes("s1.3", "m3", "third")]);
  expect(stage.find(".switcher").textContent).toBe("‹2/2›");
  stage.find<HTMLButtonElement>("[aria-label='Earlier version']").click();
  expect(stage.commands).toEqual([{ type: "set_head", turn_id: TWO }]);
  expect(stage.text).toContain("third");
  expect(stage.find("[aria-live=polite].unseen").textContent).toBe("Version 1 of 2");
  stage.kernel.say({ type: "head_changed", data: { turn_id: TWO } });
  await frame();
  expect(stage.text).toContain("second answer");
  expect(stage.text).not.toContain("third");
});

test("the keyboard stays at the switcher when the branch changes under it", async () => {
  stage = new Stage().chat([...TALK, asks("s1.3", "one"), ...completes("s1.3", "m3", "third")]);
  stage.find("[aria-label='Earlier version']").focus();
  stage.kernel.say({ type: "head_changed", data: { turn_id: TWO } });
  await frame();
  // The first branch has no earlier one: its twin has the focus.
  expect(stage.shadow.activeElement?.getAttribute("aria-label")).toBe("Later version");
});

test("a branch switch takes no focus that is elsewhere", async () => {
  stage = new Stage().chat([...TALK, asks("s1.3", "one"), ...completes("s1.3", "m3", "third")]);
  const box = stage.find("textarea[name=message]");
  box.focus();
  stage.kernel.say({ type: "head_changed", data: { turn_id: TWO } });
  await frame();
  expect(stage.shadow.activeElement).toBe(box);
});

test("two views of one chat show the same branch", async () => {
  stage = new Stage().chat([...TALK, asks("s1.3", "one"), ...completes("s1.3", "m3", "third")]);
  const other = new Stage(stage.kernel).chat();
  stage.kernel.say({ type: "head_changed", data: { turn_id: TWO } });
  await frame();
  expect(other.text).toBe(stage.text);
  expect(other.text).toContain("second answer");
  other.leave();
});

test("a cell offers nothing of it: running the cell again does it", () => {
  stage = new Stage().cell(ONE, TALK);
  expect([...stage.buttons("Regenerate"), ...stage.buttons("Edit")]).toEqual([]);
});
