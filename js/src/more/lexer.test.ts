import { describe, expect, test } from "vitest";
import { Lexer } from "./lexer";

function read(name: string, code: string): string[][] {
  const lexer = Lexer.for(name);
  if (!lexer) throw new Error(`expected a reader of ${name}`);
  return code.split("\n").map((line) =>
    lexer
      .line(line)
      .map(({ kind, text }) => (kind ? `${kind} ${text.trim()}` : ""))
      .filter(Boolean),
  );
}

describe("the pieces of code have their kinds", () => {
  test.each([
    ["python", "def f(x=1):  # why", ["keyword def", "function f", "number 1", "comment # why"]],
    ["python", "@a.b", ["meta @a.b"]],
    ["py", "x = f'{a}' or None", ["string f'{a}'", "keyword or", "keyword None"]],
    ["ipython", "%matplotlib inline", ["meta %matplotlib"]],
    ["ts", "let a: string = `b`;", ["keyword let", "property a", "builtin string", "string `b`"]],
    ["json", '{"a": [1, true]}', ['property "a"', "number 1", "keyword true"]],
    ["yaml", "- key one: yes # c", ["property key one", "keyword yes", "comment # c"]],
    ["sql", "select count(*) FROM t", ["keyword select", "function count", "keyword FROM"]],
    ["bash", 'echo "$A" --x', ["builtin echo", 'string "', "property $A", 'string "', "meta --x"]],
    ["r", "x <- f(TRUE)", ["keyword <-", "function f", "keyword TRUE"]],
    ["julia", "@time f(:a) # c", ["meta @time", "function f", "meta :a", "comment # c"]],
    ["c", "#include <a.h>", ["meta #include <a.h>"]],
    ["rust", "fn f() -> u8 {}", ["keyword fn", "function f", "builtin u8"]],
    ["go", 'x := "a" // c', ['string "a"', "comment // c"]],
    ["diff", "+new", ["added +new"]],
    ["diff", "-old", ["removed -old"]],
    ["html", '<a href="x">it\'s', ["keyword <a", "property href", 'string "x"', "keyword >"]],
    ["css", ".a { color: red; }", ["builtin .a", "property color"]],
    ["toml", "[a]", ["keyword [a]"]],
  ])("%s: %s", (name, line, pieces) => {
    expect(read(name, line)).toEqual([pieces]);
  });

  test.each([
    [
      "python",
      'a = """x\ny = 1\nz""" + 1',
      [['string """x'], ["string y = 1"], ['string z"""', "number 1"]],
    ],
    ["js", "/* a\nb */ 1", [["comment /* a"], ["comment b */", "number 1"]]],
    ["html", "<a\n  b='c'>d", [["keyword <a"], ["property b", "string 'c'", "keyword >"]]],
  ])("%s over lines: %j", (name, code, pieces) => {
    expect(read(name, code)).toEqual(pieces);
  });
});

test("a language that nobody knows has no reader", () => {
  expect(["", "klingon", "constructor", "__proto__"].map((name) => Lexer.for(name))).toEqual([
    null,
    null,
    null,
    null,
  ]);
});

const NAMES = "python js json yaml sql bash r julia c diff html css toml".split(" ");

describe.each(NAMES)("whatever is written as %s", (name) => {
  test("the pieces add up to the line", () => {
    const signs = [
      "\"'`",
      "/*",
      "*/",
      "#",
      "--",
      "<!--",
      "=",
      "\\",
      "a1",
      " ",
      "$",
      "{",
      "}",
      "@",
      "🙂",
      "\ud800",
      "“",
    ];
    let state = 7;
    for (let count = 0; count < 120; count += 1) {
      const lexer = Lexer.for(name);
      const line = Array.from({ length: 20 }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return signs[state % signs.length];
      }).join("");
      expect(
        lexer
          ?.line(line)
          .map(({ text }) => text)
          .join(""),
      ).toBe(line);
    }
  });

  test("a line of any length is one piece when it is data", () => {
    expect(Lexer.for(name)?.line("a".repeat(100_000))).toHaveLength(1);
  });
});

/** The shortest of some times: what the pattern needs, whatever else the machine does. */
function milliseconds(name: string, line: string): number {
  const times = Array.from({ length: 7 }, () => {
    const lexer = Lexer.for(name);
    const start = performance.now();
    lexer?.line(line);
    return performance.now() - start;
  });
  return Math.min(...times);
}

const LANGUAGES = "python js json yaml sql bash r julia c rust go diff html css toml".split(" ");

test.each(LANGUAGES)("no line of %s takes longer than it is long", (name) => {
  for (const unit of ["_", "a", "1", "1_", "1.", " ", "a ", "'", "\\", "<a ", "- ", "a:", "$("]) {
    const [short, long] = [980, 3_920].map((length) => unit.repeat(length / unit.length));
    const bound = 8 * milliseconds(name, `${short}!`) + 2;
    expect(milliseconds(name, `${long}!`), JSON.stringify(unit)).toBeLessThan(bound);
  }
});
