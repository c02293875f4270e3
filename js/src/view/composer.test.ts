// @vitest-environment jsdom
import { afterEach, expect, test } from "vitest";
import { asks, completes, status } from "../../test/says";
import { frame, press, Stage } from "../../test/stage";

const T = "s1.1";
const POST = { type: "post", messages: [{ content: "hello" }] };

let stage: Stage;
afterEach(() => stage.leave());

test("the box is named Message, and Send waits for some text", () => {
  stage = new Stage().chat();
  expect(stage.type("  ").getAttribute("aria-label")).toBe("Message");
  expect(stage.button("Send").disabled).toBe(true);
  stage.type("hello");
  expect(stage.button("Send").disabled).toBe(false);
});

test("Send posts the text and empties the box", async () => {
  stage = new Stage().chat();
  const box = stage.type("hello");
  stage.button("Send").click();
  await frame();
  expect(stage.commands).toEqual([POST]);
  expect(box.value).toBe("");
});

test("Enter sends, Shift+Enter does not", () => {
  stage = new Stage().chat();
  const box = stage.type("hello");
  expect(press(box, "Enter", { shiftKey: true })).toBe(true);
  expect(stage.commands).toEqual([]);
  expect(press(box, "Enter")).toBe(false);
  expect(stage.commands).toEqual([POST]);
});

test("Enter that chooses a word of an input method sends nothing", () => {
  stage = new Stage().chat();
  const box = stage.type("hello");
  press(box, "Enter", { isComposing: true });
  press(box, "Enter", { keyCode: 229 });
  expect(stage.commands).toEqual([]);
});

test("a second Enter while the first is under way sends nothing", () => {
  stage = new Stage().chat();
  stage.kernel.silent = true;
  const box = stage.type("hello");
  press(box, "Enter");
  press(box, "Enter");
  expect(stage.commands).toEqual([POST]);
  expect(stage.text).toContain("Sending…");
});

test("what was not sent stays in the box, with the reason", async () => {
  stage = new Stage().chat();
  stage.kernel.answer = () => ({ error: { code: "rate_limit", message: "8 wait already" } });
  const box = stage.type("hello");
  press(box, "Enter");
  await frame();
  expect(box.value).toBe("hello");
  expect(box.readOnly).toBe(false);
  expect(stage.text).toContain("Not sent: 8 wait already");
});

test("Stop is there while the agent works, and stops that turn", async () => {
  stage = new Stage().chat([asks(T, "hi"), status(T, "Processing")]);
  stage.button("Stop").click();
  expect(stage.commands).toEqual([{ type: "cancel", turn_id: T }]);
  stage.kernel.say(...completes(T, "m", "done"));
  await frame();
  expect(stage.buttons("Stop")).toEqual([]);
});

test("an example of the empty state fills the box for the user to send", () => {
  stage = new Stage().chat();
  const examples = stage.shadow.querySelectorAll<HTMLButtonElement>(".example");
  expect(examples).toHaveLength(3);
  examples[1]?.click();
  expect(stage.find<HTMLTextAreaElement>("textarea").value).toBe(examples[1]?.textContent);
  expect(stage.commands).toEqual([]);
  expect(stage.button("Send").disabled).toBe(false);
});

test("nothing is sent to a conversation that has ended", async () => {
  stage = new Stage().chat();
  const box = stage.type("hello");
  stage.kernel.say({ type: "session_terminated", data: {} });
  await frame();
  press(box, "Enter");
  expect(stage.commands).toEqual([]);
  expect(stage.text).toContain("This conversation has ended.");
});

test("a queued message can be taken back", async () => {
  stage = new Stage().chat([asks(T, "one"), status(T, "Processing")]);
  stage.kernel.say(asks("s1.2", "two", { after_turn: T, queued: true }));
  await frame();
  expect(stage.text).toContain("1 message waits");
  stage.button("Take back").click();
  expect(stage.commands).toEqual([{ type: "cancel", turn_id: "s1.2" }]);
});
