/** The hosted page: the same element that other sites embed. */
import { applyKeptTheme } from "./chat/theme.ts";
import "./element/peer-chat.ts";
import { languageOf } from "./ui/i18n.tsx";

document.documentElement.lang = languageOf(navigator.language);
applyKeptTheme();
