import { sharded } from "../database.ts";

// The outbox keeps its promises with the statements of a sharded database, too: the same tests, one workspace a statement.
sharded.on = true;
await import("./lanes.test.ts");
await import("./order.test.ts");
await import("../campaigns/sending.test.ts");
