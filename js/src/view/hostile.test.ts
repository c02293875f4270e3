// @vitest-environment jsdom
import { afterEach, describe, expect, test } from "vitest";
import { ATTACKS } from "../../test/attacks";
import { everywhere, hostileKernel } from "../../test/everywhere";
import { asks, calls, gives, status } from "../../test/says";
import { Stage } from "../../test/stage";

const T = "s1.1";
/** In jsdom some of each kind; a real browser is shown all (`tests/browser/test_attacks.py`). */
const SOME = ATTACKS.filter(({ kind }, at) => kind === "text" || at % 6 === 0);
const DANGEROUS =
  "script, iframe, object, embed, svg, link, base, meta, form[action], img:not(.picture), " +
  ".cs [style]:not(textarea)"; // a box has a height of its own while something is typed into it

let stage: Stage;
afterEach(() => stage.leave());

describe.each(SOME)("$name", ({ text: attack }) => {
  test("makes no element, no handler and no address in any place", () => {
    stage = new Stage(hostileKernel(attack)).chat(everywhere(attack));
    expect(stage.shadow.querySelectorAll(".cs :is(*)").length).toBeGreaterThan(40);
    expect(stage.find(".cs").querySelectorAll(DANGEROUS)).toHaveLength(0);
    for (const made of stage.find(".cs").querySelectorAll("*")) {
      for (const { name, value } of made.attributes) {
        expect(name).not.toMatch(/^on/);
        if (name === "src") expect(value).toMatch(/^data:image\//);
        if (name === "href" && !made.hasAttribute("download")) expect(value).toMatch(/^https?:/);
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
