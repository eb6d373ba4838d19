import type { NodeView } from "./view.js";

const MAX_TEMPLATE_AGE = 60;

/** What keeps the node from being ready (spec/12 D.5); empty when it is. */
export function failingChecks(view: NodeView, now: number): readonly string[] {
  const template = view.template();
  const state = view.state();
  const failing: string[] = [];
  if (template === null || now - template.receivedAt >= MAX_TEMPLATE_AGE) failing.push("template");
  if (view.figures.best === null && view.network.persist && view.peers() !== null) failing.push("best_share");
  if (view.peers()?.length === 0 && view.network.persist) failing.push("peers");
  if (view.ports().stratum === null) failing.push("worker_port");
  if (state === "bad_rules") failing.push("rules");
  return failing;
}
