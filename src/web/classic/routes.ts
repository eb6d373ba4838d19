import type { Hono } from "hono";
import { exactJson } from "../exact-json.js";
import { makeReply, type Reply, type ReplyCache, send } from "../replies.js";
import { CLASSIC_ENDPOINTS, type ClassicAnswer, type ClassicContext, type ClassicEndpoint } from "./endpoints.js";

/** The body that scripts test for (spec/12 A.1). */
export const CLASSIC_ERROR = "---ERROR---";

/** Adds the classic endpoints. Their last path segments are positional arguments; query strings are ignored. */
export function addClassicRoutes(app: Hono, context: ClassicContext, cache: ReplyCache): string[] {
  const paths: string[] = [];
  for (const endpoint of CLASSIC_ENDPOINTS) {
    const [least, most] = endpoint.arguments;
    for (let count = least; count <= most; count++) {
      const path = `/${endpoint.path}${"/:argument".repeat(count).replace(/:argument/g, numbered())}`;
      paths.push(path);
      app.get(path, (request) => {
        const args = Array.from({ length: count }, (_, i) => request.req.param(`a${i}` as never) as string);
        const key = `${endpoint.path} ${args.join(" ")}`;
        return send(
          request,
          cache.get(key, endpoint.cacheMs, () => render(endpoint, context, args)),
        );
      });
    }
  }
  return paths;
}

function numbered(): () => string {
  let next = 0;
  return () => `:a${next++}`;
}

function render(endpoint: ClassicEndpoint, context: ClassicContext, args: readonly string[]): Reply {
  const { status = 200, body, as }: ClassicAnswer = endpoint.answer(context, ...args);
  if (as === "bytes") return makeReply(status, "application/octet-stream", body as Uint8Array);
  if (as === "text") return makeReply(status, "text/plain; charset=utf-8", body as string);
  return makeReply(status, "application/json", exactJson(body));
}
