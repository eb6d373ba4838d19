import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { usualThreads } from "../platform/pow-pool.js";
import { Bans } from "../workers/bans.js";
import { GetworkServer } from "../workers/getwork/server.js";
import type { MinerService } from "../workers/miner-service.js";
import { policyOf } from "../workers/policy.js";
import { WorkerPort } from "../workers/port.js";
import type { WorkHub } from "../workers/processes/work-hub.js";
import { WorkerProcesses } from "../workers/processes/worker-processes.js";
import { Seats } from "../workers/stratum/seats.js";
import { StratumServer } from "../workers/stratum/server.js";
import { WorkerTable } from "../workers/worker-table.js";
import type { PoolNodeOptions } from "./pool-node-options.js";

/** All that miners meet: the port, Stratum on it, here or in processes of its own, and getwork. */
export interface MinerSide {
  readonly stratum: MinerService;
  readonly getwork: GetworkServer;
  readonly port: WorkerPort;
}

/** `pages`: what browsers get on the miners' port; null for nothing. */
export function createMinerSide(
  options: PoolNodeOptions,
  { pages, work }: { readonly pages: RequestListener | null; readonly work: WorkHub },
): MinerSide {
  const { clock, log, miners, network, random, workerPort } = options;
  const { certificate, limits, proxies, tlsPort } = miners;
  const policy = policyOf({ ...miners, dumbScryptDifficulty: network.coin.dumbScryptDifficulty });
  const bans = new Bans(limits);
  const seats = new Seats({ limits });
  const workers = new WorkerTable({ limits, shareSeconds: policy.shareSeconds });
  const shared = { ...policy, workSource: work, clock, log, limits, workers };
  const here = new StratumServer({ ...shared, random, bans, seats, allConnections: () => seats.count });
  const getwork = new GetworkServer({ ...shared, bans, enabled: miners.getwork });
  const count = miners.processes ?? 0;
  const threads = options.threads ?? usualThreads();
  const stratum =
    count === 0
      ? here
      : new WorkerProcesses({
          count,
          settings: {
            policy,
            limits,
            feePercent: options.feePercent,
            pow: network.coin.pow,
            threads: Math.max(1, Math.floor(threads / count)),
          },
          work,
          here,
          seats,
          workers,
          bans,
          mostConnections: workerPort.mostConnections ?? null,
          clock,
          log,
        });
  const port = new WorkerPort({
    ...workerPort,
    tlsPort: tlsPort === null ? null : { ...workerPort, ...tlsPort },
    certificate,
    proxies,
    bans,
    limits,
    stratum,
    http: getwork.before(pages ?? refuseHttp),
    clock,
    log,
  });
  return { stratum, getwork, port };
}

/** The web side is elsewhere. */
function refuseHttp(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404, { "Content-Type": "text/plain" });
  response.end("There is nothing here.\n");
}
