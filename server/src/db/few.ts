/**
 * SQL: always true of a text that isn't null, and the planner expects it of one row in two hundred. A batch is then taken for
 * a row or two, for each of which the rows of a table are looked up by their key. Without it a plan that was made while the
 * table was empty (and which a session keeps until the table is analysed) reads the table once for the batch, as that costs
 * nothing then: a hundred thousand rows, a minute later.
 *
 * Only where the table's whole key comes with the row, its workspace as well: with a workspace that is a parameter the planner
 * may read all of the workspace's rows for each row of the batch. (Where a row is only read, and not changed, a LATERAL with a
 * LIMIT is simpler.) And for what a batch is joined with last: whatever else is joined with it is looked up row by row, too.
 */
export const few = (column: string): string => `${column} = ${column} || ''`;

/**
 * SQL: the workspace, beside each row of a batch that comes as arrays, in a materialized CTE; for statements of which it is $1.
 * Compared with $1, the rows of a batch would be compared with all of the workspace's.
 */
export const ofWorkspace = "$1::text as workspace_id";

/** SQL: the condition of the index of a campaign's messages by time, always true. Who wants a campaign's messages by time says it. */
export const byTime = (alias: string): string => `${alias}.created_at > '-infinity'`;

/** SQL: the condition of the indexes by which leads are listed, always true. Who wants leads in such an order says it. */
export const inOrder = (alias: string): string => `${alias}.id > ''`;
