import { z } from "zod";
import { joinShareChain } from "../../sharechain/serve.js";
import type { ShareForest, ShareNode } from "../../sharechain/share-node.js";
import type { NodeView } from "../view.js";
import { shareDetail, shareItem } from "./describe-share.js";
import { NOTHING } from "./overview.js";
import { decodeCursor, encodeCursor, PAGE, type Page } from "./paging.js";
import { type ApiContext, ApiError, type Resource, resource } from "./resource.js";
import * as schemas from "./schemas.js";

type Item = z.input<typeof schemas.shareItem>;

const oneShare = z.strictObject({ hash: schemas.hash });
/** Ends of chains that are listed. */
const MAX_ENDS = 100;
/** Most raw shares of one reply, and their bytes: past that the reply ends early. */
const MAX_RAW = 500;
const MAX_RAW_BYTES = 900_000;

export const shareResources: readonly Resource[] = [
  resource({
    path: "/shares",
    summary: "Shares of the best chain, newest first; of another chain, of an address, or our own",
    query: z.strictObject({
      ...PAGE,
      head: schemas.hash.optional(),
      address: z.string().max(128).optional(),
      mine: z.literal("1").optional(),
    }),
    params: NOTHING,
    reply: schemas.pageOf(schemas.shareItem),
    get: (context, query) => listShares(context, query),
  }),
  resource({
    path: "/shares/tree",
    summary: "The shares that came in last, forks and all, the first to come first",
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(500).default(120) }),
    params: NOTHING,
    reply: schemas.tree,
    get: ({ view, now }, { limit }) => ({
      tip: view.figures.best?.id ?? null,
      items: view.recentShares.list(limit).map((node) => shareItem(view, node, now())),
    }),
  }),
  resource({
    path: "/shares/{hash}",
    summary: "Everything about a share, its generation transaction taken apart",
    query: NOTHING,
    params: oneShare,
    reply: schemas.shareDetail,
    get: (context, _query, { hash }) => shareDetail(context, find(context.view, hash)),
  }),
  {
    path: "/shares/{hash}/raw",
    summary: "A share as it goes over the wire",
    query: NOTHING,
    params: oneShare,
    reply: null,
    operatorOnly: false,
    isTable: false,
    cacheMs: 1000,
    get: ({ view }, _query, params) => find(view, (params as z.output<typeof oneShare>).hash).item.share.raw,
  },
  {
    path: "/shares/{hash}/chain",
    summary:
      "Shares as they go over the wire, from one down: for each its length as a compact size, then its bytes. Fewer than asked for where the reply would be too long",
    query: z.strictObject({ count: z.coerce.number().int().min(1).max(MAX_RAW).default(MAX_RAW) }),
    params: oneShare,
    reply: null,
    operatorOnly: false,
    isTable: false,
    cacheMs: 1000,
    get: ({ view }, query, params) =>
      rawChain(find(view, (params as z.output<typeof oneShare>).hash), (query as { count: number }).count),
  },
  resource({
    path: "/chain",
    summary: "Ends of all chains",
    query: NOTHING,
    params: NOTHING,
    reply: schemas.chain,
    get: ({ view: { tracker } }) => ({
      heads: ends([...tracker.main.heads()]),
      tails: ends(tails(tracker.main)),
      verifiedHeads: ends([...tracker.verified.heads()]),
      verifiedTails: ends(tails(tracker.verified)),
    }),
  }),
];

function find({ tracker }: NodeView, hash: string): ShareNode {
  const node = tracker.main.get(hash);
  if (node === undefined) throw new ApiError("not_found", "No such share is in the share chain.");
  return node;
}

function listShares(
  context: ApiContext,
  query: {
    limit: number;
    cursor?: string | undefined;
    head?: string | undefined;
    address?: string | undefined;
    mine?: "1" | undefined;
  },
): Page<Item> {
  const { view } = context;
  const describe = (node: ShareNode): Item => shareItem(view, node, context.now());
  if (query.mine !== undefined) {
    const own = view.ownShares.newest(OWN_LISTED).flatMap((id) => view.tracker.main.get(id) ?? []);
    return pageFrom(own, query, describe);
  }
  if (query.address !== undefined) return pageFrom(view.figures.sharesOf(query.address), query, describe);
  const head = query.head === undefined ? view.figures.best : find(view, query.head);
  if (head === null) return { items: [], count: 0, nextCursor: null };
  return pageDown(view, head, query, describe);
}

const OWN_LISTED = 5000;

/** Down a chain: the cursor is the share that comes next, so that it stays right while the tip moves. */
function pageDown(
  view: NodeView,
  head: ShareNode,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  describe: (node: ShareNode) => Item,
): Page<Item> {
  let node: ShareNode | null = head;
  if (cursor !== undefined) {
    node = view.tracker.main.get(decodeCursor(cursor, /^([0-9a-f]{64})$/)[1]!) ?? null;
    if (node === null) throw new ApiError("stale_cursor", "The chain does not reach that far any more.");
  }
  const items: Item[] = [];
  for (; node !== null && items.length < limit; node = node.parent) items.push(describe(node));
  return { items, count: head.height, nextCursor: node === null ? null : encodeCursor(node.id) };
}

/** In a list of shares: the cursor is the share that comes next. */
function pageFrom(
  nodes: readonly ShareNode[],
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  describe: (node: ShareNode) => Item,
): Page<Item> {
  let start = 0;
  if (cursor !== undefined) {
    const id = decodeCursor(cursor, /^([0-9a-f]{64})$/)[1]!;
    start = nodes.findIndex((node) => node.id === id);
    if (start < 0) throw new ApiError("stale_cursor", "That share is not in the list any more.");
  }
  const next = nodes[start + limit];
  return {
    items: nodes.slice(start, start + limit).map(describe),
    count: nodes.length,
    nextCursor: next === undefined ? null : encodeCursor(next.id),
  };
}

function rawChain(from: ShareNode, count: number): Uint8Array {
  const raws: Uint8Array[] = [];
  let bytes = 0;
  for (const { item } of from.chain(Math.min(count, from.height))) {
    const { raw } = item.share;
    if (bytes + raw.length > MAX_RAW_BYTES && raws.length > 0) break;
    raws.push(raw);
    bytes += raw.length;
  }
  return joinShareChain(raws);
}

function tails(forest: ShareForest): ShareNode[] {
  return [...forest.tails().keys()].flatMap((tail) => [...forest.childrenOf(tail)]);
}

function ends(nodes: ShareNode[]): { items: z.input<typeof schemas.chainEnd>[]; count: number } {
  const sorted = nodes.sort((a, b) => (a.work < b.work ? 1 : a.work > b.work ? -1 : 0));
  return {
    items: sorted.slice(0, MAX_ENDS).map((node) => ({
      hash: node.id,
      height: node.height,
      work: String(node.work),
      seenAt: node.item.seenAt === 0 ? null : node.item.seenAt,
    })),
    count: nodes.length,
  };
}
