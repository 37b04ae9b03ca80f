import { userInfo } from "node:os";

/**
 * Who runs the command, for the audit trail: the user's name, or `uid 1001` where the machine has none for it, as in a
 * container that was started with a bare user ID.
 */
export function userName(lookUp: () => { username: string } = userInfo): string {
  try {
    return lookUp().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}

/** The acting one of whatever the command changes. */
export const cliActor = () => ({ kind: "cli" as const, id: userName() });
