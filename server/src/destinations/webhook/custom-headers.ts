import type { SecretBox } from "../../domain/seal.ts";

/** Custom headers as they are stored: people put tokens in them. `owner`: workspace and destination, as `ws_.../dest_...`. */
export function sealHeaders(box: SecretBox, owner: string, headers: Readonly<Record<string, string>>): Buffer {
  return box.seal(JSON.stringify(headers), `${owner}/headers`);
}

export function openHeaders(box: SecretBox, owner: string, sealed: Buffer): Record<string, string> {
  return JSON.parse(box.open(sealed, `${owner}/headers`)) as Record<string, string>;
}
