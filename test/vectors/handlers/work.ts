import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BlockHeader } from "../../../src/bitcoin/block.js";
import type { BlockHash, Template } from "../../../src/bitcoin/template.js";
import { summarizeTransaction } from "../../../src/bitcoin/transaction.js";
import { bytesToHex, hexToBytes, hexToHash } from "../../../src/core/bytes.js";
import { bitsToHex, difficultyToTarget, targetToBits } from "../../../src/core/compact.js";
import type { Random } from "../../../src/core/random.js";
import type { PoolNetwork } from "../../../src/networks/index.js";
import { ShareRules } from "../../../src/sharechain/rules.js";
import { Tracker } from "../../../src/sharechain/tracker.js";
import type { Job, JobRequest, Outcome, Solution } from "../../../src/work/job.js";
import { Payees } from "../../../src/work/payees.js";
import { parseUsername } from "../../../src/work/username.js";
import { WorkMaker } from "../../../src/work/work-maker.js";
import { decodeGetwork, encodeGetwork, type GetworkData, jobHeader } from "../../../src/workers/getwork/encoding.js";
import { previousBlockField } from "../../../src/workers/stratum/notify.js";
import { parseConfigure, parseSubmit } from "../../../src/workers/stratum/params.js";
import { rolledVersion } from "../../../src/workers/stratum/submission.js";
import { eachCase, type FileHandler, type JsonObject, type VectorCase } from "../runner.js";
import { readChain } from "./chains.js";
import { vectorNetwork } from "./share-network.js";

// work.json: jobs, getwork and solutions of the reference. What of it binds is in its `description.binding`.

type Hex = string;

interface Generated {
  readonly gentx_stripped_hex: Hex;
  readonly inputs: {
    readonly address: string;
    readonly donation: string;
    readonly desired_target: Hex;
    readonly nonce: string;
  };
  readonly other_transaction_hashes: readonly Hex[];
}

interface Line {
  readonly id?: unknown;
  readonly method?: unknown;
  readonly params?: readonly unknown[];
}

type Entry =
  | { readonly dir: "in"; readonly line: Line; readonly t: number; readonly note?: string }
  | { readonly dir: "out"; readonly line: Line; readonly t: number }
  | ({ readonly dir: "generate" } & Generated)
  | { readonly dir: "close" | "note" };

interface Session {
  readonly user: string;
  readonly log: readonly Entry[];
  readonly session_target?: Hex;
  readonly work?: Readonly<Record<string, unknown>>;
  readonly vardiff?: readonly unknown[];
  readonly response?: GetworkData;
  readonly target?: Hex;
  readonly header_hex?: Hex;
  readonly submit_data?: Hex;
}

interface Scenario {
  readonly name: string;
  readonly network: JsonObject;
  readonly chain_file: string | null;
  readonly chain_share_count: string;
  readonly best_share: string | null;
  readonly clock: number;
  readonly node_address: string;
  readonly coinb_texts: readonly string[];
  readonly donation_percentage: number;
  readonly worker_fee: number;
  readonly template: Readonly<Record<string, unknown>>;
  readonly merged_work?: readonly { readonly chain_id: string; readonly hash: Hex; readonly target: string }[];
  readonly node_state?: {
    readonly punish: boolean;
    readonly best_block_header: Readonly<Record<string, string>> | null;
  };
  readonly sessions: readonly Session[];
  readonly my_shares: readonly { readonly hash: string; readonly raw: Hex | null; readonly doa: boolean }[];
  readonly submitted_blocks: readonly Hex[];
  readonly submitted_auxblocks?: readonly { readonly hash: Hex; readonly aux_pow_hex: Hex }[];
}

const DATA = fileURLToPath(new URL("../../../../test/vectors/data/", import.meta.url));
/** The reference adds no more late shares than this to one parent (spec/10 §11.5). */
const LATE_SIBLINGS = 4;
/** As the scenario with a newer header has it: the reference copies that header's version. */
const COPIED_VERSION = 0x20000001;

const target = (hex: Hex): bigint => BigInt(`0x${hex}`);

