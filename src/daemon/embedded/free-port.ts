import { createServer } from "node:net";

/** A TCP port that nobody listens on at 127.0.0.1 right now; somebody may take it before the caller does. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === "object") resolve(address.port);
        else reject(new Error("the listening socket has no port"));
      });
    });
  });
}
