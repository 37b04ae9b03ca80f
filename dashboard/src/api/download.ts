import { HeraldApiError, sessionHeaders } from "./client.ts";
import type { Read } from "./query.ts";
import { saveFile } from "./save-file.ts";

/**
 * Saves what a call gives as a file, under the name that the server says. By script, since a link couldn't say which
 * workspace this tab shows.
 */
export async function download<K extends Read>(
  operation: K,
  query: Readonly<Record<string, string | undefined>>,
  fileName: string,
  params: Readonly<Record<string, string>> = {},
): Promise<void> {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const place = operation.slice("GET ".length).replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name]!));
  const path = given.length === 0 ? place : `${place}?${new URLSearchParams(given)}`;
  const response = await fetch(path, { headers: sessionHeaders() });
  if (!response.ok) {
    const { message, ...rest } = (await response.json()) as { message: string; statusCode: number; code: string };
    throw new HeraldApiError(message, rest as never);
  }
  saveFile(await response.blob(), fileName);
}
