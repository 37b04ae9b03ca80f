import { appendFile, readFile, writeFile } from "node:fs/promises";
import { text as readAll } from "node:stream/consumers";
import { parse as parseYaml } from "yaml";
import { parse } from "../api/validate.ts";
import { thinkWithinBudget } from "../assistant/budget.ts";
import { type AskedCondition, conditionsFor } from "../assistant/conditions.ts";
import { type EvaluationOptions, type EvaluationResult, evaluate, unknownTags } from "../assistant/evaluation.ts";
import { type EvaluationFile, evaluationFile } from "../assistant/evaluation-file.ts";
import { type LanguageModel, tokensOf } from "../assistant/model.ts";
import { OpenModels } from "../assistant/models.ts";
import { type Recording, recorded, recordingSchema, replayed } from "../assistant/recording.ts";
import { passagesFound } from "../assistant/think.ts";
import type { HeraldConfig } from "../config.ts";
import { listConditions } from "../db/assistant-condition.ts";
import { getModelSettings, type ModelSettings } from "../db/assistant-model.ts";
import { dearestPassages, type Passage, searchKnowledge } from "../db/knowledge.ts";
import type { Database } from "../db/pool.ts";
import { profileNamed } from "../db/profile.ts";
import { optOutWordsOf } from "../db/workspace.ts";
import { HeraldError } from "../domain/error.ts";
import { newId } from "../domain/id.ts";
import { passagesOf, piecesOf } from "../domain/passages.ts";
import { SecretBox } from "../domain/seal.ts";
import { loadSecretKey } from "../secret-key.ts";
import type { EvalOptions } from "./assistant.ts";
import { codeOf, Failure } from "./failure.ts";
import { count, print } from "./print.ts";
import { configOf } from "./settings.ts";
import { withDatabase, workspaceIdOf } from "./with-database.ts";

/** Where no model is configured, as with a recording: enough for any answer, and no price. */
const defaults = { deadlineMs: 30_000, maxOutputTokens: 1_000, inputPrice: 0, outputPrice: 0 };

/** `herald assistant eval`. */
export async function evaluateFile(path: string, options: EvalOptions): Promise<void> {
  if (options.record !== undefined && options.replay !== undefined) {
    throw new Failure("Give --record or --replay, not both.", { exitCode: 2 });
  }
  const file = checked(path, await read(path));
  const replay = options.replay === undefined ? null : recordingOf(options.replay, await read(options.replay));
  const config = configOf(options);
  // Nothing of the workspace is needed: no database is opened.
  const playAlone = (recording: Recording) => {
    const evaluation = alone(file, recording);
    refuseUnknownTags(path, file, evaluation);
    return evaluate(file, evaluation);
  };
  const result =
    replay !== null && file.content !== undefined
      ? await playAlone(replay)
      : await withDatabase(config, async (db) => {
          const workspaceId = await workspaceIdOf(db, options.workspace);
          return await inWorkspace(db, config, workspaceId, path, file, replay, options.record);
        });
  if (options.json) print(JSON.stringify(result, null, 2));
  else report(result);
  if (result.conversations.some(({ passed }) => !passed)) process.exitCode = 1;
}

function refuseUnknownTags(path: string, file: EvaluationFile, { conditions }: EvaluationOptions): void {
  const unknown = unknownTags(file, conditions);
  if (unknown.length > 0) throw new Failure(`${path}: ${unknown.join("\n  ")}`);
}

/** What a model costs is not asked for before its answers can be kept. */
async function openRecording(path: string): Promise<void> {
  try {
    await appendFile(path, "");
  } catch (error) {
    const why = codeOf(error) === "ENOENT" ? "there is no such folder" : String((error as Error).message);
    throw new Failure(`${path} can't be written: ${why}.`);
  }
}

function alone(file: EvaluationFile, recording: Recording): EvaluationOptions {
  return {
    ...{ model: replayed(recording), profileName: "eval", content: file.content!, deadlineMs: defaults.deadlineMs },
    ...{ maxOutputTokens: recording.maxOutputTokens, prices: defaults },
    conditions: [...conditionsFor([], ""), ...ownConditions(file)],
    search: async (query) => ownPassages(file, query),
  };
}

async function inWorkspace(
  db: Database,
  config: HeraldConfig,
  workspaceId: string,
  path: string,
  file: EvaluationFile,
  replay: Recording | null,
  recordTo: string | undefined,
): Promise<EvaluationResult> {
  const profile = file.profile === undefined ? null : await profileNamed(db, workspaceId, file.profile);
  if (file.profile !== undefined && !profile) {
    throw new Failure(`There is no profile ${JSON.stringify(file.profile)} in this workspace.`);
  }
  const settings = await getModelSettings(db, workspaceId);
  const model = replay ? replayed(replay) : open(config, workspaceId, settings);
  const own = await listConditions(db, workspaceId);
  // A recording is played as it was made, whatever the workspace's model is now.
  const limits = replay ? { ...defaults, maxOutputTokens: replay.maxOutputTokens } : (settings ?? defaults);
  const recording = recordTo === undefined ? null : recorded(model, limits.maxOutputTokens);
  const search = async (query: string) => {
    const found = profile ? await searchKnowledge(db, workspaceId, profile.id, query, passagesFound) : [];
    return [...ownPassages(file, query), ...found].slice(0, passagesFound);
  };
  const mostFound = async () =>
    dearestOf(file) + (profile ? await dearestPassages(db, workspaceId, profile.id, passagesFound) : 0);
  // Each answer is held to the day's budget and counted by itself: an evaluation that is broken off has cost what it has cost.
  const payer = { workspaceId, settings: settings!, profileId: profile?.id ?? null };
  const paid: EvaluationOptions["think"] = (asked, briefing) =>
    thinkWithinBudget(db, { ...payer, reservation: newId("turn") }, asked, briefing, {
      ...{ search, mostFound, signal: null },
    });
  const evaluation: EvaluationOptions = {
    ...{ model: recording?.model ?? model, profileName: profile?.name ?? "eval", search },
    content: profile?.content ?? file.content!,
    ...{ deadlineMs: limits.deadlineMs, maxOutputTokens: limits.maxOutputTokens, prices: limits },
    conditions: [...conditionsFor(own, profile?.id ?? ""), ...ownConditions(file)],
    optOutWords: await optOutWordsOf(db, workspaceId),
    ...(replay === null && { think: paid }),
  };
  refuseUnknownTags(path, file, evaluation);
  if (recordTo !== undefined) await openRecording(recordTo);
  const result = await evaluate(file, evaluation);
  if (recording) await writeFile(recordTo!, `${JSON.stringify(recording.recording, null, 2)}\n`);
  return result;
}

