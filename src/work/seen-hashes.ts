/** Header hashes remembered per job; at the bound the oldest half goes (spec/10 §11.6). */
const MAX_SEEN = 1_000_000;

export function rememberHash(seen: Set<string>, hash: string): void {
  if (seen.size >= MAX_SEEN) {
    let left = MAX_SEEN / 2;
    for (const old of seen) {
      if (left-- === 0) break;
      seen.delete(old);
    }
  }
  seen.add(hash);
}
