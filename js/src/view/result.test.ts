// @vitest-environment jsdom
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Data } from "../../src/core/index";
import { asks, becomes, calls, completes, gives, status } from "../../test/says";
import { frame, Stage } from "../../test/stage";

const T = "s1.1";

let stage: Stage;
afterEach(() => {
  stage.leave();
  vi.unstubAllGlobals();
});

function outcome(data: Data): Stage {
  return new Stage().chat([
    asks(T, "x"),
    status(T, "Processing"),
    calls(T, "t1", "look", {}),
    gives(T, "t1", data),
    becomes(T, "t1", "done"),
  ]);
}

describe("the outcome of a tool", () => {
  test("is text as it is, and JSON as JSON", () => {
    stage = outcome({ result: "two\nlines" });
    expect(stage.text).toContain("two\nlines");
    stage.leave();
    stage = outcome({ result: { rows: [1, 2] } });
    expect(stage.text).toContain('"rows": [');
  });

  test("that is long is folded, and all of it is a press away", () => {
    const lines = Array.from({ length: 100 }, (_, n) => `line ${n}`).join("\n");
    stage = outcome({ result: lines });
    expect(stage.text).not.toContain("line 99");
    stage.button("Show all 100 lines").click();
    expect(stage.text).toContain("line 99");
    stage.button("Show less").click();
    expect(stage.text).not.toContain("line 99");
  });

  test("says that it is empty, and that it was shortened", () => {
    stage = outcome({ truncated: true });
    expect(stage.text).toContain("No output");
    expect(stage.text).toContain("Shortened");
  });

  test("that is large is fetched on a press", async () => {
    stage = outcome({ result: { blob: "abc", mime: "text/plain", size: 52_000, name: "log.txt" } });
    expect(stage.kernel.heardOf("blob")).toEqual([]);
    stage.button("Load log.txt, 52 KB").click();
    expect(stage.kernel.heardOf("blob")).toEqual([{ t: "blob", sha256: "abc" }]);
    stage.kernel.down({ t: "blob", sha256: "abc", error: "it was removed" });
    await frame();
    expect(stage.text).toContain("it was removed");
  });

  test("may be markdown, which is drawn without what a tool must not draw", () => {
    stage = outcome({ result: "x", mime: { "text/markdown": "**bold** <b>not</b>" } });
    expect(stage.find(".result strong").textContent).toBe("bold");
    expect(stage.text).toContain("<b>not</b>");
  });
});

describe("progress", () => {
  test("is a bar while the call runs, and goes with it", async () => {
    stage = new Stage().chat([asks(T, "x"), status(T, "Processing"), calls(T, "t1", "look", {})]);
    const data = { tool_call_id: "t1", fraction: 0.25, text: "1 of 4" };
    stage.kernel.say({ type: "tool_progress", turn: T, data });
    await frame();
    expect(stage.find<HTMLProgressElement>("progress").value).toBe(0.25);
    expect(stage.text).toContain("1 of 4");
    stage.kernel.say(becomes(T, "t1", "done"));
    await frame();
    expect(stage.text).not.toContain("1 of 4");
  });
});

describe("a block of code", () => {
  const said = completes(T, "m", "```python\nx = 1\n```");

  test("has its language and a button that copies it", async () => {
    const writeText = vi.fn(() => Promise.resolve());
    vi.stubGlobal("navigator", { clipboard: { writeText } });
    stage = new Stage().chat([asks(T, "x"), status(T, "Processing"), ...said]);
    expect(stage.find(".code-header span").textContent).toBe("python");
    stage.button("Copy").click();
    await frame();
    expect(writeText).toHaveBeenCalledWith("x = 1\n");
    expect(stage.button("Copied")).toBeDefined();
  });

  test("says so where copying is not allowed", async () => {
    vi.stubGlobal("navigator", {});
    stage = new Stage().chat([asks(T, "x"), status(T, "Processing"), ...said]);
    stage.button("Copy").click();
    await frame();
    expect(stage.button("Copying is not allowed here")).toBeDefined();
  });
});
