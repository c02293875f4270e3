// @vitest-environment jsdom
import { Blob } from "node:buffer";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Data } from "../../src/core/index";
import { asks, becomes, calls, gives, status } from "../../test/says";
import { frame, press, Stage } from "../../test/stage";
import * as real from "../more/index";
import { provideMore } from "./more";

const T = "s1.1";
const TABLE = "application/vnd.cellspeak.table+json";
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

let stage: Stage;
afterEach(() => {
  stage.leave();
  provideMore(null);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function outcome(data: Data, args: Data = {}): Stage {
  return new Stage().chat([
    asks(T, "x"),
    status(T, "Processing"),
    calls(T, "t1", "look", args),
    gives(T, "t1", data),
    becomes(T, "t1", data.error ? "failed" : "done"),
  ]);
}

/** Blobs that can be read and have addresses, unlike those of jsdom. */
function withAddresses(): string[] {
  const types: string[] = [];
  vi.stubGlobal("Blob", Blob);
  vi.stubGlobal("URL", {
    createObjectURL: (blob: Blob) => {
      types.push(blob.type);
      return `blob:${types.length}`;
    },
    revokeObjectURL: () => {},
  });
  return types;
}

describe("a running call", () => {
  const at = "2026-11-22T14:00:00.000Z";

  test("says how long it has been at it, since the time in the log", () => {
    vi.useFakeTimers({ now: Date.parse("2026-11-22T14:01:05Z") });
    const call = { ...calls(T, "t1", "look", {}), at };
    stage = new Stage().chat([asks(T, "x"), status(T, "Processing"), call]);
    expect(stage.find(".time").textContent).toBe("1 min 5 s");
    vi.advanceTimersByTime(2_000);
    expect(stage.find(".time").textContent).toBe("1 min 7 s");
  });

  test("says how long it took once it is done, and ticks no more", async () => {
    stage = new Stage().chat([asks(T, "x"), status(T, "Processing"), calls(T, "t1", "look", {})]);
    const outcome = gives(T, "t1", { result: "seen", duration_ms: 1_400 });
    stage.kernel.say(outcome, becomes(T, "t1", "done"));
    await frame();
    expect(stage.find(".time").textContent).toBe("1.4 s");
  });

  test("of a kernel whose clock is ahead has only just begun", () => {
    vi.useFakeTimers({ now: Date.parse("2026-11-22T13:00:00Z") });
    const call = { ...calls(T, "t1", "look", {}), at };
    stage = new Stage().chat([asks(T, "x"), status(T, "Processing"), call]);
    vi.advanceTimersByTime(3_000);
    expect(stage.find(".time").textContent).toBe("3.0 s");
  });
});

describe("a failed call", () => {
  test("shows its error, and its traceback folded", () => {
    stage = outcome({ error: "ValueError: no", traceback: 'File "x.py", line 3\nValueError: no' });
    expect(stage.find(".failure").textContent).toBe("ValueError: no");
    const traceback = stage.find<HTMLDetailsElement>("details.traceback:not([hidden])");
    expect(traceback.open).toBe(false);
    expect(traceback.textContent).toContain("line 3");
  });
});

describe("arguments", () => {
  test("that are short stand on one line", () => {
    stage = outcome({ result: 1 }, { path: "a b.csv", rows: 5 });
    expect(stage.find("pre").textContent).toBe('{ "path": "a b.csv", "rows": 5 }');
  });
});

describe("a table", () => {
  beforeEach(() => provideMore(real));

  const table = {
    columns: ["name", { name: "size" }, "<b>"],
    rows: [["a", 1, null], ["b", 2.5, { deep: true }], { name: "c", size: 3 }],
    total_rows: 1234,
    truncated: true,
  };

  test("is drawn with its head, its numbers to the right, and how many rows there are", () => {
    stage = outcome({ result: "text of it", mime: { [TABLE]: table, "text/plain": "x" } });
    const cells = [...stage.shadow.querySelectorAll("tr")].map((row) =>
      [...row.children].map((cell) => cell.textContent),
    );
    expect(cells).toEqual([
      ["name", "size", "<b>"],
      ["a", "1", ""],
      ["b", "2.5", '{ "deep": true }'],
      ["c", "3", ""],
    ]);
    expect(stage.find("tbody td:nth-child(2)").className).toBe("number");
    expect(stage.find("tbody td:nth-child(1)").className).toBe("");
    expect(stage.text).toContain("3 of 1,234 rows");
  });

  test("scrolls by keyboard in a box that has a name", () => {
    stage = outcome({ mime: { [TABLE]: table } });
    const box = stage.find(".scroll");
    expect([box.tabIndex, box.getAttribute("role"), box.getAttribute("aria-label")]).toEqual([
      0,
      "region",
      "Table",
    ]);
  });

  test("that is whole says only how long it is", () => {
    stage = outcome({ mime: { [TABLE]: { columns: ["a"], rows: [[1]], total_rows: 1 } } });
    expect(stage.find(".data .note").textContent).toBe("1 row");
  });

  test.each([{}, { columns: "a", rows: 5 }, { columns: [], rows: [[]] }])(
    "that is none (%j) is shown as the text beside it",
    (broken) => {
      stage = outcome({ result: "the text", mime: { [TABLE]: broken } });
      expect(stage.find(".result").textContent).toContain("the text");
    },
  );
});

describe("a picture", () => {
  test("brings its own bytes, says who made it, and can be kept", () => {
    stage = outcome({ mime: { "image/png": PIXEL, "text/plain": "<Figure>" } });
    const image = stage.find<HTMLImageElement>("img");
    expect(image.src).toBe(`data:image/png;base64,${PIXEL}`);
    expect(image.alt).toBe("Picture made by look");
    expect(stage.find<HTMLAnchorElement>("a.save").download).toBe("Picture made by look.png");
  });

  test("opens its card even when it is history", () => {
    stage = outcome({ mime: { "image/png": PIXEL } });
    expect(stage.find<HTMLDetailsElement>("details.tool").open).toBe(true);
    stage.leave();
    stage = outcome({ result: "text" });
    expect(stage.find<HTMLDetailsElement>("details.tool").open).toBe(false);
  });

  test("of the kind SVG is only ever the source of an image, and has no origin in a tab", () => {
    const types = withAddresses();
    stage = outcome({ mime: { "image/svg+xml": "<svg onload='alert(1)'><script/>\ud83d</svg>" } });
    const { src } = stage.find<HTMLImageElement>("img");
    expect(src).toMatch(/^data:image\/svg\+xml;charset=utf-8,%3Csvg%20onload/);
    expect(stage.find<HTMLAnchorElement>("a.save").href).toBe(src);
    expect(types).toEqual([]);
    expect(stage.shadow.querySelector("svg, script")).toBeNull();
  });

  test.each([
    ["image/svg+xml", "https://example.org/x.svg"],
    ["image/png", "https://example.org/x.png"],
    ["image/png", "javascript:alert(1)"],
  ])("of %s that is an address is no picture", (type, text) => {
    withAddresses();
    stage = outcome({ result: "the text", mime: { [type]: text } });
    expect(stage.shadow.querySelector("img")).toBeNull();
    expect(stage.find(".result").textContent).toContain("the text");
  });

  test("that is a blob is fetched when asked for where nothing can be seen", async () => {
    const types = withAddresses();
    const ref = { blob: "abc", mime: "image/png", size: 70, name: "plot.png" };
    stage = outcome({ mime: { "image/png": ref } });
    expect(stage.kernel.heardOf("blob")).toEqual([]);
    stage.button("Load plot.png, 70 bytes").click();
    const bytes = new TextEncoder().encode(PIXEL);
    stage.kernel.downWith({ t: "blob", sha256: "abc" }, bytes);
    for (let tries = 0; tries < 20 && types.length === 0; tries += 1) await frame();
    expect(types).toEqual(["image/png"]);
    expect(stage.find<HTMLImageElement>("img").alt).toBe("plot.png");
  });
});

describe("markup", () => {
  const html =
    "<style>x</style><h3 onclick='x()'>Head</h3><script>alert(1)</script><p>Two <b>words</b> " +
    "<a href='https://example.org/a'>on</a> <a href='javascript:x'>off</a></p>" +
    "<img src='https://example.org/p.png' alt='a pixel'><svg><a href='javascript:x'/></svg>" +
    `<img src='data:image/png;base64,${PIXEL}' alt='mine'><table><tr><td colspan=2 style='x'>c`;

  test("is made anew of what is allowed, and fetches nothing", () => {
    provideMore(real);
    stage = outcome({ result: "plain", mime: { "text/html": html } });
    const root = stage.find(".html");
    expect(root.textContent).toBe("HeadTwo words on offa pixelc");
    expect([...root.querySelectorAll("a")].map((a) => a.href)).toEqual(["https://example.org/a"]);
    expect([...root.querySelectorAll("img")].map((i) => i.alt)).toEqual(["mine"]);
    expect(root.querySelector("[style], [onclick], style, script, svg")).toBeNull();
    expect(root.querySelector("td")?.colSpan).toBe(2);
  });

  test("is the plain text where the second file is not there", () => {
    stage = outcome({ result: "plain", mime: { "text/html": html } });
    expect(stage.find(".result").textContent).toContain("plain");
    expect(stage.shadow.querySelector(".html")).toBeNull();
  });
});

describe("JSON", () => {
  const value = {
    rows: Array.from({ length: 250 }, (_, n) => ({ n })),
    name: "a\u202Eb",
    none: null,
    empty: [],
  };

  function tree(): HTMLElement {
    provideMore(real);
    stage = outcome({ result: value });
    return stage.find(".tree");
  }

  test("that is long is a tree whose first level is open and nothing below is drawn", () => {
    const lines = [...tree().querySelectorAll(":scope > details > .entries > *")];
    expect(lines.map((line) => line.textContent)).toEqual([
      "rows: 250 items",
      'name: "a\u202Eb"',
      "none: null",
      "empty: []",
    ]);
  });

  test("comes in pieces when it is opened", () => {
    const rows = tree().querySelector<HTMLDetailsElement>(":scope > details details");
    if (!rows) throw new Error("expected a branch");
    rows.open = true;
    rows.dispatchEvent(new Event("toggle"));
    expect(rows.querySelectorAll("details")).toHaveLength(100);
    stage.button("Show 150 more").click();
    stage.button("Show 50 more").click();
    expect(rows.querySelectorAll("details")).toHaveLength(250);
  });

  test("is walked by arrow keys", () => {
    const root = tree();
    stage.find<HTMLDetailsElement>("details.tool").open = true;
    const [top, rows] = [...root.querySelectorAll("summary")];
    if (!top || !rows) throw new Error("expected two branches");
    const key = (name: string) => press((stage.shadow.activeElement ?? top) as HTMLElement, name);
    top.focus();
    key("ArrowDown");
    expect(stage.shadow.activeElement).toBe(rows);
    key("ArrowRight");
    expect((rows.parentElement as HTMLDetailsElement).open).toBe(true);
    key("ArrowLeft");
    expect((rows.parentElement as HTMLDetailsElement).open).toBe(false);
    key("ArrowLeft");
    expect(stage.shadow.activeElement).toBe(top);
  });

  test("that is short is read as it is", () => {
    provideMore(real);
    stage = outcome({ result: { a: 1 } });
    expect(stage.shadow.querySelector(".tree")).toBeNull();
    expect(stage.find(".result pre").textContent).toBe('{\n  "a": 1\n}');
  });
});
