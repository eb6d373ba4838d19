import { IrcChannel } from "../../platform/irc/channel.js";
import type { IrcServer } from "../../platform/irc/server.js";
import type { NodeEvent } from "../events.js";
import type { PoolNodeOptions } from "../pool-node-options.js";
import { BlockAnnouncer } from "./block-announcer.js";

export interface IrcAnnouncementsOptions extends Pick<PoolNodeOptions, "clock" | "log" | "network" | "random"> {
  /** Null where nothing is to be told. */
  readonly server: IrcServer | null;
  /** Certificates trusted beside the system's, PEM; none by default. */
  readonly trust?: string;
}

/** Tells of the pool's blocks on IRC. Life: `start` once the node has started; `stop` leaves no connection or timer. */
export class IrcAnnouncements {
  private readonly channel: IrcChannel | null;
  private readonly announcer: BlockAnnouncer | null;

  constructor({ server, ...options }: IrcAnnouncementsOptions) {
    const { network } = options;
    const onMessage = (text: string): void => this.announcer?.message(text);
    this.channel =
      server === null ? null : new IrcChannel({ ...options, server, channel: network.ircChannel, onMessage });
    this.announcer = this.channel === null ? null : new BlockAnnouncer({ ...options, channel: this.channel });
  }

  start(): void {
    this.channel?.start();
  }

  event(event: NodeEvent): void {
    if (event.type === "pool-block") this.announcer?.block(event);
  }

  async stop(): Promise<void> {
    this.announcer?.stop();
    await this.channel?.stop();
  }
}
