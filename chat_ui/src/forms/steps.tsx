/** Where one is in a form of several pages. */
import type { JSX } from "react";
import type { FormPage } from "~/cards/payloads.ts";
import { useText } from "~/ui/i18n.tsx";

/** Takes the focus when a page is turned, so that it is read out. */
export function Steps({
  id,
  pages,
  page,
}: {
  readonly id: string;
  readonly pages: readonly FormPage[];
  readonly page: number;
}): JSX.Element {
  const text = useText();
  return (
    <div className="form-steps" id={id} tabIndex={-1}>
      <p className="form-step">
        <span className="muted">{text("form.step", { step: page + 1, count: pages.length })}</span>{" "}
        <strong>{pages[page]?.title}</strong>
      </p>
      <div className="form-progress" aria-hidden="true">
        {pages.map(({ title }, index) => (
          <span key={title} data-done={index <= page} />
        ))}
      </div>
    </div>
  );
}
