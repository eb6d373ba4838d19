import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { seededRandom } from "../../../../src/core/random.js";
import { createLogger } from "../../../../src/platform/log.js";
import { type WebOptions, WebSide } from "../../../../src/web/app.js";
import type { NodeView } from "../../../../src/web/view.js";
import { VirtualClock } from "../../workers/support/virtual-clock.js";

export type Get = (path: string, init?: RequestInit) => Promise<Response>;

/** The web side of a view on a port of its own, until the test ends. */
export async function serve(
  t: TestContext,
  view: NodeView,
  clock = new VirtualClock(),
  more: Partial<WebOptions> = {},
): Promise<{ port: number; get: Get; web: WebSide }> {
  const options = {
    view,
    clock,
    random: seededRandom(1),
    log: createLogger("silent"),
    password: null,
    staticDir: null,
  };
  const web = new WebSide({ ...options, ...more });
  web.start();
  t.after(() => web.stop());
  const server = createServer(web.listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, web, get: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init) };
}
