import { table } from "../cli/print.ts";
import type { Channel } from "./script.ts";
import { channels, type ExpectedMessage } from "./script.ts";

/** What the demo counted; `--json` prints it as it is. */
export interface DemoNumbers {
  leads: number;
  badRows: number;
  messages: Record<Channel, number>;
  events: number;
  deliveries: { herald: number; sendpilot: number; apten: number };
  signaturesValid: number;
  signaturesInvalid: number;
  /** Messages and events that did not arrive where they should. */
  lost: number;
  /** Messages that reached a person more than once. */
  duplicates: number;
  seconds: number;
}

/** The numbers, and below them the messages by channel and step, for people. */
export function demoTable(numbers: DemoNumbers, arrived: readonly ExpectedMessage[]): string {
  const stepRow = (name: string, step: number | null) => {
    const counts = channels.map((channel) => arrived.filter((m) => m.channel === channel && m.step === step).length);
    return [name, ...counts.map((n) => (n === 0 ? "-" : String(n))), String(counts.reduce((sum, n) => sum + n, 0))];
  };
  const { messages, deliveries } = numbers;
  const total = channels.reduce((sum, channel) => sum + messages[channel], 0);
  const messageRows = [
    ["messages", "LinkedIn", "SMS", "email", "all"],
    stepRow("campaign, step 1", 1),
    stepRow("campaign, step 2", 2),
    stepRow("campaign, step 3", 3),
    stepRow("through the API", null),
    ["at the providers", ...channels.map((channel) => String(messages[channel])), String(total)],
  ];
  const { herald, sendpilot, apten } = deliveries;
  const deliveryRows = [
    ["deliveries", "herald", "sendpilot", "apten", "all"],
    ["at the receivers", String(herald), String(sendpilot), String(apten), String(herald + sendpilot + apten)],
  ];
  const otherRows = [
    ["leads", String(numbers.leads), `and ${numbers.badRows} bad rows`],
    ["events", String(numbers.events), ""],
    ["signatures", String(numbers.signaturesValid), `valid, ${numbers.signaturesInvalid} invalid`],
    ["lost", String(numbers.lost), ""],
    ["duplicates", String(numbers.duplicates), ""],
  ];
  const right = [1, 2, 3, 4];
  return [table(messageRows, right), table(deliveryRows, right), table(otherRows, [1])].join("\n\n");
}