/** A node in the state of a scenario, with the draws of the reference. */
class Replay {
  readonly scenario: Scenario;
  readonly tracker: Tracker;
  readonly network: PoolNetwork;
  readonly work: WorkMaker;
  readonly shares: { hash: string; raw: Hex | null; doa: boolean }[] = [];
  readonly blocks: Hex[] = [];
  readonly merged: { hash: Hex; aux_pow_hex: Hex }[] = [];
  now: number;
  /** What the reference drew for the job that is made now; null if it made none. */
  private draw: Generated | null = null;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.now = scenario.clock;
    const genesis = scenario.chain_file === null ? { genesis_share_version: 17 } : {};
    this.network = vectorNetwork({ ...scenario.network, ...genesis });
    this.tracker = new Tracker(new ShareRules(this.network));
    this.loadChain();
    const random: Random = {
      uint32: () => {
        assert.ok(this.draw, "a job was made where the reference had one");
        return Number(this.draw.inputs.nonce);
      },
      // Either neighbour is right; the recorded one is wanted.
      uniform: () =>
        Number(this.draw?.inputs.donation ?? 0) > (65535 * scenario.donation_percentage) / 100 ? 0.999 : 0,
    };
    this.work = new WorkMaker({
      tracker: this.tracker,
      drawAddress: () => scenario.node_address,
      now: () => this.now,
      random,
      feePercent: scenario.worker_fee,
      donationPercent: scenario.donation_percentage,
      coinbaseTexts: scenario.coinb_texts.map((text) => hexOrText(text)),
      solo: true,
      peerCount: () => 0,
      knownCoins: [],
      targetSteps: Number.POSITIVE_INFINITY,
      effects: {
        block: ({ bytes }) => this.blocks.push(bytesToHex(bytes)),
        mergedBlock: ({ block, proof }) => this.merged.push({ hash: block.hash, aux_pow_hex: bytesToHex(proof) }),
        share: ({ share, onTime }) => {
          const siblings = this.tracker.main.childrenOf(share.parentId).length;
          const isAdded = onTime || siblings < LATE_SIBLINGS;
          if (isAdded) this.tracker.add(share, this.now);
          this.shares.push({ hash: share.id, raw: isAdded ? bytesToHex(share.raw) : null, doa: !onTime });
        },
        failed: (error) => {
          throw error;
        },
      },
    });
    const { best_share, merged_work = [], node_state } = scenario;
    const best = best_share === null ? null : this.tracker.main.get(best_share)!;
    this.work.setTemplate(templateOf(scenario));
    this.work.setBest(best, node_state?.punish ?? false);
    this.work.setMergedBlocks(
      merged_work.map(({ chain_id, hash, target: text }) => ({
        chainId: Number(chain_id),
        hash,
        target: text === "p2pool" ? "share" : target(text),
        previousBlock: null,
      })),
    );
    const header = node_state?.best_block_header ?? null;
    if (header !== null) this.work.setBestHeader(headerOf(header));
  }

  private loadChain(): void {
    const { chain_file, chain_share_count } = this.scenario;
    if (chain_file === null) return;
    const chain = readChain(JSON.parse(readFileSync(`${DATA}${chain_file}`, "utf8")) as JsonObject);
    const { rows, shares, daemon } = chain;
    for (const [i, share] of shares.slice(0, Number(chain_share_count)).entries()) {
      const node = this.tracker.add(share, rows[i]!.time_seen, rows[i]!.peer)!;
      this.tracker.verify(node, chain.clock, daemon);
    }
  }

  /** Asks for work; checks it if the reference made a job for the same request. */
  /** Of a proof of work that is made at once. */
  submit(solution: Solution): Outcome {
    const outcome = this.work.submit(solution);
    assert.ok(!(outcome instanceof Promise));
    return outcome;
  }

  job(request: JobRequest, generated: Generated | null): Job {
    this.draw = generated;
    const job = this.work.job(request);
    assert.ok(!("refused" in job));
    if (generated === null) return job;
    assert.equal(bytesToHex(job.coinbase.prefix) + "0".repeat(24), generated.gentx_stripped_hex);
    assert.equal(job.forAddress, generated.inputs.address);
    return job;
  }

  /** What the scenario notes as a new-work event counts as a change of the tip. */
  newWork(): void {
    const template = templateOf(this.scenario);
    this.work.setTemplate({ ...template, bits: template.bits - 1 });
    this.work.setTemplate(template);
  }
}

function hexOrText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function headerOf(fields: Readonly<Record<string, string>>): BlockHeader {
  return {
    version: Number(fields.version),
    previousBlock: fields.previous_block as BlockHash,
    merkleRoot: hexToHash(fields.merkle_root!),
    timestamp: Number(fields.timestamp),
    bits: Number.parseInt(fields.bits!, 16),
    nonce: Number(fields.nonce),
  };
}

