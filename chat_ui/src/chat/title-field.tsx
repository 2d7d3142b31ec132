/** A new title for a conversation, typed in its place in the list. */
import { useRef, type JSX, type KeyboardEvent } from "react";
import { isComposing } from "./keys.ts";

/** Enter and leaving the field keep what was typed, Escape gives null. */
export function TitleField({
  initial,
  label,
  onDone,
}: {
  readonly initial: string;
  readonly label: string;
  readonly onDone: (title: string | null) => void;
}): JSX.Element {
  const isDone = useRef(false);
  const finish = (title: string | null): void => {
    if (isDone.current) return; // Enter also takes the focus away
    isDone.current = true;
    onDone(title);
  };
  const press = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (isComposing(event)) return;
    if (event.key === "Enter") finish(event.currentTarget.value);
    if (event.key === "Escape") {
      event.stopPropagation(); // the drawer around it stays
      finish(null);
    }
  };
  return (
    <input
      className="input"
      aria-label={label}
      defaultValue={initial}
      maxLength={200}
      ref={selectAll}
      onKeyDown={press}
      onBlur={(event) => finish(event.currentTarget.value)}
    />
  );
}

function selectAll(element: HTMLInputElement | null): void {
  element?.focus();
  element?.select();
}
