import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENT_SCHEMAS, type EventType } from "../../../src/web/api/event-schemas.js";
import { VirtualClock } from "../workers/support/virtual-clock.js";
import { recordedView } from "./support/recorded.js";
import { type Get, serve } from "./support/serve.js";

interface Event {
  readonly type: EventType;
  readonly id: string | null;
  readonly data: unknown;
}

/** Reads a stream event by event; the data have to fit the schema of their type. */
async function* open(get: Get, query = "", headers: Record<string, string> = {}): AsyncGenerator<Event> {
  const abort = new AbortController();
  const response = await get(`/api/v1/events${query}`, { headers, signal: abort.signal });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type")!, /^text\/event-stream/);
  let text = "";
  try {
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const fields = new Map(
          text
            .slice(0, end)
            .split("\n")
            .map((line) => line.split(/: (.*)/) as [string, string]),
        );
        text = text.slice(end + 2);
        const type = fields.get("event") as EventType | undefined;
        if (type === undefined) continue;
        const data: unknown = JSON.parse(fields.get("data")!);
        assert.deepEqual(EVENT_SCHEMAS[type].parse(data), data);
        yield { type, id: fields.get("id") ?? null, data };
      }
    }
  } finally {
    abort.abort();
  }
}

async function next(events: AsyncGenerator<Event>): Promise<Event> {
  const { value, done } = await events.next();
  assert.equal(done, false);
  return value as Event;
}

test("a stream begins with hello and status, and tells what happens", async (t) => {
  const view = recordedView("ltc1");
  const { get, web } = await serve(t, view);
  const events = open(get);
  assert.equal((await next(events)).type, "hello");
  assert.equal((await next(events)).type, "status");
  const best = view.figures.best!;
  web.feed.share(best);
  const share = await next(events);
  assert.equal(share.type, "share");
  assert.equal((share.data as { hash: string }).hash, best.id);
  web.feed.tip(best, best.parent);
  const tip = await next(events);
  assert.deepEqual([tip.type, (tip.data as { depth: number }).depth], ["tip", 0]);
  assert.equal((await next(events)).type, "status");
  web.feed.job("tip");
  assert.equal((await next(events)).type, "job");
  await events.return(undefined);
});

test("who comes back gets what it missed, or is told to load everything", async (t) => {
  const view = recordedView("ltc1");
  const { get, web } = await serve(t, view);
  const [a, b, c] = [...view.figures.best!.chain(3)];
  const first = open(get, "?types=share");
  await next(first);
  web.feed.share(a!);
  const { id } = await next(first);
  await first.return(undefined);
  web.feed.share(b!);
  web.feed.share(c!);
  const second = open(get, "?types=share", { "Last-Event-ID": id! });
  await next(second);
  const missed = [await next(second), await next(second)].map(({ data }) => (data as { hash: string }).hash);
  assert.deepEqual(missed, [b!.id, c!.id]);
  await second.return(undefined);
  const third = open(get, "?types=share", { "Last-Event-ID": "other-1" });
  await next(third);
  assert.equal((await next(third)).type, "reset");
  await third.return(undefined);
});

test("series and types are chosen; there are bounds", async (t) => {
  const clock = new VirtualClock();
  const { get, web } = await serve(t, recordedView("ltc1"), clock);
  assert.equal((await get("/api/v1/events?types=nosuch")).status, 400);
  assert.equal((await get("/api/v1/events?series=pool_rates:nosuch")).status, 400);
  const points = open(get, "?types=point&series=memory_usage:last_hour");
  await next(points);
  clock.advance(10_000);
  const point = await next(points);
  assert.equal(point.type, "point");
  const streams = [points];
  for (let i = 1; i < 10; i++) {
    const stream = open(get, "?types=tip");
    await next(stream);
    streams.push(stream);
  }
  assert.equal((await get("/api/v1/events")).status, 429);
  for (const stream of streams) await stream.return(undefined);
  web.stop();
});
