/** Header hashes remembered per job; at the bound the oldest half goes (spec/10 §11.6). */
const MAX_SEEN = 1_000_000;

/** Header hashes that were handed in for a job. Most jobs are replaced before anything is. */
export class SeenHashes {
  private seen: Set<string> | null = null;

  has(hash: string): boolean {
    return this.seen?.has(hash) ?? false;
  }

  add(hash: string): void {
    this.seen ??= new Set();
    const { seen } = this;
    if (seen.size >= MAX_SEEN) {
      let left = MAX_SEEN / 2;
      for (const old of seen) {
        if (left-- === 0) break;
        seen.delete(old);
      }
    }
    seen.add(hash);
  }
}
