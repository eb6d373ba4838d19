import { realpathSync, statSync } from "node:fs";
import { readFile, realpath, stat } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Context, Hono } from "hono";
import { P2PoolError } from "../core/errors.js";
import { makeReply, type Reply, send } from "./replies.js";

/** The folder of a front-end cannot be used. */
export class StaticDirError extends P2PoolError<{ code: "STATIC_DIR" }> {}

/** The built-in front-end, beside the compiled program. */
const BUILT_IN = fileURLToPath(new URL("../../static/", import.meta.url));
const INDEX = "index.html";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** No inline script or style, nothing from or to another host, no plug-in, no frame around it (spec/09 §9). */
const BUILT_IN_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** Front-ends of others have inline scripts and styles; they too stay at home. */
const OTHER_POLICY =
  "default-src 'self' 'unsafe-inline' data:; connect-src *; base-uri 'none'; frame-ancestors 'self'; object-src 'none'";
/** Names of built assets carry a hash of what is in them. */
const HASHED = /-[\w-]{8}\.(js|css)$/;
const FOREVER = "public, max-age=31536000, immutable";
const MAX_FILE_BYTES = 16 * 2 ** 20;

/** Adds `/static/` and the way to it. @throws StaticDirError if the folder given has no `index.html` */
export function addStaticRoutes(app: Hono, staticDir: string | null): void {
  const root = staticDir ?? BUILT_IN;
  const policy = staticDir === null ? BUILT_IN_POLICY : OTHER_POLICY;
  if (staticDir !== null) checkFolder(staticDir);
  const files = new Files(root);
  app.get("/", (context) => context.redirect("static/"));
  app.get("/static", (context) => context.redirect("/static/"));
  app.get("/static/*", async (context) => {
    const name = decodePath(context.req.path.slice("/static/".length));
    const reply = name === null ? null : await files.read(name);
    if (reply === null) return context.notFound();
    context.header("Content-Security-Policy", policy);
    return send(context as Context, reply, HASHED.test(name!) && staticDir === null ? FOREVER : "no-cache");
  });
}

function checkFolder(folder: string): void {
  try {
    if (statSync(join(folder, INDEX)).isFile()) return;
  } catch (error) {
    throw new StaticDirError(`${folder} has no ${INDEX}`, { code: "STATIC_DIR" }, { cause: error });
  }
  throw new StaticDirError(`${folder} has no ${INDEX}`, { code: "STATIC_DIR" });
}

/** The path of a file below the root; null for one that leaves it, is hidden, or has strange characters. */
function decodePath(text: string): string | null {
  let path: string;
  try {
    path = decodeURIComponent(text);
  } catch {
    return null;
  }
  const parts = path.split("/");
  const isStrange = parts.some((part) => part.startsWith(".")) || /[\0\\:]/.test(path);
  if (isStrange) return null;
  return path === "" || path.endsWith("/") ? `${path}${INDEX}` : path;
}

/** Files of a folder as replies; read again when they change. */
class Files {
  private readonly root: string;
  private readonly replies = new Map<string, { readonly mtimeMs: number; readonly reply: Reply }>();

  constructor(root: string) {
    this.root = root;
  }

  async read(name: string): Promise<Reply | null> {
    try {
      const path = await realpath(join(this.root, name));
      // A link may lead out of the folder.
      if (!path.startsWith(`${realpathSync(this.root)}${sep}`)) return null;
      const { mtimeMs, size, isFile } = await stat(path).then((found) => ({
        mtimeMs: found.mtimeMs,
        size: found.size,
        isFile: found.isFile(),
      }));
      if (!isFile || size > MAX_FILE_BYTES) return null;
      const known = this.replies.get(path);
      if (known?.mtimeMs === mtimeMs) return known.reply;
      const type = TYPES[extname(path).toLowerCase()] ?? "application/octet-stream";
      const reply = makeReply(200, type, await readFile(path));
      if (this.replies.size >= MAX_FILES) this.replies.delete(this.replies.keys().next().value!);
      this.replies.set(path, { mtimeMs, reply });
      return reply;
    } catch {
      return null;
    }
  }
}

const MAX_FILES = 200;
