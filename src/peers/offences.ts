/**
 * What peers do wrong, what it costs them, and whether the connection ends (spec/09 §4). The rule that fails names the
 * offence; nobody but `Standing` counts points, and nobody but the peer closes its link. 100 points are a ban.
 */
export interface OffenceRule {
  readonly points: number;
  readonly disconnect: boolean;
}

const offences = {
  /** The first bytes are not of this network: a port scanner, a browser, another pool. Points only for those who insist. */
  "foreign-prefix": { points: 0, disconnect: true },
  "foreign-prefix-again": { points: 10, disconnect: true },
  /** Bytes between two messages. */
  garbage: { points: 10, disconnect: true },
  /** Longer than its command may be. */
  "too-long": { points: 50, disconnect: true },
  checksum: { points: 50, disconnect: true },
  undecodable: { points: 20, disconnect: true },
  /** Something else before `version`, or `version` twice. */
  "out-of-turn": { points: 20, disconnect: true },
  "handshake-timeout": { points: 5, disconnect: true },
  /** Honest but old: not dialled for a while. */
  "version-too-old": { points: 0, disconnect: true },
  "self-connection": { points: 0, disconnect: true },
  /** A second connection of the same node. */
  duplicate: { points: 0, disconnect: true },
  inactive: { points: 0, disconnect: true },
  "too-slow": { points: 10, disconnect: true },
  "request-timeout": { points: 5, disconnect: true },
  "unasked-reply": { points: 10, disconnect: false },
  "wrong-reply": { points: 10, disconnect: false },
  /** Twice nothing for a share that it must have. */
  "empty-reply": { points: 5, disconnect: false },
  /** No proof of work, or a target that the network does not allow. */
  "share-unproven": { points: 100, disconnect: true },
  "share-malformed": { points: 50, disconnect: true },
  /** Nodes of the reference serve shares that they have not verified. */
  "share-malformed-on-request": { points: 10, disconnect: false },
  "share-invalid": { points: 100, disconnect: true },
  "share-invalid-on-request": { points: 50, disconnect: false },
  "share-implausible": { points: 5, disconnect: false },
  "share-unknown-transactions": { points: 2, disconnect: false },
  "header-unproven": { points: 50, disconnect: true },
  "header-too-easy": { points: 1, disconnect: false },
  "many-addresses": { points: 5, disconnect: false },
  /** More transactions to remember than agreed. */
  "remembers-too-much": { points: 50, disconnect: true },
  /** One dropped message over any rate limit. */
  "over-rate": { points: 1, disconnect: false },
  /** Does not read what it is sent. */
  "slow-reader": { points: 5, disconnect: true },
  /** Transactions that nobody here wants: the sender may be innocent (spec/06 §8.2). */
  "unwanted-traffic": { points: 0, disconnect: true },
  /** Too many large messages, or the largest unfinished one while memory is short. */
  "large-messages": { points: 0, disconnect: true },
} as const satisfies Readonly<Record<string, OffenceRule>>;

export type Offence = keyof typeof offences;

export const OFFENCES: Readonly<Record<Offence, OffenceRule>> = offences;
