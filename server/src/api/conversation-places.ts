import { z } from "zod";
import type { ConversationPlace } from "../db/conversation-list.ts";
import type { MessagePlace } from "../db/message.ts";
import { type IdKind, isId } from "../domain/id.ts";
import { encodePlace } from "./cursor.ts";

/** Places in lists of conversations and of their messages: a time, and an ID that tells those of one moment apart. */

const place = (kind: IdKind) => z.tuple([z.iso.datetime(), z.string().refine((id) => isId(kind, id))]);

export const conversationPlace = place("conversation").transform(
  ([at, id]): ConversationPlace => ({ lastMessageAt: new Date(at), id }),
);
export const messagePlace = place("message").transform(([at, id]): MessagePlace => ({ at: new Date(at), id }));

export const encodeConversationPlace = ({ lastMessageAt, id }: ConversationPlace): string =>
  encodePlace([lastMessageAt.toISOString(), id]);
export const encodeMessagePlace = ({ at, id }: MessagePlace): string => encodePlace([at.toISOString(), id]);
