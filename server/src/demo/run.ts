import { ApiClient } from "../cli/api-client.ts";
import type { DemoOptions } from "../cli/demo.ts";
import { Failure } from "../cli/failure.ts";
import { onOutputClosed, print } from "../cli/print.ts";
import { type StopSignal, stopSignal } from "../cli/stop-signal.ts";
import { checkDeliveries } from "./check-deliveries.ts";
import { checkLog, type LoggedEvent } from "./check-events.ts";
import { checkMessages, messageComplaints } from "./check-messages.ts";
import { HeraldProcess } from "./herald-process.ts";
import { badRowsOf, describeImport, importComplaints } from "./import-report.ts";
import { type DemoNumbers, demoTable } from "./numbers.ts";
import { Peers } from "./peers.ts";
import { leadsFile, type Person, readPeople } from "./people.ts";
import { type Channel, channels, directMessages, type ExpectedMessage, expectedMessages } from "./script.ts";
import { allowAnyHour, createCampaign, createDestinations, createSenders, importLeads, sendDirectly } from "./setup.ts";
import { type Goal, watchArrivals } from "./watch.ts";

/**
 * `herald demo`: the real program, started as a person would, against peers on loopback that keep what they get; then a
 * count of what they got. Nothing of Herald is replaced, and nothing of Herald's own is asked whether it worked.
 */

/** Everything must have arrived by then; it takes a few seconds. */
const patienceMs = 45_000;

/** Gives what is wrong, in sentences: nothing if every number is right. */
export async function runDemo(options: DemoOptions): Promise<string[]> {
  const started = performance.now();
  let herald: HeraldProcess | null = null;
  let peers: Peers | null = null;
  const stop = stopSignal(() => herald?.removeNow());
  onOutputClosed(stop.request);
  const stopped = stop.requested.then(() => {
    throw new Failure("Stopped; nothing is left behind.", { exitCode: 130 });
  });
  stopped.catch(() => {});
  const orStopped = <T>(work: Promise<T>) => {
    work.catch(() => {});
    return Promise.race([work, stopped]);
  };
  try {
    peers = await orStopped(Peers.start());
    describePeers(peers);
    const running = await orStopped(
      HeraldProcess.start((spawned) => {
        herald = spawned;
      }),
    );
    print(`Herald runs at ${running.url} (process ${running.child.pid}, data in ${running.folder}).`);
    const playing = play(running, peers, started, options, stop).catch((error: Error) => {
      // What could not be called any more matters less than why.
      throw running.running ? error : new Failure(`${whyIncomplete(running)} (${error.message})`, { cause: error });
    });
    const complaints = await orStopped(playing);
    if (options.keep) await stop.requested;
    return complaints;
  } finally {
    if (herald !== null) await (herald as HeraldProcess).remove();
    await peers?.close();
    stop.release();
  }
}

function describePeers({ twilio, unipile, smtp, receivers }: Peers): void {
  print("On this machine, for the demo: three providers that take messages, and three receivers of webhooks.");
  print(`  Unipile (LinkedIn) ${unipile.url}    Twilio (SMS) ${twilio.url}    SMTP 127.0.0.1:${smtp.port}`);
  print(`  herald ${receivers.herald.url}    sendpilot ${receivers.sendpilot.url}    apten ${receivers.apten.url}`);
}

