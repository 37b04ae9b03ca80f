import { createServer } from "node:net";

/**
 * A port on which connections are never accepted: it listens, and its thread then sleeps for good. Whoever connects once
 * the few places of its backlog are taken gets no answer at all. Ends when its parent has gone.
 */
const parent = process.ppid;
const server = createServer();
server.listen({ host: "0.0.0.0", port: 0, backlog: 1 }, () => {
  process.send?.((server.address() as { port: number }).port, () => {
    const sleeping = new Int32Array(new SharedArrayBuffer(4));
    while (process.ppid === parent) Atomics.wait(sleeping, 0, 0, 1_000);
    process.exit();
  });
});
