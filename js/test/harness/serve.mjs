// Serve the harness: the real view with a kernel in the page, rebuilt at every reload.

import { fileURLToPath } from "node:url";
import { context } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));

const page = await context({
  entryPoints: [`${here}page.ts`],
  outdir: here,
  bundle: true,
  format: "esm",
  target: "es2022",
  write: false,
});
const { port } = await page.serve({ host: "127.0.0.1", port: 8137, servedir: here });
console.log(`http://127.0.0.1:${port}/?scene=talk&theme=light`);
