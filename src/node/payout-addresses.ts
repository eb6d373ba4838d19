import { readFile } from "node:fs/promises";
import { canonicalAddress } from "../bitcoin/address.js";
import { explainUnpayable } from "../bitcoin/unpayable.js";
import { errorMessage, P2PoolError } from "../core/errors.js";
import type { Random } from "../core/random.js";
import { InvalidAddressOrKeyError, MethodNotFoundError, type RpcClient, WalletError } from "../daemon/rpc/index.js";
import { COINS, type PoolNetwork } from "../networks/index.js";
import type { Clock } from "../platform/clock.js";
import { writeWhole } from "../platform/files.js";
import type { Logger } from "../platform/log.js";

export type PayoutAddressErrorCode =
  /** No share can pay it. */
  | "ADDRESS_UNPAYABLE"
  /** The daemon has no wallet, or none is loaded. */
  | "ADDRESS_NO_WALLET";

export class PayoutAddressError extends P2PoolError<{ code: PayoutAddressErrorCode }> {}

/** Wallet label of what it is asked for (spec/07 §13). */
const LABEL = "p2pool";
/** A wallet is asked for a new address this often at most, also where it fails. */
const RENEW_PAUSE_MS = 30_000;

type WalletRpc = Pick<RpcClient, "getAddressInfo" | "request" | "validateAddress">;

export interface WalletOptions {
  readonly rpc: WalletRpc;
  readonly network: PoolNetwork;
  readonly signal?: AbortSignal;
}

/** In the form that stands in shares. @throws PayoutAddressError ADDRESS_UNPAYABLE */
export function checkPayoutAddress(address: string, network: PoolNetwork): string {
  const unpayable = explainUnpayable(address, network.coin, network.genesisShareVersion, COINS);
  if (unpayable !== null) throw new PayoutAddressError(unpayable.reason, { code: "ADDRESS_UNPAYABLE" });
  return canonicalAddress(address, network.coin);
}

/** What a file remembers of an earlier run; null for nothing. */
export async function cachedAddress(file: string): Promise<string | null> {
  try {
    const text = (await readFile(file, "utf8")).trim();
    return text === "" ? null : text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/**
 * The address of an earlier run if the wallet knows it for its own, else a new one of the wallet, which is written down
 * (spec/13 §5). Whoever changed the wallet reads both in the log.
 *
 * @throws PayoutAddressError; RpcClientError while the daemon does not answer
 */
export async function walletAddress(
  options: WalletOptions & { readonly file: string; readonly log: Logger },
): Promise<{ readonly address: string; readonly origin: string }> {
  const { file, log, network } = options;
  const cached = await cachedAddress(file);
  if (cached !== null) {
    const isMine = await askIfMine(cached, options);
    if (isMine !== false) {
      if (isMine === null)
        log.warn({ address: cached }, "no wallet is there to confirm the payout address of earlier runs");
      return { address: checkPayoutAddress(cached, network), origin: `of the wallet, as kept in ${file}` };
    }
  }
  const address = await newAddress(options);
  if (cached !== null)
    log.warn({ before: cached, address }, "the wallet does not know the payout address of earlier runs");
  await writeWhole(file, `${address}\n`);
  return { address, origin: `new, of the wallet; kept in ${file}` };
}

/** Null where there is no wallet that could know. */
async function askIfMine(address: string, { rpc, signal }: WalletOptions): Promise<boolean | null> {
  const call = signal === undefined ? {} : { signal };
  try {
    const { ismine } = await rpc.getAddressInfo(address, call);
    return ismine === true;
  } catch (error) {
    if (error instanceof InvalidAddressOrKeyError) return false;
    if (error instanceof WalletError) return null;
    if (!(error instanceof MethodNotFoundError)) throw error;
  }
  // Before 0.17 the other call says it; a daemon without a wallet does not.
  const { isvalid, ismine } = await rpc.validateAddress(address, call);
  return isvalid === false ? false : (ismine ?? null);
}

/** @throws PayoutAddressError, RpcClientError */
async function newAddress({ rpc, network, signal }: WalletOptions): Promise<string> {
  const type = network.coin.addressForm === "bech32" ? ["bech32"] : [];
  try {
    const address = await rpc.request("getnewaddress", [LABEL, ...type] as [string, string?], {
      ...(signal === undefined ? {} : { signal }),
    });
    return checkPayoutAddress(address, network);
  } catch (error) {
    if (!(error instanceof WalletError) && !(error instanceof MethodNotFoundError)) throw error;
    throw new PayoutAddressError(
      `the coin daemon has no wallet to take a payout address from (${error.message}): give one with -a ADDRESS`,
      { code: "ADDRESS_NO_WALLET" },
      { cause: error },
    );
  }
}

/** Whom the node's own work pays. */
export interface PayoutAddresses {
  /** The first, which stands for the node. */
  readonly main: string;
  readonly all: readonly string[];
  /** One of them, for a job. */
  draw(): string;
}

export function onlyAddress(address: string): PayoutAddresses {
  return { main: address, all: [address], draw: () => address };
}

export interface DynamicOptions extends WalletOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly count: number;
  /** After this many seconds the oldest gives way to a new one. */
  readonly lifetime: number;
}

interface Weighted {
  readonly address: string;
  readonly weight: number;
  readonly madeMs: number;
}

/**
 * `-a dynamic`: several addresses of the wallet, drawn by weights of chance, the oldest replaced now and then (spec/07 §13
 * item 3). Replaced when one is drawn, so that an idle node asks the wallet for nothing.
 */
export class DynamicAddresses implements PayoutAddresses {
  private readonly options: DynamicOptions;
  private pool: readonly Weighted[];
  private isRenewing = false;
  private renewedMs: number;

  /** @throws PayoutAddressError, RpcClientError */
  static async open(options: DynamicOptions): Promise<DynamicAddresses> {
    const pool: Weighted[] = [];
    for (let i = 0; i < options.count; i++) pool.push(await weighted(options));
    return new DynamicAddresses(options, pool);
  }

  private constructor(options: DynamicOptions, pool: readonly Weighted[]) {
    this.options = options;
    this.pool = pool;
    this.renewedMs = options.clock.monotonicMs();
  }

  get main(): string {
    return this.pool[0]!.address;
  }

  get all(): readonly string[] {
    return this.pool.map(({ address }) => address);
  }

  draw(): string {
    this.renewIfDue();
    const total = this.pool.reduce((sum, { weight }) => sum + weight, 0);
    let left = total * this.options.random.uniform();
    for (const { address, weight } of this.pool) {
      left -= weight;
      if (left < 0) return address;
    }
    return this.main;
  }

  private renewIfDue(): void {
    const { clock, lifetime, log } = this.options;
    const nowMs = clock.monotonicMs();
    const isDue = nowMs - this.pool[0]!.madeMs >= 1000 * lifetime && nowMs - this.renewedMs >= RENEW_PAUSE_MS;
    if (!isDue || this.isRenewing) return;
    this.isRenewing = true;
    this.renewedMs = nowMs;
    weighted(this.options)
      .then((next) => {
        log.info({ before: this.main, address: next.address }, "the oldest payout address gave way to a new one");
        this.pool = [...this.pool.slice(1), next];
      })
      .catch((error: unknown) => log.warn({ reason: errorMessage(error) }, "the wallet gives no new payout address"))
      .finally(() => {
        this.isRenewing = false;
      });
  }
}

async function weighted(options: DynamicOptions): Promise<Weighted> {
  const { random, clock } = options;
  return { address: await newAddress(options), weight: 100 * random.uniform(), madeMs: clock.monotonicMs() };
}
