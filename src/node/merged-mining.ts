import { AddressError, legacyScript } from "../bitcoin/address.js";
import type { AuxWork } from "../daemon/merged/aux-work.js";
import { MergedChains } from "../daemon/merged/merged-chains.js";
import { MergedChild } from "../daemon/merged/merged-child.js";
import { RpcClient } from "../daemon/rpc/index.js";
import type { MergedChain } from "../networks/pool-network.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import type { MergedAddress } from "../sharechain/contents.js";
import type { MergedBlockView, MergedChainView } from "../web/view.js";
import type { FoundMergedBlock } from "../work/solution.js";
import type { NodeEvent } from "./events.js";

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

/** Found blocks that are remembered. */
const MAX_BLOCKS = 100;

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
}

/**
 * The merged chains of a node: what jobs commit to, and what becomes of blocks that are found for them (spec/07 §12).
 *
 * Life: nothing happens before `start`; after `stop` has resolved no connection, call or timer of it is left.
 */
export class MergedMining {
  private readonly options: MergedMiningOptions;
  private readonly clients: readonly RpcClient[];
  private readonly chains: MergedChains;
  private readonly submissions = new Set<Promise<void>>();
  /** Oldest first. */
  private readonly blocks: MergedBlockView[] = [];

  constructor(options: MergedMiningOptions) {
    this.options = options;
    const { settings, clock, log, onWork, sharedChains } = options;
    this.clients = settings.map(({ url }) => new RpcClient({ url, clock }));
    this.chains = new MergedChains({
      createChildren: (changed) =>
        this.clients.map(
          (rpc, i) =>
            new MergedChild({ rpc, address: settings[i]!.address, sharedChains, clock, log, onWork: changed }),
        ),
      log,
      onWork,
    });
  }

  start(): void {
    this.chains.start();
  }

  async stop(): Promise<void> {
    await this.chains.stop();
    await Promise.all(this.submissions);
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
    return { chains, blocks: this.blocks.toReversed() };
  }

  /** Hands a found block to its chain, once, in this turn of the event loop. */
  found({ block, proof, bytes, worker }: FoundMergedBlock): void {
    const { log, onEvent } = this.options;
    const { chainId, hash } = block;
    const handed = this.chains.submit({ chainId, hash, proof, bytes });
    if (handed === null) return;
    onEvent({ type: "merged-found", chainId, hash, worker });
    const pays = paid(block);
    const outcome = { accepted: null, isLate: false, reason: null };
    const height = block.offer === undefined ? null : Number(block.offer.height);
    this.blocks.push({ hash, chainId, pays, height, worker, foundAt: this.options.clock.now(), ...outcome });
    if (this.blocks.length > MAX_BLOCKS) this.blocks.shift();
    const submission = handed
      .then(({ accepted, reason, judged }) => {
        const isLate = !accepted && judged && !this.chains.isCurrent(block);
        // Its proof of work is good, so a chain that still works on it has no reason to refuse it.
        if (judged && !accepted && !isLate) log.error({ chainId, hash, reason }, "a merged block was not accepted");
        const verdict = { accepted: judged ? accepted : null, isLate, reason };
        const at = this.blocks.findIndex((known) => known.hash === hash);
        if (at >= 0) this.blocks[at] = { ...this.blocks[at]!, ...verdict };
        onEvent({ type: "merged-judged", chainId, hash, worker, ...verdict });
      })
      .catch((error: unknown) => log.error({ err: error, chainId, hash }, "handing in a merged block failed"))
      .finally(() => this.submissions.delete(submission));
    this.submissions.add(submission);
  }
}

function paid({ offer }: Pick<AuxWork, "offer">): "miners" | "operator" {
  return offer === undefined ? "operator" : "miners";
}
