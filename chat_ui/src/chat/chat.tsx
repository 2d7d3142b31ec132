/** The chat, whole. */
import type { JSX } from "react";
import { I18nProvider } from "~/ui/i18n.tsx";
import { ToastProvider } from "~/ui/toast.tsx";

/** Everything inside the element. */
export function Chat({ locale }: { readonly locale: string }): JSX.Element {
  return (
    <I18nProvider locale={locale}>
      <ToastProvider>
        <main className="root" lang={locale} />
      </ToastProvider>
    </I18nProvider>
  );
}
