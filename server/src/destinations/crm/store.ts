import {
  type CrmClaim,
  type CrmLink,
  type CrmRecordKey,
  claimCrmRecord,
  completeExternalLeadId,
  doubtCrmRecord,
  forgetCrmRecord,
  getCrmLink,
  linkCrmRecord,
  releaseCrmRecord,
} from "../../db/crm.ts";
import { getLead, type Lead } from "../../db/lead.ts";
import type { Queryable } from "../../db/pool.ts";

/** What a CRM's log keeps of its own; see db/crm.ts. */
export interface CrmStore {
  claim(key: CrmRecordKey, claim: string, leaseMs: number): Promise<CrmClaim>;
  link(key: CrmRecordKey, crmId: string, externalId: string | null): Promise<void>;
  release(key: CrmRecordKey, claim: string): Promise<void>;
  doubt(key: CrmRecordKey, claim: string, askAt: Date, personId: string | null): Promise<void>;
  get(key: CrmRecordKey): Promise<CrmLink | null>;
  forget(key: CrmRecordKey, crmId: string): Promise<void>;
  lead(workspaceId: string, leadId: string): Promise<Lead | null>;
  /** `gone`: an ID that ended, in whose place it comes. */
  completeLead(key: CrmRecordKey, leadId: string, crmId: string, gone: string | null): Promise<void>;
}

export function crmStore(db: Queryable): CrmStore {
  return {
    claim: (key, claim, leaseMs) => claimCrmRecord(db, key, claim, leaseMs),
    link: (key, crmId, externalId) => linkCrmRecord(db, key, crmId, externalId),
    release: (key, claim) => releaseCrmRecord(db, key, claim),
    doubt: (key, claim, askAt, personId) => doubtCrmRecord(db, key, claim, askAt, personId),
    get: (key) => getCrmLink(db, key),
    forget: (key, crmId) => forgetCrmRecord(db, key, crmId),
    lead: (workspaceId, leadId) => getLead(db, workspaceId, leadId),
    completeLead: (key, leadId, crmId, gone) => completeExternalLeadId(db, key, leadId, crmId, gone),
  };
}
