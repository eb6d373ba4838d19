import { createHash, scryptSync } from "node:crypto";

// What a child's daemon checks of a proof, written without any code of ours: parsing, hashes, trees.

export interface AuxpowClaim {
  readonly proof: Buffer;
  /** Of the child's block, wire order. */
  readonly childHash: Buffer;
  readonly chainId: number;
  readonly target: bigint;
  readonly pow: "scrypt" | "sha256d";
}

const MAGIC = Buffer.from("fabe6d6d", "hex");
const LARGEST_BRANCH = 30;
/** Where a commitment without the magic may begin. */
const LAST_UNMARKED = 20;

/** Why a daemon would refuse the proof; null if it would not. */
export function refuseAuxpow(claim: AuxpowClaim): string | null {
  let parts: Parts;
  try {
    parts = parse(claim.proof);
  } catch (error) {
    return error instanceof RangeError ? `cannot be decoded: ${error.message}` : String(error);
  }
  const { transaction, script, isCoinbase, blockHash, coinbase, chain, header } = parts;
  if (!isCoinbase) return "the transaction is no coinbase";
  if (!hash256(header).equals(blockHash)) return "not the hash of the parent block";
  if (coinbase.index !== 0) return "the coinbase is not the first transaction";
  if (chain.branch.length > LARGEST_BRANCH) return "the tree of chains is too large";
  if (header.readUInt32LE(0) >>> 16 === claim.chainId) return "the parent is of the same chain";
  const parentRoot = climb(hash256(transaction), coinbase);
  if (!parentRoot.equals(header.subarray(36, 68))) return "the coinbase is not in the parent block";
  const root = Buffer.from(climb(claim.childHash, chain)).reverse();
  const reason = refuseCommitment(script, root, chain, claim.chainId);
  if (reason !== null) return reason;
  const work = claim.pow === "scrypt" ? scrypt(header) : hash256(header);
  return BigInt(`0x${Buffer.from(work).reverse().toString("hex")}`) > claim.target ? "too little work" : null;
}

function refuseCommitment(script: Buffer, root: Buffer, chain: Link, chainId: number): string | null {
  const at = script.indexOf(root);
  if (at < 0) return "the coinbase does not commit to the block";
  const magicAt = script.indexOf(MAGIC);
  if (magicAt >= 0 && script.indexOf(MAGIC, magicAt + 1) >= 0) return "more than one commitment";
  if (magicAt >= 0 && magicAt + MAGIC.length !== at) return "the root does not follow the magic";
  if (magicAt < 0 && at > LAST_UNMARKED) return "the root is too far behind";
  const tail = script.subarray(at + root.length);
  if (tail.length < 8) return "size and nonce are missing";
  const size = tail.readUInt32LE(0);
  if (size !== 2 ** chain.branch.length) return "the size is not that of the tree";
  const nonce = BigInt(tail.readUInt32LE(4));
  const step = (value: bigint): bigint => (value * 1103515245n + 12345n) & 0xffffffffn;
  const slot = step((step(nonce) + BigInt(chainId)) & 0xffffffffn) % BigInt(size);
  return BigInt(chain.index) === slot ? null : "the block stands in another chain's slot";
}

interface Link {
  readonly branch: readonly Buffer[];
  readonly index: number;
}

interface Parts {
  readonly transaction: Buffer;
  readonly script: Buffer;
  readonly isCoinbase: boolean;
  readonly blockHash: Buffer;
  readonly coinbase: Link;
  readonly chain: Link;
  readonly header: Buffer;
}

/** How many bytes the proof at the beginning takes. @throws RangeError */
export function auxpowLength(bytes: Buffer): number {
  return parse(bytes, "with more").length;
}

function parse(bytes: Buffer, end: "at the end" | "with more" = "at the end"): Parts & { readonly length: number } {
  let at = 0;
  const take = (count: number): Buffer => {
    if (at + count > bytes.length) throw new RangeError("ends too early");
    at += count;
    return bytes.subarray(at - count, at);
  };
  const count = (): number => {
    const first = take(1)[0]!;
    return first < 253 ? first : first === 253 ? take(2).readUInt16LE() : take(4).readUInt32LE();
  };
  const link = (): Link => {
    const branch: Buffer[] = [];
    for (let left = count(); left > 0; left--) branch.push(take(32));
    return { branch, index: take(4).readUInt32LE() };
  };
  take(4);
  const inputs = count();
  const outpoint = take(36);
  const script = take(count());
  take(4);
  if (inputs !== 1) throw new RangeError(`${inputs} inputs`);
  for (let outputs = count(); outputs > 0; outputs--) {
    take(8);
    take(count());
  }
  take(4);
  const transaction = bytes.subarray(0, at);
  const isCoinbase = outpoint.equals(Buffer.concat([Buffer.alloc(32), Buffer.alloc(4, 0xff)]));
  const parts = { transaction, script, isCoinbase, blockHash: take(32), coinbase: link(), chain: link() };
  const header = take(80);
  if (end === "at the end" && at !== bytes.length) throw new RangeError("bytes left over");
  return { ...parts, header, length: at };
}

function climb(leaf: Buffer, { branch, index }: Link): Buffer {
  let hash = leaf;
  for (const [depth, sibling] of branch.entries()) {
    const isRight = Math.floor(index / 2 ** depth) % 2 === 1;
    hash = hash256(Buffer.concat(isRight ? [sibling, hash] : [hash, sibling]));
  }
  return hash;
}

function hash256(bytes: Buffer): Buffer {
  const once = createHash("sha256").update(bytes).digest();
  return createHash("sha256").update(once).digest();
}

function scrypt(header: Buffer): Buffer {
  return scryptSync(header, header, 32, { N: 1024, r: 1, p: 1 });
}
