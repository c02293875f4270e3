// @vitest-environment jsdom
import { afterEach, describe, expect, test } from "vitest";
import { asks, becomes, calls, closes, gives, requests, resolves, status } from "../../test/says";
import { frame, Stage } from "../../test/stage";

const T = "s1.1";
const ARGS = { path: "a.txt", force: true };
const ASKING = [
  asks(T, "delete it"),
  status(T, "Processing"),
  closes(T, "m1", "I would delete it."),
  calls(T, "t1", "delete_file", ARGS, "awaiting_approval"),
  requests(T, "t1", "delete_file", ARGS, { reason: "Cannot be undone." }),
  status(T, "AwaitingApproval"),
];
const ANSWER = {
  type: "respond",
  request_id: "r-t1",
  args_digest: "digest-t1",
  by: { kind: "user" },
};

let stage: Stage;
afterEach(() => stage.leave());

describe("a pending approval", () => {
  test("shows the tool, all of its arguments, the reason and two buttons", () => {
    stage = new Stage().chat(ASKING);
    expect(stage.text).toContain("Allow delete_file?");
    expect(stage.text).toContain("Cannot be undone.");
    expect(stage.find("pre").textContent).toBe(JSON.stringify(ARGS, null, 2));
    expect(stage.button("Approve").disabled).toBe(false);
    expect(stage.button("Deny").disabled).toBe(false);
  });

  test("shows arguments of any length unfolded", () => {
    const args = { text: "word ".repeat(1_000), lines: Array.from({ length: 40 }, (_, n) => n) };
    const long = requests(T, "t1", "delete_file", args);
    const call = calls(T, "t1", "delete_file", args, "awaiting_approval");
    stage = new Stage().chat([...ASKING.slice(0, 3), call, long]);
    expect(stage.find("pre").textContent).toBe(JSON.stringify(args, null, 2));
  });

  test("has the focus on none of its buttons", () => {
    stage = new Stage().chat(ASKING);
    expect(stage.shadow.activeElement).toBeNull();
  });

  test("is announced once", async () => {
    stage = new Stage().chat(ASKING);
    const voice = stage.find("[aria-live=assertive]");
    expect(voice.textContent).toBe("Approval needed: delete_file");
    voice.textContent = "";
    stage.kernel.say({ type: "usage", turn: T, data: { input_tokens: 1 } });
    await frame();
    expect(voice.textContent).toBe("");
  });

  test("says that the cell waits while it does", async () => {
    stage = new Stage().cell(T, ASKING);
    expect(stage.text).not.toContain("This cell waits");
    stage.kernel.down({ t: "waiting", turn_id: T });
    await frame();
    expect(stage.text).toContain("This cell waits for your answer.");
  });
});

describe("an answer", () => {
  test("approves what was shown", () => {
    stage = new Stage().chat(ASKING);
    stage.button("Approve").click();
    expect(stage.commands).toEqual([{ ...ANSWER, approved: true }]);
  });

  test("denies with the reason that was given", () => {
    stage = new Stage().chat(ASKING);
    stage.button("Deny").click();
    expect(stage.commands).toEqual([]);
    const why = stage.find<HTMLTextAreaElement>("textarea.why");
    expect(stage.shadow.activeElement).toBe(why);
    why.value = "  keep it ";
    stage.button("Deny").click();
    expect(stage.commands).toEqual([{ ...ANSWER, approved: false, deny_reason: "keep it" }]);
  });

  test("denies without a reason, too", () => {
    stage = new Stage().chat(ASKING);
    stage.button("Deny").click();
    stage.button("Deny").click();
    expect(stage.commands).toEqual([{ ...ANSWER, approved: false }]);
  });

  test("can be thought over, and then the focus is not on Approve", () => {
    stage = new Stage().chat(ASKING);
    stage.button("Deny").click();
    stage.button("Back").click();
    expect(stage.shadow.activeElement).toBe(stage.button("Deny"));
    expect(stage.button("Approve").disabled).toBe(false);
  });

  test("by a script is no answer", () => {
    stage = new Stage().chat(ASKING, false);
    stage.button("Approve").click();
    expect(stage.commands).toEqual([]);
  });

  test("is sent once: its buttons are off while it is under way and after it was taken", () => {
    stage = new Stage().chat(ASKING);
    stage.kernel.silent = true;
    const approve = stage.button("Approve");
    approve.click();
    approve.click();
    expect(approve.disabled).toBe(true);
    expect(stage.button("Deny").disabled).toBe(true);
    expect(stage.text).toContain("Sending your answer…");
    expect(stage.commands).toHaveLength(1);
  });

  test("that was refused can be given again, beside the reason", async () => {
    stage = new Stage().chat(ASKING);
    const message = "this approval expired; ask the agent again";
    stage.kernel.answer = () => ({ error: { code: "approval", message } });
    stage.button("Approve").click();
    await frame();
    expect(stage.text).toContain(message);
    expect(stage.button("Approve").disabled).toBe(false);
  });
});

