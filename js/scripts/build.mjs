// Build the bundle: one ES module per entry, minified, into src/cellspeak/static/.
//
// Its one law: a missing entry, a warning and an unresolved import all fail the build.

import { createHash } from "node:crypto";
import { access, mkdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { ALIASES } from "./aliases.mjs";
import { leanParser } from "./lean.mjs";

const js = fileURLToPath(new URL("..", import.meta.url));
const outdir = fileURLToPath(new URL("../../src/cellspeak/static", import.meta.url));

/** What the notebook loads: the hub's module, and the tiny one that every cell's model names. */
const ENTRIES = ["src/widget.ts", "src/turn.ts"];
/** What a view asks for when it needs it; no notebook stores it. */
const MORE = { in: "src/more/index.ts", out: "more" };

async function requireEntry(entry) {
  try {
    await access(`${js}/${entry}`);
  } catch {
    throw new Error(
      `expected the entry js/${entry}, it is not there; restore it or edit js/scripts/build.mjs`,
    );
  }
}

async function bundle() {
  await Promise.all([...ENTRIES, MORE.in].map(requireEntry));
  await mkdir(outdir, { recursive: true });
  await compile([MORE]);
  // The first file names the second by its content: an older page never takes a newer kernel's.
  const digest = createHash("sha256").update(await readFile(`${outdir}/more.js`));
  const id = digest.digest("hex").slice(0, 12);
  await compile(ENTRIES, { CELLSPEAK_BUILD: JSON.stringify(id) });
}

/** Styles are strings in our sources, so nobody else would take the white space out of them. */
const styles = {
  name: "styles",
  setup({ onLoad }) {
    onLoad({ filter: /\.css\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const [before, css, after] = text.split(/(?<=_CSS = )`|`(?=;\n)/);
      const { code } = await transform(css, { loader: "css", minify: true, target: "es2022" });
      return { contents: `${before}${JSON.stringify(code.trim())}${after}`, loader: "ts" };
    });
  },
};

async function compile(entryPoints, define = {}) {
  const result = await build({
    absWorkingDir: js,
    entryPoints,
    define,
    outdir,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    platform: "browser",
    legalComments: "none",
    charset: "utf8",
    loader: { ".css": "text" },
    alias: ALIASES,
    plugins: [styles, leanParser],
    logLevel: "info",
  });
  if (result.warnings.length > 0) throw new Error("expected no warnings from esbuild, see above");
}

try {
  await bundle();
} catch (error) {
  console.error(`build: ${error.message}`);
  process.exitCode = 1;
}
