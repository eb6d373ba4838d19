import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { pageOfProcesses } from "../../../src/workers/connection-pages.js";
import type { ConnectionPlace, ConnectionView } from "../../../src/workers/connection-view.js";
import { ConnectionList } from "../../../src/workers/stratum/connection-list.js";

test("a list of connections is what a plain map says, whatever comes and goes", () => {
  const step = fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 2, arbitrary: fc.nat(400) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 300, maxLength: 600 }), fc.nat(400), fc.nat(50), (steps, from, limit) => {
      const list = new ConnectionList<string>();
      const plain = new Map<number, string>();
      for (const [i, number] of steps.entries()) {
        if (number === null) plain.set(list.add(`${i}`), `${i}`);
        else {
          list.remove(number);
          plain.delete(number);
        }
      }
      const wanted = [...plain].filter(([number]) => number > from).slice(0, limit);
      assert.deepEqual(list.after(from, limit), wanted);
    }),
  );
});

test("gaps do not pile up", () => {
  const list = new ConnectionList<number>();
  for (let i = 0; i < 100_000; i++) list.remove(list.add(i));
  const { entries } = list as unknown as { entries: readonly unknown[] };
  assert.ok(entries.length < 200, `${entries.length}`);
});

/** A process with connections of these numbers, which counts for how many it was asked. */
class Serving {
  asked = 0;
  private readonly numbers: readonly number[];

  constructor(...numbers: number[]) {
    this.numbers = numbers;
  }

  async connectionsAfter(after: number, limit: number): Promise<readonly ConnectionView[]> {
    this.asked += limit;
    return this.numbers
      .filter((number) => number > after)
      .slice(0, limit)
      .map((number) => ({ number }) as ConnectionView);
  }
}

test("pages go through the processes, whether they are empty, full or not there", async () => {
  const processes = [new Serving(), new Serving(1, 2, 5), null, new Serving(3, 4), new Serving()];
  for (let limit = 1; limit < 8; limit++) {
    const seen: string[] = [];
    let next: ConnectionPlace | null = { process: 0, number: 0 };
    let pages = 0;
    while (next !== null) {
      const page: Awaited<ReturnType<typeof pageOfProcesses>> = await pageOfProcesses(processes, next, limit);
      assert.ok(page!.items.length <= limit);
      seen.push(...page!.items.map(({ process, number }) => `${process}:${number}`));
      next = page!.next;
      pages++;
    }
    assert.deepEqual(seen, ["1:1", "1:2", "1:5", "3:3", "3:4"], `limit ${limit}`);
    assert.equal(pages, Math.ceil(5 / limit), `limit ${limit}`);
  }
});

test("nobody is asked for more than is wanted, and no page is made where one does not say", async () => {
  const [first, second] = [new Serving(1, 2, 3), new Serving(1)];
  assert.equal((await pageOfProcesses([first, second], { process: 0, number: 0 }, 2))!.items.length, 2);
  assert.deepEqual([first.asked, second.asked], [3, 0]);
  const silent = { connectionsAfter: () => null };
  assert.equal(await pageOfProcesses([first, silent], { process: 0, number: 0 }, 9), null);
});
