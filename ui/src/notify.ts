import { formatDifficulty } from "../../src/core/format.js";
import { live } from "./live.js";
import { mine } from "./pages/mine.js";

const KEY = "p2pool.notify";
let isOn = read();

function read(): boolean {
  try {
    return localStorage.getItem(KEY) === "1";
  } catch {
    return false;
  }
}

/** Whether the browser can: only where the page is this machine's or comes over TLS. */
export function canNotify(): boolean {
  return "Notification" in globalThis && isSecureContext;
}

export function isNotifying(): boolean {
  return isOn && canNotify() && Notification.permission === "granted";
}

/** On, after asking the user, or off. */
export async function toggleNotify(): Promise<void> {
  isOn = !isNotifying() && (await Notification.requestPermission()) === "granted";
  live.keepsOpen = isNotifying();
  try {
    localStorage.setItem(KEY, isOn ? "1" : "0");
  } catch {
    // Until the page is left, then.
  }
}

/** Tells of the pool's blocks, and of shares for addresses that are the user's own, while the page is not looked at. */
export function startNotifying(): void {
  live.keepsOpen = isNotifying();
  live.on("block", ({ height, status }) => {
    if (status === "pending")
      tell(`Block ${height ?? ""} found by the pool`, "Its generation transaction pays everyone in the window.");
  });
  live.on("share", ({ address, difficulty, hash }) => {
    if (mine().includes(address))
      tell(`Share …${hash.slice(-8)} for you`, `Difficulty ${formatDifficulty(difficulty)}`);
  });
}

function tell(title: string, body: string): void {
  if (isNotifying() && document.visibilityState === "hidden") new Notification(title, { body, icon: "icon.svg" });
}
