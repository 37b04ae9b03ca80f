import { noTokens } from "../../src/channels/email/access-tokens.ts";
import { Database, type DatabaseConfig } from "../../src/db/pool.ts";
import { registerWorker } from "../../src/db/worker.ts";
import { SecretBox } from "../../src/domain/seal.ts";
import { Mailboxes } from "../../src/sources/mailbox/mailboxes.ts";

/** A process that reads mailboxes, to be killed: `node mailbox-process.ts <database>`. */
const db = new Database(JSON.parse(process.argv[2]!) as DatabaseConfig, 4);
const onError = (stage: string, error: unknown) => console.error(stage, error);
const box = new SecretBox(Buffer.alloc(32, 7));
new Mailboxes({
  db,
  box,
  workerNo: await registerWorker(db),
  tokens: noTokens,
  wakeSources: () => {},
  wakeDeliveries: () => {},
  onError,
}).start();
