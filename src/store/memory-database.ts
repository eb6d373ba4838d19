import type { Database, Entry, ScanSize, Write } from "./database.js";

/** A database that ends with the process: for tests, simulations and nodes that are to leave no trace. */
export class MemoryDatabase implements Database {
  readonly location = "memory";
  private readonly entries = new Map<string, Uint8Array>();

  async open(): Promise<void> {}

  async write(batch: readonly Write[]): Promise<void> {
    for (const { key, value } of batch) {
      if (value === null) this.entries.delete(key);
      else this.entries.set(key, value);
    }
  }

  async read(key: string): Promise<Uint8Array | null> {
    return this.entries.get(key) ?? null;
  }

  async *scan(from: string, to: string, size: ScanSize): AsyncGenerator<readonly Entry[]> {
    const found = [...this.entries].filter(([key]) => key >= from && key < to).sort(([a], [b]) => (a < b ? -1 : 1));
    for (let i = 0; i < found.length; i += size.count) yield found.slice(i, i + size.count);
  }

  async close(): Promise<void> {}
}
