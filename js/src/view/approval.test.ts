// @vitest-environment jsdom
import { afterEach, describe, expect, test, vi } from "vitest";
import { asks, becomes, calls, closes, gives, requests, resolves, status } from "../../test/says";
import { frame, press, Stage } from "../../test/stage";
import * as real from "../more/index";
import { provideMore } from "./more";

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
afterEach(() => {
  stage.leave();
  provideMore(null);
});

/** The same question, with more in its request. */
function asking(more: object): typeof ASKING {
  return ASKING.map((said) =>
    said.type === "approval_request" ? { ...said, data: { ...said.data, ...more } } : said,
  );
}

async function openForm(): Promise<void> {
  provideMore(real);
  stage.button("Edit arguments").click();
  await frame();
}

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

describe("an edited answer", () => {
  const args_schema = {
    properties: { path: { type: "string" }, force: { type: "boolean" } },
    required: ["path"],
  };

  test("sends the whole of the arguments with the digest of those that were shown", async () => {
    stage = new Stage().chat(asking({ args_schema }));
    await openForm();
    const path = stage.find<HTMLInputElement>(".form input");
    expect(stage.shadow.activeElement).toBe(path);
    path.value = "b.txt";
    stage.button("Approve with changes").click();
    const args = { path: "b.txt", force: true };
    expect(stage.commands).toEqual([{ ...ANSWER, approved: true, args }]);
  });

  test("that changes nothing is a plain yes", async () => {
    stage = new Stage().chat(asking({ args_schema }));
    await openForm();
    stage.button("Approve with changes").click();
    expect(stage.commands).toEqual([{ ...ANSWER, approved: true }]);
  });

  test("that does not fit is not sent, and says why", async () => {
    stage = new Stage().chat(asking({ args_schema: { properties: { path: { minLength: 9 } } } }));
    await openForm();
    stage.button("Approve with changes").click();
    expect(stage.commands).toEqual([]);
    expect(stage.text).toContain("Expected path to have at least 9 characters");
  });

  test("keeps what was typed while the conversation goes on and while one looks back", async () => {
    stage = new Stage().chat(asking({ args_schema }));
    await openForm();
    stage.find<HTMLInputElement>(".form input").value = "c.txt";
    stage.kernel.say({ type: "usage", turn: T, data: { input_tokens: 1 } });
    await frame();
    stage.button("Back").click();
    expect(stage.shadow.activeElement).toBe(stage.button("Edit arguments"));
    await openForm();
    expect(stage.find<HTMLInputElement>(".form input").value).toBe("c.txt");
  });

  test("cannot be given where the form cannot be had, and the question stays", async () => {
    stage = new Stage().chat(ASKING);
    stage.kernel.silent = false;
    stage.button("Edit arguments").click();
    for (let tries = 0; tries < 8; tries += 1) await frame();
    expect(stage.text).toContain("Editing needs the kernel");
    expect(stage.button("Approve").disabled).toBe(false);
  });
});

describe("a yes for more than once", () => {
  const often = () => stage.find<HTMLSelectElement>(".approval select");

  test.each(["tool", "args"])("remembers the %s", (value) => {
    stage = new Stage().chat(ASKING);
    often().value = value;
    stage.button("Approve").click();
    expect(stage.commands).toEqual([{ ...ANSWER, approved: true, remember: value }]);
  });

  test("is not offered where the tool asks each time", () => {
    stage = new Stage().chat(asking({ always: true }));
    expect(often().closest("[hidden]")).not.toBeNull();
    expect(stage.text).toContain("This tool asks each time.");
    stage.button("Approve").click();
    expect(stage.commands).toEqual([{ ...ANSWER, approved: true }]);
  });

  test("does not go with a denial", () => {
    stage = new Stage().chat(ASKING);
    often().value = "tool";
    stage.button("Deny").click();
    stage.button("Deny").click();
    expect(stage.commands).toEqual([{ ...ANSWER, approved: false }]);
  });
});

describe("keys", () => {
  const card = () => stage.find(".approval");

  test("on the focused card approve", () => {
    stage = new Stage().chat(ASKING);
    card().focus();
    press(card(), "a");
    expect(stage.commands).toEqual([{ ...ANSWER, approved: true }]);
  });

  test("on the focused card ask for the reason, and that is not an answer", () => {
    stage = new Stage().chat(ASKING);
    press(card(), "d");
    expect(stage.shadow.activeElement).toBe(stage.find("textarea.why"));
    press(stage.find("textarea.why"), "a");
    expect(stage.commands).toEqual([]);
  });

  test.each([{ repeat: true }, { ctrlKey: true }, { metaKey: true }, { altKey: true }])(
    "with %j answer nothing",
    (more) => {
      stage = new Stage().chat(ASKING);
      press(card(), "a", more);
      expect(stage.commands).toEqual([]);
    },
  );

  test("elsewhere answer nothing", () => {
    stage = new Stage().chat(ASKING);
    press(stage.button("Deny"), "a");
    press(stage.find("textarea[name=message]"), "a");
    press(stage.find("summary"), "a");
    expect(stage.commands).toEqual([]);
  });

  test("made by a script answer nothing", () => {
    stage = new Stage().chat(ASKING, false);
    press(card(), "a");
    expect(stage.commands).toEqual([]);
  });

  test("answer nothing once it is answered", async () => {
    stage = new Stage().chat(ASKING);
    stage.kernel.say(resolves(T, "t1", true));
    await frame();
    press(card(), "a");
    expect(card().tabIndex).toBe(-1);
    expect(stage.commands).toEqual([]);
  });

  test("Enter in the composer sends a message and no answer", () => {
    stage = new Stage().chat(ASKING);
    press(stage.type("yes"), "Enter");
    const sent = stage.commands as { type: string }[];
    expect(sent.map(({ type }) => type)).toEqual(["post"]);
  });
});

