import type { HeraldEvent } from "./event.ts";
import { type Format, type FormatName, formatNames } from "./format.ts";
import { apten } from "./formats/apten.ts";
import { herald } from "./formats/herald.ts";
import { sendpilot } from "./formats/sendpilot.ts";

/** Every wire format by its name. */
export const formats: { readonly [N in FormatName]: Format } = { herald, sendpilot, apten };

export function formatOf(name: FormatName): Format {
  return formats[name];
}

/** The `bit`s of all formats that can express this fact, as one number: stored with the event, for fan-out in SQL. */
export function formatsExpressing(event: HeraldEvent): number {
  let bits = 0;
  for (const name of formatNames) if (formats[name].expresses(event)) bits |= formats[name].bit;
  return bits;
}
