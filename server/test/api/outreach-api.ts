import type { AddressInfo } from "node:net";
import type { ApiContext } from "../../src/api/context.ts";
import { LogTail } from "../../src/api/log-tail.ts";
import { buildApi } from "../../src/api/server.ts";
import { SourceCounts } from "../../src/api/source-counts.ts";
import { SourceDesk } from "../../src/api/source-desk.ts";
import { OpenModels } from "../../src/assistant/models.ts";
import type { ChannelAdapter } from "../../src/channels/channel.ts";
import { loadConfig } from "../../src/config.ts";
import { createApiKey } from "../../src/db/api-key.ts";
import { WebhookDeliveries } from "../../src/destinations/webhook/delivery.ts";
import { HttpClient } from "../../src/destinations/webhook/http-client.ts";
import { TestDeliveries } from "../../src/destinations/webhook/test-delivery.ts";
import { Evaluator } from "../../src/expressions/evaluator.ts";
import { testDatabase } from "../database.ts";
import { box, makeEngine, makeWorkspace } from "../factories.ts";

/** A JSON answer: its status, and its body as whatever the test expects it to be. */
export interface Answer {
  status: number;
  body: Record<string, unknown>;
  headers: Headers;
}

export type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

/** The API on a port and a database of its own, with an engine that a test drives by hand (`drain`) or starts. */
export async function outreachApi(adapter?: ChannelAdapter) {
  const { db, close } = await testDatabase();
  const engine = await makeEngine(db, adapter);
  /** What was woken, in order: `delivery`, `message` (where there were lanes) and `planner`. */
  const woken: string[] = [];
  const context: ApiContext = {
    ...{ db, box, config: loadConfig({}), desk: engine.desk, adapters: new Map() },
    tail: new LogTail({ db }),
    expressions: new Evaluator(),
    systems: new Map(),
    testDeliveries: new TestDeliveries(new WebhookDeliveries({ db, box, client: new HttpClient() })),
    wake: (kind, lanes) => void (lanes.length > 0 && woken.push(kind)),
    wakePlanner: () => void woken.push("planner"),
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
  const app = buildApi(context);
  await app.listen({ host: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;

  async function callAs(workspaceId: string, scopes: readonly ("read" | "send" | "admin")[]): Promise<Call> {
    const { secret } = await createApiKey(db, workspaceId, { name: "test", scopes });
    return async (method, path, body, headers = {}) => {
      const json = body !== undefined && !headers["content-type"];
      const response = await fetch(url + path, {
        method,
        headers: { "x-api-key": secret, ...(json && { "content-type": "application/json" }), ...headers },
        ...(body !== undefined && { body: json ? JSON.stringify(body) : (body as string) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === "" ? {} : JSON.parse(text), headers: response.headers };
    };
  }

  return {
    ...{ db, engine, url, woken, callAs },
    /** A new workspace, and a caller that may do everything but administer it. */
    async workspace() {
      const workspaceId = await makeWorkspace(db);
      return { workspaceId, call: await callAs(workspaceId, ["read", "send"]) };
    },
    async close() {
      await app.close();
      await engine.stop();
      await close();
    },
  };
}
