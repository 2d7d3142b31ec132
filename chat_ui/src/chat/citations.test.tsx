/** The passages under an answer: a chip for each, which opens what it says and where it is from. */
import { fireEvent, render, screen, waitFor } from "@testing-library/preact";
import { expect, test } from "vitest";
import type { Citation } from "~/protocol/wire.gen.ts";
import { I18nProvider } from "~/ui/i18n.tsx";
import { Citations } from "./citations.tsx";

const citation = (number: number, document: string): Citation => ({
  number,
  document,
  text: `What ${document} says`,
  source: "Employee handbook",
  documentId: `d${number}`,
  fileId: `f${number}`,
  place: "Leave",
});

test("opens the passage of the chip that was pressed, and closes it again", () => {
  render(<Citations all={[citation(1, "a.md"), citation(3, "b.pdf")]} />);
  expect(screen.getByRole("list", { name: "Sources" }).children).toHaveLength(2);
  fireEvent.click(screen.getByRole("button", { name: "Source 3: b.pdf" }));
  const panel = screen.getByRole("dialog", { name: "b.pdf" });
  expect(panel.textContent).toContain("What b.pdf says");
  expect(panel.textContent).toContain("Employee handbook · Leave");
  fireEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("makes the numbers in the words open what they name, however often these are drawn", async () => {
  const passages = [citation(1, "a.md"), citation(3, "b.pdf")];
  const said = (more: string): string =>
    `<p>So it is [1], and so [3].${more} Not [2].</p><code>[1]</code>`;
  const { container } = render(
    <article data-message="m">
      <div className="message-text" dangerouslySetInnerHTML={{ __html: said("") }} />
      <Citations all={passages} />
    </article>,
  );
  const words = container.querySelector(".message-text") as HTMLElement;
  const numbers = (): (string | null)[] =>
    [...words.querySelectorAll("button")].map((one) => one.textContent);
  expect(numbers()).toEqual(["1", "3"]);
  expect(words.textContent).toBe("So it is 1, and so 3. Not [2].[1]");
  words.innerHTML = said(" Again [1].");
  await waitFor(() => expect(numbers()).toEqual(["1", "3", "1"]));
  fireEvent.click(words.querySelectorAll("button")[1] as HTMLElement);
  expect(screen.getByRole("dialog", { name: "b.pdf" })).toBeTruthy();
});

test("speaks the language of the reader", () => {
  render(
    <I18nProvider locale="de-DE">
      <Citations all={[citation(1, "a.md")]} />
    </I18nProvider>,
  );
  expect(screen.getByRole("button", { name: "Quelle 1: a.md" })).toBeTruthy();
});
