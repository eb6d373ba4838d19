export type Theme = "dark" | "light" | "system";

const KEY = "p2pool.theme";
const ORDER: readonly Theme[] = ["system", "light", "dark"];
let current: Theme | null = null;

export function theme(): Theme {
  if (current !== null) return current;
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(KEY);
  } catch {
    // A browser that stores nothing has the system's colours.
  }
  current = ORDER.find((one) => one === stored) ?? "system";
  return current;
}

export function nextTheme(): void {
  current = ORDER[(ORDER.indexOf(theme()) + 1) % ORDER.length]!;
  try {
    localStorage.setItem(KEY, current);
  } catch {
    // Until the page is left, then.
  }
  applyTheme(current);
}

export function applyTheme(value: Theme): void {
  document.documentElement.dataset.theme = value;
}
