import { Readable, type Writable } from "node:stream";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { messageLines, type Refusal } from "../../src/mcp/lines.ts";
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

test("what is no message is answered, a batch comes apart, and nobody waits for ever", async () => {
  const refused: Refusal[] = [];
  const ping = (id: number) => ({ jsonrpc: "2.0", id, method: "ping" });
  const noted = { ...ping(6), params: { é: "é" } };
  const told = { jsonrpc: "2.0", method: "notifications/initialized" };
  const deep = `{"jsonrpc":"2.0","id":5,"method":"x","params":{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}}`;
  const lines = [
    ...[JSON.stringify(ping(1)), '{"jsonrpc":', "", "[]", '"ping"', '{"id":2,"method":"ping"}', JSON.stringify(told)],
    ...[JSON.stringify([ping(3), { ...ping(4), jsonrpc: "1.0" }]), "x".repeat(600_000), `${deep}\r`],
    JSON.stringify(noted),
  ];
  const bytes = Buffer.from(`${lines.join("\n")}\n{"jsonrpc":"2.0","id":7`);
  // Chunks that end within lines and letters.
  const chunks = (function* () {
    for (let n = 0; n < bytes.length; n += 65_521) yield bytes.subarray(n, n + 65_521);
  })();
  const passed: string[] = [];
  for await (const line of messageLines(Readable.from(chunks), (one) => refused.push(one))) passed.push(line.trim());
  expect(passed).toEqual([lines[0], lines[6], JSON.stringify(ping(3)), deep, JSON.stringify(noted)]);
  expect(refused.map(({ id, error }) => [id, error.code])).toEqual([
    [null, -32_700],
    [null, -32_600],
    [null, -32_600],
    [2, -32_600],
    [4, -32_600],
    [null, -32_600],
  ]);
});

test("a client that writes nonsense goes on with its connection", async () => {
  const client = await connect("legacy");
  const { transport } = client as unknown as { transport: { _process: { stdin: Writable } } };
  transport._process.stdin.write(`{"jsonrpc":\n${"x".repeat(12_000_000)}\n`);
  expect((await client.listTools()).tools.length).toBeGreaterThan(20);
});

test("a missing key, a wrong one, and a Herald that isn't there are said at once", async () => {
  const run = (env: Record<string, string>) => runCli(["mcp"], { env: { HERALD_URL: given.url, ...env } });
  expect(await run({})).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("herald keys create") });
  expect(await run({ HERALD_API_KEY: "hk_live_x" })).toMatchObject({ code: 1, stderr: expect.stringContaining("401") });
  const nowhere = { HERALD_API_KEY: given.api.keys.read, HERALD_URL: "http://127.0.0.1:9" };
  expect(await run(nowhere)).toMatchObject({ code: 1, stderr: expect.stringContaining("No Herald answers") });
});
