/** What a person does with fields, where `fireEvent` sends other events than a browser does. */

/** Picks the option with this `value`. */
export function choose(field: HTMLElement, value: string): void {
  (field as HTMLSelectElement).value = value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Chooses a file. */
export function chooseFile(field: HTMLElement, file: File): void {
  Object.defineProperty(field, "files", { value: [file], configurable: true });
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Goes into a field and out again. */
export function leave(field: HTMLElement): void {
  field.focus();
  field.blur();
}
