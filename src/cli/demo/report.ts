import type { BlockRecord } from "../../node/block-record.js";
import { agree, type DemoEvent, type NodeView } from "./demo.js";
import type { DemoMiner } from "./payees.js";

/** One line of JSON: amounts and work as decimal text; `at` in seconds since 1970 in front unless null. */
export function jsonLine(event: object, at: number | null): string {
  const fields = at === null ? event : { at, ...event };
  return JSON.stringify(fields, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}

/** Text for a terminal, event by event. */
export class TextReport {
  private miners: readonly DemoMiner[] = [];
  private readonly startedAt: number;
  private readonly colors: boolean;

  constructor(startedAt: number, colors: boolean) {
    this.startedAt = startedAt;
    this.colors = colors;
  }

  /** What to print; null for nothing. */
  describe(event: DemoEvent, at: number): string | null {
    const stamp = this.dim(`${(at - this.startedAt).toFixed(1).padStart(7)} s  `);
    switch (event.type) {
      case "started":
        this.miners = event.miners;
        return this.describeStart(event);
      case "template":
        return `${stamp}job    block ${event.height}, ${count(event.transactions, "transaction")}`;
      case "share": {
        const late = event.onTime ? "" : "  too late: the tip had moved on";
        const height = event.height === null ? "" : `  height ${event.height}`;
        return `${stamp}share  ${event.id.slice(-8)}${height}  by ${this.nameOf(event.address)}${late}`;
      }
      case "block-found":
        return `${stamp}${this.bold(`BLOCK  ${event.height} found by ${this.nameOf(payee(event))}`)}  ${event.hash}`;
      case "block-judged":
        return this.describeVerdict(event);
      case "block-fate":
        if (event.fate === "confirmed") return null;
        return `${stamp}block  ${event.height} ${event.fate === "orphaned" ? "is not in the best chain any more" : "is in the best chain again"}`;
      case "share-refused":
        return `${stamp}share  ${event.id.slice(-8)} refused: ${event.reason}`;
      case "trouble":
        return `${stamp}${event.part}: ${event.reason}`;
      case "loaded":
      case "merged-found":
      case "merged-judged":
      case "pool-block":
      case "sync":
      case "synced":
      case "tip":
      case "warning":
        return null;
    }
  }

  private describeStart(event: DemoEvent & { type: "started" }): string {
    const { fullNode, miners, workerPort, statusPage, network, nodes } = event;
    const width = Math.max(...miners.map(({ name }) => name.length));
    return [
      this.bold("P2Pool demo: a whole pool in this process. Nothing leaves this machine."),
      "",
      `  full node    bcoin, regtest, in memory, block ${fullNode.height}; RPC ${fullNode.rpcUrl}`,
      `  pool node    network ${network}; miners connect to stratum+tcp://127.0.0.1:${workerPort}`,
      ...nodes
        .slice(1)
        .map((node) => `               its peer on port ${node.p2pPort}; stratum+tcp://127.0.0.1:${node.workerPort}`),
      `  dashboard    ${statusPage}`,
      ...miners.map(
        ({ name, address, hashRate }, i) =>
          `  ${i === 0 ? "miners     " : "           "}  ${name.padEnd(width)}  ${String(Math.round(hashRate / 1000)).padStart(4)} kH/s  paid to ${address}`,
      ),
      "",
      "  Ctrl-C ends it.",
      "",
    ].join("\n");
  }

  private describeVerdict(block: BlockRecord): string {
    const indent = " ".repeat(18);
    if (block.accepted !== true) return `${indent}not accepted by the full node: ${block.reason ?? "no answer"}`;
    return [
      `${indent}${this.bold("accepted by the full node")}; it pays`,
      ...[...block.payees].reverse().map(({ address, amount }) => {
        return `${indent}  ${formatAmount(amount).padStart(12)}  ${this.nameOf(address)}  ${this.dim(address)}`;
      }),
      ...(block.donation > 0n
        ? [`${indent}  ${formatAmount(block.donation).padStart(12)}  donation and rounding`]
        : []),
    ].join("\n");
  }

  private nameOf(address: string): string {
    return this.miners.find((miner) => miner.address === address)?.name ?? address;
  }

  private bold(text: string): string {
    return this.colors ? `\x1b[1m${text}\x1b[22m` : text;
  }

  private dim(text: string): string {
    return this.colors ? `\x1b[2m${text}\x1b[22m` : text;
  }
}

/** The finder's address: worker names of the demo are `address.name`. */
function payee({ worker }: { readonly worker: string }): string {
  return worker.split(".")[0]!;
}

/** What each miner found and was paid in accepted blocks. */
export class Ledger {
  private miners: readonly DemoMiner[] = [];
  private readonly shares = new Map<string, number>();
  private readonly found = new Map<string, number>();
  private readonly paid = new Map<string, bigint>();
  private total = 0n;
  accepted = 0;

  get started(): boolean {
    return this.miners.length > 0;
  }

  record(event: DemoEvent): void {
    if (event.type === "started") this.miners = event.miners;
    if (event.type === "share" && event.onTime) increment(this.shares, event.address);
    if (event.type !== "block-judged" || event.accepted !== true) return;
    this.accepted++;
    increment(this.found, payee(event));
    for (const { address, amount } of event.payees) this.paid.set(address, (this.paid.get(address) ?? 0n) + amount);
    this.total += event.subsidy;
  }

  rows(): { name: string; address: string; hashRate: number; shares: number; blocks: number; paid: bigint }[] {
    return this.miners.map(({ name, address, hashRate }) => ({
      name,
      address,
      hashRate,
      shares: this.shares.get(address) ?? 0,
      blocks: this.found.get(address) ?? 0,
      paid: this.paid.get(address) ?? 0n,
    }));
  }

  table(): string {
    const rows = this.rows().map(({ name, hashRate, shares, blocks, paid }) => [
      name,
      `${Math.round(hashRate / 1000)} kH/s`,
      String(shares),
      String(blocks),
      formatAmount(paid),
      this.total === 0n ? "–" : `${(Number((paid * 1000n) / this.total) / 10).toFixed(1)} %`,
    ]);
    const sum = this.rows().reduce((total, { paid }) => total + paid, 0n);
    return formatTable(
      ["miner", "hash rate", "shares", "blocks found", "paid", "part"],
      [...rows, ["donation", "", "", "", formatAmount(this.total - sum), ""]],
    );
  }
}

/** The next block's payouts side by side, as each node counts them from its own share chain. */
export function compareNodes(
  views: readonly NodeView[],
  miners: readonly { readonly name: string; readonly address: string }[],
): string {
  const verdict = agree(views)
    ? `all ${views.length} nodes have the same tip and would pay the same with the next block`
    : "the nodes DO NOT AGREE on what the next block pays";
  const rows = miners.map(({ name, address }) => [
    name,
    ...views.map(({ payouts }) => formatAmount(payouts.get(address) ?? 0n)),
  ]);
  const head = ["next block pays", ...views.map((_, i) => `node ${i + 1}`)];
  const chain = ["share chain", ...views.map(({ height }) => count(height, "share"))];
  const tips = ["tip", ...views.map(({ tip }) => (tip === null ? "–" : tip.slice(-8)))];
  return `${verdict}\n\n${formatTable(head, [...rows, chain, tips])}`;
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Columns aligned: the first to the left, the others to the right. */
function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ");
  return [head, ...rows].map((cells) => `  ${line(cells)}`.trimEnd()).join("\n");
}

/** Satoshi as coins, eight decimals. */
export function formatAmount(satoshi: bigint): string {
  const digits = satoshi.toString().padStart(9, "0");
  return `${digits.slice(0, -8)}.${digits.slice(-8)}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
