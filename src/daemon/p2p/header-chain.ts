import { BoundedMap } from "../../core/bounded.js";
import type { KnownHeader } from "./known-header.js";
import { LIMITS } from "./limits.js";

/** Headers remembered on top of one: more are made up. */
const MAX_SIBLINGS = 16;

interface Entry {
  readonly previous: string | null;
  height: number | null;
}

/**
 * Headers of the coin's chain as far as they are known, and the heights that follow from one that is (spec/07 §9.2). A header
 * costs the same wherever it joins; the oldest are forgotten.
 */
export class HeaderChain {
  private readonly entries = new BoundedMap<string, Entry>(LIMITS.headers);
  /** Known headers on top of each block. */
  private readonly children = new BoundedMap<string, string[]>(LIMITS.headers);

  get size(): number {
    return this.entries.size;
  }

  /** Null while nothing that it hangs on has a height. */
  height(hash: string): number | null {
    return this.entries.get(hash)?.height ?? null;
  }

  /** The block before; null if this one is not known, or is the first. */
  previous(hash: string): string | null {
    return this.entries.get(hash)?.previous ?? null;
  }

  has(hash: string): boolean {
    return this.entries.has(hash);
  }

  add({ hash, header }: Pick<KnownHeader, "hash" | "header">): void {
    if (this.entries.has(hash)) return;
    const previous: string | null = header.previousBlock;
    this.entries.set(hash, { previous, height: null });
    const siblings = previous === null ? undefined : this.children.get(previous);
    if (siblings !== undefined) siblings.splice(MAX_SIBLINGS - 1, Number.POSITIVE_INFINITY, hash);
    else if (previous !== null) this.children.set(previous, [hash]);
    this.connect(hash, previous);
  }

  /** A height that is known from elsewhere. Says nothing of a block whose header is not here. */
  setHeight(hash: string, height: number): void {
    const from: { readonly hash: string; readonly height: number }[] = [{ hash, height }];
    for (let next = from.pop(); next !== undefined; next = from.pop()) {
      const entry = this.entries.get(next.hash);
      if (entry === undefined || entry.height !== null) continue;
      entry.height = next.height;
      if (entry.previous !== null) from.push({ hash: entry.previous, height: next.height - 1 });
      for (const child of this.children.get(next.hash) ?? []) from.push({ hash: child, height: next.height + 1 });
    }
  }

  private connect(hash: string, previous: string | null): void {
    const height = this.heightFromBelow(previous) ?? this.heightFromAbove(hash);
    if (height !== null) this.setHeight(hash, height);
  }

  private heightFromBelow(previous: string | null): number | null {
    if (previous === null) return 0;
    const below = this.height(previous);
    return below === null ? null : below + 1;
  }

  private heightFromAbove(hash: string): number | null {
    for (const child of this.children.get(hash) ?? []) {
      const above = this.height(child);
      if (above !== null) return above - 1;
    }
    return null;
  }
}
