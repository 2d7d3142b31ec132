/** Client tools that every browser can offer; a page that embeds the chat adds its own. */
import type { ClientToolHandler } from "~/core/client-tools.ts";

/** By name, as flows call them. */
export const browserTools: Readonly<Record<string, ClientToolHandler>> = {
  getLocation: () =>
    new Promise((resolve, reject) => {
      navigator.geolocation.getCurrentPosition(
        ({ coords }) =>
          resolve({
            latitude: coords.latitude,
            longitude: coords.longitude,
            accuracyM: coords.accuracy,
          }),
        (error) => reject(new Error(error.message || "the location was not shared")),
        { timeout: 60_000, maximumAge: 60_000 },
      );
    }),
  getTimeZone: () =>
    Promise.resolve({ timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone }),
};

/** Tools that tell something about the person: they run only after a press on the card. */
export const askingTools: ReadonlySet<string> = new Set(["getLocation"]);
