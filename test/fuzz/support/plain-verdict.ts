import { createHash } from "node:crypto";
import { type PlainDecayedShare, plainDecayedOutputs } from "../../support/plain-decayed.js";
import { type PlainShare, plainOutputs } from "../../support/plain-pplns.js";

/**
 * Whether a share of version 35 or 36 is valid on a chain, in the plainest way: every rule of spec/04 §4 and §6 (spec/20 for 36)
 * once more, by walking, with nothing of src/. Times in seconds, targets and amounts as integers, hashes and scripts as hex.
 */
export interface PlainChainShare {
  readonly id: string;
  readonly parent: string | null;
  /** Address (35) or script (36): the key of its weight. */
  readonly payee: string;
  readonly donation: number;
  readonly timestamp: number;
  readonly maxBits: number;
  readonly bits: number;
  readonly absheight: number;
  readonly abswork: bigint;
}

/** What a share says besides. */
export interface PlainClaim extends PlainChainShare {
  readonly farShareId: string | null;
  readonly subsidy: bigint;
  readonly blockBits: number;
  readonly coinbase: string;
  readonly wtxidMerkleRoot: string;
  readonly refHash: string;
  readonly lastTxoutNonce: string;
  /** Hash of the generation transaction that its proof of work covers, wire order. */
  readonly gentxHash: string;
}

export interface PlainNetwork {
  readonly version: 35 | 36;
  readonly sharePeriod: number;
  readonly lookbehind: number;
  readonly maxTarget: bigint;
  readonly minTarget: bigint;
  readonly chainLength: number;
  readonly realChainLength: number;
  readonly spread: bigint;
  /** Key of the donation among the payees, and its script. */
  readonly donationKey: string;
  readonly donationScript: string;
  readonly scriptOf: (payee: string) => string;
}

const MAX_256 = 2n ** 256n - 1n;

export function plainTarget(bits: number): bigint {
  const mantissa = BigInt(bits & 0xffffff);
  const shift = 8 * ((bits >>> 24) - 3);
  return shift >= 0 ? mantissa << BigInt(shift) : mantissa >> BigInt(-shift);
}

/** The compact form, rounded down. */
export function plainBits(target: bigint): number {
  let hex = target.toString(16);
  if (hex.length % 2 === 1) hex = `0${hex}`;
  if (Number.parseInt(hex.slice(0, 2), 16) >= 0x80) hex = `00${hex}`;
  const size = hex.length / 2;
  return size * 0x1000000 + Number.parseInt(hex.slice(0, 6).padEnd(6, "0"), 16);
}

function attempts(target: bigint): bigint {
  return 2n ** 256n / (target + 1n);
}

const clip = (value: bigint, low: bigint, high: bigint): bigint => (value < low ? low : value > high ? high : value);

/** Null if the share is valid, else what is wrong. `now`: seconds since 1970. */
export function plainVerdict(
  chain: ReadonlyMap<string, PlainChainShare>,
  claim: PlainClaim,
  now: number,
  network: PlainNetwork,
): string | null {
  const ancestors: PlainChainShare[] = [];
  for (let id = claim.parent; id !== null && chain.has(id); id = chain.get(id)!.parent) ancestors.push(chain.get(id)!);
  const parent = ancestors[0];
  if (parent === undefined) return "no parent";
  if (claim.timestamp > Math.floor(now) + 600) return "too far ahead";
  if (claim.timestamp < parent.timestamp + 1) return "timestamp";
  if (claim.farShareId !== (ancestors[99]?.id ?? null)) return "far share";
  if (claim.absheight !== (parent.absheight + 1) % 2 ** 32) return "absheight";

  const easiest = plainEasiest(ancestors, claim.timestamp, network);
  if (claim.maxBits !== plainBits(easiest)) return "max_bits";
  // A target that the share could have asked for comes back as it is.
  if (claim.bits !== plainBits(clip(plainTarget(claim.bits), easiest / 30n, easiest))) return "bits";
  if (plainTarget(claim.bits) > network.maxTarget) return "target";
  if (network.version === 36 && plainTarget(claim.bits) > plainTarget(claim.maxBits)) return "target above its limit";
  const modulus = network.version === 36 ? 2n ** 64n : 2n ** 128n;
  if (claim.abswork !== (parent.abswork + attempts(plainTarget(claim.bits))) % modulus) return "abswork";
  return hash256(plainGentx(chain, claim, network)) === claim.gentxHash ? null : "generation transaction";
}

