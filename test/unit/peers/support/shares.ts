import { concatBytes } from "../../../../src/core/bytes.js";
import { encode, Reader, varint, varstr } from "../../../../src/core/codec.js";
import type { WrappedShare } from "../../../../src/peers/wire/messages.js";
import { encodeShare, type Share, type ShareContents, type ShareRules } from "../../../../src/sharechain/index.js";

export function wrapped({ version, raw }: Pick<Share, "raw" | "version">): WrappedShare {
  return { type: BigInt(version), raw };
}

/** The same contents under another version number: its hash does not cover that (spec/06 §7.4). */
export function relabelled(share: Share, type: bigint): WrappedShare {
  const reader = new Reader(share.raw);
  reader.varint();
  const contents = varstr.read(reader);
  return { type, raw: concatBytes(encode(varint, type), encode(varstr, contents)) };
}

/** A copy with other contents. */
export function altered(share: Share, rules: ShareRules, change: Partial<ShareContents>): WrappedShare {
  const raw = encodeShare({ ...share.contents, ...change }, rules.version(share.version)!);
  return { type: BigInt(share.version), raw };
}

/** A copy in which a relay has put hashes where none are checked. */
export function inflated(share: Share, rules: ShareRules, entries: number): WrappedShare {
  const filler = new Uint8Array(32).fill(7);
  return altered(share, rules, { merkleBranch: new Array<Uint8Array>(entries).fill(filler) });
}
