import { join } from "node:path";
import type { Random } from "../../core/random.js";
import { RpcClientError } from "../../daemon/rpc/index.js";
import type { PoolNetwork } from "../../networks/index.js";
import {
  cachedAddress,
  checkPayoutAddress,
  DynamicAddresses,
  onlyAddress,
  PayoutAddressError,
  type PayoutAddresses,
  type WalletOptions,
  walletAddress,
} from "../../node/payout-addresses.js";
import { type Clock, sleep } from "../../platform/clock.js";
import type { Logger } from "../../platform/log.js";
import { integerOption, type OptionValues, quote, textOption, UsageError } from "../options.js";

export const payoutOptions = {
  address: textOption(
    "address",
    "ADDRESS",
    "payout address of this node; also paid for miners without one. From the coin daemon's wallet if not given; " +
      '"dynamic" takes several from there',
    null,
    { short: "a" },
  ),
  addressCount: integerOption("numaddresses", "N", "how many -a dynamic takes", { min: 0, max: 1000 }, 2, {
    short: "i",
  }),
  addressSeconds: integerOption(
    "timeaddresses",
    "SECONDS",
    "after which the oldest of them gives way to a new one",
    { min: 60, max: 1e9 },
    172_800,
    { short: "t" },
  ),
};

type Values = OptionValues<typeof payoutOptions>;

/** Where the payout address comes from. */
export type AddressSource =
  | { readonly kind: "given"; readonly address: string }
  | { readonly kind: "dynamic"; readonly count: number; readonly lifetime: number }
  | { readonly kind: "wallet"; readonly file: string };

/** The reference's least number of addresses. */
const LEAST_ADDRESSES = 2;
const PAUSE_MS = 1_000;
const REMIND_SECONDS = 30;

/** `directory`: of the network's data. @throws UsageError */
export function addressSource(values: Values, network: PoolNetwork, directory: string): AddressSource {
  const { address, addressCount, addressSeconds } = values;
  if (address === null) return { kind: "wallet", file: join(directory, "cached_payout_address") };
  if (address === "dynamic") {
    return { kind: "dynamic", count: Math.max(LEAST_ADDRESSES, addressCount), lifetime: addressSeconds };
  }
  try {
    return { kind: "given", address: checkPayoutAddress(address, network) };
  } catch (error) {
    if (!(error instanceof PayoutAddressError)) throw error;
    throw new UsageError(`--address ${quote(address)}: ${error.message}`, "address", { cause: error });
  }
}

/** What would be used, without asking the wallet. */
export async function describeSource(source: AddressSource): Promise<string> {
  if (source.kind === "given") return source.address;
  if (source.kind === "dynamic") {
    return `${source.count} new ones of the coin daemon's wallet, one replaced every ${source.lifetime} seconds`;
  }
  const cached = await cachedAddress(source.file);
  return cached === null
    ? `a new one of the coin daemon's wallet, to be kept in ${source.file}`
    : `${cached}, from ${source.file}, if the coin daemon's wallet knows it`;
}

export interface OpenOptions extends WalletOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * The addresses, once the wallet has given them; waits for a daemon that does not answer yet, and says so. Null if the signal
 * came first. @throws UsageError where there is no wallet, or it has no address that can be paid
 */
export async function openAddresses(
  source: AddressSource,
  options: OpenOptions,
): Promise<{ readonly addresses: PayoutAddresses; readonly origin: string } | null> {
  if (source.kind === "given") return { addresses: onlyAddress(source.address), origin: "as given" };
  const { clock, log, signal } = options;
  let saidAt = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    try {
      if (source.kind === "dynamic") {
        const addresses = await DynamicAddresses.open({ ...options, ...source });
        return { addresses, origin: "and others of the wallet in turn" };
      }
      const { address, origin } = await walletAddress({ ...options, file: source.file });
      return { addresses: onlyAddress(address), origin };
    } catch (error) {
      if (signal.aborted) return null;
      if (error instanceof PayoutAddressError) throw new UsageError(error.message, "address", { cause: error });
      if (!(error instanceof RpcClientError)) throw error;
      if (clock.now() - saidAt >= REMIND_SECONDS) {
        saidAt = clock.now();
        log.warn({}, `waiting for the coin daemon, whose wallet is to give a payout address: ${error.message}`);
      }
    }
    await sleep(clock, PAUSE_MS, signal);
  }
  return null;
}
