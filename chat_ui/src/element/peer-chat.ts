/** The `<peer-chat>` element: a shadow root, its sheets, and the chat inside. */
import { createElement } from "react";
import { createRoot, type Root } from "react-dom/client";
import { Chat } from "~/chat/chat.tsx";
import { adoptStyles, StyleRootContext } from "~/ui/styles.tsx";
import type { ClientToolHandler } from "~/core/client-tools.ts";
import chat from "~/chat/chat.css?inline";
import styles from "~/ui/ui.css?inline";

/**
 * Draws the chat wherever it is placed. Attributes: `theme` (`light`, `dark`, else the system's), `locale`,
 * `server` (another origin than the page's), `token` (instead of the session's cookie), `peer` (only this one).
 * Give it more client tools through the `clientTools` property before it is placed.
 */
export class PeerChatElement extends HTMLElement {
  static readonly observedAttributes: readonly string[] = [
    "theme",
    "locale",
    "server",
    "token",
    "peer",
  ];

  /** Tools that this page executes when a flow asks for them, by name. */
  clientTools: Readonly<Record<string, ClientToolHandler>> = {};

  #root: Root | undefined;

  /** Called by the browser: draws into a shadow root that the host page's styles do not reach. */
  connectedCallback(): void {
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    adoptStyles(shadow, styles);
    adoptStyles(shadow, chat);
    this.#root ??= createRoot(shadow);
    this.#render();
  }

  /** Called by the browser. */
  disconnectedCallback(): void {
    this.#root?.unmount();
    this.#root = undefined;
  }

  /** Called by the browser when an observed attribute changes. */
  attributeChangedCallback(): void {
    this.#render();
  }

  #render(): void {
    if (this.#root === undefined || this.shadowRoot === null) return;
    const theme = this.getAttribute("theme");
    if (theme === "light" || theme === "dark") this.dataset["theme"] = theme;
    else delete this.dataset["theme"];
    const locale = this.getAttribute("locale") ?? hostLocale(this.getAttribute("mode"));
    this.#root.render(
      createElement(
        StyleRootContext.Provider,
        { value: this.shadowRoot },
        createElement(Chat, {
          locale,
          server: this.getAttribute("server") ?? "",
          clientTools: this.clientTools,
          ...given("token", this.getAttribute("token")),
          ...given("peerId", this.getAttribute("peer")),
        }),
      ),
    );
  }
}

/** A page of its own speaks the reader's language; inside another page the chat speaks that page's. */
function hostLocale(mode: string | null): string {
  const page = document.documentElement.lang;
  return mode === "page" || page === "" ? navigator.language : page;
}

function given<Name extends string>(name: Name, value: string | null): { [key in Name]?: string } {
  return value === null ? {} : ({ [name]: value } as { [key in Name]: string });
}

if (!customElements.get("peer-chat")) customElements.define("peer-chat", PeerChatElement);
