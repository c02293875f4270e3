// Hold the bundle to its budget: the notebook stores it, so every byte is kept many times. It does
// not store `more.js`, which only travels, once for each page that needs it.

import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const KB = 1000;
const STATIC = new URL("../../src/cellspeak/static/", import.meta.url);

/** The most bytes a file may have, minified and after gzip. */
const BUDGETS = [
  { file: "widget.js", minified: 180 * KB, gzip: 60 * KB },
  { file: "turn.js", minified: 1 * KB, gzip: 1 * KB },
  { file: "more.js", minified: 360 * KB, gzip: 120 * KB },
];

async function measure({ file, minified, gzip }) {
  const bytes = await readFile(new URL(file, STATIC));
  const packed = gzipSync(bytes, { level: 9 }).length;
  const fits = bytes.length <= minified && packed <= gzip;
  console.log(
    `${fits ? "ok  " : "OVER"} ${file.padEnd(10)} ${row(bytes.length, minified)} minified, ${row(packed, gzip)} gzip`,
  );
  return fits;
}

function row(found, budget) {
  return `${(found / KB).toFixed(1).padStart(6)} of ${budget / KB} KB`;
}

try {
  const fits = await Promise.all(BUDGETS.map(measure));
  if (fits.includes(false)) process.exitCode = 1;
} catch (error) {
  console.error(`size: expected a built bundle, ${error.message}; run make build first`);
  process.exitCode = 1;
}