describe("an answered approval", () => {
  test("says who approved and when, and has no buttons", async () => {
    stage = new Stage().chat(ASKING);
    stage.kernel.say(resolves(T, "t1", true), becomes(T, "t1", "running"));
    await frame();
    expect(stage.text).toMatch(/Approved by you at \d/);
    expect(stage.buttons("Approve")).toEqual([]);
    expect(stage.buttons("Deny")).toEqual([]);
  });

  test("says why it was denied, once", async () => {
    stage = new Stage().chat(ASKING);
    const by = { kind: "policy", name: "no deletes" };
    stage.kernel.say(
      resolves(T, "t1", false, { by, deny_reason: "Not here." }),
      gives(T, "t1", { error: "Denied: Not here." }),
      becomes(T, "t1", "denied"),
    );
    await frame();
    expect(stage.text).toMatch(/Denied by no deletes at .*: Not here\./);
    expect(stage.text.match(/Not here\./g)).toHaveLength(1);
  });

  test("shows the arguments that ran, not those that were asked for", async () => {
    stage = new Stage().chat(ASKING);
    stage.kernel.say(resolves(T, "t1", true, { args: { path: "b.txt" } }));
    await frame();
    expect(stage.find("pre").textContent).toBe(JSON.stringify({ path: "b.txt" }, null, 2));
  });

  test("that nobody answered in time is passed over", async () => {
    stage = new Stage().chat(ASKING);
    stage.kernel.say(status(T, "Idle"));
    await frame();
    expect(stage.text).toContain("The turn ended before anybody answered.");
    expect(stage.buttons("Approve")).toEqual([]);
  });
});

test("an approval without a tool call stands on its own", () => {
  stage = new Stage().chat([asks(T, "x"), requests(T, "t9", "pay", { amount: 3 })]);
  stage.button("Approve").click();
  expect(stage.commands).toHaveLength(1);
});

test("a sign-in request shows its address and is answered by hand", () => {
  const data = { request_id: "r-t1", url: "https://example.org/login", reason: "expired" };
  const request = { type: "reauth_request", turn: T, message: "ra", data };
  stage = new Stage().chat([asks(T, "x"), status(T, "Processing"), request]);
  expect(stage.find("a").textContent).toBe(data.url);
  stage.button("I have signed in").click();
  const { args_digest: _, ...answer } = ANSWER;
  expect(stage.commands).toEqual([{ ...answer, approved: true }]);
});

test("a sign-in address that is no web address is shown, and is no link", () => {
  const data = { request_id: "r", url: "javascript:alert(1)" };
  const request = { type: "reauth_request", turn: T, message: "ra", data };
  stage = new Stage().chat([asks(T, "x"), status(T, "Processing"), request]);
  expect(stage.text).toContain("javascript:alert(1)");
  expect(stage.shadow.querySelector("a")).toBeNull();
});
