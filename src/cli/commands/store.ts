import { join, resolve } from "node:path";
import type { PoolNetwork } from "../../networks/index.js";
import { systemClock } from "../../platform/clock.js";
import { createLogger, type Logger } from "../../platform/log.js";
import { systemRandom } from "../../platform/random.js";
import type { Database } from "../../store/database.js";
import { DatabaseCopy } from "../../store/database-copy.js";
import { LevelDatabase } from "../../store/level-database.js";
import { Store } from "../../store/store.js";
import { jsonLine } from "../demo/report.js";
import { EXIT } from "../exit.js";
import { ProgressBar } from "../inspect/progress.js";
import { type OptionValues, quote, switchOption, UsageError } from "../options.js";
import { checkStore } from "../store/check.js";
import { exportReference } from "../store/export.js";
import { importReference } from "../store/import.js";
import { openReferenceFolder } from "../store/reference-folder.js";
import { storeStats } from "../store/stats.js";
import { checkText, exportText, importText, statsText } from "../store/text.js";
import type { Command, Output } from "./command.js";
import { chooseNetwork, networkOptions } from "./network-options.js";
import { commonOptions, dataDirOption } from "./shared-options.js";

const options = {
  ...networkOptions,
  dataDir: dataDirOption,
  salvage: switchOption("salvage", "read as much as is left of a damaged store; not for import"),
  json: switchOption("json", "print JSON"),
  ...commonOptions,
};
type Values = OptionValues<typeof options>;

const WHAT = "store what? `check`, `stats`, `export DIR`, or `import DIR`";

export const storeCommand: Command<typeof options> = {
  name: "store",
  usage:
    "p2pool store check [options]\n       p2pool store stats [options]\n       p2pool store export DIR [options]\n       p2pool store import DIR [options]",
  summary: "look at what a node keeps, write it as the Python node does, or take that node's shares and addresses in",
  options,
  async run(values, positionals, output) {
    const [what, directory, ...more] = positionals;
    const takesDirectory = what === "export" || what === "import";
    if (!takesDirectory && what !== "check" && what !== "stats") throw new UsageError(WHAT);
    if (takesDirectory && directory === undefined) throw new UsageError(`store ${what}: which folder?`);
    const extra = takesDirectory ? more[0] : directory;
    if (extra !== undefined) throw new UsageError(`unexpected argument ${quote(extra)}`);
    const bar = new ProgressBar();
    try {
      if (what === "check") return await check(values, output, bar);
      if (what === "stats") return await stats(values, output);
      if (what === "export") return await exportTo(resolve(directory!), values, output);
      return await importFrom(resolve(directory!), values, output, bar);
    } finally {
      bar.clear();
    }
  },
};

async function check(values: Values, output: Output, bar: ProgressBar): Promise<number> {
  const report = await reading(values, (store, database, network) =>
    checkStore(store, database, network, systemClock.now(), (doing, part) => bar.show(doing, part)),
  );
  bar.clear();
  output.print(values.json ? jsonLine(report, null) : checkText(report));
  return report.ok ? EXIT.ok : EXIT.failed;
}

async function stats(values: Values, output: Output): Promise<number> {
  const report = await reading(values, storeStats);
  output.print(values.json ? jsonLine(report, null) : statsText(report));
  return EXIT.ok;
}

async function exportTo(directory: string, values: Values, output: Output): Promise<number> {
  const report = await reading(values, (store) => exportReference(store, directory));
  output.print(values.json ? jsonLine(report, null) : exportText(report, directory));
  return EXIT.ok;
}

async function importFrom(directory: string, values: Values, output: Output, bar: ProgressBar): Promise<number> {
  if (values.salvage) throw new UsageError("--salvage: not for import, which writes", "salvage");
  const folder = openReferenceFolder(directory);
  const network = chooseNetwork(values);
  const log = createLogger(values.logLevel);
  const store = storeOf(new LevelDatabase({ directory: storeFolder(values, network) }), network, log);
  await store.start();
  try {
    const report = await importReference({
      store,
      network,
      folder,
      clock: systemClock,
      random: systemRandom,
      progress: (doing, part) => bar.show(doing, part),
    });
    bar.clear();
    output.print(values.json ? jsonLine(report, null) : importText(report));
    return EXIT.ok;
  } finally {
    await store.stop();
  }
}

/** Does something with a copy of the store, so that a node may be running on it. */
async function reading<T>(
  values: Values,
  action: (store: Store, database: Database, network: PoolNetwork) => Promise<T>,
): Promise<T> {
  const network = chooseNetwork(values);
  const database = new DatabaseCopy({ directory: storeFolder(values, network), salvage: values.salvage });
  // What is damaged is in the report.
  const store = storeOf(database, network, createLogger("silent"));
  await store.start();
  try {
    return await action(store, database, network);
  } finally {
    await store.stop();
  }
}

function storeFolder({ dataDir }: Values, { name }: PoolNetwork): string {
  return join(dataDir, name, "store");
}

function storeOf(database: Database, network: PoolNetwork, log: Logger): Store {
  return new Store({ database, network, clock: systemClock, log });
}
