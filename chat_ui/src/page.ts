/** The hosted page: the same element that other sites embed. */
import "./element/peer-chat.ts";
