import { join } from "node:path";
import { maxAnswerBytes } from "../../daemon/answer-limit.js";
import { RpcClient } from "../../daemon/rpc/index.js";
import { NodeAlerts } from "../../node/alerts/node-alerts.js";
import { BlockNotify } from "../../node/announce/block-notify.js";
import { IrcAnnouncements } from "../../node/announce/irc-announcements.js";
import { PoolNode } from "../../node/pool-node.js";
import { systemClock, type Timer } from "../../platform/clock.js";
import { keepHeapRoom } from "../../platform/heap-room.js";
import { mostConnections } from "../../platform/machine.js";
import { systemRandom } from "../../platform/random.js";
import { VERSION } from "../../platform/version.js";
import { DatabaseCopy } from "../../store/database-copy.js";
import { LevelDatabase } from "../../store/level-database.js";
import { Store } from "../../store/store.js";
import { checkCoinbaseTexts } from "../../work/coinbase-script.js";
import { EXIT } from "../exit.js";
import { UsageError } from "../options.js";
import { untilSignal } from "../signals.js";
import { alertTargets, heartbeatUrl } from "./alert-options.js";
import { describeConfig } from "./check-config.js";
import type { Command } from "./command.js";
import { openJournal } from "./log-options.js";
import { minerSettings, readCertificate } from "./miner-options.js";
import { checkMergedUrl, type Endpoint, endpointOf, networkFor, nodeOptions, peeringSettings } from "./node-options.js";
import { addressSource, describeSource, openAddresses } from "./payout-address.js";
import { clientsForUrls, describeCredentials, findDaemons, givenCredentials, ofEach } from "./rpc-options.js";
import { describePlaces } from "./start-places.js";
import { startReport } from "./start-report.js";

/** How often the status block is printed (spec/13 §7). */
const STATUS_MS = 30_000;

