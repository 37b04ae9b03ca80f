import { few } from "./few.ts";
import type { Within } from "./sharding.ts";

/**
 * SQL: calls off the open tasks of turns that ended, and says why (`$3`). `ended`: a CTE with their workspace and ID. They are found by
 * their turn, and not (COALESCE) among all tasks that are open.
 */
export const callOff = (ended: string, within: Within): string => `
  update task k set status = 'cancelled', ended_at = now(), ended_by = 'system', note = $3
  from (select * from ${ended} where ${few("id")}) e
  where k.workspace_id = e.workspace_id and k.turn_id = e.id and coalesce(k.status, '') = 'open'${within("k")}
`;
