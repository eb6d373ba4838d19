import { BoundedMap } from "../core/bounded.js";
import { errorMessage } from "../core/errors.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import type { Endpoint } from "../platform/transport.js";
import { canonicalAddress, endpointText } from "./address.js";
import type { Resolve } from "./endpoint.js";
import { LIMITS, TIMERS } from "./limits.js";

export interface OwnAddressOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly resolve: Resolve;
  /** What the operator says others reach us at. `port` null: the one that is bound. */
  readonly external: { readonly name: string; readonly port: number | null } | null;
  readonly boundPort: () => number | null;
  readonly advertise: boolean;
}

/** What we know of ourselves: how others reach us, and which addresses turned out to be ours (spec/06 §5.2, §9.5). */
export class OwnAddress {
  private readonly options: OwnAddressOptions;
  private readonly found = new BoundedMap<string, number>(LIMITS.addressesRemembered);
  private resolved: string | null = null;
  private resolveAtMs = 0;

  constructor(options: OwnAddressOptions) {
    this.options = options;
  }

  /** Looks the external name up again from time to time. */
  sweep(): void {
    const { clock, external, resolve, log } = this.options;
    if (external === null || clock.monotonicMs() < this.resolveAtMs) return;
    this.resolveAtMs = clock.monotonicMs() + TIMERS.resolveExternal;
    resolve(external.name).then(
      (addresses) => {
        this.resolved = addresses.map(canonicalAddress).find((text) => text !== null) ?? null;
      },
      (error: unknown) =>
        log.warn({ name: external.name, reason: errorMessage(error) }, "the external address is unknown"),
    );
  }

  /** What to tell others; a null host means "as you see me". Null while nobody can reach us. */
  toAdvertise(): { readonly host: string | null; readonly port: number } | null {
    const { advertise, external, boundPort } = this.options;
    const port = boundPort();
    if (!advertise || port === null) return null;
    if (external === null) return { host: null, port };
    return this.resolved === null ? null : { host: this.resolved, port: external.port ?? port };
  }

  /** A connection there came back to us. */
  recognise(endpoint: Endpoint): void {
    this.found.set(endpointText(endpoint), this.options.clock.monotonicMs() + TIMERS.selfAddress);
  }

  isOwn(endpoint: Endpoint): boolean {
    const own = this.toAdvertise();
    if (own !== null && own.host === endpoint.host && own.port === endpoint.port) return true;
    return (this.found.get(endpointText(endpoint)) ?? 0) > this.options.clock.monotonicMs();
  }
}
