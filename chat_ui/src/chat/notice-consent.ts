/** Whether this browser may show notices when something waits: the person's choice, and the browser's. */
import { createStore, type Readable } from "~/core/store.ts";

const KEY = "peer-server:notices";
const consent = createStore(canNotify() && isOn());

/** Whether notices are on now. */
export const noticesOn: Readable<boolean> = consent;

/** Whether this browser knows notices at all. */
export function canNotify(): boolean {
  return "Notification" in window;
}

/** Turns notices on or off; answers whether they are on, which the browser may refuse. */
export async function setNotices(wanted: boolean): Promise<boolean> {
  const isAllowed = wanted && (await Notification.requestPermission()) === "granted";
  localStorage.setItem(KEY, isAllowed ? "on" : "off");
  consent.set(isAllowed);
  return isAllowed;
}

function isOn(): boolean {
  return localStorage.getItem(KEY) === "on" && Notification.permission === "granted";
}