function templateOf({ template }: Scenario): Template {
  const transactions = template.transactions as { hex: Hex; hash: Hex; fee: string }[];
  return {
    previousBlock: template.previous_block as BlockHash,
    height: Number(template.height),
    bits: Number.parseInt(template.bits as string, 16),
    version: Number(template.version),
    requiredVersionBits: 0,
    minTime: 0,
    time: Number(template.curtime),
    subsidy: BigInt(template.coinbasevalue as string),
    transactions: transactions.map(({ hex, hash, fee }) => {
      const data = hexToBytes(hex);
      const { stripped, txid, weight } = summarizeTransaction(data);
      return { data, hash: hexToHash(hash), txid, fee: BigInt(fee), strippedSize: stripped, weight };
    }),
    coinbaseFlags: hexToBytes(template.coinbaseflags as string),
    rules: template.rules as string[],
    mweb: null,
    receivedAt: Number.MAX_SAFE_INTEGER,
  };
}

/** Verdicts on submissions by what the recording notes of them. */
const EXPECTED: readonly (readonly [note: RegExp, check: (outcome: Outcome) => void])[] = [
  [/^block: /, (outcome) => assert.equal(outcome.kind, "block")],
  // A block where shares are harder than blocks.
  [/^pseudoshare: /, (outcome) => assert.ok(outcome.kind === "pseudo" || outcome.kind === "block", outcome.kind)],
  [/^share/, (outcome) => assert.ok(outcome.kind === "share" || outcome.kind === "block", outcome.kind)],
  [/^stale share/, (outcome) => assert.equal(outcome.kind !== "rejected" && outcome.stale, true)],
  [/^the same again/, (outcome) => assert.equal(outcome.kind === "rejected" && outcome.code, 22)],
  [/^hash above/, (outcome) => assert.equal(outcome.kind === "rejected" && outcome.code, 23)],
];

/** A dialogue: jobs are asked for where the reference sent them, solutions are judged as they came. */
class Dialogue {
  private readonly replay: Replay;
  private readonly session: Session;
  private readonly scenario: Scenario;
  private request: JobRequest = { payee: null, shareDifficulty: null };
  private readonly jobs = new Map<unknown, Job>();
  private mask = 0;
  private isAuthorized = false;

  constructor(replay: Replay, session: Session) {
    this.replay = replay;
    this.session = session;
    this.scenario = replay.scenario;
  }

  run(): void {
    const { log } = this.session;
    for (let i = 0; i < log.length; i++) {
      const entry = log[i]!;
      if (entry.dir === "in") this.received(entry, log.slice(i + 1));
    }
  }

  private received({ line, note, t }: Entry & { dir: "in" }, later: readonly Entry[]): void {
    this.replay.now = t;
    const until = later.findIndex(({ dir }) => dir === "in");
    const answers = until < 0 ? later : later.slice(0, until);
    const { method, params = [] } = line;
    if (!Array.isArray(params) || typeof method !== "string") return;
    if (method === "mining.configure") this.mask = parseConfigure(params).versionMask! & 0x1fffe000;
    if (method === "mining.authorize") this.authorize(String(params[0]));
    if (method === "mining.submit") this.submit(params, note);
    if (answers.some(({ dir }) => dir === "note")) this.replay.newWork();
    this.jobsSent(answers, method);
  }

  private authorize(username: string): void {
    this.isAuthorized = true;
    const { payee, shareDifficulty } = parseUsername(username);
    // Below the least difficulty that ours honours: fed as the recording has it.
    const [, tiny] = /\/(0\.0000\d+)/.exec(username) ?? [];
    this.request = { payee, shareDifficulty: tiny === undefined ? shareDifficulty : Number(tiny) };
  }

  private jobsSent(answers: readonly Entry[], method: string): void {
    const generated = answers.find((entry) => entry.dir === "generate") ?? null;
    const sent = answers.find((entry) => entry.dir === "out" && entry.line.method === "mining.notify");
    if (sent?.dir !== "out") return;
    const at = answers.find((entry) => entry.dir === "out");
    this.replay.now = (sent ?? at).t;
    const job = this.replay.job(this.request, generated);
    // As the reference copied it from the header, so that its solutions fit.
    if (this.copiesVersion) Object.assign(job.header, { version: COPIED_VERSION });
    const params = sent.line.params!;
    this.jobs.set(params[0], job);
    const { header } = job;
    assert.deepEqual(
      [
        previousBlockField(header.previousBlock),
        bytesToHex(job.coinbase.prefix),
        bytesToHex(job.coinbase.suffix),
        job.merkleBranch.map(bytesToHex),
        header.version.toString(16),
        bitsToHex(header.bits),
        header.time.toString(16),
      ],
      [params[1], (params[2] as string).slice(0, -8), ...params.slice(3, 8)],
    );
    if (method === "mining.authorize" && this.session.work !== undefined) this.checkWork(job, this.session.work);
  }

