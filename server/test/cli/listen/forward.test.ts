import { expect, onTestFinished, test } from "vitest";
import { type ForwardOptions, forward } from "../../../src/cli/listen/forward.ts";
import type { HeraldEvent } from "../../../src/domain/event.ts";
import { formatNames } from "../../../src/domain/format.ts";
import { formatOf } from "../../../src/domain/formats.ts";
import { type ReceiverOptions, startReceiver } from "../../../src/loopback/receiver.ts";
import { eventOf, message } from "../../domain/formats-events.ts";

const started = {
  ...{ eventId: "evt_1700000000000_abcdefghi", eventType: "campaign.started", workspaceId: "ws_x" },
  ...{ timestamp: "2023-11-14T22:13:20.000Z" },
  data: { campaignId: "camp_x", campaignName: "Spring", totalLeads: 1, startedAt: "2023-11-14T22:13:20.000Z" },
} as HeraldEvent;

async function receiver(options: ReceiverOptions) {
  const handler = await startReceiver(options);
  onTestFinished(() => handler.close());
  return handler;
}

function settings(url: string, more: Partial<ForwardOptions> = {}) {
  const failures: [string, number | null][] = [];
  const format = more.format ?? formatOf("herald");
  const options: ForwardOptions = {
    ...{ url, format, secret: format.newSecret(), pauses: [1, 2], downPauses: [1] },
    onFailure: (reason, nextInMs) => failures.push([reason, nextInMs]),
    signal: new AbortController().signal,
    ...more,
  };
  return { options, failures };
}

test.each(formatNames)(
  "in the %s format a handler gets the body and a signature as from a destination",
  async (name) => {
    const format = formatOf(name);
    const { options } = settings("", { format });
    const handler = await receiver({ format: name, secret: options.secret });
    const event = eventOf("message.sent", message({ channel: name === "sendpilot" ? "linkedin" : "sms" }));
    expect(await forward(event, { ...options, url: handler.url })).toMatchObject({ delivered: true, status: 200 });
    const [request] = handler.requests;
    expect(request!.valid).toBe(true);
    expect(request!.raw.toString()).toBe(format.body({ ...event, data: JSON.stringify(event.data) }));
  },
);

test("an answer other than 2xx is tried again a few times and then given up, each time signed, under one ID", async () => {
  const { options, failures } = settings("");
  const handler = await receiver({ format: "herald", secret: options.secret, answer: { status: 500 } });
  expect(await forward(started, { ...options, url: handler.url })).toEqual({
    delivered: false,
    reason: "answered 500",
  });
  expect(failures).toEqual([
    ["answered 500", 1],
    ["answered 500", 2],
    ["answered 500", null],
  ]);
  expect(handler.stats()).toMatchObject({ received: 3, signaturesValid: 3, distinctEvents: 1 });
});

test("while the handler is down the event waits, for longer than a refusal would be tried, and arrives when it is back", async () => {
  const { options } = settings("");
  const before = await startReceiver({ format: "herald", secret: options.secret });
  const { url, port } = before;
  await before.close();
  let downs = 0;
  const onFailure = (reason: string) => {
    expect(reason).toContain("ECONNREFUSED");
    if (++downs === 10) back.resolve(receiver({ format: "herald", secret: options.secret, port }));
  };
  const back = Promise.withResolvers<Awaited<ReturnType<typeof receiver>>>();
  expect(await forward(started, { ...options, url, onFailure })).toMatchObject({ delivered: true });
  expect((await back.promise).stats()).toMatchObject({ received: 1, signaturesValid: 1 });
});

test("it stops waiting for a handler when it is told to", async () => {
  const stop = new AbortController();
  const { options } = settings("http://127.0.0.1:9/", { signal: stop.signal, downPauses: [60_000] });
  expect(await forward(started, { ...options, onFailure: () => stop.abort() })).toEqual({
    delivered: false,
    reason: "stopped",
  });
});
