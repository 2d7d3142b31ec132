/** Builds the hosted chat page: `index.html` and hashed assets under `/static/`. */
import { defineConfig, mergeConfig, type UserConfig } from "vite";
import { cssTargets, shared, staticDir } from "./vite.shared.ts";

const config: UserConfig = mergeConfig(
  shared,
  defineConfig({
    base: "/static/",
    build: {
      outDir: staticDir,
      emptyOutDir: true,
      target: "es2022",
      cssTarget: cssTargets,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      manifest: "manifest.json",
    },
  }),
);

export default config;
