import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job } from "../../../src/work/job.js";
import { findFault, latestTime, startTime } from "../../../src/work/mined-header.js";

const TIME = 1_700_000_000;
const HOUR = 3600;
const header = { time: TIME, minTime: TIME - 100, version: 0x20000000, versionMask: 0 } as Job["header"];
const faultAt = (time: number, now: number): string | null =>
  findFault(
    { extranonce: new Uint8Array(8), time, version: header.version } as Parameters<typeof findFault>[0],
    { header } as Job,
    now,
  );

test("a solution's time is bounded by our clock and the daemon's, whichever is ahead", () => {
  assert.equal(latestTime(header, TIME + 10), TIME + 10 + 2 * HOUR);
  assert.equal(faultAt(TIME + 10 + 2 * HOUR, TIME + 10), null);
  assert.equal(faultAt(TIME + 11 + 2 * HOUR, TIME + 10), "time-too-new");
  // Our clock is a day behind: what the template says is good.
  assert.equal(faultAt(TIME, TIME - 24 * HOUR), null);
  assert.equal(faultAt(TIME + 2 * HOUR + 1, TIME - 24 * HOUR), "time-too-new");
  assert.equal(faultAt(header.minTime - 1, TIME), "time-too-old");
});

test("a job's time goes on with our clock, and no further than daemons take where ours is wrong", () => {
  assert.equal(startTime(header, TIME + 30.7), TIME + 30);
  assert.equal(startTime(header, TIME - 24 * HOUR), TIME);
  assert.equal(startTime(header, TIME + 24 * HOUR), TIME + HOUR);
  assert.equal(startTime({ ...header, minTime: TIME + 50 }, TIME), TIME + 50);
});
