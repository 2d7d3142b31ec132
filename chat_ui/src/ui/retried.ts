/** What is fetched over a way that may be cut. */

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

/** Asks for it until it is there, ever more seldom: what cannot be fetched now leaves the rest of the page alone. */
export async function retried<T>(load: () => Promise<T>): Promise<T> {
  for (let pause = FIRST_RETRY_MS; ; pause = Math.min(pause * 2, LONGEST_RETRY_MS)) {
    try {
      return await load();
    } catch {
      await new Promise((done) => setTimeout(done, pause));
    }
  }
}
