import type { FastifyInstance } from "fastify";
import { pino } from "pino";
import type { ApiContext } from "../../src/api/context.ts";
import type { Endpoint } from "../../src/api/endpoint.ts";
import { LogTail } from "../../src/api/log-tail.ts";
import { buildApi } from "../../src/api/server.ts";
import { SourceCounts } from "../../src/api/source-counts.ts";
import { SourceDesk } from "../../src/api/source-desk.ts";
import { OpenModels } from "../../src/assistant/models.ts";
import { MessageDesk } from "../../src/campaigns/desk.ts";
import type { ChannelAdapter } from "../../src/channels/channel.ts";
import { smtp } from "../../src/channels/email/smtp.ts";
import { sandboxAdapter } from "../../src/channels/sandbox.ts";
import { twilio } from "../../src/channels/sms/twilio.ts";
import { type HeraldConfig, loadConfig } from "../../src/config.ts";
import { createApiKey } from "../../src/db/api-key.ts";
import type { TouchedLane } from "../../src/db/event.ts";
import type { LaneKind } from "../../src/db/outbox.ts";
import type { Database } from "../../src/db/pool.ts";
import { sandboxStore } from "../../src/db/sandbox.ts";
import { insertWorkspace } from "../../src/db/workspace.ts";
import type { SystemAdapter } from "../../src/destinations/system.ts";
import { WebhookDeliveries } from "../../src/destinations/webhook/delivery.ts";
import { HttpClient } from "../../src/destinations/webhook/http-client.ts";
import { TestDeliveries } from "../../src/destinations/webhook/test-delivery.ts";
import type { Scope } from "../../src/domain/rights.ts";
import { SecretBox } from "../../src/domain/seal.ts";
import { Evaluator } from "../../src/expressions/evaluator.ts";
import { testDatabase } from "../database.ts";

export const box = new SecretBox(Buffer.alloc(32, 7));

export interface Reply {
  status: number;
  headers: Readonly<Record<string, string | string[] | number | undefined>>;
  /** The parsed body; null where there is none. */
  body: ReturnType<typeof JSON.parse>;
}

export interface SetupOptions {
  config?: Partial<HeraldConfig>;
  adapters?: readonly ChannelAdapter[];
  systems?: readonly SystemAdapter[] | ((db: Database) => readonly SystemAdapter[]);
  extraEndpoints?: readonly Endpoint[];
  docs?: boolean;
  /** In place of the run's database. */
  db?: Database;
}

/** An API on a database of its own, with one workspace and a key of each scope. */
export async function setup(options: SetupOptions = {}) {
  const opened = await testDatabase();
  const db = options.db ?? opened.db;
  const workspace = await insertWorkspace(opened.db, { name: "Test" });
  // SMS go out at any hour, because tests run at any.
  await opened.db.query(`update workspace set sms_hours = '{"from": "00:00", "to": "24:00"}' where id = $1`, [
    workspace.id,
  ]);
  const secretOf = async (scope: Scope, workspaceId = workspace.id) =>
    (await createApiKey(opened.db, workspaceId, { name: scope, scopes: [scope] })).secret;
  const keys = { admin: await secretOf("admin"), read: await secretOf("read"), send: await secretOf("send") };
  const woken: { kind: LaneKind; lane: TouchedLane }[] = [];
  const logged: Record<string, unknown>[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const adapters = [twilio, smtp, sandboxAdapter(sandboxStore(db)), ...(options.adapters ?? [])] as ChannelAdapter[];
  const expressions = new Evaluator();
  const client = new HttpClient({ timeoutMs: 60_000 });
  const { systems: given = [] } = options;
  const systems = new Map(
    (typeof given === "function" ? given(db) : given).map((system) => [system.kind as string, system]),
  );
  const context: ApiContext = {
    db,
    box,
    config: { ...loadConfig({ HERALD_LOG_LEVEL: "silent" }), ...options.config },
    desk: new MessageDesk({ db, wake: () => {} }),
    adapters: new Map(adapters.map((adapter) => [adapter.provider, adapter])),
    tail: new LogTail({ db, everyMs: 20 }),
    expressions,
    systems,
    testDeliveries: new TestDeliveries(new WebhookDeliveries({ db, box, client, evaluator: expressions, systems })),
    wake: (kind, lanes) => void woken.push(...lanes.map((lane) => ({ kind, lane }))),
    wakePlanner: () => {},
    wakeReplays: () => {},
    sourceCounts: new SourceCounts(db),
    sourceDesk: new SourceDesk(db, { answerMs: 20_000 }),
    wakeSources: () => {},
    wakeLists: () => {},
    wakeMailboxes: () => {},
    wakeEraser: () => {},
    wakeUndoer: () => {},
    models: new OpenModels({ box, fetchFor: () => fetch }),
    wakeAssistant: () => {},
  };
  const app: FastifyInstance = buildApi(context, {
    log,
    docs: options.docs ?? false,
    extraEndpoints: options.extraEndpoints ?? [],
  });
  await app.ready();

  /** Calls the API; with the admin key unless `key` says otherwise (null: none). */
  async function call(
    method: string,
    url: string,
    {
      body,
      key = keys.admin,
      headers = {},
    }: { body?: unknown; key?: string | null; headers?: Record<string, string> } = {},
  ): Promise<Reply> {
    const raw = typeof body === "string" || Buffer.isBuffer(body);
    const response = await app.inject({
      method: method as "GET",
      url,
      headers: {
        ...(key === null ? {} : { "x-api-key": key }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: raw ? body : JSON.stringify(body) }),
    });
    return {
      status: response.statusCode,
      headers: response.headers,
      body:
        response.body === ""
          ? null
          : /json/.test(String(response.headers["content-type"]))
            ? response.json()
            : response.body,
    };
  }

  return {
    app,
    db: opened.db,
    databaseConfig: opened.config,
    context,
    workspaceId: workspace.id,
    keys,
    secretOf,
    woken,
    logged,
    call,
    async close() {
      await app.close();
      await client.close();
      expressions.close();
      await opened.close();
    },
  };
}

export type Api = Awaited<ReturnType<typeof setup>>;
