// @vitest-environment jsdom
import { afterEach, describe, expect, test } from "vitest";
import { Kernel, type Said } from "../../test/kernel";
import { asks, calls, gives, requests, resolves, status } from "../../test/says";
import { Stage } from "../../test/stage";

const T = "s1.1";
const ATTACKS = [
  "<img src=x onerror=alert(1)>",
  "<script>alert(1)</script>",
  "</style><script>alert(1)</script>",
  '"><svg onload=alert(1)>',
  "javascript:alert(1)",
  "</template><iframe srcdoc='<b>x</b>'>",
  "__proto__",
  "constructor",
  "\u202Etxt.exe\u0000",
];
const DANGEROUS =
  "script, iframe, object, embed, svg, img, link, base, meta, form[action], [style]";

let stage: Stage;
afterEach(() => stage.leave());

/** `attack` in every place that a model, a tool or a file name can reach. */
function everywhere(attack: string): Said[] {
  const deep = { [attack]: attack, list: [attack] };
  return [
    asks(T, attack, { messages: [{ content: attack, files: [{ name: attack, mime: attack }] }] }),
    status(T, "Processing"),
    { type: "thinking", turn: T, message: "th", data: { text: attack, done: true } },
    {
      type: "search_result",
      turn: T,
      message: "s",
      data: { query: attack, results: [{ title: attack, url: attack, snippet: attack }] },
    },
    calls(T, "t1", attack, deep, attack),
    requests(T, "t1", attack, deep, { reason: attack, expires_at: attack }),
    { type: "tool_progress", turn: T, data: { tool_call_id: "t1", fraction: 0.1, text: attack } },
    resolves(T, "t1", false, { by: { kind: attack, name: attack }, deny_reason: attack }),
    gives(T, "t1", { result: deep, mime: { "text/html": attack, "image/svg+xml": attack } }),
    calls(T, "t2", attack, deep),
    gives(T, "t2", { error: attack }),
    calls(T, attack, attack, {}),
    {
      type: "reauth_request",
      turn: T,
      message: "r",
      data: { request_id: "r", url: attack, reason: attack },
    },
    { type: "error", turn: T, message: "e", data: { error: attack } },
    { type: "turn_cancelled", turn: T, message: "c", data: { by: { kind: attack } } },
    { type: attack, turn: T, message: attack, data: deep },
  ];
}

describe.each(ATTACKS)("%j", (attack) => {
  test("makes no element, no handler and no address in any place", () => {
    const kernel = new Kernel({ agent_name: attack, resume_line: attack });
    stage = new Stage(kernel).chat(everywhere(attack));
    expect(stage.shadow.querySelectorAll(".cs :is(*)").length).toBeGreaterThan(40);
    expect(stage.find(".cs").querySelectorAll(DANGEROUS)).toHaveLength(0);
    for (const made of stage.find(".cs").querySelectorAll("*")) {
      for (const { name, value } of made.attributes) {
        expect(name).not.toMatch(/^on/);
        if (name === "href" || name === "src") expect(value).toMatch(/^https?:/);
      }
    }
    expect(Object.prototype).not.toHaveProperty("list");
  });
});

test("what turns the direction of text or cannot be seen is spelled out in arguments", () => {
  const args = { path: "a\u202Efdp.exe\u200B" };
  stage = new Stage().chat([
    asks(T, "x"),
    status(T, "Processing"),
    calls(T, "t1", "run\u202E", args),
  ]);
  expect(stage.find("pre").textContent).toContain("a\\u{202e}fdp.exe\\u{200b}");
  expect(stage.find(".name").textContent).toBe("run");
});

test("a picture from a tool is shown only from its own bytes", () => {
  const mime = { "image/png": "https://example.org/a.png" };
  const good = { "image/png": "iVBORw0KGgo=" };
  stage = new Stage().chat([
    asks(T, "x"),
    status(T, "Processing"),
    calls(T, "t1", "plot", {}),
    gives(T, "t1", { result: 1, mime }),
    calls(T, "t2", "plot", {}),
    gives(T, "t2", { result: 1, mime: good }),
  ]);
  const sources = [...stage.shadow.querySelectorAll("img")].map((image) => image.src);
  expect(sources).toEqual(["data:image/png;base64,iVBORw0KGgo="]);
});
