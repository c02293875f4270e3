// @vitest-environment jsdom
import { Blob as NodeBlob, File as NodeFile } from "node:buffer";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Kernel } from "../../test/kernel";
import { asks, closes, completes, delta, status } from "../../test/says";
import { frame, press, Stage } from "../../test/stage";
import * as loaded from "../more/index";
import { provideMore } from "./more";
import { Window } from "./window";

const T = "s1.1";
const TALK = [asks(T, "first question"), ...completes(T, "m", "an answer")];

let stage: Stage;
let kernel: Kernel;

beforeEach(() => {
  provideMore(loaded);
  // Those of jsdom cannot be read.
  vi.stubGlobal("Blob", NodeBlob);
  vi.stubGlobal("File", NodeFile);
  sessionStorage.clear();
  URL.createObjectURL ??= () => "blob:x";
  URL.revokeObjectURL ??= () => {};
  kernel = new Kernel();
});

afterEach(() => {
  stage.leave();
  provideMore(null);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Let promises settle, more than one after the other. */
async function settled(): Promise<void> {
  for (let n = 0; n < 4; n += 1) await frame();
}

function box(): HTMLTextAreaElement {
  return stage.find<HTMLTextAreaElement>("textarea[name=message]");
}

function asked(): string[] {
  return kernel.heardOf("ask").map(({ what }) => String(what));
}

function pasted(...files: NodeFile[]): Event {
  const event = new Event("paste", { bubbles: true, composed: true, cancelable: true });
  return Object.assign(event, { clipboardData: { files } });
}

function errands(answers: Record<string, unknown>): void {
  kernel.errand = ({ what }) => ({ value: answers[String(what)] ?? null });
}

describe("files", () => {
  const NOTES = new NodeFile(["some notes"], "notes.txt", { type: "text/plain" });

  test("that are pasted become chips, and go with the message in parts", async () => {
    stage = new Stage(kernel).chat();
    expect(box().dispatchEvent(pasted(NOTES))).toBe(false);
    await settled();
    expect(stage.find(".field .chip").textContent).toBe("notes.txt · 10 bytes×");
    expect(kernel.heardOf("ask")).toEqual([]); // nothing leaves the page before Send
    kernel.errand = (_, [part]) => ({ value: { held: part?.byteLength } });
    stage.type("look");
    stage.button("Send").click();
    await settled();
    const [{ upload } = {}] = kernel.heardOf("ask");
    const file = { name: "notes.txt", mime: "text/plain", size: 10, upload };
    const messages = [{ content: "look", files: [file] }];
    expect(stage.commands).toEqual([{ type: "post", messages }]);
    expect(stage.shadow.querySelector(".field .chip")).toBeNull();
  });

  test("may go without a word, and may be taken away again", async () => {
    stage = new Stage(kernel).chat();
    box().dispatchEvent(pasted(NOTES));
    await settled();
    expect(stage.button("Send").disabled).toBe(false);
    stage.find<HTMLButtonElement>("[aria-label='Remove notes.txt']").click();
    expect(stage.button("Send").disabled).toBe(true);
  });

  test("that are too large are not attached, and why is said", async () => {
    stage = new Stage(kernel).chat();
    const large = new NodeFile(["x"], "big.bin");
    Object.defineProperty(large, "size", { value: 21_000_000 });
    box().dispatchEvent(pasted(large, NOTES));
    await settled();
    expect(stage.text).toContain("“big.bin” has 21.0 MB; a file may have 20.0 MB at most.");
    expect(stage.shadow.querySelectorAll(".field .chip")).toHaveLength(1);
  });

  test("that do not arrive keep the message and its files where they are", async () => {
    stage = new Stage(kernel).chat();
    box().dispatchEvent(pasted(NOTES));
    await settled();
    stage.type("look");
    stage.button("Send").click();
    await settled();
    expect(stage.text).toContain("Not sent: no such errand");
    expect(box().value).toBe("look");
    expect(stage.shadow.querySelectorAll(".field .chip")).toHaveLength(1);
    expect(stage.commands).toEqual([]);
  });

  test("open to exactly what was sent", async () => {
    const data = btoa("<b>as it is</b>");
    const files = [{ name: "a\u202Etxt.html", mime: "text/html", size: 15, data }];
    const post = asks(T, "q", { messages: [{ id: "u", content: "q", files }] });
    stage = new Stage(kernel).chat([post, ...completes(T, "m", "x")]);
    const chip = stage.find<HTMLDetailsElement>("details.file");
    expect(chip.querySelector("summary")?.textContent).toBe("a txt.html · 15 bytes");
    chip.open = true;
    chip.dispatchEvent(new Event("toggle"));
    await settled();
    expect(chip.querySelector("pre")?.textContent).toBe("<b>as it is</b>");
    expect(chip.querySelector("b")).toBeNull();
  });
});

describe("a draft", () => {
  test("is there again when the chat is drawn anew, and gone once it was sent", async () => {
    stage = new Stage(kernel).chat();
    stage.type("half a thou");
    stage.leave();
    stage = new Stage(kernel).chat();
    expect(box().value).toBe("half a thou");
    press(box(), "Enter");
    await settled();
    stage.leave();
    stage = new Stage(kernel).chat();
    expect(box().value).toBe("");
  });

  test("belongs to its session", async () => {
    stage = new Stage(kernel).chat();
    stage.type("for this one");
    kernel.traits.session_id = "s2";
    kernel.incarnation = "i2";
    kernel.down(kernel.reset());
    await frame();
    expect(box().value).toBe("");
    kernel.traits.session_id = "s1";
    kernel.incarnation = "i3";
    kernel.down(kernel.reset());
    await frame();
    expect(box().value).toBe("for this one");
  });

  test("is not needed: where nothing may be stored one writes all the same", () => {
    vi.spyOn(globalThis, "sessionStorage", "get").mockImplementation(() => {
      throw new Error("not allowed");
    });
    stage = new Stage(kernel).chat();
    stage.type("hello");
    expect(stage.button("Send").disabled).toBe(false);
    vi.restoreAllMocks();
  });
});

describe("the arrow keys in an empty box", () => {
  test("bring back what was asked, newest first, and the empty box", () => {
    const second = asks("s1.2", "second", { after_turn: T });
    stage = new Stage(kernel).chat([...TALK, second, ...completes("s1.2", "m2", "x")]);
    const seen = ["ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown", "ArrowDown"].map((key) => {
      press(box(), key);
      return box().value;
    });
    expect(seen).toEqual(["second", "first question", "first question", "second", ""]);
  });

  test("leave alone what is being written", () => {
    stage = new Stage(kernel).chat(TALK);
    stage.type("mine");
    expect(press(box(), "ArrowUp")).toBe(true);
    expect(box().value).toBe("mine");
  });
});

describe("Stop", () => {
  const RUNNING = [asks(T, "one"), status(T, "Processing")];

  test("says so at once, before the kernel has heard of it, and asks once", () => {
    stage = new Stage(kernel).chat(RUNNING);
    kernel.silent = true;
    const stop = stage.button("Stop");
    stop.focus();
    stop.click();
    expect(stop.textContent).toBe("Stopping…");
    expect(stage.shadow.activeElement).toBe(stop);
    stop.click();
    expect(stage.commands).toEqual([{ type: "cancel", turn_id: T }]);
  });

  test("can be pressed again when it was refused", async () => {
    stage = new Stage(kernel).chat(RUNNING);
    kernel.answer = () => ({ error: { code: "x", message: "it cannot be stopped" } });
    stage.button("Stop").click();
    await settled();
    expect(stage.text).toContain("it cannot be stopped");
    expect(stage.button("Stop")).toBeDefined();
  });
});

describe("a kernel that does not answer", () => {
  test("is said within three seconds, and the text stays", async () => {
    vi.useFakeTimers();
    stage = new Stage(kernel).chat();
    kernel.silent = true;
    stage.type("hello");
    press(box(), "Enter");
    expect(stage.button("Sending…").disabled).toBe(true);
    await vi.advanceTimersByTimeAsync(3_100);
    expect(stage.buttons("Sending…")).toEqual([]);
    expect(stage.text).toContain("The kernel has not answered yet. Your message stays here");
    await vi.advanceTimersByTimeAsync(8_000);
    expect(stage.text).toContain("Not sent: the kernel does not answer.");
    expect(box().value).toBe("hello");
    kernel.silent = false;
    await vi.advanceTimersByTimeAsync(11_000);
    expect(box().value).toBe("");
  });
});

describe("commands", () => {
  test("are offered below a slash, and chosen by keys or a press", async () => {
    stage = new Stage(kernel).chat();
    stage.type("/");
    await settled();
    const names = () => [...stage.shadow.querySelectorAll("[role=option] strong")];
    expect(names().map((one) => one.textContent)).toEqual([
      "/new",
      "/resume",
      "/export",
      "/model",
      "/help",
    ]);
    expect(box().getAttribute("aria-activedescendant")).toBe("cellspeak-option-0");
    press(box(), "ArrowDown");
    expect(stage.find("[aria-selected=true]").textContent).toContain("/resume");
    press(box(), "Escape");
    expect(names()).toEqual([]);
    expect(box().getAttribute("aria-activedescendant")).toBeNull();
    stage.type("/mo");
    await settled();
    press(box(), "Tab");
    expect(box().value).toBe("/model ");
    expect(stage.commands).toEqual([]);
  });

  test("that are unknown, and all else with a slash, are messages", async () => {
    stage = new Stage(kernel).chat();
    stage.type("/usr/bin: what is in it?");
    press(box(), "Enter");
    await settled();
    expect(stage.commands).toHaveLength(1);
    expect(asked()).toEqual([]);
  });

  test("/new asks for another session and is typed no longer", async () => {
    errands({ new: { session_id: "s2" } });
    stage = new Stage(kernel).chat();
    stage.type("/new");
    press(box(), "Enter");
    await settled();
    expect(asked()).toEqual(["new"]);
    expect(box().value).toBe("");
    expect(stage.commands).toEqual([]);
  });

  test("/model tells an agent from a model, and names the agents where nothing follows", async () => {
    errands({ agents: ["demo", "Researcher"], new: {} });
    stage = new Stage(kernel).chat();
    for (const name of ["demo", "openai:some-model", ""]) {
      stage.type(`/model ${name}`);
      press(box(), "Escape"); // the list of names
      press(box(), "Enter");
      await settled();
    }
    const made = kernel.heardOf("ask").filter(({ what }) => what === "new");
    expect(made.map(({ agent, model }) => [agent, model])).toEqual([
      ["demo", undefined],
      [undefined, "openai:some-model"],
    ]);
    expect(stage.text).toContain("Name an agent, or a model such as openai:gpt-5-mini:");
  });

  test("that are refused say why and stay in the box", async () => {
    kernel.errand = () => ({ error: { code: "conflict", message: "run %chat resume s2" } });
    stage = new Stage(kernel).chat();
    stage.type("/new");
    press(box(), "Enter");
    await settled();
    expect(stage.text).toContain("run %chat resume s2");
    expect(box().value).toBe("/new");
  });

  test("need the second file, and say so where it cannot be had", async () => {
    provideMore(null);
    vi.useFakeTimers();
    stage = new Stage(kernel).chat();
    stage.type("/help");
    press(box(), "Enter");
    await vi.advanceTimersByTimeAsync(130_000);
    expect(stage.text).toContain("This needs the kernel, which does not answer now.");
    expect(box().value).toBe("/help");
  });
});

describe("the list of conversations", () => {
  const ROWS = [
    { session_id: "s1", title: "this one", agent: "demo", current: true },
    { session_id: "s2", title: "<b>other</b>\u202E", agent: "demo", active_at: "2026-11-22" },
  ];

  async function opened(): Promise<HTMLElement> {
    errands({ sessions: ROWS, resume: {}, forget: null });
    stage = new Stage(kernel).chat();
    stage.button("Conversations").click();
    await settled();
    return stage.find(".sessions");
  }

  test("has titles, and goes on with one", async () => {
    const list = await opened();
    const titles = [...list.querySelectorAll(".title")].map((one) => one.textContent);
    expect(titles).toEqual(["this one", "<b>other</b>"]);
    expect(list.querySelector("b")).toBeNull();
    stage.button("Open").click();
    await settled();
    expect(kernel.heardOf("ask").at(-1)).toMatchObject({ what: "resume", session_id: "s2" });
    expect(stage.shadow.querySelector(".sessions")).toBeNull();
    expect(stage.shadow.activeElement).toBe(stage.button("Conversations"));
  });

  test("deletes one only after a second press", async () => {
    await opened();
    stage.buttons("Delete")[1]?.click();
    expect(asked()).toEqual(["sessions"]);
    expect(stage.text).toContain("Delete “<b>other</b>” for good?");
    stage.button("Cancel").click();
    stage.buttons("Delete")[1]?.click();
    stage.button("Delete for good").click();
    await settled();
    expect(kernel.heardOf("ask").at(-1)).toMatchObject({ what: "forget", session_id: "s2" });
    expect(stage.shadow.querySelectorAll(".session")).toHaveLength(1);
    expect(stage.shadow.activeElement).not.toBeNull();
  });

  test("is closed by Escape, and the keyboard comes back", async () => {
    const list = await opened();
    press(list, "Escape");
    expect(stage.shadow.querySelector(".sessions")).toBeNull();
    expect(stage.shadow.activeElement).toBe(stage.button("Conversations"));
  });
});

test("an export is saved by the page from the kernel's bytes", async () => {
  const saved: string[] = [];
  const click = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (
    this: HTMLAnchorElement,
  ) {
    saved.push(this.download);
  });
  errands({ export: { name: "what-is-tea.md", mime: "text/markdown" } });
  stage = new Stage(kernel).chat(TALK);
  stage.type("/export md");
  press(box(), "Enter");
  await settled();
  expect(saved).toEqual(["what-is-tea.md"]);
  click.mockRestore();
});

describe("people who do not see the view", () => {
  const said = () => stage.find("[aria-live=polite].unseen").textContent ?? "";

  test("hear each piece when it is whole, once, and nothing of what was there before", async () => {
    vi.useFakeTimers();
    stage = new Stage(kernel).chat(TALK);
    kernel.say(asks("s1.2", "more", { after_turn: T }), status("s1.2", "Processing"));
    kernel.say(delta("s1.2", "a", "I will "));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(said()).toBe("");
    kernel.say(closes("s1.2", "a", "I will **look**."));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(said()).toBe("I will look.");
    kernel.say(...completes("s1.2", "b", "Done."));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(said()).toBe("Done.");
  });

  test("hear nothing of a branch that comes back", async () => {
    vi.useFakeTimers();
    stage = new Stage(kernel).chat([
      ...TALK,
      asks("s1.2", "again"),
      ...completes("s1.2", "n", "B"),
    ]);
    kernel.say({ type: "head_changed", data: { turn_id: T } });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(said()).toBe("");
  });
});

test("a long chat holds no more of the page than before, and shows what was earlier", async () => {
  const said = (n: number) => [
    asks(`s1.${n}`, `q${n}`, n > 1 ? { after_turn: `s1.${n - 1}` } : {}),
    ...completes(`s1.${n}`, `m${n}`, `a${n}`),
  ];
  const numbers = Array.from({ length: 40 }, (_, n) => n + 1);
  stage = new Stage(kernel).chat(numbers.slice(0, 30).flatMap(said), true, new Window(20, 10));
  const before = stage.shadow.querySelectorAll("*").length;
  kernel.say(...numbers.slice(30).flatMap(said));
  await frame();
  expect(stage.shadow.querySelectorAll("*").length).toBe(before);
  expect(stage.find(".turn .bubble").textContent).toBe("q21");
  stage.button("Show earlier messages").click();
  expect(stage.find(".turn .bubble").textContent).toBe("q11");
});
