import { Agent, request } from "undici";
import { herald } from "../../../server/src/domain/formats/herald.ts";
import { eventIdTime } from "../../../server/src/domain/id.ts";
import { connections } from "./settings.ts";

/** One delivery as a job queue's payload has it. */
export interface DeliveryJob {
  eventId: string;
  workspaceId: string;
  url: string;
  /** JSON text. */
  data: string;
}

const baseHeaders = { "content-type": "application/json", "user-agent": "Herald/0.1" };

/** The request that Herald makes of an event, signed now. */
export function signedRequest({ eventId, workspaceId, data }: Omit<DeliveryJob, "url">, secret: string) {
  const timestamp = new Date(eventIdTime(eventId) ?? 0).toISOString();
  const body = herald.body({ eventId, eventType: "message.sent", timestamp, workspaceId, data });
  return { body, headers: { ...baseHeaders, ...herald.sign({ eventId, body, secrets: [secret], at: new Date() }) } };
}

/** POSTs by undici's documented `request`, over `connections` connections: the baseline, and the job queues' handlers. */
export function startPoster() {
  const agent = new Agent({ connections, pipelining: 1 });
  return {
    async post(url: string | URL, headers: Record<string, string>, body: string): Promise<void> {
      const answer = await request(url, { dispatcher: agent, method: "POST", headers, body });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`The receiver answered ${answer.statusCode}.`);
    },
    close: () => agent.destroy(),
  };
}

/** A job queue's handler as a team would write it: signs (with Herald's code, which keeps the decoded key), POSTs, and keeps no log. */
export function startDeliverer(secret: string) {
  const { post, close } = startPoster();
  return {
    async deliver(job: DeliveryJob): Promise<void> {
      const { headers, body } = signedRequest(job, secret);
      await post(job.url, headers, body);
    },
    close,
  };
}
