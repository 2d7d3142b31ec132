/** Tests run in a DOM, on Preact, exactly as the builds do. */
import { defineConfig, mergeConfig } from "vitest/config";
import type { UserConfig } from "vite";
import { shared } from "./vite.shared.ts";

const config: UserConfig = mergeConfig(
  shared,
  defineConfig({
    test: {
      environment: "jsdom",
      include: ["src/**/*.test.{ts,tsx}", "../widgets/**/*.test.{ts,tsx}"],
      setupFiles: ["src/testing/setup.ts"],
      restoreMocks: true,
      // One DOM per worker: starting jsdom for each of some eighty small files costs more than all tests together.
      isolate: false,
      testTimeout: 10_000,
      server: { deps: { inline: [/@testing-library/, /@rjsf/] } },
    },
  }),
);

export default config;
