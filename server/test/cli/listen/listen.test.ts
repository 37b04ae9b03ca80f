import { expect, onTestFinished, test } from "vitest";
import { startReceiver } from "../../../src/loopback/receiver.ts";
import { databaseSettings, outputOf, runCli, spawnCli } from "../run.ts";

test("events of a real Herald are printed, and reach a handler with the secret that was given", async () => {
  const { env } = await databaseSettings();
  const herald = spawnCli(["start", "--port", "0"], { env });
  const output = outputOf(herald);
  const key = (await output.until(/(hk_live_[\w-]{43})\n/))[1]!;
  const url = (await output.until(/API +(http:\S+)\n/))[1]!;
  const call = async (path: string, body: unknown) => {
    const headers = { "x-api-key": key, "content-type": "application/json" };
    const response = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    expect(response.ok, await response.clone().text()).toBe(true);
    return (await response.json()) as { id: string };
  };
  const secret = "a secret of sixteen";
  const handler = await startReceiver({ format: "apten", secret });
  onTestFinished(() => handler.close());
  await call("/v1/senders", { name: "Trial", channel: "email", provider: "sandbox" });
  const recipient = { email: "ada@example.com" };
  await call("/v1/messages", { channel: "email", recipient, subject: "Before", text: "Sent before, and asked for" });

  const common = ["listen", "--url", url, "--key", key];
  const args = [...common, "--forward-to", handler.url, "--format", "apten", "--secret", secret, "--since", "1h"];
  const listening = spawnCli(args, { env });
  const heard = outputOf(listening);
  await heard.until(/Sent before[\s\S]*-> 200 in \d+ ms/);
  await call("/v1/messages", { channel: "email", recipient, subject: "While", text: "Sent while it listens" });
  await heard.until(/Sent while it listens[\s\S]*-> 200 in \d+ ms/);
  listening.kill("SIGINT");
  expect(await heard.finished()).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("Stopped. 2 events seen, 2 delivered, 0 given up."),
  });
  expect(handler.stats()).toMatchObject({ received: 2, signaturesValid: 2 });
  expect(heard.said.stdout).not.toContain(secret);

  const unknown = await runCli(["listen", "--url", url, "--key", `hk_live_${"x".repeat(43)}`]);
  expect(unknown).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("Herald doesn't know this API key; make another one with: herald keys create"),
  });
});

test.each([
  [["--key", "k", "--url", "http://127.0.0.1:9"], 1, "No Herald answers at http://127.0.0.1:9"],
  [[], 2, "No API key was given: use --key or HERALD_API_KEY"],
  [["--key", "k", "--types", "message.sent,nope"], 2, 'There is no event "nope"; there are: message.sent,'],
  [["--key", "k", "--types", "mesage.*"], 2, 'There is no event "mesage.*"; there are: message.sent,'],
  [["--key", "k", "--format", "apten", "--types", "campaign.*"], 2, "The format apten has no campaign.*"],
  [["--key", "k", "--format", "apten", "--types", "lead.updated"], 2, "The format apten has no lead.updated"],
  [["--key", "k", "--since", "yesterday-ish"], 2, '--since "yesterday-ish" can\'t be understood'],
  [["--key", "k", "--secret", "short"], 2, "--secret can't be used: The secret must begin with whsec_"],
])("herald listen %j says what is wrong", async (args, exit, sentence) => {
  const { code, stderr } = await runCli(["listen", ...args], { env: { HERALD_API_KEY: "" } });
  expect(stderr).toContain(`herald: ${sentence}`);
  expect(code).toBe(exit);
});
