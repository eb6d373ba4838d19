import { lookup } from "node:dns/promises";
import { setMaxListeners } from "node:events";
import type { Template } from "../bitcoin/template.js";
import { BoundedMap } from "../core/bounded.js";
import { hexToBytes } from "../core/bytes.js";
import { bitsToTargetBytes } from "../core/compact.js";
import { errorMessage } from "../core/errors.js";
import { hashMeetsTarget, powHash } from "../core/hash/index.js";
import type { Random } from "../core/random.js";
import { CoinP2p } from "../daemon/p2p/coin-p2p.js";
import { HeaderChain } from "../daemon/p2p/header-chain.js";
import { HeaderWalk } from "../daemon/p2p/header-walk.js";
import { headerFromBytes, type KnownHeader } from "../daemon/p2p/known-header.js";
import type { OwnBlock } from "../daemon/p2p/own-blocks.js";
import type { RpcClient } from "../daemon/rpc/index.js";
import type { PoolNetwork } from "../networks/index.js";
import { type Clock, sleep } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import { TcpTransport } from "../platform/transport-tcp.js";

/** P2P ports of coin nodes: all are connected to all the time, so that a block has every way. */
export interface CoinLinkSettings {
  /** The daemon that gives the templates. */
  readonly daemon: { readonly host: string; readonly port: number };
  /** Those of the daemons that take over from it, in their order. */
  readonly others?: readonly { readonly host: string; readonly port: number }[];
  /** Further nodes of the coin that get our blocks (spec/13 §9 `--block-relay`). */
  readonly relays: readonly { readonly host: string; readonly port: number }[];
}

export interface CoinLinkOptions {
  readonly settings: CoinLinkSettings;
  readonly network: PoolNetwork;
  readonly rpc: Pick<RpcClient, "getBlockHeaderHex">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly version: string;
  /** Which of the daemons gives the templates, counted from 0; the first by default. */
  readonly active?: () => number;
  /** The current one; null while there is none. */
  readonly template: () => Template | null;
  /** The daemon has a block that its template may not show yet. */
  readonly onNewBlock: (hash: string) => void;
  /** A header with its proof of work done: the daemon's tip, or a block on it. */
  readonly onHeader: (known: KnownHeader) => void;
}

/** How a new block was heard of. */
type Herald = "hook" | "p2p";

const REMEMBERED = 100;
/** A daemon that takes longer is asked for work without it. */
const FIRST_ATTEMPT_MS = 1_000;
/** Spans of a chain's length that shares may refer to blocks in (spec/07 §9.2). */
const SPANS = 5;

/**
 * What the node has of the coin besides templates: its P2P protocol, the news of blocks by whatever way is first, and their
 * headers.
 *
 * Life: nothing happens before `start`; after `stop` has resolved no connection or timer of it is left.
 */
export class CoinLink {
  readonly headers = new HeaderChain();
  private readonly options: CoinLinkOptions;
  private readonly daemons: readonly CoinP2p[];
  private readonly relays: readonly CoinP2p[];
  private readonly walk: HeaderWalk;
  private readonly heard = new BoundedMap<string, Herald>(REMEMBERED);
  private tip: string | null = null;
  private readonly fetching = new Set<Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(options: CoinLinkOptions) {
    this.options = options;
    const { settings, network, clock, log } = options;
    // Headers of blocks may come later than the blocks, of which each waits for its own.
    setMaxListeners(0, this.stopping.signal);
    this.daemons = [settings.daemon, ...(settings.others ?? [])].map((daemon) =>
      this.connectTo(daemon, (hash) => this.announced(hash, "p2p")),
    );
    this.relays = settings.relays.map((relay) => this.connectTo(relay, () => {}));
    const { sharePeriod, chainLength, coin } = network;
    this.walk = new HeaderWalk({
      chain: this.headers,
      request: (hash) => this.daemon.header(hash),
      depth: Math.ceil((SPANS * sharePeriod * chainLength) / coin.blockPeriod),
      clock,
      log,
    });
  }

  private get daemon(): CoinP2p {
    return this.daemons[this.options.active?.() ?? 0]!;
  }

  /** How many connections a daemon has with us. */
  connectionsWith(index: number): number {
    return this.daemons[index]?.hello == null ? 0 : 1;
  }

