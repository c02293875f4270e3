import { defineConfig } from "vitest/config";
import { ALIASES } from "./scripts/aliases.mjs";
import { lean, PARSER } from "./scripts/lean.mjs";

// Tests that need a document say so in their first line: // @vitest-environment jsdom
export default defineConfig({
  // As in the bundle.
  resolve: { alias: ALIASES },
  plugins: [{ name: "lean", transform: (code, id) => (PARSER.test(id) ? lean(code) : undefined) }],
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    environment: "node",
    passWithNoTests: false,
    restoreMocks: true,
    // A fresh world for each of thirty files would take half of the whole time.
    pool: "threads",
    isolate: false,
    // A hang fails; a busy machine does not.
    testTimeout: 60_000,
    // An alias reaches only what is not left to node.
    server: { deps: { inline: ["markdown-it"] } },
  },
});
