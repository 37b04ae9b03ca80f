import type { ModelSettings } from "../db/assistant-model.ts";
import type { SecretBox } from "../domain/seal.ts";
import { openModel } from "./ai-model.ts";
import type { LanguageModel } from "./model.ts";

/** The models of workspaces, opened as they are set now. */
export interface Models {
  open(workspaceId: string, settings: ModelSettings): LanguageModel;
}

/** To what a model's key is bound. */
export const modelKeyOwner = (workspaceId: string): string => `${workspaceId}/assistant_model`;

export class OpenModels implements Models {
  private readonly options: { box: SecretBox; fetchFor: (workspaceId: string) => typeof globalThis.fetch };
  private readonly opened = new Map<string, { key: string; model: LanguageModel }>();

  constructor(options: { box: SecretBox; fetchFor: (workspaceId: string) => typeof globalThis.fetch }) {
    this.options = options;
  }

  open(workspaceId: string, settings: ModelSettings): LanguageModel {
    const key = `${settings.version} ${settings.updatedAt.getTime()}`;
    const known = this.opened.get(workspaceId);
    if (known?.key === key) return known.model;
    const model = this.openNew(workspaceId, settings);
    if (this.opened.size > 1_000) this.opened.clear();
    this.opened.set(workspaceId, { key, model });
    return model;
  }

  /** One that isn't kept: to try settings that aren't stored. */
  openNew(
    workspaceId: string,
    settings: Pick<ModelSettings, "provider" | "baseUrl" | "model" | "apiKey">,
  ): LanguageModel {
    const { provider, baseUrl, model, apiKey } = settings;
    return openModel({
      ...{ provider, baseUrl, model, fetch: this.options.fetchFor(workspaceId) },
      apiKey: apiKey && this.options.box.open(apiKey, modelKeyOwner(workspaceId)),
    });
  }
}