export const nodeCommand: Command<typeof nodeOptions> = {
  name: "node",
  usage: "p2pool [options] [RPCUSER] [RPCPASSWORD]",
  summary: "a pool node on top of a coin daemon",
  options: nodeOptions,
  async run(values, positionals, output, origins = new Map()) {
    if (values.rconsole) throw new UsageError("--rconsole: there is no remote console", "rconsole");
    const { network, why } = await networkFor(values, positionals, origins);
    const folder = join(values.dataDir, network.name);
    const source = addressSource(values, network, folder);
    const texts = values.coinbaseTexts.map((text) => new TextEncoder().encode(text));
    checkCoinbaseTexts(texts, values.merged.length > 0);
    const merged = values.merged.map((url, i) => ({
      url: checkMergedUrl(url),
      address: values.mergedAddresses[i] ?? null,
    }));
    const targets = alertTargets(values);
    const heartbeat = heartbeatUrl(values);
    const credentials = givenCredentials(positionals, process.env);
    // Other users of this machine see command lines; secret options hide them already.
    if (positionals.length > 0) process.title = "p2pool";
    const workerPlace = { host: values.workerPort.host, port: values.workerPort.port ?? network.workerPort };
    const found = await findDaemons(values, network.coin, credentials);
    if (values.checkConfig) {
      const config = describeConfig({
        table: nodeOptions,
        values,
        origins,
        network: why === null ? network.name : `${network.name}: ${why}`,
        daemons: found.map((daemon, i) => ({ ...daemon, p2pPort: ofEach(values.daemonP2pPorts, i) ?? daemon.p2pPort })),
        credentialsFrom: credentials === null ? null : positionals.length > 0 ? "command line" : "environment",
        payout: await describeSource(source),
        folders: [
          ["data", folder],
          ["shares and blocks", join(folder, "store")],
          ["quarantine", join(folder, "quarantine")],
          ["log", values.logFile ?? join(folder, "log")],
        ],
        ports: [
          ["miners", `${workerPlace.host}:${workerPlace.port}`],
          ["browsers", values.webBind === null ? "the miners' port" : `${values.webBind.host}:${values.webBind.port}`],
          ["other nodes", values.solo ? "none" : String(values.p2pPort ?? network.p2pPort)],
        ],
      });
      for (const line of config) output.print(line);
      return EXIT.ok;
    }
    const { journal, file: logFile } = openJournal(values, join(folder, "log"), output);
    const { log } = journal;
    for (const warning of new Set(found.flatMap(({ warnings }) => warnings))) log.warn({}, warning);
    const [rpc, ...otherDaemons] = found.map(
      ({ url, auth }) => new RpcClient({ url, auth, maxResponseBytes: maxAnswerBytes(network) }),
    ) as [RpcClient, ...RpcClient[]];
    const [p2p, ...others] = found.map(({ host, p2pPort }, i) => ({
      host,
      port: ofEach(values.daemonP2pPorts, i) ?? p2pPort,
    })) as [Endpoint, ...Endpoint[]];
    const submitTo = clientsForUrls(values.submitTo, "submit-to");
    if (why !== null) journal.say(`network ${network.name}: ${why}`);
    let ended = (): void => {};
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    const signal = untilSignal(() => ended());
    const release = async (): Promise<void> => {
      for (const client of [rpc, ...otherDaemons, ...submitTo]) client.close();
      await logFile.stop();
      signal.release();
    };
    const wallet = { rpc, network, clock: systemClock, random: systemRandom, log, signal: signal.aborted };
    const payout = await openAddresses(source, wallet).catch(async (error: unknown) => {
      await release();
      throw error;
    });
    if (payout === null) {
      await release();
      return EXIT.ok;
    }
    const directory = join(folder, "store");
    const database = new LevelDatabase({ directory, log });
    const store = new Store({ database, network, clock: systemClock, log });
    const node = new PoolNode({
      network,
      address: payout.addresses.main,
      addresses: payout.addresses,
      rpc,
      otherDaemons,
      submitTo,
      allowObsoleteDaemon: values.allowObsolete,
      coinP2p: {
        daemon: p2p,
        others,
        relays: values.blockRelays.map((text) => endpointOf(text, "block-relay", network.coin.p2pPort)),
      },
      merged,
      clock: systemClock,
      random: systemRandom,
      log,
      feePercent: values.fee,
      donationPercent: values.donation,
      coinbaseTexts: texts,
      solo: values.solo,
      ...(values.threads === null ? {} : { threads: values.threads }),
      miners: minerSettings(values),
      workerPort: {
        ...workerPlace,
        ifTaken: values.noWait ? "fail" : "wait",
        mostConnections: await mostConnections(values.solo ? 0 : values.maxConns + values.outgoingConns),
      },
      peering: values.solo ? null : peeringSettings(values, network),
      version: VERSION,
      web: { bind: values.webBind, password: values.webPassword, staticDir: values.webStatic },
      store,
      dataDirectory: folder,
      quarantineDirectory: join(folder, "quarantine"),
      onEvent: (event) => {
        journal.event(event);
        alerts.event(event);
        announcements.event(event);
        notify.event(event);
      },
    });
    const alerts = new NodeAlerts({ node, targets, heartbeat });
    const notify = new BlockNotify({ ...node.options, command: values.blockNotify });
    const announcements = new IrcAnnouncements({ ...node.options, server: values.irc });
    const renewCertificate = (): void => {
      try {
        const certificate = readCertificate(values);
        if (certificate !== null) node.setCertificate(certificate);
      } catch (error) {
        log.error({ err: error }, "the certificate cannot be read again; the one before stays");
      }
    };
    let showing: Timer | null = null;
    // The clock's timers alone do not keep a process alive, while it waits for another one or, at the end, for a daemon.
    const alive = setInterval(() => {}, 60_000);
    const heapRoom = keepHeapRoom(systemClock);
    const reopenLog = (): void => logFile.reopen();
    process.on("SIGHUP", renewCertificate).on("SIGHUP", reopenLog).on("SIGUSR1", reopenLog);
    try {
      if (values.noWait) await store.start();
      else {
        const wait = (): void => {
          journal.say(`another p2pool has ${folder}; this one takes over when it ends`);
          const copy = new DatabaseCopy({ directory });
          void node.prepare(new Store({ database: copy, network, clock: systemClock, log }));
        };
        if (!(await store.startWhenFree(signal.aborted, wait))) return EXIT.ok;
      }
      const workerPort = await Promise.race([node.start(), end.then(() => null)]);
      if (workerPort === null) return EXIT.ok;
      journal.say(
        `P2Pool ${VERSION}, network ${network.name}; daemon ${rpc.endpoint}, ${describeCredentials(found[0]!)}`,
      );
      for (const other of otherDaemons) journal.say(`another daemon, if that one fails: ${other.endpoint}`);
      journal.say(`payout address ${payout.addresses.all.join(", ")} (${payout.origin}); data in ${folder}`);
      const places = { symbol: network.coin.symbol, workerPort, tlsPort: node.boundTlsPort, webUrl: node.webUrl };
      const { lines, qr } = describePlaces({ ...places, host: workerPlace.host });
      for (const line of lines) journal.say(line);
      if (output.isTerminal && values.logFormat === "text") for (const line of qr) output.print(line);
      const p2pPort = node.peering?.boundPort ?? null;
      if (p2pPort !== null) journal.say(`other nodes: port ${p2pPort}`);
      if (network.persist && !values.solo) journal.say("work is handed out once a peer is connected");
      showing = systemClock.every(STATUS_MS, () => journal.say(node.statusLines().join("\n")));
      alerts.start();
      announcements.start();
      const report = startReport({
        node,
        rpc,
        payout: `${payout.addresses.main} (${payout.origin})`,
        directory: folder,
        connections: values.maxWorkers + values.maxConns,
        clock: systemClock,
        signal: signal.aborted,
        say: (line) => journal.say(line),
      });
      await end;
      await report;
      return EXIT.ok;
    } finally {
      showing?.cancel();
      process.off("SIGHUP", renewCertificate).off("SIGHUP", reopenLog).off("SIGUSR1", reopenLog);
      await Promise.all([alerts.stop(), announcements.stop(), notify.stop()]);
      await node.stop();
      await release();
      heapRoom.cancel();
      clearInterval(alive);
    }
  },
};
