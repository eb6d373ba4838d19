import type { Template } from "../bitcoin/template.js";
import { inSlices } from "../platform/slices.js";
import { checkedInSteps } from "./check-template.js";
import type { BlockTemplate } from "./rpc/index.js";
import { templateInSteps } from "./template.js";

/**
 * The daemon's template decoded, compared with itself, and prepared for jobs. Thousands of transactions take tens of
 * milliseconds, which miners' and peers' messages do not wait for: the work is done in slices.
 *
 * @throws TemplateError
 */
export async function readTemplate(answer: BlockTemplate, height: number, receivedAt: number): Promise<Template> {
  return inSlices(checkedInSteps(await inSlices(templateInSteps(answer, height, receivedAt))));
}
