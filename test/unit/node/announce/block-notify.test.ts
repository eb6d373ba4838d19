import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { BlockNotify } from "../../../../src/node/announce/block-notify.js";
import type { NodeEvent } from "../../../../src/node/events.js";
import { createLogger } from "../../../../src/platform/log.js";
import { VirtualClock } from "../../workers/support/virtual-clock.js";

const folder = mkdtempSync(join(tmpdir(), "p2pool-notify-"));
after(() => rmSync(folder, { recursive: true }));
const HASH = "ab".repeat(32);
/** Writes its arguments and what it sees of the environment, line by line. */
const WRITE =
  'require("fs").appendFileSync(process.argv[1], JSON.stringify([process.argv.slice(2), process.env.P2POOL_SECRET ?? null]) + "\\n")';

function scene(command: readonly string[] | null) {
  const clock = new VirtualClock();
  const lines: { msg: string; reason?: string; code?: number }[] = [];
  let wake = (): void => {};
  const write = (text: string): void => {
    lines.push(JSON.parse(text) as { msg: string });
    wake();
  };
  const notify = new BlockNotify({ command, clock, log: createLogger("info", { write }) });
  const said = async (): Promise<(typeof lines)[number]> => {
    while (lines.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return lines[0]!;
  };
  const block = (change: object = {}): NodeEvent =>
    ({ type: "pool-block", hash: HASH, height: 7, finder: "$(touch x)", foundAt: clock.now(), ...change }) as NodeEvent;
  return { clock, lines, notify, said, block };
}

async function untilLines(file: string, count: number): Promise<unknown[]> {
  for (;;) {
    const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
    if (lines.length >= count) return lines.map((line) => JSON.parse(line) as unknown);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("a program for every block", { timeout: 30_000 }, () => {
  test("one after the other, without a shell, with nothing of our options", async () => {
    const file = join(folder, "all");
    process.env.P2POOL_SECRET = "word";
    const { clock, lines, notify, block } = scene([
      process.execPath,
      "-e",
      WRITE,
      file,
      "%h/%s",
      "%a;%n",
      "100%%",
      "%x",
    ]);
    for (let i = 0; i < 3; i++) notify.event(block());
    notify.event(block({ height: null }));
    notify.event(block({ foundAt: clock.now() - 601 }));
    const expected = [[`${HASH}/${HASH}`, "$(touch x);7", "100%", "%x"], null];
    const without = [[`${HASH}/${HASH}`, "$(touch x);", "100%", "%x"], null];
    assert.deepEqual(await untilLines(file, 4), [expected, expected, expected, without]);
    delete process.env.P2POOL_SECRET;
    await notify.stop();
    assert.deepEqual(lines, []);
    assert.equal(clock.timers, 0);
  });

  test("one that fails, and one that is not there", async () => {
    const failing = scene([process.execPath, "-e", "process.exit(3)"]);
    failing.notify.event(failing.block());
    assert.equal((await failing.said()).code, 3);
    const missing = scene([join(folder, "nothing")]);
    missing.notify.event(missing.block());
    assert.match((await missing.said()).reason!, /ENOENT/);
    await Promise.all([failing.notify.stop(), missing.notify.stop()]);
  });

  test("one that does not end is ended after half a minute", async () => {
    const { clock, said, notify, block } = scene([process.execPath, "-e", "setInterval(() => {}, 1000)"]);
    notify.event(block());
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(30_000);
    assert.match((await said()).reason!, /longer than 30 s/);
    await notify.stop();
  });

  test("the end of the node is its end", async () => {
    const { lines, notify, block } = scene([process.execPath, "-e", "setInterval(() => {}, 1000)"]);
    for (let i = 0; i < 100; i++) notify.event(block());
    await notify.stop();
    notify.event(block());
    assert.deepEqual(lines, []);
  });
});
