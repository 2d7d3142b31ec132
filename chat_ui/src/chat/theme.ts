/** Light, dark, or as the system has it; the choice is kept in this browser. */

const KEY = "peer-server:theme";

/** Puts the kept choice onto the page's chat element. Call it once, before the first paint. */
export function applyKeptTheme(): void {
  const kept = localStorage.getItem(KEY);
  if (kept === "light" || kept === "dark") set(kept);
}

/** Changes to the other one. */
export function toggleTheme(): void {
  const host = document.querySelector("peer-chat");
  const isDark =
    host?.getAttribute("theme") === "dark" ||
    (!host?.hasAttribute("theme") && matchMedia("(prefers-color-scheme: dark)").matches);
  const next = isDark ? "light" : "dark";
  localStorage.setItem(KEY, next);
  set(next);
}

function set(theme: "light" | "dark"): void {
  document.documentElement.dataset["theme"] = theme;
  for (const element of document.querySelectorAll("peer-chat"))
    element.setAttribute("theme", theme);
}
