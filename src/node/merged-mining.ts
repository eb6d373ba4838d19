import { AddressError, legacyScript } from "../bitcoin/address.js";
import type { AuxWork } from "../daemon/merged/aux-work.js";
import { MergedChains } from "../daemon/merged/merged-chains.js";
import { type AuxVerdict, MergedChild } from "../daemon/merged/merged-child.js";
import { RpcClient } from "../daemon/rpc/index.js";
import type { MergedChain } from "../networks/pool-network.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import type { MergedAddress } from "../sharechain/contents.js";
import type { BlockStore } from "../store/block-store.js";
import type { MergedBlockView, MergedChainView } from "../web/view.js";
import type { FoundMergedBlock } from "../work/solution.js";
import type { NodeEvent } from "./events.js";
import { type MergedBlockRecord, MergedBlocks } from "./merged-blocks.js";

/** The daemon of a merged chain. */
export interface MergedSettings {
  /** With user and password. */
  readonly url: string;
  /**
   * Whom its blocks pay, as that chain writes addresses; null for the daemon's wallet. Where blocks pay every miner: where the
   * node's own shares say that they are paid.
   */
  readonly address: string | null;
}

/** Where the node's own shares are paid on merged chains: settings' addresses, each on the chains whose form it has. */
export function operatorEntries(
  settings: readonly MergedSettings[],
  chains: readonly MergedChain[],
): readonly MergedAddress[] {
  return chains.flatMap((chain) => {
    for (const { address } of settings) {
      const script = address === null ? null : scriptOn(chain, address);
      if (script !== null) return [{ chainId: chain.chainId, script }];
    }
    return [];
  });
}

function scriptOn(chain: MergedChain, address: string): Uint8Array | null {
  try {
    return legacyScript(address, chain);
  } catch (error) {
    if (error instanceof AddressError) return null;
    throw error;
  }
}

export interface MergedMiningOptions {
  readonly settings: readonly MergedSettings[];
  /** Chains that the network knows by name. */
  readonly known: readonly MergedChain[];
  readonly clock: Clock;
  readonly log: Logger;
  /** New jobs are to commit to these. */
  readonly onWork: (work: readonly AuxWork[]) => void;
  readonly onEvent: (event: NodeEvent) => void;
  /** Chains whose blocks pay every miner now. */
  readonly sharedChains: () => readonly number[];
  /** Null for nowhere. Open from `resume` until `stop` has resolved. */
  readonly store: BlockStore | null;
}

/**
 * The merged chains of a node: what jobs commit to, and what becomes of blocks that are found for them (spec/07 §12).
 *
 * Life: nothing happens before `start`; `resume` once the store is open, in either order; after `stop` has resolved no connection, call or timer of it is left.
 */
export class MergedMining {
  private readonly options: MergedMiningOptions;
  private readonly clients: readonly RpcClient[];
  private readonly chains: MergedChains;
  private readonly submissions = new Set<Promise<void>>();
  private readonly blocks: MergedBlocks;
  /** Blocks of an earlier run, which go to their chains as soon as it is known whose daemon is which. */
  private unjudged: readonly MergedBlockRecord[] = [];

  constructor(options: MergedMiningOptions) {
    this.options = options;
    const { settings, clock, log, onWork, sharedChains, store } = options;
    this.blocks = new MergedBlocks({ store, log });
    this.clients = settings.map(({ url }) => new RpcClient({ url, clock }));
    this.chains = new MergedChains({
      createChildren: (changed) =>
        this.clients.map(
          (rpc, i) =>
            new MergedChild({ rpc, address: settings[i]!.address, sharedChains, clock, log, onWork: changed }),
        ),
      log,
      onWork: (work) => {
        onWork(work);
        if (this.unjudged.length > 0) this.handInAgain();
      },
    });
  }

  /** Takes up what the store has: blocks that nobody has judged are handed in again. */
  resume(): void {
    this.unjudged = this.blocks.resume();
    this.handInAgain();
  }

