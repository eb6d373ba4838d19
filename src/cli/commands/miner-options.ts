import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { errorMessage } from "../../core/errors.js";
import type { MinerSettings } from "../../node/pool-node-options.js";
import { AddressRanges } from "../../platform/address-ranges.js";
import { LIMITS } from "../../workers/limits.js";
import type { Certificate } from "../../workers/port.js";
import {
  choiceOption,
  integerOption,
  listOption,
  numberOption,
  type OptionValues,
  switchOption,
  textOption,
  UsageError,
} from "../options.js";
import { addressPortOption } from "./shared-options.js";

/** What miners get and may do. */
export const minerOptions = {
  shareRate: numberOption("share-rate", "SECONDS", "time between a miner's pseudo-shares", { min: 0.1, max: 600 }, 3, {
    short: "s",
  }),
  minDifficulty: numberOption("min-difficulty", "N", "lowest difficulty of pseudo-shares", { min: 1e-9, max: 1e15 }, 1),
  maxDifficulty: numberOption(
    "max-difficulty",
    "N",
    "highest difficulty of pseudo-shares",
    { min: 1e-9, max: 1e15 },
    null,
  ),
  startDifficulty: numberOption(
    "start-difficulty",
    "N",
    "difficulty of a miner that nothing is known of; guessed if not given",
    { min: 1e-9, max: 1e15 },
    null,
  ),
  invalidPayee: choiceOption(
    "invalid-payee",
    "what becomes of miners whose name is no payable address: mine for this node, or be refused",
    ["operator", "reject"],
    "operator",
  ),
  noGetwork: switchOption("no-getwork", "no work over HTTP; miners may still follow X-Stratum"),
  stratumTls: addressPortOption("stratum-tls", "where miners and browsers connect over TLS", "0.0.0.0"),
  tlsCert: textOption("tls-cert", "FILE", "certificate chain for TLS, PEM; read again at SIGHUP", null),
  tlsKey: textOption("tls-key", "FILE", "its private key, PEM", null),
  proxyProtocol: listOption(
    "proxy-protocol",
    "RANGE",
    "address or range of load balancers, which begin each connection with a PROXY header, version 1 or 2",
  ),
  workerProcesses: integerOption(
    "worker-processes",
    "N",
    "processes of their own that serve miners; 0: the node's process does",
    { min: 0, max: 64 },
    0,
  ),
  maxWorkers: integerOption(
    "max-workers",
    "N",
    "most miners' connections",
    { min: 1, max: 1_000_000 },
    LIMITS.connections,
  ),
  maxWorkersPerIp: integerOption(
    "max-workers-per-ip",
    "N",
    "most of them from one address; loopback and private ones are not counted",
    { min: 1, max: 1_000_000 },
    LIMITS.connectionsPerAddress,
  ),
};

type Values = OptionValues<typeof minerOptions>;

/** @throws UsageError naming the option */
export function minerSettings(values: Values): MinerSettings {
  const { stratumTls, maxDifficulty, minDifficulty, startDifficulty } = values;
  if (maxDifficulty !== null && maxDifficulty < minDifficulty) {
    throw new UsageError(
      `--max-difficulty ${maxDifficulty} is below --min-difficulty ${minDifficulty}`,
      "max-difficulty",
    );
  }
  if (stratumTls !== null && values.tlsCert === null) {
    throw new UsageError("--stratum-tls needs a certificate: --tls-cert FILE --tls-key FILE", "stratum-tls");
  }
  return {
    shareSeconds: values.shareRate,
    minDifficulty,
    ...(maxDifficulty === null ? {} : { maxDifficulty }),
    ...(startDifficulty === null ? {} : { startDifficulty }),
    invalidPayee: values.invalidPayee,
    getwork: !values.noGetwork,
    processes: values.workerProcesses,
    tlsPort: stratumTls,
    certificate: readCertificate(values),
    proxies: proxyRanges(values.proxyProtocol),
    limits: { ...LIMITS, connections: values.maxWorkers, connectionsPerAddress: values.maxWorkersPerIp },
  };
}

/** Null without one. @throws UsageError naming the option */
export function readCertificate({ tlsCert, tlsKey }: Pick<Values, "tlsCert" | "tlsKey">): Certificate | null {
  if (tlsCert === null && tlsKey === null) return null;
  if (tlsCert === null || tlsKey === null) {
    const missing = tlsCert === null ? "tls-cert" : "tls-key";
    throw new UsageError(`--tls-cert and --tls-key belong together: --${missing} is missing`, missing);
  }
  const certificate = { cert: readBytes(tlsCert, "tls-cert"), key: readBytes(tlsKey, "tls-key") };
  try {
    createSecureContext(certificate);
  } catch (error) {
    throw new UsageError(`--tls-cert ${tlsCert}: ${errorMessage(error)}`, "tls-cert", { cause: error });
  }
  return certificate;
}

function readBytes(path: string, option: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UsageError(`--${option}: ${errorMessage(error)}`, option, { cause: error });
  }
}

function proxyRanges(texts: readonly string[]): AddressRanges {
  try {
    return new AddressRanges(texts);
  } catch (error) {
    throw new UsageError(`--proxy-protocol: ${errorMessage(error)}`, "proxy-protocol", { cause: error });
  }
}
