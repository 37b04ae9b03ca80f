import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * Runs one loopback peer in a process of its own, so that its work isn't counted as Herald's:
 *
 *   node main.ts receiver|smtp|twilio|unipile '<the peer's options as JSON>'
 *
 * Prints one line of JSON on stdout as soon as it listens: `{"peer", "port", "url", "statsUrl"?}`. Ends when stdin is
 * closed (its parent is gone) or on SIGTERM.
 */
interface Peer {
  port: number;
  /** Where the peer speaks no HTTP or tells its state at another path, this is absent. */
  statsUrl?: string;
  close(): Promise<void>;
}

async function start(peer: string, options: string): Promise<Peer> {
  switch (peer) {
    case "receiver": {
      const { startReceiver } = await import("./receiver.ts");
      const receiver = await startReceiver(JSON.parse(options));
      return { ...receiver, statsUrl: `${receiver.url}_loopback/stats` };
    }
    case "smtp": {
      const { startSmtp } = await import("./smtp.ts");
      const smtp = await startSmtp(JSON.parse(options));
      const stats = await serveStats(() => smtp.stats());
      return {
        port: smtp.port,
        statsUrl: stats.url,
        close: async () => {
          await Promise.all([smtp.close(), stats.close()]);
        },
      };
    }
    case "twilio": {
      const { startTwilio } = await import("./twilio.ts");
      return startTwilio(JSON.parse(options));
    }
    case "unipile": {
      const { startUnipile } = await import("./unipile.ts");
      return startUnipile(JSON.parse(options));
    }
    default:
      throw new Error(`There is no peer ${peer}: use receiver, smtp, twilio or unipile.`);
  }
}

/** `GET /_loopback/stats` for a peer that speaks no HTTP. */
async function serveStats(stats: () => unknown): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(stats()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/_loopback/stats`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const [name = "", options = "{}"] = process.argv.slice(2);
const peer = await start(name, options);
const { port, statsUrl } = peer;
process.stdout.write(`${JSON.stringify({ peer: name, port, url: `http://127.0.0.1:${port}`, statsUrl })}\n`);

let stopping = false;
const stop = async () => {
  if (stopping) return;
  stopping = true;
  await peer.close();
  process.exit(0);
};
process.stdin.on("close", stop).on("error", stop).resume();
process.once("SIGTERM", stop).once("SIGINT", stop);