  start(): void {
    this.chains.start();
  }

  async stop(): Promise<void> {
    await this.chains.stop();
    while (this.submissions.size > 0) await Promise.all(this.submissions);
    await this.blocks.settled();
    for (const client of this.clients) client.close();
  }

  /** What each daemon gives now, and the newest found blocks, the last first. */
  view(): { readonly chains: readonly MergedChainView[]; readonly blocks: readonly MergedBlockView[] } {
    const chains = this.chains.all.map(({ chainId, work }): MergedChainView => {
      const name = this.options.known.find((chain) => chain.chainId === chainId)?.name ?? null;
      if (work === null) {
        return { chainId, name, pays: null, height: null, previousBlock: null, target: null, value: null };
      }
      const { previousBlock, target, height, value } = work;
      return { chainId, name, pays: paid(work), height, previousBlock, target, value };
    });
    return { chains, blocks: this.blocks.list() };
  }

  /** Hands a found block to its chain, once, in this turn of the event loop, in which it also begins to go to disk. */
  found({ block, proof, bytes, worker }: FoundMergedBlock): void {
    const { chainId, hash, previousBlock } = block;
    const handed = this.chains.submit({ chainId, hash, proof, bytes });
    if (handed === null) return;
    const record: MergedBlockRecord = {
      ...{ hash, chainId, previousBlock, worker, pays: paid(block), isWhole: bytes !== null },
      height: block.offer === undefined ? null : Number(block.offer.height),
      foundAt: this.options.clock.now(),
      ...{ accepted: null, isLate: false, reason: null },
    };
    this.blocks.enter(record, bytes ?? proof);
    this.options.onEvent({ type: "merged-found", chainId, hash, worker });
    this.follow(record, handed);
  }

  private handInAgain(): void {
    const served = new Set(this.chains.all.map(({ chainId }) => chainId));
    const isServed = ({ chainId }: MergedBlockRecord): boolean => served.has(chainId);
    const due = this.unjudged.filter(isServed);
    this.unjudged = this.unjudged.filter((record) => !isServed(record));
    for (const record of due) this.run(this.handInStored(record), record);
  }

  private async handInStored(record: MergedBlockRecord): Promise<void> {
    const { chainId, hash, isWhole } = record;
    const bytes = await this.blocks.bytes(hash);
    if (bytes === null) {
      this.options.log.error({ chainId, hash }, "a merged block is not kept any more and cannot be handed in again");
      return;
    }
    this.options.log.warn({ chainId, hash }, "handing in a merged block that was found before the last stop");
    const handed = this.chains.submit({ chainId, hash, proof: bytes, bytes: isWhole ? bytes : null });
    if (handed !== null) this.follow(record, handed);
  }

  private follow(record: MergedBlockRecord, handed: Promise<AuxVerdict>): void {
    const { log, onEvent } = this.options;
    const { chainId, hash, worker } = record;
    const judged = handed.then(({ accepted, reason, judged: isJudged }) => {
      const isLate = !accepted && isJudged && !this.chains.isCurrent(record);
      // Its proof of work is good, so a chain that still works on it has no reason to refuse it.
      if (isJudged && !accepted && !isLate) log.error({ chainId, hash, reason }, "a merged block was not accepted");
      const verdict = { accepted: isJudged ? accepted : null, isLate, reason };
      this.blocks.judge(hash, verdict);
      onEvent({ type: "merged-judged", chainId, hash, worker, ...verdict });
    });
    this.run(judged, record);
  }

  private run(work: Promise<void>, { chainId, hash }: MergedBlockRecord): void {
    const submission = work
      .catch((error: unknown) =>
        this.options.log.error({ err: error, chainId, hash }, "handing in a merged block failed"),
      )
      .finally(() => this.submissions.delete(submission));
    this.submissions.add(submission);
  }
}

function paid({ offer }: Pick<AuxWork, "offer">): "miners" | "operator" {
  return offer === undefined ? "operator" : "miners";
}
