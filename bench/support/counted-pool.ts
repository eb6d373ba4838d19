import { createServer, connect as open, type Server, type Socket } from "node:net";
import { encodeLegacyAddress } from "../../src/bitcoin/address.js";
import { bigIntToBytesBE } from "../../src/core/bytes.js";
import { hash160 } from "../../src/core/hash/index.js";
import { finish } from "../../src/core/merkle.js";
import { seededRandom } from "../../src/core/random.js";
import { checkedInSteps } from "../../src/daemon/check-template.js";
import type { BlockTemplate } from "../../src/daemon/rpc/index.js";
import { createTemplate } from "../../src/daemon/template.js";
import { createLogger } from "../../src/platform/log.js";
import type { ShareNode, Tracker } from "../../src/sharechain/index.js";
import { WorkMaker } from "../../src/work/work-maker.js";
import { LIMITS } from "../../src/workers/limits.js";
import { StratumServer } from "../../src/workers/stratum/server.js";
import { blockTemplate, rawPayment } from "../../test/support/daemon-template.js";
import { VirtualClock } from "../../test/unit/workers/support/virtual-clock.js";
import { NOW } from "./chains.js";

const TRANSACTIONS = 250;
const ADDRESSES = 4;
const LF = 0x0a;

const address = (index: number): string =>
  encodeLegacyAddress({ version: 0, hash: hash160(bigIntToBytesBE(BigInt(index), 8)) });

/** Job making and the miners' port on a share chain, with miners over real sockets. Time stands still, and chance repeats. */
export class CountedPool {
  private readonly work: WorkMaker;
  private readonly stratum: StratumServer;
  private readonly listener: Server;
  private readonly sockets: Socket[] = [];
  private readonly answer: BlockTemplate;
  /** Bytes that have come to all miners, whose lines end is told. */
  private lines = 0;
  private wake: () => void = () => {};

  constructor(tracker: Tracker, tip: ShareNode) {
    const clock = new VirtualClock({ startSeconds: NOW });
    this.work = new WorkMaker({
      tracker,
      drawAddress: () => address(0),
      now: () => clock.now(),
      random: seededRandom(1),
      feePercent: 0,
      donationPercent: 0,
      coinbaseTexts: [],
      solo: true,
      peerCount: () => 0,
      knownCoins: [],
      effects: { block() {}, mergedBlock() {}, share() {}, failed() {} },
    });
    this.answer = blockTemplate({
      transactions: Array.from({ length: TRANSACTIONS }, (_, i) => rawPayment(i + 1)),
      bits: "17034219",
      height: 900_000,
      curtime: NOW,
      mintime: NOW - 3600,
    });
    this.work.setBest(tip);
    this.stratum = new StratumServer({
      workSource: this.work,
      clock,
      log: createLogger("silent"),
      random: seededRandom(2),
      minDifficulty: 1e-12,
      // All of them come at once.
      limits: { ...LIMITS, acceptsPerSecond: 1e6, acceptBurst: 1e6 },
    });
    this.listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.stratum.handle(socket));
  }

  static readonly templateText = `a template of ${TRANSACTIONS} transactions to its first job`;

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.listener.listen(0, "127.0.0.1", resolve));
    this.stratum.start();
  }

  /** From the daemon's answer to what a miner gets. */
  makeFirstJob(): void {
    // As `readTemplate` does it, without the pauses.
    const template = finish(checkedInSteps(createTemplate(this.answer, 900_000, NOW)));
    this.work.setTemplate(template);
    const job = this.work.job({ payee: address(1), shareDifficulty: null });
    if ("refused" in job) throw new Error(job.refused);
  }

  /** Miners of a few addresses in turn, who want less than a share, until they have work. */
  async connect(count: number): Promise<void> {
    const { port } = this.listener.address() as { port: number };
    for (let i = 0; i < count; i++) {
      const socket = open({ port, host: "127.0.0.1", noDelay: true });
      // Nothing is done with it: reading is no part of what is counted.
      socket.on("data", (chunk: Buffer) => {
        for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) this.lines++;
        this.wake();
      });
      this.sockets.push(socket);
      const heard = this.heard(4);
      socket.write('{"id":1,"method":"mining.subscribe","params":["counts/1"]}\n');
      socket.write(`{"id":2,"method":"mining.authorize","params":["${address(i % ADDRESSES)}+0","x"]}\n`);
      await heard;
    }
  }

  /** Until every miner has heard of it. */
  async moveTip(tip: ShareNode): Promise<void> {
    const heard = this.heard(this.sockets.length);
    this.work.setBest(tip);
    await heard;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.stratum.stop();
    await new Promise<void>((resolve) => this.listener.close(() => resolve()));
  }

  /** Resolves once so many more lines have come to the miners. */
  private heard(lines: number): Promise<void> {
    const until = this.lines + lines;
    return new Promise((resolve) => {
      this.wake = () => {
        if (this.lines >= until) resolve();
      };
    });
  }
}
