import { hash256 } from "../../../../src/core/hash/index.js";
import type { WrappedShare } from "../../../../src/peers/wire/messages.js";
import type { Share, ShareRules } from "../../../../src/sharechain/index.js";
import { TestChain } from "../../../unit/peers/support/chain.js";
import { altered } from "../../../unit/peers/support/shares.js";
import type { AbuseScene } from "./scene.js";

const NONCE_AT = 76;

/** Floods of distinct shares with proof of work, each on a parent that nobody knows. */
export function sharesByNonce(
  { network, clock }: Pick<AbuseScene, "clock" | "network">,
  floods: number,
  count: number,
): WrappedShare[][] {
  return Array.from({ length: floods }, () => {
    const chain = new TestChain({ network, clock });
    const timestamp = Math.floor(clock.now());
    const parent = chain.add(chain.mintOn(null, { timestamp: timestamp - 10 }).raw);
    return variants(chain.mintOn(parent, { timestamp }), chain.rules, count);
  });
}

/** Copies of a share with other nonces that meet its target as well: the cheapest shares there are. */
function variants(share: Share, rules: ShareRules, count: number): WrappedShare[] {
  const at = nonceOffset(share, rules);
  const header = share.headerBytes.slice();
  const headerView = new DataView(header.buffer);
  const found: WrappedShare[] = [];
  for (let nonce = 0; found.length < count; nonce++) {
    headerView.setUint32(NONCE_AT, nonce, true);
    // The easy network's target is half of all hashes.
    if (hash256(header)[31]! >= 0x80) continue;
    const raw = share.raw.slice();
    new DataView(raw.buffer).setUint32(at, nonce, true);
    found.push({ type: BigInt(share.version), raw });
  }
  return found;
}

function nonceOffset(share: Share, rules: ShareRules): number {
  const { minHeader } = share.contents;
  const [zeros, ones] = [0, 0xffffffff].map(
    (nonce) => altered(share, rules, { minHeader: { ...minHeader, nonce } }).raw,
  );
  return zeros!.findIndex((byte, i) => byte !== ones![i]);
}
