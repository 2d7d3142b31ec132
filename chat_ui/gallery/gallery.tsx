/** Every primitive and every widget on one page, for looking at. Development only: no build includes it. */
import { useState, type JSX } from "react";
import { createRoot } from "react-dom/client";
import { Button } from "~/ui/button.tsx";
import { I18nProvider } from "~/ui/i18n.tsx";
import { adoptStyles } from "~/ui/styles.tsx";
import { ToastProvider } from "~/ui/toast.tsx";
import styles from "~/ui/ui.css?inline";
import gallery from "./gallery.css?inline";
import { Primitives } from "./primitives.tsx";
import { Components, ReadyWidgets } from "./widgets.tsx";

const sections = { primitives: Primitives, components: Components, ready: ReadyWidgets } as const;

/** `?section=ready&theme=dark&locale=tr&dir=rtl` chooses what is shown and how. */
function Gallery(): JSX.Element {
  const asked = new URLSearchParams(location.search);
  const [theme, setTheme] = useState(asked.get("theme") ?? "light");
  const section = asked.get("section") ?? "primitives";
  const Shown = sections[section as keyof typeof sections] ?? Primitives;
  return (
    <I18nProvider locale={asked.get("locale") ?? "en"}>
      <div className="root gallery" data-theme={theme} dir={asked.get("dir") ?? "ltr"}>
        <ToastProvider>
          <nav className="gallery-nav">
            {Object.keys(sections).map((name) => (
              <a key={name} href={`?section=${name}&theme=${theme}`}>
                {name}
              </a>
            ))}
            <Button size="small" onClick={() => setTheme(theme === "dark" ? "light" : "dark")}>
              {theme === "dark" ? "light" : "dark"}
            </Button>
          </nav>
          <Shown />
        </ToastProvider>
      </div>
    </I18nProvider>
  );
}

adoptStyles(document, styles);
adoptStyles(document, gallery);
const root = document.querySelector("#gallery");
if (root) createRoot(root).render(<Gallery />);
