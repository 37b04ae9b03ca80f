import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect } from "node:net";

/** Receivers that are ill, each on ports of its own; a base URL of each. */
export interface BadReceivers extends AsyncDisposable {
  /** Answers after 29 s. */
  slow: string;
  /** Answers 500 at once. */
  failing: string;
  /** Never accepts a connection. */
  hanging: string;
}

const slowMs = 29_000;

export async function startBadReceivers(): Promise<BadReceivers> {
  await using undo = new AsyncDisposableStack();
  const listen = async (handler: RequestListener) => {
    const server = createServer(handler);
    server.listen({ host: "0.0.0.0", port: 0, backlog: 1_024 });
    await once(server, "listening");
    undo.defer(() => {
      server.close();
      server.closeAllConnections();
    });
    return `:${(server.address() as AddressInfo).port}`;
  };
  const slow = await listen((request, response) => {
    request.resume();
    const timer = setTimeout(() => response.writeHead(200).end("late"), slowMs);
    response.on("close", () => clearTimeout(timer));
  });
  const failing = await listen((request, response) => {
    request.resume().on("end", () => response.writeHead(500).end("out of order"));
  });
  const sleeper = fork(new URL("never-accepts.ts", import.meta.url));
  undo.defer(() => void sleeper.kill("SIGKILL"));
  const [port] = (await once(sleeper, "message")) as [number];
  // These take the backlog's places.
  const fillers = Array.from({ length: 8 }, () => connect(port, "127.0.0.1").on("error", () => {}));
  undo.defer(() => {
    for (const socket of fillers) socket.destroy();
  });
  await once(fillers[0]!, "connect");
  const cleanUp = undo.move();
  return { slow, failing, hanging: `:${port}`, [Symbol.asyncDispose]: () => cleanUp.disposeAsync() };
}

/** An origin of its own for each of ten, where loopback has more than one address. */
export const badUrl = (port: string, n: number): string =>
  `http://127.0.0.${process.platform === "linux" ? n + 1 : 1}${port}/hook/${n}`;
