// Serve the harness: the real view with a kernel in the page, rebuilt at every reload.
// `PORT=8138 npm run harness` serves it elsewhere.

import { fileURLToPath } from "node:url";
import { context } from "esbuild";
import { ALIASES } from "../../scripts/aliases.mjs";
import { leanParser } from "../../scripts/lean.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

const page = await context({
  entryPoints: [
    { in: `${here}page.ts`, out: "page" },
    { in: `${here}bench.ts`, out: "bench" },
    { in: `${here}attacks.ts`, out: "attacks" },
    { in: `${here}../../src/more/index.ts`, out: "more" },
  ],
  outdir: here,
  bundle: true,
  format: "esm",
  target: "es2022",
  alias: ALIASES,
  plugins: [leanParser],
  write: false,
});
const { port } = await page.serve({
  host: "127.0.0.1",
  port: Number(process.env.PORT ?? 8137),
  servedir: here,
});
console.log(`http://127.0.0.1:${port}/?scene=talk&theme=light`);
