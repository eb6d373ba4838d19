import { z } from "zod";
import { type Check, ok, problem, unknown, warning } from "../../node/doctor/check.js";

const TIMEOUT_MS = 5_000;

const infoSchema = z.looseObject({ name: z.string(), version: z.string(), network: z.string() });
const statusSchema = z.looseObject({
  state: z.string(),
  uptimeSeconds: z.number(),
  chain: z.looseObject({ height: z.number().nullable(), verifiedHeight: z.number().nullable() }),
  peers: z.looseObject({ incoming: z.number(), outgoing: z.number() }),
  connections: z.number(),
});
const warningsSchema = z.looseObject({
  items: z.array(z.looseObject({ id: z.string(), severity: z.enum(["error", "info", "warning"]), text: z.string() })),
});

/** What a node that runs on this machine says of itself; null if there is none of this network. */
export async function askRunningNode(
  { host, port }: { readonly host: string; readonly port: number },
  network: string,
): Promise<readonly Check[] | null> {
  const reachable =
    host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "[::1]" : host.includes(":") ? `[${host}]` : host;
  const base = `http://${reachable}:${port}/api/v1/`;
  const ask = async <T>(path: string, schema: z.ZodType<T>): Promise<T> => {
    const response = await fetch(`${base}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return schema.parse(await response.json());
  };
  try {
    const info = await ask("info", infoSchema);
    if (info.network !== network) return null;
    const [status, { items }] = await Promise.all([ask("status", statusSchema), ask("warnings", warningsSchema)]);
    const { state, chain, peers, connections, uptimeSeconds } = status;
    const text = `version ${info.version} runs here for ${Math.floor(uptimeSeconds / 60)} minutes: ${state}, ${chain.height ?? 0} shares, ${chain.verifiedHeight ?? 0} of them verified, ${peers.outgoing} + ${peers.incoming} other nodes, ${connections} miners' connections`;
    const node = state === "ready" ? ok("node", text) : problem("node", text);
    const reach =
      peers.incoming > 0
        ? ok("reachable", `${peers.incoming} other nodes have connected to it`)
        : unknown("reachable", "no other node is connected to it that it has not called itself");
    return [
      node,
      reach,
      ...items.map(({ id, severity, text: told }) => {
        return severity === "error" ? problem(id, told) : severity === "warning" ? warning(id, told) : ok(id, told);
      }),
    ];
  } catch {
    return null;
  }
}
