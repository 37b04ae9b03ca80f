import { z } from "zod";

const text = z.string().nullable();

/** Who a lead is, beside its ID: for lists of what is about leads. */
export const leadSummary = z
  .object({ firstName: text, lastName: text, company: text, title: text, email: text, phone: text, linkedinUrl: text })
  .nullable()
  .meta({ description: "Who it is. Null: the lead is not there any more." });
