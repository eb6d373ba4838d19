/**
 * What differs between share versions (spec/03 §1, spec/20 §1), as data. One file a version; everything they share is in
 * share.ts, contents.ts and draft.ts, which read these properties and never compare version numbers.
 */
export type ShareVersion = 17 | 32 | 33 | 34 | 35 | 36;

export interface ShareFormat {
  readonly version: ShareVersion;
  /** Version that a share of this one may be followed by, once enough work votes for it; null if none is defined. */
  readonly successor: ShareVersion | null;
  /**
   * What has to vote for this version before we mint its first share: 95 % of the work in the oldest tenth of a chain
   * (spec/04 §5.5), or in all of it (spec/20 §12).
   */
  readonly mintedAfter: "chainVote" | "tailVote";
  /** Lowest P2P protocol version that can carry it. */
  readonly minimumProtocolVersion: number;
  /**
   * Whether an overwhelming vote raises the lowest protocol that is spoken to (spec/04 §4.3). Not from 36 on: its nodes
   * disagree about it, and nobody is lost by going on speaking to all (spec/20 §12).
   */
  readonly raisesMinimumProtocol: boolean;
  /** A 20-byte key hash; the text of an address; or 20 bytes with the kind of script they stand in (spec/20 §4). */
  readonly payee: "address" | "pubkeyHash" | "typedHash";
  /** Whether the block's transactions are listed, so that every node can rebuild and punish the block. */
  readonly listsTransactions: boolean;
  /** How an address becomes a script (spec/01 §8.5). */
  readonly padding: "fixed" | "old";
  /** Whether the time is also bounded from above by the parent's (spec/04 §4.1). */
  readonly boundsTimestampAbove: boolean;
  /**
   * Flat: by work within the work of some blocks, and a part to the finder (spec/04 §6). Decayed: by work that halves with
   * depth, and at least one satoshi to the donation (spec/20 §6).
   */
  readonly payouts: "decayed" | "flat";
  /** Script of the last output but one of the generation transaction. */
  readonly donationScript: Uint8Array;
  /** How subsidy and cumulative work are written: of fixed width, or as short as they are. */
  readonly integers: "compact" | "fixed";
  /** The cumulative work counts modulo this (spec/20 §8.2). */
  readonly absworkModulus: bigint;
  /** Whether the easiest target rises after a long silence (spec/20 §7). */
  readonly easesAfterSilence: boolean;
  /** Whether a target easier than the share's own `max_bits` is refused when it is loaded (spec/20 §8.3). */
  readonly checksMaxBits: boolean;
  /** Whether the hash link carries the part of its last block that the constant end does not supply (spec/20 §5.3). */
  readonly hasHashLinkRest: boolean;
  /** Whether payees of merged chains are named, and what they are paid is committed to (spec/20 §9). */
  readonly commitsToMergedPayouts: boolean;
  /** Whether messages come after the contents, under the reference hash (spec/20 §10). */
  readonly carriesMessages: boolean;
  /** Whether, on a network that knows this version, a share may also go back to its parent's predecessor (spec/20 §11). */
  readonly allowsStepBack: boolean;
  /** What belongs into the one field that no hash covers on segwit networks (spec/06 §7.4, spec/20 §3). */
  readonly unusedMerkleLink: "empty" | "txidBranch";
}
