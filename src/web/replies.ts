import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Context } from "hono";

const compress = promisify(gzip);

/** Replies from here on are compressed (spec/12 D.7). */
const COMPRESS_FROM = 4096;
/** Cached replies, and bytes of them: the oldest goes. */
const MAX_CACHED = 500;
const MAX_CACHED_BYTES = 32 * 2 ** 20;

/** A reply as bytes, made once for all who ask. */
export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  /** Made when first asked for. */
  compressed: Promise<Uint8Array<ArrayBuffer>> | null;
}

export function makeReply(status: number, type: string, content: string | Uint8Array): Reply {
  const body = new Uint8Array(typeof content === "string" ? Buffer.from(content) : content);
  const etag = `"${createHash("sha1").update(body).digest("base64url").slice(0, 20)}"`;
  return { status, type, body, etag, compressed: null };
}

/**
 * Replies by what was asked, until they are too old or something that they tell of changed. Bounded.
 */
export class ReplyCache {
  private readonly nowMs: () => number;
  private readonly entries = new Map<string, { readonly reply: Reply; readonly atMs: number }>();
  private bytes = 0;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  get(key: string, maxAgeMs: number, make: () => Reply): Reply {
    if (maxAgeMs <= 0) return make();
    const nowMs = this.nowMs();
    const known = this.entries.get(key);
    if (known !== undefined && nowMs - known.atMs < maxAgeMs) return known.reply;
    this.drop(key);
    const reply = make();
    this.entries.set(key, { reply, atMs: nowMs });
    this.bytes += reply.body.length;
    while (this.entries.size > MAX_CACHED || this.bytes > MAX_CACHED_BYTES) {
      const oldest = this.entries.keys().next();
      if (oldest.done) break;
      this.drop(oldest.value);
    }
    return reply;
  }

  /** Something changed: whoever hears of it and asks gets it. */
  clear(): void {
    this.entries.clear();
    this.bytes = 0;
  }

  private drop(key: string): void {
    const entry = this.entries.get(key);
    if (entry === undefined) return;
    this.entries.delete(key);
    this.bytes -= entry.reply.body.length;
  }
}

/** Sends a reply: 304 if the client has it, compressed if it is large and the client can. */
export async function send(context: Context, reply: Reply, cacheControl = "no-cache"): Promise<Response> {
  context.header("Content-Type", reply.type);
  context.header("ETag", reply.etag);
  context.header("Cache-Control", cacheControl);
  if (reply.status === 200 && matches(context.req.header("if-none-match"), reply.etag)) {
    return context.body(null, 304);
  }
  const isLarge = reply.body.length >= COMPRESS_FROM;
  if (isLarge) context.header("Vary", "Accept-Encoding");
  if (isLarge && /\bgzip\b/.test(context.req.header("accept-encoding") ?? "")) {
    reply.compressed ??= compress(reply.body).then((bytes) => new Uint8Array(bytes));
    context.header("Content-Encoding", "gzip");
    return context.body(await reply.compressed, reply.status as 200);
  }
  return context.body(reply.body, reply.status as 200);
}

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((part) => part.trim().replace(/^W\//, "") === etag || part.trim() === "*");
}
