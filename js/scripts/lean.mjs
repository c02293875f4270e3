// Leave out of the bundle what our dialect never runs: raw HTML, typography, and the renderer (we draw
// the tokens ourselves). Each part is replaced by a stub that does what the part does when it is off.
//
// Its one law: a part that is not found fails the build, so a new version of the parser is looked at.

import { readFile } from "node:fs/promises";

/** The file that it is about. */
export const PARSER = /markdown-it\.mjs$/;

/** The parser's source files, by the marks that its bundle keeps of them, and what stands in for them. */
const UNUSED = {
  "common/html_blocks": "",
  "common/html_re": "",
  "rules_block/html_block": "function html_block() { return false; }",
  "rules_inline/html_inline": "function html_inline() { return false; }",
  "rules_core/replacements": "function replace() {}",
  "rules_core/smartquotes": "function smartquotes() {}",
  renderer: "class Renderer {}",
};

/** Return the parser's bundle `text` without them. */
export function lean(text) {
  return Object.entries(UNUSED).reduce(without, text);
}

function without(text, [name, stub]) {
  const start = text.indexOf(`//#region src/${name}.ts`);
  const end = text.indexOf("//#endregion", start);
  if (start < 0 || end < 0) {
    throw new Error(`expected a part ${name} in markdown-it, found none; edit js/scripts/lean.mjs`);
  }
  return text.slice(0, start) + stub + text.slice(end);
}

/** For esbuild. */
export const leanParser = {
  name: "lean",
  setup({ onLoad }) {
    onLoad({ filter: PARSER }, async ({ path }) => ({
      contents: lean(await readFile(path, "utf8")),
    }));
  },
};
