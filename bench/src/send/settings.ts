import type { HeraldConfig } from "../../../server/src/config.ts";

/** The providers that messages are sent through here. */
export const routes = {
  twilio: { channel: "sms", connections: 64 },
  smtp: { channel: "email", connections: 5 },
} as const;
export type Route = keyof typeof routes;

export const account = { accountSid: `AC${"0".repeat(32)}`, authToken: "benchmark", from: "+12025550100" };
export const mailFrom = "outreach@bench.example";

export interface SendSettings {
  config: HeraldConfig;
  route: Route;
  /** Of the provider, on loopback. */
  port: number;
  workspaceId: string;
}

/** What a lead is told; the number makes each text its own. */
export const textFor = (n: number) => `Hi Jane, good to be connected. Would a short call on Tuesday suit you? (${n})`;
export const subject = "A short call";
