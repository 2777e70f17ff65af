import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    pool: "forks",
    // End-to-end tests run what `npm run` runs.
    globalSetup: ["test/build.ts"],
  },
});
