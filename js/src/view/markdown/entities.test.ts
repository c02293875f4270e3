// @vitest-environment jsdom
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { afterEach, expect, test, vi } from "vitest";
import { decodeHTMLStrict } from "./entities";
import { renderMarkdown } from "./index";

type Decode = typeof decodeHTMLStrict;

/** The package that the bundle leaves out. */
async function original(): Promise<Decode> {
  const path = createRequire(import.meta.url).resolve("entities");
  const module: { decodeHTMLStrict: Decode } = await import(pathToFileURL(path).href);
  return module.decodeHTMLStrict;
}

const NAMES = (
  "AElig AMP Aacute Abreve Acirc Acy Alpha Amacr And Aogon Aopf ApplyFunction Because Bopf CHcy " +
  "CapitalDifferentialD CounterClockwiseContourIntegral DDotrahd DZcy Dcaron DoubleLongLeftArrow " +
  "GT LT NotEqualTilde NotNestedGreaterGreater QUOT Zscr amp apos bne copy euro fjlig frac12 hearts " +
  "hellip lt mdash nGtv nbsp ndash ngE not notin nvap quot race rarr semi sup1 there4 times trade " +
  "vsubnE yen zwj zwnj lbrack rbrack colon Tab NewLine lpar rpar ast lowbar grave"
).split(" ");
const UNKNOWN = "x nosuch notit ampx copyright ltx Notin NBSP amp1 quotes a".split(" ");

test("names mean what the table of the entities package says", async () => {
  const expected = await original();
  for (const name of [...NAMES, ...UNKNOWN]) {
    expect([name, decodeHTMLStrict(`&${name};`)]).toEqual([name, expected(`&${name};`)]);
  }
  for (const name of NAMES) expect(decodeHTMLStrict(`&${name};`)).not.toBe(`&${name};`);
});

test.each(["&amp", "&amp;&lt;", "<b>", "&;", "& copy;", "&#38;", "&copy;<img src=x>", ""])(
  "what is not one name stays: %j",
  (text) => {
    expect(decodeHTMLStrict(text)).toBe(text);
  },
);

test("the markdown parser uses this table", () => {
  const spy = vi.spyOn(DOMParser.prototype, "parseFromString");
  const root = document.createElement("div");
  renderMarkdown(root, "&Iopf;"); // a name that no other test asks for
  expect(root.textContent).toBe("𝕀");
  expect(spy).toHaveBeenCalledOnce();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

test("where a page forbids parsing, the reference stays as written", () => {
  vi.stubGlobal("DOMParser", undefined);
  expect(decodeHTMLStrict("&Mopf;")).toBe("&Mopf;");
  expect(decodeHTMLStrict("&amp;")).toBe("&");
});
