/**
 * What differs between share versions (spec/03 §1), as data. One file a version; everything they share is in share.ts and
 * draft.ts, which read these properties and never compare version numbers.
 */
export type ShareVersion = 17 | 32 | 33 | 34 | 35;

export interface ShareFormat {
  readonly version: ShareVersion;
  /** Version that a share of this one may be followed by, once enough work votes for it. */
  readonly successor: ShareVersion | null;
  /** Lowest P2P protocol version that can carry it. */
  readonly minimumProtocolVersion: number;
  /** A 20-byte key hash, or the text of an address. */
  readonly payee: "address" | "pubkeyHash";
  /** Whether the block's transactions are listed, so that every node can rebuild and punish the block. */
  readonly listsTransactions: boolean;
  /** How an address becomes a script (spec/01 §8.5). */
  readonly padding: "fixed" | "old";
  /** Whether the time is also bounded from above by the parent's (spec/04 §4.1). */
  readonly boundsTimestampAbove: boolean;
}
