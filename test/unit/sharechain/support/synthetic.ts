import type { CompactBits } from "../../../../src/core/compact.js";
import { bitsToTarget, targetToAttempts } from "../../../../src/core/compact.js";
import type { MergedAddress, ShareId } from "../../../../src/sharechain/contents.js";
import { type ShareVersion, shareFormat } from "../../../../src/sharechain/formats/index.js";
import type { PayableAddress } from "../../../../src/sharechain/recent-payees.js";
import type { Share } from "../../../../src/sharechain/share.js";

export interface SyntheticShare {
  readonly id: string;
  readonly parent: string | null;
  readonly version?: ShareVersion;
  readonly address?: string;
  readonly payable?: PayableAddress;
  readonly bits?: CompactBits;
  readonly maxBits?: CompactBits;
  readonly timestamp?: number;
  readonly donation?: number;
  readonly desiredVersion?: number;
  readonly isBlockSolution?: boolean;
  readonly previousBlock?: string;
  readonly mergedAddresses?: readonly MergedAddress[];
}

const EASY_BITS = 0x207fffff;

/** A share without bytes or proof of work: what trackers, windows and rankings look at. It cannot be verified. */
export function syntheticShare(wish: SyntheticShare): Share {
  const {
    version = 35,
    bits = EASY_BITS,
    maxBits = bits,
    timestamp = 0,
    donation = 0,
    desiredVersion = version,
  } = wish;
  const target = bitsToTarget(bits);
  return {
    id: wish.id as ShareId,
    version,
    format: shareFormat(version)!,
    parentId: wish.parent as ShareId | null,
    address: wish.address ?? wish.payable?.address ?? "nobody",
    payable: wish.payable ?? null,
    target,
    work: targetToAttempts(target),
    minWork: targetToAttempts(bitsToTarget(maxBits)),
    isBlockSolution: wish.isBlockSolution ?? false,
    header: { previousBlock: wish.previousBlock ?? null, bits },
    info: {
      bits,
      maxBits,
      timestamp,
      absheight: 1,
      abswork: 0n,
      transactions: null,
      mergedAddresses: wish.mergedAddresses ?? null,
      mergedCoinbases: null,
      mergedPayoutHash: null,
      data: { donation, desiredVersion: BigInt(desiredVersion), staleInfo: 0, previousShareId: wish.parent },
    },
  } as unknown as Share;
}
