import { common } from "../text/common.ts";
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
  // A page in place of a file is a proxy's, whatever its status says.
  if (!response.ok || response.headers.get("content-type")?.startsWith("text/html")) {
    const told = (await response.json().catch(() => null)) as { message: string; code: string } | null;
    const { status: statusCode } = response;
    throw new HeraldApiError(told?.message ?? common.answered(statusCode), {
      ...{ statusCode, code: told?.code ?? `http_${statusCode}` },
    });
  }
  saveFile(await response.blob(), fileName);
}
