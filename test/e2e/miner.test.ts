import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MAX_256 } from "../../src/core/compact.js";
import { seededRandom } from "../../src/core/random.js";
import { systemClock } from "../../src/platform/clock.js";
import { createLogger } from "../../src/platform/log.js";
import { WorkerPort } from "../../src/workers/port.js";
import { StratumServer } from "../../src/workers/stratum/server.js";
import { TEST_CERTIFICATE, TEST_KEY } from "../support/daemon-tls.js";
import { Program } from "../support/program.js";
import { TestWorkSource } from "../unit/workers/support/work-source.js";

const log = createLogger("silent");

interface Line {
  readonly type: string;
  readonly accepted?: number;
  readonly rejected?: number;
}

describe("p2pool miner", () => {
  for (const [algorithm, target, multiplier] of [
    ["sha256d", MAX_256 >> 14n, 1],
    ["scrypt", MAX_256 >> 4n, 65_536],
  ] as const) {
    test(`${algorithm} with two threads, over TCP and over TLS`, async (t) => {
      const source = new TestWorkSource({ pow: algorithm });
      source.shareTarget = target;
      const miners = { workSource: source, clock: systemClock, log, dumbScryptDifficulty: multiplier };
      const stratum = new StratumServer({ ...miners, random: seededRandom(1) });
      stratum.start();
      const port = new WorkerPort({
        port: 0,
        host: "127.0.0.1",
        stratum,
        http: (_request, response) => response.end(),
        clock: systemClock,
        log,
        certificate: { cert: TEST_CERTIFICATE, key: TEST_KEY },
      });
      const number = await port.start();
      t.after(async () => {
        stratum.stop();
        await port.stop();
      });
      const common = ["--threads", "2", "--algorithm", algorithm, "--accepted", "5", "--timeout", "60", "--json"];
      for (const args of [
        [`stratum+tcp://1Miner.cpu@127.0.0.1:${number}`],
        [`stratum+ssl://127.0.0.1:${number}`, "-u", "1Miner.cpu", "--insecure"],
      ]) {
        const program = new Program(["miner", ...args, ...common]);
        const { code } = await program.ended;
        assert.deepEqual([program.complaints, code], ["", 0]);
        const lines = program.lines.map((line) => JSON.parse(line) as Line);
        assert.equal(lines[0]?.type, "connected");
        assert.ok(lines.filter(({ type }) => type === "accepted").length >= 5);
        assert.equal(lines.at(-1)?.type, "finished");
        assert.equal(lines.at(-1)?.rejected, 0);
      }
      const extranonces = new Set(source.seen.map(({ solution }) => Buffer.from(solution.extranonce).toString("hex")));
      assert.ok(extranonces.size >= 2, "each thread searches its own part");
      assert.equal(stratum.stats().workers[0]?.name, "1Miner.cpu");
    });
  }

  test("a certificate that is not good is not taken; a pool that is not there fails in time", async () => {
    const program = new Program(["miner", "stratum+tcp://a@127.0.0.1:1", "--accepted", "1", "--timeout", "1"]);
    const { code } = await program.ended;
    assert.equal(code, 1);
    assert.match(program.stderr, /^p2pool: 0 of 1 accepted after 1 seconds\n$/);
    assert.ok(program.lines.some((line) => /ECONNREFUSED/.test(line)));
  });

  for (const [name, args, message] of [
    ["no URL", [], /where to\?/],
    ["no port", ["stratum+tcp://host"], /is not stratum\+tcp:\/\/HOST:PORT/],
    ["another scheme", ["http://host:1"], /http is not spoken/],
    ["no user name", ["host:1"], /a user name is needed: -u/],
    ["two URLs", ["a@host:1", "b@host:1"], /unexpected argument "b@host:1"/],
    ["unknown algorithm", ["a@host:1", "--algorithm", "x11"], /--algorithm: "x11" is none of sha256d, scrypt/],
    ["no threads", ["a@host:1", "--threads", "0"], /--threads: "0" is not a whole number/],
  ] as const) {
    test(`wrong: ${name}`, async () => {
      const program = new Program(["miner", ...args]);
      const { code } = await program.ended;
      assert.equal(code, 2);
      assert.match(program.stderr, message);
      assert.equal(program.stderr.trimEnd().split("\n").length, 1);
    });
  }
});
