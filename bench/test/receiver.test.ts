import { expect, it, onTestFinished } from "vitest";
import { newEventId } from "../../server/src/domain/id.ts";
import { startChild } from "../src/child.ts";
import { signedRequest } from "../src/delivery/post.ts";
import { judgeDeliveries } from "../src/judge.ts";
import type { ReceiverCalls } from "../src/receiver.ts";
import { sampleEventData, webhookSecret } from "../src/sample.ts";

async function setup() {
  const receiver = await startChild<ReceiverCalls>(new URL("../src/receiver.ts", import.meta.url), {
    secret: webhookSecret,
  });
  onTestFinished(() => receiver.stop());
  const url = await receiver.call("url", undefined);
  const event = () => ({ eventId: newEventId(Date.now()), workspaceId: "ws_1", data: sampleEventData() });
  const post = async (
    event: { eventId: string; workspaceId: string; data: string },
    secret = webhookSecret,
    tamper = "",
  ) => {
    const { headers, body } = signedRequest(event, secret);
    await fetch(url, { method: "POST", headers, body: body + tamper });
  };
  return { receiver, event, post };
}

const otherSecret = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

it("the receiver's process tells right signatures from wrong ones and from changed bodies", async () => {
  const { receiver, event, post } = await setup();
  const [good, forged, changed] = [event(), event(), event()];
  await Promise.all([post(good), post(forged, otherSecret), post(changed, webhookSecret, " ")]);
  await receiver.call("waitFor", 3);
  const tally = await receiver.call("tally", undefined);
  expect(tally).toMatchObject({ requests: 3, signaturesValid: 1, events: new Map([[good.eventId, 1]]) });
  expect([...tally.arrivedAt.keys()]).toEqual([good.eventId]);
  const verdict = judgeDeliveries([good.eventId, forged.eventId, changed.eventId], tally);
  expect(verdict.ok).toBe(false);
  expect(verdict.checked.arrivedOnce).toBe(1);
});

it("the receiver's process counts what comes twice, and begins anew after each tally", async () => {
  const { receiver, event, post } = await setup();
  const twice = event();
  await Promise.all([post(twice), post(twice)]);
  await receiver.call("waitFor", 2);
  const tally = await receiver.call("tally", undefined);
  expect(judgeDeliveries([twice.eventId], tally).problems).toEqual(["1 events arrived more than once."]);
  expect((await receiver.call("tally", undefined)).requests).toBe(0);
});
