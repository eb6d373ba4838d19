import { z } from "zod";
import { ApiError } from "./resource.js";

/** Query members of every list (spec/12 D.1). */
export const PAGE = {
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(100).optional(),
};

export interface Page<T> {
  items: T[];
  count: number;
  nextCursor: string | null;
}

/**
 * A page of a list that is in memory in its order. The cursor is a position in the list of a tip; when that tip's list is
 * not kept any more, `stale_cursor`.
 */
export function pageOfList<T>(
  list: readonly T[],
  listId: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Page<T> {
  const start = cursor === undefined ? 0 : positionOf(cursor, listId);
  const end = start + limit;
  const nextCursor = end < list.length ? encodeCursor(`${listId}:${end}`) : null;
  return { items: list.slice(start, end), count: list.length, nextCursor };
}

export function encodeCursor(text: string): string {
  return Buffer.from(text).toString("base64url");
}

/** What a cursor says. @throws ApiError for one that we did not make */
export function decodeCursor(cursor: string, pattern: RegExp): RegExpExecArray {
  const match = pattern.exec(Buffer.from(cursor, "base64url").toString());
  if (match === null) throw new ApiError("bad_request", "The cursor is not one of ours.");
  return match;
}

function positionOf(cursor: string, listId: string): number {
  const [, id, position] = decodeCursor(cursor, /^([\w.-]{1,70}):(\d{1,9})$/);
  if (id !== listId) throw new ApiError("stale_cursor", "The list has changed since; begin again.");
  return Number(position);
}

/** Lists of the last tips by their id, so that pages of one list fit together while it changes (spec/12 D.1). */
export class ListKeeper<T> {
  private readonly lists = new Map<string, readonly T[]>();

  /** The list that a cursor belongs to, if it is kept; otherwise the present one. */
  page(
    current: { readonly id: string; readonly make: () => readonly T[] },
    query: { limit: number; cursor?: string | undefined },
  ): Page<T> {
    const wanted = query.cursor === undefined ? null : decodeCursor(query.cursor, /^([\w.-]{1,70}):/)[1]!;
    const id = wanted !== null && this.lists.has(wanted) ? wanted : current.id;
    let list = this.lists.get(id);
    if (list === undefined) {
      list = current.make();
      this.lists.set(id, list);
      if (this.lists.size > KEPT_LISTS) this.lists.delete(this.lists.keys().next().value!);
    }
    return pageOfList(list, id, query);
  }
}

const KEPT_LISTS = 3;

/** Comma-separated addresses, 50 at most. */
export const addressList = z
  .string()
  .max(5000)
  .transform((text) => text.split(",").filter((address) => address !== ""))
  .refine((list) => list.length <= 50, "at most 50 addresses");
