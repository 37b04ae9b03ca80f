import type { TouchedLane } from "../db/event.ts";
import { campaignHealth } from "../db/guard.ts";
import type { Database } from "../db/pool.ts";
import { brokenRail } from "../domain/guard-rails.ts";
import { pauseCampaign } from "./control.ts";

export interface GuardOptions {
  db: Database;
  wakeDeliveries: (lanes: readonly TouchedLane[]) => void;
  /** Milliseconds between looks. Default 5,000. */
  everyMs?: number;
  onError: (stage: string, error: unknown) => void;
}

/**
 * Pauses campaigns that do harm. Only a failure can bring one over a limit, so only those are looked at in which something
 * failed since the last look.
 */
export class Guard {
  private readonly options: GuardOptions;
  private readonly suspects = new Map<string, { workspaceId: string; campaignId: string }>();
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<unknown> = Promise.resolve();
  private stopped = false;

  constructor(options: GuardOptions) {
    this.options = options;
  }

  /** Something failed in these campaigns. */
  failed(campaigns: readonly { workspaceId: string; campaignId: string }[]): void {
    if (this.stopped) return;
    for (const campaign of campaigns) this.suspects.set(campaign.campaignId, campaign);
    if (this.suspects.size === 0) return;
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.looking = this.runOnce().catch((error) => {
        this.options.onError("guard", error);
        this.failed([]);
      });
    }, this.options.everyMs ?? 5_000).unref();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.looking;
  }

  /** Looks at the suspects; answers how many were paused. */
  async runOnce(): Promise<number> {
    const suspects = [...this.suspects.values()];
    let paused = 0;
    for (const suspect of suspects) {
      const { workspaceId, campaignId } = suspect;
      // Of what fails while it is looked at, the next look knows.
      this.suspects.delete(campaignId);
      try {
        if (await this.look(workspaceId, campaignId)) paused += 1;
      } catch (error) {
        // It stays one, and so do those behind it.
        this.suspects.set(campaignId, suspect);
        throw error;
      }
    }
    return paused;
  }

  private async look(workspaceId: string, campaignId: string): Promise<boolean> {
    const reason = brokenRail(await campaignHealth(this.options.db, workspaceId, campaignId));
    if (reason === null) return false;
    const done = await pauseCampaign(this.options.db, workspaceId, campaignId, "system", reason).catch((error) => {
      // It is paused or over already.
      if ((error as { code?: unknown }).code === "invalid_state") return null;
      throw error;
    });
    if (!done?.changed) return false;
    this.options.wakeDeliveries(done.lanes);
    return true;
  }
}
