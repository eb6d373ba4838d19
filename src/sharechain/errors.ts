import { P2PoolError } from "../core/errors.js";

/** Why bytes are not a share (spec/03 §6). Whoever sent them is disconnected, or banned where the rule says misbehaviour. */
export type ShareErrorCode =
  | "SHARE_ADDRESS_UNUSABLE"
  | "SHARE_COINBASE_SIZE"
  | "SHARE_HARDFORK_VOTE"
  | "SHARE_HASH_LINK"
  | "SHARE_MALFORMED"
  | "SHARE_OBSOLETE"
  | "SHARE_POW_INVALID"
  | "SHARE_SEGWIT_DATA_MISSING"
  | "SHARE_TARGET_INVALID"
  | "SHARE_TRANSACTION_REFS"
  | "SHARE_VERSION_UNKNOWN";

export type PeerAction = "ban" | "disconnect";

export class ShareError extends P2PoolError<{ code: ShareErrorCode; peer: PeerAction }> {
  constructor(message: string, code: ShareErrorCode, peer: PeerAction = "disconnect", options?: ErrorOptions) {
    super(message, { code, peer }, options);
  }

  /** What to do with the peer that sent it. */
  get peer(): PeerAction {
    return this.data.peer;
  }
}

export type DraftErrorCode =
  | "DRAFT_ADDRESS_UNUSABLE"
  | "DRAFT_CHAIN_TOO_SHORT"
  | "DRAFT_LISTED_TRANSACTIONS"
  | "DRAFT_PARENT_UNKNOWN";

/** A share with these wishes cannot stand on this parent. */
export class DraftError extends P2PoolError<{ code: DraftErrorCode }> {}
