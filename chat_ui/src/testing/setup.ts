/** Fills in what jsdom lacks of the platform. Nothing here is shipped. */
import { cleanup } from "@testing-library/preact";
import { afterEach } from "vitest";
import { loadCatalogue } from "~/ui/i18n.tsx";

HTMLElement.prototype.showPopover ??= function showPopover(this: HTMLElement): void {
  this.style.display = "block"; // jsdom hides popovers but cannot show them
};
HTMLElement.prototype.hidePopover ??= function hidePopover(this: HTMLElement): void {
  this.style.display = "";
};
HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement): void {
  this.open = true;
};
HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement): void {
  this.open = false;
};

const constructible = ((): boolean => {
  try {
    new CSSStyleSheet().replaceSync("");
    return true;
  } catch {
    return false;
  }
})();
if (!constructible) {
  globalThis.CSSStyleSheet = class {
    replaceSync(): void {}
  } as unknown as typeof CSSStyleSheet; // jsdom has sheets but cannot construct one
}
for (const root of [Document.prototype, ShadowRoot.prototype]) {
  if ("adoptedStyleSheets" in root) continue;
  const adopted = new WeakMap<object, CSSStyleSheet[]>();
  Object.defineProperty(root, "adoptedStyleSheets", {
    get(this: object): CSSStyleSheet[] {
      if (!adopted.has(this)) adopted.set(this, []);
      return adopted.get(this) as CSSStyleSheet[];
    },
  });
}

await loadCatalogue("en"); // parts are drawn without waiting for their words
afterEach(cleanup);
