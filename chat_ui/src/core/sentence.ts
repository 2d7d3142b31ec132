/** What the server says, as people write it. */

/** Servers say "no such file"; people read "No such file." Codes and names inside stay as they are. */
export function sentence(words: string): string {
  const said = words.trim();
  if (said === "") return said;
  return said.charAt(0).toUpperCase() + said.slice(1) + (/[.!?…:]$/.test(said) ? "" : ".");
}
