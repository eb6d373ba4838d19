import { z } from "zod";
import { seededRandom } from "../../core/random.js";
import type { PoolBlock } from "../../stats/pool-blocks.js";
import { payoutsNow } from "../classic/figures.js";
import { scalePayouts } from "../classic/send-many.js";
import type { NodeView } from "../view.js";
import { describeStratum } from "./describe-miners.js";
import { NOTHING } from "./overview.js";
import { addressList, ListKeeper, PAGE, pageOfList } from "./paging.js";
import { describePeer } from "./peers.js";
import { ApiError, type Resource, resource } from "./resource.js";
import * as schemas from "./schemas.js";

type User = z.input<typeof schemas.poolUser>;
type PayoutItem = z.input<typeof schemas.payoutItem>;

const address = z.string().min(1).max(128);
const satoshi = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform((digits) => BigInt(digits));

/** Lists of payees; made anew for each tip, kept for the last three. One set for each web side. */
export function payeeResources(): readonly Resource[] {
  const users = new ListKeeper<User>();
  const payouts = new ListKeeper<PayoutItem>();
  return [
    resource({
      path: "/pool/users",
      summary: "Who mines in the pool, by part of the recent work",
      query: z.strictObject({ ...PAGE, address: addressList.optional() }),
      params: NOTHING,
      reply: schemas.pageOf(schemas.poolUser),
      get: ({ view }, query) => {
        const id = listId(view);
        if (query.address === undefined) return users.page({ id, make: () => listUsers(view) }, query);
        const wanted = new Set(query.address);
        return pageOfList(
          listUsers(view).filter((user) => wanted.has(user.address)),
          id,
          query,
        );
      },
    }),
    resource({
      path: "/payouts/current",
      summary: "What a block found now would pay",
      query: z.strictObject({ ...PAGE, address: addressList.optional() }),
      params: NOTHING,
      reply: schemas.payouts,
      get: ({ view }, query) => {
        const template = view.template();
        if (template === null || view.figures.best === null) {
          throw new ApiError("not_ready", "There is no share chain or no block template yet.");
        }
        const id = `${listId(view)}-${template.subsidy}`;
        const list = listPayouts(view);
        const wanted = new Set(query.address);
        const page =
          query.address === undefined
            ? payouts.page({ id, make: () => list }, query)
            : pageOfList(
                list.filter((item) => wanted.has(item.address)),
                id,
                query,
              );
        const total = String([...payoutsNow(view).values()].reduce((sum, amount) => sum + amount, 0n));
        return { ...page, subsidySat: String(template.subsidy), totalSat: total, outputs: list.length };
      },
    }),
    resource({
      path: "/payouts/scaled",
      summary: "A donation divided among those whom a block would pay, small parts by lot",
      query: z.strictObject({
        totalSat: satoshi,
        thresholdSat: satoshi.default(1_000_000n),
        seed: z.coerce.number().int().min(0).max(0xffffffff).default(0),
      }),
      params: NOTHING,
      reply: schemas.scaledPayouts,
      get: ({ view }, { totalSat, thresholdSat, seed }) => ({
        totalSat: String(totalSat),
        thresholdSat: String(thresholdSat),
        seed,
        items: [...scalePayouts(payoutsNow(view), totalSat, thresholdSat, seededRandom(seed))].map(
          ([payee, amount]) => ({ address: payee, amountSat: String(amount) }),
        ),
      }),
    }),
  ];
}

function listId({ figures }: NodeView): string {
  return figures.best?.id.slice(-16) ?? "none";
}

function listUsers(view: NodeView): User[] {
  const { users, userStales, poolRate } = view.figures;
  return [...users].map(([payee, fraction]) => ({
    address: payee,
    fraction,
    rate: poolRate === null ? null : fraction * poolRate,
    shares: view.figures.countsOf(payee).shares,
    staleFraction: userStales.get(payee) ?? null,
  }));
}

function listPayouts(view: NodeView): PayoutItem[] {
  const amounts = [...payoutsNow(view)].filter(([, amount]) => amount > 0n);
  const total = amounts.reduce((sum, [, amount]) => sum + amount, 0n);
  return amounts.map(([payee, amount]) => ({
    address: payee,
    amountSat: String(amount),
    fraction: Number(amount) / Number(total),
    own: payee === view.address,
  }));
}

