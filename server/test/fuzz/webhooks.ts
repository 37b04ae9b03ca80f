import { createHmac } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { signStandard } from "../../src/domain/standard-webhooks.ts";
import { seeded } from "../campaigns/race/race.ts";
import { generateDay } from "../sources/day/generate.ts";
import { host, inboundSms, type sourceApi, twilioToken } from "../sources/source-setup.ts";
import { below, mutateBytes, mutateHeaders, mutateJson, pick, type Random } from "./mutate.ts";

/** Requests at the addresses of sources that are spoilt in every way, against the API and the code that processes them. */

type Given = Awaited<ReturnType<typeof sourceApi>>;
type Source = Awaited<ReturnType<Given["create"]>> & { kind: Kind };

interface Request {
  source: Source;
  body: Buffer;
  headers: Record<string, string>;
}

export interface FuzzResult {
  requests: number;
  accepted: number;
  refused: number;
  /** What must not happen, with the request that it happened at. */
  wrong: string[];
  /** Of the heap after a collection, at the end over the first tenth, in MiB; null in the short run of the suite. */
  grownMb: number | null;
}

const mapping = `type = "sms.in" ? {"type": "message.received", "channel": "sms", "phone": from, "text": text, "id": id}`;
const kinds = ["twilio", "unipile", "sendpilot", "apten", "generic"] as const;
type Kind = (typeof kinds)[number];
/** Requests between two rounds of processing. */
const roundSize = 400;

export async function fuzzWebhooks(given: Given, count: number, seed: number): Promise<FuzzResult> {
  const random = seeded(seed);
  const sources = {} as Record<Kind, Source>;
  for (const kind of kinds) {
    sources[kind] = { ...(await given.create(kind, kind === "generic" ? { mapping } : {})), kind };
  }
  const events = eventsOf(seed);
  const result: FuzzResult = { requests: 0, accepted: 0, refused: 0, wrong: [], grownMb: null };
  let heapBefore: number | null = null;
  for (let n = 0; n < count && result.wrong.length < 20; n += roundSize) {
    const round = Array.from({ length: Math.min(roundSize, count - n) }, () => {
      const kind = pick(random, kinds);
      return requestOf(random, sources[kind], pick(random, events[kind]));
    });
    for (let at = 0; at < round.length; at += 50) {
      await Promise.all(round.slice(at, at + 50).map((request) => send(given, request, result)));
    }
    try {
      await given.drain();
    } catch (error) {
      result.wrong.push(`Processing threw: ${(error as Error).stack}`);
    }
    // On a busy machine a mapping may be cut off by the clock; it is evaluated again after that.
    const failed = given.errors.splice(0).filter((error) => !/The expression took longer than/.test(error));
    result.wrong.push(...failed.map((error) => `Processing failed: ${error}`));
    if (n >= count / 10) heapBefore ??= heapMb();
  }
  const heapAfter = heapMb();
  if (heapBefore !== null && heapAfter !== null) result.grownMb = heapAfter - heapBefore;
  return result;
}

function heapMb(): number | null {
  // Only where it runs for long: Vitest gives its workers no flags of Node's that a project doesn't name.
  if (!process.env.HERALD_FUZZ_REQUESTS) return null;
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed / 1024 ** 2;
}

function eventsOf(seed: number): Record<Kind, (object | string)[]> {
  const { deliveries } = generateDay(300, seed);
  const told = (system: string) => deliveries.filter((one) => one.system === system).map(({ body }) => body);
  const unipile = {
    ...{
      event: "message_received",
      account_id: "a1",
      chat_id: "c1",
      message_id: "m1",
      message: "Hi",
      timestamp: "2026-01-05T09:30:00Z",
    },
    sender: {
      attendee_provider_id: "p1",
      attendee_name: "Jo",
      attendee_profile_url: "https://www.linkedin.com/in/fuzz",
    },
    account_info: { user_id: "u1" },
  };
  const relation = {
    event: "new_relation",
    account_id: "a1",
    user_provider_id: "p1",
    user_profile_url: "https://www.linkedin.com/in/fuzz",
  };
  return {
    sendpilot: told("sendpilot"),
    apten: told("apten"),
    unipile: [unipile, relation, { AccountStatus: { account_id: "a1", message: "CREDENTIALS" } }],
    twilio: [
      inboundSms({}),
      inboundSms({ Body: "STOP", NumMedia: "1", MediaUrl0: "https://a.example/1" }),
      inboundSms({ MessageStatus: "delivered" }),
    ],
    generic: [{ type: "sms.in", from: "+12025550143", text: "Hi", id: "g1" }, { type: "other" }],
  };
}

/** Half of them are spoilt before they are signed, and so say nonsense in a way that is to be believed. */
function requestOf(random: Random, source: Source, event: object | string): Request {
  const text = typeof event === "string" ? event : source.kind === "twilio" ? form(event) : JSON.stringify(event);
  let body: Buffer = Buffer.from(text);
  const times = 1 + below(random, 3);
  const signedAfter = random() < 0.5;
  const spoil = () => {
    for (let n = 0; n < times; n++) {
      if (random() < 0.6) body = mutated(random, source, text);
      else body = mutateBytes(random, body);
    }
  };
  if (signedAfter) spoil();
  let headers = signed(random, source, body);
  if (!signedAfter) {
    if (random() < 0.6) headers = mutateHeaders(random, headers);
    else spoil();
  }
  return { source, body, headers };
}

