import type { CrmOptions } from "./crm/adapter-parts.ts";
import { closeAdapter } from "./crm/close-adapter.ts";
import { hubspotAdapter } from "./crm/hubspot-adapter.ts";
import { salesforceAdapter } from "./crm/salesforce-adapter.ts";
import { chatAdapter } from "./notify/adapter.ts";
import { chats } from "./notify/chats.ts";
import { type EmailOptions, emailAdapter } from "./notify/email-adapter.ts";
import type { SystemAdapter } from "./system.ts";

export type SystemOptions = CrmOptions & EmailOptions;

/** Every system that events can be told to in its own words, by its kind. Adding one means adding a folder and a line here. */
export function systemAdapters(options: SystemOptions): ReadonlyMap<string, SystemAdapter> {
  const adapters = [
    hubspotAdapter(options),
    salesforceAdapter(options),
    closeAdapter(options),
    ...[...chats.values()].map((chat) => chatAdapter(chat, options)),
    emailAdapter(options),
  ] as unknown as SystemAdapter[];
  return new Map(adapters.map((adapter) => [adapter.kind, adapter]));
}
