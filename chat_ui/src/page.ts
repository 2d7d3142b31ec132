/** The hosted page: the same element that other sites embed. */
import { applyKeptTheme } from "./chat/theme.ts";
import "./element/peer-chat.ts";

// the page is ours, so it speaks the reader's language; an embedding page has its own
document.documentElement.lang = navigator.language;
applyKeptTheme();