async function play(
  herald: HeraldProcess,
  peers: Peers,
  started: number,
  { json, keep }: DemoOptions,
  stop: StopSignal,
): Promise<string[]> {
  const file = leadsFile();
  const people = readPeople(file);
  const expected = expectedMessages(people);
  const api = new ApiClient(herald.url, herald.key);

  await allowAnyHour(api);
  const senders = await createSenders(api, peers);
  for (const { channel, detail } of senders) print(`  Sender for ${channel}: ${detail}`);
  await createDestinations(api, peers);
  const campaignId = await createCampaign(api, senders);
  const report = await importLeads(api, file, campaignId);
  describeImport(file, report);

  print("The campaign starts: LinkedIn, a second later SMS, a second later email; and ten messages through the API.");
  await api.post(`/v1/campaigns/${campaignId}/start`);
  const died = new AbortController();
  herald.child.once("exit", () => died.abort());
  if (!herald.running) died.abort();
  const directly = Promise.all(directMessages(people).map((message, i) => sendDirectly(api, message, i, senders)));
  const refused = directly.then(
    () => [],
    (error: Error) => [error.message],
  );
  const patience = AbortSignal.any([died.signal, AbortSignal.timeout(patienceMs)]);
  const complete = await watchArrivals(peers, goalOf(expected, people), patience);

  if (stop.isRequested) return [];
  const log = herald.running ? await readLog(api) : [];
  const complaints = [...importComplaints(report, people), ...(complete ? await refused : [])];
  if (!complete) complaints.push(whyIncomplete(herald));
  // In order: whatever Herald still had to send or to say would arrive now, and be counted.
  if (!keep) await herald.stop();
  const messages = checkMessages(expected, peers.arrivals());
  const deliveries = checkDeliveries(log, peers.receivers);
  complaints.push(
    ...messageComplaints(messages),
    ...checkLog(log, { campaignId, leads: people.length, expected, messages }).slice(0, 10),
    ...deliveries.complaints.slice(0, 10),
  );
  if (deliveries.signaturesInvalid > 0) complaints.push(`${deliveries.signaturesInvalid} signatures are wrong`);
  const numbers: DemoNumbers = {
    leads: report.added,
    badRows: badRowsOf(report).length,
    messages: messages.arrived,
    events: log.length,
    deliveries: deliveries.deliveries,
    signaturesValid: deliveries.signaturesValid,
    signaturesInvalid: deliveries.signaturesInvalid,
    lost: messages.lost.length + deliveries.lost,
    duplicates: messages.duplicates.length,
    seconds: Math.round((performance.now() - started) / 100) / 10,
  };
  if (!json) {
    print();
    print(
      demoTable(
        numbers,
        [...messages.found.values()].map((entry) => entry.expected),
      ),
    );
    print();
    if (complaints.length === 0)
      print(`Every number is right: each message arrived once, and everybody was told. ${numbers.seconds} s.`);
  }
  if (keep) describeKept(herald);
  if (json) print(JSON.stringify(numbers));
  return complaints;
}

/** Each message is an event; each lead changes its status once; the campaign starts and finishes. */
function goalOf(expected: readonly ExpectedMessage[], people: readonly Person[]): Goal {
  const of = (channel: Channel) => expected.filter((message) => message.channel === channel).length;
  const messages = Object.fromEntries(channels.map((channel) => [channel, of(channel)])) as Record<Channel, number>;
  const others = people.length + 2;
  const events = {
    herald: expected.length + others,
    sendpilot: messages.linkedin + others,
    apten: messages.sms + messages.email,
  };
  return { messages, events };
}

/** The whole event log, newest first. */
async function readLog(api: ApiClient): Promise<LoggedEvent[]> {
  const log: LoggedEvent[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query = new URLSearchParams({ limit: "500", ...(cursor !== "" && { cursor }) });
    const page: { data: LoggedEvent[]; nextCursor: string | null } = await api.get(`/v1/events?${query}`);
    log.push(...page.data);
    cursor = page.nextCursor;
  }
  return log;
}

function whyIncomplete(herald: HeraldProcess): string {
  const why = herald.running
    ? `after ${patienceMs / 1_000} s not everything had arrived`
    : "Herald ended in the middle";
  const words = herald.lastWords();
  return words === "" ? why : `${why}; the end of its log:\n${words}`;
}

function describeKept({ url, key }: HeraldProcess): void {
  print("Everything is still running, to look around in:");
  print(`  API        ${url}`);
  print(`  Reference  ${url}/docs`);
  print(`  API key    ${key}`);
  print(`  Try        curl -H 'X-API-Key: ${key}' '${url}/v1/events?limit=3'`);
  print("Ctrl-C stops all of it and removes its data.");
}
