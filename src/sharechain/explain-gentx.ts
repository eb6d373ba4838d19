import { scriptToAddress } from "../bitcoin/address.js";
import type { Coin } from "../bitcoin/coin.js";
import { decodeOpReturn, type OpReturn } from "../bitcoin/op-return.js";
import { bip34Height, readScript } from "../bitcoin/script.js";
import { strippedTransaction } from "../bitcoin/transaction.js";
import { equalBytes, hashToHex } from "../core/bytes.js";
import { decode } from "../core/codec.js";
import type { Share } from "./share.js";

/** What an output of a generation transaction is for (spec/15 §6, §8). */
export type OutputRole = "donation" | "other" | "payout" | "reference" | "witness_commitment";

export interface ExplainedOutput {
  /** Satoshi. */
  readonly value: bigint;
  readonly script: Uint8Array;
  readonly role: OutputRole;
  /** Null where the script is none of an address. */
  readonly address: string | null;
  /** Of the share's finder: among its part of the work is half a percent of the block. */
  readonly isFinder: boolean;
  readonly opReturn: OpReturn | null;
}

/** The merged-mining header in a coinbase script (spec/15 §7). */
export interface MergedCommitment {
  /** Merkle root of the auxiliary blocks, display order. */
  readonly root: string;
  readonly size: number;
  readonly nonce: number;
}

export interface ExplainedGentx {
  /** Block height as the coinbase script begins with it (BIP34); null where it does not. */
  readonly height: bigint | null;
  readonly script: Uint8Array;
  /** What the script pushes after the height, in order. */
  readonly pushes: readonly Uint8Array[];
  /** Where the script ends in something that is no push. */
  readonly rest: Uint8Array;
  readonly merged: MergedCommitment | null;
  readonly outputs: readonly ExplainedOutput[];
  readonly lockTime: number;
  readonly sequence: number;
  /** Bytes without witness. */
  readonly size: number;
  /** Whether the last output commits to the share as it should. */
  readonly isReferenceRight: boolean;
}

const MERGED_MAGIC = [0xfa, 0xbe, 0x6d, 0x6d] as const;

/** Names every part of a share's stripped generation transaction. @throws CodecError for bytes that are no transaction */
export function explainGentx(raw: Uint8Array, share: Share, coin: Coin): ExplainedGentx {
  const { inputs, outputs, lockTime } = decode(strippedTransaction, raw);
  const input = inputs[0]!;
  const { operations, rest } = readScript(input.script);
  const height = bip34Height(input.script);
  const pushes = operations.flatMap(({ data }) => data ?? []);
  const last = outputs.at(-1);
  return {
    height,
    script: input.script,
    pushes: height === null ? pushes : pushes.slice(1),
    rest,
    merged: findMerged(input.script),
    outputs: outputs.map((output, i) => explainOutput(output, { share, coin, i, count: outputs.length })),
    lockTime,
    sequence: input.sequence,
    size: raw.length,
    isReferenceRight: last !== undefined && equalBytes(last.script.subarray(2, 34), share.refHash),
  };
}

function explainOutput(
  { value, script }: { readonly value: bigint; readonly script: Uint8Array },
  { share, coin, i, count }: { readonly share: Share; readonly coin: Coin; readonly i: number; readonly count: number },
): ExplainedOutput {
  const opReturn = decodeOpReturn(script);
  const address = scriptToAddress(script, coin);
  const isDonation = i === count - 2 && equalBytes(script, share.format.donationScript);
  const role: OutputRole =
    i === count - 1 && opReturn?.special === "p2pool_ref"
      ? "reference"
      : i === 0 && opReturn?.special === "witness_commitment"
        ? "witness_commitment"
        : isDonation
          ? "donation"
          : opReturn === null
            ? "payout"
            : "other";
  return { value, script, role, address, isFinder: role === "payout" && address === share.address, opReturn };
}

/** Root, size and nonce after the magic bytes, wherever they are in the script. */
function findMerged(script: Uint8Array): MergedCommitment | null {
  for (let i = 0; i + 44 <= script.length; i++) {
    if (!MERGED_MAGIC.every((byte, j) => script[i + j] === byte)) continue;
    const view = new DataView(script.buffer, script.byteOffset + i + 36, 8);
    return {
      root: hashToHex(script.slice(i + 4, i + 36).reverse()),
      size: view.getUint32(0, true),
      nonce: view.getUint32(4, true),
    };
  }
  return null;
}
