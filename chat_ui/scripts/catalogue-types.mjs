/** Writes the TypeScript types of the catalogue from its schemas; with `--check` it only says whether they still fit. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";

const folder = fileURLToPath(new URL("../../widgets/catalogue/", import.meta.url));
const target = fileURLToPath(new URL("../src/widgets/catalogue.gen.ts", import.meta.url));

const schemas = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => JSON.parse(readFileSync(`${folder}${entry.name}/schema.json`, "utf8")));

const root = { title: "AnyComponent", description: "Every component.", oneOf: schemas };
const types = await compile(root, "AnyComponent", {
  cwd: folder,
  additionalProperties: false,
  bannerComment:
    "/** Generated from widgets/catalogue/<name>/schema.json by `npm run types`. Do not edit. */",
  ignoreMinAndMaxItems: true,
});

if (!process.argv.includes("--check")) {
  writeFileSync(target, types);
} else if (readFileSync(target, "utf8") !== types) {
  console.error(
    "src/widgets/catalogue.gen.ts does not fit the schemas of the catalogue: run `npm run types`.",
  );
  process.exitCode = 1;
}
