import { bytesToHex } from "../core/bytes.js";
import { CodecError, Reader, Writer } from "../core/codec.js";
import { hash256 } from "../core/hash/index.js";
import {
  decodeShare,
  ShareError,
  type ShareInfo,
  type ShareRules,
  type UnprovenShare,
  type VersionRules,
} from "../sharechain/index.js";
import { LIMITS } from "./limits.js";
import type { WrappedShare } from "./wire/messages.js";

export type Screened =
  | { readonly kind: "share"; readonly share: UnprovenShare; readonly digest: string }
  /** Of a version that is too old or not known: skipped, nobody's fault. */
  | { readonly kind: "skipped"; readonly reason: "obsolete" | "unknown" }
  | { readonly kind: "bad"; readonly offence: "share-malformed" | "share-unproven"; readonly reason: string };

/** Names a copy of a share: type and contents, as they are kept. Its id does not cover the type (spec/06 §7.4). */
export function digestOf(raw: Uint8Array): string {
  return bytesToHex(hash256(raw));
}

/**
 * Stages 1 and 2 of spec/09 §5.2: everything about a share that its bytes alone say but the proof of work, cheapest first:
 * type, length of the payee before anything decodes it, shape, target. What relays may have put into the one field that no
 * hash covers is replaced by what belongs there. Never throws.
 */
export function screenShare({ type, raw }: WrappedShare, rules: ShareRules): Screened {
  const version = type <= 0xffffn ? rules.version(Number(type)) : null;
  if (version === null) return { kind: "skipped", reason: type < 17n ? "obsolete" : "unknown" };
  try {
    // A copy in any case: what came is part of a large message.
    const isMalleable = version.segwitActive && !version.format.listsTransactions;
    const isLong = !version.format.listsTransactions && raw.length > LIMITS.plainShareBytes;
    let kept = isLong ? checked(raw, version, isMalleable) : raw.slice();
    let share = decodeShare(kept, rules);
    const { contents } = share;
    if (isMalleable && contents.merkleBranch.length !== unusedBranch(contents.info, version).length) {
      kept = checked(raw, version, true);
      share = decodeShare(kept, rules);
    }
    return { kind: "share", share, digest: digestOf(kept) };
  } catch (error) {
    if (error instanceof ShareError) {
      const offence = error.peer === "ban" ? "share-unproven" : "share-malformed";
      return { kind: "bad", offence, reason: error.message };
    }
    if (error instanceof CodecError) return { kind: "bad", offence: "share-malformed", reason: error.message };
    throw error;
  }
}

/** What belongs where no hash looks: the txid branch, or nothing (spec/06 §7.4, spec/20 §3). */
function unusedBranch({ segwit }: ShareInfo, { format }: VersionRules): readonly Uint8Array[] {
  return format.unusedMerkleLink === "empty" ? [] : (segwit?.txidBranch ?? []);
}

/**
 * The share with a payee that may be decoded and, where the merkle branch is covered by no hash, with what belongs in its
 * place (spec/06 §7.4). The former is found without being built: a relay may have put a million hashes there.
 * @throws CodecError
 */
function checked(raw: Uint8Array, version: VersionRules, isMalleable: boolean): Uint8Array {
  const { codec, format } = version;
  const wrapper = new Reader(raw);
  const type = wrapper.varint();
  const contents = wrapper.raw(wrapper.count(1));
  const reader = new Reader(contents);
  reader.varint();
  reader.raw(32 + 4 + 4 + 4);
  const info = codec.info.read(reader);
  if (info.data.payee.length > LIMITS.payeeBytes) {
    throw new CodecError(`payee of ${info.data.payee.length} bytes`, "CODEC_VALUE_RANGE");
  }
  reader.raw(reader.count(32) * 32 + 8 + 32);
  if (format.hasHashLinkRest) reader.raw(reader.count(1));
  reader.varint();
  if (!isMalleable) return raw.slice();
  const kept = contents.subarray(0, reader.offset);
  reader.raw(reader.count(32) * 32);
  const behind = reader.raw(reader.remaining);

  const branch = unusedBranch(info, version);
  const inner = new Writer(kept.length + 32 * branch.length + 9 + behind.length);
  inner.raw(kept);
  inner.varint(branch.length);
  for (const hash of branch) inner.raw(hash);
  inner.raw(behind);
  const body = inner.finish();
  const outer = new Writer(body.length + 18);
  outer.varint(type);
  outer.varint(body.length);
  outer.raw(body);
  return outer.finish();
}
