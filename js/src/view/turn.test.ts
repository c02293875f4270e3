// @vitest-environment jsdom
import { afterEach, describe, expect, test } from "vitest";
import { Kernel } from "../../test/kernel";
import { asks, becomes, calls, closes, completes, delta, gives, status } from "../../test/says";
import { frame, Stage } from "../../test/stage";

const T = "s1.1";

let stage: Stage;
afterEach(() => stage.leave());

function items(): Element[] {
  return [...stage.shadow.querySelectorAll(".part")];
}

describe("what is drawn", () => {
  test("keeps its elements while the turn goes on", async () => {
    stage = new Stage().chat([asks(T, "go"), status(T, "Processing")]);
    stage.kernel.say(delta(T, "m1", "First **words"));
    await frame();
    const [text] = items();
    stage.kernel.say(
      delta(T, "m1", "** and more"),
      closes(T, "m1", "First **words** and more"),
      calls(T, "t1", "look", { at: 1 }),
    );
    await frame();
    const [, tool] = items();
    const pre = tool?.querySelector("pre");
    stage.kernel.say(gives(T, "t1", { result: "seen", duration_ms: 40 }), becomes(T, "t1", "done"));
    stage.kernel.say(...completes(T, "m2", "The end."));
    await frame();
    expect(items().slice(0, 2)).toEqual([text, tool]);
    expect(tool?.querySelector("pre")).toBe(pre);
    expect(text?.textContent).toBe("First words and more");
    expect(items().map((item) => item.className)).toEqual([
      "part text markdown",
      "part card tool",
      "part text markdown",
    ]);
  });

  test("keeps its elements over a snapshot of the same conversation", async () => {
    stage = new Stage().chat([asks(T, "go"), status(T, "Processing")]);
    stage.kernel.say(delta(T, "m1", "one\n\ntwo"));
    await frame();
    const before = [...items(), ...stage.shadow.querySelectorAll("p")];
    stage.kernel.deliver = () => {};
    stage.kernel.say(delta(T, "m1", " and"));
    stage.kernel.deliver = (message, pass) => pass(message);
    stage.kernel.say(delta(T, "m1", " three"));
    await frame();
    expect([...items(), ...stage.shadow.querySelectorAll("p")]).toEqual(before);
    expect(stage.text).toContain("two and three");
  });

  test("is one frame, however many events came", async () => {
    stage = new Stage().chat([asks(T, "go"), status(T, "Processing")]);
    await frame();
    let frames = 0;
    const real = globalThis.requestAnimationFrame;
    globalThis.requestAnimationFrame = (callback) => {
      frames += 1;
      return real(callback);
    };
    for (let n = 0; n < 50; n += 1) stage.kernel.say(delta(T, "m1", `${n} `));
    globalThis.requestAnimationFrame = real;
    await frame();
    expect(frames).toBe(1);
    expect(stage.text).toContain("48 49");
  });

  test("folds what the reader folded, whatever comes", async () => {
    stage = new Stage().chat([asks(T, "go"), status(T, "Processing")]);
    stage.kernel.say(calls(T, "t1", "look", { at: 1 }));
    await frame();
    const card = stage.find<HTMLDetailsElement>("details.tool");
    expect(card.open).toBe(true);
    card.open = false;
    stage.kernel.say(gives(T, "t1", { result: "seen" }), becomes(T, "t1", "done"));
    await frame();
    expect(card.open).toBe(false);
  });

  test("is the branch that the head is on", async () => {
    stage = new Stage().chat([asks(T, "one"), ...completes(T, "m1", "A")]);
    const [first] = stage.shadow.querySelectorAll(".turn");
    stage.kernel.say(asks("s1.2", "two", { after_turn: T }), ...completes("s1.2", "m2", "B"));
    stage.kernel.say(asks("s1.3", "again", { after_turn: T }), ...completes("s1.3", "m3", "C"));
    await frame();
    const turns = [...stage.shadow.querySelectorAll(".turn")];
    expect(turns).toHaveLength(2);
    expect(turns[0]).toBe(first);
    expect(stage.text).toContain("again");
    expect(stage.text).not.toContain("two");
    expect(stage.find(".switcher:not([hidden])").textContent).toBe("‹2/2›");
  });
});

describe("a cell", () => {
  test("shows its own turn, without the prompt that stands above it", () => {
    const said = [asks(T, "my prompt"), ...completes(T, "m", "my answer")];
    stage = new Stage().cell(T, said);
    expect(stage.text).toContain("my answer");
    expect(stage.text).not.toContain("my prompt");
    expect(stage.text).toContain("4.2 s · 1,056 tokens");
    expect(stage.shadow.querySelector("textarea[name=message]")).toBeNull();
  });

  test("says what the kernel has to say about it", () => {
    const note = "An older cell was run again: this is a new turn.";
    stage = new Stage().cell(T, [asks(T, "x"), ...completes(T, "m", "y")], note);
    expect(stage.text).toContain(note);
  });

  test("stops its own turn, not the running one", () => {
    const said = [asks(T, "one"), status(T, "Processing"), asks("s1.2", "two", { after_turn: T })];
    stage = new Stage().cell("s1.2", said);
    stage.button("Stop").click();
    expect(stage.commands).toEqual([{ type: "cancel", turn_id: "s1.2" }]);
  });

  test("asks for older turns until its own is there", async () => {
    const kernel = new Kernel();
    kernel.more = true;
    kernel.write(asks("s1.5", "new"), ...completes("s1.5", "m", "x"));
    stage = new Stage(kernel).cell(T);
    await frame();
    expect(kernel.heardOf("page")).toEqual([{ t: "page", before: "s1.5" }]);
    const message = { id: "m", kind: "text", text: "an old answer", status: "complete" };
    const turn = { id: T, status: "complete", idle: true, posts: [], messages: [message] };
    kernel.down({ t: "page", turns: { [T]: turn }, more: false });
    await frame();
    expect(stage.text).toContain("an old answer");
  });
});

describe("the kernel's silence", () => {
  test("is told with the line to run, once it is long", async () => {
    stage = new Stage().chat([asks(T, "hi"), ...completes(T, "m", "hello")]);
    expect(stage.text).not.toContain("%chat resume s1");
    Object.defineProperty(linkOf(stage), "status", { value: "gone" });
    stage.kernel.say({ type: "usage", turn: T, data: { input_tokens: 1 } });
    await frame();
    expect(stage.text).toContain("The kernel does not answer: it is busy or was restarted.");
    expect(stage.text).toContain("%chat resume s1");
    expect(stage.text).toContain("hello");
  });
});

describe("an item that this version does not know", () => {
  test("is shown as what it is", () => {
    const odd = { type: "hologram", turn: T, message: "h", data: { depth: 3 } };
    stage = new Stage().chat([asks(T, "x"), status(T, "Processing"), odd]);
    expect(stage.text).toContain("hologram");
    expect(stage.text).toContain('"depth": 3');
  });
});

function linkOf({ kernel }: Stage): object {
  const hubs = Reflect.get(globalThis, Symbol.for("cellspeak.hubs")) as Map<string, object>;
  return hubs.get(String(kernel.get("hub_id"))) ?? {};
}
