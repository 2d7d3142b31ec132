/** The hosted page: the same element that other sites embed. */
import { applyKeptTheme } from "./chat/theme.ts";
import "./element/peer-chat.ts";

applyKeptTheme();
