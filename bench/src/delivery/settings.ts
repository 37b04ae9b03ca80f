import type { HeraldConfig } from "../../../server/src/config.ts";
import type { DatabaseConfig } from "../../../server/src/db/pool.ts";

/** Connections to the receiver that each contestant uses at most: Herald's default. */
export const connections = 64;

/** A destination as the contestants know it. */
export interface Target {
  workspaceId: string;
  destinationId: string;
  url: string;
}

/** What contestants are started with. */
export interface DeliverySettings {
  config: HeraldConfig;
  database: DatabaseConfig;
  connectionString: string;
  targets: Target[];
  /** Destinations of a workspace, each of which gets its events. Default 1. */
  fanout?: number;
  /** Leads that the events are about. Default 0: they have none. */
  leads?: number;
  secret: string;
}
