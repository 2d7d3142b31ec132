/** The hosted page: the same element that other sites embed. */
import { applyKeptTheme } from "./chat/theme.ts";
import "./chat/home.tsx"; // nearly everybody who opens the page is signed in: one file instead of twenty small ones
import "./chat/sidebar.tsx";
import "./element/peer-chat.ts";
import { languageOf } from "./ui/i18n.tsx";

document.documentElement.lang = languageOf(navigator.language);
applyKeptTheme();

/** Some browsers lay their keyboard over the page: what is seen of it is all there is. */
function fit(): void {
  const { height, scale } = window.visualViewport ?? { height: 0, scale: 0 };
  if (scale !== 1) return; // pinched: the page stays as it is, and is looked at closely
  document.documentElement.style.setProperty("--seen", `${height}px`);
  window.scrollTo(0, 0);
}
window.visualViewport?.addEventListener("resize", fit);
