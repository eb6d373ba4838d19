import type { AuxWork } from "../daemon/merged/aux-work.js";
import { MergedChains } from "../daemon/merged/merged-chains.js";
import { MergedChild } from "../daemon/merged/merged-child.js";
import { RpcClient } from "../daemon/rpc/index.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import type { FoundMergedBlock } from "../work/solution.js";
import type { NodeEvent } from "./events.js";

/** The daemon of a merged chain. */
export interface MergedSettings {
  /** With user and password. */
  readonly url: string;
  /** Whom its blocks pay, as that chain writes addresses; null for the daemon's wallet. */
  readonly address: string | null;
}

export interface MergedMiningOptions {
  readonly settings: readonly MergedSettings[];
  readonly clock: Clock;
  readonly log: Logger;
  /** New jobs are to commit to these. */
  readonly onWork: (work: readonly AuxWork[]) => void;
  readonly onEvent: (event: NodeEvent) => void;
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

  constructor(options: MergedMiningOptions) {
    this.options = options;
    const { settings, clock, log, onWork } = options;
    this.clients = settings.map(({ url }) => new RpcClient({ url, clock }));
    this.chains = new MergedChains({
      createChildren: (changed) =>
        this.clients.map(
          (rpc, i) => new MergedChild({ rpc, address: settings[i]!.address, clock, log, onWork: changed }),
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

  /** Hands a found block to its chain, once, in this turn of the event loop. */
  found({ block, proof, worker }: FoundMergedBlock): void {
    const { log, onEvent } = this.options;
    const handed = this.chains.submit(block, proof);
    if (handed === null) return;
    const { chainId, hash } = block;
    onEvent({ type: "merged-found", chainId, hash, worker });
    const submission = handed
      .then(({ accepted, reason, judged }) => {
        const isLate = !accepted && judged && !this.chains.isCurrent(block);
        // Its proof of work is good, so a chain that still works on it has no reason to refuse it.
        if (judged && !accepted && !isLate) log.error({ chainId, hash, reason }, "a merged block was not accepted");
        onEvent({ type: "merged-judged", chainId, hash, worker, accepted: judged ? accepted : null, isLate, reason });
      })
      .catch((error: unknown) => log.error({ err: error, chainId, hash }, "handing in a merged block failed"))
      .finally(() => this.submissions.delete(submission));
    this.submissions.add(submission);
  }
}
