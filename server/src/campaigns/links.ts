import { PublicLinks } from "../domain/public-link.ts";
import type { SecretBox } from "../domain/seal.ts";

/** The links that messages hold: the same in every process, as they have the same secret key. */
export function publicLinks(publicUrl: string | null, box: SecretBox): PublicLinks {
  return new PublicLinks(publicUrl, box.derive("public links"));
}
