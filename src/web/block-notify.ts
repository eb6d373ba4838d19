import type { HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";
import { TokenBucket } from "../core/token-bucket.js";
import type { Clock } from "../platform/clock.js";

/** `%s` of a daemon's `-blocknotify` in place of the hash. */
const PATH = "/hooks/block/:hash";
/** Each may cost a block template, so a program that cries wolf is not believed for long. */
const RATE = { perSecond: 1, burst: 20 };
const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

export interface BlockNotifyOptions {
  /** Told of a new block; false if it was known. */
  readonly blockNotify: (hash: string) => boolean;
  readonly clock: Clock;
}

/**
 * The hook for a coin daemon's `-blocknotify` command (spec/07 §5.4): the third way to hear of a new block. Only for programs
 * on this machine, and not for pages in its browsers, which always say where they come from.
 */
export function addBlockNotify(
  app: Hono<{ Bindings: HttpBindings }>,
  { blockNotify, clock }: BlockNotifyOptions,
): void {
  const bucket = new TokenBucket(RATE, clock.monotonicMs());
  app.post(PATH, (context) => {
    const from = context.env.incoming.socket.remoteAddress ?? "";
    if (!LOOPBACK.test(from) || context.req.header("origin") !== undefined) {
      return context.json(failure("forbidden", "Only programs on this machine may tell of blocks."), 403);
    }
    const hash = context.req.param("hash").toLowerCase();
    if (!/^[0-9a-f]{64}$/.test(hash)) return context.json(failure("bad_hash", "A block hash has 64 hex digits."), 400);
    if (!bucket.take(clock.monotonicMs())) {
      return context.json(failure("too_many", "More blocks than a coin can have."), 429, { "Retry-After": "1" });
    }
    return context.json({ isNew: blockNotify(hash) }, 200);
  });
}

function failure(code: string, message: string): { error: { code: string; message: string } } {
  return { error: { code, message } };
}
