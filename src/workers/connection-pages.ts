import type { ConnectionPage, ConnectionPlace, ConnectionView } from "./connection-view.js";

type Listed = readonly ConnectionView[] | null;

/** A process that serves connections, or null where there is none at the moment. */
type Serving = { connectionsAfter(number: number, limit: number): Promise<Listed> | Listed } | null;

/** A page over the connections of several processes, one after the other; each is asked for no more than is still wanted. Null where one does not say. */
export async function pageOfProcesses(
  processes: readonly Serving[],
  from: ConnectionPlace,
  limit: number,
): Promise<ConnectionPage | null> {
  const items: (ConnectionView & { readonly process: number })[] = [];
  let { number } = from;
  for (let process = from.process; process < processes.length; process++) {
    // One more than wanted, which tells whether there are more.
    const wanted = limit - items.length;
    const serving = processes[process] ?? null;
    const found = serving === null ? [] : await serving.connectionsAfter(number, wanted + 1);
    if (found === null) return null;
    for (const view of found.slice(0, wanted)) items.push({ ...view, process });
    if (found.length > wanted) {
      const last = items.at(-1);
      const next = last?.process === process ? { process, number: last.number } : { process, number: 0 };
      return { items, next };
    }
    number = 0;
  }
  return { items, next: null };
}
