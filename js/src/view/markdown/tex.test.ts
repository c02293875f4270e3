// @vitest-environment jsdom
import { beforeEach, describe, expect, test } from "vitest";
import type { Formula } from "./formula";
import { MarkdownStream, renderMarkdown } from "./index";
import { formulaAt } from "./tex";

const root = document.createElement("div");
let formulas: Formula[] = [];

beforeEach(() => {
  formulas = [];
});

function found(text: string): string[] {
  formulas = [];
  renderMarkdown(root, text, { onFormula: (formula) => formulas.push(formula) });
  return formulas.map(({ tex, display }) => (display ? `display ${tex.trim()}` : tex));
}

describe("a formula is", () => {
  test.each([
    ["$x$", ["x"]],
    ["($\\alpha_1$, $b$)", ["\\alpha_1", "b"]],
    ["\\(x_1 * y * z\\)", ["x_1 * y * z"]],
    ["so $$x$$ and \\[y\\] in a line", ["display x", "display y"]],
    ["$$\nx\n+ 1\n- 2\n$$", ["display x\n+ 1\n- 2"]],
    [
      "\\[\n\\begin{cases} a \\\\ b \\end{cases}\n\\]",
      ["display \\begin{cases} a \\\\ b \\end{cases}"],
    ],
    ["text before\n$$\nx\n$$\ntext behind", ["display x"]],
    ["- item\n\n  $$\n  x\n  $$", ["display x"]],
    ["> \\[ x \\]", ["display x"]],
    ["| $a$ |\n|---|\n| $b$ |", ["a", "b"]],
    ["$5x + 3$", ["5x + 3"]],
    ["$x \\$ y$", ["x \\$ y"]],
    ["`$a$` $b$", ["b"]],
  ])("in %j: %j", (text, formulas) => {
    expect(found(text)).toEqual(formulas);
  });
});

describe("money and signs stay text", () => {
  test.each([
    "It costs $5 and $6.",
    "between $5-$10",
    "$ x $",
    "$20 for adults and 10$ for kids",
    "US$5 and A$6",
    "$HOME and $PATH are set",
    "$$$ is a lot $$$",
    "$$\n\n$$",
    "\\$x\\$",
    "\\\\(x)",
    "$a",
    "\\(not closed",
  ])("%j", (text) => {
    expect(found(text)).toEqual([]);
  });

  test("escaped brackets are brackets", () => {
    expect(found("\\[not a link](/foo) \\(or this")).toEqual([]);
    expect(root.textContent).toContain("[not a link](/foo) (or this");
  });
});

describe("while it grows", () => {
  const text = "Take $x_1 * y$ and\n\n$$\na_1 * b\n+ c\n$$\n\nthen \\(z_2\\).";

  test("a formula is reported once, when its end is there, and its signs are no emphasis", () => {
    const stream = new MarkdownStream(root, { onFormula: (formula) => formulas.push(formula) });
    root.replaceChildren();
    for (const character of text) {
      stream.push(character);
      stream.flush();
      expect(root.querySelector("em, ul")).toBeNull();
    }
    stream.end();
    expect(formulas.map(({ tex }) => tex.trim())).toEqual(["x_1 * y", "a_1 * b\n+ c", "z_2"]);
  });

  test("what was drawn stays drawn, and keeps its TeX to be copied", () => {
    const drawing = document.createElement("i");
    const stream = new MarkdownStream(root, { onFormula: (formula) => formula.draw(drawing) });
    root.replaceChildren();
    stream.push("Take $x$ and ");
    stream.flush();
    const element = drawing.parentElement;
    stream.push("more *text*\n\nand more");
    stream.flush();
    stream.end();
    expect(root.contains(drawing)).toBe(true);
    expect(drawing.parentElement).toBe(element);
    expect(element?.textContent).toBe("$x$");
    expect(element?.className).toBe("math drawn");
  });

  test("a drawing that failed leaves the TeX", () => {
    renderMarkdown(root, "$x$", { onFormula: (formula) => formula.draw(null) });
    expect(root.querySelector(".math")?.className).toBe("math");
    expect(root.textContent).toBe("$x$");
  });
});

describe("a footnote", () => {
  test("is a number and what it says, wherever it is defined", () => {
    renderMarkdown(root, "a[^1] b[^x]\n\n[^1]: One *note*\n    on two lines\n\nend[^1]");
    const numbers = [...root.querySelectorAll("button.noteref")].map((one) => one.textContent);
    expect(numbers).toEqual(["1", "1"]);
    expect(root.querySelector(".note > .label")?.textContent).toBe("1");
    expect(root.querySelector(".note > .says")?.textContent).toBe("One note\non two lines");
    expect(root.textContent).toContain("b[^x]");
  });
});

test.each(["\\(", "\\[", "\\(\\[", "$$a "])(
  "a heap of %s that never ends is read in linear time",
  (unit) => {
    function milliseconds(length: number): number {
      const text = unit.repeat(length / unit.length);
      const start = performance.now();
      for (let at = 0; at < text.length; at += unit.length) formulaAt(text, at);
      return performance.now() - start;
    }
    const times = [1, 2, 3].map(() => [milliseconds(8_000), milliseconds(32_000)]);
    const [short, long] = [0, 1].map((n) => Math.min(...times.map((pair) => pair[n] ?? 0)));
    expect(long).toBeLessThan(9 * (short ?? 0) + 20);
  },
);
