import type { Random } from "../core/random.js";
import type { RpcClient } from "../daemon/rpc/index.js";
import type { PoolNetwork } from "../networks/index.js";
import type { AddressRanges } from "../platform/address-ranges.js";
import type { Clock } from "../platform/clock.js";
import type { Logger } from "../platform/log.js";
import type { Store } from "../store/store.js";
import type { Limits } from "../workers/limits.js";
import type { MinerPolicy } from "../workers/policy.js";
import type { Certificate } from "../workers/port.js";
import type { CoinLinkSettings } from "./coin-link.js";
import type { NodeEvent } from "./events.js";
import type { MergedSettings } from "./merged-mining.js";
import type { PayoutAddresses } from "./payout-addresses.js";
import type { PeeringSettings } from "./peering.js";

export interface MinerSettings extends Partial<MinerPolicy> {
  /** Whether work is handed out over HTTP too. */
  readonly getwork: boolean;
  /** Processes of their own that serve them; none by default: this one does. */
  readonly processes?: number;
  /** Where miners connect over TLS; null for nowhere but, with a certificate, the common port. */
  readonly tlsPort: { readonly host: string; readonly port: number } | null;
  readonly certificate: Certificate | null;
  /** Load balancers, which begin each connection with a PROXY header. */
  readonly proxies: AddressRanges;
  readonly limits: Limits;
}

interface WebSettings {
  /** Where browsers connect; null for the miners' port. */
  readonly bind: { readonly host: string; readonly port: number } | null;
  /** For what only operators may see; null lets this machine. */
  readonly password: string | null;
  /** Folder of another front-end; null for the built-in one. */
  readonly staticDir: string | null;
}

export const USUAL_WEB: WebSettings = { bind: null, password: null, staticDir: null };

export interface PoolNodeOptions {
  readonly network: PoolNetwork;
  /** The node's own payout address, checked by the caller; with `addresses` the one that stands for it. */
  readonly address: string;
  /** Whom the node's own work pays; its address by default. */
  readonly addresses?: PayoutAddresses;
  readonly rpc: RpcClient;
  /** Daemons that take over when it gives no templates, in the order of preference; none by default. */
  readonly otherDaemons?: readonly RpcClient[];
  /** Further daemons that get every found block; none by default. */
  readonly submitTo?: readonly RpcClient[];
  /** Mine on a daemon that does not know all soft forks. */
  readonly allowObsoleteDaemon: boolean;
  /** The coin's own P2P protocol; done without by default. */
  readonly coinP2p?: CoinLinkSettings;
  /** Daemons of chains that are mined along; none by default. */
  readonly merged?: readonly MergedSettings[];
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Part of the jobs that pay the node's own address, and donation to the authors of P2Pool, percent. */
  readonly feePercent: number;
  readonly donationPercent: number;
  readonly coinbaseTexts: readonly Uint8Array[];
  readonly solo: boolean;
  /** For proof of work that is costly; one less than there are processors by default, one at least. */
  readonly threads?: number;
  /** What miners get and may do. */
  readonly miners: MinerSettings;
  /** Where miners and browsers connect. */
  readonly workerPort: {
    readonly host: string;
    readonly port: number;
    readonly ifTaken: "fail" | "next" | "wait";
    /** Milliseconds that an HTTP request may take to arrive; 30 s by default. */
    readonly httpRequestMs?: number;
    /** Further ones are closed at once; no limit by default. */
    readonly mostConnections?: number | null;
  };
  /** How it meets other nodes; null for a pool of one. */
  readonly peering: PeeringSettings | null;
  readonly version: string;
  /** On the miners' port, with the built-in front-end, by default. */
  readonly web?: WebSettings;
  /** Where shares and blocks are kept; null for nowhere. Started by the node unless it is open, and stopped by it. */
  readonly store: Store | null;
  /** The folder that all of this node's data is in, to see how much room is left; unknown by default. */
  readonly dataDirectory?: string;
  /** Folder for shares that several peers believe in and that fail here; none by default. */
  readonly quarantineDirectory?: string;
  readonly onEvent: (event: NodeEvent) => void;
}
