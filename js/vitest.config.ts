import { defineConfig } from "vitest/config";

// Tests that need a document say so in their first line: // @vitest-environment jsdom
export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    environment: "node",
    passWithNoTests: false,
    restoreMocks: true,
  },
});
