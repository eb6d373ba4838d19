import { ruleName } from "../bitcoin/template-rules.js";
import { type BlockchainInfo, type CallOptions, MethodNotFoundError, type RpcClient } from "./rpc/index.js";

/**
 * Names out of `required` that the daemon does not list: one that does not know a fork takes invalid blocks for good
 * (spec/07 §4). Daemons list them in three places, by age; only what is missing in one is looked for in the next. `chain`: null if the daemon does not tell of it.
 *
 * @throws RpcClientError, the signal's reason
 */
export async function missingForks(
  required: readonly string[],
  chain: Pick<BlockchainInfo, "bip9_softforks" | "softforks"> | null,
  rpc: Pick<RpcClient, "getBlockTemplate" | "getDeploymentInfo">,
  templateRules: readonly string[],
  options: CallOptions = {},
): Promise<readonly string[]> {
  const places = [
    async () => [...forkNames(chain?.softforks), ...forkNames(chain?.bip9_softforks)],
    async () => Object.keys((await rpc.getDeploymentInfo(options)).deployments),
    async () => (await rpc.getBlockTemplate({ rules: templateRules }, options)).rules.map(ruleName),
  ];
  let missing = required;
  for (const place of places) {
    if (missing.length === 0) break;
    const known = await ifThere(place);
    missing = missing.filter((name) => !known.includes(name));
  }
  return missing;
}

/** In any of the shapes that daemons give: a list of objects with an id, a list of names, or an object by name. */
export function forkNames(given: unknown): readonly string[] {
  if (Array.isArray(given)) return given.flatMap(nameOf);
  return typeof given === "object" && given !== null ? Object.keys(given) : [];
}

function nameOf(entry: unknown): readonly string[] {
  if (typeof entry === "string") return [entry];
  if (typeof entry !== "object" || entry === null || !("id" in entry)) return [];
  return typeof entry.id === "string" ? [entry.id] : [];
}

/** Nothing if the daemon does not have the method. */
async function ifThere(list: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await list();
  } catch (error) {
    if (error instanceof MethodNotFoundError) return [];
    throw error;
  }
}
