import type { SourceKindName } from "../db/source.ts";
import { aptenSource } from "./kinds/apten.ts";
import { genericSource } from "./kinds/generic.ts";
import { imapSource } from "./kinds/imap.ts";
import { sendpilotSource } from "./kinds/sendpilot.ts";
import { twilioSource } from "./kinds/twilio.ts";
import { unipileSource } from "./kinds/unipile.ts";
import type { SourceKind } from "./source-kind.ts";

/** Every kind of source, by its name. */
export const kindsOfSources: { readonly [K in SourceKindName]: SourceKind } = {
  twilio: twilioSource as SourceKind,
  unipile: unipileSource as SourceKind,
  sendpilot: sendpilotSource as SourceKind,
  apten: aptenSource as SourceKind,
  generic: genericSource as SourceKind,
  imap: imapSource as SourceKind,
};
