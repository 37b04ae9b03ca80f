import { texts } from "../../text/texts.ts";
import { t } from "./texts.ts";

const words = texts({
  message: (channel: string) => `${channel} message`,
  email: "Email",
  connect: "LinkedIn invitation",
  wait_for_acceptance: "Wait for acceptance",
  task: "Task",
});

/** What a step is, in two words. */
export function stepName({
  action,
  channel,
}: {
  action: string;
  channel: "linkedin" | "sms" | "email" | null;
}): string {
  if (action === "connect") return words.connect;
  if (action === "wait_for_acceptance") return words.wait_for_acceptance;
  if (action === "task") return words.task;
  if (channel === "email") return words.email;
  return words.message(channel === null ? "" : t.channels[channel]);
}
