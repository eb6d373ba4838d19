import { networkByName } from "p2pool/networks";
import { loadShare, ShareRules } from "p2pool/sharechain";

/** Verifies what one share says of itself: shape, address, hash link, target and proof of work. */
export function verifyShare(hex, network = "bitcoin") {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const share = loadShare(bytes, new ShareRules(networkByName(network))); // throws a ShareError that says what is wrong
  return { id: share.id, pays: share.address, work: share.work, isBlock: share.isBlockSolution };
}
