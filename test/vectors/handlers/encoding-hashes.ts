import assert from "node:assert/strict";
import { DONATION_SCRIPT } from "../../../src/bitcoin/address.js";
import { bytesToHex, concatBytes, hashToHex, hexToBytes, hexToHash } from "../../../src/core/bytes.js";
import { composed, decode, encode, fixstr, varint } from "../../../src/core/codec.js";
import { hash256, Sha256, sha256 } from "../../../src/core/hash/index.js";
import { MerkleError, merkleApply, merkleBranch, merkleRoot } from "../../../src/core/merkle.js";
import { gentxConstantEnd } from "../../../src/sharechain/rules.js";
import { eachCase, type FileHandler, oneCase } from "../runner.js";

interface Sha256Case {
  readonly data: string;
  readonly digest: string;
  readonly state: string;
  readonly buf: string;
  readonly bitlength: string;
}

function checkSha256({ data, digest, state, buf, bitlength }: Sha256Case): void {
  const hash = Sha256.create().update(hexToBytes(data));
  assert.equal(bytesToHex(hash.exportState()), state);
  assert.equal(bytesToHex(hash.exportBuffered()), buf);
  assert.equal(hash.length * 8n, BigInt(bitlength));
  assert.equal(bytesToHex(hash.digest()), digest);
  assert.equal(bytesToHex(sha256(hexToBytes(data))), digest);
}

interface HashLinkCase {
  readonly prefix: string;
  readonly const_ending: string;
  readonly data: string;
  readonly state: string;
  readonly extra_data: string;
  readonly length: string;
  readonly result: string;
  readonly expected: string;
}

/** Makes the link from the prefix and checks it with the data, as spec/01 §4.1 says. */
function checkHashLink(fields: HashLinkCase): void {
  const ending = hexToBytes(fields.const_ending);
  const prefix = Sha256.create().update(hexToBytes(fields.prefix));
  const buffered = prefix.exportBuffered();
  const extra = buffered.subarray(0, Math.max(0, buffered.length - ending.length));
  assert.equal(bytesToHex(prefix.exportState()), fields.state);
  assert.equal(prefix.length, BigInt(fields.length));
  assert.equal(bytesToHex(extra), fields.extra_data);

  const known = concatBytes(hexToBytes(fields.extra_data), ending);
  const rest = Number(BigInt(fields.length) % 64n);
  const resumed = Sha256.resume(hexToBytes(fields.state), BigInt(fields.length), known.subarray(known.length - rest));
  assert.equal(hashToHex(resumed.update(hexToBytes(fields.data)).doubleDigest()), fields.result);
  assert.equal(fields.result, fields.expected);
}

interface MerkleCase {
  readonly hashes: readonly string[];
  readonly root: string;
  readonly links: readonly { readonly branch: readonly string[]; readonly index: string; readonly root: string }[];
}

function checkMerkle({ hashes, root, links }: MerkleCase): void {
  const leaves = hashes.map(hexToHash);
  assert.equal(hashToHex(merkleRoot(leaves)), root);
  for (const link of links) {
    const index = Number(link.index);
    const branch = merkleBranch(leaves, index);
    assert.deepEqual(branch.map(hashToHex), link.branch);
    assert.equal(hashToHex(merkleApply(leaves[index]!, branch, index)), link.root);
  }
}

interface HashCase {
  readonly data: string;
  readonly hash: string;
  readonly sha256d_bytes: string;
}

const hashLink = composed<{ state: Uint8Array; length: bigint }>({ state: fixstr(32), length: varint });

export const hashHandlers: FileHandler = {
  hash256: (v) =>
    eachCase(v as HashCase[], ({ data, hash, sha256d_bytes }) => {
      const digest = hash256(hexToBytes(data));
      assert.equal(bytesToHex(digest), sha256d_bytes);
      assert.equal(hashToHex(digest), hash);
    }),
  sha256: (v) => eachCase(v as Sha256Case[], checkSha256),
  hash_link: (v) => eachCase(v as HashLinkCase[], checkHashLink),
  hash_link_wire: (v) =>
    oneCase(() => {
      const { hex, state, length } = v as { hex: string; state: string; length: string };
      const link = { state: hexToBytes(state), length: BigInt(length) };
      assert.equal(bytesToHex(encode(hashLink, link)), hex);
      assert.deepEqual(decode(hashLink, hexToBytes(hex)), link);
    }),
  gentx_before_refhash: (v) => oneCase(() => assert.equal(bytesToHex(gentxConstantEnd(DONATION_SCRIPT)), v)),
  merkle: (v) => eachCase(v as MerkleCase[], checkMerkle),
  merkle_empty_root: (v) => oneCase(() => assert.equal(hashToHex(merkleRoot([])), v)),
  merkle_link_errors: (v) =>
    eachCase(v as { branch: string[]; index: string }[], ({ branch, index }) =>
      assert.throws(() => merkleApply(new Uint8Array(32), branch.map(hexToHash), Number(index)), MerkleError),
    ),
  merkle_none_link: (v) =>
    oneCase(() => {
      const { branch, hashes } = v as { branch: string[]; hashes: (string | null)[] };
      const leaves = hashes.map((hash) => (hash === null ? null : hexToHash(hash)));
      assert.deepEqual(merkleBranch(leaves, 0).map(hashToHex), branch);
    }),
};