function open(config: HeraldConfig, workspaceId: string, settings: ModelSettings | null): LanguageModel {
  if (settings === null) {
    throw new Failure(
      "No model is configured in this workspace: set one with PUT /v1/assistant/model, or give --replay.",
    );
  }
  const box = new SecretBox(loadSecretKey(config.secretKey, config.dataDir));
  return new OpenModels({ box, fetchFor: () => globalThis.fetch }).openNew(workspaceId, settings);
}

const ownConditions = (file: EvaluationFile): AskedCondition[] =>
  file.conditions.map(({ name, condition }) => ({ id: name, kind: "tag", name, condition }));

const allPassages = ({ knowledge }: EvaluationFile): Passage[] =>
  knowledge.flatMap(({ title, text }) =>
    passagesOf(text).map((passage) => ({ knowledgeId: "file", title, text: passage })),
  );

/** Tokens of those of the file's own passages that cost most. */
function dearestOf(file: EvaluationFile): number {
  const tokens = allPassages(file).map(({ title, text }) => tokensOf(title + text));
  return tokens
    .sort((a, b) => b - a)
    .slice(0, passagesFound)
    .reduce((sum, one) => sum + one, 0);
}

/** Those passages of the file's own texts that share most words with what is asked. */
function ownPassages(file: EvaluationFile, query: string): Passage[] {
  const wordsOf = (text: string) =>
    new Set([...(text.toLowerCase().match(/\p{L}{3,}|\d+/gu) ?? []), ...piecesOf(text).split(" ").filter(Boolean)]);
  const asked = wordsOf(query);
  const scored = allPassages(file).map((passage) => ({
    passage,
    score: [...wordsOf(`${passage.title} ${passage.text}`)].filter((word) => asked.has(word)).length,
  }));
  const found = scored.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score);
  return found.slice(0, passagesFound).map(({ passage }) => passage);
}

async function read(path: string): Promise<string> {
  try {
    return path === "-" ? await readAll(process.stdin) : await readFile(path, "utf8");
  } catch (error) {
    const why = codeOf(error) === "ENOENT" ? "there is no such file" : String((error as Error).message);
    throw new Failure(`${path} can't be read: ${why}.`);
  }
}

/** YAML has JSON in it. */
function checked(path: string, text: string): EvaluationFile {
  try {
    return parse(evaluationFile, parseYaml(text), "body");
  } catch (error) {
    if (!(error instanceof HeraldError)) throw new Failure(`${path}: ${(error as Error).message}`);
    const lines = (error.details ?? []).map(({ field, reason }) => `${field}: ${reason}`);
    throw new Failure(`${path}: ${lines.join("\n  ")}`);
  }
}

function recordingOf(path: string, text: string): Recording {
  try {
    return recordingSchema.parse(JSON.parse(text));
  } catch {
    throw new Failure(`${path} is no recording of herald assistant eval.`);
  }
}

function report({ conversations, spent }: EvaluationResult): void {
  for (const { name, passed, turns } of conversations) {
    print(`${passed ? "ok  " : "FAIL"}  ${name}`);
    for (const turn of turns.filter(({ missed }) => missed.length > 0)) {
      print(`        lead:   ${turn.lead === null ? writtenFirst(turn.followUp) : oneLine(turn.lead)}`);
      print(`        answer: ${turn.message === null ? "none" : oneLine(turn.message)}`);
      for (const reason of turn.missed) print(`        ${reason}`);
    }
  }
  const failed = conversations.filter(({ passed }) => !passed).length;
  print();
  print(
    `${count(conversations.length, "conversation")}, ${failed === 0 ? "all as they should be" : `${failed} not as they should be`}.`,
  );
  const { calls, usage, costMicros, latencyMs } = spent;
  if (calls === 0 || usage.input + usage.output === 0) return;
  const seconds = (latencyMs / 1_000 / calls).toFixed(1);
  print(
    `${count(calls, "call")} of the model, ${usage.input + usage.output} tokens, ${(costMicros / 1e6).toFixed(4)} in money, ${seconds} s each.`,
  );
}

const oneLine = (text: string) => text.replace(/\s+/g, " ").slice(0, 300);

const writtenFirst = (followUp: number | null): string =>
  followUp ? `(follow-up ${followUp})` : "(the assistant begins)";
