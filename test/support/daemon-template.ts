import { witnessCommitment, witnessCommitmentScript } from "../../src/bitcoin/transaction.js";
import { bytesToHex, hashToHex, hexToHash } from "../../src/core/bytes.js";
import { hash256 } from "../../src/core/hash/index.js";
import { merkleRoot } from "../../src/core/merkle.js";
import { type BlockTemplate, blockTemplateSchema } from "../../src/daemon/rpc/schemas.js";
import { spend } from "./daemon-block.js";

/** An answer to `getblocktemplate` as it comes over the wire: litecoind's, shortened, with two payments. */
export function rawTemplate(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const transactions = (changes.transactions ?? [rawPayment(1), rawPayment(2)]) as { readonly hash: string }[];
  return {
    capabilities: ["proposal"],
    version: 0x20000000,
    rules: ["csv", "!segwit", "taproot"],
    vbavailable: {},
    vbrequired: 0,
    previousblockhash: "AB".repeat(32),
    transactions,
    coinbaseaux: {},
    coinbasevalue: 5_000_000_030,
    longpollid: `${"ab".repeat(32)}7`,
    target: `7fffff${"0".repeat(58)}`,
    mintime: 1_699_999_000,
    curtime: 1_700_000_000,
    bits: "207fffff",
    height: 120,
    default_witness_commitment: commitmentTo(transactions),
    ...changes,
  };
}

/** Script of the daemon's commitment, whose reserved value is zeros. */
function commitmentTo(transactions: readonly { readonly hash: string }[]): string {
  const zeros = new Uint8Array(32);
  const root = merkleRoot([zeros, ...transactions.map(({ hash }) => hexToHash(hash))]);
  return bytesToHex(witnessCommitmentScript(witnessCommitment(root, zeros)));
}

/** A witness transaction with a fee of ten times its number. */
export function rawPayment(number: number): Record<string, unknown> {
  const data = spend(new Uint8Array(32).fill(number), 1_000n);
  // Marker, flag and witness come last but for the lock time: 00 01 at 4, 01 01 51 at the end.
  const stripped = Uint8Array.from([...data.subarray(0, 4), ...data.subarray(6, -7), ...data.subarray(-4)]);
  return {
    data: bytesToHex(data),
    txid: hashToHex(hash256(stripped)),
    hash: hashToHex(hash256(data)),
    depends: [],
    fee: 10 * number,
    sigops: 1,
    weight: data.length + 3 * stripped.length,
  };
}

export function blockTemplate(changes: Readonly<Record<string, unknown>> = {}): BlockTemplate {
  return blockTemplateSchema.parse(rawTemplate(changes));
}