  private get copiesVersion(): boolean {
    return (this.scenario.node_state?.best_block_header ?? null) !== null;
  }

  /** The start of vardiff is another one where the user name fixes it. */
  private checkWork({ coinbase, header, merkleBranch, shareTarget, pseudoTarget }: Job, work: JsonObject): void {
    const { share_target, coinb1, ...bound } = work as Readonly<Record<string, string>> & { readonly coinb1: string };
    assert.deepEqual(
      {
        bits: bitsToHex(header.bits),
        coinb1: bytesToHex(coinbase.prefix),
        coinb2: bytesToHex(coinbase.suffix),
        merkle_branch: merkleBranch.map((hash) => bytesToHex(Uint8Array.from(hash).reverse())),
        min_share_target: shareTarget.toString(16).padStart(64, "0"),
        previous_block: bytesToHex(Uint8Array.from(header.previousBlock).reverse()),
        timestamp: String(header.time),
        version: String(header.version),
      },
      { ...bound, coinb1: coinb1.slice(0, -8) },
    );
    const isFixed = parseUsername(this.session.user).pseudoDifficulty !== null || this.session.user.includes("+");
    if (!isFixed) assert.equal(targetToBits(pseudoTarget), targetToBits(target(share_target!)));
  }

  private submit(params: readonly unknown[], note: string | undefined): void {
    const malformed = { "extranonce2 too short": 1, "extranonce2 too long": 1, "extranonce2 not hex": 1 };
    if (note !== undefined && Object.hasOwn(malformed, note)) {
      assert.throws(() => parseSubmit(params), { data: { code: "STRATUM_REFUSED", reply: 20 } });
      return;
    }
    const submit = parseSubmit(params);
    const job = this.jobs.get(params[1]);
    if (note === "unknown job") {
      assert.equal(job, undefined);
      const outcome = this.replay.submit({ ...this.solution(submit, null), version: 0 });
      assert.equal(outcome.kind === "rejected" && outcome.code, 21);
      return;
    }
    const { version } = job!.header;
    if (note === "version bits outside of the mask") {
      assert.throws(() => rolledVersion(version, this.mask, submit.versionBits), {
        data: { code: "STRATUM_REFUSED", reply: 20 },
      });
      return;
    }
    const rolled = rolledVersion(version, this.mask, submit.versionBits);
    const outcome = this.replay.submit({ ...this.solution(submit, job!), version: rolled });
    if (note === undefined) return;
    EXPECTED.find(([pattern]) => pattern.test(note))![1](outcome);
  }

  private solution(submit: ReturnType<typeof parseSubmit>, job: Job | null) {
    assert.ok(this.isAuthorized);
    const counter = this.coinb1Of(submit.jobId).slice(-8);
    const session = this.session.session_target;
    const wanted = session === undefined ? 0n : target(session);
    return {
      job: job?.id ?? ("nosuch" as Job["id"]),
      extranonce: hexToBytes(counter + bytesToHex(submit.extranonce2)),
      nonce: submit.nonce,
      time: submit.time,
      pseudoTarget: job === null || wanted > job.hardestTarget ? wanted : job.hardestTarget,
      worker: submit.worker,
    };
  }

  /** The nonce bytes of the vector: the last four of coinb1 as it was sent. */
  private coinb1Of(id: unknown): string {
    for (const entry of this.session.log) {
      if (entry.dir === "out" && entry.line.method === "mining.notify" && entry.line.params![0] === id) {
        return entry.line.params![2] as string;
      }
    }
    return "00000000";
  }
}

/** Hand-outs of one inner job, in the reference's numbering: a counter in the first four bytes. */
function replayGetwork(replay: Replay, session: Session, handOuts: Map<string, number>): void {
  const { user, log, response } = session;
  const [, tiny] = /\/(0\.000\d+)/.exec(user) ?? [];
  const { payee, shareDifficulty } = parseUsername(user);
  const generated = log.find((entry) => entry.dir === "generate") ?? null;
  const wish = tiny === undefined ? shareDifficulty : Number(tiny);
  const job = replay.job({ payee, shareDifficulty: wish }, generated);
  const counter = handOuts.get(job.id) ?? 0;
  handOuts.set(job.id, counter + 1);
  const extranonce = new Uint8Array(8);
  new DataView(extranonce.buffer).setUint32(0, counter, true);
  const header = jobHeader(job, extranonce, job.header.time);
  assert.equal(bytesToHex(header), session.header_hex);
  const { data, hash1, midstate, target: sent } = response!;
  assert.deepEqual(encodeGetwork(header, job.pseudoTarget), { data, hash1, midstate, target: sent });
  assert.equal(job.pseudoTarget, target(session.target!));
  const solved = decodeGetwork(session.submit_data!)!;
  assert.deepEqual(solved.merkleRoot, header.slice(36, 68));
  const { nonce, time, version } = solved;
  const { id, pseudoTarget } = { ...job };
  const outcome = replay.submit({ job: id, extranonce, nonce, time, version, pseudoTarget, worker: user });
  assert.notEqual(outcome.kind, "rejected");
}