  /** Whether the daemon tells of new blocks by P2P. */
  get isConnected(): boolean {
    return this.daemon.hello !== null;
  }

  /** Resolves when the first attempt to reach the daemon has come to something, or takes too long. */
  async start(): Promise<void> {
    for (const relay of this.relays) relay.start();
    for (const daemon of this.daemons) daemon.start();
    const waited = new AbortController();
    await Promise.race([this.daemon.firstAttempt, sleep(this.options.clock, FIRST_ATTEMPT_MS, waited.signal)]);
    waited.abort();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all([...this.daemons, ...this.relays].map((p2p) => p2p.stop()));
    await Promise.all(this.fetching);
  }

  /** Sends a block of ours by P2P, the daemon first, in this turn of the event loop. */
  sendBlock(block: OwnBlock): void {
    for (const daemon of this.daemons) daemon.sendBlock(block);
    for (const relay of this.relays) relay.sendBlock(block);
  }

  /** One of the daemons has judged it: it needs not come to it by P2P any more. Relays go their own ways. */
  blockSettled(hash: string, index: number): void {
    this.daemons[index]?.blockSettled(hash);
  }

  /** Somebody says that there is a new block; only the first word on it counts. False if it was known. */
  announced(hash: string, by: Herald): boolean {
    if (this.tip === hash || this.heard.has(hash)) return false;
    this.heard.set(hash, by);
    this.options.log.info({ hash, by }, "a new block was announced");
    this.options.onNewBlock(hash);
    this.fetch(hash, false);
    return true;
  }

  /** To be called with each template. */
  templateChanged({ previousBlock, height }: Template): void {
    this.daemon.tipIs(previousBlock);
    if (this.tip === previousBlock) return;
    this.tip = previousBlock;
    this.headers.setHeight(previousBlock, height - 1);
    this.fetch(previousBlock, true);
  }

  /** Fetches the headers below a block by P2P, as far down as shares may refer to. */
  async followHeaders(tip: string): Promise<void> {
    await this.walk.follow(tip);
  }

  private connectTo({ host, port }: { host: string; port: number }, onBlock: (hash: string) => void): CoinP2p {
    const { network, clock, random, log, version } = this.options;
    return new CoinP2p({
      host,
      port,
      prefix: network.coin.p2pPrefix,
      blockMaxSize: network.blockMaxSize,
      transport: new TcpTransport({ clock }),
      resolve: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
      clock,
      random,
      log,
      userAgent: `/P2Pool:${version}/`,
      onBlock,
      onHeader: (known) => this.headers.add(known),
    });
  }

  private fetch(hash: string, isTip: boolean): void {
    const fetch = this.fetchHeader(hash, isTip)
      .catch((error: unknown) => this.options.log.error({ err: error }, "taking a block header failed"))
      .finally(() => this.fetching.delete(fetch));
    this.fetching.add(fetch);
  }

  /** RPC answers in every state of a daemon; P2P is quicker, and is silent while blocks are downloaded (spec/07 §8). */
  private async fetchHeader(hash: string, isTip: boolean): Promise<void> {
    const { signal } = this.stopping;
    const byRpc = async (): Promise<KnownHeader> =>
      headerFromBytes(hexToBytes(await this.options.rpc.getBlockHeaderHex(hash, { signal })));
    const byP2p = (): Promise<KnownHeader> => this.daemon.header(hash);
    for (const fetch of isTip ? [byRpc, byP2p] : [byP2p, byRpc]) {
      try {
        const known = await fetch();
        if (known.hash === hash && !signal.aborted) this.headerKnown(known);
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.options.log.debug({ hash, reason: errorMessage(error) }, "a block header could not be had");
      }
    }
  }

  private headerKnown(known: KnownHeader): void {
    const { network, template, onHeader } = this.options;
    this.headers.add(known);
    const { previousBlock, height } = template() ?? {};
    if (previousBlock !== undefined && height !== undefined) this.headers.setHeight(previousBlock, height - 1);
    // Peers ban who passes on a header without work, whoever it came from.
    const isProven = hashMeetsTarget(powHash(network.coin.pow, known.bytes), bitsToTargetBytes(known.header.bits));
    if (isProven) onHeader(known);
  }
}
