const KEY = "p2pool.mine";
const MOST = 50;

/** Addresses that the user calls his own; they never leave the browser but to ask for their figures. */
export function mine(): readonly string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export function rememberMine(address: string): void {
  save([...new Set([...mine(), address])].slice(-MOST));
}

export function forgetMine(address: string): void {
  save(mine().filter((one) => one !== address));
}

function save(list: readonly string[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(list));
  } catch {
    // A browser that stores nothing: remembered until the page is left.
  }
}
