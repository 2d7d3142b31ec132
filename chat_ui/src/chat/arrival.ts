/** What a link brings along in the fragment, which never leaves the browser by itself. */

/** A one-time code, an invitation, a new password, a public link of a Peer, or the news of a sign-in that failed. */
export interface Arrival {
  readonly kind: "sign-in" | "invitation" | "password" | "visit" | "sign-in-failed";
  readonly code: string;
}

const pattern = /^#\/?(sign-in|invitation|password|visit|sign-in-failed)[=/](.+)$/;

/** What this fragment brings, if anything. */
export function arrivalOf(fragment: string): Arrival | undefined {
  const found = pattern.exec(fragment);
  if (found === null) return undefined;
  return { kind: found[1] as Arrival["kind"], code: found[2] ?? "" };
}
