import { HeraldApiError, sessionHeaders } from "../../api/client.ts";
import { common } from "../../text/common.ts";
import type { Report } from "./import-report.tsx";

/** Sends the file with progress, which `fetch` doesn't tell: hence XMLHttpRequest. The only call past the SDK's client. */
export function uploadCsv(
  body: Blob,
  { tag, campaignId, defaultCountry }: { tag: string; campaignId: string; defaultCountry: string },
  onProgress: (share: number) => void,
): Promise<Report> {
  const query = new URLSearchParams();
  if (tag.trim()) query.set("tag", tag.trim());
  if (campaignId) query.set("campaignId", campaignId);
  if (defaultCountry) query.set("defaultCountry", defaultCountry);
  const { promise, resolve, reject } = Promise.withResolvers<Report>();
  const request = new XMLHttpRequest();
  request.open("POST", `/v1/leads/import${query.size > 0 ? `?${query}` : ""}`);
  request.setRequestHeader("content-type", "text/csv");
  for (const [name, value] of Object.entries(sessionHeaders())) request.setRequestHeader(name, value);
  request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? Math.min(0.999, loaded / total) : 0);
  request.upload.onload = () => onProgress(1);
  request.onerror = () => reject(new HeraldApiError(common.unreachable, { statusCode: 0, code: "network_error" }));
  request.onload = () => {
    const answer = parse(request.responseText);
    if (request.status === 200 && answer) resolve(answer as unknown as Report);
    else {
      const { message, code, details } = (answer ?? {}) as {
        message?: string;
        code?: string;
        details?: { field: string; reason: string }[];
      };
      reject(
        new HeraldApiError(message ?? common.answered(request.status), {
          ...{ statusCode: request.status, code: code ?? "internal" },
          ...(details && { details }),
        }),
      );
    }
  };
  request.send(body);
  return promise;
}

function parse(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}
