/** Every bound of the store, and what happens at it. A test hands in others. */
export interface StoreLimits {
  /** What was handed over waits at most this long to be written (spec/05 §3.2 allows 60 s). */
  readonly flushMs: number;
  /** This many waiting writes are written at once. */
  readonly flushCount: number;
  /** Waiting bytes: further shares of others are not stored until there is room; they can be downloaded again. */
  readonly waitingBytes: number;
  /** Writes and bytes of one batch: the rest goes into the next, so that the event loop is held up for a few ms only. */
  readonly batchCount: number;
  readonly batchBytes: number;
  /** After a failed write, how long until the next attempt. */
  readonly retryMs: number;
  /** Entries and bytes of one portion when reading: shares are decoded a portion at a time, in about ten milliseconds. */
  readonly scanCount: number;
  readonly scanBytes: number;
  /** Shares: further ones of others are not stored. More than 4·CHAIN_LENGTH of the largest network (spec/05 §3.8). */
  readonly shares: number;
  /** Found blocks: the oldest is forgotten, of those first whose fate is settled. */
  readonly blocks: number;
  /** Found blocks kept as raw bytes: those of the oldest are dropped, of those first that were judged. */
  readonly rawBlocks: number;
  /** Bytes of one record as JSON: larger ones are refused. */
  readonly recordBytes: number;
}

export const LIMITS: StoreLimits = {
  flushMs: 1000,
  flushCount: 500,
  waitingBytes: 256 * 2 ** 20,
  batchCount: 1000,
  batchBytes: 4 * 2 ** 20,
  retryMs: 5000,
  scanCount: 250,
  scanBytes: 2 ** 20,
  shares: 50_000,
  blocks: 1000,
  rawBlocks: 50,
  recordBytes: 8 * 2 ** 20,
};
