import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { nodeOptions } from "../../src/cli/commands/node-options.js";
import type { OptionTable } from "../../src/cli/options.js";

const PAGE = readFileSync(fileURLToPath(new URL("../../../docs/UPGRADING.md", import.meta.url)), "utf8");

/** Of the Python node (spec/13 §2). */
const PYTHON = [
  ...["help", "version", "net", "testnet", "debug", "bench", "rconsole", "address", "numaddresses", "timeaddresses"],
  ...["datadir", "logfile", "web-static", "merged", "coinbtext", "give-author", "iocp", "irc-announce", "no-bugreport"],
  ...["disable-upnp", "p2pool-port", "p2pool-node", "max-conns", "outgoing-conns", "external-ip", "disable-advertise"],
  ...["worker-port", "fee", "share-rate", "bitcoind-config-path", "bitcoind-address", "bitcoind-rpc-port"],
  ...["bitcoind-rpc-ssl", "bitcoind-p2p-port", "allow-obsolete-bitcoind"],
];

describe("docs/UPGRADING.md", () => {
  const [, table] = /\| option of the Python node \| here \|\n(.*?)\n\n/s.exec(PAGE)!;
  const rows = table!.split("\n").slice(1);
  const names = rows.flatMap((row) => /^\| `(?:-\w, )?--([\w-]+)/.exec(row)?.[1] ?? []);

  test("every option of the Python node is in the table, once", () => assert.deepEqual(names, PYTHON));

  test("what is said to be there is there", () => {
    const rowsOf = Object.values(nodeOptions as OptionTable);
    const options = new Set([...rowsOf.flatMap(({ name, aliases = [] }) => [name, ...aliases]), "version"]);
    for (const name of names) assert.ok(options.has(name), name);
    const here = PAGE.split("| option of a fork | here |")[1]!
      .split("\n")
      .filter((row) => row.startsWith("| `"));
    for (const row of here) {
      const [, named] = row.split(" | ");
      for (const [, name] of named!.matchAll(/`--([\w-]+\w)/g)) {
        assert.ok(options.has(name!) || name === "bitcoind", `${row}: ${name}`);
      }
    }
  });
});
