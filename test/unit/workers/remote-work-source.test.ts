import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../src/core/random.js";
import type { JobRequest } from "../../../src/work/job.js";
import type { ToMain } from "../../../src/workers/processes/messages.js";
import { RemoteWorkSource } from "../../../src/workers/processes/remote-work-source.js";
import { VirtualClock } from "./support/virtual-clock.js";
import { TestWorkSource } from "./support/work-source.js";

/** The end of the node's process: it makes jobs for what it was asked for. */
class Scene {
  readonly clock = new VirtualClock({});
  readonly told: ToMain[] = [];
  readonly source: RemoteWorkSource;
  private readonly work = new TestWorkSource();

  constructor({ feePercent = 0 }: { feePercent?: number } = {}) {
    this.source = new RemoteWorkSource({
      tell: (message) => void this.told.push(message),
      reports: { judged: () => {} },
      powHash: () => new Uint8Array(32),
      clock: this.clock,
      random: seededRandom(1),
      feePercent,
    });
  }

  /** Answers to these requests; `isNew`: because there is new work. */
  send(isNew: boolean, requests: readonly (readonly [id: number, payee: string])[]): void {
    if (isNew) this.work.emit("tip");
    const jobs = requests.map(([, payee]) => this.work.job({ payee, shareDifficulty: null }));
    const made = jobs.filter((job) => "id" in job);
    this.source.received({
      kind: "work",
      reason: isNew ? "tip" : null,
      tipEvent: 1,
      connections: 1,
      jobs: made,
      answers: requests.map(([id], i) => [id, made[i]!.id]),
    });
  }

  /** Payee of the job that a request gets; null for one that is pending. */
  paid(request: JobRequest): string | null {
    const job = this.source.job(request);
    return "forAddress" in job ? job.id.replace(/\/.*/, "") : null;
  }

  /** What was asked for since the last look, by number. */
  async wanted(): Promise<number[]> {
    await Promise.resolve();
    return this.told
      .splice(0)
      .flatMap((message) => (message.kind === "want" ? message.requests.map(([id]) => id) : []));
  }
}

const request = (payee: string | null): JobRequest => ({ payee, shareDifficulty: null });

test("what many connections want is asked for once, and answered until there is new work", async () => {
  const scene = new Scene();
  const shared = request("1A");
  assert.deepEqual(
    [scene.paid(shared), scene.paid(shared), scene.paid(request("1A")), scene.paid(request("1B"))],
    [null, null, null, null],
  );
  assert.deepEqual(await scene.wanted(), [1, 2]);
  scene.send(false, [[1, "1A"]]);
  assert.deepEqual([scene.paid(shared), scene.paid(request("1A")), scene.paid(request("1B"))], ["1A", "1A", null]);
  scene.send(true, [[2, "1B"]]);
  assert.deepEqual([scene.paid(shared), scene.paid(request("1B"))], [null, "1B"]);
  assert.deepEqual(await scene.wanted(), []);
});

test("what nobody asked for in 150 seconds is given up, and asked for anew under another number", async () => {
  const scene = new Scene();
  const [kept, left] = [request("1A"), request("1B")];
  for (const each of [kept, left]) scene.paid(each);
  assert.deepEqual(await scene.wanted(), [1, 2]);
  for (let half = 0; half < 6; half++) {
    scene.send(true, [
      [1, "1A"],
      [2, "1B"],
    ]);
    assert.equal(scene.paid(kept), "1A");
    scene.source.expire();
    assert.deepEqual(scene.told.splice(0), []);
    scene.clock.advance(30_000);
  }
  scene.source.expire();
  assert.deepEqual(scene.told.splice(0), [{ kind: "unwant", requests: [2] }]);
  // It was on its way.
  scene.send(false, [[2, "1B"]]);
  assert.equal(scene.paid(left), null);
  assert.deepEqual(await scene.wanted(), [3]);
  scene.send(false, [[3, "1B"]]);
  assert.deepEqual([scene.paid(left), scene.paid(request("1B")), scene.paid(kept)], ["1B", "1B", "1A"]);
});

test("the fee and miners without a payee get the node's own job, which needs no asking", async () => {
  const scene = new Scene({ feePercent: 100 });
  scene.send(true, [[0, "own"]]);
  assert.deepEqual([scene.paid(request(null)), scene.paid(request("1A"))], ["own", "own"]);
  assert.deepEqual(await scene.wanted(), []);
});