function replayScenario(scenario: Scenario): void {
  const replay = new Replay(scenario);
  const handOuts = new Map<string, number>();
  for (const session of scenario.sessions) {
    if (session.response === undefined) new Dialogue(replay, session).run();
    else replayGetwork(replay, session, handOuts);
  }
  const byHash = <T extends { hash: string }>(rows: readonly T[]): T[] =>
    [...rows].sort((a, b) => (a.hash < b.hash ? -1 : 1));
  assert.deepEqual(byHash(replay.shares), byHash(scenario.my_shares));
  // The reference hands a repeated solution over again.
  assert.deepEqual([...new Set(replay.blocks)].sort(), [...new Set(scenario.submitted_blocks)].sort());
  assert.equal(new Set(replay.blocks).size, replay.blocks.length, "once each");
  const proofs = (rows: readonly { hash: Hex; aux_pow_hex: Hex }[]): string[] =>
    [...new Set(rows.map(({ hash, aux_pow_hex }) => `${hash} ${aux_pow_hex}`))].sort();
  assert.deepEqual(proofs(replay.merged), proofs(scenario.submitted_auxblocks ?? []));
}

interface UsernameRow {
  readonly username: string;
  readonly user: string;
  readonly address: string;
  readonly desired_share_target: Hex | null;
  readonly desired_pseudoshare_target: Hex | null;
}

function checkUsername(row: UsernameRow, payees: Payees): void {
  const name = parseUsername(row.username);
  // Blanks around the name are removed; an infinite difficulty is ignored (spec/10 §6.1).
  const isBlank = row.username !== row.username.trim();
  assert.equal(name.canonical, row.user.trim());
  const verdict = payees.check(name.payee, 35);
  const address = verdict.ok ? verdict.address : "<node address>";
  assert.equal(
    address,
    isBlank ? row.user.trim() : row.address.startsWith("BCRT1") ? row.address.toLowerCase() : row.address,
  );
  const bits = (difficulty: number | null): number | null =>
    difficulty === null ? null : targetToBits(difficultyToTarget(difficulty));
  const recorded = (hex: Hex | null): number | null =>
    hex === null || target(hex) === 0n ? null : targetToBits(target(hex));
  assert.equal(bits(name.shareDifficulty), recorded(row.desired_share_target));
  assert.equal(bits(name.pseudoDifficulty), recorded(row.desired_pseudoshare_target));
}

interface EncodingRow {
  readonly version: string;
  readonly previous_block: Hex;
  readonly merkle_root: Hex;
  readonly timestamp: string;
  readonly bits: Hex;
  readonly share_target: Hex;
  readonly result: GetworkData & { readonly identifier: string; readonly submitold: boolean };
}

function checkEncoding(row: EncodingRow): void {
  const header = new Uint8Array(80);
  const view = new DataView(header.buffer);
  view.setUint32(0, Number(row.version), true);
  header.set(hexToHash(row.previous_block), 4);
  header.set(hexToHash(row.merkle_root), 36);
  view.setUint32(68, Number(row.timestamp), true);
  view.setUint32(72, Number.parseInt(row.bits, 16), true);
  const { data, hash1, midstate, target: sent } = row.result;
  assert.deepEqual(encodeGetwork(header, target(row.share_target)), { data, hash1, midstate, target: sent });
  const back = decodeGetwork(data)!;
  assert.deepEqual(
    [back.version, bytesToHex(back.merkleRoot), back.time, back.bits, back.nonce],
    [view.getUint32(0, true), bytesToHex(header.subarray(36, 68)), Number(row.timestamp), view.getUint32(72, true), 0],
  );
}

export const work: FileHandler = {
  getwork_encoding: (value) => eachCase(value as EncodingRow[], checkEncoding),
  username_parsing: (value, file) => {
    const [{ network }] = file.scenarios as [Scenario];
    const payees = new Payees({ coin: vectorNetwork(network).coin, knownCoins: [] });
    return eachCase(value as UsernameRow[], (row) => checkUsername(row, payees));
  },
  *scenarios(value): Iterable<VectorCase> {
    for (const scenario of value as readonly Scenario[]) {
      yield { name: scenario.name, run: () => replayScenario(scenario) };
    }
  },
};
