import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { systemClock } from "../../../src/platform/clock.js";
import { FanOut, type FanOutCause } from "../../../src/workers/stratum/fan-out.js";

/** What happened, in order: a job was made for a connection, or what it was sent was written. */
type Step = readonly ["job" | "refresh" | "write", number];

class Recorder {
  readonly steps: Step[] = [];
  readonly connections: { warm(): number; prepareJob(cause: FanOutCause): void; flush(): void }[];

  constructor(count: number) {
    this.connections = Array.from({ length: count }, (_, i) => ({
      warm: () => 1,
      prepareJob: (cause) => this.steps.push([cause === "event" ? "job" : "refresh", i]),
      flush: () => this.steps.push(["write", i]),
    }));
  }

  readonly of = (kind: Step[0]): number[] => this.steps.filter(([each]) => each === kind).map(([, i]) => i);
}

const make = () =>
  new FanOut<Recorder["connections"][number]>({
    clock: systemClock,
    limits: { fanoutSliceMs: 1e6, fanoutConnections: 64 },
  });

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await setImmediate();
}

test("everyone is served once, in slices that grow from eight", async () => {
  const { connections, of, steps } = new Recorder(200);
  const fanOut = make();
  fanOut.everyone(new Set(connections));
  assert.equal(steps.length, 0);
  const sizes: number[] = [];
  for (let i = 0; i < 7; i++) {
    await setImmediate();
    sizes.push(of("write").length);
  }
  assert.deepEqual(sizes, [8, 24, 56, 120, 184, 200, 200]);
  assert.deepEqual(of("job"), [...connections.keys()]);
  assert.deepEqual(of("write"), [...connections.keys()]);
  // The jobs of a slice first, then what they are.
  assert.deepEqual(
    steps.slice(0, 16).map(([kind]) => kind),
    [...Array(8).fill("job"), ...Array(8).fill("write")],
  );
});

test("news in between: who waits is served first, and everyone once", async () => {
  const { connections, of } = new Recorder(30);
  const fanOut = make();
  fanOut.everyone(new Set(connections));
  await turns(1);
  fanOut.everyone(new Set(connections));
  await turns(5);
  assert.deepEqual(of("job"), [...Array(8).keys(), ...Array.from({ length: 22 }, (_, i) => 8 + i), ...Array(8).keys()]);
});

test("a job that is due comes after news, of which it is a part where there are any", async () => {
  const { connections, of, steps } = new Recorder(10);
  const fanOut = make();
  fanOut.add(connections[2]!, "refresh");
  fanOut.everyone(new Set(connections.slice(0, 9)));
  fanOut.add(connections[9]!, "refresh");
  fanOut.add(connections[8]!, "refresh");
  fanOut.remove(connections[8]!);
  await turns(4);
  assert.deepEqual(of("refresh"), [9]);
  assert.deepEqual(of("job"), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(steps.at(-1), ["write", 9]);
  fanOut.everyone(new Set(connections));
  fanOut.stop();
  await turns(3);
  assert.equal(of("job").length, 9);
});
