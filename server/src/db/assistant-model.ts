import type { Queryable } from "./pool.ts";

export const modelProviders = ["openai_compatible", "anthropic"] as const;
export type ModelProvider = (typeof modelProviders)[number];

/** The model that a workspace's assistant writes with. */
export interface ModelSettings {
  provider: ModelProvider;
  baseUrl: string;
  model: string;
  /** Sealed. */
  apiKey: Buffer | null;
  /** Milliseconds of a turn's calls, all together. */
  deadlineMs: number;
  maxOutputTokens: number;
  /** For a million tokens. */
  inputPrice: number;
  outputPrice: number;
  /** A day; null: no limit. */
  tokensPerDay: number | null;
  microsPerDay: number | null;
  version: number;
  updatedAt: Date;
}

export async function getModelSettings(db: Queryable, workspaceId: string): Promise<ModelSettings | null> {
  const { rows } = await db.query<ModelSettings>({
    name: "assistant_model.get",
    text: `select provider, base_url as "baseUrl", model, api_key as "apiKey", deadline_ms as "deadlineMs", max_output_tokens as "maxOutputTokens",
        input_price::float8 as "inputPrice", output_price::float8 as "outputPrice", tokens_per_day as "tokensPerDay",
        micros_per_day as "microsPerDay", version, updated_at as "updatedAt"
      from assistant_model where workspace_id = $1`,
    values: [workspaceId],
  });
  return rows[0] ?? null;
}

export async function storeModelSettings(
  tx: Queryable,
  workspaceId: string,
  settings: Omit<ModelSettings, "version" | "updatedAt">,
): Promise<void> {
  await tx.query(
    `insert into assistant_model as a (workspace_id, provider, base_url, model, api_key, deadline_ms, max_output_tokens, input_price, output_price,
       tokens_per_day, micros_per_day) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (workspace_id) do update set provider = excluded.provider, base_url = excluded.base_url, model = excluded.model,
       api_key = excluded.api_key, deadline_ms = excluded.deadline_ms, max_output_tokens = excluded.max_output_tokens,
       input_price = excluded.input_price, output_price = excluded.output_price, tokens_per_day = excluded.tokens_per_day,
       micros_per_day = excluded.micros_per_day, version = a.version + 1, updated_at = excluded.updated_at`,
    [
      ...[workspaceId, settings.provider, settings.baseUrl, settings.model, settings.apiKey, settings.deadlineMs],
      ...[settings.maxOutputTokens, settings.inputPrice, settings.outputPrice, settings.tokensPerDay],
      settings.microsPerDay,
    ],
  );
}

export async function deleteModelSettings(tx: Queryable, workspaceId: string): Promise<boolean> {
  const { rowCount } = await tx.query("delete from assistant_model where workspace_id = $1", [workspaceId]);
  return (rowCount ?? 0) > 0;
}
