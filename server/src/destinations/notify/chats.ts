import type { Chat } from "./chat.ts";
import { discord } from "./discord.ts";
import { slack } from "./slack.ts";
import { teams } from "./teams.ts";

/** Every chat, by its kind. */
export const chats: ReadonlyMap<string, Chat> = new Map([slack, teams, discord].map((chat) => [chat.kind, chat]));
