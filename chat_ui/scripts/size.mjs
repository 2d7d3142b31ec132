/** Fails when the first download of the element or of the hosted page outgrows its budget. Run after `npm run build`. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const dist = new URL("../../peer_server/static/", import.meta.url);
const budgets = [
  {
    name: "<peer-chat>, first download",
    manifest: "element-manifest.json",
    entries: ["src/element/peer-chat.ts"],
    limit: 30_000,
    extra: [],
  },
  {
    name: "hosted page at its start, until somebody signed in can use it",
    manifest: "manifest.json",
    entries: ["index.html", "src/chat/start.tsx"],
    limit: 45_000,
    extra: ["index.html"],
  },
  {
    name: "hosted page at a conversation, until somebody signed in can use it",
    manifest: "manifest.json",
    entries: ["index.html", "src/chat/conversation-pane.tsx"],
    limit: 45_000,
    extra: ["index.html"],
  },
];

/** Every file behind these entries: themselves, what they import statically, and their sheets. */
function filesOf(manifest, entries) {
  const seen = new Set();
  const files = new Set();
  const visit = (key) => {
    if (seen.has(key)) return;
    seen.add(key);
    const chunk = manifest[key];
    files.add(chunk.file);
    for (const css of chunk.css ?? []) files.add(css);
    for (const next of chunk.imports ?? []) visit(next);
  };
  for (const entry of entries) visit(entry);
  return files;
}

const gzipped = (file) => gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length;

for (const { name, manifest, entries, limit, extra } of budgets) {
  const chunks = JSON.parse(readFileSync(new URL(manifest, dist), "utf8"));
  const files = [...filesOf(chunks, entries), ...extra];
  const total = files.reduce((sum, file) => sum + gzipped(file), 0);
  const verdict = total <= limit ? "ok" : "TOO LARGE";
  console.log(
    `${name}: ${(total / 1000).toFixed(1)} of ${limit / 1000} kB gzip, ${files.length} files: ${verdict}`,
  );
  for (const file of files)
    console.log(`  ${(gzipped(file) / 1000).toFixed(1).padStart(6)} ${file}`);
  if (total > limit) process.exitCode = 1;
}
