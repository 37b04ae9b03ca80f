import { z } from "zod";
import { type EventType, eventTypes } from "../domain/event.ts";
import { typesLike } from "../domain/event-pattern.ts";

/** At most this many names and patterns in one filter. */
const maxPatterns = 100;

const types = z
  .string()
  .max(2_000)
  .transform((list, context): EventType[] | undefined => {
    const patterns = list.split(",").map((pattern) => pattern.trim());
    const found = new Set<EventType>();
    for (const pattern of patterns.slice(0, maxPatterns)) {
      const like = typesLike(pattern);
      for (const type of like) found.add(type);
      if (like.length > 0) continue;
      const there = `There are: ${eventTypes.join(", ")}; and patterns such as message.*.`;
      context.addIssue({ code: "custom", message: `There is no event ${JSON.stringify(pattern)}. ${there}` });
      return z.NEVER;
    }
    if (patterns.length > maxPatterns) {
      context.addIssue({ code: "custom", message: `Give at most ${maxPatterns} types.` });
      return z.NEVER;
    }
    // `*` also stands for types that a newer Herald on the same database records.
    return patterns.includes("*") ? undefined : [...found];
  });

/** Query parameters that leave events out. */
export const eventFilterFields = {
  types: types.optional().meta({
    description: "Only these, separated by commas; `message.*` stands for all that begin so.",
    examples: ["message.*,lead.updated"],
  }),
  leadId: z.string().max(100).optional(),
  campaignId: z.string().max(100).optional(),
};
