import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { mainFile, runCli } from "../cli/run.ts";
import { callTool, mcpApi, newClient, type Revision, revisions } from "./setup.ts";

let given: Awaited<ReturnType<typeof mcpApi>>;
beforeAll(async () => {
  given = await mcpApi();
});
afterAll(() => given.close());

async function connect(mode: Revision) {
  const client = newClient(mode);
  const env = { HERALD_URL: given.url, HERALD_API_KEY: given.api.keys.read };
  const transport = new StdioClientTransport({ command: process.execPath, args: [mainFile, "mcp"], env });
  onTestFinished(() => client.close());
  await client.connect(transport);
  return client;
}

test("herald mcp serves the tools on standard input and output, with what its key may do", async () => {
  for (const revision of revisions) {
    const client = await connect(revision);
    expect((await client.listTools()).tools.length).toBeGreaterThan(20);
    expect((await callTool(client, "get_lead", { leadId: given.leadId })).data).toMatchObject({
      ...{ id: given.leadId, dataFromOutside: { firstName: "Ada" } },
    });
    const draft = await callTool(client, "draft_message", { leadId: given.leadId, channel: "sms", text: "Hi" });
    expect(draft.data).toMatchObject({ draft: true, status: "waiting" });
    const refused = await callTool(client, "start_campaign", { campaignId: given.campaignId });
    expect([refused.isError, refused.texts[0]]).toEqual([true, expect.stringContaining("scope send or admin")]);
  }
});

test("a missing key, a wrong one, and a Herald that isn't there are said at once", async () => {
  const run = (env: Record<string, string>) => runCli(["mcp"], { env: { HERALD_URL: given.url, ...env } });
  expect(await run({})).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("herald keys create") });
  expect(await run({ HERALD_API_KEY: "hk_live_x" })).toMatchObject({ code: 1, stderr: expect.stringContaining("401") });
  const nowhere = { HERALD_API_KEY: given.api.keys.read, HERALD_URL: "http://127.0.0.1:9" };
  expect(await run(nowhere)).toMatchObject({ code: 1, stderr: expect.stringContaining("No Herald answers") });
});
