import type { Input } from "../../../api/client.ts";
import { type ScheduleValues, scheduleValues } from "../../../ui/windows.ts";
import type { Campaign } from "../status.ts";

/** The settings as a form holds them; fields are named as the API names them, so that what it says finds its field. */
export interface Settings {
  name: string;
  timeZone: string | null;
  senderIds: string[];
  rotation: Campaign["rotation"];
  senderWeights: Record<string, number>;
  onSenderPaused: Campaign["onSenderPaused"];
  scheduled: boolean;
  schedule: ScheduleValues;
  limits: { messagesPerDay: number | ""; newLeadsPerDay: number | "" };
  maxLateness: string;
  stopTags: string[];
  stopCompany: boolean;
  allowParallel: boolean;
  tracking: { opens: boolean; clicks: boolean };
}

export function settingsOf(campaign: Campaign): Settings {
  const { name, timeZone, senderIds, rotation, senderWeights, onSenderPaused, schedule, limits } = campaign;
  const { maxLatenessSeconds, stopTags, stopCompany, allowParallel, tracking } = campaign;
  return {
    ...{ name, timeZone, rotation, onSenderPaused, stopCompany, allowParallel },
    ...{
      senderIds: [...senderIds],
      senderWeights: { ...senderWeights },
      stopTags: [...stopTags],
      tracking: { ...tracking },
    },
    scheduled: schedule !== null,
    schedule: scheduleValues(schedule),
    limits: { messagesPerDay: limits.messagesPerDay ?? "", newLeadsPerDay: limits.newLeadsPerDay ?? "" },
    maxLateness: maxLatenessSeconds === null ? "" : lengthOf(maxLatenessSeconds),
  };
}

/** 172800 as "2d". */
function lengthOf(seconds: number): string {
  const [unit, size] = (
    [
      ["d", 86_400],
      ["h", 3_600],
      ["m", 60],
      ["s", 1],
    ] as const
  ).find(([, each]) => seconds % each === 0)!;
  return `${seconds / size}${unit}`;
}

const orNone = (count: number | "") => (count === "" ? null : count);

type Change = Exclude<Input<"PATCH /v1/campaigns/{id}">["body"], { action: unknown }>;

export function changeOf(settings: Settings): Change {
  const { scheduled, schedule, limits, maxLateness, senderWeights, senderIds, ...rest } = settings;
  return {
    ...{ ...rest, senderIds },
    senderWeights: Object.fromEntries(senderIds.map((id) => [id, senderWeights[id] ?? 1])),
    schedule: scheduled ? schedule : null,
    // Empty is no limit; a 0 goes to the API, which refuses it at its field.
    limits: { messagesPerDay: orNone(limits.messagesPerDay), newLeadsPerDay: orNone(limits.newLeadsPerDay) },
    maxLateness: maxLateness.trim() === "" ? null : maxLateness.trim(),
  };
}
