import type { Template } from "../bitcoin/template.js";
import { nextTurn } from "../platform/clock.js";
import { checkedInSteps } from "./check-template.js";
import type { BlockTemplate } from "./rpc/index.js";
import { templateInSteps } from "./template.js";

/** Longest that the event loop waits for the work on a template. */
const SLICE_MS = 4;

/**
 * The daemon's template decoded, compared with itself, and prepared for jobs. Thousands of transactions take tens of
 * milliseconds, which miners' and peers' messages do not wait for: the work is done in slices.
 *
 * @throws TemplateError
 */
export async function readTemplate(answer: BlockTemplate, height: number, receivedAt: number): Promise<Template> {
  return inSlices(checkedInSteps(await inSlices(templateInSteps(answer, height, receivedAt))));
}

async function inSlices<T>(steps: Generator<void, T>): Promise<T> {
  for (let endMs = performance.now() + SLICE_MS; ; ) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() < endMs) continue;
    await nextTurn();
    endMs = performance.now() + SLICE_MS;
  }
}
