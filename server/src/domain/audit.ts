import { hash } from "node:crypto";

/**
 * How the audit trail is sealed. Entries of a minute are the leaves of a Merkle tree (RFC 9162, 2.1: leaves and nodes are
 * hashed with different first bytes); a seal's hash binds the tree's root, the number of entries and the seal before. So
 * whoever holds one seal's hash can tell whether anything before it was changed, removed, inserted or moved.
 */

/** An entry as it is hashed. */
export interface AuditEntry {
  workspaceId: string;
  /** Unix milliseconds. */
  at: number;
  id: string;
  kind: "act" | "event";
  actorKind: string;
  actor: string | null;
  action: string;
  target: string | null;
  leadId: string | null;
  requestId: string | null;
  ip: string | null;
  /** Of what it says; in hex, as it is hashed. */
  contentHash: string;
}

export const hashBytes = 32;
export const noHash = Buffer.alloc(hashBytes);
/** Of a node: 1, and the two below it. */
const nodeBytes = 1 + 2 * hashBytes;

/**
 * The leaves of entries, one after the other: SHA-256 of each one's fields, as a JSON list behind a zero byte. Hashes come as
 * text and are written into one buffer: of a buffer for each, making and removing them took longer than hashing.
 */
export function leavesOf(entries: readonly AuditEntry[]): Buffer {
  const leaves = Buffer.allocUnsafe(hashBytes * entries.length);
  for (const [n, entry] of entries.entries()) {
    const { workspaceId, at, id, kind, actorKind, actor, action, target, leadId, requestId, ip, contentHash } = entry;
    const fields = [workspaceId, at, id, kind, actorKind, actor, action, target, leadId, requestId, ip, contentHash];
    leaves.write(hash("sha256", `\0${JSON.stringify(fields)}`, "hex"), n * hashBytes, "hex");
  }
  return leaves;
}

/** SHA-256 of an act's content behind its salt. */
export function contentHashOf(salt: Buffer, content: string): Buffer {
  return hash("sha256", Buffer.concat([salt, Buffer.from(content)]), "buffer");
}

/**
 * The Merkle root over leaves that stand one after the other. A level with an odd number hands its last node up as it is. Of
 * none: SHA-256 of nothing.
 */
export function merkleRoot(leaves: Buffer): Buffer {
  if (leaves.length === 0) return hash("sha256", "", "buffer");
  // Each level is written over the one below, behind what was read of it.
  const level = Buffer.from(leaves);
  const node = Buffer.alloc(nodeBytes, 1);
  for (let count = leaves.length / hashBytes; count > 1; count = Math.ceil(count / 2)) {
    for (let n = 0; n + 1 < count; n += 2) {
      level.copy(node, 1, n * hashBytes, (n + 2) * hashBytes);
      level.write(hash("sha256", node, "hex"), (n / 2) * hashBytes, "hex");
    }
    if (count % 2 === 1) level.copy(level, ((count - 1) / 2) * hashBytes, (count - 1) * hashBytes, count * hashBytes);
  }
  return Buffer.from(level.subarray(0, hashBytes));
}

/** What a seal's hash binds. */
export interface SealBody {
  workspaceId: string;
  level: "minute" | "day";
  no: number;
  /** Unix milliseconds. */
  beginsAt: number;
  /** The time of the last entry; of a day, that of its last minute's. */
  lastAt: number;
  count: number;
  root: Buffer;
  previous: Buffer;
}

export function sealHash({ workspaceId, level, no, beginsAt, lastAt, count, root, previous }: SealBody): Buffer {
  const fields = [workspaceId, level, no, beginsAt, lastAt, count, root.toString("hex"), previous.toString("hex")];
  return hash("sha256", `\x02${JSON.stringify(fields)}`, "buffer");
}

/** What was done to sealed entries. `reordered`: it is there as it was, at another place. */
export interface Tampering {
  what: "changed" | "removed" | "inserted" | "reordered";
  id: string;
}

/** Compares the entries that a seal names, in its order, with those that are found now. */
export function compareEntries(
  sealed: readonly { id: string; leaf: Buffer }[],
  found: readonly { id: string; leaf: Buffer }[],
): Tampering[] {
  const was = new Set(sealed.map(({ id }) => id));
  // Of one time there is one entry with an ID; somebody may have put another beside it.
  const is = Map.groupBy(found, ({ id }) => id);
  const result: Tampering[] = [];
  for (const { id, leaf } of sealed) {
    const now = is.get(id);
    if (!now) result.push({ what: "removed", id });
    else if (!now.some((one) => one.leaf.equals(leaf))) result.push({ what: "changed", id });
    for (const _ of now?.slice(1) ?? []) result.push({ what: "inserted", id });
  }
  for (const { id } of found) if (!was.has(id)) result.push({ what: "inserted", id });
  if (result.length > 0) return result;
  return sealed.flatMap(({ id }, n) => (found[n]?.id === id ? [] : [{ what: "reordered" as const, id }]));
}

const secretName =
  /secret|password|token|credential|authorization|api_?key|private|client_?key|^headers$|^auth$|^pass$/i;
/** Names that only look so. */
const harmless = /^(has|token(Url|Type)s?$|nextToken|continuationToken)/;
const mostTextChars = 2_000;
const mostItems = 100;
/** IDs are short, and whoever asks for one of them has to find the call. */
const mostIds = 10_000;
const isIdOrNone = (item: unknown) => item === null || (typeof item === "string" && /^[a-z]+_[\w-]{1,60}$/.test(item));

/**
 * A value as it may go on record: what has the name of a secret is hidden, whatever it is; long texts are cut, with the
 * length and SHA-256 of the whole, by which two that differ behind the cut do; and lists, but for those of IDs.
 */
export function withoutSecrets(value: unknown, depth = 0): unknown {
  if (depth > 12) return "...";
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) {
    const most = value.length > mostItems && value.every(isIdOrNone) ? mostIds : mostItems;
    const items = value.slice(0, most).map((item) => withoutSecrets(item, depth + 1));
    return value.length > most ? [...items, `... and ${value.length - most} more`] : items;
  }
  if (typeof value === "string") return textOnRecord(value);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      inner !== null && inner !== undefined && typeof inner !== "boolean" && secretName.test(key) && !harmless.test(key)
        ? "***"
        : withoutSecrets(inner, depth + 1),
    ]),
  );
}

function textOnRecord(text: string): string {
  const cut =
    text.length > mostTextChars
      ? `${text.slice(0, mostTextChars)}... (${text.length} characters, SHA-256 ${hash("sha256", text)})`
      : text;
  return (
    cut
      .replaceAll(/\bhk_live_[A-Za-z0-9_-]+/g, "hk_live_***")
      .replaceAll(/\b(whsec|whsk)_[A-Za-z0-9+/=_-]+/g, "$1_***")
      // A source's URL; people's profiles at LinkedIn have the same form.
      .replaceAll(/(?<!linkedin\.com)\/in\/[A-Za-z0-9_-]{16,}/gi, "/in/***")
      .replaceAll(/#token=[A-Za-z0-9_-]+/g, "#token=***")
  );
}
