import { blockHeader, serialiseBlock } from "../../src/bitcoin/block.js";
import { OP_1, pushScript } from "../../src/bitcoin/script.js";
import type { Template } from "../../src/bitcoin/template.js";
import {
  type Transaction,
  transaction,
  transactionId,
  WITNESS_RESERVED,
  witnessCommitment,
  witnessCommitmentScript,
} from "../../src/bitcoin/transaction.js";
import { bigIntToBytesLE, concatBytes } from "../../src/core/bytes.js";
import { encode } from "../../src/core/codec.js";
import { bitsToTarget } from "../../src/core/compact.js";
import { hashMeetsTarget, type PowName, powHash, sha256 } from "../../src/core/hash/index.js";
import { merkleRoot } from "../../src/core/merkle.js";

/** Anyone may spend what is paid to it: P2WSH of a script that only says yes. */
const ANYONE = Uint8Array.of(OP_1);
const ANYONE_SCRIPT = concatBytes(Uint8Array.of(0, 32), sha256(ANYONE));

/** A whole block on a template, paying everybody, with the proof of work done; `salt` makes another block of it. */
export function mineBlock(template: Template, pow: PowName, salt = 0): Uint8Array {
  const coinbase = createCoinbase(template, salt);
  const leaves = [transactionId(coinbase), ...template.transactions.map(({ txid }) => txid)];
  const header = encode(blockHeader, {
    version: template.version,
    previousBlock: template.previousBlock,
    merkleRoot: merkleRoot(leaves),
    timestamp: template.time,
    bits: template.bits,
    nonce: 0,
  });
  const target = bigIntToBytesLE(bitsToTarget(template.bits), 32);
  const view = new DataView(header.buffer, header.byteOffset);
  for (let nonce = 1; !hashMeetsTarget(powHash(pow, header), target); nonce++) view.setUint32(76, nonce, true);
  const raw = [encode(transaction, coinbase), ...template.transactions.map(({ data }) => data)];
  return serialiseBlock(header, raw, template.mweb);
}

function createCoinbase(template: Template, salt: number): Transaction {
  const script = pushScript([BigInt(template.height), Uint8Array.of(salt, 1)]);
  const payment = { value: template.subsidy, script: ANYONE_SCRIPT };
  const plain = { version: 1, inputs: [{ previousOutput: null, script, sequence: 0xffffffff }], lockTime: 0 };
  if (!template.rules.some((rule) => rule === "segwit" || rule === "!segwit")) {
    return { ...plain, outputs: [payment], witnesses: null, flag: 0 };
  }
  const witnessRoot = merkleRoot([new Uint8Array(32), ...template.transactions.map(({ hash }) => hash)]);
  const commitment = { value: 0n, script: witnessCommitmentScript(witnessCommitment(witnessRoot)) };
  return { ...plain, outputs: [payment, commitment], witnesses: [[WITNESS_RESERVED]], flag: 1 };
}

/** A payment of a coinbase made here, again to everybody. */
export function spend(txid: Uint8Array, value: bigint): Uint8Array {
  return encode(transaction, {
    version: 2,
    inputs: [{ previousOutput: { hash: txid, index: 0 }, script: new Uint8Array(0), sequence: 0xffffffff }],
    outputs: [{ value, script: ANYONE_SCRIPT }],
    lockTime: 0,
    witnesses: [[ANYONE]],
    flag: 1,
  });
}
