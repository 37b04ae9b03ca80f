import { z } from "zod";
import type { ChannelAdapter, OutboundMessage } from "./channel.ts";

/** Where the sandbox puts what it delivers. Storing the same message twice must store it once. */
export interface SandboxStore {
  store(message: OutboundMessage, senderId: string): Promise<void>;
  has(message: OutboundMessage): Promise<boolean>;
}

/**
 * A sender for trying things out without an account: what it sends arrives in a table that can be listed and read, and
 * reaches nobody.
 */
export function sandboxAdapter(store: SandboxStore): ChannelAdapter<Record<string, never>, Record<string, never>> {
  const nothing = z.strictObject({}) as z.ZodType<Record<string, never>>;
  return {
    provider: "sandbox",
    channels: ["linkedin", "sms", "email"],
    config: nothing,
    credentials: nothing,
    concurrency: () => 64,
    canReconcile: true,
    address: () => "sandbox",
    open: (sender) => ({
      async send(message) {
        await store.store(message, sender.senderId);
        return { outcome: "sent", providerMessageId: `sandbox-${message.messageId}` };
      },
      async reconcile(message) {
        const candidates = (await store.has(message)) ? [{ providerMessageId: `sandbox-${message.messageId}` }] : [];
        return { outcome: "found", candidates };
      },
      async verify() {
        return { ok: true, detail: "A sandbox sender is always ready." };
      },
      async close() {},
    }),
  };
}
