import { defineConfig } from "vitest/config";

// Tests that need a document say so in their first line: // @vitest-environment jsdom
export default defineConfig({
  // As in the bundle (scripts/build.mjs): the browser's own table of character references.
  resolve: {
    alias: { entities: new URL("src/view/markdown/entities.ts", import.meta.url).pathname },
  },
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
