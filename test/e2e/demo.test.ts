import assert from "node:assert/strict";
import { test } from "node:test";
import { RpcClient } from "../../src/daemon/rpc/index.js";
import { type PlainShare, plainOutputs } from "../support/plain-pplns.js";
import { Program } from "../support/program.js";

// The whole way of the data, as a user starts it: the full node accepts our blocks, and what they pay is what a plain sum
// over the shares says.

interface Started {
  readonly workerPort: number;
  readonly statusPage: string;
  readonly nodes: readonly { readonly workerPort: number }[];
  readonly fullNode: { readonly rpcUrl: string; readonly user: string; readonly password: string };
}

interface NodeView {
  readonly tip: string;
  readonly height: number;
  readonly payouts: Readonly<Record<string, string>>;
}

type Event = { readonly type: string } & Readonly<Record<string, string>>;

const parse = (line: string): Event => JSON.parse(line) as Event;

/** Parameters of the network `demo`, written down here again so that a change of them is seen. */
const DEMO = { realChainLength: 120, spread: 1000n, donationAddress: "mzW2hdZN2um7WBvTDerdahKqRgj3md9C29" };
const DONATION_SCRIPT =
  "4104ffd03de44a6e11b9917f3a29f9443283d9871c9d743ef30d5eddcd37094b64d1b3d8090496b53256786bf5c82932ec23c3b74d9f05a6f95a8b5529352656664bac";

for (const nodes of [1, 3]) {
  const name = `demo, nodes: ${nodes}: two accepted blocks pay what the shares earned`;
  test(name, { timeout: 120_000 }, () => checkDemo(nodes));
}

async function checkDemo(nodes: number): Promise<void> {
  const args = ["--nodes", `${nodes}`, "--blocks", "2", "--json", "--timeout", "100", "--linger", "60"];
  const program = new Program(["demo", ...args]);
  try {
    const started = (await program.until((line) =>
      parse(line).type === "started" ? parse(line) : undefined,
    )) as unknown as Started;
    await program.until(() => (program.lines.map(parse).filter(isAccepted).length >= 2 ? true : undefined));

    const rpc = new RpcClient({ url: started.fullNode.rpcUrl, auth: started.fullNode });
    const events = program.lines.map(parse);
    const shares = new Map<string, PlainShare>();
    for (const { type, id, parent, address, work, donation } of events) {
      if (type !== "share") continue;
      shares.set(id!, {
        id: id!,
        parent: parent ?? null,
        address: address!,
        work: BigInt(work!),
        donation: Number(donation),
      });
    }
    for (const { hash } of events.filter(isAccepted).slice(0, 2)) await checkBlock(hash!, shares, rpc);
    await checkDashboard(
      started.statusPage,
      events.filter(isAccepted).map(({ hash }) => hash!),
    );
    assert.equal(started.nodes.length, nodes);
    await checkAgreement(started.nodes.map(({ workerPort }) => workerPort));
    rpc.close();

    const stopAsked = performance.now();
    program.signal("SIGINT");
    assert.deepEqual(await program.ended, { code: 0, signal: null });
    assert.ok(performance.now() - stopAsked < 10_000, "Ctrl-C takes effect at once, as far as others let it");
    assert.equal(program.complaints, "");
    const finished = parse(program.lines.at(-1)!) as unknown as { type: string; nodes: NodeView[] };
    assert.equal(finished.type, "finished");
    assert.equal(finished.nodes.length, nodes);
    for (const view of finished.nodes) assert.deepEqual(view, finished.nodes[0], "all nodes would pay the same");
    assert.ok(Object.keys(finished.nodes[0]!.payouts).length > 1);
  } finally {
    await program.kill();
  }
}

function isAccepted(event: Event): boolean {
  return event.type === "block-judged" && (event.accepted as unknown) === true;
}

/** Compares every output of a block's generation transaction, as the full node has it, with the plain sum. */
async function checkBlock(hash: string, shares: ReadonlyMap<string, PlainShare>, rpc: RpcClient): Promise<void> {
  const block = (await rpc.call("getblock", [hash, true, true])) as {
    confirmations: number;
    /** bcoin gives a number where others give hex. */
    bits: number;
    tx: { vout: { value: number; scriptPubKey: { hex: string; addresses?: string[]; address?: string } }[] }[];
  };
  assert.ok(block.confirmations > 0, "on the best chain of the full node");
  const outputs = block.tx[0]!.vout.map(({ value, scriptPubKey }) => ({
    amount: BigInt(Math.round(value * 1e8)),
    script: scriptPubKey.hex,
    address: scriptPubKey.address ?? scriptPubKey.addresses?.[0],
  }));
  // Witness commitment first, donation and reference hash last.
  assert.match(outputs[0]!.script, /^6a24aa21a9ed/);
  assert.match(outputs.at(-1)!.script, /^6a28/);
  assert.equal(outputs.at(-2)!.script, DONATION_SCRIPT);
  const paid = outputs
    .slice(1, -1)
    .map(({ address, amount, script }) => [script === DONATION_SCRIPT ? DEMO.donationAddress : address, amount]);

  const target = BigInt(block.bits & 0xffffff) << BigInt(8 * ((block.bits >>> 24) - 3));
  const subsidy = outputs.reduce((sum, { amount }) => sum + amount, 0n);
  const expected = plainOutputs(shares, shares.get(hash)!, subsidy, 2n ** 256n / (target + 1n), DEMO);
  assert.deepEqual(paid, expected);
}

/** The page is there, and the first node knows the pool's blocks, whoever of the nodes found them. */
async function checkDashboard(url: string, blocks: readonly string[]): Promise<void> {
  const page = await fetch(url);
  assert.equal(page.status, 200);
  assert.match(await page.text(), /P2Pool/);
  const get = async (path: string): Promise<unknown> => (await fetch(new URL(`api/v1/${path}`, url))).json();
  assert.equal(((await get("info")) as { network: string }).network, "demo");
  for (;;) {
    const { items } = (await get("blocks?limit=500")) as { items: { hash: string }[] };
    const known = new Set(items.map(({ hash }) => hash));
    if (blocks.every((hash) => known.has(hash))) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits until all nodes, which mine on, are seen with the same tip, a chain that is more than a few shares long. */
async function checkAgreement(workerPorts: readonly number[]): Promise<void> {
  interface Status {
    readonly peers: { readonly incoming: number; readonly outgoing: number } | null;
    readonly chain: { readonly tip: string; readonly height: number };
  }
  for (;;) {
    const statuses = await Promise.all(
      workerPorts.map(async (port) => (await (await fetch(`http://127.0.0.1:${port}/api/v1/status`)).json()) as Status),
    );
    for (const { peers } of statuses) {
      assert.equal((peers?.incoming ?? 0) + (peers?.outgoing ?? 0), workerPorts.length - 1);
    }
    const tips = new Set(statuses.map(({ chain }) => chain.tip));
    if (tips.size === 1 && statuses[0]!.chain.height > 5) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
