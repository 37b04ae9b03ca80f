import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Database } from "../../src/db/pool.ts";
import { HeraldProcess } from "../crash/herald-process.ts";
import { commandsOf } from "./markdown.ts";
import { freePort, type Running, root, Terminal } from "./shell.ts";

/**
 * The commands of the README and of docs/production.md, typed into a shell beside a real Herald, in a folder that looks
 * like the repository. Only what differs from machine to machine is put in: ports, keys, IDs.
 */
const readme = readFileSync(join(root, "README.md"), "utf8");
const production = readFileSync(join(root, "docs/production.md"), "utf8");

/** These are run by .ci/run itself. */
const runByCi = [
  "npm ci",
  "npm run demo",
  "npm run typecheck",
  "npm run lint",
  "npm test",
  "npm run -s bench -- --quick",
];

const herald = new HeraldProcess();
const left = commandsOf(readme + production).filter((command) => !runByCi.includes(command));
const values = new Map<string, string>();
let terminal: Terminal;
let express: Running;
let fastify: Running;

/** Takes the next command that begins like this, with this machine's values in it. */
function command(beginning: string): string {
  const index = left.findIndex((line) => line.startsWith(beginning));
  if (index === -1) throw new Error(`The papers have no (other) command that begins with: ${beginning}`);
  let [line] = left.splice(index, 1) as [string];
  for (const [text, value] of values) line = line.replaceAll(text, value);
  return line;
}

/** Types a curl command and gives its answer. */
async function call<T>(beginning: string): Promise<T> {
  return JSON.parse(await terminal.run(command(beginning))) as T;
}

async function sendToAda(text: string): Promise<void> {
  const recipient = { email: "ada@example.com" };
  await herald.call("POST", "/v1/messages", { channel: "email", recipient, subject: "Hello", text });
}

const base = "http://127.0.0.1:8484";

interface Sent {
  eventId: string;
  data: { messageId: string; content: { text: string } };
}

beforeAll(async () => {
  await herald.start();
  for (const name of ["package.json", "node_modules", "server", "examples"])
    symlinkSync(join(root, name), join(herald.folder, name));
  const port = String(await freePort());
  values.set(base, herald.url).set("127.0.0.1:3000", `127.0.0.1:${port}`).set("hk_live_...", herald.key);
  terminal = new Terminal(herald.folder, { PORT: port, HERALD_URL: herald.url, HERALD_LOG_LEVEL: "warn" });
});
afterAll(async () => {
  await terminal?.close();
  await herald.end();
});

test("the first message is sent and its signed event arrives at the Express handler", async () => {
  await terminal.export(command("export HERALD_API_KEY="));
  expect(await call(`curl ${base}/v1/senders`)).toMatchObject({ provider: "sandbox", status: "active" });
  const destination = await call<{ id: string; secret: string }>(`curl ${base}/v1/destinations `);
  values.set("whsec_...", destination.secret).set("dest_...", destination.id);

  express = terminal.start(command("WEBHOOK_SECRET=whsec_... node examples/handlers/express.mjs"));
  await express.until(/Listening on/);
  const send = command(`curl ${base}/v1/messages `);
  const message = JSON.parse(await terminal.run(send)) as { messageId: string };
  expect(message).toMatchObject({ status: "queued" });
  values.set("msg_...", message.messageId);
  // The handler prints only what it has verified.
  const [, eventId] = await express.until(/(evt_\S+): email to ada@example\.com: Hi Ada, are you free on Tuesday\?\n/);

  const events = await call<{ data: Sent[] }>(`curl '${base}/v1/events?type=message.sent'`);
  expect(events.data).toMatchObject([{ eventId, data: { messageId: message.messageId } }]);
  // The same Idempotency-Key again: no other message.
  expect(JSON.parse(await terminal.run(send))).toMatchObject({ messageId: message.messageId });

  const [shown] = [...readme.matchAll(/^```json\n(.*?)^```$/gms)].map(([, text]) => JSON.parse(text!) as Sent);
  expect(Object.keys(shown!)).toEqual(Object.keys(events.data[0]!));
  expect(Object.keys(shown!.data)).toEqual(Object.keys(events.data[0]!.data));
});

test("herald listen sends the last hour to the Fastify handler, signed with the given secret", async () => {
  await express.stop();
  fastify = terminal.start(command("WEBHOOK_SECRET=whsec_... node examples/handlers/fastify.mjs"));
  await fastify.until(/Listening on/);
  const listen = terminal.start(command("npx herald listen"));
  await listen.until(/message\.sent.*\n +-> 204 in/);
  await fastify.until(/email to ada@example\.com: Hi Ada, are you free on Tuesday\?\n/);
  await listen.stop();

  expect(await call(`curl -X PATCH ${base}/v1/destinations/dest_...`)).toMatchObject({ auth: { type: "bearer" } });
  // After a rotation the handler still has the old secret, and takes what comes.
  const { secret } = await call<{ secret: string }>(`curl -X POST ${base}/v1/destinations/dest_.../rotate-secret`);
  expect(secret).not.toBe(values.get("whsec_..."));
  await sendToAda("After the rotation.");
  await fastify.until(/email to ada@example\.com: After the rotation\.\n/);
});

