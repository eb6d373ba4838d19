import type { NodeEvent } from "../events.js";
import type { PoolNode } from "../pool-node.js";
import { AlertWatch } from "./alert-watch.js";
import { Heartbeat } from "./heartbeat.js";
import { AlertSender } from "./sender.js";
import type { AlertTarget } from "./targets.js";

export interface NodeAlertsOptions {
  readonly node: PoolNode;
  readonly targets: readonly AlertTarget[];
  /** Called once a minute while the node gives work; null for none. */
  readonly heartbeat: URL | null;
}

const MAX_WORKERS = 10_000;

/**
 * Tells an operator who is not looking. Life: `start` once the node has started; `stop` before the node's, so that its end
 * is no alarm.
 */
export class NodeAlerts {
  private readonly watch: AlertWatch | null;
  private readonly sender: AlertSender;
  private readonly heartbeat: Heartbeat | null;

  constructor({ node, targets, heartbeat }: NodeAlertsOptions) {
    const { clock, log, network } = node.options;
    this.sender = new AlertSender({ targets, clock, log });
    this.watch =
      targets.length === 0
        ? null
        : new AlertWatch({
            facts: () => ({
              refusal: node.work.refusal(),
              warnings: node.warnings.current,
              workers: node.stratum.stats({ workers: MAX_WORKERS }).workers,
            }),
            network: network.name,
            symbol: network.coin.symbol,
            clock,
            send: (alert) => this.sender.send(alert),
          });
    this.heartbeat =
      heartbeat === null
        ? null
        : new Heartbeat({ url: heartbeat, isWell: () => node.work.refusal() === null, clock, log });
  }

  start(): void {
    this.watch?.start();
    this.heartbeat?.start();
  }

  event(event: NodeEvent): void {
    this.watch?.event(event);
  }

  async stop(): Promise<void> {
    this.watch?.stop();
    this.heartbeat?.stop();
    await this.sender.stop();
  }
}
