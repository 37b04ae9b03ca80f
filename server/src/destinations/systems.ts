import { type ChatOptions, chatAdapter } from "./notify/adapter.ts";
import { chats } from "./notify/chats.ts";
import type { SystemAdapter } from "./system.ts";

/** Every system that events can be told to in its own words, by its kind. Adding one means adding a folder and a line here. */
export function systemAdapters(options: ChatOptions): ReadonlyMap<string, SystemAdapter> {
  const adapters: SystemAdapter[] = [...chats.values()].map((chat) => chatAdapter(chat, options));
  return new Map(adapters.map((adapter) => [adapter.kind, adapter]));
}
