/** What both builds, the tests and the gallery agree on. */
import { fileURLToPath } from "node:url";
import type { UserConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Where the server looks for the built files. */
export const staticDir: string = here("../peer_server/static");

/** Browsers that know `light-dark()` and nesting: without this list the colours would be written out twice. */
export const cssTargets: string[] = ["chrome123", "firefox121", "safari17.5"];

/** The JSX is React's; what runs is Preact. The Studio builds the same components with real React. */
export const shared: UserConfig = {
  resolve: {
    alias: [
      { find: /^react-dom\/client$/, replacement: here("node_modules/preact/compat/client.mjs") },
      {
        find: /^react-dom(\/test-utils)?$/,
        replacement: here("node_modules/preact/compat/dist/compat.mjs"),
      },
      {
        find: /^react\/jsx-(dev-)?runtime$/,
        replacement: here("node_modules/preact/jsx-runtime/dist/jsxRuntime.mjs"),
      },
      { find: /^react$/, replacement: here("node_modules/preact/compat/dist/compat.mjs") },
      { find: /^preact$/, replacement: here("node_modules/preact/dist/preact.mjs") },
      { find: /^preact\/hooks$/, replacement: here("node_modules/preact/hooks/dist/hooks.mjs") },
      // rjsf imports this without declaring it, and ajv needs eval; ours is over @cfworker/json-schema.
      { find: /^@rjsf\/validator-ajv8$/, replacement: here("src/forms/validator.ts") },
      { find: /^~\//, replacement: here("src/") },
      { find: /^@catalogue\//, replacement: here("../widgets/catalogue/") },
      { find: /^@ready\//, replacement: here("../widgets/ready/") },
    ],
    dedupe: ["preact"],
  },
  oxc: { jsx: { runtime: "automatic", importSource: "react" } },
  server: { fs: { allow: [here("..")] } },
};
