import { type AlertTarget, AlertTargetError, parseTarget } from "../../node/alerts/targets.js";
import { listOption, type OptionValues, textOption, UsageError } from "../options.js";

export const alertOptions = {
  alerts: listOption(
    "alert",
    "URL",
    "where to tell of blocks, workers that stop, trouble and a high stale rate: http(s)://… gets JSON; ntfy://HOST/TOPIC; telegram://TOKEN@CHAT",
    { secret: true },
  ),
  heartbeat: textOption(
    "heartbeat",
    "URL",
    "is called once a minute while the node gives work, for a service that raises an alarm when it is not",
    null,
    { secret: true },
  ),
};

type Values = OptionValues<typeof alertOptions>;

/** @throws UsageError, which does not repeat the text: it may hold a secret */
export function alertTargets({ alerts }: Pick<Values, "alerts">): readonly AlertTarget[] {
  return alerts.map((text) => {
    try {
      return parseTarget(text);
    } catch (error) {
      if (!(error instanceof AlertTargetError)) throw error;
      throw new UsageError(`--alert: the address ${error.message}`, "alert", { cause: error });
    }
  });
}

/** Null without one. @throws UsageError */
export function heartbeatUrl({ heartbeat }: Pick<Values, "heartbeat">): URL | null {
  if (heartbeat === null) return null;
  const url = URL.canParse(heartbeat) ? new URL(heartbeat) : null;
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === "") return url;
  throw new UsageError("--heartbeat: needs http://HOST/PATH or https://HOST/PATH", "heartbeat");
}
