import { PEERS_RECORD } from "../store/record-names.js";
import type { RecordStore } from "../store/record-store.js";
import type { Store } from "../store/store.js";

/** What is kept of peers: in the store while that is open, before as another process has left it so far. */
export class PeerRecords implements Pick<RecordStore, "load" | "save"> {
  private readonly store: Store | null;
  private borrowed: unknown = null;

  constructor(store: Store | null) {
    this.store = store;
  }

  async borrow(copy: Pick<RecordStore, "load">): Promise<void> {
    this.borrowed = await copy.load(PEERS_RECORD);
  }

  async load(name: string): Promise<unknown> {
    return this.store?.isOpen ? this.store.records.load(name) : this.borrowed;
  }

  async save(name: string, value: unknown): Promise<void> {
    if (this.store?.isOpen) await this.store.records.save(name, value);
  }
}