test("an uncertain message is listed, and resolved by hand", async () => {
  const id = values.get("msg_...");
  const db = herald.database();
  // A sandbox sender leaves none uncertain.
  await db.query("update message set status = 'uncertain', doubted_at = now() where id = $1", [id]);
  await db.close();
  expect(await call(`curl '${base}/v1/messages?status=uncertain'`)).toMatchObject({ data: [{ id }] });
  expect(await call(`curl ${base}/v1/messages/msg_.../resolve`)).toMatchObject({ id, status: "sent" });
});

test("a Herald unpacked from its backup has everything", async () => {
  await herald.kill("SIGTERM");
  await terminal.run(command("tar -cf"));
  renameSync(join(herald.folder, "data"), join(herald.folder, "lost"));
  await terminal.run("tar -xf herald-backup.tar");
  await herald.start();
  const messages = await herald.call<{ data: { id: string }[] }>("GET", "/v1/messages");
  expect(messages.data.map(({ id }) => id)).toContain(values.get("msg_..."));
  // The secret key is there as well: what is sealed with it opens, and signs.
  await sendToAda("After the backup.");
  await fastify.until(/email to ada@example\.com: After the backup\.\n/);
});

test("leads are imported, a campaign applied, a key made, metrics are told, as the README says", async () => {
  const [imported, applied, key, metrics] = await Promise.all([
    terminal.run(command("npx herald leads import")),
    terminal.run(command("npx herald campaigns apply")),
    terminal.run(command("npx herald keys create")),
    terminal.run(command(`curl ${base}/metrics`)),
  ]);
  expect(imported).toContain("60 leads added");
  expect(applied).toContain('"Founders in Berlin" was created as a draft, with 5 steps: camp_');
  const [secret = ""] = /hk_live_\S+/.exec(key) ?? [];
  const leads = await fetch(`${herald.url}/v1/leads?limit=1`, { headers: { authorization: `Bearer ${secret}` } });
  // The good rows of the file, and Ada.
  expect(await leads.json()).toMatchObject({ pagination: { total: 61 } });
  expect(metrics).toMatch(/^herald_outbox_oldest_due_age_seconds\{kind="delivery"\} 0$/m);
});

test("processes share a database, and with private destinations forbidden none can be set up", async () => {
  const admin = herald.database();
  await admin.query("create database readme");
  await admin.close();
  const socket = join(herald.folder, "data/socket");
  values
    .set("postgres://herald:secret@db.internal/herald", `postgres://herald@localhost/readme?host=${socket}`)
    .set("HERALD_SECRET_KEY=...", `HERALD_SECRET_KEY=${randomBytes(32).toString("base64")}`);
  const apart = terminal.another();
  try {
    for (const name of ["DATABASE_URL", "HERALD_SECRET_KEY", "HERALD_ALLOW_PRIVATE_DESTINATIONS"])
      await apart.export(command(`export ${name}=`));
    await apart.export("export HERALD_PORT=0");
    const start = apart.start(command("npm start"));
    const [, url] = await start.until(/API +(http\S+)/);
    const [key] = await start.until(/hk_live_\S+/);
    const worker = apart.start(command("npx herald worker"));
    await worker.until(/Herald is working/);

    const refused = await fetch(`${url}/v1/destinations`, {
      method: "POST",
      headers: { "x-api-key": key!, "content-type": "application/json" },
      body: JSON.stringify({ url: "http://127.0.0.1:3000/webhooks" }),
    });
    expect(await refused.json()).toMatchObject({ code: "invalid_destination_url" });
    const db = new Database({ host: socket, port: 5432, user: "herald", database: "readme" }, 2);
    const { rows } = await db.query<{ n: number }>("select count(*) as n from worker");
    await db.close();
    expect(rows[0]!.n).toBe(2);
    await Promise.all([start.stop(), worker.stop()]);
    expect(start.output).toContain("Stopping");
    expect(worker.output).toContain("Stopping");
  } finally {
    await apart.close();
  }
});

test("no command of the README and of docs/production.md is left that nobody has run", () => {
  // `npm start` stands there twice; it was run once.
  expect(left.filter((line) => line !== "npm start")).toEqual([]);
});

test("what is left to .ci/run is in it", () => {
  const script = readFileSync(join(root, ".ci/run"), "utf8").replace(/\s+/g, " ");
  const papers = [readme, readFileSync(join(root, "CONTRIBUTING.md"), "utf8")];
  expect(runByCi.filter((line) => !script.includes(line))).toEqual([]);
  // CONTRIBUTING has no others, and the list has none that nobody mentions.
  expect(commandsOf(papers[1]!).filter((line) => !runByCi.includes(line))).toEqual([]);
  expect(runByCi.filter((line) => !papers.flatMap(commandsOf).includes(line))).toEqual([]);
});

test("the calls that they name are in the API's description", async () => {
  const listed = [...(readme + production).matchAll(/`(GET|POST|PATCH|PUT|DELETE) (\/[^`\s]*)`/g)];
  expect(listed.length).toBeGreaterThan(10);
  const { paths } = await herald.call<{ paths: Record<string, Record<string, unknown>> }>("GET", "/openapi.json");
  const missing = listed.filter(([, method, path]) => !paths[path!]?.[method!.toLowerCase()]).map(([call]) => call);
  expect(missing).toEqual([]);
  for (const path of ["/docs/", "/healthz", "/readyz"]) expect((await fetch(herald.url + path)).status, path).toBe(200);
});
