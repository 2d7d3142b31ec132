/** Builds the embed script: `peer-chat.js` at a stable address, its lazy parts hashed beside it. */
import { defineConfig, mergeConfig, type UserConfig } from "vite";
import { cssTargets, shared, staticDir } from "./vite.shared.ts";

const config: UserConfig = mergeConfig(
  shared,
  defineConfig({
    base: "./",
    build: {
      outDir: staticDir,
      emptyOutDir: false,
      target: "es2022",
      cssTarget: cssTargets,
      assetsInlineLimit: 0,
      modulePreload: false,
      manifest: "element-manifest.json",
      rollupOptions: {
        input: "src/element/peer-chat.ts",
        output: { entryFileNames: "peer-chat.js", chunkFileNames: "element/[name]-[hash].js" },
      },
    },
  }),
);

export default config;