export function blockItem({ tracker }: NodeView, block: PoolBlock): z.input<typeof schemas.block> {
  const { effort, hash } = block;
  return {
    ...block,
    share: tracker.main.has(hash) ? hash : null,
    luck: effort === null || effort <= 0 ? null : 1 / effort,
  };
}

export const listResources: readonly Resource[] = [
  resource({
    path: "/blocks",
    summary: "Blocks that the pool found, newest first",
    query: z.strictObject({
      ...PAGE,
      from: z.coerce.number().optional(),
      to: z.coerce.number().optional(),
      finder: address.optional(),
    }),
    params: NOTHING,
    reply: schemas.pageOf(schemas.block),
    get: ({ view }, { from, to, finder, ...query }) => {
      const list = view.blocks.list.filter(
        (block) =>
          (from === undefined || block.foundAt >= from) &&
          (to === undefined || block.foundAt <= to) &&
          (finder === undefined || block.finder === finder),
      );
      const page = pageOfList(list, "blocks", query);
      return { ...page, items: page.items.map((block) => blockItem(view, block)) };
    },
  }),
  resource({
    path: "/blocks/{hash}",
    summary: "One block of the pool",
    query: NOTHING,
    params: z.strictObject({ hash: schemas.hash }),
    reply: schemas.block,
    get: ({ view }, _query, { hash }) => {
      const block = view.blocks.get(hash);
      if (block === null) throw new ApiError("not_found", "No such block of the pool is known.");
      return blockItem(view, block);
    },
  }),
  resource({
    path: "/miners",
    summary: "Miners of this node, the fastest first",
    query: z.strictObject({ ...PAGE, address: addressList.optional() }),
    params: NOTHING,
    reply: schemas.pageOf(schemas.minerItem),
    get: (context, query) => {
      const miners = context.miners.current;
      const page = pageOfList(query.address ?? miners.addresses(), "miners", query);
      return { ...page, items: page.items.flatMap((payee) => miners.item(payee) ?? []) };
    },
  }),
  resource({
    path: "/miners/{address}",
    summary: "One miner with its workers",
    query: NOTHING,
    params: z.strictObject({ address }),
    reply: schemas.miner,
    get: (context, _query, params) => {
      const miner = context.miners.current.miner(params.address);
      if (miner === null) {
        throw new ApiError("not_found", "This address neither mines here nor would be paid by a block.");
      }
      return miner;
    },
  }),
  resource({
    path: "/miners/{address}/workers",
    summary: "All workers of a miner, the busiest first",
    query: z.strictObject(PAGE),
    params: z.strictObject({ address }),
    reply: schemas.pageOf(schemas.worker),
    get: (context, query, params) => pageOfList(context.miners.current.workers(params.address), "workers", query),
  }),
  resource({
    path: "/stratum",
    summary: "Totals of the miners' connections",
    query: NOTHING,
    params: NOTHING,
    reply: schemas.stratum,
    get: (context) => describeStratum(context),
  }),
  resource({
    path: "/peers",
    summary: "Connected nodes",
    query: z.strictObject(PAGE),
    params: NOTHING,
    reply: schemas.pageOf(schemas.peer),
    get: ({ view, isOperator }, query) => {
      const list = (view.peers() ?? []).map((peer) => describePeer(view, peer, { isOperator, showPeers: true }));
      return pageOfList(list, "peers", query);
    },
  }),
  resource({
    path: "/daemon",
    summary: "The coin daemon",
    query: NOTHING,
    params: NOTHING,
    reply: schemas.daemon,
    operatorOnly: true,
    get: ({ view, now }) => {
      const { version, connections, warnings, latencySeconds } = view.daemon();
      const template = view.template();
      return {
        version,
        connections,
        warnings: [...warnings],
        latencySeconds,
        template:
          template === null
            ? null
            : {
                height: template.height,
                transactions: template.transactions,
                ageSeconds: Math.max(0, now() - template.receivedAt),
                valueSat: String(template.subsidy),
              },
      };
    },
  }),
];