/** Easiest target on top of the first of these, which are from the parent down. */
function plainEasiest(ancestors: readonly PlainChainShare[], timestamp: number, network: PlainNetwork): bigint {
  const { lookbehind, maxTarget, minTarget, sharePeriod } = network;
  if (ancestors.length < lookbehind) return maxTarget;
  const [parent] = ancestors as [PlainChainShare];
  let work = 0n;
  for (const share of ancestors.slice(0, lookbehind - 1)) work += attempts(plainTarget(share.maxBits));
  const seconds = parent.timestamp - ancestors[lookbehind - 1]!.timestamp;
  const rate = work / BigInt(seconds > 0 ? seconds : 1);
  const wanted = rate > 0n ? 2n ** 256n / (BigInt(sharePeriod) * rate) - 1n : MAX_256;
  let previous = plainTarget(parent.maxBits);
  const silence = timestamp - parent.timestamp;
  if (network.version === 36 && silence > 20 * sharePeriod) {
    const past = silence - 20 * sharePeriod;
    for (let left = Math.floor(past / (10 * sharePeriod)); left > 0 && previous <= maxTarget; left--) previous *= 2n;
    previous += (previous * BigInt(past % (10 * sharePeriod))) / BigInt(10 * sharePeriod);
    if (previous > maxTarget) previous = maxTarget;
  }
  return clip(clip(wanted, (previous * 9n) / 10n, (previous * 11n) / 10n), minTarget, maxTarget);
}

/** The stripped generation transaction that the chain demands, hex. */
function plainGentx(chain: ReadonlyMap<string, PlainChainShare>, claim: PlainClaim, network: PlainNetwork): string {
  return (
    plainPrefix(plainPayouts(chain, claim, network), claim, network) +
    claim.refHash +
    claim.lastTxoutNonce +
    "00".repeat(4)
  );
}

/** Outputs in their order, the donation last: payee and amount. */
export function plainPayouts(
  chain: ReadonlyMap<string, PlainChainShare>,
  claim: PlainClaim,
  network: PlainNetwork,
): [string, bigint][] {
  const work = ({ bits }: PlainChainShare): bigint => attempts(plainTarget(bits));
  if (network.version === 36) {
    const shares = new Map<string, PlainDecayedShare>();
    for (const share of chain.values()) shares.set(share.id, { ...share, script: share.payee, work: work(share) });
    const { chainLength, realChainLength, donationScript } = network;
    return plainDecayedOutputs(shares, claim.parent, claim.subsidy, { chainLength, realChainLength, donationScript });
  }
  const shares = new Map<string, PlainShare>();
  for (const share of chain.values()) shares.set(share.id, { ...share, address: share.payee, work: work(share) });
  const own = { ...claim, address: claim.payee, work: work(claim) };
  return plainOutputs(shares, own, claim.subsidy, attempts(plainTarget(claim.blockBits)), {
    realChainLength: network.realChainLength,
    spread: network.spread,
    donationAddress: network.donationKey,
  });
}

/** A generation transaction with these outputs up to the reference hash, hex (spec/03 §4). */
export function plainPrefix(payouts: readonly [string, bigint][], claim: PlainClaim, network: PlainNetwork): string {
  const reserved = Buffer.from("[P2Pool]".repeat(4)).toString("hex");
  const commitment = hash256(claim.wtxidMerkleRoot + reserved);
  const outputs = payouts.map(([payee, amount], i) => {
    const script = i === payouts.length - 1 ? network.donationScript : network.scriptOf(payee);
    return number(amount, 8) + short(script.length / 2) + script;
  });
  return [
    `0100000001${"00".repeat(32)}ffffffff`,
    short(claim.coinbase.length / 2) + claim.coinbase,
    "ffffffff",
    short(outputs.length + 2),
    `000000000000000026${"6a24aa21a9ed"}${commitment}`,
    ...outputs,
    "00000000000000002a6a28",
  ].join("");
}

function short(value: number): string {
  return value < 0xfd ? number(BigInt(value), 1) : `fd${number(BigInt(value), 2)}`;
}

/** Little-endian. */
function number(value: bigint, bytes: number): string {
  const hex = (value & (2n ** BigInt(8 * bytes) - 1n)).toString(16).padStart(2 * bytes, "0");
  return hex.match(/../g)!.reverse().join("");
}

function hash256(hex: string): string {
  const once = createHash("sha256").update(Buffer.from(hex, "hex")).digest();
  return createHash("sha256").update(once).digest("hex");
}
