import { z } from "zod";
import { targetToDifficulty } from "../../core/compact.js";
import { NOTHING } from "./overview.js";
import { PAGE, pageOfList } from "./paging.js";
import { type Resource, resource } from "./resource.js";
import * as schemas from "./schemas.js";

/** Chains that are mined along, and what was found of them. */
export const mergedResources: readonly Resource[] = [
  resource({
    path: "/merged",
    summary: "Chains that are mined along",
    query: z.strictObject(PAGE),
    params: NOTHING,
    reply: schemas.pageOf(schemas.mergedChain),
    get: ({ view }, query) => {
      const chains = view.merged().chains.map(({ target, value, ...chain }) => ({
        ...chain,
        difficulty: typeof target === "bigint" ? targetToDifficulty(target) : null,
        blockValueSat: value === null ? null : String(value),
      }));
      return pageOfList(chains, "merged", query);
    },
  }),
  resource({
    path: "/merged/blocks",
    summary: "Blocks of these chains that this node found since it was started, newest first",
    query: z.strictObject(PAGE),
    params: NOTHING,
    reply: schemas.pageOf(schemas.mergedBlock),
    get: ({ view, isOperator }, query) => {
      const blocks = view.merged().blocks.map(({ worker, reason, ...block }) => ({
        ...block,
        worker: isOperator ? worker : null,
        reason: isOperator ? reason : null,
      }));
      return pageOfList(blocks, "merged-blocks", query);
    },
  }),
];
