/** Null removes the key. */
export interface Write {
  readonly key: string;
  readonly value: Uint8Array | null;
}

export type Entry = readonly [key: string, value: Uint8Array];

/** As much as one portion of `scan` holds. */
export interface ScanSize {
  readonly count: number;
  readonly bytes: number;
}

/**
 * An ordered map from ASCII keys to bytes: all that the store asks of a database. Values read must not be changed by the
 * reader, nor values written by the writer.
 *
 * Life: nothing is touched before `open`; one `open`, then any calls, also at the same time, then one `close`, once all
 * calls have ended. Every failure is a StoreError.
 */
export interface Database {
  /** For messages: where it is. */
  readonly location: string;
  open(): Promise<void>;
  /** All or nothing, and durable when it resolves. After a failure it may be tried again. */
  write(batch: readonly Write[]): Promise<void>;
  read(key: string): Promise<Uint8Array | null>;
  /** Entries with from <= key < to, in the order of their keys, as they were at the first portion. */
  scan(from: string, to: string, size: ScanSize): AsyncGenerator<readonly Entry[]>;
  close(): Promise<void>;
}
