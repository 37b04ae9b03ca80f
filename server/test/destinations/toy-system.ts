import { z } from "zod";
import type { SystemAdapter, SystemEvent, SystemResult } from "../../src/destinations/system.ts";

/** A system that says what a test has it say, and remembers what it was told. In the place of `close`, a kind that there is. */
export function toySystem(answer: (event: SystemEvent) => SystemResult | Promise<SystemResult>) {
  const told: SystemEvent[] = [];
  const opened: { config: unknown; credentials: unknown }[] = [];
  const adapter: SystemAdapter<{ pipeline: string }, { apiKey: string }> = {
    kind: "close",
    config: z.strictObject({ pipeline: z.string().max(20).default("sales") }),
    credentials: z.strictObject({ apiKey: z.string().min(3) }),
    eventTypes: ["message.sent"],
    concurrency: 4,
    url: ({ pipeline }) => `https://toy.example.com/${pipeline}`,
    open({ config, credentials }) {
      opened.push({ config, credentials });
      return {
        deliver: async (event) => {
          told.push(event);
          return await answer(event);
        },
        verify: async () =>
          credentials.apiKey === "right"
            ? { ok: true, detail: "It works." }
            : { ok: false, code: "key_refused", detail: "The key is refused. Make a new one." },
        close: async () => {},
      };
    },
  };
  return { adapter: adapter as unknown as SystemAdapter, told, opened };
}
