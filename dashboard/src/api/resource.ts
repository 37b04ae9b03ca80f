/** What a query or a call is about: the first word of its path. `GET /v1/leads/{id}` is about `leads`. */
export function resourceOf(operation: unknown): string {
  return typeof operation === "string" ? (operation.split("/")[2] ?? "") : "";
}
