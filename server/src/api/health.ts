import { z } from "zod";
import { missingMigrations } from "../db/readiness.ts";
import { HeraldError } from "../domain/error.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";

const ok = z.object({ status: z.literal("ok") });

export const healthEndpoints: readonly Endpoint[] = [
  endpoint({
    method: "GET",
    path: "/healthz",
    right: "none",
    tags: ["Health"],
    summary: "Check the process",
    description: "Whether this process answers. Says nothing of the database: for whoever restarts processes.",
    responses: { 200: ok },
    example: { response: { status: "ok" } },
    execute: async () => ({ status: 200, body: { status: "ok" } }),
  }),
  endpoint({
    method: "GET",
    path: "/readyz",
    right: "none",
    tags: ["Health"],
    summary: "Check readiness",
    description:
      "Whether requests can be served: the database answers, and its schema is up to date. Else 503: for load balancers.",
    responses: { 200: ok },
    example: { response: { status: "ok" } },
    async execute({ api }) {
      const missing = await missingMigrations(api.db);
      if (missing.length > 0) {
        throw new HeraldError(
          "database_unavailable",
          `The database's schema is older than this program: ${missing.length} migrations are missing.`,
        );
      }
      return { status: 200, body: { status: "ok" } };
    },
  }),
];
