/**
 * Apten's API knows the statuses 200, 400, 403, 404, 429 and 500 (docs.apten.ai, API reference); its clients may know no other. `code` in
 * the body still says exactly what it was.
 */
export const aptenPrefix = "/apten/v1/";

const statuses: Readonly<Record<number, number>> = { 401: 403, 405: 404, 409: 400, 413: 400, 415: 400, 422: 400 };

export function aptenStatus(status: number): number {
  return statuses[status] ?? (status >= 500 ? 500 : status);
}
