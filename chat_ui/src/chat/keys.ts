/** What a key event means before any shortcut is looked at. */

/** Whether an input method is at work: then Enter chooses a candidate and Escape drops it. 229 is how Safari says so. */
export function isComposing(event: {
  readonly nativeEvent?: { readonly isComposing: boolean };
  readonly isComposing?: boolean;
  readonly keyCode: number;
}): boolean {
  return (event.nativeEvent ?? event).isComposing === true || event.keyCode === 229;
}