const form = (event: object) => new URLSearchParams(event as Record<string, string>).toString();

function mutated(random: Random, source: Source, text: string): Buffer {
  if (source.kind !== "twilio") return Buffer.from(JSON.stringify(mutateJson(random, JSON.parse(text))) ?? "");
  const changed = mutateJson(random, Object.fromEntries(new URLSearchParams(text)));
  if (typeof changed !== "object" || changed === null) return Buffer.from(String(changed));
  return Buffer.from(new URLSearchParams(Object.entries(changed).map(([k, v]) => [k, String(v)])).toString());
}

function signed(random: Random, { kind, secret, path }: Source, body: Buffer): Record<string, string> {
  const t = String(Math.floor(Date.now() / 1000));
  const json = { "content-type": "application/json" };
  switch (kind) {
    case "twilio":
      return {
        host,
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": twilioSignature(`https://${host}${path}`, body),
      };
    case "unipile":
      return { ...json, "unipile-auth": secret };
    case "sendpilot":
      return {
        ...json,
        "webhook-signature": `t=${t},s=${hmacOf(secret, Buffer.concat([Buffer.from(`${t}.`), body]))}`,
      };
    case "apten":
      return { ...json, "x-signature-sha256": hmacOf(secret, body) };
    case "generic": {
      const id = `wh_${below(random, 1e9)}`;
      return {
        ...json,
        "webhook-id": id,
        "webhook-timestamp": t,
        "webhook-signature": signStandard(id, t, body, secret),
      };
    }
  }
}

const hmacOf = (secret: string, bytes: Buffer) => createHmac("sha256", secret).update(bytes).digest("hex");

function twilioSignature(url: string, body: Buffer): string {
  const pairs = [...new URLSearchParams(body.toString("utf8"))].sort(([a, x], [b, y]) =>
    a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0,
  );
  // As Twilio's libraries: a name's values are a set.
  const once = pairs.filter((pair, i) => pairs.findIndex((one) => one[0] === pair[0] && one[1] === pair[1]) === i);
  const text = url + once.map(([name, value]) => name + value).join("");
  return createHmac("sha1", twilioToken).update(text).digest("base64");
}

/** Whether a request is signed, judged by other code than Herald's. Where a header may be written in two ways, both are good. */
function isSigned({ source, body, headers }: Request): boolean {
  const { kind, secret, path } = source;
  const text = (name: string) => headers[name] ?? "";
  switch (kind) {
    case "unipile":
      return text("unipile-auth") === secret;
    case "apten":
      return text("x-signature-sha256").trim().toLowerCase() === hmacOf(secret, body);
    case "sendpilot": {
      const parts = text("webhook-signature")
        .split(",")
        .map((part) => part.trim());
      const t = parts.find((part) => part.startsWith("t="))?.slice(2) ?? "";
      const right = hmacOf(secret, Buffer.concat([Buffer.from(`${t}.`), body]));
      return (
        Math.abs(Number(t) * 1000 - Date.now()) < 300_000 && parts.some((part) => part.toLowerCase() === `s=${right}`)
      );
    }
    case "generic": {
      const [id, t] = [text("webhook-id"), text("webhook-timestamp")];
      const right = signStandard(id, t, body, secret);
      return Math.abs(Number(t) * 1000 - Date.now()) < 300_000 && text("webhook-signature").split(" ").includes(right);
    }
    case "twilio": {
      const hosts = [text("x-forwarded-host").split(",")[0]!.trim(), text("host")];
      const urls = hosts.flatMap((name) => [`https://${name}${path}`, `http://${name}${path}`]);
      const near = urls.flatMap((url) => [
        url,
        url.replace(/:\d+\//, "/"),
        url.replace(/^(https?:\/\/[^/]+)/, url.startsWith("https") ? "$1:443" : "$1:80"),
      ]);
      return near.some((url) => twilioSignature(url, body) === text("x-twilio-signature"));
    }
  }
}

async function send(given: Given, request: Request, result: FuzzResult): Promise<void> {
  const { source, body, headers } = request;
  const shown = () =>
    `${source.kind} ${JSON.stringify(headers).slice(0, 600)} ${body.subarray(0, 1_000).toString("base64")} (${body.length} bytes)`;
  result.requests += 1;
  try {
    const post = async () => (await given.call("POST", source.path, { body, headers, key: null })).status;
    let status = await post();
    // A machine that is busy keeps nothing in time, and says so; a sender comes again.
    for (let tries = 1; status === 503 && tries < 5; tries++) status = await post();
    if (status === 200) result.accepted += 1;
    else result.refused += 1;
    if (status >= 500 || status < 200) result.wrong.push(`Status ${status}: ${shown()}`);
    else if (status === 200 && !isSigned(request)) result.wrong.push(`Accepted, and not signed: ${shown()}`);
  } catch (error) {
    result.wrong.push(`${(error as Error).stack}: ${shown()}`);
  }
}
