import type { ChildOffer } from "../../bitcoin/child-block.js";
import { bitsToTarget, MAX_256 } from "../../core/compact.js";
import { P2PoolError } from "../../core/errors.js";
import type { AuxBlock } from "../rpc/index.js";

/** A child's block that waits for work of the parent chain (spec/07 §12). */
export interface AuxWork {
  readonly chainId: number;
  /** What the parent commits to and the child is handed with the proof, display order; with an offer what tells it from others. */
  readonly hash: string;
  /** "share": whatever the share target of a job is. */
  readonly target: bigint | "share";
  /** What that block builds on; null if the child does not say. */
  readonly previousBlock: string | null;
  /** Of the block; null if the child does not say. */
  readonly height: number | null;
  /** Of its coinbase, in the chain's smallest unit. */
  readonly value: bigint | null;
  /** What a block that pays every miner is made from; absent where the daemon made the block, which pays the operator. */
  readonly offer?: ChildOffer;
}

/** A block that work was done for. */
export interface FoundAuxBlock {
  readonly chainId: number;
  /** Of the block, display order. */
  readonly hash: string;
  readonly proof: Uint8Array;
  /** All of it with its proof, where we made it; null where the child's daemon did. */
  readonly bytes: Uint8Array | null;
}

export type AuxWorkErrorCode = "AUX_CHAIN_ID" | "AUX_TARGET";

/** A child's answer that has the right shape and is of no use. `path` names the member. */
export class AuxWorkError extends P2PoolError<{ code: AuxWorkErrorCode; path: string }> {
  constructor(reason: string, code: AuxWorkErrorCode, path: string) {
    super(`${path}: ${reason}`, { code, path });
  }
}

const MAX_CHAIN_ID = 0xffff_ffff;
const HEX_256 = /^[0-9a-f]{64}$/i;

/** @throws AuxWorkError */
export function readAuxWork(answer: AuxBlock): AuxWork {
  const { chainid, hash, previousblockhash, height, coinbasevalue } = answer;
  if (chainid < 0 || chainid > MAX_CHAIN_ID)
    throw new AuxWorkError(`${chainid} is no chain`, "AUX_CHAIN_ID", "chainid");
  return {
    chainId: chainid,
    hash: hash.toLowerCase(),
    target: readTarget(answer),
    previousBlock: previousblockhash?.toLowerCase() ?? null,
    height: height ?? null,
    value: coinbasevalue === undefined || coinbasevalue < 0 ? null : BigInt(coinbasevalue),
  };
}

/** The target of `bits` where they are given: daemons do not agree on the order of the other one's bytes. */
function readTarget(answer: AuxBlock): AuxWork["target"] {
  const path = answer.target === undefined ? "_target" : "target";
  const text = answer.target ?? answer._target;
  if (text === "p2pool") return "share";
  const bits = typeof answer.bits === "string" ? Number.parseInt(answer.bits, 16) : answer.bits;
  if (bits === undefined) {
    if (text === undefined || !HEX_256.test(text)) throw new AuxWorkError("not 64 hex digits", "AUX_TARGET", path);
    return usable(BigInt(`0x${reversed(text)}`), path);
  }
  const target = usable(bitsToTarget(bits), "bits");
  if (text === undefined || !HEX_256.test(text)) return target;
  if (BigInt(`0x${reversed(text)}`) !== target && BigInt(`0x${text}`) !== target) {
    throw new AuxWorkError("is not the target of bits", "AUX_TARGET", path);
  }
  return target;
}

function usable(target: bigint, path: string): bigint {
  if (target <= 0n || target > MAX_256) throw new AuxWorkError("no usable target", "AUX_TARGET", path);
  return target;
}

function reversed(hex: string): string {
  return hex.match(/../g)!.reverse().join("");
}
