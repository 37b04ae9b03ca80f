import { createSocket } from "node:dgram";
import { once } from "node:events";

/**
 * A name server on loopback (UDP, RFC 1035) that answers what a test says: IPv4 addresses, in turn where there are several
 * answers; "unknown" (NXDOMAIN); or nothing at all. It has no IPv6 addresses.
 */
export type DnsAnswer = readonly string[] | "unknown" | "silent";

export interface LoopbackDns {
  /** As `node:dns` takes it. */
  server: string;
  /** Questions for IPv4 addresses so far, by name. */
  readonly asked: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** `answers` is asked for each question for IPv4 addresses; `n` counts a name's, from 0. */
export async function startDns(answers: (name: string, n: number) => DnsAnswer): Promise<LoopbackDns> {
  const socket = createSocket("udp4");
  const asked = new Map<string, number>();
  socket.on("message", (question, from) => {
    const { name, type, end } = readQuestion(question);
    const n = asked.get(name) ?? 0;
    if (type === 1) asked.set(name, n + 1);
    const answer = answers(name, type === 1 ? n : 0);
    if (answer === "silent") return;
    socket.send(reply(question.subarray(0, end), answer, type === 1), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    server: `127.0.0.1:${socket.address().port}`,
    asked,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function readQuestion(packet: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = packet[at]!; length > 0; length = packet[at]!) {
    labels.push(packet.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join("."), type: packet.readUInt16BE(at + 1), end: at + 5 };
}

function reply(question: Buffer, answer: readonly string[] | "unknown", withAddresses: boolean): Buffer {
  const addresses = answer === "unknown" || !withAddresses ? [] : answer;
  const head = Buffer.from(question);
  // An answer, recursion available; 3: there is no such name.
  head.writeUInt16BE(answer === "unknown" ? 0x8183 : 0x8180, 2);
  head.writeUInt16BE(addresses.length, 6);
  head.writeUInt32BE(0, 8);
  // The name by reference, type A, class IN, not to be kept, four bytes.
  const records = addresses.map((address) =>
    Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split(".").map(Number)]),
  );
  return Buffer.concat([head, ...records]);
}
