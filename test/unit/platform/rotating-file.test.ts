import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { RotatingFile } from "../../../src/platform/rotating-file.js";
import { VirtualClock } from "../workers/support/virtual-clock.js";

describe("rotating file", () => {
  let folder = "";
  let path = "";
  const clock = new VirtualClock();
  const troubles: (string | null)[] = [];
  const create = (maxBytes: number, keep: number): RotatingFile =>
    new RotatingFile({ path, maxBytes, keep, clock, onTrouble: (reason) => troubles.push(reason) });
  const contents = (name: string): string => readFileSync(join(folder, name), "utf8");
  /** Lets what was handed over reach the disk, or fail. */
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "p2pool-test-"));
    path = join(folder, "logs", "log");
    troubles.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("appends to what is there, and writes all before it stops", async () => {
    for (const part of ["a", "b"]) {
      const file = create(1_000_000, 3);
      file.start();
      for (let i = 0; i < 1_000; i++) file.write(`${part}${i}`);
      await file.stop();
    }
    const lines = contents("logs/log").split("\n");
    assert.equal(lines.length, 2_001);
    assert.deepEqual([lines[0], lines[999], lines[1_000], lines[1_999]], ["a0", "a999", "b0", "b999"]);
  });

  test("puts full files aside, and keeps only so many", async () => {
    const file = create(10, 2);
    file.start();
    for (let i = 1; i <= 5; i++) {
      file.write(`line number ${i}`);
      await settle();
    }
    await file.stop();
    assert.deepEqual(readdirSync(join(folder, "logs")).sort(), ["log.1", "log.2"]);
    assert.deepEqual([contents("logs/log.1"), contents("logs/log.2")], ["line number 5\n", "line number 4\n"]);
  });

  test("goes on in a new file when somebody else has put it aside", async () => {
    const file = create(1_000_000, 3);
    file.start();
    file.write("one");
    await settle();
    renameSync(path, `${path}.old`);
    clock.advance(5_000);
    await settle();
    file.write("two");
    await settle();
    renameSync(path, `${path}.older`);
    file.reopen();
    await settle();
    file.write("three");
    await file.stop();
    assert.deepEqual(
      ["log.old", "log.older", "log"].map((name) => contents(`logs/${name}`)),
      ["one\n", "two\n", "three\n"],
    );
  });

  test("trouble is told once, nothing is lost when it ends", async () => {
    const file = create(1_000_000, 3);
    file.start();
    rmSync(join(folder, "logs"), { recursive: true });
    file.write("one");
    await settle();
    file.write("two");
    await settle();
    assert.equal(troubles.length, 1);
    assert.match(troubles[0]!, /ENOENT/);
    mkdirSync(join(folder, "logs"));
    clock.advance(5_000);
    await settle();
    assert.deepEqual(troubles.slice(1), [null]);
    await file.stop();
    assert.equal(contents("logs/log"), "one\ntwo\n");
  });

  test("a disk that takes nothing does not fill the memory", async () => {
    const file = create(1e9, 3);
    file.start();
    rmSync(join(folder, "logs"), { recursive: true });
    for (let i = 0; i < 3_000; i++) file.write("x".repeat(1_000));
    await settle();
    mkdirSync(join(folder, "logs"));
    file.reopen();
    await settle();
    file.write("after");
    await file.stop();
    const lines = contents("logs/log").trimEnd().split("\n");
    assert.equal(lines.length, 1_002);
    assert.deepEqual(lines.slice(-2), ["2000 lines left out: the disk is too slow", "after"]);
  });

  test("a place that cannot be written to is told by name", () => {
    writeFileSync(join(folder, "logs"), "");
    assert.throws(() => create(1, 1).start(), { name: "LogFileError", message: /cannot write to .*logs\/log/ });
  });
});
