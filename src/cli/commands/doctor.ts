import { createServer } from "node:net";
import { join } from "node:path";
import { maxAnswerBytes } from "../../daemon/answer-limit.js";
import { RpcClient } from "../../daemon/rpc/index.js";
import type { PoolNetwork } from "../../networks/index.js";
import { type Check, ok, problem, unknown } from "../../node/doctor/check.js";
import { blocksCheck, compareBlocks } from "../../node/doctor/compare-blocks.js";
import { daemonChecks } from "../../node/doctor/daemon-checks.js";
import { machineChecks } from "../../node/doctor/machine-checks.js";
import { peerChecks } from "../../node/doctor/peer-checks.js";
import { probePeers } from "../../node/doctor/peer-probe.js";
import { systemClock } from "../../platform/clock.js";
import { createLogger } from "../../platform/log.js";
import { systemRandom } from "../../platform/random.js";
import { VERSION } from "../../platform/version.js";
import { EXIT } from "../exit.js";
import type { OptionTable } from "../options.js";
import type { Command } from "./command.js";
import { describeChecks } from "./doctor-report.js";
import { type NodeOptionValues, networkFor, nodeOptions, peeringSettings } from "./node-options.js";
import { addressSource, describeSource } from "./payout-address.js";
import { describeCredentials, findDaemons, givenCredentials } from "./rpc-options.js";
import { askRunningNode } from "./running-node.js";
import { helpOption } from "./shared-options.js";

/** Told once, by the node. */
const hidden = Object.fromEntries(
  Object.entries(nodeOptions).map(([key, row]) => [key, { ...row, isHidden: true }]),
) as unknown as typeof nodeOptions;

/** Looks at everything that a node needs, once, and says what it found (spec/13 §9 `--check`). */
export const doctorCommand: Command<typeof nodeOptions> = {
  name: "doctor",
  usage: "p2pool doctor [the options of p2pool] [RPCUSER] [RPCPASSWORD]",
  summary:
    "checks daemon, clock, payout address, folders, ports and other nodes, and a node that runs here; ends with 0 if there is no problem, with 3 if the coin daemon is one, else with 1",
  options: { ...hidden, ...helpOption } as typeof nodeOptions & OptionTable,
  async run(values, positionals, output, origins = new Map()) {
    const { network, why } = await networkFor(values, positionals, origins);
    output.print(`P2Pool ${VERSION}, network ${network.name}${why === null ? "" : `: ${why}`}`);
    const found = await findDaemons(values, network.coin, givenCredentials(positionals, process.env));
    if (positionals.length > 0) process.title = "p2pool";
    const clients = found.map(
      ({ url, auth }) => new RpcClient({ url, auth, maxResponseBytes: maxAnswerBytes(network) }),
    );
    try {
      for (const [i, daemon] of found.entries()) {
        output.print(`coin daemon ${clients[i]!.endpoint}, ${describeCredentials(daemon)}`);
      }
      const checks = await allChecks(values, network, clients);
      for (const line of describeChecks(checks)) output.print(line);
      const problems = checks.filter(({ verdict }) => verdict === "problem");
      if (problems.length === 0) return EXIT.ok;
      return problems.some(({ name }) => name === "coin daemon") ? EXIT.daemonUnusable : EXIT.failed;
    } finally {
      for (const client of clients) client.close();
    }
  },
};

async function allChecks(
  values: NodeOptionValues,
  network: PoolNetwork,
  clients: readonly RpcClient[],
): Promise<readonly Check[]> {
  const directory = join(values.dataDir, network.name);
  const [rpc] = clients as [RpcClient];
  const place = { host: values.workerPort.host, port: values.workerPort.port ?? network.workerPort };
  const running = await askRunningNode(values.webBind ?? place, network.name);
  const { allowObsolete, maxWorkers, maxConns } = values;
  const given = { network, allowObsolete, clock: systemClock, ownConnections: running === null ? 0 : 1 };
  const daemons = await Promise.all(clients.map((client) => daemonChecks({ ...given, rpc: client })));
  const connections = maxWorkers + maxConns;
  return [
    ...daemons.flat(),
    await payoutCheck(values, network, directory, rpc),
    ...(await machineChecks({ directory, connections })),
    ...(running ?? [await portCheck(place), ...(await strangersChecks(values, network, rpc))]),
  ];
}

async function payoutCheck(
  values: NodeOptionValues,
  network: PoolNetwork,
  directory: string,
  rpc: RpcClient,
): Promise<Check> {
  const name = "payout address";
  const source = addressSource(values, network, directory);
  const text = await describeSource(source);
  if (source.kind === "given") return ok(name, text);
  try {
    const wallets = await rpc.request("listwallets", []);
    if (wallets.length > 0) return ok(name, text);
    return problem(name, "the coin daemon has no wallet loaded to take one from: give one with -a");
  } catch {
    return unknown(name, `${text}; its wallet could not be asked`);
  }
}

async function portCheck({ host, port }: { readonly host: string; readonly port: number }): Promise<Check> {
  const name = "miners' port";
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", (error) => resolve(problem(name, `${host}:${port} cannot be opened: ${error.message}`)));
    server.listen(port, host, () => server.close(() => resolve(ok(name, `${host}:${port} is free`))));
  });
}

async function strangersChecks(
  values: NodeOptionValues,
  network: PoolNetwork,
  rpc: RpcClient,
): Promise<readonly Check[]> {
  if (values.solo) return [];
  const { findings, blocks } = await probePeers({
    settings: peeringSettings(values, network),
    network,
    clock: systemClock,
    random: systemRandom,
    log: createLogger(values.debug ? "debug" : "silent"),
    version: VERSION,
  });
  try {
    return [...peerChecks(findings), blocksCheck(await compareBlocks(rpc, blocks))];
  } catch {
    return [
      ...peerChecks(findings),
      unknown("coin chain", "the coin daemon could not be asked for the blocks of others"),
    ];
  }
}
