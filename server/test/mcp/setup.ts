import type { AddressInfo } from "node:net";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { makeCampaign, makeLead, makeSender } from "../factories.ts";
import { inboundSms, sourceApi, twilioSender } from "../sources/source-setup.ts";

/** Both revisions of the protocol that clients speak: with a handshake, and without one. */
export const revisions = ["legacy", { pin: "2026-07-28" }] as const;
export type Revision = (typeof revisions)[number];

export const newClient = (mode: Revision = "legacy") =>
  new Client({ name: "test", version: "1.0.0" }, { versionNegotiation: { mode } });

export interface ToolAnswer {
  /** The texts of the result. */
  texts: string[];
  /** The last one, parsed. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the test expects it to be.
  data: any;
  isError: boolean;
}

/** Calls a tool by the real client. */
export async function callTool(client: Client, name: string, given: Record<string, unknown> = {}): Promise<ToolAnswer> {
  const { content, isError = false } = await client.callTool({ name, arguments: given });
  const texts = (content as { text: string }[]).map(({ text }) => text);
  const last = texts.at(-1)!;
  return { texts, isError, data: last.startsWith("{") ? JSON.parse(last) : null };
}

/** A Herald on a port with a lead that wrote something, a campaign and a destination. */
export async function mcpApi() {
  const sources = await sourceApi();
  const { api } = sources;
  await api.app.listen({ host: "127.0.0.1", port: 0 });
  const url = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`;
  const { db, workspaceId } = api;
  const source = await sources.create("twilio");
  await twilioSender(api.call);
  const leadId = await makeLead(db, workspaceId, { firstName: "Ada", phone: "+12025550999" });
  let n = 0;
  const write = (Body: string) =>
    sources.tell(source, inboundSms({ MessageSid: `SM${++n}`, From: "+12025550999", Body }));
  const senderId = await makeSender(db, workspaceId, "email");
  // It is in the campaign, and never writes.
  const quietId = await makeLead(db, workspaceId, { firstName: "Grace" });
  const campaignId = await makeCampaign(db, workspaceId, {
    ...{ senderIds: [senderId], leadIds: [quietId], steps: [{ channel: "email" }] },
  });
  const open: Client[] = [];
  return {
    ...{ api, url, db, workspaceId, leadId, quietId, senderId, campaignId, write },
    /** A client over HTTP with this key. */
    async connect(key: string, mode?: Revision): Promise<Client> {
      const client = newClient(mode);
      const headers = { authorization: `Bearer ${key}` };
      await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers } }));
      open.push(client);
      return client;
    },
    async close() {
      for (const client of open) await client.close();
      await api.close();
    },
  };
}
