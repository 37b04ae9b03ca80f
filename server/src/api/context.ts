import type { OpenModels } from "../assistant/models.ts";
import type { MessageDesk } from "../campaigns/desk.ts";
import type { ChannelAdapter } from "../channels/channel.ts";
import type { HeraldConfig } from "../config.ts";
import type { TouchedLane } from "../db/event.ts";
import type { LaneKind } from "../db/outbox.ts";
import type { Database } from "../db/pool.ts";
import type { SystemAdapter } from "../destinations/system.ts";
import type { TestDeliveries } from "../destinations/webhook/test-delivery.ts";
import type { SecretBox } from "../domain/seal.ts";
import type { Evaluator } from "../expressions/evaluator.ts";
import type { LogTail } from "./log-tail.ts";
import type { SourceCounts } from "./source-counts.ts";
import type { SourceDesk } from "./source-desk.ts";

/** What endpoints may use. */
export interface ApiContext {
  db: Database;
  box: SecretBox;
  config: HeraldConfig;
  /** Accepts messages: checks, stores, queues; many requests share a commit. */
  desk: MessageDesk;
  /** By provider: twilio, unipile, smtp, sandbox. */
  adapters: ReadonlyMap<string, ChannelAdapter>;
  /** The end of the event log, for those who follow it. */
  tail: LogTail;
  /** For filters and transforms of destinations. */
  expressions: Evaluator;
  /** Of destinations that are no webhooks, by kind. */
  systems: ReadonlyMap<string, SystemAdapter>;
  testDeliveries: TestDeliveries;
  /** What becomes of requests at sources. */
  sourceCounts: SourceCounts;
  /** Where requests at sources' addresses are found and kept; to be told when a source was changed. */
  sourceDesk: SourceDesk;
  /** After a commit that queued work: these lanes have some. */
  wake(kind: LaneKind, lanes: readonly TouchedLane[]): void;
  /** After a commit that made campaign steps due. */
  wakePlanner(): void;
  /** After a commit that started a replay. */
  wakeReplays(): void;
  /** After a commit that kept what came in. */
  wakeSources(): void;
  /** After a commit that began to erase somebody. */
  wakeEraser(): void;
  /** After a commit that began to undo an import. */
  wakeUndoer(): void;
  /** After a commit that started an import of a list. */
  wakeLists(): void;
  /** After a commit with which a mailbox is read, or not any more. */
  wakeMailboxes(): void;
  /** The language models of workspaces. */
  models: OpenModels;
  /** After a commit with which a turn of the assistant begins. */
  wakeAssistant(): void;
}
