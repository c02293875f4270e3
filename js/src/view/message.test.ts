// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asks, completes, delta, status } from "../../test/says";
import { frame, Stage } from "../../test/stage";
import * as loaded from "../more/index";
import { provideMore } from "./more";

const T = "s1.1";
const PICTURE = "https://charts.example.org/a.png?q=1";
let stage: Stage;

beforeEach(() => {
  stage = new Stage();
});

afterEach(() => {
  stage.leave();
  provideMore(null);
});

function say(text: string, trusts = true): Stage {
  return stage.chat([asks(T, "?"), status(T, "Processing"), ...completes(T, "m1", text)], trusts);
}

const images = () => [...stage.shadow.querySelectorAll("img")].map((image) => image.src);

describe("a picture from elsewhere", () => {
  test("is its name, its address and a button that fetches it", () => {
    say(`![a cat](${PICTURE})`);
    expect(images()).toEqual([]);
    stage.button("Load").click();
    expect(images()).toEqual([PICTURE]);
    const image = stage.find<HTMLImageElement>("img");
    expect([image.alt, image.referrerPolicy]).toEqual(["a cat", "no-referrer"]);
  });

  test("is not fetched for a press that a script made", () => {
    say(`![a](${PICTURE})`, false);
    stage.button("Load").click();
    expect(images()).toEqual([]);
  });

  test("whose address is none of the web has no button", () => {
    say("![a](javascript:alert%281%29) ![b](data:image/png;base64,AA) ![c](//x.example/c.png)");
    expect(stage.buttons("Load")).toEqual([]);
  });

  test.each([
    [["charts.example.org"], true],
    [["*.example.org"], true],
    [["CHARTS.example.org"], true],
    [["example.org"], false],
    [["*.charts.example.org"], false],
    [["evil-charts.example.org", "org", "*", "*.", ""], false],
    [[], false],
    ["charts.example.org", false],
  ])("is fetched by itself where the hosts are %j: %s", (hosts, fetched) => {
    stage.kernel.traits.image_hosts = hosts;
    say(`![a](${PICTURE})`);
    expect(images()).toEqual(fetched ? [PICTURE] : []);
  });

  test("is not fetched before its message is complete", async () => {
    stage.kernel.traits.image_hosts = ["charts.example.org"];
    stage.chat([asks(T, "?"), status(T, "Processing")]);
    stage.kernel.say(
      delta(T, "m1", `![a](${PICTURE}) ![b][x]\n\n[x]: https://charts.example.org/b`),
    );
    await frame();
    expect(images()).toEqual([]);
    stage.kernel.say(delta(T, "m1", "c.png\n\nend"));
    await frame();
    expect(images()).toEqual([]);
    stage.kernel.say(
      ...completes(
        T,
        "m1",
        `![a](${PICTURE}) ![b][x]\n\n[x]: https://charts.example.org/bc.png\n\nend`,
      ),
    );
    await frame();
    expect(images()).toEqual([PICTURE, "https://charts.example.org/bc.png"]);
  });
});

describe("with the second file", () => {
  test("code is coloured and formulas are drawn at once, and the text is the same", () => {
    provideMore(loaded);
    say("$x_1$\n\n```python\ndef f(): # why\n    return 'a'\n```");
    expect(stage.find("pre .keyword").textContent).toBe("def");
    expect(stage.find("pre .comment").textContent).toBe("# why");
    expect(stage.find("pre").textContent).toBe("def f(): # why\n    return 'a'\n");
    expect(stage.find(".math.drawn > math").namespaceURI).toContain("MathML");
    expect(stage.find(".math.drawn > .tex").textContent).toBe("$x_1$");
  });

  test("finished lines are coloured while the open one stays plain", async () => {
    provideMore(loaded);
    stage.chat([asks(T, "?"), status(T, "Processing")]);
    stage.kernel.say(delta(T, "m1", "```py\nimport a\nimport b"));
    await frame();
    expect([...stage.shadow.querySelectorAll("pre .keyword")]).toHaveLength(1);
    const first = stage.find("pre .keyword");
    stage.kernel.say(delta(T, "m1", "\n```\n"));
    await frame();
    expect([...stage.shadow.querySelectorAll("pre .keyword")]).toHaveLength(2);
    expect(stage.find("pre .keyword")).toBe(first);
  });

  test("that never comes leaves both plain, and readable", async () => {
    say("$x$\n\n```python\nx\n```");
    await frame();
    expect(stage.kernel.heardOf("asset").length).toBeGreaterThan(0);
    expect(stage.find(".math").textContent).toBe("$x$");
    expect(stage.find("pre").textContent).toBe("x\n");
  });

  test("is not asked for by a text that needs it not", () => {
    say("plain *text*, `code` and $5\n\n```\nplain\n```");
    expect(stage.kernel.heardOf("asset")).toEqual([]);
  });
});

describe("code", () => {
  test("beyond 40 lines is folded, and unfolds", () => {
    say(`\`\`\`\n${"x\n".repeat(60)}\`\`\``);
    expect(stage.find(".code").dataset.fold).toBe("closed");
    stage.button("Show all 60 lines").click();
    expect(stage.find(".code").dataset.fold).toBe("open");
    stage.button("Show less").click();
    expect(stage.find(".code").dataset.fold).toBe("closed");
  });

  test("of 40 lines is not, and narrow code has nothing to wrap", () => {
    say(`\`\`\`\n${"x\n".repeat(40)}\`\`\``);
    expect(stage.find(".code").dataset.fold).toBeUndefined();
    expect(stage.buttons("Wrap")).toEqual([]);
  });

  test("that is wide can be wrapped", () => {
    say(`\`\`\`\n${"x ".repeat(60)}\n\`\`\``);
    stage.button("Wrap").click();
    expect(stage.find(".code").className).toContain("wrapped");
    expect(stage.button("Wrap").getAttribute("aria-pressed")).toBe("true");
  });

  test("of another language cannot be put into a cell", () => {
    say("```sql\nselect 1\n```");
    expect(stage.buttons("Insert")).toEqual([]);
  });

  test("in Python is sent to the kernel as it is", () => {
    say("```python\nx = 1\n```");
    stage.button("Insert").click();
    const [ask] = stage.kernel.heardOf("ask");
    expect(ask).toMatchObject({ what: "insert", text: "x = 1\n" });
  });
});

test("a footnote's number leads to what it says", () => {
  say("a[^1]\n\n[^1]: why");
  const label = stage.find(".note > .label");
  label.scrollIntoView = () => {};
  stage.find(".noteref").click();
  expect(stage.shadow.activeElement).toBe(label);
});