describe("a press by pointer", () => {
  const pressed = () =>
    stage.button("Approve").dispatchEvent(new Event("pointerdown", { bubbles: true }));
  const released = () =>
    stage.button("Approve").dispatchEvent(new MouseEvent("click", { bubbles: true, detail: 1 }));
  const clicked = () => {
    pressed();
    released();
  };
  afterEach(() => vi.useRealTimers());

  test("on a card that has just appeared is none, and says so", () => {
    vi.useFakeTimers({ toFake: ["Date", "requestAnimationFrame"] });
    stage = new Stage().chat(ASKING);
    clicked();
    expect(stage.commands).toEqual([]);
    expect(stage.text).toContain("only just moved");
    vi.advanceTimersByTime(300);
    clicked();
    expect(stage.commands).toHaveLength(1);
  });

  test("on a card that was moved by what came above it is none", () => {
    vi.useFakeTimers({ toFake: ["Date", "requestAnimationFrame"] });
    stage = new Stage().chat(ASKING);
    vi.advanceTimersByTime(1_000);
    const card = stage.find(".approval");
    expect(card.dataset.moving).toBeUndefined();
    card.getBoundingClientRect = () => new DOMRect(0, 40, 10, 10);
    clicked();
    expect(stage.commands).toEqual([]);
    expect(stage.text).toContain("only just moved");
    vi.advanceTimersByTime(400);
    clicked();
    expect(stage.commands).toHaveLength(1);
  });
});

test("a card that moves between press and release, as notebooks do it, is answered", () => {
  vi.useFakeTimers({ toFake: ["Date", "requestAnimationFrame"] });
  stage = new Stage().chat(ASKING);
  vi.advanceTimersByTime(1_000);
  const approve = stage.button("Approve");
  approve.dispatchEvent(new Event("pointerdown", { bubbles: true }));
  stage.find(".approval").getBoundingClientRect = () => new DOMRect(0, 40, 10, 10);
  approve.dispatchEvent(new MouseEvent("click", { bubbles: true, detail: 1 }));
  expect(stage.commands).toHaveLength(1);
  vi.useRealTimers();
});

describe("an answered approval", () => {
  test("says that the arguments were changed and that it is remembered", async () => {
    stage = new Stage().chat(ASKING);
    const args = { path: "b.txt", force: true };
    stage.kernel.say(resolves(T, "t1", true, { args, remember: "tool" }));
    await frame();
    expect(stage.text).toMatch(/by you at .*, with changed arguments, and always in this session/);
    expect(stage.text).toContain("Arguments that ran, changed");
    const [ran, asked] = stage.shadow.querySelectorAll(".tool pre");
    expect([ran?.textContent, asked?.textContent]).toEqual(
      [args, ARGS].map((one) => JSON.stringify(one, null, 2)),
    );
  });

  test("does not take the focus, and gives it back to the card if it had it", async () => {
    stage = new Stage().chat(ASKING);
    stage.button("Deny").focus();
    stage.kernel.say(resolves(T, "t1", true));
    await frame();
    expect(stage.shadow.activeElement).toBe(stage.find(".tool > summary"));
  });

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

test("two views of one conversation announce an approval once, and agree on its end", async () => {
  stage = new Stage().chat(ASKING);
  const cell = new Stage(stage.kernel).cell(T);
  const voices = [stage, cell].map((one) => one.find("[aria-live=assertive]").textContent);
  expect(voices).toEqual(["Approval needed: delete_file", ""]);
  stage.kernel.say(resolves(T, "t1", true));
  await frame();
  expect([stage, cell].map((one) => one.buttons("Approve").length)).toEqual([0, 0]);
  cell.leave();
});

test("an approval without a tool call stands on its own, with its arguments", () => {
  stage = new Stage().chat([asks(T, "x"), requests(T, "t9", "pay", { amount: 3 })]);
  expect(stage.find(".approval pre").textContent).toBe('{\n  "amount": 3\n}');
  stage.button("Approve").click();
  expect(stage.commands).toHaveLength(1);
});

test("a request of an unknown form shows all that it says", () => {
  const data = { request_id: "r1", question: "Which of both?", options: ["left", "right"] };
  stage = new Stage().chat([asks(T, "x"), { type: "approval_request", turn: T, data }]);
  expect(stage.text).toContain("Which of both?");
  expect(stage.text).toContain("right");
  expect(stage.buttons("Edit arguments")).toEqual([]);
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
