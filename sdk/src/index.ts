export { expressHandler, fastifyReceiver, fetchHandler, honoHandler, nextHandler } from "./adapters.ts";
export type { AptenDataByEvent, AptenEvent } from "./apten.ts";
export { type DedupeStore, type MemoryDedupeOptions, memoryDedupe } from "./dedupe.ts";
export type { EventDataByType, EventType, HeraldEvent } from "./events.ts";
export { createReceiver, type Receiver, type ReceiverOptions, type Reply } from "./receiver.ts";
export type { SendPilotDataByType, SendPilotEvent } from "./sendpilot.ts";
export {
  type EventOf,
  type Format,
  type HeadersLike,
  type RawRequest,
  type Verified,
  type VerifyOptions,
  type VerifyProblem,
  verify,
  WebhookVerificationError,
} from "./verify.ts";
