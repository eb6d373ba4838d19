import { z } from "zod";
import type { ConnectionPlace, ConnectionSummary } from "../view.js";
import { payeeOf } from "./describe-miners.js";
import { NOTHING } from "./overview.js";
import { decodeCursor, encodeCursor, PAGE } from "./paging.js";
import { ApiError, liveResource, type Resource } from "./resource.js";
import * as schemas from "./schemas.js";

const START: ConnectionPlace = { process: 0, number: 0 };

export const connectionResources: readonly Resource[] = [
  liveResource({
    path: "/connections",
    summary: "Connections of Stratum miners, those of each process in the order in which they came",
    query: z.strictObject(PAGE),
    params: NOTHING,
    reply: schemas.pageOf(schemas.connection),
    operatorOnly: true,
    get: async ({ view }, { cursor, limit }) => {
      const page = await view.connections(cursor === undefined ? START : placeOf(cursor), limit);
      if (page === null)
        throw new ApiError("not_ready", "A worker process does not say which it has; try again later.");
      const { items, next } = page;
      return {
        items: items.map(describeConnection),
        count: view.stratum().connections,
        nextCursor: next === null ? null : encodeCursor(`connections:${next.process}:${next.number}`),
      };
    },
  }),
];

/** A cursor is a place in the order of connecting, which those that come and go do not move. */
function placeOf(cursor: string): ConnectionPlace {
  const [, process, number] = decodeCursor(cursor, /^connections:(\d{1,4}):(\d{1,15})$/);
  return { process: Number(process), number: Number(number) };
}

function describeConnection(connection: ConnectionSummary): z.input<typeof schemas.connection> {
  const { counts, extranonce1, hashRate, versionMask, worker } = connection;
  return {
    id: hexOf(extranonce1),
    process: connection.process,
    remoteAddress: connection.remoteAddress,
    userAgent: connection.userAgent,
    address: worker === null ? null : payeeOf(worker),
    worker: worker === null ? null : worker.slice(payeeOf(worker).length + 1),
    difficulty: connection.difficulty,
    versionMask: hexOf(versionMask),
    results: counts,
    rate: hashRate,
    connectedAt: connection.connectedAt,
    lastSubmitAt: connection.lastSubmitAt,
    bytesIn: connection.bytesIn,
    bytesOut: connection.bytesOut,
    unsentBytes: connection.unsentBytes,
  };
}

function hexOf(number: number): string {
  return number.toString(16).padStart(8, "0");
}
