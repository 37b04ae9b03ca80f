/** What a destination is. `webhook` is told in a format; each of the others is a system with words of its own. */
export const destinationKinds = [
  "webhook",
  "hubspot",
  "salesforce",
  "close",
  "slack",
  "teams",
  "discord",
  "email",
] as const;
export type DestinationKind = (typeof destinationKinds)[number];
export type SystemKind = Exclude<DestinationKind, "webhook">;
