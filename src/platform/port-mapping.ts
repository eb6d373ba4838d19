import { errorMessage } from "../core/errors.js";
import { type Clock, sleep } from "./clock.js";
import { isPrivateIpv4 as isPrivate, localAddresses as systemAddresses } from "./local-addresses.js";
import type { Logger } from "./log.js";

/** A router that maps ports; what is used of the library's. */
export interface MappingGateway {
  readonly host: string;
  map(
    internalPort: number,
    internalHost: string,
    options: { externalPort: number; protocol: "TCP"; signal: AbortSignal },
  ): Promise<{ readonly externalHost: string; readonly externalPort: number }>;
  unmap(internalPort: number, options: { signal: AbortSignal }): Promise<void>;
  stop(options: { signal: AbortSignal }): Promise<void>;
}

export interface PortMappingOptions {
  /** Local and public port, TCP. */
  readonly port: number;
  readonly clock: Clock;
  readonly log: Logger;
  /** Routers on the local network; the UPnP search of the library by default, loaded when first used. */
  readonly findGateways?: (signal: AbortSignal) => AsyncIterable<MappingGateway>;
  /** Addresses of this machine; those of the operating system by default. */
  readonly localAddresses?: () => readonly string[];
}

const SEARCH_MS = 10_000;
const REFRESH_MS = 20 * 60_000;
const RETRY_MS = 2 * 60_000;
const UNMAP_MS = 1_000;
const LEASE_MS = 3_600_000;

/**
 * Asks the router to pass a port on to this machine (spec/08 §13). Fails quietly: most networks have no router that does
 * this, and the node works without. Says once that it worked, or once that it did not.
 *
 * Life: `start` returns at once. `stop` gives the mapping back, within a second or so, and leaves nothing running.
 */
export class PortMapping {
  private readonly options: PortMappingOptions;
  private readonly ending = new AbortController();
  private loop: Promise<void> | null = null;
  private gateway: MappingGateway | null = null;
  private said: "mapped" | "not mapped" | null = null;

  constructor(options: PortMappingOptions) {
    this.options = options;
  }

  start(): void {
    this.loop ??= this.run();
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.loop;
    const { gateway } = this;
    if (gateway === null) return;
    const signal = AbortSignal.timeout(UNMAP_MS);
    try {
      await gateway.unmap(this.options.port, { signal });
      await gateway.stop({ signal });
    } catch (error) {
      this.options.log.debug({ error: errorMessage(error) }, "giving the port mapping back failed; its lease runs out");
    }
  }

  private async run(): Promise<void> {
    const { clock } = this.options;
    while (!this.ending.signal.aborted) {
      const isMapped = await this.tryMap();
      if (this.ending.signal.aborted) return;
      await sleep(clock, isMapped ? REFRESH_MS : RETRY_MS, this.ending.signal);
    }
  }

  private async tryMap(): Promise<boolean> {
    const { log, port } = this.options;
    const internal = (this.options.localAddresses ?? systemAddresses)().find(isPrivate);
    // A public address needs no router's help.
    if (internal === undefined) return false;
    const search = new AbortController();
    const timer = this.options.clock.after(SEARCH_MS, () => search.abort());
    const signal = AbortSignal.any([this.ending.signal, search.signal]);
    try {
      for await (const gateway of (this.options.findGateways ?? upnpGateways)(signal)) {
        // Only a router of our own network may be told to open a port.
        if (!isPrivate(gateway.host)) continue;
        const mapping = await gateway.map(port, internal, { externalPort: port, protocol: "TCP", signal });
        this.gateway = gateway;
        this.say("mapped", `the router passes port ${mapping.externalPort} of ${mapping.externalHost} on to this node`);
        return true;
      }
    } catch (error) {
      log.debug({ error: errorMessage(error) }, "mapping a port failed");
    } finally {
      timer.cancel();
      search.abort();
    }
    if (!this.ending.signal.aborted) this.say("not mapped", "no router was found that maps ports");
    return false;
  }

  private say(outcome: "mapped" | "not mapped", text: string): void {
    if (this.said === outcome) return;
    this.said = outcome;
    this.options.log.info(text);
  }
}

async function* upnpGateways(signal: AbortSignal): AsyncGenerator<MappingGateway> {
  const { upnpNat } = await import("@achingbrain/nat-port-mapper");
  yield* upnpNat({ ttl: LEASE_MS, description: "p2pool", autoRefresh: false }).findGateways({ signal });
}
