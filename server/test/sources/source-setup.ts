import { createHmac } from "node:crypto";
import type { SourceKindName } from "../../src/db/source.ts";
import { signStandard } from "../../src/domain/standard-webhooks.ts";
import { SourceProcessor } from "../../src/sources/processor.ts";
import { setup } from "../api/setup.ts";

/** What the other side does: it signs, as its documentation says, with code of its own. */

export const twilioToken = "0123456789abcdef0123456789abcdef";
export const accountSid = `AC${"0".repeat(32)}`;
export const host = "hooks.example.com";

/** X-Twilio-Signature of a form that is POSTed to `url`. */
export function signTwilio(url: string, form: Record<string, string>, token = twilioToken): string {
  const fields = Object.keys(form)
    .sort()
    .map((name) => name + form[name])
    .join("");
  return createHmac("sha1", token)
    .update(url + fields)
    .digest("base64");
}

export const hmac = (secret: string, text: string) => createHmac("sha256", secret).update(text).digest("hex");

export interface Sent {
  path: string;
  body: string;
  headers: Record<string, string>;
}

/** Sources of an API, with a processor that the test drives. */
export async function sourceApi(options: Parameters<typeof setup>[0] = {}) {
  const api = await setup(options);
  const errors: string[] = [];
  const moved: string[] = [];
  const newProcessor = (db = api.db) =>
    new SourceProcessor({
      db,
      expressions: api.context.expressions,
      wakeDeliveries: () => {},
      wakePlanner: () => void moved.push("planner"),
      onError: (_, error) => errors.push((error as Error).message),
    });
  const processor = newProcessor();

  async function create(kind: SourceKindName, fields: object = {}) {
    const secret = kind === "twilio" ? twilioToken : kind === "sendpilot" ? "sendpilot-secret-0123" : undefined;
    const { status, body } = await api.call("POST", "/v1/sources", {
      body: { kind, ...(secret && { secret }), ...fields },
    });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return { id: body.id as string, path: body.path as string, secret: (body.secret ?? secret) as string, kind };
  }
  type Made = Awaited<ReturnType<typeof create>>;

  /** A request as the kind's sender makes it. `event`: the form's fields, or the JSON (a text as it is). */
  function signed(source: Made, event: object | string, { at = Date.now(), id = "wh_1" } = {}): Sent {
    const { path, secret } = source;
    const json = { "content-type": "application/json" };
    const body = typeof event === "string" ? event : JSON.stringify(event);
    switch (source.kind) {
      case "twilio": {
        const form = event as Record<string, string>;
        const headers = {
          host,
          "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
          "x-twilio-signature": signTwilio(`https://${host}${path}`, form, secret),
        };
        return { path, body: new URLSearchParams(form).toString(), headers };
      }
      case "unipile":
        return { path, body, headers: { ...json, "unipile-auth": secret } };
      case "sendpilot": {
        const t = Math.floor(at / 1000);
        return { path, body, headers: { ...json, "webhook-signature": `t=${t},s=${hmac(secret, `${t}.${body}`)}` } };
      }
      case "apten":
        return { path, body, headers: { ...json, "x-signature-sha256": hmac(secret, body) } };
      case "generic": {
        const t = String(Math.floor(at / 1000));
        const signature = signStandard(id, t, body, secret);
        const headers = { ...json, "webhook-id": id, "webhook-timestamp": t, "webhook-signature": signature };
        return { path, body, headers };
      }
      case "imap":
        throw new Error("Nothing is sent to a mailbox's source.");
    }
  }

  const post = ({ path, body, headers }: Sent) => api.call("POST", path, { body, headers, key: null });

  /** Processes all that is due now. */
  async function drain(): Promise<void> {
    while ((await processor.runOnce()) > 0);
  }

  return {
    ...{
      api,
      db: api.db,
      config: api.databaseConfig,
      workspaceId: api.workspaceId,
      call: api.call,
      errors,
      moved,
      newProcessor,
    },
    ...{ create, signed, post, drain },
    /** Sends events and has them processed. */
    async tell(source: Made, ...events: (object | string)[]) {
      for (const event of events) {
        const { status, body } = await post(signed(source, event));
        if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
      }
      await drain();
    },
    async received(source: Made, status?: string) {
      const { body } = await api.call("GET", `/v1/sources/${source.id}/received${status ? `?status=${status}` : ""}`);
      return body.data as {
        id: string;
        type: string;
        status: string;
        detail: string;
        body: string;
        messageId: string;
      }[];
    },
    /** Events of the log, oldest first. */
    async events() {
      const { rows } = await api.db.query<{ type: string; data: string; formats: number }>(
        "select type, data, formats from event where workspace_id = $1 order by id",
        [api.workspaceId],
      );
      return rows.map(({ type, data, formats }) => ({ type, data: JSON.parse(data), formats }));
    },
    async lead(id: string) {
      return (await api.call("GET", `/v1/leads/${id}`)).body;
    },
    async messages(leadId: string) {
      return (await api.call("GET", `/v1/messages?leadId=${leadId}`)).body.data.toReversed();
    },
    close: () => api.close(),
  };
}

/** A Twilio sender of the account, whose number is +15550100. */
export async function twilioSender(call: Awaited<ReturnType<typeof setup>>["call"], from = "+15005550006") {
  const body = {
    ...{ name: "SMS", channel: "sms", provider: "twilio" },
    ...{ config: { accountSid, from }, credentials: { authToken: twilioToken } },
  };
  return (await call("POST", "/v1/senders", { body })).body.id as string;
}

/** A message that came in by SMS. */
export const inboundSms = (fields: Record<string, string>) => ({
  ...{ MessageSid: "SM1", AccountSid: accountSid, SmsStatus: "received", NumMedia: "0" },
  ...{ From: "+12025550143", To: "+15005550006", Body: "Hello" },
  ...fields,
});
