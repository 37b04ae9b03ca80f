// Made by `npm run generate` from Herald's OpenAPI document. Don't edit.

import type { AptenEvent } from "./apten.ts";
import type { HeraldEvent } from "./events.ts";
import type { SendPilotEvent } from "./sendpilot.ts";

export type Error = {
  /** The HTTP status. */
  statusCode: number;
  /** Stable; made for programs. */
  code:
    | "invalid_request"
    | "malformed_json"
    | "invalid_template"
    | "invalid_destination_url"
    | "invalid_credentials"
    | "unauthorized"
    | "forbidden"
    | "not_found"
    | "method_not_allowed"
    | "conflict"
    | "idempotency_conflict"
    | "invalid_state"
    | "payload_too_large"
    | "unsupported_media_type"
    | "unprocessable"
    | "suppressed"
    | "rate_limited"
    | "internal"
    | "provider_error"
    | "database_unavailable";
  /** The status's name. */
  error: string;
  /** What is wrong and what to do, for people. */
  message: string;
  /** Each wrong field. */
  details?: {
    field: string;
    reason: string;
  }[];
};

export type ConditionInput =
  | {
      /** Whether the lead and the campaign's sender are connected on LinkedIn. */
      connected: boolean;
    }
  | {
      /** Whether the lead ever replied, on any channel. */
      replied: boolean;
    }
  | {
      /** Whether an email of the campaign, or that of one step, was opened. */
      opened:
        | boolean
        | {
            /** A step of the sequence: its position (from 1), `key` or ID. An answer has the ID. */
            step: number | string;
          };
    }
  | {
      /** Whether a link in an email of the campaign, or of one step, was followed. */
      clicked:
        | boolean
        | {
            /** A step of the sequence: its position (from 1), `key` or ID. An answer has the ID. */
            step: number | string;
          };
    }
  | {
      /** Whether the lead has an address for it. */
      hasAddress: "linkedin" | "sms" | "email";
    }
  | {
      /** Without regard to case. */
      hasTag: string;
    }
  | {
      /** Texts are compared without regard to case; atLeast and atMost compare numbers. */
      field: {
        /** `company`, `title`, ..., or a custom field. */
        name: string;
        exists?: boolean;
        equals?: string | number | boolean;
        oneOf?: (string | number)[];
        contains?: string;
        atLeast?: number;
        atMost?: number;
      };
    }
  | {
      /** Whole days since anything last went out to the lead, by campaign or API. */
      daysSinceLastTouch: {
        atLeast?: number;
        atMost?: number;
      };
    }
  | {
      all: ConditionInput[];
    }
  | {
      any: ConditionInput[];
    }
  | {
      not: ConditionInput;
    };

export type Condition =
  | {
      /** Whether the lead and the campaign's sender are connected on LinkedIn. */
      connected: boolean;
    }
  | {
      /** Whether the lead ever replied, on any channel. */
      replied: boolean;
    }
  | {
      /** Whether an email of the campaign, or that of one step, was opened. */
      opened:
        | boolean
        | {
            /** A step of the sequence: its position (from 1), `key` or ID. An answer has the ID. */
            step: number | string;
          };
    }
  | {
      /** Whether a link in an email of the campaign, or of one step, was followed. */
      clicked:
        | boolean
        | {
            /** A step of the sequence: its position (from 1), `key` or ID. An answer has the ID. */
            step: number | string;
          };
    }
  | {
      /** Whether the lead has an address for it. */
      hasAddress: "linkedin" | "sms" | "email";
    }
  | {
      /** Without regard to case. */
      hasTag: string;
    }
  | {
      /** Texts are compared without regard to case; atLeast and atMost compare numbers. */
      field: {
        /** `company`, `title`, ..., or a custom field. */
        name: string;
        exists?: boolean;
        equals?: string | number | boolean;
        oneOf?: (string | number)[];
        contains?: string;
        atLeast?: number;
        atMost?: number;
      };
    }
  | {
      /** Whole days since anything last went out to the lead, by campaign or API. */
      daysSinceLastTouch: {
        atLeast?: number;
        atMost?: number;
      };
    }
  | {
      all: Condition[];
    }
  | {
      any: Condition[];
    }
  | {
      not: Condition;
    };

/** Every call of the API: what it takes, and what it gives. */
export interface Operations {
  /** List leads */
  "GET /v1/leads": {
    query?: {
      /** Leads that are or were in this campaign. */
      campaignId?: string;
      status?:
        | "PENDING"
        | "CONNECTION_SENT"
        | "CONNECTION_ACCEPTED"
        | "MESSAGE_SENT"
        | "REPLY_RECEIVED"
        | "MEETING_BOOKED"
        | "OPPORTUNITY"
        | "NOT_INTERESTED"
        | "DONE";
      tag?: string;
      /** Part of a name, company or address, in any case. A whole address that a lead has, however it is written (`+1 (202) 555-0143`), finds that lead alone. */
      search?: string;
      /** Leads that have an address on this channel. */
      reachableBy?: "linkedin" | "sms" | "email";
      /** `name`: by the last name, else the first. Empty ones are least. */
      sort?: "createdAt" | "name" | "company";
      /** Default: `desc` for `createdAt`, else `asc`. */
      order?: "asc" | "desc";
      page?: number;
      /** How many at most: 1 to 100. */
      limit?: number;
      /** `false`: a first page without how many there are in all, which takes longer than the page where they are many. Follow `nextCursor`. */
      count?: "true" | "false";
      /** `pagination.nextCursor` of the previous page, with the same `sort`, in place of `page`: every page then costs the same. */
      cursor?: string;
    };
    response: {
      leads: {
        id: string;
        firstName: string | null;
        lastName: string | null;
        company: string | null;
        title: string | null;
        /** Canonical: https://www.linkedin.com/in/ and the profile's name. */
        linkedinUrl: string | null;
        /** E.164. */
        phone: string | null;
        /** In lower case. */
        email: string | null;
        timeZone: string | null;
        externalLeadId: string | null;
        profile: string | null;
        status:
          | "PENDING"
          | "CONNECTION_SENT"
          | "CONNECTION_ACCEPTED"
          | "MESSAGE_SENT"
          | "REPLY_RECEIVED"
          | "MEETING_BOOKED"
          | "OPPORTUNITY"
          | "NOT_INTERESTED"
          | "DONE";
        /** Nothing is sent to it, on any channel. */
        doNotContact: boolean;
        tags: string[];
        custom: Record<string, string>;
        createdAt: string;
        updatedAt: string;
      }[];
      pagination: {
        /** Null with `cursor` or `count=false`, as are `page` and `totalPages`. */
        total: number | null;
        page: number | null;
        limit: number;
        totalPages: number | null;
        nextCursor: string | null;
      };
    };
  };
  /** Add leads */
  "POST /v1/leads": {
    body: {
      campaignId?: string | null;
      /** Country of phone numbers that are written without a country code: ISO 3166, such as US. */
      defaultCountry?: string;
      leads: {
        firstName?: string | null;
        lastName?: string | null;
        company?: string | null;
        title?: string | null;
        externalLeadId?: string | null;
        profile?: string | null;
        linkedinUrl?: string | null;
        phone?: string | null;
        email?: string | null;
        timeZone?: string | null;
        tags?: string[] | null;
        custom?: Record<string, unknown> | null;
        [key: string]: unknown;
      }[];
    };
    response: {
      /** False if every entry was invalid. */
      success: boolean;
      leadsAdded: number;
      duplicatesSkipped: number;
      invalidEntries: number;
      /** What is wrong with each invalid entry; `index` counts from 0. */
      errors?: {
        index: number;
        field: string;
        reason: string;
      }[];
      /** For each entry, in order: the ID of its lead, new or known; null if it is invalid. */
      leadIds: (string | null)[];
    };
  };
  /** Get a lead */
  "GET /v1/leads/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      firstName: string | null;
      lastName: string | null;
      company: string | null;
      title: string | null;
      /** Canonical: https://www.linkedin.com/in/ and the profile's name. */
      linkedinUrl: string | null;
      /** E.164. */
      phone: string | null;
      /** In lower case. */
      email: string | null;
      timeZone: string | null;
      externalLeadId: string | null;
      profile: string | null;
      status:
        | "PENDING"
        | "CONNECTION_SENT"
        | "CONNECTION_ACCEPTED"
        | "MESSAGE_SENT"
        | "REPLY_RECEIVED"
        | "MEETING_BOOKED"
        | "OPPORTUNITY"
        | "NOT_INTERESTED"
        | "DONE";
      /** Nothing is sent to it, on any channel. */
      doNotContact: boolean;
      tags: string[];
      custom: Record<string, string>;
      createdAt: string;
      updatedAt: string;
    };
  };
  /** Change a lead */
  "PATCH /v1/leads/{id}": {
    params: {
      id: string;
    };
    body: {
      status?:
        | "PENDING"
        | "CONNECTION_SENT"
        | "CONNECTION_ACCEPTED"
        | "MESSAGE_SENT"
        | "REPLY_RECEIVED"
        | "MEETING_BOOKED"
        | "OPPORTUNITY"
        | "NOT_INTERESTED"
        | "DONE";
      doNotContact?: true;
      tags?:
        | string[]
        | {
            add?: string[];
            remove?: string[];
          };
      custom?: Record<string, unknown>;
      [key: string]: unknown;
    };
    response: {
      id: string;
      firstName: string | null;
      lastName: string | null;
      company: string | null;
      title: string | null;
      /** Canonical: https://www.linkedin.com/in/ and the profile's name. */
      linkedinUrl: string | null;
      /** E.164. */
      phone: string | null;
      /** In lower case. */
      email: string | null;
      timeZone: string | null;
      externalLeadId: string | null;
      profile: string | null;
      status:
        | "PENDING"
        | "CONNECTION_SENT"
        | "CONNECTION_ACCEPTED"
        | "MESSAGE_SENT"
        | "REPLY_RECEIVED"
        | "MEETING_BOOKED"
        | "OPPORTUNITY"
        | "NOT_INTERESTED"
        | "DONE";
      /** Nothing is sent to it, on any channel. */
      doNotContact: boolean;
      tags: string[];
      custom: Record<string, string>;
      createdAt: string;
      updatedAt: string;
    };
  };
  /** Change a lead's status */
  "PATCH /v1/leads/{id}/status": {
    params: {
      id: string;
    };
    body: {
      status:
        | "PENDING"
        | "CONNECTION_SENT"
        | "CONNECTION_ACCEPTED"
        | "MESSAGE_SENT"
        | "REPLY_RECEIVED"
        | "MEETING_BOOKED"
        | "OPPORTUNITY"
        | "NOT_INTERESTED"
        | "DONE";
      /** Why; it goes into the event. */
      note?: string | null;
    };
    response: {
      success: true;
      leadId: string;
      previousStatus:
        | "PENDING"
        | "CONNECTION_SENT"
        | "CONNECTION_ACCEPTED"
        | "MESSAGE_SENT"
        | "REPLY_RECEIVED"
        | "MEETING_BOOKED"
        | "OPPORTUNITY"
        | "NOT_INTERESTED"
        | "DONE";
      status:
        | "PENDING"
        | "CONNECTION_SENT"
        | "CONNECTION_ACCEPTED"
        | "MESSAGE_SENT"
        | "REPLY_RECEIVED"
        | "MEETING_BOOKED"
        | "OPPORTUNITY"
        | "NOT_INTERESTED"
        | "DONE";
    };
  };
  /** Pause a lead */
  "POST /v1/leads/{id}/pause": {
    params: {
      id: string;
    };
    body: {
      /** Default: 7 days from now. At most a year from now. */
      until?: string;
      reason?: string;
    };
    response: {
      leadId: string;
      pausedUntil: string | null;
      /** In how many campaigns the lead is active or held. */
      sequences: number;
    };
  };
  /** End a lead's pause */
  "DELETE /v1/leads/{id}/pause": {
    params: {
      id: string;
    };
    response: {
      leadId: string;
      pausedUntil: string | null;
      /** In how many campaigns the lead is active or held. */
      sequences: number;
    };
  };
  /** Contact a lead no more */
  "POST /v1/leads/{id}/do-not-contact": {
    params: {
      id: string;
    };
    body: {
      reason?: string;
      note?: string;
      /** The person of yours who does it. Default: the API key, and `source` is then `api`. */
      by?: string;
      /** By what it can be shown: `messageId`, `text`, a ticket. */
      evidence?: Record<string, string>;
    };
    response: {
      leadId: string;
      doNotContact: true;
      /** False: it was so already. */
      changed: boolean;
    };
  };
  /** Allow contact with a lead again */
  "DELETE /v1/leads/{id}/do-not-contact": {
    params: {
      id: string;
    };
    query: {
      reason: string;
      /** The person of yours who does it. Default: the API key, and `source` is then `api`. */
      by?: string;
    };
    response: null;
  };
  /** List the fields that leads have */
  "GET /v1/leads/fields": {
    response: {
      /** What templates can name of every lead. */
      standard: string[];
      /** Of the 2000 newest leads. */
      custom: {
        name: string;
        /** How many of the leads that were looked at have it. */
        leads: number;
        /** What the newest of them says. */
        example: string;
      }[];
    };
  };
  /** Export all about a lead */
  "GET /v1/leads/{id}/export": {
    params: {
      id: string;
    };
    response: {
      exportedAt: string;
      /** The person's, those of former times as well. */
      addresses: string[];
      /** Null: no lead has the address. */
      lead: Record<string, unknown> | null;
      conversations: Record<string, unknown>[];
      messages: Record<string, unknown>[];
      enrollments: Record<string, unknown>[];
      passages: Record<string, unknown>[];
      tasks: Record<string, unknown>[];
      assistant: Record<string, unknown>[];
      turns: Record<string, unknown>[];
      tagReasons: Record<string, unknown>[];
      context: Record<string, unknown>[];
      consentChanges: Record<string, unknown>[];
      suppressions: Record<string, unknown>[];
      crmRecords: Record<string, unknown>[];
      crmImports: Record<string, unknown>[];
      crmImportFindings: Record<string, unknown>[];
      sendAttempts: Record<string, unknown>[];
      sandboxMessages: Record<string, unknown>[];
      reasons: Record<string, unknown>[];
      approvals: Record<string, unknown>[];
      acts: Record<string, unknown>[];
      events: Record<string, unknown>[];
      deliveries: Record<string, unknown>[];
      received: Record<string, unknown>[];
    };
  };
  /** Erase a lead */
  "POST /v1/leads/{id}/erase": {
    params: {
      id: string;
    };
    body: {
      /** The lead's ID, or one of its addresses. */
      confirm: string;
      /** For the record, which is kept: say nothing here about the person. */
      reason?: string;
    };
    response: {
      id: string;
      /** Null: of an address that no lead had. */
      leadId: string | null;
      /** running: nothing is sent any more and nobody finds the person, and the rest is being erased: within seconds, and once more after a minute and a half what came late. */
      state: "running" | "finished";
      /** SHA-256 in hex of each address: by these it stays suppressed. */
      addressHashes: string[];
      requestedAt: string;
      /** The API key, or who else. */
      requestedBy: string | null;
      reason: string | null;
      /** Of what how many were erased so far. */
      counts: Record<string, number>;
      finishedAt: string | null;
    };
  };
  /** Erase a person by address */
  "POST /v1/erasures": {
    body: {
      /** Of one person. */
      addresses: string[];
      /** One of the addresses, once more. */
      confirm: string;
      /** For the record, which is kept: say nothing here about the person. */
      reason?: string;
    };
    response: {
      data: {
        id: string;
        /** Null: of an address that no lead had. */
        leadId: string | null;
        /** running: nothing is sent any more and nobody finds the person, and the rest is being erased: within seconds, and once more after a minute and a half what came late. */
        state: "running" | "finished";
        /** SHA-256 in hex of each address: by these it stays suppressed. */
        addressHashes: string[];
        requestedAt: string;
        /** The API key, or who else. */
        requestedBy: string | null;
        reason: string | null;
        /** Of what how many were erased so far. */
        counts: Record<string, number>;
        finishedAt: string | null;
      }[];
    };
  };
  /** List erasures */
  "GET /v1/erasures": {
    query?: {
      /** Of the lead that had this ID. */
      leadId?: string;
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        /** Null: of an address that no lead had. */
        leadId: string | null;
        /** running: nothing is sent any more and nobody finds the person, and the rest is being erased: within seconds, and once more after a minute and a half what came late. */
        state: "running" | "finished";
        /** SHA-256 in hex of each address: by these it stays suppressed. */
        addressHashes: string[];
        requestedAt: string;
        /** The API key, or who else. */
        requestedBy: string | null;
        reason: string | null;
        /** Of what how many were erased so far. */
        counts: Record<string, number>;
        finishedAt: string | null;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Export all about an address */
  "GET /v1/person-export": {
    query: {
      /** Email address, phone number with its country code, or LinkedIn profile URL; in any usual spelling. */
      address: string;
    };
    response: {
      exportedAt: string;
      /** The person's, those of former times as well. */
      addresses: string[];
      /** Null: no lead has the address. */
      lead: Record<string, unknown> | null;
      conversations: Record<string, unknown>[];
      messages: Record<string, unknown>[];
      enrollments: Record<string, unknown>[];
      passages: Record<string, unknown>[];
      tasks: Record<string, unknown>[];
      assistant: Record<string, unknown>[];
      turns: Record<string, unknown>[];
      tagReasons: Record<string, unknown>[];
      context: Record<string, unknown>[];
      consentChanges: Record<string, unknown>[];
      suppressions: Record<string, unknown>[];
      crmRecords: Record<string, unknown>[];
      crmImports: Record<string, unknown>[];
      crmImportFindings: Record<string, unknown>[];
      sendAttempts: Record<string, unknown>[];
      sandboxMessages: Record<string, unknown>[];
      reasons: Record<string, unknown>[];
      approvals: Record<string, unknown>[];
      acts: Record<string, unknown>[];
      events: Record<string, unknown>[];
      deliveries: Record<string, unknown>[];
      received: Record<string, unknown>[];
    };
  };
  /** Get an erasure */
  "GET /v1/erasures/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      /** Null: of an address that no lead had. */
      leadId: string | null;
      /** running: nothing is sent any more and nobody finds the person, and the rest is being erased: within seconds, and once more after a minute and a half what came late. */
      state: "running" | "finished";
      /** SHA-256 in hex of each address: by these it stays suppressed. */
      addressHashes: string[];
      requestedAt: string;
      /** The API key, or who else. */
      requestedBy: string | null;
      reason: string | null;
      /** Of what how many were erased so far. */
      counts: Record<string, number>;
      finishedAt: string | null;
    };
  };
  /** List saved views */
  "GET /v1/views": {
    query?: {
      /** Which list: `leads`. */
      kind?: "leads";
    };
    response: {
      data: {
        id: string;
        /** Which list: `leads`. */
        kind: "leads";
        name: string;
        /** What the list is filtered and sorted by, as a query string: of `leads` `search`, `status`, `tag`, `reachableBy`, `sort` and `descending`, as in the address of its page. Kept in canonical form. */
        query: string;
        /** True: the whole workspace has it. False: whoever made it, alone. */
        shared: boolean;
        /** The person or API key. */
        createdBy: string;
        createdAt: string;
        updatedAt: string;
      }[];
    };
  };
  /** Save a view */
  "POST /v1/views": {
    body: {
      /** Which list: `leads`. */
      kind?: "leads";
      name: string;
      /** What the list is filtered and sorted by, as a query string: of `leads` `search`, `status`, `tag`, `reachableBy`, `sort` and `descending`, as in the address of its page. Kept in canonical form. */
      query: string;
      /** True: the whole workspace has it. False: whoever made it, alone. */
      shared?: boolean;
    };
    response: {
      id: string;
      /** Which list: `leads`. */
      kind: "leads";
      name: string;
      /** What the list is filtered and sorted by, as a query string: of `leads` `search`, `status`, `tag`, `reachableBy`, `sort` and `descending`, as in the address of its page. Kept in canonical form. */
      query: string;
      /** True: the whole workspace has it. False: whoever made it, alone. */
      shared: boolean;
      /** The person or API key. */
      createdBy: string;
      createdAt: string;
      updatedAt: string;
    };
  };
  /** Get a saved view */
  "GET /v1/views/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      /** Which list: `leads`. */
      kind: "leads";
      name: string;
      /** What the list is filtered and sorted by, as a query string: of `leads` `search`, `status`, `tag`, `reachableBy`, `sort` and `descending`, as in the address of its page. Kept in canonical form. */
      query: string;
      /** True: the whole workspace has it. False: whoever made it, alone. */
      shared: boolean;
      /** The person or API key. */
      createdBy: string;
      createdAt: string;
      updatedAt: string;
    };
  };
  /** Change a saved view */
  "PATCH /v1/views/{id}": {
    params: {
      id: string;
    };
    body: {
      name?: string;
      /** What the list is filtered and sorted by, as a query string: of `leads` `search`, `status`, `tag`, `reachableBy`, `sort` and `descending`, as in the address of its page. Kept in canonical form. */
      query?: string;
      /** True: the whole workspace has it. False: whoever made it, alone. */
      shared?: boolean;
    };
    response: {
      id: string;
      /** Which list: `leads`. */
      kind: "leads";
      name: string;
      /** What the list is filtered and sorted by, as a query string: of `leads` `search`, `status`, `tag`, `reachableBy`, `sort` and `descending`, as in the address of its page. Kept in canonical form. */
      query: string;
      /** True: the whole workspace has it. False: whoever made it, alone. */
      shared: boolean;
      /** The person or API key. */
      createdBy: string;
      createdAt: string;
      updatedAt: string;
    };
  };
  /** Remove a saved view */
  "DELETE /v1/views/{id}": {
    params: {
      id: string;
    };
    response: null;
  };
  /** List imports of files */
  "GET /v1/imports/csv": {
    query?: {
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        /** The person, API key, or user of the machine. */
        startedBy: string | null;
        campaignId: string | null;
        tag: string | null;
        rows: number;
        /** New leads. Only these can be taken back: known ones were not changed. */
        added: number;
        /** cut_off: it stopped before its end. What was stored until then stays, and can be undone, too. */
        status: "running" | "done" | "cut_off";
        createdAt: string;
        endedAt: string | null;
        /** Null: nobody has undone it. */
        undo: {
          state: "running" | "done";
          by: string | null;
          removed: number;
          /** Leads that the import added and that stay, by reason; the first that holds. */
          kept: {
            /** Something went out to it or came from it, is on its way, or was written to it by hand and waits. */
            written: number;
            /** It isn't as it was imported: fields, status, a pause, a finished task, the assistant, an approval, a CRM's list. */
            changed: number;
            /** It is or was in another campaign than the import's. */
            enrolled: number;
          };
          finishedAt: string | null;
        } | null;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Get an import of a file */
  "GET /v1/imports/csv/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      /** The person, API key, or user of the machine. */
      startedBy: string | null;
      campaignId: string | null;
      tag: string | null;
      rows: number;
      /** New leads. Only these can be taken back: known ones were not changed. */
      added: number;
      /** cut_off: it stopped before its end. What was stored until then stays, and can be undone, too. */
      status: "running" | "done" | "cut_off";
      createdAt: string;
      endedAt: string | null;
      /** Null: nobody has undone it. */
      undo: {
        state: "running" | "done";
        by: string | null;
        removed: number;
        /** Leads that the import added and that stay, by reason; the first that holds. */
        kept: {
          /** Something went out to it or came from it, is on its way, or was written to it by hand and waits. */
          written: number;
          /** It isn't as it was imported: fields, status, a pause, a finished task, the assistant, an approval, a CRM's list. */
          changed: number;
          /** It is or was in another campaign than the import's. */
          enrolled: number;
        };
        finishedAt: string | null;
      } | null;
    };
  };
  /** Count what an undo would remove */
  "GET /v1/imports/csv/{id}/undo": {
    params: {
      id: string;
    };
    response: {
      removable: number;
      /** Leads that the import added and that stay, by reason; the first that holds. */
      kept: {
        /** Something went out to it or came from it, is on its way, or was written to it by hand and waits. */
        written: number;
        /** It isn't as it was imported: fields, status, a pause, a finished task, the assistant, an approval, a CRM's list. */
        changed: number;
        /** It is or was in another campaign than the import's. */
        enrolled: number;
      };
    };
  };
  /** Undo an import of a file */
  "POST /v1/imports/csv/{id}/undo": {
    params: {
      id: string;
    };
    response: {
      id: string;
      /** The person, API key, or user of the machine. */
      startedBy: string | null;
      campaignId: string | null;
      tag: string | null;
      rows: number;
      /** New leads. Only these can be taken back: known ones were not changed. */
      added: number;
      /** cut_off: it stopped before its end. What was stored until then stays, and can be undone, too. */
      status: "running" | "done" | "cut_off";
      createdAt: string;
      endedAt: string | null;
      /** Null: nobody has undone it. */
      undo: {
        state: "running" | "done";
        by: string | null;
        removed: number;
        /** Leads that the import added and that stay, by reason; the first that holds. */
        kept: {
          /** Something went out to it or came from it, is on its way, or was written to it by hand and waits. */
          written: number;
          /** It isn't as it was imported: fields, status, a pause, a finished task, the assistant, an approval, a CRM's list. */
          changed: number;
          /** It is or was in another campaign than the import's. */
          enrolled: number;
        };
        finishedAt: string | null;
      } | null;
    };
  };
  /** Import a list from a CRM */
  "POST /v1/imports/crm": {
    body: {
      destinationId: string;
      /** HubSpot: `{"listId": "12"}`. Salesforce: `{"soql": "select Id from Contact where ..."}` or `{"reportId": "00O..."}`. Close: `{"smartViewId": "save_..."}`. */
      list: Record<string, unknown>;
      /** Fields of a lead, or names of custom ones, and the CRM's that they come from; beside the usual ones. `a|b`: the first that isn't empty. null: not taken. */
      fields?: Record<string, string | null>;
      /** Whoever comes in for the first time enters it. Needs the right `campaigns.start`. */
      campaignId?: string | null;
      /** For the new leads. */
      tags?: string[];
      defaultCountry?: string | null;
      /** Minutes from the end of a run to the next one, 15 to 43,200 (30 days). null: only when asked. */
      everyMinutes?: number | null;
    };
    response: {
      id: string;
      destinationId: string;
      list: Record<string, unknown>;
      fields: Record<string, string>;
      campaignId: string | null;
      tags: string[];
      defaultCountry: string | null;
      everyMinutes: number | null;
      status: "waiting" | "running" | "done" | "failed";
      /** Counts runs, from 1. */
      run: number;
      /** Of this run, so far. */
      counts: {
        /** People of the list that were read. */
        people: number;
        /** New leads. */
        added: number;
        /** People who were leads already, and are followed from now on. They got what they lacked. */
        linked: number;
        /** Leads that follow a change in the CRM. */
        updated: number;
        /** Nothing was to be changed. */
        unchanged: number;
        /** Leads of which something stays as it was changed here, or whose address another lead has. */
        kept: number;
        /** Not taken in: they said no to messages, or were erased. */
        suppressed: number;
        /** Not taken in again: their lead was deleted here. */
        removed: number;
        /** People without any address that can be used. */
        rejected: number;
        /** Leads that went in without a value that was wrong. */
        warnings: number;
        /** Leads that entered the campaign. */
        enrolled: number;
        /** People of earlier runs who are not in the list any more. Their leads stay. Known at the end. */
        left: number;
      };
      /** What was wrong with people of this run: the first 200. */
      findings: {
        crmId: string;
        field: string;
        reason: string;
      }[];
      /** Why it failed, or why it waits to try a page again. */
      error: {
        code: string;
        detail: string;
      } | null;
      startedAt: string | null;
      endedAt: string | null;
      /** When it goes on, or runs again. Null: when it is asked to. */
      nextRunAt: string | null;
      createdAt: string;
    };
  };
  /** List imports from CRMs */
  "GET /v1/imports/crm": {
    query?: {
      destinationId?: string;
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        destinationId: string;
        list: Record<string, unknown>;
        fields: Record<string, string>;
        campaignId: string | null;
        tags: string[];
        defaultCountry: string | null;
        everyMinutes: number | null;
        status: "waiting" | "running" | "done" | "failed";
        /** Counts runs, from 1. */
        run: number;
        /** Of this run, so far. */
        counts: {
          /** People of the list that were read. */
          people: number;
          /** New leads. */
          added: number;
          /** People who were leads already, and are followed from now on. They got what they lacked. */
          linked: number;
          /** Leads that follow a change in the CRM. */
          updated: number;
          /** Nothing was to be changed. */
          unchanged: number;
          /** Leads of which something stays as it was changed here, or whose address another lead has. */
          kept: number;
          /** Not taken in: they said no to messages, or were erased. */
          suppressed: number;
          /** Not taken in again: their lead was deleted here. */
          removed: number;
          /** People without any address that can be used. */
          rejected: number;
          /** Leads that went in without a value that was wrong. */
          warnings: number;
          /** Leads that entered the campaign. */
          enrolled: number;
          /** People of earlier runs who are not in the list any more. Their leads stay. Known at the end. */
          left: number;
        };
        /** What was wrong with people of this run: the first 200. */
        findings: {
          crmId: string;
          field: string;
          reason: string;
        }[];
        /** Why it failed, or why it waits to try a page again. */
        error: {
          code: string;
          detail: string;
        } | null;
        startedAt: string | null;
        endedAt: string | null;
        /** When it goes on, or runs again. Null: when it is asked to. */
        nextRunAt: string | null;
        createdAt: string;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Get an import from a CRM */
  "GET /v1/imports/crm/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      destinationId: string;
      list: Record<string, unknown>;
      fields: Record<string, string>;
      campaignId: string | null;
      tags: string[];
      defaultCountry: string | null;
      everyMinutes: number | null;
      status: "waiting" | "running" | "done" | "failed";
      /** Counts runs, from 1. */
      run: number;
      /** Of this run, so far. */
      counts: {
        /** People of the list that were read. */
        people: number;
        /** New leads. */
        added: number;
        /** People who were leads already, and are followed from now on. They got what they lacked. */
        linked: number;
        /** Leads that follow a change in the CRM. */
        updated: number;
        /** Nothing was to be changed. */
        unchanged: number;
        /** Leads of which something stays as it was changed here, or whose address another lead has. */
        kept: number;
        /** Not taken in: they said no to messages, or were erased. */
        suppressed: number;
        /** Not taken in again: their lead was deleted here. */
        removed: number;
        /** People without any address that can be used. */
        rejected: number;
        /** Leads that went in without a value that was wrong. */
        warnings: number;
        /** Leads that entered the campaign. */
        enrolled: number;
        /** People of earlier runs who are not in the list any more. Their leads stay. Known at the end. */
        left: number;
      };
      /** What was wrong with people of this run: the first 200. */
      findings: {
        crmId: string;
        field: string;
        reason: string;
      }[];
      /** Why it failed, or why it waits to try a page again. */
      error: {
        code: string;
        detail: string;
      } | null;
      startedAt: string | null;
      endedAt: string | null;
      /** When it goes on, or runs again. Null: when it is asked to. */
      nextRunAt: string | null;
      createdAt: string;
    };
  };
  /** Change an import from a CRM */
  "PATCH /v1/imports/crm/{id}": {
    params: {
      id: string;
    };
    body: {
      /** Minutes from the end of a run to the next one, 15 to 43,200 (30 days). null: only when asked. */
      everyMinutes: number | null;
    };
    response: {
      id: string;
      destinationId: string;
      list: Record<string, unknown>;
      fields: Record<string, string>;
      campaignId: string | null;
      tags: string[];
      defaultCountry: string | null;
      everyMinutes: number | null;
      status: "waiting" | "running" | "done" | "failed";
      /** Counts runs, from 1. */
      run: number;
      /** Of this run, so far. */
      counts: {
        /** People of the list that were read. */
        people: number;
        /** New leads. */
        added: number;
        /** People who were leads already, and are followed from now on. They got what they lacked. */
        linked: number;
        /** Leads that follow a change in the CRM. */
        updated: number;
        /** Nothing was to be changed. */
        unchanged: number;
        /** Leads of which something stays as it was changed here, or whose address another lead has. */
        kept: number;
        /** Not taken in: they said no to messages, or were erased. */
        suppressed: number;
        /** Not taken in again: their lead was deleted here. */
        removed: number;
        /** People without any address that can be used. */
        rejected: number;
        /** Leads that went in without a value that was wrong. */
        warnings: number;
        /** Leads that entered the campaign. */
        enrolled: number;
        /** People of earlier runs who are not in the list any more. Their leads stay. Known at the end. */
        left: number;
      };
      /** What was wrong with people of this run: the first 200. */
      findings: {
        crmId: string;
        field: string;
        reason: string;
      }[];
      /** Why it failed, or why it waits to try a page again. */
      error: {
        code: string;
        detail: string;
      } | null;
      startedAt: string | null;
      endedAt: string | null;
      /** When it goes on, or runs again. Null: when it is asked to. */
      nextRunAt: string | null;
      createdAt: string;
    };
  };
  /** Delete an import from a CRM */
  "DELETE /v1/imports/crm/{id}": {
    params: {
      id: string;
    };
    response: null;
  };
  /** Run an import from a CRM again */
  "POST /v1/imports/crm/{id}/run": {
    params: {
      id: string;
    };
    body: {
      afresh?: boolean;
    };
    response: {
      id: string;
      destinationId: string;
      list: Record<string, unknown>;
      fields: Record<string, string>;
      campaignId: string | null;
      tags: string[];
      defaultCountry: string | null;
      everyMinutes: number | null;
      status: "waiting" | "running" | "done" | "failed";
      /** Counts runs, from 1. */
      run: number;
      /** Of this run, so far. */
      counts: {
        /** People of the list that were read. */
        people: number;
        /** New leads. */
        added: number;
        /** People who were leads already, and are followed from now on. They got what they lacked. */
        linked: number;
        /** Leads that follow a change in the CRM. */
        updated: number;
        /** Nothing was to be changed. */
        unchanged: number;
        /** Leads of which something stays as it was changed here, or whose address another lead has. */
        kept: number;
        /** Not taken in: they said no to messages, or were erased. */
        suppressed: number;
        /** Not taken in again: their lead was deleted here. */
        removed: number;
        /** People without any address that can be used. */
        rejected: number;
        /** Leads that went in without a value that was wrong. */
        warnings: number;
        /** Leads that entered the campaign. */
        enrolled: number;
        /** People of earlier runs who are not in the list any more. Their leads stay. Known at the end. */
        left: number;
      };
      /** What was wrong with people of this run: the first 200. */
      findings: {
        crmId: string;
        field: string;
        reason: string;
      }[];
      /** Why it failed, or why it waits to try a page again. */
      error: {
        code: string;
        detail: string;
      } | null;
      startedAt: string | null;
      endedAt: string | null;
      /** When it goes on, or runs again. Null: when it is asked to. */
      nextRunAt: string | null;
      createdAt: string;
    };
  };
  /** Create a campaign */
  "POST /v1/campaigns": {
    body: {
      name: string;
      /** IANA name, such as Europe/Berlin: for leads that have none of their own. */
      timeZone?: string | null;
      /** Each step needs a sender of its channel among them before the campaign can start. */
      senderIds?: string[];
      steps?: {
        /** Of a step that is there already: it keeps its leads, wherever it now stands. Without it (and without the `key` of one) the step is a new one. */
        id?: string;
        /** A name of your own, by which branches and files refer to the step. */
        key?: string | null;
        /** A task may be without one. */
        channel?: ("linkedin" | "sms" | "email") | null;
        /** `message`; `connect`, a LinkedIn invitation (`text` is then its note and may be left out); `wait_for_acceptance`, which goes on when the invitation was accepted, or with `else` after `timeLimit`; `task`, which a person does and ends (`POST /v1/tasks/{id}/complete`). */
        action?: "message" | "connect" | "wait_for_acceptance" | "task";
        /** As answers have it, so that they can be sent back; the order of the list is what counts. */
        position?: number;
        /** How long after the step before went out: `30m`, `1h`, `2d`, `3bd` (business days) or seconds; or `{amount, unit}`. Days keep the hour on the lead's clock. For the first step: after the lead was enrolled and the campaign was started. Default 0. */
        delay?:
          | string
          | number
          | {
              amount: number;
              unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
            };
        /** As answers have it: what `delay` comes to, or in place of it. One that says something else is refused. */
        delaySeconds?: number;
        if?: ConditionInput | null;
        else?:
          | (
              | ("skip" | "stop")
              | {
                  /** A step of the sequence: its position (from 1), `key` or ID. An answer has the ID. */
                  goTo: number | string;
                }
            )
          | null;
        /** Only of `wait_for_acceptance`, which needs one: how long after the step before, as `delay` says it. */
        timeLimit?:
          | (
              | string
              | number
              | {
                  amount: number;
                  unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
                }
            )
          | null;
        /** Only of a task: what it is, in a few words; a template. */
        title?: string | null;
        /** Email only; required where a lead may come to it without an email before. Without a subject it is a reply in the thread. */
        subject?: string | null;
        /** A Liquid template: `Hi {{ firstName | default: "there" }}`. Custom fields are named alone or in `custom`: `{{ custom["job.level"] }}`. */
        text?: string;
        /** Email only. Values are escaped; a link (href, src) begins with https:, http:, mailto: or tel:. */
        html?: string | null;
        /** `subject`, `text` and `html` in one object, for those who keep them so; in place of these three, which answers have. */
        template?: {
          /** Email only; required where a lead may come to it without an email before. Without a subject it is a reply in the thread. */
          subject?: string | null;
          /** A Liquid template: `Hi {{ firstName | default: "there" }}`. Custom fields are named alone or in `custom`: `{{ custom["job.level"] }}`. */
          text?: string;
          /** Email only. Values are escaped; a link (href, src) begins with https:, http:, mailto: or tel:. */
          html?: string | null;
        };
        /** Two to six texts in place of one. A lead keeps the variant that it has; `weight` is its part of the leads, in proportion to the others'. Results: `GET /v1/campaigns/{id}/results`. */
        variants?:
          | {
              /** Default: A, B, C, ... */
              key?: string;
              weight?: number;
              /** Email only; required where a lead may come to it without an email before. Without a subject it is a reply in the thread. */
              subject?: string | null;
              /** A Liquid template: `Hi {{ firstName | default: "there" }}`. Custom fields are named alone or in `custom`: `{{ custom["job.level"] }}`. */
              text?: string;
              /** Email only. Values are escaped; a link (href, src) begins with https:, http:, mailto: or tel:. */
              html?: string | null;
            }[]
          | null;
      }[];
      /** When messages may go out, by the clock at the lead's place (its zone, else the campaign's, else the workspace's): for each weekday windows like {"from": "09:00", "to": "12:30"}, and holidays as dates. Null: at any time. SMS stay within the workspace's `smsHours` besides. */
      schedule?: {
        windows: {
          sunday?: {
            from: string;
            to: string;
          }[];
          monday?: {
            from: string;
            to: string;
          }[];
          tuesday?: {
            from: string;
            to: string;
          }[];
          wednesday?: {
            from: string;
            to: string;
          }[];
          thursday?: {
            from: string;
            to: string;
          }[];
          friday?: {
            from: string;
            to: string;
          }[];
          saturday?: {
            from: string;
            to: string;
          }[];
        };
        holidays?: string[];
      } | null;
      /** A day is one of the campaign's zone. New leads are those that get their first message. */
      limits?: {
        messagesPerDay?: number | null;
        newLeadsPerDay?: number | null;
      };
      /** A length of time such as `2d`. What is later than this because nobody could plan it (Herald was down, the campaign paused) is held, and can be released. Waiting for a sender's turn doesn't count. Null: never. */
      maxLateness?: string | number | null;
      /** How a lead's first sender is chosen: fixed by the lead, the one idle longest, or by `senderWeights`. */
      rotation?: "fixed" | "longest_idle" | "weighted";
      /** In place of all weights, by the ID of a sender of the campaign; one that is left out has 1. */
      senderWeights?: Record<string, number>;
      /** `move`: leads to whom nothing was sent yet go to another sender when theirs can't send. */
      onSenderPaused?: "wait" | "move";
      /** Whether its leads may be active in another campaign at the same time. */
      allowParallel?: boolean;
      /** In place of all: a lead with one of these tags (without regard to case) gets nothing more of the campaign. */
      stopTags?: string[];
      /** Whether HTML emails tell that they were opened (a picture of one pixel) and which links were followed (links lead over Herald). Both are off unless set: they watch people, who in many places (GDPR, ePrivacy) must have agreed to it. Needs HERALD_PUBLIC_URL. Messages that went out keep what they have. */
      tracking?: {
        opens?: boolean;
        clicks?: boolean;
      };
      /** What stops a lead (a reply, an opt-out, a status, a tag; not a bounce) stops the others of its company in this campaign, too. Companies are compared by name, without regard to case. */
      stopCompany?: boolean;
    };
    response: {
      id: string;
      /** By which it was applied (`PUT /v1/campaigns/by-key/{key}`). */
      key: string | null;
      name: string;
      status: "draft" | "active" | "paused" | "finished";
      timeZone: string | null;
      senderIds: string[];
      createdAt: string;
      updatedAt: string;
      startedAt: string | null;
      pausedAt: string | null;
      finishedAt: string | null;
      archivedAt: string | null;
      schedule: {
        windows: Record<
          string,
          {
            from: string;
            to: string;
          }[]
        >;
        holidays: string[];
      } | null;
      limits: {
        messagesPerDay: number | null;
        newLeadsPerDay: number | null;
      };
      maxLatenessSeconds: number | null;
      rotation: "fixed" | "longest_idle" | "weighted";
      senderWeights: Record<string, number>;
      onSenderPaused: "wait" | "move";
      allowParallel: boolean;
      stopTags: string[];
      stopCompany: boolean;
      tracking: {
        opens: boolean;
        clicks: boolean;
      };
      pausedBy: string | null;
      pauseReason: string | null;
      steps: {
        id: string;
        key: string | null;
        /** From 1. */
        position: number;
        channel: ("linkedin" | "sms" | "email") | null;
        action: "message" | "connect" | "wait_for_acceptance" | "task";
        delay: {
          amount: number;
          unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
        };
        /** The same in seconds; a day counts as 86,400. */
        delaySeconds: number;
        if: Condition | null;
        else:
          | (
              | ("skip" | "stop")
              | {
                  goTo: string;
                }
            )
          | null;
        timeLimit: {
          amount: number;
          unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
        } | null;
        title: string | null;
        subject: string | null;
        text: string;
        html: string | null;
        variants:
          | {
              key: string;
              weight: number;
              subject: string | null;
              text: string;
              html: string | null;
            }[]
          | null;
      }[];
    };
  };
  /** List campaigns */
  "GET /v1/campaigns": {
    query?: {
      status?: "draft" | "active" | "paused" | "finished";
      /** `true`: those in the archive, and no others. */
      archived?: "true" | "false";
      /** Part of the name, in any case. */
      search?: string;
      page?: number;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        /** By which it was applied (`PUT /v1/campaigns/by-key/{key}`). */
        key: string | null;
        name: string;
        status: "draft" | "active" | "paused" | "finished";
        timeZone: string | null;
        senderIds: string[];
        createdAt: string;
        updatedAt: string;
        startedAt: string | null;
        pausedAt: string | null;
        finishedAt: string | null;
        archivedAt: string | null;
        schedule: {
          windows: Record<
            string,
            {
              from: string;
              to: string;
            }[]
          >;
          holidays: string[];
        } | null;
        limits: {
          messagesPerDay: number | null;
          newLeadsPerDay: number | null;
        };
        maxLatenessSeconds: number | null;
        rotation: "fixed" | "longest_idle" | "weighted";
        senderWeights: Record<string, number>;
        onSenderPaused: "wait" | "move";
        allowParallel: boolean;
        stopTags: string[];
        stopCompany: boolean;
        tracking: {
          opens: boolean;
          clicks: boolean;
        };
        pausedBy: string | null;
        pauseReason: string | null;
      }[];
      meta: {
        total: number;
        page: number;
        limit: number;
        totalPages: number;
      };
    };
  };
  /** Get a campaign */
  "GET /v1/campaigns/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      /** By which it was applied (`PUT /v1/campaigns/by-key/{key}`). */
      key: string | null;
      name: string;
      status: "draft" | "active" | "paused" | "finished";
      timeZone: string | null;
      senderIds: string[];
      createdAt: string;
      updatedAt: string;
      startedAt: string | null;
      pausedAt: string | null;
      finishedAt: string | null;
      archivedAt: string | null;
      schedule: {
        windows: Record<
          string,
          {
            from: string;
            to: string;
          }[]
        >;
        holidays: string[];
      } | null;
      limits: {
        messagesPerDay: number | null;
        newLeadsPerDay: number | null;
      };
      maxLatenessSeconds: number | null;
      rotation: "fixed" | "longest_idle" | "weighted";
      senderWeights: Record<string, number>;
      onSenderPaused: "wait" | "move";
      allowParallel: boolean;
      stopTags: string[];
      stopCompany: boolean;
      tracking: {
        opens: boolean;
        clicks: boolean;
      };
      pausedBy: string | null;
      pauseReason: string | null;
      steps: {
        id: string;
        key: string | null;
        /** From 1. */
        position: number;
        channel: ("linkedin" | "sms" | "email") | null;
        action: "message" | "connect" | "wait_for_acceptance" | "task";
        delay: {
          amount: number;
          unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
        };
        /** The same in seconds; a day counts as 86,400. */
        delaySeconds: number;
        if: Condition | null;
        else:
          | (
              | ("skip" | "stop")
              | {
                  goTo: string;
                }
            )
          | null;
        timeLimit: {
          amount: number;
          unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
        } | null;
        title: string | null;
        subject: string | null;
        text: string;
        html: string | null;
        variants:
          | {
              key: string;
              weight: number;
              subject: string | null;
              text: string;
              html: string | null;
            }[]
          | null;
      }[];
      metrics: {
        connectionsSent: number;
        connectionsAccepted: number;
        messagesSent: number;
        repliesReceived: number;
      };
    };
  };
  /** Change a campaign */
  "PATCH /v1/campaigns/{id}": {
    params: {
      id: string;
    };
    body:
      | {
          action: "pause" | "resume";
        }
      | {
          /** `updatedAt` of the campaign that the change was made to: where somebody has changed it since, this is refused with 409 in place of overwriting that. That it was started, paused, resumed or finished since doesn't count. Without it the last one wins. */
          ifUpdatedAt?: string;
          name?: string;
          /** IANA name, such as Europe/Berlin: for leads that have none of their own. */
          timeZone?: string | null;
          /** Each step needs a sender of its channel among them before the campaign can start. */
          senderIds?: string[];
          /** In place of all steps, also while the campaign runs: a step given with its `id` keeps its leads; those at a step that is left out go on to the next one that stays. What waits to go out by a step that was changed is written anew by it. */
          steps?: {
            /** Of a step that is there already: it keeps its leads, wherever it now stands. Without it (and without the `key` of one) the step is a new one. */
            id?: string;
            /** A name of your own, by which branches and files refer to the step. */
            key?: string | null;
            /** A task may be without one. */
            channel?: ("linkedin" | "sms" | "email") | null;
            /** `message`; `connect`, a LinkedIn invitation (`text` is then its note and may be left out); `wait_for_acceptance`, which goes on when the invitation was accepted, or with `else` after `timeLimit`; `task`, which a person does and ends (`POST /v1/tasks/{id}/complete`). */
            action?: "message" | "connect" | "wait_for_acceptance" | "task";
            /** As answers have it, so that they can be sent back; the order of the list is what counts. */
            position?: number;
            /** How long after the step before went out: `30m`, `1h`, `2d`, `3bd` (business days) or seconds; or `{amount, unit}`. Days keep the hour on the lead's clock. For the first step: after the lead was enrolled and the campaign was started. Default 0. */
            delay?:
              | string
              | number
              | {
                  amount: number;
                  unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
                };
            /** As answers have it: what `delay` comes to, or in place of it. One that says something else is refused. */
            delaySeconds?: number;
            if?: ConditionInput | null;
            else?:
              | (
                  | ("skip" | "stop")
                  | {
                      /** A step of the sequence: its position (from 1), `key` or ID. An answer has the ID. */
                      goTo: number | string;
                    }
                )
              | null;
            /** Only of `wait_for_acceptance`, which needs one: how long after the step before, as `delay` says it. */
            timeLimit?:
              | (
                  | string
                  | number
                  | {
                      amount: number;
                      unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
                    }
                )
              | null;
            /** Only of a task: what it is, in a few words; a template. */
            title?: string | null;
            /** Email only; required where a lead may come to it without an email before. Without a subject it is a reply in the thread. */
            subject?: string | null;
            /** A Liquid template: `Hi {{ firstName | default: "there" }}`. Custom fields are named alone or in `custom`: `{{ custom["job.level"] }}`. */
            text?: string;
            /** Email only. Values are escaped; a link (href, src) begins with https:, http:, mailto: or tel:. */
            html?: string | null;
            /** `subject`, `text` and `html` in one object, for those who keep them so; in place of these three, which answers have. */
            template?: {
              /** Email only; required where a lead may come to it without an email before. Without a subject it is a reply in the thread. */
              subject?: string | null;
              /** A Liquid template: `Hi {{ firstName | default: "there" }}`. Custom fields are named alone or in `custom`: `{{ custom["job.level"] }}`. */
              text?: string;
              /** Email only. Values are escaped; a link (href, src) begins with https:, http:, mailto: or tel:. */
              html?: string | null;
            };
            /** Two to six texts in place of one. A lead keeps the variant that it has; `weight` is its part of the leads, in proportion to the others'. Results: `GET /v1/campaigns/{id}/results`. */
            variants?:
              | {
                  /** Default: A, B, C, ... */
                  key?: string;
                  weight?: number;
                  /** Email only; required where a lead may come to it without an email before. Without a subject it is a reply in the thread. */
                  subject?: string | null;
                  /** A Liquid template: `Hi {{ firstName | default: "there" }}`. Custom fields are named alone or in `custom`: `{{ custom["job.level"] }}`. */
                  text?: string;
                  /** Email only. Values are escaped; a link (href, src) begins with https:, http:, mailto: or tel:. */
                  html?: string | null;
                }[]
              | null;
          }[];
          /** When messages may go out, by the clock at the lead's place (its zone, else the campaign's, else the workspace's): for each weekday windows like {"from": "09:00", "to": "12:30"}, and holidays as dates. Null: at any time. SMS stay within the workspace's `smsHours` besides. */
          schedule?: {
            windows: {
              sunday?: {
                from: string;
                to: string;
              }[];
              monday?: {
                from: string;
                to: string;
              }[];
              tuesday?: {
                from: string;
                to: string;
              }[];
              wednesday?: {
                from: string;
                to: string;
              }[];
              thursday?: {
                from: string;
                to: string;
              }[];
              friday?: {
                from: string;
                to: string;
              }[];
              saturday?: {
                from: string;
                to: string;
              }[];
            };
            holidays?: string[];
          } | null;
          /** A day is one of the campaign's zone. New leads are those that get their first message. */
          limits?: {
            messagesPerDay?: number | null;
            newLeadsPerDay?: number | null;
          };
          /** A length of time such as `2d`. What is later than this because nobody could plan it (Herald was down, the campaign paused) is held, and can be released. Waiting for a sender's turn doesn't count. Null: never. */
          maxLateness?: string | number | null;
          /** How a lead's first sender is chosen: fixed by the lead, the one idle longest, or by `senderWeights`. */
          rotation?: "fixed" | "longest_idle" | "weighted";
          /** In place of all weights, by the ID of a sender of the campaign; one that is left out has 1. */
          senderWeights?: Record<string, number>;
          /** `move`: leads to whom nothing was sent yet go to another sender when theirs can't send. */
          onSenderPaused?: "wait" | "move";
          /** Whether its leads may be active in another campaign at the same time. */
          allowParallel?: boolean;
          /** In place of all: a lead with one of these tags (without regard to case) gets nothing more of the campaign. */
          stopTags?: string[];
          /** Whether HTML emails tell that they were opened (a picture of one pixel) and which links were followed (links lead over Herald). Both are off unless set: they watch people, who in many places (GDPR, ePrivacy) must have agreed to it. Needs HERALD_PUBLIC_URL. Messages that went out keep what they have. */
          tracking?: {
            opens?: boolean;
            clicks?: boolean;
          };
          /** What stops a lead (a reply, an opt-out, a status, a tag; not a bounce) stops the others of its company in this campaign, too. Companies are compared by name, without regard to case. */
          stopCompany?: boolean;
        };
    response:
      | {
          success: true;
          campaignId: string;
          action: "start" | "pause" | "resume";
          newStatus: "draft" | "active" | "paused" | "finished";
          message: string;
          /** Senders that can never send for it, as its windows and their hours are never open at the same time. Left out where there are none. */
          warnings?: string[];
        }
      | {
          id: string;
          /** By which it was applied (`PUT /v1/campaigns/by-key/{key}`). */
          key: string | null;
          name: string;
          status: "draft" | "active" | "paused" | "finished";
          timeZone: string | null;
          senderIds: string[];
          createdAt: string;
          updatedAt: string;
          startedAt: string | null;
          pausedAt: string | null;
          finishedAt: string | null;
          archivedAt: string | null;
          schedule: {
            windows: Record<
              string,
              {
                from: string;
                to: string;
              }[]
            >;
            holidays: string[];
          } | null;
          limits: {
            messagesPerDay: number | null;
            newLeadsPerDay: number | null;
          };
          maxLatenessSeconds: number | null;
          rotation: "fixed" | "longest_idle" | "weighted";
          senderWeights: Record<string, number>;
          onSenderPaused: "wait" | "move";
          allowParallel: boolean;
          stopTags: string[];
          stopCompany: boolean;
          tracking: {
            opens: boolean;
            clicks: boolean;
          };
          pausedBy: string | null;
          pauseReason: string | null;
          steps: {
            id: string;
            key: string | null;
            /** From 1. */
            position: number;
            channel: ("linkedin" | "sms" | "email") | null;
            action: "message" | "connect" | "wait_for_acceptance" | "task";
            delay: {
              amount: number;
              unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
            };
            /** The same in seconds; a day counts as 86,400. */
            delaySeconds: number;
            if: Condition | null;
            else:
              | (
                  | ("skip" | "stop")
                  | {
                      goTo: string;
                    }
                )
              | null;
            timeLimit: {
              amount: number;
              unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
            } | null;
            title: string | null;
            subject: string | null;
            text: string;
            html: string | null;
            variants:
              | {
                  key: string;
                  weight: number;
                  subject: string | null;
                  text: string;
                  html: string | null;
                }[]
              | null;
          }[];
        };
  };
  /** Apply a campaign */
  "PUT /v1/campaigns/by-key/{key}": {
    params: {
      key: string;
    };
    body: {
      name: string;
      /** IANA name, such as Europe/Berlin: for leads that have none of their own. */
      timeZone?: string | null;
      /** IDs of senders, or their names; each step that sends needs one of its channel. */
      senders?: string[];
      steps: {
        /** Names the step for ever: it keeps its leads when the file changes. */
        key: string;
        /** A task may be without one. */
        channel?: ("linkedin" | "sms" | "email") | null;
        /** `message`; `connect`, a LinkedIn invitation (`text` is then its note and may be left out); `wait_for_acceptance`, which goes on when the invitation was accepted, or with `else` after `timeLimit`; `task`, which a person does and ends (`POST /v1/tasks/{id}/complete`). */
        action?: "message" | "connect" | "wait_for_acceptance" | "task";
        /** How long after the step before went out: `30m`, `1h`, `2d`, `3bd` (business days) or seconds; or `{amount, unit}`. Days keep the hour on the lead's clock. For the first step: after the lead was enrolled and the campaign was started. Default 0. */
        delay?:
          | string
          | number
          | {
              amount: number;
              unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
            };
        if?: ConditionInput | null;
        else?:
          | (
              | ("skip" | "stop")
              | {
                  /** A step of the sequence: its position (from 1), `key` or ID. An answer has the ID. */
                  goTo: number | string;
                }
            )
          | null;
        /** Only of `wait_for_acceptance`, which needs one: how long after the step before, as `delay` says it. */
        timeLimit?:
          | (
              | string
              | number
              | {
                  amount: number;
                  unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
                }
            )
          | null;
        /** Only of a task: what it is, in a few words; a template. */
        title?: string | null;
        /** Email only; required where a lead may come to it without an email before. Without a subject it is a reply in the thread. */
        subject?: string | null;
        /** A Liquid template: `Hi {{ firstName | default: "there" }}`. Custom fields are named alone or in `custom`: `{{ custom["job.level"] }}`. */
        text?: string;
        /** Email only. Values are escaped; a link (href, src) begins with https:, http:, mailto: or tel:. */
        html?: string | null;
        /** `subject`, `text` and `html` in one object, for those who keep them so; in place of these three, which answers have. */
        template?: {
          /** Email only; required where a lead may come to it without an email before. Without a subject it is a reply in the thread. */
          subject?: string | null;
          /** A Liquid template: `Hi {{ firstName | default: "there" }}`. Custom fields are named alone or in `custom`: `{{ custom["job.level"] }}`. */
          text?: string;
          /** Email only. Values are escaped; a link (href, src) begins with https:, http:, mailto: or tel:. */
          html?: string | null;
        };
        /** Two to six texts in place of one. A lead keeps the variant that it has; `weight` is its part of the leads, in proportion to the others'. Results: `GET /v1/campaigns/{id}/results`. */
        variants?:
          | {
              /** Default: A, B, C, ... */
              key?: string;
              weight?: number;
              /** Email only; required where a lead may come to it without an email before. Without a subject it is a reply in the thread. */
              subject?: string | null;
              /** A Liquid template: `Hi {{ firstName | default: "there" }}`. Custom fields are named alone or in `custom`: `{{ custom["job.level"] }}`. */
              text?: string;
              /** Email only. Values are escaped; a link (href, src) begins with https:, http:, mailto: or tel:. */
              html?: string | null;
            }[]
          | null;
      }[];
      /** When messages may go out, by the clock at the lead's place (its zone, else the campaign's, else the workspace's): for each weekday windows like {"from": "09:00", "to": "12:30"}, and holidays as dates. Null: at any time. SMS stay within the workspace's `smsHours` besides. */
      schedule?: {
        windows: {
          sunday?: {
            from: string;
            to: string;
          }[];
          monday?: {
            from: string;
            to: string;
          }[];
          tuesday?: {
            from: string;
            to: string;
          }[];
          wednesday?: {
            from: string;
            to: string;
          }[];
          thursday?: {
            from: string;
            to: string;
          }[];
          friday?: {
            from: string;
            to: string;
          }[];
          saturday?: {
            from: string;
            to: string;
          }[];
        };
        holidays?: string[];
      } | null;
      /** A day is one of the campaign's zone. New leads are those that get their first message. */
      limits?: {
        messagesPerDay?: number | null;
        newLeadsPerDay?: number | null;
      };
      /** A length of time such as `2d`. What is later than this because nobody could plan it (Herald was down, the campaign paused) is held, and can be released. Waiting for a sender's turn doesn't count. Null: never. */
      maxLateness?: string | number | null;
      /** How a lead's first sender is chosen: fixed by the lead, the one idle longest, or by `senderWeights`. */
      rotation?: "fixed" | "longest_idle" | "weighted";
      /** In place of all weights, by the ID of a sender of the campaign; one that is left out has 1. */
      senderWeights?: Record<string, number>;
      /** `move`: leads to whom nothing was sent yet go to another sender when theirs can't send. */
      onSenderPaused?: "wait" | "move";
      /** Whether its leads may be active in another campaign at the same time. */
      allowParallel?: boolean;
      /** In place of all: a lead with one of these tags (without regard to case) gets nothing more of the campaign. */
      stopTags?: string[];
      /** Whether HTML emails tell that they were opened (a picture of one pixel) and which links were followed (links lead over Herald). Both are off unless set: they watch people, who in many places (GDPR, ePrivacy) must have agreed to it. Needs HERALD_PUBLIC_URL. Messages that went out keep what they have. */
      tracking?: {
        opens?: boolean;
        clicks?: boolean;
      };
      /** What stops a lead (a reply, an opt-out, a status, a tag; not a bounce) stops the others of its company in this campaign, too. Companies are compared by name, without regard to case. */
      stopCompany?: boolean;
    };
    response: {
      campaign: {
        id: string;
        /** By which it was applied (`PUT /v1/campaigns/by-key/{key}`). */
        key: string | null;
        name: string;
        status: "draft" | "active" | "paused" | "finished";
        timeZone: string | null;
        senderIds: string[];
        createdAt: string;
        updatedAt: string;
        startedAt: string | null;
        pausedAt: string | null;
        finishedAt: string | null;
        archivedAt: string | null;
        schedule: {
          windows: Record<
            string,
            {
              from: string;
              to: string;
            }[]
          >;
          holidays: string[];
        } | null;
        limits: {
          messagesPerDay: number | null;
          newLeadsPerDay: number | null;
        };
        maxLatenessSeconds: number | null;
        rotation: "fixed" | "longest_idle" | "weighted";
        senderWeights: Record<string, number>;
        onSenderPaused: "wait" | "move";
        allowParallel: boolean;
        stopTags: string[];
        stopCompany: boolean;
        tracking: {
          opens: boolean;
          clicks: boolean;
        };
        pausedBy: string | null;
        pauseReason: string | null;
        steps: {
          id: string;
          key: string | null;
          /** From 1. */
          position: number;
          channel: ("linkedin" | "sms" | "email") | null;
          action: "message" | "connect" | "wait_for_acceptance" | "task";
          delay: {
            amount: number;
            unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
          };
          /** The same in seconds; a day counts as 86,400. */
          delaySeconds: number;
          if: Condition | null;
          else:
            | (
                | ("skip" | "stop")
                | {
                    goTo: string;
                  }
              )
            | null;
          timeLimit: {
            amount: number;
            unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
          } | null;
          title: string | null;
          subject: string | null;
          text: string;
          html: string | null;
          variants:
            | {
                key: string;
                weight: number;
                subject: string | null;
                text: string;
                html: string | null;
              }[]
            | null;
        }[];
      };
      created: boolean;
      /** What was changed: `name`, `steps.intro`, ... Empty: nothing. */
      changes: string[];
    };
  };
  /** Start a campaign */
  "POST /v1/campaigns/{id}/start": {
    params: {
      id: string;
    };
    response: {
      success: true;
      campaignId: string;
      action: "start" | "pause" | "resume";
      newStatus: "draft" | "active" | "paused" | "finished";
      message: string;
      /** Senders that can never send for it, as its windows and their hours are never open at the same time. Left out where there are none. */
      warnings?: string[];
    };
  };
  /** Pause a campaign */
  "POST /v1/campaigns/{id}/pause": {
    params: {
      id: string;
    };
    response: {
      success: true;
      campaignId: string;
      action: "start" | "pause" | "resume";
      newStatus: "draft" | "active" | "paused" | "finished";
      message: string;
      /** Senders that can never send for it, as its windows and their hours are never open at the same time. Left out where there are none. */
      warnings?: string[];
    };
  };
  /** Resume a campaign */
  "POST /v1/campaigns/{id}/resume": {
    params: {
      id: string;
    };
    response: {
      success: true;
      campaignId: string;
      action: "start" | "pause" | "resume";
      newStatus: "draft" | "active" | "paused" | "finished";
      message: string;
      /** Senders that can never send for it, as its windows and their hours are never open at the same time. Left out where there are none. */
      warnings?: string[];
    };
  };
  /** Archive a campaign */
  "POST /v1/campaigns/{id}/archive": {
    params: {
      id: string;
    };
    response: {
      id: string;
      /** By which it was applied (`PUT /v1/campaigns/by-key/{key}`). */
      key: string | null;
      name: string;
      status: "draft" | "active" | "paused" | "finished";
      timeZone: string | null;
      senderIds: string[];
      createdAt: string;
      updatedAt: string;
      startedAt: string | null;
      pausedAt: string | null;
      finishedAt: string | null;
      archivedAt: string | null;
      schedule: {
        windows: Record<
          string,
          {
            from: string;
            to: string;
          }[]
        >;
        holidays: string[];
      } | null;
      limits: {
        messagesPerDay: number | null;
        newLeadsPerDay: number | null;
      };
      maxLatenessSeconds: number | null;
      rotation: "fixed" | "longest_idle" | "weighted";
      senderWeights: Record<string, number>;
      onSenderPaused: "wait" | "move";
      allowParallel: boolean;
      stopTags: string[];
      stopCompany: boolean;
      tracking: {
        opens: boolean;
        clicks: boolean;
      };
      pausedBy: string | null;
      pauseReason: string | null;
      steps: {
        id: string;
        key: string | null;
        /** From 1. */
        position: number;
        channel: ("linkedin" | "sms" | "email") | null;
        action: "message" | "connect" | "wait_for_acceptance" | "task";
        delay: {
          amount: number;
          unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
        };
        /** The same in seconds; a day counts as 86,400. */
        delaySeconds: number;
        if: Condition | null;
        else:
          | (
              | ("skip" | "stop")
              | {
                  goTo: string;
                }
            )
          | null;
        timeLimit: {
          amount: number;
          unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
        } | null;
        title: string | null;
        subject: string | null;
        text: string;
        html: string | null;
        variants:
          | {
              key: string;
              weight: number;
              subject: string | null;
              text: string;
              html: string | null;
            }[]
          | null;
      }[];
    };
  };
  /** Take a campaign out of the archive */
  "POST /v1/campaigns/{id}/restore": {
    params: {
      id: string;
    };
    response: {
      id: string;
      /** By which it was applied (`PUT /v1/campaigns/by-key/{key}`). */
      key: string | null;
      name: string;
      status: "draft" | "active" | "paused" | "finished";
      timeZone: string | null;
      senderIds: string[];
      createdAt: string;
      updatedAt: string;
      startedAt: string | null;
      pausedAt: string | null;
      finishedAt: string | null;
      archivedAt: string | null;
      schedule: {
        windows: Record<
          string,
          {
            from: string;
            to: string;
          }[]
        >;
        holidays: string[];
      } | null;
      limits: {
        messagesPerDay: number | null;
        newLeadsPerDay: number | null;
      };
      maxLatenessSeconds: number | null;
      rotation: "fixed" | "longest_idle" | "weighted";
      senderWeights: Record<string, number>;
      onSenderPaused: "wait" | "move";
      allowParallel: boolean;
      stopTags: string[];
      stopCompany: boolean;
      tracking: {
        opens: boolean;
        clicks: boolean;
      };
      pausedBy: string | null;
      pauseReason: string | null;
      steps: {
        id: string;
        key: string | null;
        /** From 1. */
        position: number;
        channel: ("linkedin" | "sms" | "email") | null;
        action: "message" | "connect" | "wait_for_acceptance" | "task";
        delay: {
          amount: number;
          unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
        };
        /** The same in seconds; a day counts as 86,400. */
        delaySeconds: number;
        if: Condition | null;
        else:
          | (
              | ("skip" | "stop")
              | {
                  goTo: string;
                }
            )
          | null;
        timeLimit: {
          amount: number;
          unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
        } | null;
        title: string | null;
        subject: string | null;
        text: string;
        html: string | null;
        variants:
          | {
              key: string;
              weight: number;
              subject: string | null;
              text: string;
              html: string | null;
            }[]
          | null;
      }[];
    };
  };
  /** How far campaigns are */
  "GET /v1/campaigns/progress": {
    query: {
      /** Separated by commas. */
      ids: string;
    };
    response: {
      data: {
        campaignId: string;
        leads: number;
        /** Something may still go out to them. */
        active: number;
        /** They wait for a person. */
        held: number;
        /** They have had all steps. */
        finished: number;
        /** They replied, opted out, or were taken out. */
        stopped: number;
        /** Of all: they got a first message. */
        contacted: number;
        /** Of the stopped: a reply ended the sequence. */
        replied: number;
      }[];
    };
  };
  /** A campaign and its guard rails */
  "GET /v1/campaigns/{id}/health": {
    params: {
      id: string;
    };
    response: {
      campaignId: string;
      /** Over how many days is counted. */
      days: number;
      /** Nothing is paused before so many messages. */
      fewest: number;
      /** That went out or failed. */
      messages: number;
      rails: {
        rail: "complaints" | "bounces" | "failures";
        count: number;
        /** Of the messages: 0 to 1. */
        share: number;
        /** The share at which the campaign is paused. */
        limit: number;
      }[];
    };
  };
  /** Enroll leads in a campaign */
  "POST /v1/campaigns/{id}/leads": {
    params: {
      id: string;
    };
    body:
      | {
          leadIds: string[];
        }
      | {
          /** As the parameters of `GET /v1/leads`; empty: all leads. */
          filter: {
            status?:
              | "PENDING"
              | "CONNECTION_SENT"
              | "CONNECTION_ACCEPTED"
              | "MESSAGE_SENT"
              | "REPLY_RECEIVED"
              | "MEETING_BOOKED"
              | "OPPORTUNITY"
              | "NOT_INTERESTED"
              | "DONE";
            tag?: string;
            search?: string;
          };
          /** `nextCursor` of the previous page. */
          cursor?: string;
        };
    response: {
      enrolled: number;
      alreadyEnrolled: number;
      /** Active in a campaign that doesn't share its leads. */
      inOtherCampaign: number;
      /** IDs of no lead in this workspace. */
      notFound: string[];
      /** Only with `filter`. Null: these were the last. */
      nextCursor?: string | null;
    };
  };
  /** List the leads of a campaign */
  "GET /v1/campaigns/{id}/leads": {
    params: {
      id: string;
    };
    query?: {
      state?: "active" | "held" | "finished" | "stopped";
      /** Those whose next step it is. */
      stepId?: string;
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 200. */
      limit?: number;
    };
    response: {
      data: {
        leadId: string;
        /** Who it is. Null: the lead is not there any more. */
        lead: {
          firstName: string | null;
          lastName: string | null;
          company: string | null;
          title: string | null;
          email: string | null;
          phone: string | null;
          linkedinUrl: string | null;
        } | null;
        state: "active" | "held" | "finished" | "stopped";
        /** Why the lead has stopped. */
        reason: string | null;
        nextStepId: string | null;
        /** Its position, from 1. */
        nextStep: number | null;
        /** When the next step is due. Null while a message of this lead is on its way, and when nothing comes. */
        nextAt: string | null;
        /** Why it waits longer than its delay, as was seen last. `GET /v1/leads/{id}/next` says it as of now. */
        waitReason: string | null;
        enrolledAt: string;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Release a held lead */
  "POST /v1/campaigns/{id}/leads/{leadId}/release": {
    params: {
      id: string;
      leadId: string;
    };
    response: {
      success: boolean;
      message: string;
    };
  };
  /** Take a lead out of a campaign */
  "POST /v1/campaigns/{id}/leads/{leadId}/stop": {
    params: {
      id: string;
      leadId: string;
    };
    body: {
      reason?: string;
      /** Also all other leads of the same company (by its name). */
      company?: boolean;
    };
    response: {
      success: boolean;
      message: string;
    };
  };
  /** Results of a campaign, by step and variant */
  "GET /v1/campaigns/{id}/results": {
    params: {
      id: string;
    };
    response: {
      campaignId: string;
      steps: {
        stepId: string;
        key: string | null;
        position: number;
        channel: ("linkedin" | "sms" | "email") | null;
        action: "message" | "connect" | "wait_for_acceptance" | "task";
        /** Messages that are on their way, or held. */
        planned: number;
        sent: number;
        failed: number;
        blocked: number;
        uncertain: number;
        /** Emails only, where the campaign tracks it. */
        opened: number;
        clicked: number;
        /** Sent messages after which the lead replied, on any channel, before it got the campaign's next one. */
        replied: number;
        /** Leads without a message at this step: its condition or time limit let them go on (skipped), sent them to a later step (jumped) or out (stopped); their invitation was accepted; their task was done. */
        passed: {
          skipped: number;
          jumped: number;
          stopped: number;
          accepted: number;
          done: number;
        };
        /** Empty: the step has one text. A weight of null: the variant was taken out. */
        variants: {
          key: string;
          weight: number | null;
          /** Messages that are on their way, or held. */
          planned: number;
          sent: number;
          failed: number;
          blocked: number;
          uncertain: number;
          /** Emails only, where the campaign tracks it. */
          opened: number;
          clicked: number;
          /** Sent messages after which the lead replied, on any channel, before it got the campaign's next one. */
          replied: number;
        }[];
      }[];
    };
  };
  /** Foresee what a campaign sends */
  "POST /v1/campaigns/{id}/simulate": {
    params: {
      id: string;
    };
    body: {
      /** When a draft would be started, or a paused campaign resumed. Default, and at the earliest: now. An active one goes on from now. */
      startAt?: string;
      horizonDays?: number;
      /** Also when each lead gets each step, by page. */
      leads?: boolean;
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** Leads in a page. */
      limit?: number;
    };
    response: {
      startsAt: string;
      /** When the last lead leaves its sequence. Null: not in sight. */
      endsAt: string | null;
      /** Of the days. */
      timeZone: string;
      totals: {
        sent: number;
        /** Steps that would not go out. */
        blocked: number;
        /** Leads that would wait for a person. */
        held: number;
        /** Leads for which something is left at the end. */
        unfinished: number;
      };
      days: {
        date: string;
        channel: "linkedin" | "sms" | "email";
        senderId: string;
        messages: number;
      }[];
      hours: {
        hour: string;
        channel: "linkedin" | "sms" | "email";
        senderId: string;
        messages: number;
      }[];
      blocked: {
        /** `no_address`, `missing_variable`, `suppressed`, ... */
        code: string;
        /** In words, of the first one. */
        detail: string;
        count: number;
        /** IDs of up to five leads. */
        examples: string[];
      }[];
      held: {
        /** `no_address`, `missing_variable`, `suppressed`, ... */
        code: string;
        /** In words, of the first one. */
        detail: string;
        count: number;
        /** IDs of up to five leads. */
        examples: string[];
      }[];
      /** Steps that would not be for some leads: `condition`, `time_limit`. Nobody accepts, opens or replies here. */
      branched: {
        /** `no_address`, `missing_variable`, `suppressed`, ... */
        code: string;
        /** In words, of the first one. */
        detail: string;
        count: number;
        /** IDs of up to five leads. */
        examples: string[];
      }[];
      /** Senders that can never send for it, as its windows and their hours are never open at the same time. */
      warnings: string[];
      /** Only on request. */
      leads: {
        data: {
          leadId: string;
          steps: {
            position: number;
            at: string;
            senderId: string;
          }[];
        }[];
        /** Give it as `cursor` for the next page. Null: the end. */
        nextCursor: string | null;
      } | null;
    };
  };
  /** What happens next for a lead, and why not earlier */
  "GET /v1/leads/{id}/next": {
    params: {
      id: string;
    };
    response: {
      leadId: string;
      /** The pause that the lead is in, of all campaigns: `POST /v1/leads/{id}/pause`. */
      pause: {
        until: string;
        reason: string;
      } | null;
      next: {
        campaignId: string;
        campaignName: string;
        state: "active" | "held";
        step: {
          id: string;
          position: number;
          channel: ("linkedin" | "sms" | "email") | null;
          action: "message" | "connect" | "wait_for_acceptance" | "task";
        } | null;
        /** The earliest time. Null: it can't be foreseen. */
        at: string | null;
        /** Why not earlier. Empty: it happens now. */
        reasons: {
          /** schedule, sender, queue, campaign, held, message, condition, task or outcome. */
          rule: string;
          /** In words: "the sender is at 40 of 40 today". */
          detail: string;
          /** Null: until somebody acts. */
          until: string | null;
          /** What would change it. */
          change: string;
        }[];
      }[];
    };
  };
  /** Why a message has not gone out, or what became of it */
  "GET /v1/messages/{id}/explain": {
    params: {
      id: string;
    };
    response: {
      messageId: string;
      status: string;
      /** When it is tried next. Null: not by itself. */
      at: string | null;
      reasons: {
        /** schedule, sender, queue, campaign, held, message, condition, task or outcome. */
        rule: string;
        /** In words: "the sender is at 40 of 40 today". */
        detail: string;
        /** Null: until somebody acts. */
        until: string | null;
        /** What would change it. */
        change: string;
      }[];
    };
  };
  /** Get a lead's timeline */
  "GET /v1/leads/{id}/timeline": {
    params: {
      id: string;
    };
    query?: {
      /** messages: nothing else. */
      show?: "all" | "messages";
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: (
        | {
            kind: "message";
            at: string;
            message: {
              id: string;
              leadId: string;
              conversationId: string;
              channel: "linkedin" | "sms" | "email";
              action: "message" | "connect";
              direction: "outbound" | "inbound";
              source: "campaign" | "api" | "assistant" | "external";
              campaignId: string | null;
              stepId: string | null;
              sequenceStep: number | null;
              /** Of a step with variants: which one it is. */
              variant: string | null;
              senderId: string;
              toAddress: string;
              subject: string | null;
              text: string;
              html: string | null;
              status:
                | "queued"
                | "held"
                | "sending"
                | "sent"
                | "uncertain"
                | "failed"
                | "blocked"
                | "cancelled"
                | "received";
              /** Why it has this status; made for programs. */
              statusCode: string | null;
              /** The same in words: the provider's, where it said something. */
              statusDetail: string | null;
              scheduledAt: string | null;
              /** Calls of the provider so far. */
              attempts: number;
              attemptedAt: string | null;
              sentAt: string | null;
              providerMessageId: string | null;
              /** When the provider says that it arrived. Null: it doesn't say. */
              deliveredAt: string | null;
              /** When the lead read it, as far as the provider says. Null: it doesn't. */
              readAt: string | null;
              /** Files that came with it, at the provider's addresses. Null: none. */
              attachments:
                | {
                    url: string;
                    contentType: string | null;
                  }[]
                | null;
              /** Of an email: what was written anew, without what it quotes and the signature. Null: all of `text`. */
              visibleText: string | null;
              /** A program wrote it (an absence note, a receipt): it is no reply of the lead, and no answer of whoever's mailbox it is from. Null: a person did, or Herald. */
              automatic: ("out_of_office" | "auto_reply") | null;
              /** Of an SMS by API: why it may go out at any hour. Null: it keeps the workspace's `smsHours`. */
              smsHoursOverride: string | null;
              /** What another system said about a message of its own, as it said it. Null: it is Herald's. */
              external: Record<string, unknown> | null;
              /** The assistant's turn that it came from: `GET /v1/assistant/turns/{id}` says what it cost. Null: it is none of the assistant's. */
              turnId: string | null;
              /** Of the profile that the assistant wrote it with. */
              profileVersion: number | null;
              /** The model that wrote it, and what that cost. Null: a person or a template did. */
              writtenBy: {
                model: string;
                inputTokens: number;
                outputTokens: number;
                /** Millionths of the currency of the model's prices. */
                costMicros: number;
                /** How long the model thought, all its calls together. */
                latencyMs: number;
              } | null;
              createdAt: string;
            };
          }
        | {
            kind: "event";
            at: string;
            event: HeraldEvent;
          }
        | {
            kind: "crm";
            /** When the fact happened that it was told. */
            at: string;
            writtenAt: string;
            eventId: string;
            eventType: string;
            crm: {
              destinationId: string;
              /** The destination's. */
              name: string;
              /** hubspot, salesforce or close. */
              kind: string;
              /** As whom it knows the lead. Null: not found there yet. */
              personId: string | null;
              /** Where it shows the person; null where that isn't known. */
              link: string | null;
            };
            outcome: "succeeded" | "failed";
            detail: string | null;
            /** The CRM's ID of what was logged. */
            recordId: string | null;
          }
        | {
            kind: "note";
            at: string;
            conversationId: string;
            channel: "linkedin" | "sms" | "email";
            text: string;
          }
      )[];
      crms: {
        destinationId: string;
        /** The destination's. */
        name: string;
        /** hubspot, salesforce or close. */
        kind: string;
        /** As whom it knows the lead. Null: not found there yet. */
        personId: string | null;
        /** Where it shows the person; null where that isn't known. */
        link: string | null;
      }[];
      nextCursor: string | null;
    };
  };
  /** Preview a lead's messages */
  "GET /v1/campaigns/{id}/preview": {
    params: {
      id: string;
    };
    query: {
      leadId: string;
    };
    response: {
      leadId: string;
      messages: {
        stepId: string;
        position: number;
        channel: ("linkedin" | "sms" | "email") | null;
        action: "message" | "connect" | "wait_for_acceptance" | "task";
        /** Of a step with variants: which one this lead gets. */
        variant: string | null;
        /** Who would send it, as things are now. */
        senderId: string | null;
        to: string | null;
        /** Of a task. */
        title: string | null;
        subject: string | null;
        text: string;
        html: string | null;
        /** How long the text is; null where nothing is sent. */
        size: {
          /** In UTF-16 units, as limits are counted. */
          characters: number;
          /** How many the channel allows. */
          limit: number;
          sms: {
            encoding: "GSM-7" | "UCS-2";
            /** As how many SMS it is charged. */
            segments: number;
            /** Characters that fit into the last segment. */
            left: number;
          } | null;
        } | null;
        /** Why it would not go out; the texts are then templates, wholly or in part. */
        blocked: {
          code: string;
          reason: string;
        } | null;
        /** Why, as things are now, the step is not for this lead: what of its `if` doesn't hold. */
        notFor: string | null;
      }[];
    };
  };
  /** Check steps, and preview them for a lead */
  "POST /v1/campaigns/{id}/preview": {
    params: {
      id: string;
    };
    body: {
      leadId?: string | null;
      steps: {
        /** Of a step that is there already: it keeps its leads, wherever it now stands. Without it (and without the `key` of one) the step is a new one. */
        id?: string;
        /** A name of your own, by which branches and files refer to the step. */
        key?: string | null;
        /** A task may be without one. */
        channel?: ("linkedin" | "sms" | "email") | null;
        /** `message`; `connect`, a LinkedIn invitation (`text` is then its note and may be left out); `wait_for_acceptance`, which goes on when the invitation was accepted, or with `else` after `timeLimit`; `task`, which a person does and ends (`POST /v1/tasks/{id}/complete`). */
        action?: "message" | "connect" | "wait_for_acceptance" | "task";
        /** As answers have it, so that they can be sent back; the order of the list is what counts. */
        position?: number;
        /** How long after the step before went out: `30m`, `1h`, `2d`, `3bd` (business days) or seconds; or `{amount, unit}`. Days keep the hour on the lead's clock. For the first step: after the lead was enrolled and the campaign was started. Default 0. */
        delay?:
          | string
          | number
          | {
              amount: number;
              unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
            };
        /** As answers have it: what `delay` comes to, or in place of it. One that says something else is refused. */
        delaySeconds?: number;
        if?: ConditionInput | null;
        else?:
          | (
              | ("skip" | "stop")
              | {
                  /** A step of the sequence: its position (from 1), `key` or ID. An answer has the ID. */
                  goTo: number | string;
                }
            )
          | null;
        /** Only of `wait_for_acceptance`, which needs one: how long after the step before, as `delay` says it. */
        timeLimit?:
          | (
              | string
              | number
              | {
                  amount: number;
                  unit: "seconds" | "minutes" | "hours" | "days" | "business_days";
                }
            )
          | null;
        /** Only of a task: what it is, in a few words; a template. */
        title?: string | null;
        /** Email only; required where a lead may come to it without an email before. Without a subject it is a reply in the thread. */
        subject?: string | null;
        /** A Liquid template: `Hi {{ firstName | default: "there" }}`. Custom fields are named alone or in `custom`: `{{ custom["job.level"] }}`. */
        text?: string;
        /** Email only. Values are escaped; a link (href, src) begins with https:, http:, mailto: or tel:. */
        html?: string | null;
        /** `subject`, `text` and `html` in one object, for those who keep them so; in place of these three, which answers have. */
        template?: {
          /** Email only; required where a lead may come to it without an email before. Without a subject it is a reply in the thread. */
          subject?: string | null;
          /** A Liquid template: `Hi {{ firstName | default: "there" }}`. Custom fields are named alone or in `custom`: `{{ custom["job.level"] }}`. */
          text?: string;
          /** Email only. Values are escaped; a link (href, src) begins with https:, http:, mailto: or tel:. */
          html?: string | null;
        };
        /** Two to six texts in place of one. A lead keeps the variant that it has; `weight` is its part of the leads, in proportion to the others'. Results: `GET /v1/campaigns/{id}/results`. */
        variants?:
          | {
              /** Default: A, B, C, ... */
              key?: string;
              weight?: number;
              /** Email only; required where a lead may come to it without an email before. Without a subject it is a reply in the thread. */
              subject?: string | null;
              /** A Liquid template: `Hi {{ firstName | default: "there" }}`. Custom fields are named alone or in `custom`: `{{ custom["job.level"] }}`. */
              text?: string;
              /** Email only. Values are escaped; a link (href, src) begins with https:, http:, mailto: or tel:. */
              html?: string | null;
            }[]
          | null;
      }[];
    };
    response: {
      /** Empty: the steps can be saved. */
      problems: {
        field: string;
        reason: string;
      }[];
      /** Without a lead, none. */
      messages: {
        stepId: string;
        position: number;
        channel: ("linkedin" | "sms" | "email") | null;
        action: "message" | "connect" | "wait_for_acceptance" | "task";
        /** Of a step with variants: which one this lead gets. */
        variant: string | null;
        /** Who would send it, as things are now. */
        senderId: string | null;
        to: string | null;
        /** Of a task. */
        title: string | null;
        subject: string | null;
        text: string;
        html: string | null;
        /** How long the text is; null where nothing is sent. */
        size: {
          /** In UTF-16 units, as limits are counted. */
          characters: number;
          /** How many the channel allows. */
          limit: number;
          sms: {
            encoding: "GSM-7" | "UCS-2";
            /** As how many SMS it is charged. */
            segments: number;
            /** Characters that fit into the last segment. */
            left: number;
          } | null;
        } | null;
        /** Why it would not go out; the texts are then templates, wholly or in part. */
        blocked: {
          code: string;
          reason: string;
        } | null;
        /** Why, as things are now, the step is not for this lead: what of its `if` doesn't hold. */
        notFor: string | null;
      }[];
    };
  };
  /** List tasks */
  "GET /v1/tasks": {
    query?: {
      status?: "open" | "done" | "skipped" | "cancelled";
      campaignId?: string;
      leadId?: string;
      /** Empty: nobody's. */
      assignee?: string;
      order?: "oldest" | "newest";
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 200. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        /** Null: it is no step of a campaign, but the assistant's. */
        campaignId: string | null;
        campaignName: string | null;
        leadId: string;
        /** Who it is. Null: the lead is not there any more. */
        lead: {
          firstName: string | null;
          lastName: string | null;
          company: string | null;
          title: string | null;
          email: string | null;
          phone: string | null;
          linkedinUrl: string | null;
        } | null;
        stepId: string | null;
        /** The assistant's turn that a person has to do: `GET /v1/assistant/turns/{id}` says why. */
        turnId: string | null;
        channel: ("linkedin" | "sms" | "email") | null;
        title: string | null;
        /** What is to be done, written for this lead. */
        text: string;
        /** `cancelled`: its lead has left the sequence, or the step was taken out of the campaign. */
        status: "open" | "done" | "skipped" | "cancelled";
        assignee: string | null;
        note: string | null;
        /** The person or API key, or `system`. */
        endedBy: string | null;
        createdAt: string;
        endedAt: string | null;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Get a task */
  "GET /v1/tasks/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      /** Null: it is no step of a campaign, but the assistant's. */
      campaignId: string | null;
      campaignName: string | null;
      leadId: string;
      /** Who it is. Null: the lead is not there any more. */
      lead: {
        firstName: string | null;
        lastName: string | null;
        company: string | null;
        title: string | null;
        email: string | null;
        phone: string | null;
        linkedinUrl: string | null;
      } | null;
      stepId: string | null;
      /** The assistant's turn that a person has to do: `GET /v1/assistant/turns/{id}` says why. */
      turnId: string | null;
      channel: ("linkedin" | "sms" | "email") | null;
      title: string | null;
      /** What is to be done, written for this lead. */
      text: string;
      /** `cancelled`: its lead has left the sequence, or the step was taken out of the campaign. */
      status: "open" | "done" | "skipped" | "cancelled";
      assignee: string | null;
      note: string | null;
      /** The person or API key, or `system`. */
      endedBy: string | null;
      createdAt: string;
      endedAt: string | null;
    };
  };
  /** Assign a task */
  "PATCH /v1/tasks/{id}": {
    params: {
      id: string;
    };
    body: {
      assignee: string | null;
    };
    response: {
      id: string;
      /** Null: it is no step of a campaign, but the assistant's. */
      campaignId: string | null;
      campaignName: string | null;
      leadId: string;
      /** Who it is. Null: the lead is not there any more. */
      lead: {
        firstName: string | null;
        lastName: string | null;
        company: string | null;
        title: string | null;
        email: string | null;
        phone: string | null;
        linkedinUrl: string | null;
      } | null;
      stepId: string | null;
      /** The assistant's turn that a person has to do: `GET /v1/assistant/turns/{id}` says why. */
      turnId: string | null;
      channel: ("linkedin" | "sms" | "email") | null;
      title: string | null;
      /** What is to be done, written for this lead. */
      text: string;
      /** `cancelled`: its lead has left the sequence, or the step was taken out of the campaign. */
      status: "open" | "done" | "skipped" | "cancelled";
      assignee: string | null;
      note: string | null;
      /** The person or API key, or `system`. */
      endedBy: string | null;
      createdAt: string;
      endedAt: string | null;
    };
  };
  /** Complete a task */
  "POST /v1/tasks/{id}/complete": {
    params: {
      id: string;
    };
    body: {
      outcome?: "done" | "skipped";
      /** What came of it; it goes into the event. */
      note?: string | null;
    };
    response: {
      id: string;
      /** Null: it is no step of a campaign, but the assistant's. */
      campaignId: string | null;
      campaignName: string | null;
      leadId: string;
      /** Who it is. Null: the lead is not there any more. */
      lead: {
        firstName: string | null;
        lastName: string | null;
        company: string | null;
        title: string | null;
        email: string | null;
        phone: string | null;
        linkedinUrl: string | null;
      } | null;
      stepId: string | null;
      /** The assistant's turn that a person has to do: `GET /v1/assistant/turns/{id}` says why. */
      turnId: string | null;
      channel: ("linkedin" | "sms" | "email") | null;
      title: string | null;
      /** What is to be done, written for this lead. */
      text: string;
      /** `cancelled`: its lead has left the sequence, or the step was taken out of the campaign. */
      status: "open" | "done" | "skipped" | "cancelled";
      assignee: string | null;
      note: string | null;
      /** The person or API key, or `system`. */
      endedBy: string | null;
      createdAt: string;
      endedAt: string | null;
    };
  };
  /** Send a message */
  "POST /v1/messages": {
    body: {
      leadId?: string;
      /** In place of `leadId`: the channel's address. A lead that nobody has yet is made. */
      recipient?: {
        linkedinUrl?: string;
        phone?: string;
        email?: string;
      };
      channel: "linkedin" | "sms" | "email";
      /** Default: the sender that wrote to this lead last, else one of the channel's active senders. */
      senderId?: string | null;
      /** Email only. May be left out in a thread that there is. */
      subject?: string | null;
      /** LinkedIn: up to 8,000 characters; SMS: 1,600; email: 100,000. */
      text: string;
      /** Email only. */
      html?: string | null;
      /** SMS only: it goes out at any hour, for this reason, which is kept with the message and on record. Without it an SMS waits for the workspace's `smsHours` by the clock at the lead's place, unless the lead wrote by SMS within the last 24 hours. */
      smsHoursOverride?: {
        reason: string;
      };
      /** Not before this; at most 366 days ahead. In the past: now. */
      scheduledAt?: string | null;
    };
    response: {
      messageId: string;
      status: "queued";
      leadId: string;
      senderId: string | null;
      conversationId: string | null;
      channel: "linkedin" | "sms" | "email";
      scheduledAt: string | null;
      createdAt: string;
    };
  };
  /** List messages */
  "GET /v1/messages": {
    query?: {
      leadId?: string;
      campaignId?: string;
      senderId?: string;
      conversationId?: string;
      status?: "queued" | "held" | "sending" | "sent" | "uncertain" | "failed" | "blocked" | "cancelled" | "received";
      channel?: "linkedin" | "sms" | "email";
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        leadId: string;
        conversationId: string;
        channel: "linkedin" | "sms" | "email";
        action: "message" | "connect";
        direction: "outbound" | "inbound";
        source: "campaign" | "api" | "assistant" | "external";
        campaignId: string | null;
        stepId: string | null;
        sequenceStep: number | null;
        /** Of a step with variants: which one it is. */
        variant: string | null;
        senderId: string;
        toAddress: string;
        subject: string | null;
        text: string;
        html: string | null;
        status: "queued" | "held" | "sending" | "sent" | "uncertain" | "failed" | "blocked" | "cancelled" | "received";
        /** Why it has this status; made for programs. */
        statusCode: string | null;
        /** The same in words: the provider's, where it said something. */
        statusDetail: string | null;
        scheduledAt: string | null;
        /** Calls of the provider so far. */
        attempts: number;
        attemptedAt: string | null;
        sentAt: string | null;
        providerMessageId: string | null;
        /** When the provider says that it arrived. Null: it doesn't say. */
        deliveredAt: string | null;
        /** When the lead read it, as far as the provider says. Null: it doesn't. */
        readAt: string | null;
        /** Files that came with it, at the provider's addresses. Null: none. */
        attachments:
          | {
              url: string;
              contentType: string | null;
            }[]
          | null;
        /** Of an email: what was written anew, without what it quotes and the signature. Null: all of `text`. */
        visibleText: string | null;
        /** A program wrote it (an absence note, a receipt): it is no reply of the lead, and no answer of whoever's mailbox it is from. Null: a person did, or Herald. */
        automatic: ("out_of_office" | "auto_reply") | null;
        /** Of an SMS by API: why it may go out at any hour. Null: it keeps the workspace's `smsHours`. */
        smsHoursOverride: string | null;
        /** What another system said about a message of its own, as it said it. Null: it is Herald's. */
        external: Record<string, unknown> | null;
        /** The assistant's turn that it came from: `GET /v1/assistant/turns/{id}` says what it cost. Null: it is none of the assistant's. */
        turnId: string | null;
        /** Of the profile that the assistant wrote it with. */
        profileVersion: number | null;
        /** The model that wrote it, and what that cost. Null: a person or a template did. */
        writtenBy: {
          model: string;
          inputTokens: number;
          outputTokens: number;
          /** Millionths of the currency of the model's prices. */
          costMicros: number;
          /** How long the model thought, all its calls together. */
          latencyMs: number;
        } | null;
        createdAt: string;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Get a message */
  "GET /v1/messages/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      leadId: string;
      conversationId: string;
      channel: "linkedin" | "sms" | "email";
      action: "message" | "connect";
      direction: "outbound" | "inbound";
      source: "campaign" | "api" | "assistant" | "external";
      campaignId: string | null;
      stepId: string | null;
      sequenceStep: number | null;
      /** Of a step with variants: which one it is. */
      variant: string | null;
      senderId: string;
      toAddress: string;
      subject: string | null;
      text: string;
      html: string | null;
      status: "queued" | "held" | "sending" | "sent" | "uncertain" | "failed" | "blocked" | "cancelled" | "received";
      /** Why it has this status; made for programs. */
      statusCode: string | null;
      /** The same in words: the provider's, where it said something. */
      statusDetail: string | null;
      scheduledAt: string | null;
      /** Calls of the provider so far. */
      attempts: number;
      attemptedAt: string | null;
      sentAt: string | null;
      providerMessageId: string | null;
      /** When the provider says that it arrived. Null: it doesn't say. */
      deliveredAt: string | null;
      /** When the lead read it, as far as the provider says. Null: it doesn't. */
      readAt: string | null;
      /** Files that came with it, at the provider's addresses. Null: none. */
      attachments:
        | {
            url: string;
            contentType: string | null;
          }[]
        | null;
      /** Of an email: what was written anew, without what it quotes and the signature. Null: all of `text`. */
      visibleText: string | null;
      /** A program wrote it (an absence note, a receipt): it is no reply of the lead, and no answer of whoever's mailbox it is from. Null: a person did, or Herald. */
      automatic: ("out_of_office" | "auto_reply") | null;
      /** Of an SMS by API: why it may go out at any hour. Null: it keeps the workspace's `smsHours`. */
      smsHoursOverride: string | null;
      /** What another system said about a message of its own, as it said it. Null: it is Herald's. */
      external: Record<string, unknown> | null;
      /** The assistant's turn that it came from: `GET /v1/assistant/turns/{id}` says what it cost. Null: it is none of the assistant's. */
      turnId: string | null;
      /** Of the profile that the assistant wrote it with. */
      profileVersion: number | null;
      /** The model that wrote it, and what that cost. Null: a person or a template did. */
      writtenBy: {
        model: string;
        inputTokens: number;
        outputTokens: number;
        /** Millionths of the currency of the model's prices. */
        costMicros: number;
        /** How long the model thought, all its calls together. */
        latencyMs: number;
      } | null;
      createdAt: string;
      attemptLog: {
        /** From 1. */
        n: number;
        startedAt: string;
        durationMs: number;
        outcome: "succeeded" | "retry" | "failed" | "uncertain" | "interrupted";
        final: boolean;
        statusCode: number | null;
        code: string | null;
        /** What came back. */
        detail: string | null;
        nextAt: string | null;
      }[];
    };
  };
  /** Cancel a message */
  "POST /v1/messages/{id}/cancel": {
    params: {
      id: string;
    };
    response: {
      id: string;
      leadId: string;
      conversationId: string;
      channel: "linkedin" | "sms" | "email";
      action: "message" | "connect";
      direction: "outbound" | "inbound";
      source: "campaign" | "api" | "assistant" | "external";
      campaignId: string | null;
      stepId: string | null;
      sequenceStep: number | null;
      /** Of a step with variants: which one it is. */
      variant: string | null;
      senderId: string;
      toAddress: string;
      subject: string | null;
      text: string;
      html: string | null;
      status: "queued" | "held" | "sending" | "sent" | "uncertain" | "failed" | "blocked" | "cancelled" | "received";
      /** Why it has this status; made for programs. */
      statusCode: string | null;
      /** The same in words: the provider's, where it said something. */
      statusDetail: string | null;
      scheduledAt: string | null;
      /** Calls of the provider so far. */
      attempts: number;
      attemptedAt: string | null;
      sentAt: string | null;
      providerMessageId: string | null;
      /** When the provider says that it arrived. Null: it doesn't say. */
      deliveredAt: string | null;
      /** When the lead read it, as far as the provider says. Null: it doesn't. */
      readAt: string | null;
      /** Files that came with it, at the provider's addresses. Null: none. */
      attachments:
        | {
            url: string;
            contentType: string | null;
          }[]
        | null;
      /** Of an email: what was written anew, without what it quotes and the signature. Null: all of `text`. */
      visibleText: string | null;
      /** A program wrote it (an absence note, a receipt): it is no reply of the lead, and no answer of whoever's mailbox it is from. Null: a person did, or Herald. */
      automatic: ("out_of_office" | "auto_reply") | null;
      /** Of an SMS by API: why it may go out at any hour. Null: it keeps the workspace's `smsHours`. */
      smsHoursOverride: string | null;
      /** What another system said about a message of its own, as it said it. Null: it is Herald's. */
      external: Record<string, unknown> | null;
      /** The assistant's turn that it came from: `GET /v1/assistant/turns/{id}` says what it cost. Null: it is none of the assistant's. */
      turnId: string | null;
      /** Of the profile that the assistant wrote it with. */
      profileVersion: number | null;
      /** The model that wrote it, and what that cost. Null: a person or a template did. */
      writtenBy: {
        model: string;
        inputTokens: number;
        outputTokens: number;
        /** Millionths of the currency of the model's prices. */
        costMicros: number;
        /** How long the model thought, all its calls together. */
        latencyMs: number;
      } | null;
      createdAt: string;
    };
  };
  /** Resolve an uncertain message */
  "POST /v1/messages/{id}/resolve": {
    params: {
      id: string;
    };
    body: {
      outcome: "sent" | "not_sent";
    };
    response: {
      id: string;
      leadId: string;
      conversationId: string;
      channel: "linkedin" | "sms" | "email";
      action: "message" | "connect";
      direction: "outbound" | "inbound";
      source: "campaign" | "api" | "assistant" | "external";
      campaignId: string | null;
      stepId: string | null;
      sequenceStep: number | null;
      /** Of a step with variants: which one it is. */
      variant: string | null;
      senderId: string;
      toAddress: string;
      subject: string | null;
      text: string;
      html: string | null;
      status: "queued" | "held" | "sending" | "sent" | "uncertain" | "failed" | "blocked" | "cancelled" | "received";
      /** Why it has this status; made for programs. */
      statusCode: string | null;
      /** The same in words: the provider's, where it said something. */
      statusDetail: string | null;
      scheduledAt: string | null;
      /** Calls of the provider so far. */
      attempts: number;
      attemptedAt: string | null;
      sentAt: string | null;
      providerMessageId: string | null;
      /** When the provider says that it arrived. Null: it doesn't say. */
      deliveredAt: string | null;
      /** When the lead read it, as far as the provider says. Null: it doesn't. */
      readAt: string | null;
      /** Files that came with it, at the provider's addresses. Null: none. */
      attachments:
        | {
            url: string;
            contentType: string | null;
          }[]
        | null;
      /** Of an email: what was written anew, without what it quotes and the signature. Null: all of `text`. */
      visibleText: string | null;
      /** A program wrote it (an absence note, a receipt): it is no reply of the lead, and no answer of whoever's mailbox it is from. Null: a person did, or Herald. */
      automatic: ("out_of_office" | "auto_reply") | null;
      /** Of an SMS by API: why it may go out at any hour. Null: it keeps the workspace's `smsHours`. */
      smsHoursOverride: string | null;
      /** What another system said about a message of its own, as it said it. Null: it is Herald's. */
      external: Record<string, unknown> | null;
      /** The assistant's turn that it came from: `GET /v1/assistant/turns/{id}` says what it cost. Null: it is none of the assistant's. */
      turnId: string | null;
      /** Of the profile that the assistant wrote it with. */
      profileVersion: number | null;
      /** The model that wrote it, and what that cost. Null: a person or a template did. */
      writtenBy: {
        model: string;
        inputTokens: number;
        outputTokens: number;
        /** Millionths of the currency of the model's prices. */
        costMicros: number;
        /** How long the model thought, all its calls together. */
        latencyMs: number;
      } | null;
      createdAt: string;
    };
  };
  /** Fetch a file that came with an email */
  "GET /v1/messages/{id}/attachments/{n}": {
    params: {
      id: string;
      n: number;
    };
    response: Blob;
  };
  /** List conversations */
  "GET /v1/conversations": {
    query?: {
      /** `true`: with messages that nobody has read. */
      unread?: "true" | "false";
      /** Default: both. */
      status?: "open" | "closed";
      channel?: "linkedin" | "sms" | "email";
      leadId?: string;
      senderId?: string;
      /** The latest campaign that wrote in it. */
      campaignId?: string;
      leadStatus?:
        | "PENDING"
        | "CONNECTION_SENT"
        | "CONNECTION_ACCEPTED"
        | "MESSAGE_SENT"
        | "REPLY_RECEIVED"
        | "MEETING_BOOKED"
        | "OPPORTUNITY"
        | "NOT_INTERESTED"
        | "DONE";
      /** Empty: nobody's. */
      assignee?: string;
      /** How the lead's first or last name begins, or both: `jan`, `doe`, `jane d`. In any case. */
      q?: string;
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        lead: {
          id: string;
          firstName: string | null;
          lastName: string | null;
          company: string | null;
          title: string | null;
          status:
            | "PENDING"
            | "CONNECTION_SENT"
            | "CONNECTION_ACCEPTED"
            | "MESSAGE_SENT"
            | "REPLY_RECEIVED"
            | "MEETING_BOOKED"
            | "OPPORTUNITY"
            | "NOT_INTERESTED"
            | "DONE";
        };
        channel: "linkedin" | "sms" | "email";
        /** The sender that answers go out from. Of what another system sent: that system's, or the source. */
        senderId: string;
        /** The latest campaign that wrote here. Null: none did. */
        campaignId: string | null;
        /** `closed`: nobody has to do anything here. A message of the lead opens it again. */
        status: "open" | "closed";
        /** Who looks after it: any text, such as an email address. Null: nobody. */
        assignee: string | null;
        /** For people. Nobody else sees it. */
        note: string | null;
        /** Of the first email. */
        subject: string | null;
        /** Null: nothing went out or came in yet. */
        lastMessageAt: string | null;
        /** The first 500 characters of the latest message. */
        lastMessageText: string | null;
        /** Messages of the lead since somebody marked it as read. */
        unread: number;
        /** Why nothing can be sent here: the lead opted out, or must not be contacted. Null: it can. */
        optOut: {
          reason: string;
        } | null;
        createdAt: string;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Count what is unread */
  "GET /v1/conversations/unread": {
    response: {
      /** With unread messages. */
      conversations: number;
      messages: number;
      byChannel: {
        linkedin: {
          /** With unread messages. */
          conversations: number;
          messages: number;
        };
        sms: {
          /** With unread messages. */
          conversations: number;
          messages: number;
        };
        email: {
          /** With unread messages. */
          conversations: number;
          messages: number;
        };
      };
    };
  };
  /** Get a conversation */
  "GET /v1/conversations/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      lead: {
        id: string;
        firstName: string | null;
        lastName: string | null;
        company: string | null;
        title: string | null;
        status:
          | "PENDING"
          | "CONNECTION_SENT"
          | "CONNECTION_ACCEPTED"
          | "MESSAGE_SENT"
          | "REPLY_RECEIVED"
          | "MEETING_BOOKED"
          | "OPPORTUNITY"
          | "NOT_INTERESTED"
          | "DONE";
      };
      channel: "linkedin" | "sms" | "email";
      /** The sender that answers go out from. Of what another system sent: that system's, or the source. */
      senderId: string;
      /** The latest campaign that wrote here. Null: none did. */
      campaignId: string | null;
      /** `closed`: nobody has to do anything here. A message of the lead opens it again. */
      status: "open" | "closed";
      /** Who looks after it: any text, such as an email address. Null: nobody. */
      assignee: string | null;
      /** For people. Nobody else sees it. */
      note: string | null;
      /** Of the first email. */
      subject: string | null;
      /** Null: nothing went out or came in yet. */
      lastMessageAt: string | null;
      /** The first 500 characters of the latest message. */
      lastMessageText: string | null;
      /** Messages of the lead since somebody marked it as read. */
      unread: number;
      /** Why nothing can be sent here: the lead opted out, or must not be contacted. Null: it can. */
      optOut: {
        reason: string;
      } | null;
      createdAt: string;
    };
  };
  /** Assign, note, close or reopen a conversation */
  "PATCH /v1/conversations/{id}": {
    params: {
      id: string;
    };
    body: {
      /** `closed`: nobody has to do anything here. A message of the lead opens it again. */
      status?: "open" | "closed";
      /** Who looks after it: any text, such as an email address. Null: nobody. */
      assignee?: string | null;
      /** For people. Nobody else sees it. */
      note?: string | null;
    };
    response: {
      id: string;
      lead: {
        id: string;
        firstName: string | null;
        lastName: string | null;
        company: string | null;
        title: string | null;
        status:
          | "PENDING"
          | "CONNECTION_SENT"
          | "CONNECTION_ACCEPTED"
          | "MESSAGE_SENT"
          | "REPLY_RECEIVED"
          | "MEETING_BOOKED"
          | "OPPORTUNITY"
          | "NOT_INTERESTED"
          | "DONE";
      };
      channel: "linkedin" | "sms" | "email";
      /** The sender that answers go out from. Of what another system sent: that system's, or the source. */
      senderId: string;
      /** The latest campaign that wrote here. Null: none did. */
      campaignId: string | null;
      /** `closed`: nobody has to do anything here. A message of the lead opens it again. */
      status: "open" | "closed";
      /** Who looks after it: any text, such as an email address. Null: nobody. */
      assignee: string | null;
      /** For people. Nobody else sees it. */
      note: string | null;
      /** Of the first email. */
      subject: string | null;
      /** Null: nothing went out or came in yet. */
      lastMessageAt: string | null;
      /** The first 500 characters of the latest message. */
      lastMessageText: string | null;
      /** Messages of the lead since somebody marked it as read. */
      unread: number;
      /** Why nothing can be sent here: the lead opted out, or must not be contacted. Null: it can. */
      optOut: {
        reason: string;
      } | null;
      createdAt: string;
    };
  };
  /** List the messages of a conversation */
  "GET /v1/conversations/{id}/messages": {
    params: {
      id: string;
    };
    query?: {
      /** `desc`: the latest first. */
      order?: "desc" | "asc";
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        leadId: string;
        conversationId: string;
        channel: "linkedin" | "sms" | "email";
        action: "message" | "connect";
        direction: "outbound" | "inbound";
        source: "campaign" | "api" | "assistant" | "external";
        campaignId: string | null;
        stepId: string | null;
        sequenceStep: number | null;
        /** Of a step with variants: which one it is. */
        variant: string | null;
        senderId: string;
        toAddress: string;
        subject: string | null;
        text: string;
        html: string | null;
        status: "queued" | "held" | "sending" | "sent" | "uncertain" | "failed" | "blocked" | "cancelled" | "received";
        /** Why it has this status; made for programs. */
        statusCode: string | null;
        /** The same in words: the provider's, where it said something. */
        statusDetail: string | null;
        scheduledAt: string | null;
        /** Calls of the provider so far. */
        attempts: number;
        attemptedAt: string | null;
        sentAt: string | null;
        providerMessageId: string | null;
        /** When the provider says that it arrived. Null: it doesn't say. */
        deliveredAt: string | null;
        /** When the lead read it, as far as the provider says. Null: it doesn't. */
        readAt: string | null;
        /** Files that came with it, at the provider's addresses. Null: none. */
        attachments:
          | {
              url: string;
              contentType: string | null;
            }[]
          | null;
        /** Of an email: what was written anew, without what it quotes and the signature. Null: all of `text`. */
        visibleText: string | null;
        /** A program wrote it (an absence note, a receipt): it is no reply of the lead, and no answer of whoever's mailbox it is from. Null: a person did, or Herald. */
        automatic: ("out_of_office" | "auto_reply") | null;
        /** Of an SMS by API: why it may go out at any hour. Null: it keeps the workspace's `smsHours`. */
        smsHoursOverride: string | null;
        /** What another system said about a message of its own, as it said it. Null: it is Herald's. */
        external: Record<string, unknown> | null;
        /** The assistant's turn that it came from: `GET /v1/assistant/turns/{id}` says what it cost. Null: it is none of the assistant's. */
        turnId: string | null;
        /** Of the profile that the assistant wrote it with. */
        profileVersion: number | null;
        /** The model that wrote it, and what that cost. Null: a person or a template did. */
        writtenBy: {
          model: string;
          inputTokens: number;
          outputTokens: number;
          /** Millionths of the currency of the model's prices. */
          costMicros: number;
          /** How long the model thought, all its calls together. */
          latencyMs: number;
        } | null;
        createdAt: string;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Answer in a conversation */
  "POST /v1/conversations/{id}/messages": {
    params: {
      id: string;
    };
    body: {
      /** LinkedIn: up to 8,000 characters; SMS: 1,600; email: 100,000. */
      text: string;
      /** Email only. Another one than the thread's begins a new thread; left out: `Re:` and its own. */
      subject?: string | null;
      /** Email only. */
      html?: string | null;
      /** SMS only: it goes out at any hour, for this reason, which is kept with the message and on record. Without it an SMS waits for the workspace's `smsHours` by the clock at the lead's place, unless the lead wrote by SMS within the last 24 hours. */
      smsHoursOverride?: {
        reason: string;
      };
      /** Not before this; at most 366 days ahead. In the past: now. */
      scheduledAt?: string | null;
    };
    response: {
      messageId: string;
      status: "queued";
      conversationId: string;
      leadId: string;
      senderId: string;
      channel: "linkedin" | "sms" | "email";
      scheduledAt: string | null;
      createdAt: string;
    };
  };
  /** Mark a conversation as read */
  "POST /v1/conversations/{id}/read": {
    params: {
      id: string;
    };
    body: {
      /** The latest message that was seen: what came in after it stays unread. Default: all was seen. */
      messageId?: string;
    };
    response: {
      id: string;
      lead: {
        id: string;
        firstName: string | null;
        lastName: string | null;
        company: string | null;
        title: string | null;
        status:
          | "PENDING"
          | "CONNECTION_SENT"
          | "CONNECTION_ACCEPTED"
          | "MESSAGE_SENT"
          | "REPLY_RECEIVED"
          | "MEETING_BOOKED"
          | "OPPORTUNITY"
          | "NOT_INTERESTED"
          | "DONE";
      };
      channel: "linkedin" | "sms" | "email";
      /** The sender that answers go out from. Of what another system sent: that system's, or the source. */
      senderId: string;
      /** The latest campaign that wrote here. Null: none did. */
      campaignId: string | null;
      /** `closed`: nobody has to do anything here. A message of the lead opens it again. */
      status: "open" | "closed";
      /** Who looks after it: any text, such as an email address. Null: nobody. */
      assignee: string | null;
      /** For people. Nobody else sees it. */
      note: string | null;
      /** Of the first email. */
      subject: string | null;
      /** Null: nothing went out or came in yet. */
      lastMessageAt: string | null;
      /** The first 500 characters of the latest message. */
      lastMessageText: string | null;
      /** Messages of the lead since somebody marked it as read. */
      unread: number;
      /** Why nothing can be sent here: the lead opted out, or must not be contacted. Null: it can. */
      optOut: {
        reason: string;
      } | null;
      createdAt: string;
    };
  };
  /** Mark a conversation as unread */
  "POST /v1/conversations/{id}/unread": {
    params: {
      id: string;
    };
    response: {
      id: string;
      lead: {
        id: string;
        firstName: string | null;
        lastName: string | null;
        company: string | null;
        title: string | null;
        status:
          | "PENDING"
          | "CONNECTION_SENT"
          | "CONNECTION_ACCEPTED"
          | "MESSAGE_SENT"
          | "REPLY_RECEIVED"
          | "MEETING_BOOKED"
          | "OPPORTUNITY"
          | "NOT_INTERESTED"
          | "DONE";
      };
      channel: "linkedin" | "sms" | "email";
      /** The sender that answers go out from. Of what another system sent: that system's, or the source. */
      senderId: string;
      /** The latest campaign that wrote here. Null: none did. */
      campaignId: string | null;
      /** `closed`: nobody has to do anything here. A message of the lead opens it again. */
      status: "open" | "closed";
      /** Who looks after it: any text, such as an email address. Null: nobody. */
      assignee: string | null;
      /** For people. Nobody else sees it. */
      note: string | null;
      /** Of the first email. */
      subject: string | null;
      /** Null: nothing went out or came in yet. */
      lastMessageAt: string | null;
      /** The first 500 characters of the latest message. */
      lastMessageText: string | null;
      /** Messages of the lead since somebody marked it as read. */
      unread: number;
      /** Why nothing can be sent here: the lead opted out, or must not be contacted. Null: it can. */
      optOut: {
        reason: string;
      } | null;
      createdAt: string;
    };
  };
  /** Say that you are writing an answer */
  "PUT /v1/conversations/{id}/writing": {
    params: {
      id: string;
    };
    body: {
      seconds?: number;
    };
    response: {
      until: string;
    };
  };
  /** Say that you are not writing any more */
  "DELETE /v1/conversations/{id}/writing": {
    params: {
      id: string;
    };
    response: null;
  };
  /** List snippets */
  "GET /v1/snippets": {
    query?: {
      /** Those that fit answers on it. */
      channel?: "linkedin" | "sms" | "email";
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 200. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        name: string;
        /** Null: for answers on any channel. */
        channel: ("linkedin" | "sms" | "email") | null;
        text: string;
        /** The person or API key. */
        createdBy: string;
        createdAt: string;
        updatedAt: string;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Write a snippet */
  "POST /v1/snippets": {
    body: {
      /** What is typed behind a slash to insert it: up to 40 letters, digits and hyphens. */
      name: string;
      /** Null: for answers on any channel. */
      channel?: ("linkedin" | "sms" | "email") | null;
      /** A template, with the variables that steps of campaigns have: `Hi {{ firstName }}`. */
      text: string;
    };
    response: {
      id: string;
      name: string;
      /** Null: for answers on any channel. */
      channel: ("linkedin" | "sms" | "email") | null;
      text: string;
      /** The person or API key. */
      createdBy: string;
      createdAt: string;
      updatedAt: string;
    };
  };
  /** Get a snippet */
  "GET /v1/snippets/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      name: string;
      /** Null: for answers on any channel. */
      channel: ("linkedin" | "sms" | "email") | null;
      text: string;
      /** The person or API key. */
      createdBy: string;
      createdAt: string;
      updatedAt: string;
    };
  };
  /** Change a snippet */
  "PATCH /v1/snippets/{id}": {
    params: {
      id: string;
    };
    body: {
      /** `updatedAt` of the snippet that the change was made to: where somebody has changed it since, this is refused with 409 in place of overwriting that. Without it the last one wins. */
      ifUpdatedAt?: string;
      /** What is typed behind a slash to insert it: up to 40 letters, digits and hyphens. */
      name?: string;
      /** Null: for answers on any channel. */
      channel?: ("linkedin" | "sms" | "email") | null;
      /** A template, with the variables that steps of campaigns have: `Hi {{ firstName }}`. */
      text?: string;
    };
    response: {
      id: string;
      name: string;
      /** Null: for answers on any channel. */
      channel: ("linkedin" | "sms" | "email") | null;
      text: string;
      /** The person or API key. */
      createdBy: string;
      createdAt: string;
      updatedAt: string;
    };
  };
  /** Delete a snippet */
  "DELETE /v1/snippets/{id}": {
    params: {
      id: string;
    };
    response: null;
  };
  /** Write a snippet for a lead */
  "GET /v1/snippets/{id}/text": {
    params: {
      id: string;
    };
    query: {
      leadId: string;
      /** Of the answer, for `unsubscribeUrl`. */
      channel?: "linkedin" | "sms" | "email";
    };
    response: {
      text: string;
      /** Variables without a value for this lead: the text has their names in brackets, `[company]`. */
      missing: string[];
    };
  };
  /** List profiles */
  "GET /v1/profiles": {
    query?: {
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        /** Leads name it in `profile`, and events too. It never changes. */
        name: string;
        /** draft: a person approves, edits or rejects what the assistant writes. autopilot: it sends by itself. off: it does nothing. */
        mode: "draft" | "autopilot" | "off";
        /** Grows with each change of `content`; messages name it. */
        version: number;
        /** The campaign of its follow-ups. Null: it has none. */
        campaignId: string | null;
        /** What the profile says: the fields of `POST /v1/profiles`, each of them. */
        content: Record<string, unknown>;
        /** Sentences that tell the model something which nobody may hear, as far as patterns for English, German, French and Spanish find them. They refuse nothing. */
        warnings: {
          field: string;
          reason: string;
        }[];
        createdAt: string;
        updatedAt: string;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Create a profile */
  "POST /v1/profiles": {
    body: {
      name: string;
      /** draft: a person approves, edits or rejects what the assistant writes. autopilot: it sends by itself. off: it does nothing. */
      mode?: "draft" | "autopilot" | "off";
      content: {
        /** For people. */
        description?: string;
        /** What the assistant is told. It is confidential: an answer that repeats it, or a figure from it, is held back. Facts for leads belong into the knowledge. */
        instructions?: string;
        /** What a conversation is to lead to. */
        objectives?: string;
        /** How it speaks. */
        tone?: string;
        /** In plain English: when a person is to take over. */
        handOffRules?: string;
        /** On which it writes; a first message goes out on the first one that the lead has an address for. */
        channels?: ("linkedin" | "sms" | "email")[];
        /** When it writes, by the lead's clock. Null: at any time; SMS keep the workspace's hours. */
        schedule?: {
          windows: Record<
            string,
            {
              from: string;
              to: string;
            }[]
          >;
          holidays?: string[];
        } | null;
        /** How long it waits for more before it answers. What comes in meanwhile gets one answer. */
        responseDelaySeconds?: number;
        /** Up to this part of the delay is added, at random. */
        responseJitter?: number;
        /** Whether conditions are asked of what leads write while the assistant is off for them, or a person has taken over: it costs what an answer costs. Asking to be left alone in plain words is understood in any case. */
        listenWhenOff?: boolean;
        /** Where leads book; it may stand in answers. */
        bookingLink?: string | null;
        /** Other addresses that may stand in answers. Paths below one of them may, too, with no other query. */
        allowedLinks?: string[];
        /** Words that hold an answer back, in any case; `*` stands for anything within a sentence. */
        mustNotSay?: string[];
        /** Characters of an answer at most; null: what the channel takes. */
        maxLength?: number | null;
        /** Parts of an SMS at most. */
        maxSmsSegments?: number;
        /** Answers to one lead, after which a person takes over. */
        turnLimit?: number;
        /** The first message, where no model is configured; `subject` also with one. */
        opening?: {
          template?: string | null;
          subject?: string | null;
        };
        /** By number, from "1": {"1": {"hours": 24, "channel": "sms"}}. The clock of each starts at the last message that went out; a reply ends them, and the next message begins with the first one again. */
        followUps?: Record<
          string,
          {
            /** After the last message that went out. Whole minutes count. */
            hours: number;
            channel: "linkedin" | "sms" | "email";
            /** What it says where no model is configured, with `{{ firstName }}` and the like; null: a person writes it. */
            template?: string | null;
            /** Email only. Null: the thread's. */
            subject?: string | null;
          }
        >;
        /** Long-term nurture: what comes, so many times, when all follow-ups went out. */
        nurture?: {
          /** After the last message that went out. Whole minutes count. */
          hours: number;
          channel: "linkedin" | "sms" | "email";
          /** What it says where no model is configured, with `{{ firstName }}` and the like; null: a person writes it. */
          template?: string | null;
          /** Email only. Null: the thread's. */
          subject?: string | null;
          times?: number;
        } | null;
      };
    };
    response: {
      id: string;
      /** Leads name it in `profile`, and events too. It never changes. */
      name: string;
      /** draft: a person approves, edits or rejects what the assistant writes. autopilot: it sends by itself. off: it does nothing. */
      mode: "draft" | "autopilot" | "off";
      /** Grows with each change of `content`; messages name it. */
      version: number;
      /** The campaign of its follow-ups. Null: it has none. */
      campaignId: string | null;
      /** What the profile says: the fields of `POST /v1/profiles`, each of them. */
      content: Record<string, unknown>;
      /** Sentences that tell the model something which nobody may hear, as far as patterns for English, German, French and Spanish find them. They refuse nothing. */
      warnings: {
        field: string;
        reason: string;
      }[];
      createdAt: string;
      updatedAt: string;
    };
  };
  /** Get a profile */
  "GET /v1/profiles/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      /** Leads name it in `profile`, and events too. It never changes. */
      name: string;
      /** draft: a person approves, edits or rejects what the assistant writes. autopilot: it sends by itself. off: it does nothing. */
      mode: "draft" | "autopilot" | "off";
      /** Grows with each change of `content`; messages name it. */
      version: number;
      /** The campaign of its follow-ups. Null: it has none. */
      campaignId: string | null;
      /** What the profile says: the fields of `POST /v1/profiles`, each of them. */
      content: Record<string, unknown>;
      /** Sentences that tell the model something which nobody may hear, as far as patterns for English, German, French and Spanish find them. They refuse nothing. */
      warnings: {
        field: string;
        reason: string;
      }[];
      createdAt: string;
      updatedAt: string;
    };
  };
  /** Change a profile */
  "PATCH /v1/profiles/{id}": {
    params: {
      id: string;
    };
    body: {
      /** The `version` that the change was made to: where somebody has changed the same fields since, this is refused with 409 in place of overwriting that. Without it the last one wins. */
      ifVersion?: number;
      /** draft: a person approves, edits or rejects what the assistant writes. autopilot: it sends by itself. off: it does nothing. */
      mode?: "draft" | "autopilot" | "off";
      content?: {
        /** For people. */
        description?: string;
        /** What the assistant is told. It is confidential: an answer that repeats it, or a figure from it, is held back. Facts for leads belong into the knowledge. */
        instructions?: string;
        /** What a conversation is to lead to. */
        objectives?: string;
        /** How it speaks. */
        tone?: string;
        /** In plain English: when a person is to take over. */
        handOffRules?: string;
        /** On which it writes; a first message goes out on the first one that the lead has an address for. */
        channels?: ("linkedin" | "sms" | "email")[];
        /** When it writes, by the lead's clock. Null: at any time; SMS keep the workspace's hours. */
        schedule?: {
          windows: Record<
            string,
            {
              from: string;
              to: string;
            }[]
          >;
          holidays?: string[];
        } | null;
        /** How long it waits for more before it answers. What comes in meanwhile gets one answer. */
        responseDelaySeconds?: number;
        /** Up to this part of the delay is added, at random. */
        responseJitter?: number;
        /** Whether conditions are asked of what leads write while the assistant is off for them, or a person has taken over: it costs what an answer costs. Asking to be left alone in plain words is understood in any case. */
        listenWhenOff?: boolean;
        /** Where leads book; it may stand in answers. */
        bookingLink?: string | null;
        /** Other addresses that may stand in answers. Paths below one of them may, too, with no other query. */
        allowedLinks?: string[];
        /** Words that hold an answer back, in any case; `*` stands for anything within a sentence. */
        mustNotSay?: string[];
        /** Characters of an answer at most; null: what the channel takes. */
        maxLength?: number | null;
        /** Parts of an SMS at most. */
        maxSmsSegments?: number;
        /** Answers to one lead, after which a person takes over. */
        turnLimit?: number;
        /** The first message, where no model is configured; `subject` also with one. */
        opening?: {
          template?: string | null;
          subject?: string | null;
        };
        followUps?: Record<
          string,
          {
            /** After the last message that went out. Whole minutes count. */
            hours: number;
            channel: "linkedin" | "sms" | "email";
            /** What it says where no model is configured, with `{{ firstName }}` and the like; null: a person writes it. */
            template?: string | null;
            /** Email only. Null: the thread's. */
            subject?: string | null;
          }
        >;
        /** Long-term nurture: what comes, so many times, when all follow-ups went out. */
        nurture?: {
          /** After the last message that went out. Whole minutes count. */
          hours: number;
          channel: "linkedin" | "sms" | "email";
          /** What it says where no model is configured, with `{{ firstName }}` and the like; null: a person writes it. */
          template?: string | null;
          /** Email only. Null: the thread's. */
          subject?: string | null;
          times?: number;
        } | null;
      };
    };
    response: {
      id: string;
      /** Leads name it in `profile`, and events too. It never changes. */
      name: string;
      /** draft: a person approves, edits or rejects what the assistant writes. autopilot: it sends by itself. off: it does nothing. */
      mode: "draft" | "autopilot" | "off";
      /** Grows with each change of `content`; messages name it. */
      version: number;
      /** The campaign of its follow-ups. Null: it has none. */
      campaignId: string | null;
      /** What the profile says: the fields of `POST /v1/profiles`, each of them. */
      content: Record<string, unknown>;
      /** Sentences that tell the model something which nobody may hear, as far as patterns for English, German, French and Spanish find them. They refuse nothing. */
      warnings: {
        field: string;
        reason: string;
      }[];
      createdAt: string;
      updatedAt: string;
    };
  };
  /** Delete a profile */
  "DELETE /v1/profiles/{id}": {
    params: {
      id: string;
    };
    response: null;
  };
  /** List the versions of a profile */
  "GET /v1/profiles/{id}/versions": {
    params: {
      id: string;
    };
    query?: {
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        version: number;
        /** What the profile says: the fields of `POST /v1/profiles`, each of them. */
        content: Record<string, unknown>;
        createdAt: string;
        /** Who wrote it: a key's ID or a person's. */
        createdBy: string;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Try a profile out */
  "POST /v1/profiles/{id}/try": {
    params: {
      id: string;
    };
    body: {
      /** The conversation so far. Empty: the assistant begins. */
      messages?: {
        from: "lead" | "us";
        text: string;
      }[];
      channel?: "linkedin" | "sms" | "email";
      lead?: {
        firstName?: string | null;
        lastName?: string | null;
        company?: string | null;
      };
      content?: {
        /** For people. */
        description?: string;
        /** What the assistant is told. It is confidential: an answer that repeats it, or a figure from it, is held back. Facts for leads belong into the knowledge. */
        instructions?: string;
        /** What a conversation is to lead to. */
        objectives?: string;
        /** How it speaks. */
        tone?: string;
        /** In plain English: when a person is to take over. */
        handOffRules?: string;
        /** On which it writes; a first message goes out on the first one that the lead has an address for. */
        channels?: ("linkedin" | "sms" | "email")[];
        /** When it writes, by the lead's clock. Null: at any time; SMS keep the workspace's hours. */
        schedule?: {
          windows: Record<
            string,
            {
              from: string;
              to: string;
            }[]
          >;
          holidays?: string[];
        } | null;
        /** How long it waits for more before it answers. What comes in meanwhile gets one answer. */
        responseDelaySeconds?: number;
        /** Up to this part of the delay is added, at random. */
        responseJitter?: number;
        /** Whether conditions are asked of what leads write while the assistant is off for them, or a person has taken over: it costs what an answer costs. Asking to be left alone in plain words is understood in any case. */
        listenWhenOff?: boolean;
        /** Where leads book; it may stand in answers. */
        bookingLink?: string | null;
        /** Other addresses that may stand in answers. Paths below one of them may, too, with no other query. */
        allowedLinks?: string[];
        /** Words that hold an answer back, in any case; `*` stands for anything within a sentence. */
        mustNotSay?: string[];
        /** Characters of an answer at most; null: what the channel takes. */
        maxLength?: number | null;
        /** Parts of an SMS at most. */
        maxSmsSegments?: number;
        /** Answers to one lead, after which a person takes over. */
        turnLimit?: number;
        /** The first message, where no model is configured; `subject` also with one. */
        opening?: {
          template?: string | null;
          subject?: string | null;
        };
        followUps?: Record<
          string,
          {
            /** After the last message that went out. Whole minutes count. */
            hours: number;
            channel: "linkedin" | "sms" | "email";
            /** What it says where no model is configured, with `{{ firstName }}` and the like; null: a person writes it. */
            template?: string | null;
            /** Email only. Null: the thread's. */
            subject?: string | null;
          }
        >;
        /** Long-term nurture: what comes, so many times, when all follow-ups went out. */
        nurture?: {
          /** After the last message that went out. Whole minutes count. */
          hours: number;
          channel: "linkedin" | "sms" | "email";
          /** What it says where no model is configured, with `{{ firstName }}` and the like; null: a person writes it. */
          template?: string | null;
          /** Email only. Null: the thread's. */
          subject?: string | null;
          times?: number;
        } | null;
      };
    };
    response: {
      /** Null: it would say nothing, or could not. */
      text: string | null;
      subject: string | null;
      /** Why it would be held back, for a person to look at. Empty: it could go out. */
      problems: {
        code: string;
        detail: string;
      }[];
      failure: {
        code: string;
        detail: string;
      } | null;
      handOver: string | null;
      /** The lead would not be contacted any more, for these words. */
      stop: string | null;
      booked: boolean;
      conditions: {
        id: string;
        met: boolean;
        reason: string;
      }[];
      searches: string[];
      cost: {
        /** Millionths of the currency of the model's prices. */
        micros: number;
        inputTokens: number;
        outputTokens: number;
        latencyMs: number;
      };
    };
  };
  /** List the knowledge of a profile */
  "GET /v1/profiles/{id}/knowledge": {
    params: {
      id: string;
    };
    query?: {
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 50. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        profileId: string;
        title: string;
        content: string;
        language: string;
        createdAt: string;
        updatedAt: string;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Add knowledge to a profile */
  "POST /v1/profiles/{id}/knowledge": {
    params: {
      id: string;
    };
    body: {
      title: string;
      /** Plain text or Markdown; of a PDF or Word file what `POST /v1/knowledge/text` gives. Empty lines part what belongs together. */
      content: string;
      /** How its words are compared: `english` finds `roofs` by `roof`. `simple`: words as they are, also for Chinese, Japanese, Korean and Thai. */
      language?:
        | "simple"
        | "arabic"
        | "armenian"
        | "basque"
        | "catalan"
        | "danish"
        | "dutch"
        | "english"
        | "finnish"
        | "french"
        | "german"
        | "greek"
        | "hindi"
        | "hungarian"
        | "indonesian"
        | "irish"
        | "italian"
        | "lithuanian"
        | "nepali"
        | "norwegian"
        | "portuguese"
        | "romanian"
        | "russian"
        | "serbian"
        | "spanish"
        | "swedish"
        | "tamil"
        | "turkish"
        | "yiddish";
    };
    response: {
      id: string;
      profileId: string;
      title: string;
      content: string;
      language: string;
      createdAt: string;
      updatedAt: string;
    };
  };
  /** Search the knowledge of a profile */
  "GET /v1/profiles/{id}/knowledge/search": {
    params: {
      id: string;
    };
    query: {
      q: string;
      /** How many at most: 1 to 20. */
      limit?: number;
    };
    response: {
      data: {
        knowledgeId: string;
        title: string;
        text: string;
      }[];
    };
  };
  /** Get a piece of knowledge */
  "GET /v1/knowledge/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      profileId: string;
      title: string;
      content: string;
      language: string;
      createdAt: string;
      updatedAt: string;
    };
  };
  /** Replace a piece of knowledge */
  "PUT /v1/knowledge/{id}": {
    params: {
      id: string;
    };
    body: {
      title: string;
      /** Plain text or Markdown; of a PDF or Word file what `POST /v1/knowledge/text` gives. Empty lines part what belongs together. */
      content: string;
      /** How its words are compared: `english` finds `roofs` by `roof`. `simple`: words as they are, also for Chinese, Japanese, Korean and Thai. */
      language?:
        | "simple"
        | "arabic"
        | "armenian"
        | "basque"
        | "catalan"
        | "danish"
        | "dutch"
        | "english"
        | "finnish"
        | "french"
        | "german"
        | "greek"
        | "hindi"
        | "hungarian"
        | "indonesian"
        | "irish"
        | "italian"
        | "lithuanian"
        | "nepali"
        | "norwegian"
        | "portuguese"
        | "romanian"
        | "russian"
        | "serbian"
        | "spanish"
        | "swedish"
        | "tamil"
        | "turkish"
        | "yiddish";
    };
    response: {
      id: string;
      profileId: string;
      title: string;
      content: string;
      language: string;
      createdAt: string;
      updatedAt: string;
    };
  };
  /** Delete a piece of knowledge */
  "DELETE /v1/knowledge/{id}": {
    params: {
      id: string;
    };
    response: null;
  };
  /** Take the text out of a file */
  "POST /v1/knowledge/text": {
    body: {
      /** The file's name. */
      name: string;
      /** The file's bytes as Base64. */
      data: string;
    };
    response: {
      /** The file's name without its ending: for knowledge that has none. */
      title: string;
      kind: "text" | "pdf" | "docx";
      text: string;
      /** Of a PDF. */
      pages: number | null;
    };
  };
  /** List turns */
  "GET /v1/assistant/turns": {
    query?: {
      state?: "gathering" | "thinking" | "draft" | "task" | "sent" | "rejected" | "superseded" | "stopped";
      leadId?: string;
      profileId?: string;
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        leadId: string;
        /** reply: the lead wrote. opening: a first message. follow_up. command: somebody told the assistant to write. listen: the lead wrote while the assistant didn't answer it: only conditions were asked. */
        kind: "reply" | "opening" | "follow_up" | "command" | "listen";
        /** gathering: waits for more, or for its hours. thinking. draft: waits for a person's approval. task: a person has to do it. sent: it became `messageId`. rejected: a person said no, or did it by hand. superseded: something newer took its place. stopped: nothing was to be said. */
        state: "gathering" | "thinking" | "draft" | "task" | "sent" | "rejected" | "superseded" | "stopped";
        profileId: string;
        profileVersion: number | null;
        channel: ("linkedin" | "sms" | "email") | null;
        conversationId: string | null;
        /** Of a follow-up. */
        campaignId: string | null;
        sequenceStep: number | null;
        instruction: string | null;
        /** Messages of the lead that it answers. */
        inbound: number;
        /** The latest of them. */
        inboundMessageId: string | null;
        dueAt: string;
        subject: string | null;
        /** What the assistant wrote. */
        text: string | null;
        finalSubject: string | null;
        /** What a person made of it. Null: it went out as it was, or not. */
        finalText: string | null;
        /** Why it needs a person, or ended; for programs. */
        reasonCode: string | null;
        reason: string | null;
        /** Why the answer was held back. */
        problems: {
          code: string;
          detail: string;
        }[];
        /** What the model said beside the answer. */
        notes: {
          conditions: {
            id: string;
            name: string;
            kind: "tag" | "notification";
            met: boolean;
            reason: string;
          }[];
          handOver: string | null;
          stop: string | null;
          booked: boolean;
          searches: string[];
        } | null;
        /** Null: none was asked. */
        model: string | null;
        inputTokens: number | null;
        outputTokens: number | null;
        /** Millionths of the currency of the model's prices. */
        costMicros: number | null;
        latencyMs: number | null;
        messageId: string | null;
        decidedBy: string | null;
        decidedAt: string | null;
        createdAt: string;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Get a turn */
  "GET /v1/assistant/turns/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      leadId: string;
      /** reply: the lead wrote. opening: a first message. follow_up. command: somebody told the assistant to write. listen: the lead wrote while the assistant didn't answer it: only conditions were asked. */
      kind: "reply" | "opening" | "follow_up" | "command" | "listen";
      /** gathering: waits for more, or for its hours. thinking. draft: waits for a person's approval. task: a person has to do it. sent: it became `messageId`. rejected: a person said no, or did it by hand. superseded: something newer took its place. stopped: nothing was to be said. */
      state: "gathering" | "thinking" | "draft" | "task" | "sent" | "rejected" | "superseded" | "stopped";
      profileId: string;
      profileVersion: number | null;
      channel: ("linkedin" | "sms" | "email") | null;
      conversationId: string | null;
      /** Of a follow-up. */
      campaignId: string | null;
      sequenceStep: number | null;
      instruction: string | null;
      /** Messages of the lead that it answers. */
      inbound: number;
      /** The latest of them. */
      inboundMessageId: string | null;
      dueAt: string;
      subject: string | null;
      /** What the assistant wrote. */
      text: string | null;
      finalSubject: string | null;
      /** What a person made of it. Null: it went out as it was, or not. */
      finalText: string | null;
      /** Why it needs a person, or ended; for programs. */
      reasonCode: string | null;
      reason: string | null;
      /** Why the answer was held back. */
      problems: {
        code: string;
        detail: string;
      }[];
      /** What the model said beside the answer. */
      notes: {
        conditions: {
          id: string;
          name: string;
          kind: "tag" | "notification";
          met: boolean;
          reason: string;
        }[];
        handOver: string | null;
        stop: string | null;
        booked: boolean;
        searches: string[];
      } | null;
      /** Null: none was asked. */
      model: string | null;
      inputTokens: number | null;
      outputTokens: number | null;
      /** Millionths of the currency of the model's prices. */
      costMicros: number | null;
      latencyMs: number | null;
      messageId: string | null;
      decidedBy: string | null;
      decidedAt: string | null;
      createdAt: string;
    };
  };
  /** Approve a draft */
  "POST /v1/assistant/turns/{id}/approve": {
    params: {
      id: string;
    };
    body: {
      text?: string;
      /** Of a first email. */
      subject?: string | null;
    };
    response: {
      id: string;
      leadId: string;
      /** reply: the lead wrote. opening: a first message. follow_up. command: somebody told the assistant to write. listen: the lead wrote while the assistant didn't answer it: only conditions were asked. */
      kind: "reply" | "opening" | "follow_up" | "command" | "listen";
      /** gathering: waits for more, or for its hours. thinking. draft: waits for a person's approval. task: a person has to do it. sent: it became `messageId`. rejected: a person said no, or did it by hand. superseded: something newer took its place. stopped: nothing was to be said. */
      state: "gathering" | "thinking" | "draft" | "task" | "sent" | "rejected" | "superseded" | "stopped";
      profileId: string;
      profileVersion: number | null;
      channel: ("linkedin" | "sms" | "email") | null;
      conversationId: string | null;
      /** Of a follow-up. */
      campaignId: string | null;
      sequenceStep: number | null;
      instruction: string | null;
      /** Messages of the lead that it answers. */
      inbound: number;
      /** The latest of them. */
      inboundMessageId: string | null;
      dueAt: string;
      subject: string | null;
      /** What the assistant wrote. */
      text: string | null;
      finalSubject: string | null;
      /** What a person made of it. Null: it went out as it was, or not. */
      finalText: string | null;
      /** Why it needs a person, or ended; for programs. */
      reasonCode: string | null;
      reason: string | null;
      /** Why the answer was held back. */
      problems: {
        code: string;
        detail: string;
      }[];
      /** What the model said beside the answer. */
      notes: {
        conditions: {
          id: string;
          name: string;
          kind: "tag" | "notification";
          met: boolean;
          reason: string;
        }[];
        handOver: string | null;
        stop: string | null;
        booked: boolean;
        searches: string[];
      } | null;
      /** Null: none was asked. */
      model: string | null;
      inputTokens: number | null;
      outputTokens: number | null;
      /** Millionths of the currency of the model's prices. */
      costMicros: number | null;
      latencyMs: number | null;
      messageId: string | null;
      decidedBy: string | null;
      decidedAt: string | null;
      createdAt: string;
    };
  };
  /** Reject a draft */
  "POST /v1/assistant/turns/{id}/reject": {
    params: {
      id: string;
    };
    body: {
      reason?: string | null;
    };
    response: {
      id: string;
      leadId: string;
      /** reply: the lead wrote. opening: a first message. follow_up. command: somebody told the assistant to write. listen: the lead wrote while the assistant didn't answer it: only conditions were asked. */
      kind: "reply" | "opening" | "follow_up" | "command" | "listen";
      /** gathering: waits for more, or for its hours. thinking. draft: waits for a person's approval. task: a person has to do it. sent: it became `messageId`. rejected: a person said no, or did it by hand. superseded: something newer took its place. stopped: nothing was to be said. */
      state: "gathering" | "thinking" | "draft" | "task" | "sent" | "rejected" | "superseded" | "stopped";
      profileId: string;
      profileVersion: number | null;
      channel: ("linkedin" | "sms" | "email") | null;
      conversationId: string | null;
      /** Of a follow-up. */
      campaignId: string | null;
      sequenceStep: number | null;
      instruction: string | null;
      /** Messages of the lead that it answers. */
      inbound: number;
      /** The latest of them. */
      inboundMessageId: string | null;
      dueAt: string;
      subject: string | null;
      /** What the assistant wrote. */
      text: string | null;
      finalSubject: string | null;
      /** What a person made of it. Null: it went out as it was, or not. */
      finalText: string | null;
      /** Why it needs a person, or ended; for programs. */
      reasonCode: string | null;
      reason: string | null;
      /** Why the answer was held back. */
      problems: {
        code: string;
        detail: string;
      }[];
      /** What the model said beside the answer. */
      notes: {
        conditions: {
          id: string;
          name: string;
          kind: "tag" | "notification";
          met: boolean;
          reason: string;
        }[];
        handOver: string | null;
        stop: string | null;
        booked: boolean;
        searches: string[];
      } | null;
      /** Null: none was asked. */
      model: string | null;
      inputTokens: number | null;
      outputTokens: number | null;
      /** Millionths of the currency of the model's prices. */
      costMicros: number | null;
      latencyMs: number | null;
      messageId: string | null;
      decidedBy: string | null;
      decidedAt: string | null;
      createdAt: string;
    };
  };
  /** What the assistant does for a lead */
  "GET /v1/leads/{id}/assistant": {
    params: {
      id: string;
    };
    response: {
      leadId: string;
      /** Null: none that the assistant knows. */
      profile: string | null;
      /** In place of the profile's. Null: the profile's. */
      mode: ("draft" | "autopilot" | "off") | null;
      /** What counts of the profile's mode, the lead's, and whether a person took over. */
      effectiveMode: "draft" | "autopilot" | "off";
      /** A person has taken over; the assistant is silent until somebody sets this to null. */
      handedOver: {
        at: string;
        reason: string | null;
      } | null;
      /** Answers that count against the profile's turn limit. */
      turns: number;
      /** The conversation so far, in the model's words. */
      summary: string | null;
      /** What was said before is not told to the model. */
      memorySince: string | null;
      context: {
        text: string;
        at: string;
      }[];
      followUps: {
        /** The one that comes next; -1: stopped; -2: long-term nurture, or all went out. Null: none waits. */
        step: number | null;
        nextAt: string | null;
        /** Of its own. Null: the profile's. */
        config: Record<string, Record<string, unknown>> | null;
      };
      /** Tags that the assistant gave, and why. */
      tags: {
        tag: string;
        reason: string;
        messageId: string | null;
        at: string;
      }[];
    };
  };
  /** Change what the assistant does for a lead */
  "PATCH /v1/leads/{id}/assistant": {
    params: {
      id: string;
    };
    body: {
      mode?: ("draft" | "autopilot" | "off") | null;
      /** A person takes over, or (null) hands back. */
      handedOver?: {
        reason: string;
      } | null;
      /** 1, 2, ...: this one comes next, its hours from now. -1: none comes any more. -2: long-term nurture. */
      followUpStep?: number;
      /** Of its own. Null: the profile's again. */
      followUps?: Record<
        string,
        {
          /** After the last message that went out. Whole minutes count. */
          hours: number;
          channel: "linkedin" | "sms" | "email";
          /** What it says where no model is configured, with `{{ firstName }}` and the like; null: a person writes it. */
          template?: string | null;
          /** Email only. Null: the thread's. */
          subject?: string | null;
        }
      > | null;
    };
    response: {
      leadId: string;
      /** Null: none that the assistant knows. */
      profile: string | null;
      /** In place of the profile's. Null: the profile's. */
      mode: ("draft" | "autopilot" | "off") | null;
      /** What counts of the profile's mode, the lead's, and whether a person took over. */
      effectiveMode: "draft" | "autopilot" | "off";
      /** A person has taken over; the assistant is silent until somebody sets this to null. */
      handedOver: {
        at: string;
        reason: string | null;
      } | null;
      /** Answers that count against the profile's turn limit. */
      turns: number;
      /** The conversation so far, in the model's words. */
      summary: string | null;
      /** What was said before is not told to the model. */
      memorySince: string | null;
      context: {
        text: string;
        at: string;
      }[];
      followUps: {
        /** The one that comes next; -1: stopped; -2: long-term nurture, or all went out. Null: none waits. */
        step: number | null;
        nextAt: string | null;
        /** Of its own. Null: the profile's. */
        config: Record<string, Record<string, unknown>> | null;
      };
      /** Tags that the assistant gave, and why. */
      tags: {
        tag: string;
        reason: string;
        messageId: string | null;
        at: string;
      }[];
    };
  };
  /** Switch the profile of a lead */
  "POST /v1/leads/{id}/assistant/profile": {
    params: {
      id: string;
    };
    body: {
      /** The profile's name. Null: none. */
      profile: string | null;
      /** The assistant writes first. */
      sendMessage?: boolean;
      /** Then after this time. */
      delaySeconds?: number;
      clearMemory?: boolean;
      /** What the first message is to say. Null: what the profile says. */
      instruction?: string | null;
    };
    response: {
      leadId: string;
      /** Null: none that the assistant knows. */
      profile: string | null;
      /** In place of the profile's. Null: the profile's. */
      mode: ("draft" | "autopilot" | "off") | null;
      /** What counts of the profile's mode, the lead's, and whether a person took over. */
      effectiveMode: "draft" | "autopilot" | "off";
      /** A person has taken over; the assistant is silent until somebody sets this to null. */
      handedOver: {
        at: string;
        reason: string | null;
      } | null;
      /** Answers that count against the profile's turn limit. */
      turns: number;
      /** The conversation so far, in the model's words. */
      summary: string | null;
      /** What was said before is not told to the model. */
      memorySince: string | null;
      context: {
        text: string;
        at: string;
      }[];
      followUps: {
        /** The one that comes next; -1: stopped; -2: long-term nurture, or all went out. Null: none waits. */
        step: number | null;
        nextAt: string | null;
        /** Of its own. Null: the profile's. */
        config: Record<string, Record<string, unknown>> | null;
      };
      /** Tags that the assistant gave, and why. */
      tags: {
        tag: string;
        reason: string;
        messageId: string | null;
        at: string;
      }[];
      turnId: string | null;
    };
  };
  /** Tell the assistant something about a lead */
  "POST /v1/leads/{id}/assistant/context": {
    params: {
      id: string;
    };
    body: {
      text: string;
    };
    response: {
      leadId: string;
      /** Null: none that the assistant knows. */
      profile: string | null;
      /** In place of the profile's. Null: the profile's. */
      mode: ("draft" | "autopilot" | "off") | null;
      /** What counts of the profile's mode, the lead's, and whether a person took over. */
      effectiveMode: "draft" | "autopilot" | "off";
      /** A person has taken over; the assistant is silent until somebody sets this to null. */
      handedOver: {
        at: string;
        reason: string | null;
      } | null;
      /** Answers that count against the profile's turn limit. */
      turns: number;
      /** The conversation so far, in the model's words. */
      summary: string | null;
      /** What was said before is not told to the model. */
      memorySince: string | null;
      context: {
        text: string;
        at: string;
      }[];
      followUps: {
        /** The one that comes next; -1: stopped; -2: long-term nurture, or all went out. Null: none waits. */
        step: number | null;
        nextAt: string | null;
        /** Of its own. Null: the profile's. */
        config: Record<string, Record<string, unknown>> | null;
      };
      /** Tags that the assistant gave, and why. */
      tags: {
        tag: string;
        reason: string;
        messageId: string | null;
        at: string;
      }[];
    };
  };
  /** Tell the assistant to write to a lead */
  "POST /v1/leads/{id}/assistant/write": {
    params: {
      id: string;
    };
    body: {
      instruction: string;
      delaySeconds?: number;
    };
    response: {
      turnId: string;
    };
  };
  /** List conditions */
  "GET /v1/assistant/conditions": {
    response: {
      data: {
        id: string;
        kind: "tag" | "notification";
        name: string;
        condition: string;
        profileId: string | null;
        enabled: boolean;
        createdAt: string;
      }[];
    };
  };
  /** Create a condition */
  "POST /v1/assistant/conditions": {
    body: {
      kind: "tag" | "notification";
      name: string;
      /** In plain English: "The person asks for a price." */
      condition: string;
      /** Only of leads with this profile. Null: of all. */
      profileId?: string | null;
      enabled?: boolean;
    };
    response: {
      id: string;
      kind: "tag" | "notification";
      name: string;
      condition: string;
      profileId: string | null;
      enabled: boolean;
      createdAt: string;
    };
  };
  /** Get a condition */
  "GET /v1/assistant/conditions/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      kind: "tag" | "notification";
      name: string;
      condition: string;
      profileId: string | null;
      enabled: boolean;
      createdAt: string;
    };
  };
  /** Change a condition */
  "PATCH /v1/assistant/conditions/{id}": {
    params: {
      id: string;
    };
    body: {
      /** In plain English: "The person asks for a price." */
      condition?: string;
      /** Only of leads with this profile. Null: of all. */
      profileId?: string | null;
      enabled?: boolean;
    };
    response: {
      id: string;
      kind: "tag" | "notification";
      name: string;
      condition: string;
      profileId: string | null;
      enabled: boolean;
      createdAt: string;
    };
  };
  /** Delete a condition */
  "DELETE /v1/assistant/conditions/{id}": {
    params: {
      id: string;
    };
    response: null;
  };
  /** Get the model */
  "GET /v1/assistant/model": {
    query?: {
      /** `true`: where there is none the answer is 204, in place of 404. */
      ifAny?: "true" | "false";
    };
    response: {
      provider: "openai_compatible" | "anthropic";
      baseUrl: string;
      model: string;
      hasApiKey: boolean;
      deadlineMs: number;
      maxOutputTokens: number;
      inputPrice: number;
      outputPrice: number;
      tokensPerDay: number | null;
      moneyPerDay: number | null;
      updatedAt: string;
    } | null;
  };
  /** Set the model */
  "PUT /v1/assistant/model": {
    body: {
      /** `openai_compatible`: any that has OpenAI's `/chat/completions`: OpenAI, Azure, Mistral, Ollama, vLLM. */
      provider: "openai_compatible" | "anthropic";
      /** Up to `/chat/completions` (or `/messages`): `https://api.openai.com/v1`. */
      baseUrl: string;
      model: string;
      /** Null: it needs none. Left out: the one that is stored stays, if the address does. */
      apiKey?: string | null;
      /** For all calls of a turn together. */
      deadlineMs?: number;
      maxOutputTokens?: number;
      /** For a million tokens that the model is given. */
      inputPrice?: number;
      /** For a million tokens that it writes. */
      outputPrice?: number;
      /** Null: no limit. */
      tokensPerDay?: number | null;
      /** In the currency of the prices, by the workspace's day. Null: no limit. */
      moneyPerDay?: number | null;
    };
    response: {
      provider: "openai_compatible" | "anthropic";
      baseUrl: string;
      model: string;
      hasApiKey: boolean;
      deadlineMs: number;
      maxOutputTokens: number;
      inputPrice: number;
      outputPrice: number;
      tokensPerDay: number | null;
      moneyPerDay: number | null;
      updatedAt: string;
    };
  };
  /** Remove the model */
  "DELETE /v1/assistant/model": {
    response: null;
  };
  /** Verify the model */
  "POST /v1/assistant/model/verify": {
    response: {
      ok: boolean;
      detail: string;
    };
  };
  /** What the model cost */
  "GET /v1/assistant/usage": {
    query?: {
      /** How many at most: 1 to 366. */
      days?: number;
      profileId?: string;
    };
    response: {
      data: {
        /** `2026-01-05`. */
        day: string;
        calls: number;
        failures: number;
        inputTokens: number;
        outputTokens: number;
        /** Millionths of the currency of the model's prices. */
        costMicros: number;
        /** Of all calls together. */
        latencyMs: number;
      }[];
    };
  };
  /** What each profile cost */
  "GET /v1/assistant/usage/profiles": {
    query?: {
      /** How many at most: 1 to 366. */
      days?: number;
    };
    response: {
      data: {
        profileId: string;
        /** Null: it was deleted. */
        profileName: string | null;
        calls: number;
        failures: number;
        inputTokens: number;
        outputTokens: number;
        /** Millionths of the currency of the model's prices. */
        costMicros: number;
        /** Of all calls together. */
        latencyMs: number;
      }[];
    };
  };
  /** Send a LinkedIn message */
  "POST /v1/inbox/send": {
    body: {
      senderId: string;
      recipientLinkedinUrl: string;
      /** At most 8,000 characters. */
      message: string;
    };
    response:
      | {
          success: true;
          messageId: string;
          recipientLinkedinUrl: string;
          status: "sent";
          timestamp: string;
        }
      | {
          success: true;
          messageId: string;
          recipientLinkedinUrl: string;
          /** `queued`: it goes out as soon as possible. `uncertain`: it may have gone out, which Herald is looking up. */
          status: "queued" | "uncertain";
          timestamp: string;
        };
  };
  /** Send a LinkedIn message to a known lead */
  "POST /v1/inbox/send/lead/{leadId}": {
    params: {
      leadId: string;
    };
    body: {
      senderId: string;
      /** At most 8,000 characters. */
      message: string;
    };
    response:
      | {
          success: true;
          messageId: string;
          recipientLinkedinUrl: string;
          status: "sent";
          timestamp: string;
        }
      | {
          success: true;
          messageId: string;
          recipientLinkedinUrl: string;
          /** `queued`: it goes out as soon as possible. `uncertain`: it may have gone out, which Herald is looking up. */
          status: "queued" | "uncertain";
          timestamp: string;
        };
  };
  /** Send a LinkedIn invitation */
  "POST /v1/inbox/connect": {
    body: {
      senderId: string;
      recipientLinkedinUrl: string;
      /** The note: at most 300 characters. */
      message?: string | null;
    };
    response:
      | {
          success: true;
          /** The ID of a message: `GET /v1/messages/{requestId}`. */
          requestId: string;
          recipientLinkedinUrl: string;
          status: "sent" | "already_connected";
          timestamp: string;
        }
      | {
          success: true;
          /** The ID of a message: `GET /v1/messages/{requestId}`. */
          requestId: string;
          recipientLinkedinUrl: string;
          /** `queued`: it goes out as soon as possible. `uncertain`: it may have gone out, which Herald is looking up. */
          status: "queued" | "uncertain";
          timestamp: string;
        };
  };
  /** List conversations as SendPilot does */
  "GET /v1/inbox/conversations": {
    query?: {
      /** A sender's ID. */
      accountId?: string;
      channel?: "linkedin" | "sms" | "email";
      /** How many at most: 1 to 100. */
      limit?: number;
      /** `continuationToken` of the previous page. */
      continuationToken?: string;
    };
    response: {
      conversations: {
        id: string;
        /** The sender's ID. */
        accountId: string;
        leadId: string;
        channel: "linkedin" | "sms" | "email";
        subject: string | null;
        lastMessageAt: string | null;
        lastMessageText: string | null;
        unreadCount: number;
        createdAt: string;
      }[];
      /** For the next page; null on the last one. */
      continuationToken: string | null;
    };
  };
  /** List a conversation's messages as SendPilot does */
  "GET /v1/inbox/conversations/{id}/messages": {
    params: {
      id: string;
    };
    query?: {
      /** A sender's ID. */
      accountId?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
      /** `continuationToken` of the previous page. */
      continuationToken?: string;
    };
    response: {
      messages: {
        id: string;
        leadId: string;
        conversationId: string;
        channel: "linkedin" | "sms" | "email";
        action: "message" | "connect";
        direction: "outbound" | "inbound";
        source: "campaign" | "api" | "assistant" | "external";
        campaignId: string | null;
        stepId: string | null;
        sequenceStep: number | null;
        /** Of a step with variants: which one it is. */
        variant: string | null;
        senderId: string;
        toAddress: string;
        subject: string | null;
        text: string;
        html: string | null;
        status: "queued" | "held" | "sending" | "sent" | "uncertain" | "failed" | "blocked" | "cancelled" | "received";
        /** Why it has this status; made for programs. */
        statusCode: string | null;
        /** The same in words: the provider's, where it said something. */
        statusDetail: string | null;
        scheduledAt: string | null;
        /** Calls of the provider so far. */
        attempts: number;
        attemptedAt: string | null;
        sentAt: string | null;
        providerMessageId: string | null;
        /** When the provider says that it arrived. Null: it doesn't say. */
        deliveredAt: string | null;
        /** When the lead read it, as far as the provider says. Null: it doesn't. */
        readAt: string | null;
        /** Files that came with it, at the provider's addresses. Null: none. */
        attachments:
          | {
              url: string;
              contentType: string | null;
            }[]
          | null;
        /** Of an email: what was written anew, without what it quotes and the signature. Null: all of `text`. */
        visibleText: string | null;
        /** A program wrote it (an absence note, a receipt): it is no reply of the lead, and no answer of whoever's mailbox it is from. Null: a person did, or Herald. */
        automatic: ("out_of_office" | "auto_reply") | null;
        /** Of an SMS by API: why it may go out at any hour. Null: it keeps the workspace's `smsHours`. */
        smsHoursOverride: string | null;
        /** What another system said about a message of its own, as it said it. Null: it is Herald's. */
        external: Record<string, unknown> | null;
        /** The assistant's turn that it came from: `GET /v1/assistant/turns/{id}` says what it cost. Null: it is none of the assistant's. */
        turnId: string | null;
        /** Of the profile that the assistant wrote it with. */
        profileVersion: number | null;
        /** The model that wrote it, and what that cost. Null: a person or a template did. */
        writtenBy: {
          model: string;
          inputTokens: number;
          outputTokens: number;
          /** Millionths of the currency of the model's prices. */
          costMicros: number;
          /** How long the model thought, all its calls together. */
          latencyMs: number;
        } | null;
        createdAt: string;
      }[];
      /** For the next page; null on the last one. */
      continuationToken: string | null;
    };
  };
  /** Ask for an approval */
  "POST /v1/approvals": {
    body: {
      action: "send_message" | "reply" | "start_campaign" | "resume_campaign" | "enroll_leads";
      /** `send_message`: the body of `POST /v1/messages`, with `leadId`; `reply`: that of `POST /v1/conversations/{id}/messages`, and `conversationId`; `enroll_leads`: `campaignId` and `leadIds`; the others: `campaignId`. */
      request: Record<string, unknown>;
      /** For the person who decides. */
      note?: string;
      /** A name of the caller's own: asking again with it answers with the first one, whatever became of it. Without it, the same that waits already is not stored twice. */
      requestId?: string;
      expiresInHours?: number;
    };
    response: {
      id: string;
      action: "send_message" | "reply" | "start_campaign" | "resume_campaign" | "enroll_leads";
      /** Somebody wrote it for a person to send, who need not be allowed to send. */
      draft: boolean;
      /** The body of the call that it stands for, as it was asked for. */
      request: Record<string, unknown>;
      leadId: string | null;
      campaignId: string | null;
      conversationId: string | null;
      /** Why, in the words of who asked. */
      note: string | null;
      /** The API key's or person's ID. */
      askedBy: string;
      /** `approved`: being carried out; `done`: it was; `failed`: Herald refused it, see `outcome`; `expired`: nobody decided in time. */
      status: "waiting" | "approved" | "done" | "failed" | "rejected" | "expired";
      createdAt: string;
      expiresAt: string;
      decidedAt: string | null;
      /** Who decided. Null with `decidedAt`: nobody had to, since the workspace lets agents act. */
      decidedBy: string | null;
      decisionNote: string | null;
      /** What was carried out where a person changed its words. */
      changedRequest: Record<string, unknown> | null;
      /** The answer to the call: its HTTP status and body. */
      outcome: {
        status: number;
        body: unknown;
      } | null;
    };
  };
  /** List approvals */
  "GET /v1/approvals": {
    query?: {
      status?: "waiting" | "approved" | "done" | "failed" | "rejected" | "expired";
      leadId?: string;
      campaignId?: string;
      conversationId?: string;
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        action: "send_message" | "reply" | "start_campaign" | "resume_campaign" | "enroll_leads";
        /** Somebody wrote it for a person to send, who need not be allowed to send. */
        draft: boolean;
        /** The body of the call that it stands for, as it was asked for. */
        request: Record<string, unknown>;
        leadId: string | null;
        campaignId: string | null;
        conversationId: string | null;
        /** Why, in the words of who asked. */
        note: string | null;
        /** The API key's or person's ID. */
        askedBy: string;
        /** `approved`: being carried out; `done`: it was; `failed`: Herald refused it, see `outcome`; `expired`: nobody decided in time. */
        status: "waiting" | "approved" | "done" | "failed" | "rejected" | "expired";
        createdAt: string;
        expiresAt: string;
        decidedAt: string | null;
        /** Who decided. Null with `decidedAt`: nobody had to, since the workspace lets agents act. */
        decidedBy: string | null;
        decisionNote: string | null;
        /** What was carried out where a person changed its words. */
        changedRequest: Record<string, unknown> | null;
        /** The answer to the call: its HTTP status and body. */
        outcome: {
          status: number;
          body: unknown;
        } | null;
        names: {
          /** Of the key or person that asked. Null: it is gone, or there is none. */
          askedBy: string | null;
          /** Of who decided. Null: it is gone, or there is none. */
          decidedBy: string | null;
          /** The lead's name, or an address. Null: it is gone, or there is none. */
          lead: string | null;
          /** The campaign's name. Null: it is gone, or there is none. */
          campaign: string | null;
        };
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Draft a message */
  "POST /v1/approvals/drafts": {
    body: {
      action: "send_message" | "reply";
      /** `send_message`: the body of `POST /v1/messages`, with `leadId`; `reply`: that of `POST /v1/conversations/{id}/messages`, and `conversationId`; `enroll_leads`: `campaignId` and `leadIds`; the others: `campaignId`. */
      request: Record<string, unknown>;
      /** For the person who decides. */
      note?: string;
      /** A name of the caller's own: asking again with it answers with the first one, whatever became of it. Without it, the same that waits already is not stored twice. */
      requestId?: string;
      expiresInHours?: number;
    };
    response: {
      id: string;
      action: "send_message" | "reply" | "start_campaign" | "resume_campaign" | "enroll_leads";
      /** Somebody wrote it for a person to send, who need not be allowed to send. */
      draft: boolean;
      /** The body of the call that it stands for, as it was asked for. */
      request: Record<string, unknown>;
      leadId: string | null;
      campaignId: string | null;
      conversationId: string | null;
      /** Why, in the words of who asked. */
      note: string | null;
      /** The API key's or person's ID. */
      askedBy: string;
      /** `approved`: being carried out; `done`: it was; `failed`: Herald refused it, see `outcome`; `expired`: nobody decided in time. */
      status: "waiting" | "approved" | "done" | "failed" | "rejected" | "expired";
      createdAt: string;
      expiresAt: string;
      decidedAt: string | null;
      /** Who decided. Null with `decidedAt`: nobody had to, since the workspace lets agents act. */
      decidedBy: string | null;
      decisionNote: string | null;
      /** What was carried out where a person changed its words. */
      changedRequest: Record<string, unknown> | null;
      /** The answer to the call: its HTTP status and body. */
      outcome: {
        status: number;
        body: unknown;
      } | null;
    };
  };
  /** Count what waits */
  "GET /v1/approvals/waiting": {
    response: {
      waiting: number;
    };
  };
  /** Get an approval */
  "GET /v1/approvals/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      action: "send_message" | "reply" | "start_campaign" | "resume_campaign" | "enroll_leads";
      /** Somebody wrote it for a person to send, who need not be allowed to send. */
      draft: boolean;
      /** The body of the call that it stands for, as it was asked for. */
      request: Record<string, unknown>;
      leadId: string | null;
      campaignId: string | null;
      conversationId: string | null;
      /** Why, in the words of who asked. */
      note: string | null;
      /** The API key's or person's ID. */
      askedBy: string;
      /** `approved`: being carried out; `done`: it was; `failed`: Herald refused it, see `outcome`; `expired`: nobody decided in time. */
      status: "waiting" | "approved" | "done" | "failed" | "rejected" | "expired";
      createdAt: string;
      expiresAt: string;
      decidedAt: string | null;
      /** Who decided. Null with `decidedAt`: nobody had to, since the workspace lets agents act. */
      decidedBy: string | null;
      decisionNote: string | null;
      /** What was carried out where a person changed its words. */
      changedRequest: Record<string, unknown> | null;
      /** The answer to the call: its HTTP status and body. */
      outcome: {
        status: number;
        body: unknown;
      } | null;
      names: {
        /** Of the key or person that asked. Null: it is gone, or there is none. */
        askedBy: string | null;
        /** Of who decided. Null: it is gone, or there is none. */
        decidedBy: string | null;
        /** The lead's name, or an address. Null: it is gone, or there is none. */
        lead: string | null;
        /** The campaign's name. Null: it is gone, or there is none. */
        campaign: string | null;
      };
    };
  };
  /** Approve a request */
  "POST /v1/approvals/{id}/approve": {
    params: {
      id: string;
    };
    body: {
      /** Other words for a message or an answer; with other `text` the HTML of a mail is left out. What was asked for is kept beside them. */
      change?: {
        text?: string;
        subject?: string | null;
      };
      note?: string;
    };
    response: {
      id: string;
      action: "send_message" | "reply" | "start_campaign" | "resume_campaign" | "enroll_leads";
      /** Somebody wrote it for a person to send, who need not be allowed to send. */
      draft: boolean;
      /** The body of the call that it stands for, as it was asked for. */
      request: Record<string, unknown>;
      leadId: string | null;
      campaignId: string | null;
      conversationId: string | null;
      /** Why, in the words of who asked. */
      note: string | null;
      /** The API key's or person's ID. */
      askedBy: string;
      /** `approved`: being carried out; `done`: it was; `failed`: Herald refused it, see `outcome`; `expired`: nobody decided in time. */
      status: "waiting" | "approved" | "done" | "failed" | "rejected" | "expired";
      createdAt: string;
      expiresAt: string;
      decidedAt: string | null;
      /** Who decided. Null with `decidedAt`: nobody had to, since the workspace lets agents act. */
      decidedBy: string | null;
      decisionNote: string | null;
      /** What was carried out where a person changed its words. */
      changedRequest: Record<string, unknown> | null;
      /** The answer to the call: its HTTP status and body. */
      outcome: {
        status: number;
        body: unknown;
      } | null;
    };
  };
  /** Reject a request */
  "POST /v1/approvals/{id}/reject": {
    params: {
      id: string;
    };
    body: {
      note?: string;
    };
    response: {
      id: string;
      action: "send_message" | "reply" | "start_campaign" | "resume_campaign" | "enroll_leads";
      /** Somebody wrote it for a person to send, who need not be allowed to send. */
      draft: boolean;
      /** The body of the call that it stands for, as it was asked for. */
      request: Record<string, unknown>;
      leadId: string | null;
      campaignId: string | null;
      conversationId: string | null;
      /** Why, in the words of who asked. */
      note: string | null;
      /** The API key's or person's ID. */
      askedBy: string;
      /** `approved`: being carried out; `done`: it was; `failed`: Herald refused it, see `outcome`; `expired`: nobody decided in time. */
      status: "waiting" | "approved" | "done" | "failed" | "rejected" | "expired";
      createdAt: string;
      expiresAt: string;
      decidedAt: string | null;
      /** Who decided. Null with `decidedAt`: nobody had to, since the workspace lets agents act. */
      decidedBy: string | null;
      decisionNote: string | null;
      /** What was carried out where a person changed its words. */
      changedRequest: Record<string, unknown> | null;
      /** The answer to the call: its HTTP status and body. */
      outcome: {
        status: number;
        body: unknown;
      } | null;
    };
  };
  /** List senders */
  "GET /v1/senders": {
    query?: {
      channel?: "linkedin" | "sms" | "email";
      status?: "active" | "paused" | "broken";
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        name: string;
        channel: "linkedin" | "sms" | "email";
        provider: string;
        /** Where messages come from: phone number, mailbox, account. */
        address: string;
        /** The provider's public settings. Credentials are never given back. */
        config: Record<string, unknown>;
        hasCredentials: boolean;
        /** `broken`: the provider refused the account; its messages wait until the sender is verified or set to active. */
        status: "active" | "paused" | "broken";
        statusReason: string | null;
        /** Why its credentials can't be opened, and what to do: nothing is sent until then, and no attempt is used up. Null: all is well. */
        credentialsProblem: string | null;
        verifiedAt: string | null;
        /** How it stands with what comes back, where Herald reads or asks for it; null where it comes by webhooks alone. See the event `sender.receiving_failed`. */
        receiving: {
          /** mailbox: by IMAP. poll: its provider is asked, beside webhooks. */
          way: "mailbox" | "poll";
          /** waiting: nothing was read yet. */
          state: "ok" | "waiting" | "failing";
          /** All that was there by then is taken in. */
          lastSuccessAt: string | null;
          /** How old what isn't taken in yet may be. 0: it is connected. Null: nothing was read yet. */
          lagSeconds: number | null;
          /** In a row. */
          failures: number;
          failingSince: string | null;
          errorCode: string | null;
          /** What is wrong, and what to do. */
          error: string | null;
          /** When it is tried or asked next. Null: it is told at once. */
          nextAt: string | null;
        } | null;
        /** As they were set. */
        limits: {
          message?: {
            perDay?: number | null;
            perWeek?: number | null;
            minGapSeconds?: number;
            jitter?: number;
            ramp?: {
              start: number;
              step: number;
              ceiling: number;
            } | null;
          };
          connect?: {
            perDay?: number | null;
            perWeek?: number | null;
            minGapSeconds?: number;
            jitter?: number;
            ramp?: {
              start: number;
              step: number;
              ceiling: number;
            } | null;
          };
        };
        /** What holds: the provider's safe pace, with `limits` in its place. */
        pace: {
          message: {
            perDay: number | null;
            perWeek: number | null;
            minGapSeconds: number;
            jitter: number;
            ramp: {
              start: number;
              step: number;
              ceiling: number;
            } | null;
          };
          connect?: {
            perDay: number | null;
            perWeek: number | null;
            minGapSeconds: number;
            jitter: number;
            ramp: {
              start: number;
              step: number;
              ceiling: number;
            } | null;
          };
        };
        schedule: {
          windows: Record<
            string,
            {
              from: string;
              to: string;
            }[]
          >;
          holidays: string[];
        } | null;
        timeZone: string | null;
        createdAt: string;
        updatedAt: string;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Create a sender */
  "POST /v1/senders": {
    body: {
      name: string;
      channel: "linkedin" | "sms" | "email";
      provider: string;
      config?: Record<string, unknown>;
      credentials?: Record<string, unknown>;
      /** In place of the provider's safe pace, field by field; null lifts a limit. Counted over all campaigns and single messages. A day is one of the workspace's zone. */
      limits?: {
        message?: {
          perDay?: number | null;
          /** In any 7 days. */
          perWeek?: number | null;
          minGapSeconds?: number;
          /** Makes a gap longer by up to this share, at random. */
          jitter?: number;
          /** For a new account: its first day, each day more, and the ceiling. */
          ramp?: {
            start: number;
            step: number;
            ceiling: number;
          } | null;
        };
        connect?: {
          perDay?: number | null;
          /** In any 7 days. */
          perWeek?: number | null;
          minGapSeconds?: number;
          /** Makes a gap longer by up to this share, at random. */
          jitter?: number;
          /** For a new account: its first day, each day more, and the ceiling. */
          ramp?: {
            start: number;
            step: number;
            ceiling: number;
          } | null;
        };
      };
      /** When campaigns and the assistant may send with it, in the form of a campaign's schedule, by the sender's own clock (`timeZone`). Of a campaign goes out what lies within its windows and these hours. What a person or the API sends goes out at once, and `scheduledAt` holds as it is. Null: at any time. */
      schedule?: {
        windows: {
          sunday?: {
            from: string;
            to: string;
          }[];
          monday?: {
            from: string;
            to: string;
          }[];
          tuesday?: {
            from: string;
            to: string;
          }[];
          wednesday?: {
            from: string;
            to: string;
          }[];
          thursday?: {
            from: string;
            to: string;
          }[];
          friday?: {
            from: string;
            to: string;
          }[];
          saturday?: {
            from: string;
            to: string;
          }[];
        };
        holidays?: string[];
      } | null;
      /** IANA name, such as Europe/Berlin, for `schedule`. Null: the workspace's. Caps of a day count by the workspace's. */
      timeZone?: string | null;
    };
    response: {
      id: string;
      name: string;
      channel: "linkedin" | "sms" | "email";
      provider: string;
      /** Where messages come from: phone number, mailbox, account. */
      address: string;
      /** The provider's public settings. Credentials are never given back. */
      config: Record<string, unknown>;
      hasCredentials: boolean;
      /** `broken`: the provider refused the account; its messages wait until the sender is verified or set to active. */
      status: "active" | "paused" | "broken";
      statusReason: string | null;
      /** Why its credentials can't be opened, and what to do: nothing is sent until then, and no attempt is used up. Null: all is well. */
      credentialsProblem: string | null;
      verifiedAt: string | null;
      /** How it stands with what comes back, where Herald reads or asks for it; null where it comes by webhooks alone. See the event `sender.receiving_failed`. */
      receiving: {
        /** mailbox: by IMAP. poll: its provider is asked, beside webhooks. */
        way: "mailbox" | "poll";
        /** waiting: nothing was read yet. */
        state: "ok" | "waiting" | "failing";
        /** All that was there by then is taken in. */
        lastSuccessAt: string | null;
        /** How old what isn't taken in yet may be. 0: it is connected. Null: nothing was read yet. */
        lagSeconds: number | null;
        /** In a row. */
        failures: number;
        failingSince: string | null;
        errorCode: string | null;
        /** What is wrong, and what to do. */
        error: string | null;
        /** When it is tried or asked next. Null: it is told at once. */
        nextAt: string | null;
      } | null;
      /** As they were set. */
      limits: {
        message?: {
          perDay?: number | null;
          perWeek?: number | null;
          minGapSeconds?: number;
          jitter?: number;
          ramp?: {
            start: number;
            step: number;
            ceiling: number;
          } | null;
        };
        connect?: {
          perDay?: number | null;
          perWeek?: number | null;
          minGapSeconds?: number;
          jitter?: number;
          ramp?: {
            start: number;
            step: number;
            ceiling: number;
          } | null;
        };
      };
      /** What holds: the provider's safe pace, with `limits` in its place. */
      pace: {
        message: {
          perDay: number | null;
          perWeek: number | null;
          minGapSeconds: number;
          jitter: number;
          ramp: {
            start: number;
            step: number;
            ceiling: number;
          } | null;
        };
        connect?: {
          perDay: number | null;
          perWeek: number | null;
          minGapSeconds: number;
          jitter: number;
          ramp: {
            start: number;
            step: number;
            ceiling: number;
          } | null;
        };
      };
      schedule: {
        windows: Record<
          string,
          {
            from: string;
            to: string;
          }[]
        >;
        holidays: string[];
      } | null;
      timeZone: string | null;
      createdAt: string;
      updatedAt: string;
      /** Campaigns that can never send with it, as their windows and its hours are never open at the same time. */
      warnings: string[];
    };
  };
  /** Get a sender */
  "GET /v1/senders/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      name: string;
      channel: "linkedin" | "sms" | "email";
      provider: string;
      /** Where messages come from: phone number, mailbox, account. */
      address: string;
      /** The provider's public settings. Credentials are never given back. */
      config: Record<string, unknown>;
      hasCredentials: boolean;
      /** `broken`: the provider refused the account; its messages wait until the sender is verified or set to active. */
      status: "active" | "paused" | "broken";
      statusReason: string | null;
      /** Why its credentials can't be opened, and what to do: nothing is sent until then, and no attempt is used up. Null: all is well. */
      credentialsProblem: string | null;
      verifiedAt: string | null;
      /** How it stands with what comes back, where Herald reads or asks for it; null where it comes by webhooks alone. See the event `sender.receiving_failed`. */
      receiving: {
        /** mailbox: by IMAP. poll: its provider is asked, beside webhooks. */
        way: "mailbox" | "poll";
        /** waiting: nothing was read yet. */
        state: "ok" | "waiting" | "failing";
        /** All that was there by then is taken in. */
        lastSuccessAt: string | null;
        /** How old what isn't taken in yet may be. 0: it is connected. Null: nothing was read yet. */
        lagSeconds: number | null;
        /** In a row. */
        failures: number;
        failingSince: string | null;
        errorCode: string | null;
        /** What is wrong, and what to do. */
        error: string | null;
        /** When it is tried or asked next. Null: it is told at once. */
        nextAt: string | null;
      } | null;
      /** As they were set. */
      limits: {
        message?: {
          perDay?: number | null;
          perWeek?: number | null;
          minGapSeconds?: number;
          jitter?: number;
          ramp?: {
            start: number;
            step: number;
            ceiling: number;
          } | null;
        };
        connect?: {
          perDay?: number | null;
          perWeek?: number | null;
          minGapSeconds?: number;
          jitter?: number;
          ramp?: {
            start: number;
            step: number;
            ceiling: number;
          } | null;
        };
      };
      /** What holds: the provider's safe pace, with `limits` in its place. */
      pace: {
        message: {
          perDay: number | null;
          perWeek: number | null;
          minGapSeconds: number;
          jitter: number;
          ramp: {
            start: number;
            step: number;
            ceiling: number;
          } | null;
        };
        connect?: {
          perDay: number | null;
          perWeek: number | null;
          minGapSeconds: number;
          jitter: number;
          ramp: {
            start: number;
            step: number;
            ceiling: number;
          } | null;
        };
      };
      schedule: {
        windows: Record<
          string,
          {
            from: string;
            to: string;
          }[]
        >;
        holidays: string[];
      } | null;
      timeZone: string | null;
      createdAt: string;
      updatedAt: string;
      /** Campaigns that can never send with it, as their windows and its hours are never open at the same time. */
      warnings: string[];
    };
  };
  /** Change a sender */
  "PATCH /v1/senders/{id}": {
    params: {
      id: string;
    };
    body: {
      name?: string;
      config?: Record<string, unknown>;
      credentials?: Record<string, unknown>;
      status?: "active" | "paused";
      /** In place of the provider's safe pace, field by field; null lifts a limit. Counted over all campaigns and single messages. A day is one of the workspace's zone. */
      limits?: {
        message?: {
          perDay?: number | null;
          /** In any 7 days. */
          perWeek?: number | null;
          minGapSeconds?: number;
          /** Makes a gap longer by up to this share, at random. */
          jitter?: number;
          /** For a new account: its first day, each day more, and the ceiling. */
          ramp?: {
            start: number;
            step: number;
            ceiling: number;
          } | null;
        };
        connect?: {
          perDay?: number | null;
          /** In any 7 days. */
          perWeek?: number | null;
          minGapSeconds?: number;
          /** Makes a gap longer by up to this share, at random. */
          jitter?: number;
          /** For a new account: its first day, each day more, and the ceiling. */
          ramp?: {
            start: number;
            step: number;
            ceiling: number;
          } | null;
        };
      };
      /** When campaigns and the assistant may send with it, in the form of a campaign's schedule, by the sender's own clock (`timeZone`). Of a campaign goes out what lies within its windows and these hours. What a person or the API sends goes out at once, and `scheduledAt` holds as it is. Null: at any time. */
      schedule?: {
        windows: {
          sunday?: {
            from: string;
            to: string;
          }[];
          monday?: {
            from: string;
            to: string;
          }[];
          tuesday?: {
            from: string;
            to: string;
          }[];
          wednesday?: {
            from: string;
            to: string;
          }[];
          thursday?: {
            from: string;
            to: string;
          }[];
          friday?: {
            from: string;
            to: string;
          }[];
          saturday?: {
            from: string;
            to: string;
          }[];
        };
        holidays?: string[];
      } | null;
      /** IANA name, such as Europe/Berlin, for `schedule`. Null: the workspace's. Caps of a day count by the workspace's. */
      timeZone?: string | null;
    };
    response: {
      id: string;
      name: string;
      channel: "linkedin" | "sms" | "email";
      provider: string;
      /** Where messages come from: phone number, mailbox, account. */
      address: string;
      /** The provider's public settings. Credentials are never given back. */
      config: Record<string, unknown>;
      hasCredentials: boolean;
      /** `broken`: the provider refused the account; its messages wait until the sender is verified or set to active. */
      status: "active" | "paused" | "broken";
      statusReason: string | null;
      /** Why its credentials can't be opened, and what to do: nothing is sent until then, and no attempt is used up. Null: all is well. */
      credentialsProblem: string | null;
      verifiedAt: string | null;
      /** How it stands with what comes back, where Herald reads or asks for it; null where it comes by webhooks alone. See the event `sender.receiving_failed`. */
      receiving: {
        /** mailbox: by IMAP. poll: its provider is asked, beside webhooks. */
        way: "mailbox" | "poll";
        /** waiting: nothing was read yet. */
        state: "ok" | "waiting" | "failing";
        /** All that was there by then is taken in. */
        lastSuccessAt: string | null;
        /** How old what isn't taken in yet may be. 0: it is connected. Null: nothing was read yet. */
        lagSeconds: number | null;
        /** In a row. */
        failures: number;
        failingSince: string | null;
        errorCode: string | null;
        /** What is wrong, and what to do. */
        error: string | null;
        /** When it is tried or asked next. Null: it is told at once. */
        nextAt: string | null;
      } | null;
      /** As they were set. */
      limits: {
        message?: {
          perDay?: number | null;
          perWeek?: number | null;
          minGapSeconds?: number;
          jitter?: number;
          ramp?: {
            start: number;
            step: number;
            ceiling: number;
          } | null;
        };
        connect?: {
          perDay?: number | null;
          perWeek?: number | null;
          minGapSeconds?: number;
          jitter?: number;
          ramp?: {
            start: number;
            step: number;
            ceiling: number;
          } | null;
        };
      };
      /** What holds: the provider's safe pace, with `limits` in its place. */
      pace: {
        message: {
          perDay: number | null;
          perWeek: number | null;
          minGapSeconds: number;
          jitter: number;
          ramp: {
            start: number;
            step: number;
            ceiling: number;
          } | null;
        };
        connect?: {
          perDay: number | null;
          perWeek: number | null;
          minGapSeconds: number;
          jitter: number;
          ramp: {
            start: number;
            step: number;
            ceiling: number;
          } | null;
        };
      };
      schedule: {
        windows: Record<
          string,
          {
            from: string;
            to: string;
          }[]
        >;
        holidays: string[];
      } | null;
      timeZone: string | null;
      createdAt: string;
      updatedAt: string;
      /** Campaigns that can never send with it, as their windows and its hours are never open at the same time. */
      warnings: string[];
    };
  };
  /** Delete a sender */
  "DELETE /v1/senders/{id}": {
    params: {
      id: string;
    };
    response: null;
  };
  /** List sandbox messages */
  "GET /v1/senders/{id}/sandbox-messages": {
    params: {
      id: string;
    };
    query?: {
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        /** The message's ID. */
        id: string;
        channel: "linkedin" | "sms" | "email";
        to: string;
        subject: string | null;
        text: string;
        html: string | null;
        deliveredAt: string;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** How much of their limits senders have used */
  "GET /v1/senders/usage": {
    query: {
      /** IDs with commas, at most 100. */
      senderIds: string;
    };
    response: {
      data: {
        senderId: string;
        /** When the workspace's day ends and `today` begins anew. */
        dayEndsAt: string;
        message: {
          /** In the workspace's day. Null: this sender has no limit, and is not counted. */
          today: number | null;
          /** Of today: of the ramp or `perDay`, whichever is less. Null: none. */
          cap: number | null;
          /** Which day of its ramp today is, from 1. Null: it has none. */
          rampDay: number | null;
          /** In the last 7 days, counted up to 100000. Null as `today`. */
          week: number | null;
          perWeek: number | null;
          /** When it may go on, and why not now. Null: now. */
          next: {
            /** Null: somebody has to act first. */
            at: string | null;
            reason: string;
          } | null;
        };
        connect?: {
          /** In the workspace's day. Null: this sender has no limit, and is not counted. */
          today: number | null;
          /** Of today: of the ramp or `perDay`, whichever is less. Null: none. */
          cap: number | null;
          /** Which day of its ramp today is, from 1. Null: it has none. */
          rampDay: number | null;
          /** In the last 7 days, counted up to 100000. Null as `today`. */
          week: number | null;
          perWeek: number | null;
          /** When it may go on, and why not now. Null: now. */
          next: {
            /** Null: somebody has to act first. */
            at: string | null;
            reason: string;
          } | null;
        };
      }[];
    };
  };
  /** What is on its way with a sender, and why it hasn't gone out */
  "GET /v1/senders/{id}/waiting": {
    params: {
      id: string;
    };
    query?: {
      limit?: number;
    };
    response: {
      data: {
        id: string;
        to: string;
        subject: string | null;
        text: string;
        createdAt: string;
        /** When it is tried. Null: it can't be foreseen. */
        at: string | null;
        /** Why not earlier. Empty: it goes out now. */
        reasons: {
          /** schedule, sender, queue, campaign, held, message, condition, task or outcome. */
          rule: string;
          /** In words: "the sender is at 40 of 40 today". */
          detail: string;
          /** Null: until somebody acts. */
          until: string | null;
          /** What would change it. */
          change: string;
        }[];
      }[];
      /** Whether further ones wait. */
      more: boolean;
    };
  };
  /** Answer a sandbox message as the lead */
  "POST /v1/senders/{id}/sandbox-replies": {
    params: {
      id: string;
    };
    body: {
      /** Which of the sender's messages is answered. */
      messageId: string;
      kind?: "reply" | "accept" | "bounce";
      /** Of a reply. */
      text?: string;
    };
    response: {
      /** What came of it, where that isn't plain. */
      detail: string | null;
      leadId: string | null;
      /** The message that came in. */
      messageId: string | null;
    };
  };
  /** Get how a sender's mailbox is read */
  "GET /v1/senders/{id}/mailbox": {
    params: {
      id: string;
    };
    response: {
      /** Where its mails are listed: `GET /v1/sources/{id}/received`. */
      sourceId: string;
      /** `waiting`: a process is about to begin. `failing`: it is tried again at `retryAt`. */
      state: "waiting" | "connected" | "failing";
      /** In a row. */
      failures: number;
      errorCode: string | null;
      /** What is wrong, and what to do. */
      error: string | null;
      retryAt: string | null;
      /** All that was there by then is taken in. Null: nothing was read yet. */
      readAt: string | null;
      /** Other addresses that mails among the sent ones were written from: what comes from them is no reply. One that a lead has doesn't count. */
      aliases: string[];
      folders: {
        path: string;
        uidValidity: string;
        /** The latest mail that was taken in. */
        lastUid: number;
      }[];
    };
  };
  /** Verify a sender */
  "POST /v1/senders/{id}/verify": {
    params: {
      id: string;
    };
    response: {
      verified: boolean;
      /** Where it failed: why, for programs. */
      code: string | null;
      /** What the provider said. */
      detail: string;
      /** The sender's status now. */
      status: "active" | "paused" | "broken";
      verifiedAt: string | null;
    };
  };
  /** Sign in to a sender's mail account */
  "POST /v1/senders/{id}/oauth2": {
    params: {
      id: string;
    };
    body: {
      client:
        | {
            provider: "google";
            clientId: string;
            clientSecret?: string;
          }
        | {
            provider: "microsoft";
            tenant?: string;
            clientId: string;
            clientSecret?: string;
          }
        | {
            provider: "other";
            tokenUrl: string;
            authorizeUrl?: string;
            scope?: string;
            clientId: string;
            clientSecret?: string;
          };
      /** The account's name. Default: the sender's address. */
      user?: string;
    };
    response: {
      /** Where a person agrees. */
      authorizeUrl: string;
      /** To be registered with the client; made of HERALD_PUBLIC_URL. */
      redirectUri: string;
      /** Until when the person must have agreed. */
      expiresAt: string;
    };
  };
  /** List destinations */
  "GET /v1/destinations": {
    query?: {
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        kind: "webhook" | "hubspot" | "salesforce" | "close" | "slack" | "teams" | "discord" | "email";
        name: string;
        /** Of a CRM or chat: where it is, without what is secret. */
        url: string;
        /** Of a CRM or chat: its settings. Credentials are never given back. */
        config: Record<string, unknown> | null;
        /** Of a CRM or chat. */
        hasCredentials: boolean;
        /** When its credentials were last seen to work. */
        verifiedAt: string | null;
        format: "herald" | "sendpilot" | "apten";
        /** Null: everything that the format can say, but for `lead.created` of leads from files. With patterns as they were given. */
        eventTypes: string[] | null;
        /** The event types of which the format can say at least some. */
        expresses: (
          | "message.sent"
          | "message.failed"
          | "message.delivered"
          | "message.uncertain"
          | "message.bounced"
          | "message.opened"
          | "message.clicked"
          | "connection_request.sent"
          | "connection_request.accepted"
          | "message.received"
          | "message.auto_replied"
          | "reply.received"
          | "lead.created"
          | "lead.updated"
          | "lead.fields.updated"
          | "lead.tag.updated"
          | "lead.opted_out"
          | "lead.opted_in"
          | "lead.do_not_contact"
          | "lead.erased"
          | "audit.sealed"
          | "notification.created"
          | "campaign.started"
          | "campaign.paused"
          | "campaign.resumed"
          | "campaign.finished"
          | "sender.paused"
          | "sender.resumed"
          | "sender.receiving_failed"
          | "sender.receiving_resumed"
          | "task.created"
          | "task.completed"
          | "approval.created"
          | "approval.decided"
          | "draft.created"
          | "draft.decided"
          | "destination.disabled"
        )[];
        /** What the format can't say: such events are not delivered here. */
        limits: string;
        ordering: "none" | "lead";
        status: "active" | "disabled";
        statusReason: string | null;
        /** Why its secrets or credentials can't be opened, and what to do: nothing is delivered until then, and no attempt is used up. Null: all is well. */
        credentialsProblem: string | null;
        /** When it was last disabled. */
        disabledAt: string | null;
        /** Events since then were not kept for it; enabling it with `recover` sends them. Null: nothing is missing. */
        missedSince: string | null;
        /** Seconds between the attempts of a delivery. Null: the default schedule. */
        retrySchedule: number[] | null;
        /** Deliveries under way at once, at most. */
        maxConcurrency: number;
        /** Null: no limit. */
        rateLimit: {
          requests: number;
          perSeconds: number;
        } | null;
        /** Only events of these channels. Null: of all. */
        channels: string[] | null;
        /** Only events of these campaigns. Null: of all. */
        campaigns: string[] | null;
        /** Only events of leads with one of these tags. Null: of all. */
        tags: string[] | null;
        /** Only events of leads with one of these statuses. Null: of all. */
        statuses: string[] | null;
        filter: string | null;
        transform: string | null;
        /** Payloads hold IDs only. */
        thin: boolean;
        /** The custom headers. Their values are not shown: they may be secrets. */
        headerNames: string[];
        hasSecret: boolean;
        /** How requests are signed: with a shared secret, or with a private key. Null: not at all. */
        signing: ("hmac" | "ed25519") | null;
        /** With `ed25519`: the key (`whpk_...`) to verify `v1a` signatures with. */
        publicKey: string | null;
        /** The one before the last rotation, while it still signs. */
        previousPublicKey: string | null;
        /** Until then the secret before the last rotation signs as well. */
        previousSecretUntil: string | null;
        /** The credentials, without what is secret of them. Null: none. */
        auth:
          | {
              type: "basic";
              username: string;
            }
          | {
              type: "bearer";
            }
          | {
              type: "oauth2";
              tokenUrl: string;
              clientId: string;
              scope?: string;
              audience?: string;
              authMethod: "basic" | "body";
            }
          | null;
        /** The client certificate and the own authorities. Null: neither. */
        tls: {
          clientCertificate: {
            subject: string;
            issuer: string;
            /** Give a new one before: receivers refuse it from then on. */
            expiresAt: string;
            fingerprint256: string;
          } | null;
          ca:
            | {
                subject: string;
                expiresAt: string;
              }[]
            | null;
        } | null;
        health: {
          /** Failed attempts since the last success. */
          failures: number;
          lastSuccessAt: string | null;
          lastFailureAt: string | null;
          /** Nothing is sent before then: the receiver asked to wait, or is ill (`breaker`). */
          pausedUntil: string | null;
          pausedReason: string | null;
          /** With `ordering: lead`: deliveries that wait for another one for the same lead to end. Counted up to 10000, which stands for so many or more. */
          held: number;
          /** Deliveries that may be under way at once now, as the receiver has taken them so far. */
          concurrency: number;
          /** Whether the receiver is spared because it is ill. */
          breaker: {
            /** `open`: it failed ten times in a row, or nine in ten of at least a hundred within a minute, and gets nothing until `until`: a pause of 10 s, then twice as long each time, at most 5 min. What waits keeps its attempts. `half_open`: one delivery is let through; if it is taken, all go on, else the next pause begins. Answers that are about one event (400, 409, 413, 422) don't count. */
            state: "closed" | "open" | "half_open";
            /** Since when it is not closed. */
            since: string | null;
            /** When the next delivery is tried. */
            until: string | null;
            /** What the last failure said. */
            reason: string | null;
          };
          /** Of Slack, Teams and Discord, once something was queued for it. */
          notifications: {
            /** Events that are still to be posted. */
            waiting: number;
            nextPostAt: string | null;
            lastPostedAt: string | null;
            /** The first post that failed since the last success. */
            failingSince: string | null;
            /** Why the last post failed, or what was given up; null: all is well. */
            reason: string | null;
          } | null;
        };
        createdAt: string;
        updatedAt: string;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Create a destination */
  "POST /v1/destinations": {
    body: {
      /** `webhook`: signed requests to `url`. The others are told in their own words, and have `config` and `credentials` in place of what webhooks have. */
      kind?: "webhook" | "hubspot" | "salesforce" | "close" | "slack" | "teams" | "discord" | "email";
      /** Of a webhook: https; without user name, password or fragment; on the public internet. */
      url?: string;
      /** Of a CRM or chat: its settings, by its kind; see the documentation of integrations. A change replaces all of it. */
      config?: Record<string, unknown>;
      /** Of a CRM or chat: its token, or what it is got by. Sealed, and never given back. A change replaces all. */
      credentials?: Record<string, unknown>;
      /** Default: herald. */
      format?: "herald" | "sendpilot" | "apten";
      eventTypes?: string[] | null;
      /** Default: the URL's host, or the kind. */
      name?: string;
      /** Default: a new one. null: unsigned, which only `apten` allows. */
      secret?: string | null;
      /** Seconds between the attempts of a delivery: 1 to 20 waits of 1 s to 7 days, 30 days in all. Up to a fifth is added to each at random. null or left out: 5 s, 30 s, 2 min, 15 min, 1 h, 3 h, 6 h, 12 h, 24 h, 24 h. */
      retrySchedule?: number[] | null;
      /** `lead`: a lead's events arrive one after the other, by their IDs, which is the order of their times; one that fails holds back that lead's later ones until it is delivered or its attempts are used up. Other leads, and events without a lead, don't wait. `none`: all side by side. What comes late (recorded by a transaction that took longer, retried by hand, or replayed) goes before later events of its lead that still wait there. Events of one millisecond are ordered by the rest of their IDs. At a CRM, an event of a kind that the account may not log (or of somebody whom it may not create) steps aside: the lead's later ones go on, and it is logged when a later attempt finds the permission, with its own time. */
      ordering?: "none" | "lead";
      /** Deliveries under way at once, at most, over all processes: 1 to 2048. Within that Herald begins with 8, doubles while the receiver takes them, and halves at 429, 503 and time limits. null, or left out at first: 2048. */
      maxConcurrency?: number | null;
      /** At most so many deliveries, retries too, over all processes: a token bucket that holds `requests` (1 to 1,000,000) and fills evenly in `perSeconds` (1 to 86,400). After a quiet time so many may come at once; in any t seconds at most requests × (1 + t / perSeconds). null, or left out at first: no limit. */
      rateLimit?: {
        requests: number;
        perSeconds: number;
      } | null;
      /** Fills it with what happened before, too, by a replay, without a gap to what happens from now on. New events don't wait for it: they may arrive before older ones. */
      history?: {
        /** Default: the beginning of the log. */
        from?: string;
        /** Events a second. Default: no limit. */
        rate?: number;
      };
      /** `hmac` (default): a shared secret. `ed25519`, only in the format `herald`: a private key that stays here; receivers verify `v1a` signatures with `publicKey` and hold nothing that could sign. */
      signing?: "hmac" | "ed25519";
      /** What each request carries as `Authorization`, beside the signature. `oauth2`: client credentials; the token is kept until shortly before it ends, and given up once where the receiver answers 401. Sealed, and never given back; a change replaces all of it, null removes it. Over http it goes to this machine and to private networks only. */
      auth?:
        | {
            type: "basic";
            username: unknown & unknown;
            password: string;
          }
        | {
            type: "bearer";
            token: string;
          }
        | {
            type: "oauth2";
            tokenUrl: string;
            clientId: string;
            clientSecret: string;
            /** As the token endpoint wants it: words with spaces between. */
            scope?: string;
            /** A parameter that Auth0 and others ask for. */
            audience?: string;
            /** Where clientId and clientSecret go: the header `Authorization` (RFC 6749), or the form. */
            authMethod?: "basic" | "body";
          }
        | null;
      /** A client certificate with its key (mutual TLS), authorities of your own, or both; for `url` alone, which must be https. Sealed; a change replaces all of it, null removes it. */
      tls?: {
        /** PEM; after it those between it and its authority. */
        clientCertificate?: string;
        /** PEM, without a passphrase. */
        clientKey?: string;
        /** PEM: believed in place of the public authorities. */
        ca?: string;
      } | null;
      /** Only events of these channels. Events that have none (campaigns, statuses of leads) are then left out. null: of all. */
      channels?: ("linkedin" | "sms" | "email")[] | null;
      /** Only events of these campaigns, by ID. Events of no campaign are then left out. null: of all. */
      campaigns?: string[] | null;
      /** Only events of leads that have one of these tags when the event happens (in a replay: when it is queued). Events of no lead are then left out. null: of all. */
      tags?: string[] | null;
      /** Only events of leads that have one of these statuses after the event: a reply is one of REPLY_RECEIVED, unless the lead was further along, and a change of status one of what it changes to (in a replay: by the lead's status when it is queued). Events of no lead are then left out. null: of all. */
      statuses?:
        | (
            | "PENDING"
            | "CONNECTION_SENT"
            | "CONNECTION_ACCEPTED"
            | "MESSAGE_SENT"
            | "REPLY_RECEIVED"
            | "MEETING_BOOKED"
            | "OPPORTUNITY"
            | "NOT_INTERESTED"
            | "DONE"
          )[]
        | null;
      /** A JSONata expression over the event as `GET /v1/events/{id}` shows it in the format `herald`: only events for which it is true (as `$boolean` says) are sent. One that is held back is a delivery with the status `filtered`. Where it fails, the attempt has failed and is made again. null: no condition. */
      filter?: string | null;
      /** A JSONata expression over the body in the destination's format, whose result becomes the body (JSON, at most 262,144 characters; signed as it is sent). null or nothing as the result: the event is not sent, and its delivery has the status `filtered`. An evaluation has 500 ms and 64 MiB; where it fails, the attempt has failed and is made again. null: the body as it is. */
      transform?: string | null;
      /** Only IDs in the body's `data`: no text, no address. The receiver fetches the rest by `GET /v1/events/{id}`. Only in the format `herald`, and without `transform`. */
      thin?: boolean | null;
      /** Headers of one's own, at most 20; given, they replace all that there were. Not: those of the connection, of the body and of the signatures. Values are stored sealed and never shown again. null: none. */
      headers?: Record<string, string> | null;
    };
    response: {
      id: string;
      kind: "webhook" | "hubspot" | "salesforce" | "close" | "slack" | "teams" | "discord" | "email";
      name: string;
      /** Of a CRM or chat: where it is, without what is secret. */
      url: string;
      /** Of a CRM or chat: its settings. Credentials are never given back. */
      config: Record<string, unknown> | null;
      /** Of a CRM or chat. */
      hasCredentials: boolean;
      /** When its credentials were last seen to work. */
      verifiedAt: string | null;
      format: "herald" | "sendpilot" | "apten";
      /** Null: everything that the format can say, but for `lead.created` of leads from files. With patterns as they were given. */
      eventTypes: string[] | null;
      /** The event types of which the format can say at least some. */
      expresses: (
        | "message.sent"
        | "message.failed"
        | "message.delivered"
        | "message.uncertain"
        | "message.bounced"
        | "message.opened"
        | "message.clicked"
        | "connection_request.sent"
        | "connection_request.accepted"
        | "message.received"
        | "message.auto_replied"
        | "reply.received"
        | "lead.created"
        | "lead.updated"
        | "lead.fields.updated"
        | "lead.tag.updated"
        | "lead.opted_out"
        | "lead.opted_in"
        | "lead.do_not_contact"
        | "lead.erased"
        | "audit.sealed"
        | "notification.created"
        | "campaign.started"
        | "campaign.paused"
        | "campaign.resumed"
        | "campaign.finished"
        | "sender.paused"
        | "sender.resumed"
        | "sender.receiving_failed"
        | "sender.receiving_resumed"
        | "task.created"
        | "task.completed"
        | "approval.created"
        | "approval.decided"
        | "draft.created"
        | "draft.decided"
        | "destination.disabled"
      )[];
      /** What the format can't say: such events are not delivered here. */
      limits: string;
      ordering: "none" | "lead";
      status: "active" | "disabled";
      statusReason: string | null;
      /** Why its secrets or credentials can't be opened, and what to do: nothing is delivered until then, and no attempt is used up. Null: all is well. */
      credentialsProblem: string | null;
      /** When it was last disabled. */
      disabledAt: string | null;
      /** Events since then were not kept for it; enabling it with `recover` sends them. Null: nothing is missing. */
      missedSince: string | null;
      /** Seconds between the attempts of a delivery. Null: the default schedule. */
      retrySchedule: number[] | null;
      /** Deliveries under way at once, at most. */
      maxConcurrency: number;
      /** Null: no limit. */
      rateLimit: {
        requests: number;
        perSeconds: number;
      } | null;
      /** Only events of these channels. Null: of all. */
      channels: string[] | null;
      /** Only events of these campaigns. Null: of all. */
      campaigns: string[] | null;
      /** Only events of leads with one of these tags. Null: of all. */
      tags: string[] | null;
      /** Only events of leads with one of these statuses. Null: of all. */
      statuses: string[] | null;
      filter: string | null;
      transform: string | null;
      /** Payloads hold IDs only. */
      thin: boolean;
      /** The custom headers. Their values are not shown: they may be secrets. */
      headerNames: string[];
      hasSecret: boolean;
      /** How requests are signed: with a shared secret, or with a private key. Null: not at all. */
      signing: ("hmac" | "ed25519") | null;
      /** With `ed25519`: the key (`whpk_...`) to verify `v1a` signatures with. */
      publicKey: string | null;
      /** The one before the last rotation, while it still signs. */
      previousPublicKey: string | null;
      /** Until then the secret before the last rotation signs as well. */
      previousSecretUntil: string | null;
      /** The credentials, without what is secret of them. Null: none. */
      auth:
        | {
            type: "basic";
            username: string;
          }
        | {
            type: "bearer";
          }
        | {
            type: "oauth2";
            tokenUrl: string;
            clientId: string;
            scope?: string;
            audience?: string;
            authMethod: "basic" | "body";
          }
        | null;
      /** The client certificate and the own authorities. Null: neither. */
      tls: {
        clientCertificate: {
          subject: string;
          issuer: string;
          /** Give a new one before: receivers refuse it from then on. */
          expiresAt: string;
          fingerprint256: string;
        } | null;
        ca:
          | {
              subject: string;
              expiresAt: string;
            }[]
          | null;
      } | null;
      health: {
        /** Failed attempts since the last success. */
        failures: number;
        lastSuccessAt: string | null;
        lastFailureAt: string | null;
        /** Nothing is sent before then: the receiver asked to wait, or is ill (`breaker`). */
        pausedUntil: string | null;
        pausedReason: string | null;
        /** With `ordering: lead`: deliveries that wait for another one for the same lead to end. Counted up to 10000, which stands for so many or more. */
        held: number;
        /** Deliveries that may be under way at once now, as the receiver has taken them so far. */
        concurrency: number;
        /** Whether the receiver is spared because it is ill. */
        breaker: {
          /** `open`: it failed ten times in a row, or nine in ten of at least a hundred within a minute, and gets nothing until `until`: a pause of 10 s, then twice as long each time, at most 5 min. What waits keeps its attempts. `half_open`: one delivery is let through; if it is taken, all go on, else the next pause begins. Answers that are about one event (400, 409, 413, 422) don't count. */
          state: "closed" | "open" | "half_open";
          /** Since when it is not closed. */
          since: string | null;
          /** When the next delivery is tried. */
          until: string | null;
          /** What the last failure said. */
          reason: string | null;
        };
        /** Of Slack, Teams and Discord, once something was queued for it. */
        notifications: {
          /** Events that are still to be posted. */
          waiting: number;
          nextPostAt: string | null;
          lastPostedAt: string | null;
          /** The first post that failed since the last success. */
          failingSince: string | null;
          /** Why the last post failed, or what was given up; null: all is well. */
          reason: string | null;
        } | null;
      };
      createdAt: string;
      updatedAt: string;
      /** The signing secret. Shown this once. Null where there is none, and with `ed25519`: receivers need `publicKey` only. */
      secret: string | null;
      /** The replay that fills it from history. */
      replay: {
        id: string;
        status: "running" | "finished" | "stopped" | "cancelled";
        /** Why it stopped, or why one event was not queued. */
        reason: string | null;
        /** `history`: fills a new destination. `recovery`: what a destination missed while it was disabled. */
        origin: "request" | "history" | "recovery";
        /** How many destinations it delivers to. */
        destinations: number;
        eventId: string | null;
        /** Null: from the beginning of the log. */
        from: string | null;
        /** Events before this moment. */
        to: string;
        eventTypes:
          | (
              | "message.sent"
              | "message.failed"
              | "message.delivered"
              | "message.uncertain"
              | "message.bounced"
              | "message.opened"
              | "message.clicked"
              | "connection_request.sent"
              | "connection_request.accepted"
              | "message.received"
              | "message.auto_replied"
              | "reply.received"
              | "lead.created"
              | "lead.updated"
              | "lead.fields.updated"
              | "lead.tag.updated"
              | "lead.opted_out"
              | "lead.opted_in"
              | "lead.do_not_contact"
              | "lead.erased"
              | "audit.sealed"
              | "notification.created"
              | "campaign.started"
              | "campaign.paused"
              | "campaign.resumed"
              | "campaign.finished"
              | "sender.paused"
              | "sender.resumed"
              | "sender.receiving_failed"
              | "sender.receiving_resumed"
              | "task.created"
              | "task.completed"
              | "approval.created"
              | "approval.decided"
              | "draft.created"
              | "draft.decided"
              | "destination.disabled"
            )[]
          | null;
        leadId: string | null;
        campaignId: string | null;
        /** Which deliveries of these events. `failed`: the last one failed for good. `never_attempted`: nothing was ever sent. `undelivered`: it never arrived, whether tried or not. What waits for its delivery anyway is left out by all of them. */
        only: "all" | "failed" | "never_attempted" | "undelivered";
        /** Events a second to each destination. Null: no limit. */
        rate: number | null;
        progress: {
          /** Deliveries that the filter matched when they were counted. */
          counted: number;
          /** Counting isn't at the end yet. */
          counting: boolean;
          /** Of them, how many were queued so far. */
          queued: number;
          /** Queued, and neither delivered nor failed yet. */
          waiting: number;
          delivered: number;
          /** All attempts were used up. */
          failed: number;
          /** Left the queue unsent: withdrawn, held back by a filter, or past the log's retention. */
          dropped: number;
        };
        createdAt: string;
        finishedAt: string | null;
      } | null;
    };
  };
  /** Get a destination */
  "GET /v1/destinations/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      kind: "webhook" | "hubspot" | "salesforce" | "close" | "slack" | "teams" | "discord" | "email";
      name: string;
      /** Of a CRM or chat: where it is, without what is secret. */
      url: string;
      /** Of a CRM or chat: its settings. Credentials are never given back. */
      config: Record<string, unknown> | null;
      /** Of a CRM or chat. */
      hasCredentials: boolean;
      /** When its credentials were last seen to work. */
      verifiedAt: string | null;
      format: "herald" | "sendpilot" | "apten";
      /** Null: everything that the format can say, but for `lead.created` of leads from files. With patterns as they were given. */
      eventTypes: string[] | null;
      /** The event types of which the format can say at least some. */
      expresses: (
        | "message.sent"
        | "message.failed"
        | "message.delivered"
        | "message.uncertain"
        | "message.bounced"
        | "message.opened"
        | "message.clicked"
        | "connection_request.sent"
        | "connection_request.accepted"
        | "message.received"
        | "message.auto_replied"
        | "reply.received"
        | "lead.created"
        | "lead.updated"
        | "lead.fields.updated"
        | "lead.tag.updated"
        | "lead.opted_out"
        | "lead.opted_in"
        | "lead.do_not_contact"
        | "lead.erased"
        | "audit.sealed"
        | "notification.created"
        | "campaign.started"
        | "campaign.paused"
        | "campaign.resumed"
        | "campaign.finished"
        | "sender.paused"
        | "sender.resumed"
        | "sender.receiving_failed"
        | "sender.receiving_resumed"
        | "task.created"
        | "task.completed"
        | "approval.created"
        | "approval.decided"
        | "draft.created"
        | "draft.decided"
        | "destination.disabled"
      )[];
      /** What the format can't say: such events are not delivered here. */
      limits: string;
      ordering: "none" | "lead";
      status: "active" | "disabled";
      statusReason: string | null;
      /** Why its secrets or credentials can't be opened, and what to do: nothing is delivered until then, and no attempt is used up. Null: all is well. */
      credentialsProblem: string | null;
      /** When it was last disabled. */
      disabledAt: string | null;
      /** Events since then were not kept for it; enabling it with `recover` sends them. Null: nothing is missing. */
      missedSince: string | null;
      /** Seconds between the attempts of a delivery. Null: the default schedule. */
      retrySchedule: number[] | null;
      /** Deliveries under way at once, at most. */
      maxConcurrency: number;
      /** Null: no limit. */
      rateLimit: {
        requests: number;
        perSeconds: number;
      } | null;
      /** Only events of these channels. Null: of all. */
      channels: string[] | null;
      /** Only events of these campaigns. Null: of all. */
      campaigns: string[] | null;
      /** Only events of leads with one of these tags. Null: of all. */
      tags: string[] | null;
      /** Only events of leads with one of these statuses. Null: of all. */
      statuses: string[] | null;
      filter: string | null;
      transform: string | null;
      /** Payloads hold IDs only. */
      thin: boolean;
      /** The custom headers. Their values are not shown: they may be secrets. */
      headerNames: string[];
      hasSecret: boolean;
      /** How requests are signed: with a shared secret, or with a private key. Null: not at all. */
      signing: ("hmac" | "ed25519") | null;
      /** With `ed25519`: the key (`whpk_...`) to verify `v1a` signatures with. */
      publicKey: string | null;
      /** The one before the last rotation, while it still signs. */
      previousPublicKey: string | null;
      /** Until then the secret before the last rotation signs as well. */
      previousSecretUntil: string | null;
      /** The credentials, without what is secret of them. Null: none. */
      auth:
        | {
            type: "basic";
            username: string;
          }
        | {
            type: "bearer";
          }
        | {
            type: "oauth2";
            tokenUrl: string;
            clientId: string;
            scope?: string;
            audience?: string;
            authMethod: "basic" | "body";
          }
        | null;
      /** The client certificate and the own authorities. Null: neither. */
      tls: {
        clientCertificate: {
          subject: string;
          issuer: string;
          /** Give a new one before: receivers refuse it from then on. */
          expiresAt: string;
          fingerprint256: string;
        } | null;
        ca:
          | {
              subject: string;
              expiresAt: string;
            }[]
          | null;
      } | null;
      health: {
        /** Failed attempts since the last success. */
        failures: number;
        lastSuccessAt: string | null;
        lastFailureAt: string | null;
        /** Nothing is sent before then: the receiver asked to wait, or is ill (`breaker`). */
        pausedUntil: string | null;
        pausedReason: string | null;
        /** With `ordering: lead`: deliveries that wait for another one for the same lead to end. Counted up to 10000, which stands for so many or more. */
        held: number;
        /** Deliveries that may be under way at once now, as the receiver has taken them so far. */
        concurrency: number;
        /** Whether the receiver is spared because it is ill. */
        breaker: {
          /** `open`: it failed ten times in a row, or nine in ten of at least a hundred within a minute, and gets nothing until `until`: a pause of 10 s, then twice as long each time, at most 5 min. What waits keeps its attempts. `half_open`: one delivery is let through; if it is taken, all go on, else the next pause begins. Answers that are about one event (400, 409, 413, 422) don't count. */
          state: "closed" | "open" | "half_open";
          /** Since when it is not closed. */
          since: string | null;
          /** When the next delivery is tried. */
          until: string | null;
          /** What the last failure said. */
          reason: string | null;
        };
        /** Of Slack, Teams and Discord, once something was queued for it. */
        notifications: {
          /** Events that are still to be posted. */
          waiting: number;
          nextPostAt: string | null;
          lastPostedAt: string | null;
          /** The first post that failed since the last success. */
          failingSince: string | null;
          /** Why the last post failed, or what was given up; null: all is well. */
          reason: string | null;
        } | null;
      };
      createdAt: string;
      updatedAt: string;
    };
  };
  /** Change a destination */
  "PATCH /v1/destinations/{id}": {
    params: {
      id: string;
    };
    body: {
      url?: string;
      /** Of a CRM or chat: its settings, by its kind; see the documentation of integrations. A change replaces all of it. */
      config?: Record<string, unknown>;
      /** Of a CRM or chat: its token, or what it is got by. Sealed, and never given back. A change replaces all. */
      credentials?: Record<string, unknown>;
      name?: string;
      eventTypes?: string[] | null;
      status?: "active" | "disabled";
      /** Seconds between the attempts of a delivery: 1 to 20 waits of 1 s to 7 days, 30 days in all. Up to a fifth is added to each at random. null or left out: 5 s, 30 s, 2 min, 15 min, 1 h, 3 h, 6 h, 12 h, 24 h, 24 h. */
      retrySchedule?: number[] | null;
      /** `lead`: a lead's events arrive one after the other, by their IDs, which is the order of their times; one that fails holds back that lead's later ones until it is delivered or its attempts are used up. Other leads, and events without a lead, don't wait. `none`: all side by side. What comes late (recorded by a transaction that took longer, retried by hand, or replayed) goes before later events of its lead that still wait there. Events of one millisecond are ordered by the rest of their IDs. At a CRM, an event of a kind that the account may not log (or of somebody whom it may not create) steps aside: the lead's later ones go on, and it is logged when a later attempt finds the permission, with its own time. */
      ordering?: "none" | "lead";
      /** As when it was created. A `password`, `token` or `clientSecret` that is left out stays as it is, where there is one of this `type` (and, of `oauth2`, where the token endpoint's origin stays, too). null removes all of it. */
      auth?:
        | {
            type: "basic";
            username: unknown & unknown;
            password?: string;
          }
        | {
            type: "bearer";
            token?: string;
          }
        | {
            type: "oauth2";
            tokenUrl: string;
            clientId: string;
            clientSecret?: string;
            /** As the token endpoint wants it: words with spaces between. */
            scope?: string;
            /** A parameter that Auth0 and others ask for. */
            audience?: string;
            /** Where clientId and clientSecret go: the header `Authorization` (RFC 6749), or the form. */
            authMethod?: "basic" | "body";
          }
        | null;
      /** A client certificate with its key (mutual TLS), authorities of your own, or both; for `url` alone, which must be https. Sealed; a change replaces all of it, null removes it. */
      tls?: {
        /** PEM; after it those between it and its authority. */
        clientCertificate?: string;
        /** PEM, without a passphrase. */
        clientKey?: string;
        /** PEM: believed in place of the public authorities. */
        ca?: string;
      } | null;
      /** Deliveries under way at once, at most, over all processes: 1 to 2048. Within that Herald begins with 8, doubles while the receiver takes them, and halves at 429, 503 and time limits. null, or left out at first: 2048. */
      maxConcurrency?: number | null;
      /** At most so many deliveries, retries too, over all processes: a token bucket that holds `requests` (1 to 1,000,000) and fills evenly in `perSeconds` (1 to 86,400). After a quiet time so many may come at once; in any t seconds at most requests × (1 + t / perSeconds). null, or left out at first: no limit. */
      rateLimit?: {
        requests: number;
        perSeconds: number;
      } | null;
      /** Only events of these channels. Events that have none (campaigns, statuses of leads) are then left out. null: of all. */
      channels?: ("linkedin" | "sms" | "email")[] | null;
      /** Only events of these campaigns, by ID. Events of no campaign are then left out. null: of all. */
      campaigns?: string[] | null;
      /** Only events of leads that have one of these tags when the event happens (in a replay: when it is queued). Events of no lead are then left out. null: of all. */
      tags?: string[] | null;
      /** Only events of leads that have one of these statuses after the event: a reply is one of REPLY_RECEIVED, unless the lead was further along, and a change of status one of what it changes to (in a replay: by the lead's status when it is queued). Events of no lead are then left out. null: of all. */
      statuses?:
        | (
            | "PENDING"
            | "CONNECTION_SENT"
            | "CONNECTION_ACCEPTED"
            | "MESSAGE_SENT"
            | "REPLY_RECEIVED"
            | "MEETING_BOOKED"
            | "OPPORTUNITY"
            | "NOT_INTERESTED"
            | "DONE"
          )[]
        | null;
      /** A JSONata expression over the event as `GET /v1/events/{id}` shows it in the format `herald`: only events for which it is true (as `$boolean` says) are sent. One that is held back is a delivery with the status `filtered`. Where it fails, the attempt has failed and is made again. null: no condition. */
      filter?: string | null;
      /** A JSONata expression over the body in the destination's format, whose result becomes the body (JSON, at most 262,144 characters; signed as it is sent). null or nothing as the result: the event is not sent, and its delivery has the status `filtered`. An evaluation has 500 ms and 64 MiB; where it fails, the attempt has failed and is made again. null: the body as it is. */
      transform?: string | null;
      /** Only IDs in the body's `data`: no text, no address. The receiver fetches the rest by `GET /v1/events/{id}`. Only in the format `herald`, and without `transform`. */
      thin?: boolean | null;
      /** As when it was created: they replace all that there were. null as a value: the one that is stored under this name stays. null: none. */
      headers?: Record<string, string | null> | null;
    };
    response: {
      id: string;
      kind: "webhook" | "hubspot" | "salesforce" | "close" | "slack" | "teams" | "discord" | "email";
      name: string;
      /** Of a CRM or chat: where it is, without what is secret. */
      url: string;
      /** Of a CRM or chat: its settings. Credentials are never given back. */
      config: Record<string, unknown> | null;
      /** Of a CRM or chat. */
      hasCredentials: boolean;
      /** When its credentials were last seen to work. */
      verifiedAt: string | null;
      format: "herald" | "sendpilot" | "apten";
      /** Null: everything that the format can say, but for `lead.created` of leads from files. With patterns as they were given. */
      eventTypes: string[] | null;
      /** The event types of which the format can say at least some. */
      expresses: (
        | "message.sent"
        | "message.failed"
        | "message.delivered"
        | "message.uncertain"
        | "message.bounced"
        | "message.opened"
        | "message.clicked"
        | "connection_request.sent"
        | "connection_request.accepted"
        | "message.received"
        | "message.auto_replied"
        | "reply.received"
        | "lead.created"
        | "lead.updated"
        | "lead.fields.updated"
        | "lead.tag.updated"
        | "lead.opted_out"
        | "lead.opted_in"
        | "lead.do_not_contact"
        | "lead.erased"
        | "audit.sealed"
        | "notification.created"
        | "campaign.started"
        | "campaign.paused"
        | "campaign.resumed"
        | "campaign.finished"
        | "sender.paused"
        | "sender.resumed"
        | "sender.receiving_failed"
        | "sender.receiving_resumed"
        | "task.created"
        | "task.completed"
        | "approval.created"
        | "approval.decided"
        | "draft.created"
        | "draft.decided"
        | "destination.disabled"
      )[];
      /** What the format can't say: such events are not delivered here. */
      limits: string;
      ordering: "none" | "lead";
      status: "active" | "disabled";
      statusReason: string | null;
      /** Why its secrets or credentials can't be opened, and what to do: nothing is delivered until then, and no attempt is used up. Null: all is well. */
      credentialsProblem: string | null;
      /** When it was last disabled. */
      disabledAt: string | null;
      /** Events since then were not kept for it; enabling it with `recover` sends them. Null: nothing is missing. */
      missedSince: string | null;
      /** Seconds between the attempts of a delivery. Null: the default schedule. */
      retrySchedule: number[] | null;
      /** Deliveries under way at once, at most. */
      maxConcurrency: number;
      /** Null: no limit. */
      rateLimit: {
        requests: number;
        perSeconds: number;
      } | null;
      /** Only events of these channels. Null: of all. */
      channels: string[] | null;
      /** Only events of these campaigns. Null: of all. */
      campaigns: string[] | null;
      /** Only events of leads with one of these tags. Null: of all. */
      tags: string[] | null;
      /** Only events of leads with one of these statuses. Null: of all. */
      statuses: string[] | null;
      filter: string | null;
      transform: string | null;
      /** Payloads hold IDs only. */
      thin: boolean;
      /** The custom headers. Their values are not shown: they may be secrets. */
      headerNames: string[];
      hasSecret: boolean;
      /** How requests are signed: with a shared secret, or with a private key. Null: not at all. */
      signing: ("hmac" | "ed25519") | null;
      /** With `ed25519`: the key (`whpk_...`) to verify `v1a` signatures with. */
      publicKey: string | null;
      /** The one before the last rotation, while it still signs. */
      previousPublicKey: string | null;
      /** Until then the secret before the last rotation signs as well. */
      previousSecretUntil: string | null;
      /** The credentials, without what is secret of them. Null: none. */
      auth:
        | {
            type: "basic";
            username: string;
          }
        | {
            type: "bearer";
          }
        | {
            type: "oauth2";
            tokenUrl: string;
            clientId: string;
            scope?: string;
            audience?: string;
            authMethod: "basic" | "body";
          }
        | null;
      /** The client certificate and the own authorities. Null: neither. */
      tls: {
        clientCertificate: {
          subject: string;
          issuer: string;
          /** Give a new one before: receivers refuse it from then on. */
          expiresAt: string;
          fingerprint256: string;
        } | null;
        ca:
          | {
              subject: string;
              expiresAt: string;
            }[]
          | null;
      } | null;
      health: {
        /** Failed attempts since the last success. */
        failures: number;
        lastSuccessAt: string | null;
        lastFailureAt: string | null;
        /** Nothing is sent before then: the receiver asked to wait, or is ill (`breaker`). */
        pausedUntil: string | null;
        pausedReason: string | null;
        /** With `ordering: lead`: deliveries that wait for another one for the same lead to end. Counted up to 10000, which stands for so many or more. */
        held: number;
        /** Deliveries that may be under way at once now, as the receiver has taken them so far. */
        concurrency: number;
        /** Whether the receiver is spared because it is ill. */
        breaker: {
          /** `open`: it failed ten times in a row, or nine in ten of at least a hundred within a minute, and gets nothing until `until`: a pause of 10 s, then twice as long each time, at most 5 min. What waits keeps its attempts. `half_open`: one delivery is let through; if it is taken, all go on, else the next pause begins. Answers that are about one event (400, 409, 413, 422) don't count. */
          state: "closed" | "open" | "half_open";
          /** Since when it is not closed. */
          since: string | null;
          /** When the next delivery is tried. */
          until: string | null;
          /** What the last failure said. */
          reason: string | null;
        };
        /** Of Slack, Teams and Discord, once something was queued for it. */
        notifications: {
          /** Events that are still to be posted. */
          waiting: number;
          nextPostAt: string | null;
          lastPostedAt: string | null;
          /** The first post that failed since the last success. */
          failingSince: string | null;
          /** Why the last post failed, or what was given up; null: all is well. */
          reason: string | null;
        } | null;
      };
      createdAt: string;
      updatedAt: string;
    };
  };
  /** Delete a destination */
  "DELETE /v1/destinations/{id}": {
    params: {
      id: string;
    };
    response: null;
  };
  /** Rotate a destination's secret */
  "POST /v1/destinations/{id}/rotate-secret": {
    params: {
      id: string;
    };
    body: {
      /** Default: a new one. */
      secret?: string;
      /** Default: as it is. Another one changes the scheme; both sign meanwhile. */
      signing?: "hmac" | "ed25519";
    };
    response: {
      /** The signing secret. Shown this once. Null where there is none, and with `ed25519`: receivers need `publicKey` only. */
      secret: string | null;
      publicKey: string | null;
      previousSecretUntil: string | null;
    };
  };
  /** Enable a destination */
  "POST /v1/destinations/{id}/enable": {
    params: {
      id: string;
    };
    body: {
      /** Send what it missed. */
      recover?: boolean;
      /** With `recover`: events a second. Default: as fast as it takes them. */
      rate?: number;
    };
    response: {
      destination: {
        id: string;
        kind: "webhook" | "hubspot" | "salesforce" | "close" | "slack" | "teams" | "discord" | "email";
        name: string;
        /** Of a CRM or chat: where it is, without what is secret. */
        url: string;
        /** Of a CRM or chat: its settings. Credentials are never given back. */
        config: Record<string, unknown> | null;
        /** Of a CRM or chat. */
        hasCredentials: boolean;
        /** When its credentials were last seen to work. */
        verifiedAt: string | null;
        format: "herald" | "sendpilot" | "apten";
        /** Null: everything that the format can say, but for `lead.created` of leads from files. With patterns as they were given. */
        eventTypes: string[] | null;
        /** The event types of which the format can say at least some. */
        expresses: (
          | "message.sent"
          | "message.failed"
          | "message.delivered"
          | "message.uncertain"
          | "message.bounced"
          | "message.opened"
          | "message.clicked"
          | "connection_request.sent"
          | "connection_request.accepted"
          | "message.received"
          | "message.auto_replied"
          | "reply.received"
          | "lead.created"
          | "lead.updated"
          | "lead.fields.updated"
          | "lead.tag.updated"
          | "lead.opted_out"
          | "lead.opted_in"
          | "lead.do_not_contact"
          | "lead.erased"
          | "audit.sealed"
          | "notification.created"
          | "campaign.started"
          | "campaign.paused"
          | "campaign.resumed"
          | "campaign.finished"
          | "sender.paused"
          | "sender.resumed"
          | "sender.receiving_failed"
          | "sender.receiving_resumed"
          | "task.created"
          | "task.completed"
          | "approval.created"
          | "approval.decided"
          | "draft.created"
          | "draft.decided"
          | "destination.disabled"
        )[];
        /** What the format can't say: such events are not delivered here. */
        limits: string;
        ordering: "none" | "lead";
        status: "active" | "disabled";
        statusReason: string | null;
        /** Why its secrets or credentials can't be opened, and what to do: nothing is delivered until then, and no attempt is used up. Null: all is well. */
        credentialsProblem: string | null;
        /** When it was last disabled. */
        disabledAt: string | null;
        /** Events since then were not kept for it; enabling it with `recover` sends them. Null: nothing is missing. */
        missedSince: string | null;
        /** Seconds between the attempts of a delivery. Null: the default schedule. */
        retrySchedule: number[] | null;
        /** Deliveries under way at once, at most. */
        maxConcurrency: number;
        /** Null: no limit. */
        rateLimit: {
          requests: number;
          perSeconds: number;
        } | null;
        /** Only events of these channels. Null: of all. */
        channels: string[] | null;
        /** Only events of these campaigns. Null: of all. */
        campaigns: string[] | null;
        /** Only events of leads with one of these tags. Null: of all. */
        tags: string[] | null;
        /** Only events of leads with one of these statuses. Null: of all. */
        statuses: string[] | null;
        filter: string | null;
        transform: string | null;
        /** Payloads hold IDs only. */
        thin: boolean;
        /** The custom headers. Their values are not shown: they may be secrets. */
        headerNames: string[];
        hasSecret: boolean;
        /** How requests are signed: with a shared secret, or with a private key. Null: not at all. */
        signing: ("hmac" | "ed25519") | null;
        /** With `ed25519`: the key (`whpk_...`) to verify `v1a` signatures with. */
        publicKey: string | null;
        /** The one before the last rotation, while it still signs. */
        previousPublicKey: string | null;
        /** Until then the secret before the last rotation signs as well. */
        previousSecretUntil: string | null;
        /** The credentials, without what is secret of them. Null: none. */
        auth:
          | {
              type: "basic";
              username: string;
            }
          | {
              type: "bearer";
            }
          | {
              type: "oauth2";
              tokenUrl: string;
              clientId: string;
              scope?: string;
              audience?: string;
              authMethod: "basic" | "body";
            }
          | null;
        /** The client certificate and the own authorities. Null: neither. */
        tls: {
          clientCertificate: {
            subject: string;
            issuer: string;
            /** Give a new one before: receivers refuse it from then on. */
            expiresAt: string;
            fingerprint256: string;
          } | null;
          ca:
            | {
                subject: string;
                expiresAt: string;
              }[]
            | null;
        } | null;
        health: {
          /** Failed attempts since the last success. */
          failures: number;
          lastSuccessAt: string | null;
          lastFailureAt: string | null;
          /** Nothing is sent before then: the receiver asked to wait, or is ill (`breaker`). */
          pausedUntil: string | null;
          pausedReason: string | null;
          /** With `ordering: lead`: deliveries that wait for another one for the same lead to end. Counted up to 10000, which stands for so many or more. */
          held: number;
          /** Deliveries that may be under way at once now, as the receiver has taken them so far. */
          concurrency: number;
          /** Whether the receiver is spared because it is ill. */
          breaker: {
            /** `open`: it failed ten times in a row, or nine in ten of at least a hundred within a minute, and gets nothing until `until`: a pause of 10 s, then twice as long each time, at most 5 min. What waits keeps its attempts. `half_open`: one delivery is let through; if it is taken, all go on, else the next pause begins. Answers that are about one event (400, 409, 413, 422) don't count. */
            state: "closed" | "open" | "half_open";
            /** Since when it is not closed. */
            since: string | null;
            /** When the next delivery is tried. */
            until: string | null;
            /** What the last failure said. */
            reason: string | null;
          };
          /** Of Slack, Teams and Discord, once something was queued for it. */
          notifications: {
            /** Events that are still to be posted. */
            waiting: number;
            nextPostAt: string | null;
            lastPostedAt: string | null;
            /** The first post that failed since the last success. */
            failingSince: string | null;
            /** Why the last post failed, or what was given up; null: all is well. */
            reason: string | null;
          } | null;
        };
        createdAt: string;
        updatedAt: string;
      };
      /** Null: nothing is missing. */
      missed: {
        events: number;
        /** There are more: only the first 100,000 were looked at. */
        atLeast: boolean;
        since: string;
        until: string;
      } | null;
      replay: {
        id: string;
        status: "running" | "finished" | "stopped" | "cancelled";
        /** Why it stopped, or why one event was not queued. */
        reason: string | null;
        /** `history`: fills a new destination. `recovery`: what a destination missed while it was disabled. */
        origin: "request" | "history" | "recovery";
        /** How many destinations it delivers to. */
        destinations: number;
        eventId: string | null;
        /** Null: from the beginning of the log. */
        from: string | null;
        /** Events before this moment. */
        to: string;
        eventTypes:
          | (
              | "message.sent"
              | "message.failed"
              | "message.delivered"
              | "message.uncertain"
              | "message.bounced"
              | "message.opened"
              | "message.clicked"
              | "connection_request.sent"
              | "connection_request.accepted"
              | "message.received"
              | "message.auto_replied"
              | "reply.received"
              | "lead.created"
              | "lead.updated"
              | "lead.fields.updated"
              | "lead.tag.updated"
              | "lead.opted_out"
              | "lead.opted_in"
              | "lead.do_not_contact"
              | "lead.erased"
              | "audit.sealed"
              | "notification.created"
              | "campaign.started"
              | "campaign.paused"
              | "campaign.resumed"
              | "campaign.finished"
              | "sender.paused"
              | "sender.resumed"
              | "sender.receiving_failed"
              | "sender.receiving_resumed"
              | "task.created"
              | "task.completed"
              | "approval.created"
              | "approval.decided"
              | "draft.created"
              | "draft.decided"
              | "destination.disabled"
            )[]
          | null;
        leadId: string | null;
        campaignId: string | null;
        /** Which deliveries of these events. `failed`: the last one failed for good. `never_attempted`: nothing was ever sent. `undelivered`: it never arrived, whether tried or not. What waits for its delivery anyway is left out by all of them. */
        only: "all" | "failed" | "never_attempted" | "undelivered";
        /** Events a second to each destination. Null: no limit. */
        rate: number | null;
        progress: {
          /** Deliveries that the filter matched when they were counted. */
          counted: number;
          /** Counting isn't at the end yet. */
          counting: boolean;
          /** Of them, how many were queued so far. */
          queued: number;
          /** Queued, and neither delivered nor failed yet. */
          waiting: number;
          delivered: number;
          /** All attempts were used up. */
          failed: number;
          /** Left the queue unsent: withdrawn, held back by a filter, or past the log's retention. */
          dropped: number;
        };
        createdAt: string;
        finishedAt: string | null;
      } | null;
    };
  };
  /** Test a destination */
  "POST /v1/destinations/{id}/test": {
    params: {
      id: string;
    };
    body: {
      /** A sample of this type. Default: `message.sent`. */
      type?:
        | "message.sent"
        | "message.failed"
        | "message.delivered"
        | "message.uncertain"
        | "message.bounced"
        | "message.opened"
        | "message.clicked"
        | "connection_request.sent"
        | "connection_request.accepted"
        | "message.received"
        | "message.auto_replied"
        | "reply.received"
        | "lead.created"
        | "lead.updated"
        | "lead.fields.updated"
        | "lead.tag.updated"
        | "lead.opted_out"
        | "lead.opted_in"
        | "lead.do_not_contact"
        | "lead.erased"
        | "audit.sealed"
        | "notification.created"
        | "campaign.started"
        | "campaign.paused"
        | "campaign.resumed"
        | "campaign.finished"
        | "sender.paused"
        | "sender.resumed"
        | "sender.receiving_failed"
        | "sender.receiving_resumed"
        | "task.created"
        | "task.completed"
        | "approval.created"
        | "approval.decided"
        | "draft.created"
        | "draft.decided"
        | "destination.disabled";
      /** An event of the log, in place of a sample. */
      eventId?: string;
    };
    response: {
      /** filtered: the transform gave nothing, so nothing was sent. */
      status: "delivered" | "failed" | "filtered";
      eventId: string;
      /** What was sent; values of custom headers are hidden. Null: nothing. */
      request: {
        url: string;
        headers: Record<string, string>;
        body: string;
      } | null;
      /** What came back; the first 16 KiB of the body. Null: nothing. */
      response: {
        status: number;
        headers: Record<string, string>;
        body: string;
      } | null;
      durationMs: number;
      /** Of a CRM or chat: what became of it there. */
      detail: string | null;
      error: {
        code: string;
        detail: string;
      } | null;
    };
  };
  /** Verify a destination */
  "POST /v1/destinations/{id}/verify": {
    params: {
      id: string;
    };
    response: {
      verified: boolean;
      /** Where it failed: why, for programs. */
      code: string | null;
      /** What was found, for people. */
      detail: string;
      verifiedAt: string | null;
    };
  };
  /** Get the figures of a range */
  "GET /v1/analytics/overview": {
    query?: {
      /** Not before; rounded down to a quarter of an hour. Default: 30 days before `to`. */
      from?: string;
      /** Before; rounded up to a quarter of an hour. Default: now. */
      to?: string;
      /** IANA name, for example Europe/Berlin. Default: the workspace's. */
      timeZone?: string;
      /** Only this channel. */
      channel?: "linkedin" | "sms" | "email";
      /** Only this campaign. */
      campaignId?: string;
      /** Only this step: its ID; of another system's messages its number. Mostly together with `campaignId`. */
      step?: string;
      /** Only this variant: its key. Mostly together with `campaignId` and `step`. */
      variant?: string;
      /** Only this sender. */
      senderId?: string;
      /** Only this profile. */
      profile?: string;
      /** Only messages that came about this way. */
      source?: "campaign" | "api" | "assistant" | "external";
      /** Only messages to leads that had this tag when it went out. */
      tag?: string;
      /** csv: a table, with names in its first line. */
      format?: "json" | "csv";
      /** previous: also the figures of the range just before, of the same length. */
      compare?: "none" | "previous";
    };
    response: {
      /** What was counted: from `from` to before `to`. */
      range: {
        from: string;
        to: string;
        timeZone: string;
      };
      /** All that was recorded until then is in the figures: mostly some seconds ago. Null: nothing was recorded yet. */
      countedUntil: string | null;
      /** What happened in that time. */
      counts: {
        /** Messages that went out. */
        sent: number;
        /** LinkedIn invitations that went out. */
        invited: number;
        /** Messages of which the provider said that they arrived (never of email). */
        delivered: number;
        /** Messages that failed for good, or were blocked by a rule. */
        failed: number;
        /** Messages that may or may not have gone out, when that was found. */
        uncertain: number;
        /** Emails that came back. */
        bounced: number;
        /** Emails that were opened for the first time, by a person. */
        opened: number;
        /** Emails in which a link was followed for the first time, by a person. */
        clicked: number;
        /** Messages that leads wrote; neither STOP nor absence notes. */
        replies: number;
        /** Replies after which, before the next one, the lead's status or a tag last said that it is interested. */
        positiveReplies: number;
        /** Accepted invitations. */
        connected: number;
        /** Opt-outs by people; a second one without a message in between counts once. */
        optedOut: number;
        /** Times that a lead's status became MEETING_BOOKED. */
        meetings: number;
        /** People who got their first message or invitation ever. */
        firstContacts: number;
        /** People who replied for the first time ever. */
        firstReplies: number;
      };
      /** Of what went out in that time, what became of it until now: so none is greater than 1. */
      rates: {
        /** Arrived, of messages sent by SMS or LinkedIn. */
        delivered: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        /** Failed, of messages and invitations that were tried or blocked. */
        failed: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        /** Still uncertain, of those. */
        uncertain: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        /** Came back, of emails sent. */
        bounced: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        /** Opened by a person, of emails sent (whether tracked or not). */
        opened: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        /** Link followed by a person, of emails sent (whether tracked or not). */
        clicked: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        /** Answered, of messages sent. */
        replied: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        /** Answered by a positive reply, of messages sent. */
        positivelyReplied: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        /** After which the lead opted out, of messages sent. */
        optedOut: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        /** After which a meeting was booked, of messages sent. */
        meetings: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        /** Accepted, of invitations sent. */
        connected: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        /** Who replied at any time since, of people contacted for the first time. */
        peopleReplied: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
      };
      /** With `compare=previous`. */
      previous: {
        from: string;
        to: string;
        /** What happened in that time. */
        counts: {
          /** Messages that went out. */
          sent: number;
          /** LinkedIn invitations that went out. */
          invited: number;
          /** Messages of which the provider said that they arrived (never of email). */
          delivered: number;
          /** Messages that failed for good, or were blocked by a rule. */
          failed: number;
          /** Messages that may or may not have gone out, when that was found. */
          uncertain: number;
          /** Emails that came back. */
          bounced: number;
          /** Emails that were opened for the first time, by a person. */
          opened: number;
          /** Emails in which a link was followed for the first time, by a person. */
          clicked: number;
          /** Messages that leads wrote; neither STOP nor absence notes. */
          replies: number;
          /** Replies after which, before the next one, the lead's status or a tag last said that it is interested. */
          positiveReplies: number;
          /** Accepted invitations. */
          connected: number;
          /** Opt-outs by people; a second one without a message in between counts once. */
          optedOut: number;
          /** Times that a lead's status became MEETING_BOOKED. */
          meetings: number;
          /** People who got their first message or invitation ever. */
          firstContacts: number;
          /** People who replied for the first time ever. */
          firstReplies: number;
        };
        /** Of what went out in that time, what became of it until now: so none is greater than 1. */
        rates: {
          /** Arrived, of messages sent by SMS or LinkedIn. */
          delivered: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Failed, of messages and invitations that were tried or blocked. */
          failed: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Still uncertain, of those. */
          uncertain: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Came back, of emails sent. */
          bounced: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Opened by a person, of emails sent (whether tracked or not). */
          opened: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Link followed by a person, of emails sent (whether tracked or not). */
          clicked: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Answered, of messages sent. */
          replied: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Answered by a positive reply, of messages sent. */
          positivelyReplied: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** After which the lead opted out, of messages sent. */
          optedOut: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** After which a meeting was booked, of messages sent. */
          meetings: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Accepted, of invitations sent. */
          connected: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Who replied at any time since, of people contacted for the first time. */
          peopleReplied: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
        };
      } | null;
    };
    /** In place of `response` where the query has `format: "csv"`. */
    csv: string;
  };
  /** Get the figures over time */
  "GET /v1/analytics/timeseries": {
    query?: {
      /** Not before; rounded down to a quarter of an hour. Default: 30 days before `to`. */
      from?: string;
      /** Before; rounded up to a quarter of an hour. Default: now. */
      to?: string;
      /** IANA name, for example Europe/Berlin. Default: the workspace's. */
      timeZone?: string;
      /** Only this channel. */
      channel?: "linkedin" | "sms" | "email";
      /** Only this campaign. */
      campaignId?: string;
      /** Only this step: its ID; of another system's messages its number. Mostly together with `campaignId`. */
      step?: string;
      /** Only this variant: its key. Mostly together with `campaignId` and `step`. */
      variant?: string;
      /** Only this sender. */
      senderId?: string;
      /** Only this profile. */
      profile?: string;
      /** Only messages that came about this way. */
      source?: "campaign" | "api" | "assistant" | "external";
      /** Only messages to leads that had this tag when it went out. */
      tag?: string;
      /** csv: a table, with names in its first line. */
      format?: "json" | "csv";
      granularity?: "hour" | "day" | "week" | "month";
    };
    response: {
      /** What was counted: from `from` to before `to`. */
      range: {
        from: string;
        to: string;
        timeZone: string;
      };
      /** All that was recorded until then is in the figures: mostly some seconds ago. Null: nothing was recorded yet. */
      countedUntil: string | null;
      granularity: "hour" | "day" | "week" | "month";
      data: {
        /** On the zone's clock: `2026-03-29`, a month `2026-03`, an hour `2026-03-29T01:00+01:00`. */
        label: string;
        from: string;
        to: string;
        /** What happened in that time. */
        counts: {
          /** Messages that went out. */
          sent: number;
          /** LinkedIn invitations that went out. */
          invited: number;
          /** Messages of which the provider said that they arrived (never of email). */
          delivered: number;
          /** Messages that failed for good, or were blocked by a rule. */
          failed: number;
          /** Messages that may or may not have gone out, when that was found. */
          uncertain: number;
          /** Emails that came back. */
          bounced: number;
          /** Emails that were opened for the first time, by a person. */
          opened: number;
          /** Emails in which a link was followed for the first time, by a person. */
          clicked: number;
          /** Messages that leads wrote; neither STOP nor absence notes. */
          replies: number;
          /** Replies after which, before the next one, the lead's status or a tag last said that it is interested. */
          positiveReplies: number;
          /** Accepted invitations. */
          connected: number;
          /** Opt-outs by people; a second one without a message in between counts once. */
          optedOut: number;
          /** Times that a lead's status became MEETING_BOOKED. */
          meetings: number;
          /** People who got their first message or invitation ever. */
          firstContacts: number;
          /** People who replied for the first time ever. */
          firstReplies: number;
        };
        /** Of what went out in that time, what became of it until now: so none is greater than 1. */
        rates: {
          /** Arrived, of messages sent by SMS or LinkedIn. */
          delivered: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Failed, of messages and invitations that were tried or blocked. */
          failed: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Still uncertain, of those. */
          uncertain: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Came back, of emails sent. */
          bounced: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Opened by a person, of emails sent (whether tracked or not). */
          opened: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Link followed by a person, of emails sent (whether tracked or not). */
          clicked: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Answered, of messages sent. */
          replied: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Answered by a positive reply, of messages sent. */
          positivelyReplied: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** After which the lead opted out, of messages sent. */
          optedOut: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** After which a meeting was booked, of messages sent. */
          meetings: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Accepted, of invitations sent. */
          connected: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Who replied at any time since, of people contacted for the first time. */
          peopleReplied: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
        };
      }[];
    };
    /** In place of `response` where the query has `format: "csv"`. */
    csv: string;
  };
  /** Get the figures by a property */
  "GET /v1/analytics/breakdown": {
    query: {
      /** Not before; rounded down to a quarter of an hour. Default: 30 days before `to`. */
      from?: string;
      /** Before; rounded up to a quarter of an hour. Default: now. */
      to?: string;
      /** IANA name, for example Europe/Berlin. Default: the workspace's. */
      timeZone?: string;
      /** Only this channel. */
      channel?: "linkedin" | "sms" | "email";
      /** Only this campaign. */
      campaignId?: string;
      /** Only this step: its ID; of another system's messages its number. Mostly together with `campaignId`. */
      step?: string;
      /** Only this variant: its key. Mostly together with `campaignId` and `step`. */
      variant?: string;
      /** Only this sender. */
      senderId?: string;
      /** Only this profile. */
      profile?: string;
      /** Only messages that came about this way. */
      source?: "campaign" | "api" | "assistant" | "external";
      /** Only messages to leads that had this tag when it went out. */
      tag?: string;
      /** csv: a table, with names in its first line. */
      format?: "json" | "csv";
      by: "channel" | "campaign" | "step" | "variant" | "sender" | "profile" | "source" | "tag";
      /** How many at most: 1 to 1000. */
      limit?: number;
    };
    response: {
      /** What was counted: from `from` to before `to`. */
      range: {
        from: string;
        to: string;
        timeZone: string;
      };
      /** All that was recorded until then is in the figures: mostly some seconds ago. Null: nothing was recorded yet. */
      countedUntil: string | null;
      by: "channel" | "campaign" | "step" | "variant" | "sender" | "profile" | "source" | "tag";
      data: {
        /** The ID, key or word; null: what has none. */
        value: string | null;
        /** Of a campaign, sender or step: what it is called; null: it is not known (any more), or the value says it. */
        name: string | null;
        /** Of a step or variant. */
        campaignId: string | null;
        /** Of a variant. */
        step: string | null;
        /** What happened in that time. */
        counts: {
          /** Messages that went out. */
          sent: number;
          /** LinkedIn invitations that went out. */
          invited: number;
          /** Messages of which the provider said that they arrived (never of email). */
          delivered: number;
          /** Messages that failed for good, or were blocked by a rule. */
          failed: number;
          /** Messages that may or may not have gone out, when that was found. */
          uncertain: number;
          /** Emails that came back. */
          bounced: number;
          /** Emails that were opened for the first time, by a person. */
          opened: number;
          /** Emails in which a link was followed for the first time, by a person. */
          clicked: number;
          /** Messages that leads wrote; neither STOP nor absence notes. */
          replies: number;
          /** Replies after which, before the next one, the lead's status or a tag last said that it is interested. */
          positiveReplies: number;
          /** Accepted invitations. */
          connected: number;
          /** Opt-outs by people; a second one without a message in between counts once. */
          optedOut: number;
          /** Times that a lead's status became MEETING_BOOKED. */
          meetings: number;
          /** People who got their first message or invitation ever. */
          firstContacts: number;
          /** People who replied for the first time ever. */
          firstReplies: number;
        };
        /** Of what went out in that time, what became of it until now: so none is greater than 1. */
        rates: {
          /** Arrived, of messages sent by SMS or LinkedIn. */
          delivered: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Failed, of messages and invitations that were tried or blocked. */
          failed: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Still uncertain, of those. */
          uncertain: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Came back, of emails sent. */
          bounced: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Opened by a person, of emails sent (whether tracked or not). */
          opened: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Link followed by a person, of emails sent (whether tracked or not). */
          clicked: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Answered, of messages sent. */
          replied: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Answered by a positive reply, of messages sent. */
          positivelyReplied: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** After which the lead opted out, of messages sent. */
          optedOut: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** After which a meeting was booked, of messages sent. */
          meetings: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Accepted, of invitations sent. */
          connected: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
          /** Who replied at any time since, of people contacted for the first time. */
          peopleReplied: {
            /** So many. */
            count: number;
            /** Of so many: the denominator. */
            of: number;
            /** `count` divided by `of`, 0 to 1; null: of none. */
            rate: number | null;
            /** Lower bound of the 95 % confidence interval (Wilson). */
            low: number | null;
            /** Upper bound. */
            high: number | null;
          };
        };
      }[];
    };
    /** In place of `response` where the query has `format: "csv"`. */
    csv: string;
  };
  /** Get the funnel of a campaign */
  "GET /v1/analytics/funnel": {
    query: {
      /** The campaign. */
      campaignId: string;
      /** Not before; rounded down to a quarter of an hour. Default: always. */
      from?: string;
      /** Before; rounded up to a quarter of an hour. Default: always. */
      to?: string;
      /** IANA name, for example Europe/Berlin. Default: the workspace's. */
      timeZone?: string;
      /** Only steps on this channel. */
      channel?: "linkedin" | "sms" | "email";
      /** Only messages of this sender, and leads to whom it writes; steps without a message are nobody's. */
      senderId?: string;
      /** Only leads that have this tag now; `replied` and the like of messages to those that had it then. */
      tag?: string;
      /** csv: a table, with names in its first line. */
      format?: "json" | "csv";
    };
    response: {
      campaignId: string;
      campaignName: string;
      countedUntil: string | null;
      leads: {
        total: number;
        active: number;
        finished: number;
        stopped: number;
      };
      /** Leads that left it before its first step, and why. */
      stoppedBefore: {
        total: number;
        reasons: {
          /** `reply`, `status`, `tag`, `blocked`, ... */
          reason: string;
          count: number;
        }[];
      };
      steps: {
        stepId: string;
        key: string | null;
        position: number;
        channel: ("linkedin" | "sms" | "email") | null;
        action: "message" | "connect" | "wait_for_acceptance" | "task";
        /** Leads whose turn at this step came. */
        reached: number;
        /** Leads to whom it went out. */
        sent: number;
        failed: number;
        blocked: number;
        uncertain: number;
        /** Leads for whom it comes next. */
        waiting: number;
        /** Answered, of messages of this step that went out. */
        replied: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        positivelyReplied: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        /** Accepted, of invitations of this step. */
        connected: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        /** Leads that left the sequence after this step's message, and why. */
        stopped: {
          total: number;
          reasons: {
            /** `reply`, `status`, `tag`, `blocked`, ... */
            reason: string;
            count: number;
          }[];
        };
      }[];
    };
    /** In place of `response` where the query has `format: "csv"`. */
    csv: string;
  };
  /** Compare the variants of a step */
  "GET /v1/analytics/variants": {
    query: {
      /** The campaign. */
      campaignId: string;
      /** The step: its ID, key or position. */
      step: string;
      /** By what they are compared. */
      metric?: "replied" | "positivelyReplied" | "meetings" | "clicked" | "opened" | "connected";
      /** Not before; rounded down to a quarter of an hour. Default: always. */
      from?: string;
      /** Before; rounded up to a quarter of an hour. Default: now. */
      to?: string;
      /** IANA name, for example Europe/Berlin. Default: the workspace's. */
      timeZone?: string;
      /** Only this sender. */
      senderId?: string;
      /** Only this profile. */
      profile?: string;
      /** Only messages that came about this way. */
      source?: "campaign" | "api" | "assistant" | "external";
      /** Only messages to leads that had this tag when it went out. */
      tag?: string;
      /** csv: a table, with names in its first line. */
      format?: "json" | "csv";
    };
    response: {
      /** What was counted: from `from` to before `to`. */
      range: {
        from: string;
        to: string;
        timeZone: string;
      };
      /** All that was recorded until then is in the figures: mostly some seconds ago. Null: nothing was recorded yet. */
      countedUntil: string | null;
      campaignId: string;
      stepId: string;
      metric: "replied" | "positivelyReplied" | "meetings" | "clicked" | "opened" | "connected";
      comparison: {
        verdict: "significant" | "not_yet_significant" | "no_data";
        /** The same in words, with the numbers. */
        text: string;
        /** The variant that is ahead. */
        best: string | null;
        /** The one that it was compared with: the second. */
        against: string | null;
        /** How probable a difference like that is by chance alone. */
        pValue: number | null;
        /** Below this it is significant: 0.05 divided by the number of pairs (Bonferroni). */
        alpha: number;
        /** Messages that both still need for the difference to show with a probability of 80 %, if it is as large as it looks; null: not to be said. */
        moreNeeded: number | null;
      };
      data: {
        /** Its key; null: sent while the step had one text. */
        variant: string | null;
        /** Null: it was taken out. */
        weight: number | null;
        /** Messages, or invitations. */
        sent: number;
        replied: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        positivelyReplied: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        meetings: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        clicked: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        opened: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        connected: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
      }[];
    };
    /** In place of `response` where the query has `format: "csv"`. */
    csv: string;
  };
  /** Get the map of replies by weekday and hour */
  "GET /v1/analytics/replies/heatmap": {
    query?: {
      /** Not before; rounded down to a quarter of an hour. Default: 30 days before `to`. */
      from?: string;
      /** Before; rounded up to a quarter of an hour. Default: now. */
      to?: string;
      /** IANA name, for example Europe/Berlin. Default: the workspace's. */
      timeZone?: string;
      /** Only this channel. */
      channel?: "linkedin" | "sms" | "email";
      /** Only this campaign. */
      campaignId?: string;
      /** Only this step: its ID; of another system's messages its number. Mostly together with `campaignId`. */
      step?: string;
      /** Only this variant: its key. Mostly together with `campaignId` and `step`. */
      variant?: string;
      /** Only this sender. */
      senderId?: string;
      /** Only this profile. */
      profile?: string;
      /** Only messages that came about this way. */
      source?: "campaign" | "api" | "assistant" | "external";
      /** Only messages to leads that had this tag when it went out. */
      tag?: string;
      /** csv: a table, with names in its first line. */
      format?: "json" | "csv";
    };
    response: {
      /** What was counted: from `from` to before `to`. */
      range: {
        from: string;
        to: string;
        timeZone: string;
      };
      /** All that was recorded until then is in the figures: mostly some seconds ago. Null: nothing was recorded yet. */
      countedUntil: string | null;
      data: {
        weekday: "sunday" | "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday";
        /** 0 to 23. */
        hour: number;
        replies: number;
        positiveReplies: number;
        /** Messages that went out in that hour, answered or not. */
        sent: number;
      }[];
    };
    /** In place of `response` where the query has `format: "csv"`. */
    csv: string;
  };
  /** Get how long first replies took */
  "GET /v1/analytics/time-to-reply": {
    query?: {
      /** Not before; rounded down to a quarter of an hour. Default: 30 days before `to`. */
      from?: string;
      /** Before; rounded up to a quarter of an hour. Default: now. */
      to?: string;
      /** IANA name, for example Europe/Berlin. Default: the workspace's. */
      timeZone?: string;
      /** Only this channel. */
      channel?: "linkedin" | "sms" | "email";
      /** Only this campaign. */
      campaignId?: string;
      /** Only this step: its ID; of another system's messages its number. Mostly together with `campaignId`. */
      step?: string;
      /** Only this variant: its key. Mostly together with `campaignId` and `step`. */
      variant?: string;
      /** Only this sender. */
      senderId?: string;
      /** Only this profile. */
      profile?: string;
      /** Only messages that came about this way. */
      source?: "campaign" | "api" | "assistant" | "external";
      /** Only messages to leads that had this tag when it went out. */
      tag?: string;
      /** csv: a table, with names in its first line. */
      format?: "json" | "csv";
    };
    response: {
      /** What was counted: from `from` to before `to`. */
      range: {
        from: string;
        to: string;
        timeZone: string;
      };
      /** All that was recorded until then is in the figures: mostly some seconds ago. Null: nothing was recorded yet. */
      countedUntil: string | null;
      /** Messages that were answered. */
      answered: number;
      /** Half of the answers took `p50` at most. Null: there is none. */
      seconds: {
        p25: number | null;
        p50: number | null;
        p75: number | null;
        p90: number | null;
        p95: number | null;
      };
      histogram: {
        /** Null: longer than all others. */
        upToSeconds: number | null;
        label: string;
        /** Answers that took longer than the line before, and not longer than this. */
        count: number;
        /** Of all answers, those that took not longer than this: 0 to 1. */
        share: number | null;
      }[];
    };
    /** In place of `response` where the query has `format: "csv"`. */
    csv: string;
  };
  /** Get the health of destinations */
  "GET /v1/analytics/deliveries": {
    query?: {
      /** Not before. Default: a day before `to`. */
      from?: string;
      /** Before. Default: now. */
      to?: string;
      /** csv: a table, with names in its first line. */
      format?: "json" | "csv";
    };
    response: {
      range: {
        from: string;
        to: string;
      };
      total: {
        /** Attempts to deliver; without what the destination's filter held back. */
        attempts: number;
        succeeded: number;
        /** Failed, and tried again. */
        retried: number;
        /** Given up: deliveries that failed for good. */
        failed: number;
        /** Attempts that succeeded. */
        success: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
      };
      data: {
        destinationId: string;
        name: string | null;
        status: string | null;
        /** Attempts to deliver; without what the destination's filter held back. */
        attempts: number;
        succeeded: number;
        /** Failed, and tried again. */
        retried: number;
        /** Given up: deliveries that failed for good. */
        failed: number;
        /** Attempts that succeeded. */
        success: {
          /** So many. */
          count: number;
          /** Of so many: the denominator. */
          of: number;
          /** `count` divided by `of`, 0 to 1; null: of none. */
          rate: number | null;
          /** Lower bound of the 95 % confidence interval (Wilson). */
          low: number | null;
          /** Upper bound. */
          high: number | null;
        };
        /** Half of the answers came within so many milliseconds; null: none came. */
        p50Ms: number | null;
        p95Ms: number | null;
      }[];
    };
    /** In place of `response` where the query has `format: "csv"`. */
    csv: string;
  };
  /** List kinds of destinations */
  "GET /v1/destination-kinds": {
    response: {
      data: {
        kind: "webhook" | "hubspot" | "salesforce" | "close" | "slack" | "teams" | "discord" | "email";
        /** What it is told where a destination doesn't choose. */
        eventTypes: (
          | "message.sent"
          | "message.failed"
          | "message.delivered"
          | "message.uncertain"
          | "message.bounced"
          | "message.opened"
          | "message.clicked"
          | "connection_request.sent"
          | "connection_request.accepted"
          | "message.received"
          | "message.auto_replied"
          | "reply.received"
          | "lead.created"
          | "lead.updated"
          | "lead.fields.updated"
          | "lead.tag.updated"
          | "lead.opted_out"
          | "lead.opted_in"
          | "lead.do_not_contact"
          | "lead.erased"
          | "audit.sealed"
          | "notification.created"
          | "campaign.started"
          | "campaign.paused"
          | "campaign.resumed"
          | "campaign.finished"
          | "sender.paused"
          | "sender.resumed"
          | "sender.receiving_failed"
          | "sender.receiving_resumed"
          | "task.created"
          | "task.completed"
          | "approval.created"
          | "approval.decided"
          | "draft.created"
          | "draft.decided"
          | "destination.disabled"
        )[];
        /** Of a CRM: what it logs where `config.templates` says nothing, by event type, in Liquid. */
        templates: Record<
          string,
          {
            subject: string;
            body: string;
          }
        > | null;
        /** Whether somebody can let Herald in by their browser. */
        oauth: boolean;
        /** Whether its lists of people can be imported: `POST /v1/imports/crm`. */
        lists: boolean;
        /** With `oauth`: what has to be among the app's redirect URLs there. Null: Herald's address isn't known. */
        redirectUri: string | null;
      }[];
    };
  };
  /** Begin an authorization */
  "POST /v1/destinations/{id}/oauth/start": {
    params: {
      id: string;
    };
    response: {
      /** To be opened in a browser. */
      url: string;
      /** For the app's settings in the CRM. */
      redirectUri: string;
      expiresAt: string;
    };
  };
  /** Search the audit trail */
  "GET /v1/audit": {
    query?: {
      /** Not before. */
      from?: string;
      /** Before. */
      to?: string;
      kind?: "act" | "event";
      /** Exactly, or all that begin so: `POST*`, `message.*`. */
      action?: string;
      /** The ID of a key or a person. */
      actor?: string;
      target?: string;
      /** Also acts on many leads of which it is one. */
      leadId?: string;
      /** As in the answer's header `x-request-id`. */
      requestId?: string;
      /** The address from which it was called. */
      ip?: string;
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        /** Of an event: the event's ID. */
        id: string;
        at: string;
        /** act: somebody did something; event: it was recorded in the log. */
        kind: "act" | "event";
        /** Who: an API key (`key`), a person (`user`), the command line (`cli`), or Herald by its rules (`system`). */
        actor: {
          kind: string;
          id: string | null;
          /** Of the person or key, as it is now; null: none is known. */
          name: string | null;
        };
        /** The call, as `POST /v1/senders`; of an event its type. */
        action: string;
        /** The ID of what it was done to. */
        target: string | null;
        leadId: string | null;
        requestId: string | null;
        ip: string | null;
        /** Of an act: request, before and after, without secrets; of an event its data. null: erased, or past its retention. */
        content: unknown;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Export the audit trail */
  "GET /v1/audit/export": {
    query?: {
      /** Not before. */
      from?: string;
      /** Before. */
      to?: string;
      kind?: "act" | "event";
      /** Exactly, or all that begin so: `POST*`, `message.*`. */
      action?: string;
      /** The ID of a key or a person. */
      actor?: string;
      target?: string;
      /** Also acts on many leads of which it is one. */
      leadId?: string;
      /** As in the answer's header `x-request-id`. */
      requestId?: string;
      /** The address from which it was called. */
      ip?: string;
      format?: "jsonl" | "csv";
    };
    response: string;
  };
  /** Get the newest seal */
  "GET /v1/audit/seal": {
    query?: {
      /** `true`: where there is none the answer is 204, in place of 404. */
      ifAny?: "true" | "false";
    };
    response: {
      /** SHA-256, in hex. */
      hash: string;
      no: number;
      /** The minute that it seals. */
      beginsAt: string;
      /** Entries of this minute. */
      entries: number;
    } | null;
  };
  /** Preview filters and a transform */
  "POST /v1/destinations/preview": {
    body: {
      /** A CRM: what would be logged there. A chat or an email: the message. */
      kind?: "webhook" | "hubspot" | "salesforce" | "close" | "slack" | "teams" | "discord" | "email";
      format?: "herald" | "sendpilot" | "apten";
      /** A sample of this type. Default: `message.sent`. */
      type?:
        | "message.sent"
        | "message.failed"
        | "message.delivered"
        | "message.uncertain"
        | "message.bounced"
        | "message.opened"
        | "message.clicked"
        | "connection_request.sent"
        | "connection_request.accepted"
        | "message.received"
        | "message.auto_replied"
        | "reply.received"
        | "lead.created"
        | "lead.updated"
        | "lead.fields.updated"
        | "lead.tag.updated"
        | "lead.opted_out"
        | "lead.opted_in"
        | "lead.do_not_contact"
        | "lead.erased"
        | "audit.sealed"
        | "notification.created"
        | "campaign.started"
        | "campaign.paused"
        | "campaign.resumed"
        | "campaign.finished"
        | "sender.paused"
        | "sender.resumed"
        | "sender.receiving_failed"
        | "sender.receiving_resumed"
        | "task.created"
        | "task.completed"
        | "approval.created"
        | "approval.decided"
        | "draft.created"
        | "draft.decided"
        | "destination.disabled";
      /** An event of the log, in place of a sample. */
      eventId?: string;
      eventTypes?: string[] | null;
      /** Of a CRM or chat: its settings, by its kind; see the documentation of integrations. A change replaces all of it. */
      config?: Record<string, unknown>;
      /** Only events of these channels. Events that have none (campaigns, statuses of leads) are then left out. null: of all. */
      channels?: ("linkedin" | "sms" | "email")[] | null;
      /** Only events of these campaigns, by ID. Events of no campaign are then left out. null: of all. */
      campaigns?: string[] | null;
      /** Only events of leads that have one of these tags when the event happens (in a replay: when it is queued). Events of no lead are then left out. null: of all. */
      tags?: string[] | null;
      /** Only events of leads that have one of these statuses after the event: a reply is one of REPLY_RECEIVED, unless the lead was further along, and a change of status one of what it changes to (in a replay: by the lead's status when it is queued). Events of no lead are then left out. null: of all. */
      statuses?:
        | (
            | "PENDING"
            | "CONNECTION_SENT"
            | "CONNECTION_ACCEPTED"
            | "MESSAGE_SENT"
            | "REPLY_RECEIVED"
            | "MEETING_BOOKED"
            | "OPPORTUNITY"
            | "NOT_INTERESTED"
            | "DONE"
          )[]
        | null;
      /** A JSONata expression over the event as `GET /v1/events/{id}` shows it in the format `herald`: only events for which it is true (as `$boolean` says) are sent. One that is held back is a delivery with the status `filtered`. Where it fails, the attempt has failed and is made again. null: no condition. */
      filter?: string | null;
      /** A JSONata expression over the body in the destination's format, whose result becomes the body (JSON, at most 262,144 characters; signed as it is sent). null or nothing as the result: the event is not sent, and its delivery has the status `filtered`. An evaluation has 500 ms and 64 MiB; where it fails, the attempt has failed and is made again. null: the body as it is. */
      transform?: string | null;
      /** Only IDs in the body's `data`: no text, no address. The receiver fetches the rest by `GET /v1/events/{id}`. Only in the format `herald`, and without `transform`. */
      thin?: boolean | null;
    };
    response: {
      /** What would become of it. */
      outcome: "sent" | "filtered" | "failed";
      /** The event, as `filter` sees it. */
      event: Record<string, unknown>;
      /** The body in the format, as `transform` sees it. */
      input: Record<string, unknown>;
      /** What would be sent, if the filters let it through. Of a CRM: the object and its fields there, but for whose it is. Of a chat or an email: the message where the event comes by itself. Null: nothing. */
      body: unknown;
      /** Of a chat or an email: what people see of it, in plain texts. */
      look: {
        icon: string;
        title: string;
        /** What a lead wrote, or a reason. */
        quote: string | null;
        facts: string[];
        link: string | null;
      } | null;
      /** Of a CRM: why it would not be logged. */
      reason: {
        code: string;
        detail: string;
      } | null;
      /** Whether each filter lets it through, now. Null: not set, or it failed. */
      filters: {
        eventTypes: boolean | null;
        channels: boolean | null;
        campaigns: boolean | null;
        tags: boolean | null;
        statuses: boolean | null;
        filter: boolean | null;
      };
      /** What failed at this event. */
      errors: {
        field: "filter" | "transform";
        code: string;
        detail: string;
      }[];
    };
  };
  /** Preview an event at a destination */
  "POST /v1/destinations/{id}/preview": {
    params: {
      id: string;
    };
    body: {
      /** A sample of this type. Default: `message.sent`. */
      type?:
        | "message.sent"
        | "message.failed"
        | "message.delivered"
        | "message.uncertain"
        | "message.bounced"
        | "message.opened"
        | "message.clicked"
        | "connection_request.sent"
        | "connection_request.accepted"
        | "message.received"
        | "message.auto_replied"
        | "reply.received"
        | "lead.created"
        | "lead.updated"
        | "lead.fields.updated"
        | "lead.tag.updated"
        | "lead.opted_out"
        | "lead.opted_in"
        | "lead.do_not_contact"
        | "lead.erased"
        | "audit.sealed"
        | "notification.created"
        | "campaign.started"
        | "campaign.paused"
        | "campaign.resumed"
        | "campaign.finished"
        | "sender.paused"
        | "sender.resumed"
        | "sender.receiving_failed"
        | "sender.receiving_resumed"
        | "task.created"
        | "task.completed"
        | "approval.created"
        | "approval.decided"
        | "draft.created"
        | "draft.decided"
        | "destination.disabled";
      /** An event of the log, in place of a sample. */
      eventId?: string;
      eventTypes?: string[] | null;
      /** Of a CRM or chat: its settings, by its kind; see the documentation of integrations. A change replaces all of it. */
      config?: Record<string, unknown>;
      /** Only events of these channels. Events that have none (campaigns, statuses of leads) are then left out. null: of all. */
      channels?: ("linkedin" | "sms" | "email")[] | null;
      /** Only events of these campaigns, by ID. Events of no campaign are then left out. null: of all. */
      campaigns?: string[] | null;
      /** Only events of leads that have one of these tags when the event happens (in a replay: when it is queued). Events of no lead are then left out. null: of all. */
      tags?: string[] | null;
      /** Only events of leads that have one of these statuses after the event: a reply is one of REPLY_RECEIVED, unless the lead was further along, and a change of status one of what it changes to (in a replay: by the lead's status when it is queued). Events of no lead are then left out. null: of all. */
      statuses?:
        | (
            | "PENDING"
            | "CONNECTION_SENT"
            | "CONNECTION_ACCEPTED"
            | "MESSAGE_SENT"
            | "REPLY_RECEIVED"
            | "MEETING_BOOKED"
            | "OPPORTUNITY"
            | "NOT_INTERESTED"
            | "DONE"
          )[]
        | null;
      /** A JSONata expression over the event as `GET /v1/events/{id}` shows it in the format `herald`: only events for which it is true (as `$boolean` says) are sent. One that is held back is a delivery with the status `filtered`. Where it fails, the attempt has failed and is made again. null: no condition. */
      filter?: string | null;
      /** A JSONata expression over the body in the destination's format, whose result becomes the body (JSON, at most 262,144 characters; signed as it is sent). null or nothing as the result: the event is not sent, and its delivery has the status `filtered`. An evaluation has 500 ms and 64 MiB; where it fails, the attempt has failed and is made again. null: the body as it is. */
      transform?: string | null;
      /** Only IDs in the body's `data`: no text, no address. The receiver fetches the rest by `GET /v1/events/{id}`. Only in the format `herald`, and without `transform`. */
      thin?: boolean | null;
    };
    response: {
      /** What would become of it. */
      outcome: "sent" | "filtered" | "failed";
      /** The event, as `filter` sees it. */
      event: Record<string, unknown>;
      /** The body in the format, as `transform` sees it. */
      input: Record<string, unknown>;
      /** What would be sent, if the filters let it through. Of a CRM: the object and its fields there, but for whose it is. Of a chat or an email: the message where the event comes by itself. Null: nothing. */
      body: unknown;
      /** Of a chat or an email: what people see of it, in plain texts. */
      look: {
        icon: string;
        title: string;
        /** What a lead wrote, or a reason. */
        quote: string | null;
        facts: string[];
        link: string | null;
      } | null;
      /** Of a CRM: why it would not be logged. */
      reason: {
        code: string;
        detail: string;
      } | null;
      /** Whether each filter lets it through, now. Null: not set, or it failed. */
      filters: {
        eventTypes: boolean | null;
        channels: boolean | null;
        campaigns: boolean | null;
        tags: boolean | null;
        statuses: boolean | null;
        filter: boolean | null;
      };
      /** What failed at this event. */
      errors: {
        field: "filter" | "transform";
        code: string;
        detail: string;
      }[];
    };
  };
  /** List deliveries */
  "GET /v1/deliveries": {
    query: {
      destinationId: string;
      status?: "pending" | "delivered" | "failed" | "filtered";
      /** Only these, separated by commas; `message.*` stands for all that begin so. */
      types?: string;
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        /** Made of the event's and the destination's ID. */
        id: string;
        eventId: string;
        /** As `message.sent`. Null: the event is past its retention, of which its deliveries are left. */
        eventType: string | null;
        destinationId: string;
        /** filtered: the destination's `filter` or `transform` held it back; nothing was sent. */
        status: "pending" | "delivered" | "failed" | "filtered";
        /** Attempts so far. */
        attempts: number;
        /** An attempt is under way. */
        inFlight: boolean;
        /** Null where none is planned, or not before somebody acts (the destination is disabled). */
        nextAttemptAt: string | null;
        lastAttemptAt: string | null;
        lastStatusCode: number | null;
        lastCode: string | null;
        lastDetail: string | null;
        /** With `ordering: lead`: the delivery for the same lead that has to end first, delivered or failed for good. Null: this one isn't held. */
        heldBehind: {
          eventId: string;
          attempts: number;
          /** Null: under way, or not before somebody acts. */
          nextAttemptAt: string | null;
        } | null;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Get a delivery */
  "GET /v1/deliveries/{id}": {
    params: {
      id: string;
    };
    response: {
      /** Made of the event's and the destination's ID. */
      id: string;
      eventId: string;
      /** As `message.sent`. Null: the event is past its retention, of which its deliveries are left. */
      eventType: string | null;
      destinationId: string;
      /** filtered: the destination's `filter` or `transform` held it back; nothing was sent. */
      status: "pending" | "delivered" | "failed" | "filtered";
      /** Attempts so far. */
      attempts: number;
      /** An attempt is under way. */
      inFlight: boolean;
      /** Null where none is planned, or not before somebody acts (the destination is disabled). */
      nextAttemptAt: string | null;
      lastAttemptAt: string | null;
      lastStatusCode: number | null;
      lastCode: string | null;
      lastDetail: string | null;
      /** With `ordering: lead`: the delivery for the same lead that has to end first, delivered or failed for good. Null: this one isn't held. */
      heldBehind: {
        eventId: string;
        attempts: number;
        /** Null: under way, or not before somebody acts. */
        nextAttemptAt: string | null;
      } | null;
    };
  };
  /** List attempts of a delivery */
  "GET /v1/deliveries/{id}/attempts": {
    params: {
      id: string;
    };
    response: {
      data: {
        n: number;
        startedAt: string;
        durationMs: number;
        outcome: "succeeded" | "retry" | "failed" | "uncertain" | "interrupted" | "filtered";
        final: boolean;
        statusCode: number | null;
        code: string | null;
        detail: string | null;
        /** Lines of `name: value`; of a CRM the call. */
        requestHeaders: string | null;
        /** Of a webhook: exactly what was sent. It is made again of the event, and given only where it fits the signature that was sent. */
        requestBody: string | null;
        /** Why `requestBody` can't be told, though something was sent: the transform was changed since, say. */
        requestBodyMissing: string | null;
        responseHeaders: string | null;
        responseBody: string | null;
        nextAt: string | null;
      }[];
    };
  };
  /** Retry a delivery */
  "POST /v1/deliveries/{id}/retry": {
    params: {
      id: string;
    };
    response: {
      /** Made of the event's and the destination's ID. */
      id: string;
      eventId: string;
      /** As `message.sent`. Null: the event is past its retention, of which its deliveries are left. */
      eventType: string | null;
      destinationId: string;
      /** filtered: the destination's `filter` or `transform` held it back; nothing was sent. */
      status: "pending" | "delivered" | "failed" | "filtered";
      /** Attempts so far. */
      attempts: number;
      /** An attempt is under way. */
      inFlight: boolean;
      /** Null where none is planned, or not before somebody acts (the destination is disabled). */
      nextAttemptAt: string | null;
      lastAttemptAt: string | null;
      lastStatusCode: number | null;
      lastCode: string | null;
      lastDetail: string | null;
      /** With `ordering: lead`: the delivery for the same lead that has to end first, delivered or failed for good. Null: this one isn't held. */
      heldBehind: {
        eventId: string;
        attempts: number;
        /** Null: under way, or not before somebody acts. */
        nextAttemptAt: string | null;
      } | null;
    };
  };
  /** List events */
  "GET /v1/events": {
    query?: {
      /** As `types`, for one. */
      type?:
        | "message.sent"
        | "message.failed"
        | "message.delivered"
        | "message.uncertain"
        | "message.bounced"
        | "message.opened"
        | "message.clicked"
        | "connection_request.sent"
        | "connection_request.accepted"
        | "message.received"
        | "message.auto_replied"
        | "reply.received"
        | "lead.created"
        | "lead.updated"
        | "lead.fields.updated"
        | "lead.tag.updated"
        | "lead.opted_out"
        | "lead.opted_in"
        | "lead.do_not_contact"
        | "lead.erased"
        | "audit.sealed"
        | "notification.created"
        | "campaign.started"
        | "campaign.paused"
        | "campaign.resumed"
        | "campaign.finished"
        | "sender.paused"
        | "sender.resumed"
        | "sender.receiving_failed"
        | "sender.receiving_resumed"
        | "task.created"
        | "task.completed"
        | "approval.created"
        | "approval.decided"
        | "draft.created"
        | "draft.decided"
        | "destination.disabled";
      /** Only these, separated by commas; `message.*` stands for all that begin so. */
      types?: string;
      leadId?: string;
      campaignId?: string;
      /** An event's ID, or a time. */
      after?: string;
      /** Begin behind this consumer's place. */
      consumer?: string;
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 500. */
      limit?: number;
      /** Seconds, 0 to 60; only with `after` or `consumer`. */
      wait?: number;
    };
    response: {
      data: HeraldEvent[];
      nextCursor: string | null;
    };
  };
  /** Get an event */
  "GET /v1/events/{id}": {
    params: {
      id: string;
    };
    query?: {
      format?: "herald" | "sendpilot" | "apten";
    };
    response: HeraldEvent | SendPilotEvent | AptenEvent;
  };
  /** List deliveries of an event */
  "GET /v1/events/{id}/deliveries": {
    params: {
      id: string;
    };
    response: {
      data: {
        /** Made of the event's and the destination's ID. */
        id: string;
        eventId: string;
        /** As `message.sent`. Null: the event is past its retention, of which its deliveries are left. */
        eventType: string | null;
        destinationId: string;
        /** filtered: the destination's `filter` or `transform` held it back; nothing was sent. */
        status: "pending" | "delivered" | "failed" | "filtered";
        /** Attempts so far. */
        attempts: number;
        /** An attempt is under way. */
        inFlight: boolean;
        /** Null where none is planned, or not before somebody acts (the destination is disabled). */
        nextAttemptAt: string | null;
        lastAttemptAt: string | null;
        lastStatusCode: number | null;
        lastCode: string | null;
        lastDetail: string | null;
        /** With `ordering: lead`: the delivery for the same lead that has to end first, delivered or failed for good. Null: this one isn't held. */
        heldBehind: {
          eventId: string;
          attempts: number;
          /** Null: under way, or not before somebody acts. */
          nextAttemptAt: string | null;
        } | null;
      }[];
    };
  };
  /** Start a replay */
  "POST /v1/replays": {
    body: {
      /** Left out: every active destination. */
      destinationId?: string;
      /** This event alone. Not together with `from` and `to`. Refused, with the reason, where no chosen destination takes it. */
      eventId?: string;
      /** Default: the beginning of the log. */
      from?: string;
      /** Events before this moment. Default, and at the latest: now. */
      to?: string;
      /** Only these. A * at the end stands for anything: `message.*`. */
      eventTypes?: string[];
      leadId?: string;
      campaignId?: string;
      /** Which deliveries of these events. `failed`: the last one failed for good. `never_attempted`: nothing was ever sent. `undelivered`: it never arrived, whether tried or not. What waits for its delivery anyway is left out by all of them. */
      only?: "all" | "failed" | "never_attempted" | "undelivered";
      /** Events a second to each destination. Default: as fast as it takes them. */
      rate?: number;
    };
    response: {
      id: string;
      status: "running" | "finished" | "stopped" | "cancelled";
      /** Why it stopped, or why one event was not queued. */
      reason: string | null;
      /** `history`: fills a new destination. `recovery`: what a destination missed while it was disabled. */
      origin: "request" | "history" | "recovery";
      /** How many destinations it delivers to. */
      destinations: number;
      eventId: string | null;
      /** Null: from the beginning of the log. */
      from: string | null;
      /** Events before this moment. */
      to: string;
      eventTypes:
        | (
            | "message.sent"
            | "message.failed"
            | "message.delivered"
            | "message.uncertain"
            | "message.bounced"
            | "message.opened"
            | "message.clicked"
            | "connection_request.sent"
            | "connection_request.accepted"
            | "message.received"
            | "message.auto_replied"
            | "reply.received"
            | "lead.created"
            | "lead.updated"
            | "lead.fields.updated"
            | "lead.tag.updated"
            | "lead.opted_out"
            | "lead.opted_in"
            | "lead.do_not_contact"
            | "lead.erased"
            | "audit.sealed"
            | "notification.created"
            | "campaign.started"
            | "campaign.paused"
            | "campaign.resumed"
            | "campaign.finished"
            | "sender.paused"
            | "sender.resumed"
            | "sender.receiving_failed"
            | "sender.receiving_resumed"
            | "task.created"
            | "task.completed"
            | "approval.created"
            | "approval.decided"
            | "draft.created"
            | "draft.decided"
            | "destination.disabled"
          )[]
        | null;
      leadId: string | null;
      campaignId: string | null;
      /** Which deliveries of these events. `failed`: the last one failed for good. `never_attempted`: nothing was ever sent. `undelivered`: it never arrived, whether tried or not. What waits for its delivery anyway is left out by all of them. */
      only: "all" | "failed" | "never_attempted" | "undelivered";
      /** Events a second to each destination. Null: no limit. */
      rate: number | null;
      progress: {
        /** Deliveries that the filter matched when they were counted. */
        counted: number;
        /** Counting isn't at the end yet. */
        counting: boolean;
        /** Of them, how many were queued so far. */
        queued: number;
        /** Queued, and neither delivered nor failed yet. */
        waiting: number;
        delivered: number;
        /** All attempts were used up. */
        failed: number;
        /** Left the queue unsent: withdrawn, held back by a filter, or past the log's retention. */
        dropped: number;
      };
      createdAt: string;
      finishedAt: string | null;
    };
  };
  /** List replays */
  "GET /v1/replays": {
    query?: {
      /** Only those that deliver to it, alone or among others. `progress` is that of the whole replay. */
      destinationId?: string;
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        status: "running" | "finished" | "stopped" | "cancelled";
        /** Why it stopped, or why one event was not queued. */
        reason: string | null;
        /** `history`: fills a new destination. `recovery`: what a destination missed while it was disabled. */
        origin: "request" | "history" | "recovery";
        /** How many destinations it delivers to. */
        destinations: number;
        eventId: string | null;
        /** Null: from the beginning of the log. */
        from: string | null;
        /** Events before this moment. */
        to: string;
        eventTypes:
          | (
              | "message.sent"
              | "message.failed"
              | "message.delivered"
              | "message.uncertain"
              | "message.bounced"
              | "message.opened"
              | "message.clicked"
              | "connection_request.sent"
              | "connection_request.accepted"
              | "message.received"
              | "message.auto_replied"
              | "reply.received"
              | "lead.created"
              | "lead.updated"
              | "lead.fields.updated"
              | "lead.tag.updated"
              | "lead.opted_out"
              | "lead.opted_in"
              | "lead.do_not_contact"
              | "lead.erased"
              | "audit.sealed"
              | "notification.created"
              | "campaign.started"
              | "campaign.paused"
              | "campaign.resumed"
              | "campaign.finished"
              | "sender.paused"
              | "sender.resumed"
              | "sender.receiving_failed"
              | "sender.receiving_resumed"
              | "task.created"
              | "task.completed"
              | "approval.created"
              | "approval.decided"
              | "draft.created"
              | "draft.decided"
              | "destination.disabled"
            )[]
          | null;
        leadId: string | null;
        campaignId: string | null;
        /** Which deliveries of these events. `failed`: the last one failed for good. `never_attempted`: nothing was ever sent. `undelivered`: it never arrived, whether tried or not. What waits for its delivery anyway is left out by all of them. */
        only: "all" | "failed" | "never_attempted" | "undelivered";
        /** Events a second to each destination. Null: no limit. */
        rate: number | null;
        progress: {
          /** Deliveries that the filter matched when they were counted. */
          counted: number;
          /** Counting isn't at the end yet. */
          counting: boolean;
          /** Of them, how many were queued so far. */
          queued: number;
          /** Queued, and neither delivered nor failed yet. */
          waiting: number;
          delivered: number;
          /** All attempts were used up. */
          failed: number;
          /** Left the queue unsent: withdrawn, held back by a filter, or past the log's retention. */
          dropped: number;
        };
        createdAt: string;
        finishedAt: string | null;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Get a replay */
  "GET /v1/replays/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      status: "running" | "finished" | "stopped" | "cancelled";
      /** Why it stopped, or why one event was not queued. */
      reason: string | null;
      /** `history`: fills a new destination. `recovery`: what a destination missed while it was disabled. */
      origin: "request" | "history" | "recovery";
      /** How many destinations it delivers to. */
      destinations: number;
      eventId: string | null;
      /** Null: from the beginning of the log. */
      from: string | null;
      /** Events before this moment. */
      to: string;
      eventTypes:
        | (
            | "message.sent"
            | "message.failed"
            | "message.delivered"
            | "message.uncertain"
            | "message.bounced"
            | "message.opened"
            | "message.clicked"
            | "connection_request.sent"
            | "connection_request.accepted"
            | "message.received"
            | "message.auto_replied"
            | "reply.received"
            | "lead.created"
            | "lead.updated"
            | "lead.fields.updated"
            | "lead.tag.updated"
            | "lead.opted_out"
            | "lead.opted_in"
            | "lead.do_not_contact"
            | "lead.erased"
            | "audit.sealed"
            | "notification.created"
            | "campaign.started"
            | "campaign.paused"
            | "campaign.resumed"
            | "campaign.finished"
            | "sender.paused"
            | "sender.resumed"
            | "sender.receiving_failed"
            | "sender.receiving_resumed"
            | "task.created"
            | "task.completed"
            | "approval.created"
            | "approval.decided"
            | "draft.created"
            | "draft.decided"
            | "destination.disabled"
          )[]
        | null;
      leadId: string | null;
      campaignId: string | null;
      /** Which deliveries of these events. `failed`: the last one failed for good. `never_attempted`: nothing was ever sent. `undelivered`: it never arrived, whether tried or not. What waits for its delivery anyway is left out by all of them. */
      only: "all" | "failed" | "never_attempted" | "undelivered";
      /** Events a second to each destination. Null: no limit. */
      rate: number | null;
      progress: {
        /** Deliveries that the filter matched when they were counted. */
        counted: number;
        /** Counting isn't at the end yet. */
        counting: boolean;
        /** Of them, how many were queued so far. */
        queued: number;
        /** Queued, and neither delivered nor failed yet. */
        waiting: number;
        delivered: number;
        /** All attempts were used up. */
        failed: number;
        /** Left the queue unsent: withdrawn, held back by a filter, or past the log's retention. */
        dropped: number;
      };
      createdAt: string;
      finishedAt: string | null;
      /** Each destination, at most 1,000. */
      targets: {
        destinationId: string;
        /** `feeding`: not everything is queued yet. `delivering`: everything is, and some of it waits. */
        status: "feeding" | "delivering" | "finished" | "stopped" | "cancelled";
        reason: string | null;
        progress: {
          /** Deliveries that the filter matched when they were counted. */
          counted: number;
          /** Counting isn't at the end yet. */
          counting: boolean;
          /** Of them, how many were queued so far. */
          queued: number;
          /** Queued, and neither delivered nor failed yet. */
          waiting: number;
          delivered: number;
          /** All attempts were used up. */
          failed: number;
          /** Left the queue unsent: withdrawn, held back by a filter, or past the log's retention. */
          dropped: number;
        };
        finishedAt: string | null;
      }[];
    };
  };
  /** Cancel a replay */
  "POST /v1/replays/{id}/cancel": {
    params: {
      id: string;
    };
    response: {
      id: string;
      status: "running" | "finished" | "stopped" | "cancelled";
      /** Why it stopped, or why one event was not queued. */
      reason: string | null;
      /** `history`: fills a new destination. `recovery`: what a destination missed while it was disabled. */
      origin: "request" | "history" | "recovery";
      /** How many destinations it delivers to. */
      destinations: number;
      eventId: string | null;
      /** Null: from the beginning of the log. */
      from: string | null;
      /** Events before this moment. */
      to: string;
      eventTypes:
        | (
            | "message.sent"
            | "message.failed"
            | "message.delivered"
            | "message.uncertain"
            | "message.bounced"
            | "message.opened"
            | "message.clicked"
            | "connection_request.sent"
            | "connection_request.accepted"
            | "message.received"
            | "message.auto_replied"
            | "reply.received"
            | "lead.created"
            | "lead.updated"
            | "lead.fields.updated"
            | "lead.tag.updated"
            | "lead.opted_out"
            | "lead.opted_in"
            | "lead.do_not_contact"
            | "lead.erased"
            | "audit.sealed"
            | "notification.created"
            | "campaign.started"
            | "campaign.paused"
            | "campaign.resumed"
            | "campaign.finished"
            | "sender.paused"
            | "sender.resumed"
            | "sender.receiving_failed"
            | "sender.receiving_resumed"
            | "task.created"
            | "task.completed"
            | "approval.created"
            | "approval.decided"
            | "draft.created"
            | "draft.decided"
            | "destination.disabled"
          )[]
        | null;
      leadId: string | null;
      campaignId: string | null;
      /** Which deliveries of these events. `failed`: the last one failed for good. `never_attempted`: nothing was ever sent. `undelivered`: it never arrived, whether tried or not. What waits for its delivery anyway is left out by all of them. */
      only: "all" | "failed" | "never_attempted" | "undelivered";
      /** Events a second to each destination. Null: no limit. */
      rate: number | null;
      progress: {
        /** Deliveries that the filter matched when they were counted. */
        counted: number;
        /** Counting isn't at the end yet. */
        counting: boolean;
        /** Of them, how many were queued so far. */
        queued: number;
        /** Queued, and neither delivered nor failed yet. */
        waiting: number;
        delivered: number;
        /** All attempts were used up. */
        failed: number;
        /** Left the queue unsent: withdrawn, held back by a filter, or past the log's retention. */
        dropped: number;
      };
      createdAt: string;
      finishedAt: string | null;
    };
  };
  /** Replay an event */
  "POST /v1/events/{id}/replay": {
    params: {
      id: string;
    };
    body: {
      /** Left out: every active destination. */
      destinationId?: string;
    };
    response: {
      id: string;
      status: "running" | "finished" | "stopped" | "cancelled";
      /** Why it stopped, or why one event was not queued. */
      reason: string | null;
      /** `history`: fills a new destination. `recovery`: what a destination missed while it was disabled. */
      origin: "request" | "history" | "recovery";
      /** How many destinations it delivers to. */
      destinations: number;
      eventId: string | null;
      /** Null: from the beginning of the log. */
      from: string | null;
      /** Events before this moment. */
      to: string;
      eventTypes:
        | (
            | "message.sent"
            | "message.failed"
            | "message.delivered"
            | "message.uncertain"
            | "message.bounced"
            | "message.opened"
            | "message.clicked"
            | "connection_request.sent"
            | "connection_request.accepted"
            | "message.received"
            | "message.auto_replied"
            | "reply.received"
            | "lead.created"
            | "lead.updated"
            | "lead.fields.updated"
            | "lead.tag.updated"
            | "lead.opted_out"
            | "lead.opted_in"
            | "lead.do_not_contact"
            | "lead.erased"
            | "audit.sealed"
            | "notification.created"
            | "campaign.started"
            | "campaign.paused"
            | "campaign.resumed"
            | "campaign.finished"
            | "sender.paused"
            | "sender.resumed"
            | "sender.receiving_failed"
            | "sender.receiving_resumed"
            | "task.created"
            | "task.completed"
            | "approval.created"
            | "approval.decided"
            | "draft.created"
            | "draft.decided"
            | "destination.disabled"
          )[]
        | null;
      leadId: string | null;
      campaignId: string | null;
      /** Which deliveries of these events. `failed`: the last one failed for good. `never_attempted`: nothing was ever sent. `undelivered`: it never arrived, whether tried or not. What waits for its delivery anyway is left out by all of them. */
      only: "all" | "failed" | "never_attempted" | "undelivered";
      /** Events a second to each destination. Null: no limit. */
      rate: number | null;
      progress: {
        /** Deliveries that the filter matched when they were counted. */
        counted: number;
        /** Counting isn't at the end yet. */
        counting: boolean;
        /** Of them, how many were queued so far. */
        queued: number;
        /** Queued, and neither delivered nor failed yet. */
        waiting: number;
        delivered: number;
        /** All attempts were used up. */
        failed: number;
        /** Left the queue unsent: withdrawn, held back by a filter, or past the log's retention. */
        dropped: number;
      };
      createdAt: string;
      finishedAt: string | null;
    };
  };
  /** List consumers */
  "GET /v1/consumers": {
    query?: {
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        name: string;
        /** Behind this event, or behind this time, it goes on. */
        position: string;
        createdAt: string;
        /** When it last acknowledged something. Null: not yet. */
        acknowledgedAt: string | null;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Create or move a consumer */
  "PUT /v1/consumers/{name}": {
    params: {
      name: string;
    };
    body: {
      /** An event's ID, or a time, not beyond the end of the log. */
      after?: string;
    };
    response: {
      name: string;
      /** Behind this event, or behind this time, it goes on. */
      position: string;
      createdAt: string;
      /** When it last acknowledged something. Null: not yet. */
      acknowledgedAt: string | null;
    };
  };
  /** Get a consumer */
  "GET /v1/consumers/{name}": {
    params: {
      name: string;
    };
    response: {
      name: string;
      /** Behind this event, or behind this time, it goes on. */
      position: string;
      createdAt: string;
      /** When it last acknowledged something. Null: not yet. */
      acknowledgedAt: string | null;
    };
  };
  /** Delete a consumer */
  "DELETE /v1/consumers/{name}": {
    params: {
      name: string;
    };
    response: null;
  };
  /** Acknowledge events */
  "POST /v1/consumers/{name}/ack": {
    params: {
      name: string;
    };
    body: {
      /** The ID of the last event that is done, or the page's `nextCursor`. */
      cursor: string;
    };
    response: {
      name: string;
      /** Behind this event, or behind this time, it goes on. */
      position: string;
      createdAt: string;
      /** When it last acknowledged something. Null: not yet. */
      acknowledgedAt: string | null;
    };
  };
  /** List sources */
  "GET /v1/sources": {
    query?: {
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        kind: "twilio" | "unipile" | "sendpilot" | "apten" | "generic" | "imap";
        name: string;
        /** The address to give to the other side. It begins with HERALD_PUBLIC_URL; where that isn't set, with where Herald listens. */
        url: string;
        /** The same without scheme and host. */
        path: string;
        status: "active" | "disabled";
        createLeads: boolean;
        config: Record<string, unknown>;
        mapping: string | null;
        /** Until then the secret before the last rotation is good too. */
        previousSecretUntil: string | null;
        /** What became of requests so far. `replayed`: it had been here before, and is not kept twice. `stale`: signed more than five minutes ago, or ahead. `too_large`: more than 1 MiB. */
        requests: {
          accepted: number;
          replayed: number;
          unsigned: number;
          wrong_signature: number;
          stale: number;
          too_large: number;
          disabled: number;
        };
        /** When the last request came in that was kept. */
        lastReceivedAt: string | null;
        /** Of what came in: what waits, and what needs a look (`GET /v1/sources/{id}/received`). */
        backlog: {
          waiting: number;
          unknown: number;
          unmatched: number;
          failed: number;
        };
        createdAt: string;
        updatedAt: string;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Create a source */
  "POST /v1/sources": {
    body: {
      kind: "twilio" | "unipile" | "sendpilot" | "apten" | "generic";
      /** Default: the kind. */
      name?: string;
      /** `twilio`: the account's auth token; `sendpilot`: the secret of its webhook; both must be given. Default for the others: a new one. */
      secret?: string;
      /** Whether a message of somebody who is no lead makes one. Default true. Without it, such messages are kept as `unmatched`. New relations, reports and your own messages never make leads of somebody. */
      createLeads?: boolean;
      /** `unipile`: `headerName`, the header that carries the secret (default `Unipile-Auth`). `sendpilot`: `senders`, by SendPilot's IDs of senders those of Herald's senders that are the same LinkedIn accounts, so that what both tell counts once. Else empty. */
      config?: Record<string, unknown>;
      /** `generic` only: a JSONata expression over the body. It gives an object, a list of them, or nothing; docs/sources.md has their fields. */
      mapping?: string;
    };
    response: {
      id: string;
      kind: "twilio" | "unipile" | "sendpilot" | "apten" | "generic" | "imap";
      name: string;
      /** The address to give to the other side. It begins with HERALD_PUBLIC_URL; where that isn't set, with where Herald listens. */
      url: string;
      /** The same without scheme and host. */
      path: string;
      status: "active" | "disabled";
      createLeads: boolean;
      config: Record<string, unknown>;
      mapping: string | null;
      /** Until then the secret before the last rotation is good too. */
      previousSecretUntil: string | null;
      /** What became of requests so far. `replayed`: it had been here before, and is not kept twice. `stale`: signed more than five minutes ago, or ahead. `too_large`: more than 1 MiB. */
      requests: {
        accepted: number;
        replayed: number;
        unsigned: number;
        wrong_signature: number;
        stale: number;
        too_large: number;
        disabled: number;
      };
      /** When the last request came in that was kept. */
      lastReceivedAt: string | null;
      /** Of what came in: what waits, and what needs a look (`GET /v1/sources/{id}/received`). */
      backlog: {
        waiting: number;
        unknown: number;
        unmatched: number;
        failed: number;
      };
      createdAt: string;
      updatedAt: string;
      /** The secret that Herald made. Shown this once. Null: you gave one. */
      secret: string | null;
    };
  };
  /** Get a source */
  "GET /v1/sources/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      kind: "twilio" | "unipile" | "sendpilot" | "apten" | "generic" | "imap";
      name: string;
      /** The address to give to the other side. It begins with HERALD_PUBLIC_URL; where that isn't set, with where Herald listens. */
      url: string;
      /** The same without scheme and host. */
      path: string;
      status: "active" | "disabled";
      createLeads: boolean;
      config: Record<string, unknown>;
      mapping: string | null;
      /** Until then the secret before the last rotation is good too. */
      previousSecretUntil: string | null;
      /** What became of requests so far. `replayed`: it had been here before, and is not kept twice. `stale`: signed more than five minutes ago, or ahead. `too_large`: more than 1 MiB. */
      requests: {
        accepted: number;
        replayed: number;
        unsigned: number;
        wrong_signature: number;
        stale: number;
        too_large: number;
        disabled: number;
      };
      /** When the last request came in that was kept. */
      lastReceivedAt: string | null;
      /** Of what came in: what waits, and what needs a look (`GET /v1/sources/{id}/received`). */
      backlog: {
        waiting: number;
        unknown: number;
        unmatched: number;
        failed: number;
      };
      createdAt: string;
      updatedAt: string;
    };
  };
  /** Change a source */
  "PATCH /v1/sources/{id}": {
    params: {
      id: string;
    };
    body: {
      name?: string;
      status?: "active" | "disabled";
      /** Whether a message of somebody who is no lead makes one. Default true. Without it, such messages are kept as `unmatched`. New relations, reports and your own messages never make leads of somebody. */
      createLeads?: boolean;
      /** `unipile`: `headerName`, the header that carries the secret (default `Unipile-Auth`). `sendpilot`: `senders`, by SendPilot's IDs of senders those of Herald's senders that are the same LinkedIn accounts, so that what both tell counts once. Else empty. */
      config?: Record<string, unknown>;
      /** `generic` only: a JSONata expression over the body. It gives an object, a list of them, or nothing; docs/sources.md has their fields. */
      mapping?: string;
    };
    response: {
      id: string;
      kind: "twilio" | "unipile" | "sendpilot" | "apten" | "generic" | "imap";
      name: string;
      /** The address to give to the other side. It begins with HERALD_PUBLIC_URL; where that isn't set, with where Herald listens. */
      url: string;
      /** The same without scheme and host. */
      path: string;
      status: "active" | "disabled";
      createLeads: boolean;
      config: Record<string, unknown>;
      mapping: string | null;
      /** Until then the secret before the last rotation is good too. */
      previousSecretUntil: string | null;
      /** What became of requests so far. `replayed`: it had been here before, and is not kept twice. `stale`: signed more than five minutes ago, or ahead. `too_large`: more than 1 MiB. */
      requests: {
        accepted: number;
        replayed: number;
        unsigned: number;
        wrong_signature: number;
        stale: number;
        too_large: number;
        disabled: number;
      };
      /** When the last request came in that was kept. */
      lastReceivedAt: string | null;
      /** Of what came in: what waits, and what needs a look (`GET /v1/sources/{id}/received`). */
      backlog: {
        waiting: number;
        unknown: number;
        unmatched: number;
        failed: number;
      };
      createdAt: string;
      updatedAt: string;
    };
  };
  /** Delete a source */
  "DELETE /v1/sources/{id}": {
    params: {
      id: string;
    };
    response: null;
  };
  /** Rotate a source's secret */
  "POST /v1/sources/{id}/rotate-secret": {
    params: {
      id: string;
    };
    body: {
      /** Default: a new one, where Herald makes it (not `twilio`, `sendpilot`). */
      secret?: string;
    };
    response: {
      /** The secret that Herald made. Shown this once. Null: you gave one. */
      secret: string | null;
      previousSecretUntil: string;
    };
  };
  /** Renew a source's address */
  "POST /v1/sources/{id}/rotate-url": {
    params: {
      id: string;
    };
    response: {
      id: string;
      kind: "twilio" | "unipile" | "sendpilot" | "apten" | "generic" | "imap";
      name: string;
      /** The address to give to the other side. It begins with HERALD_PUBLIC_URL; where that isn't set, with where Herald listens. */
      url: string;
      /** The same without scheme and host. */
      path: string;
      status: "active" | "disabled";
      createLeads: boolean;
      config: Record<string, unknown>;
      mapping: string | null;
      /** Until then the secret before the last rotation is good too. */
      previousSecretUntil: string | null;
      /** What became of requests so far. `replayed`: it had been here before, and is not kept twice. `stale`: signed more than five minutes ago, or ahead. `too_large`: more than 1 MiB. */
      requests: {
        accepted: number;
        replayed: number;
        unsigned: number;
        wrong_signature: number;
        stale: number;
        too_large: number;
        disabled: number;
      };
      /** When the last request came in that was kept. */
      lastReceivedAt: string | null;
      /** Of what came in: what waits, and what needs a look (`GET /v1/sources/{id}/received`). */
      backlog: {
        waiting: number;
        unknown: number;
        unmatched: number;
        failed: number;
      };
      createdAt: string;
      updatedAt: string;
    };
  };
  /** List what a source received */
  "GET /v1/sources/{id}/received": {
    params: {
      id: string;
    };
    query?: {
      status?: "waiting" | "processed" | "unknown" | "unmatched" | "failed";
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 50. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        /** The sender's ID of the delivery, or made from what it says: the same again is not kept twice. */
        deliveryId: string;
        receivedAt: string;
        /** `unknown`: not understood by this version. `unmatched`: it concerns nobody who is known here. `failed`: given up after five tries. All of them can be processed again. */
        status: "waiting" | "processed" | "unknown" | "unmatched" | "failed";
        /** What it calls itself. */
        type: string | null;
        /** What came of it, or why not. */
        detail: string | null;
        attempts: number;
        /** While it waits: not before this. */
        dueAt: string | null;
        processedAt: string | null;
        leadId: string | null;
        messageId: string | null;
        contentType: string | null;
        /** As it came; what is no UTF-8, as base64. */
        body: string;
        bodyEncoding: "utf8" | "base64";
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Process again what a source received */
  "POST /v1/sources/{id}/reprocess": {
    params: {
      id: string;
    };
    body: {
      statuses?: ("unknown" | "unmatched" | "failed")[];
      /** Only these. */
      receivedIds?: string[];
    };
    response: {
      queued: number;
      /** At most 10,000 at a time: call again. */
      more: boolean;
    };
  };
  /** List suppressions */
  "GET /v1/suppressions": {
    query?: {
      /** Email address, phone number with its country code, or LinkedIn profile URL; in any usual spelling. */
      address?: string;
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        /** `all`: on every channel that uses this address; of kind `provider` or `do_not_contact`, on every channel of whoever has it. */
        channel: "linkedin" | "sms" | "email" | "all";
        /** Null once the person was erased: the refusal stays, the address doesn't. */
        address: string | null;
        /** keyword: STOP by SMS, which START takes back. unsubscribe: the link or button of an email. complaint: a feedback report. bounce, invalid: the address doesn't work. provider: the provider or another system says so. manual: by the API. do_not_contact: the whole person, see `POST /v1/leads/{id}/do-not-contact`. */
        kind: "keyword" | "unsubscribe" | "complaint" | "bounce" | "invalid" | "provider" | "manual" | "do_not_contact";
        reason: string;
        /** Who asked for it: the lead, a program (api), a person of yours (user), the provider, another system (external), or Herald. */
        source: "lead" | "api" | "user" | "provider" | "system" | "external";
        note: string | null;
        /** The API key's ID, or who else. */
        by: string | null;
        evidence: Record<string, string> | null;
        createdAt: string;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Suppress an address */
  "POST /v1/suppressions": {
    body: {
      channel?: "linkedin" | "sms" | "email" | "all";
      /** Email address, phone number with its country code, or LinkedIn profile URL; in any usual spelling. */
      address: string;
      reason?: string;
      /** Bounces and invalid addresses don't count for linked channels. */
      kind?: "manual" | "complaint" | "bounce" | "invalid" | "provider";
      /** For the record. */
      note?: string;
      /** The person of yours who enters it. Default: the API key, and `source` is then `api`. */
      by?: string;
      evidence?: Record<string, string>;
    };
    response: {
      channel: "linkedin" | "sms" | "email" | "all";
      address: string;
      /** False: it was suppressed already. */
      added: boolean;
    };
  };
  /** Lift a suppression */
  "DELETE /v1/suppressions": {
    query: {
      channel: "linkedin" | "sms" | "email" | "all";
      /** Email address, phone number with its country code, or LinkedIn profile URL; in any usual spelling. */
      address: string;
      /** Only this kind. Default: all that there are. */
      kind?: "keyword" | "unsubscribe" | "complaint" | "bounce" | "invalid" | "provider" | "manual" | "do_not_contact";
      reason: string;
      /** The person of yours who does it. */
      by?: string;
    };
    response: null;
  };
  /** List changes of consent */
  "GET /v1/consent-changes": {
    query?: {
      /** Email address, phone number with its country code, or LinkedIn profile URL; in any usual spelling. */
      address?: string;
      leadId?: string;
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        at: string;
        change: "opted_out" | "opted_in";
        channel: "linkedin" | "sms" | "email" | "all";
        address: string | null;
        leadId: string | null;
        kind: "keyword" | "unsubscribe" | "complaint" | "bounce" | "invalid" | "provider" | "manual" | "do_not_contact";
        reason: string;
        /** Who asked for it: the lead, a program (api), a person of yours (user), the provider, another system (external), or Herald. */
        source: "lead" | "api" | "user" | "provider" | "system" | "external";
        by: string | null;
        note: string | null;
        evidence: Record<string, string> | null;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Get the compliance check */
  "GET /v1/compliance-check": {
    query?: {
      /** `true`: where there is none the answer is 204, in place of 404. */
      ifAny?: "true" | "false";
    };
    response: {
      url: string;
      channels: ("linkedin" | "sms" | "email")[];
      onFailure: "block" | "send";
      deadlineMs: number;
      updatedAt: string;
    } | null;
  };
  /** Set the compliance check */
  "PUT /v1/compliance-check": {
    body: {
      url: string;
      /** On which it is asked. */
      channels: ("linkedin" | "sms" | "email")[];
      /** What happens where no answer comes in time, or one that can't be read: the message is blocked, or goes out. Say which; there is no default. */
      onFailure: "block" | "send";
      deadlineMs?: number;
    };
    response: {
      url: string;
      channels: ("linkedin" | "sms" | "email")[];
      onFailure: "block" | "send";
      deadlineMs: number;
      updatedAt: string;
      secret: string;
    };
  };
  /** Remove the compliance check */
  "DELETE /v1/compliance-check": {
    response: null;
  };
  /** Register people who are not to be contacted */
  "POST /v1/dnc": {
    body: {
      /** Phone numbers with their country code, email addresses, LinkedIn profile URLs. */
      addresses: string[];
      reason?: string;
    };
    response: {
      /** Of these, so many are new. */
      registered: number;
    };
  };
  /** Get the workspace */
  "GET /v1/workspace": {
    response: {
      id: string;
      name: string;
      timeZone: string;
      /** Campaigns send SMS only between these hours by the clock at the lead's place. */
      smsHours: {
        from: string;
        to: string;
      };
      /** Over all senders, in a day of the workspace's zone. */
      messagesPerDay: number | null;
      /** Between two campaign messages to the same lead, over all campaigns. */
      minTouchGapSeconds: number;
      /** What counts as STOP by SMS, and as the whole answer to an email, beside STOP, UNSUBSCRIBE, CANCEL and the like; in capitals. */
      optOutWords: string[];
      /** By channel: the others for which an opt-out from it counts as well. {"sms": ["email"]}: who opts out of SMS gets no email either. Counts at once, for opt-outs of the past, too; not for addresses that only don't work. */
      linkedChannels: {
        linkedin?: ("linkedin" | "sms" | "email")[];
        sms?: ("linkedin" | "sms" | "email")[];
        email?: ("linkedin" | "sms" | "email")[];
      };
      /** Whether what agents ask for by `POST /v1/approvals`, as the MCP server does, waits for a person. */
      agentsNeedApproval: boolean;
      /** An absence note lets a lead's sequences rest until the day of return that it names; so many days where it names none. 0: absence notes change nothing. */
      absencePauseDays: number;
      createdAt: string;
    };
  };
  /** Change the workspace's settings */
  "PATCH /v1/workspace": {
    body: {
      name?: string;
      timeZone?: string;
      smsHours?: {
        from: string;
        to: string;
      };
      messagesPerDay?: number | null;
      minTouchGapSeconds?: number;
      /** Whole messages, in any case. The standard words always count; those that mean START or HELP can't be among them. */
      optOutWords?: string[];
      /** In place of what is set. */
      linkedChannels?: {
        linkedin?: ("linkedin" | "sms" | "email")[];
        sms?: ("linkedin" | "sms" | "email")[];
        email?: ("linkedin" | "sms" | "email")[];
      };
      agentsNeedApproval?: boolean;
      /** Counts for notes that come from now on. */
      absencePauseDays?: number;
      override?: boolean;
      reason?: string;
    };
    response: {
      id: string;
      name: string;
      timeZone: string;
      /** Campaigns send SMS only between these hours by the clock at the lead's place. */
      smsHours: {
        from: string;
        to: string;
      };
      /** Over all senders, in a day of the workspace's zone. */
      messagesPerDay: number | null;
      /** Between two campaign messages to the same lead, over all campaigns. */
      minTouchGapSeconds: number;
      /** What counts as STOP by SMS, and as the whole answer to an email, beside STOP, UNSUBSCRIBE, CANCEL and the like; in capitals. */
      optOutWords: string[];
      /** By channel: the others for which an opt-out from it counts as well. {"sms": ["email"]}: who opts out of SMS gets no email either. Counts at once, for opt-outs of the past, too; not for addresses that only don't work. */
      linkedChannels: {
        linkedin?: ("linkedin" | "sms" | "email")[];
        sms?: ("linkedin" | "sms" | "email")[];
        email?: ("linkedin" | "sms" | "email")[];
      };
      /** Whether what agents ask for by `POST /v1/approvals`, as the MCP server does, waits for a person. */
      agentsNeedApproval: boolean;
      /** An absence note lets a lead's sequences rest until the day of return that it names; so many days where it names none. 0: absence notes change nothing. */
      absencePauseDays: number;
      createdAt: string;
    };
  };
  /** List changes of settings */
  "GET /v1/workspace/setting-changes": {
    query?: {
      /** How many at most: 1 to 200. */
      limit?: number;
    };
    response: {
      data: {
        at: string;
        setting: string;
        before: unknown;
        after: unknown;
        /** The ID of the API key or the person. */
        changedBy: string;
        reason: string | null;
      }[];
    };
  };
  /** List one's workspaces */
  "GET /v1/workspaces": {
    response: {
      data: {
        id: string;
        name: string;
        role: "viewer" | "member" | "admin" | "owner";
      }[];
    };
  };
  /** Create a workspace */
  "POST /v1/workspaces": {
    body: {
      name: string;
      timeZone?: string;
    };
    response: {
      id: string;
      name: string;
      role: "viewer" | "member" | "admin" | "owner";
    };
  };
  /** Leave a workspace */
  "POST /v1/workspaces/{id}/leave": {
    params: {
      id: string;
    };
    response: null;
  };
  /** Get the session */
  "GET /v1/session": {
    response: {
      /** Null: nobody is signed in. */
      user: {
        id: string;
        email: string;
        name: string;
        /** False: they came by the identity provider, and `PATCH /v1/session/user` takes a first password. */
        hasPassword: boolean;
      } | null;
      /** What became of the session whose cookie came with the call: `expired` by itself; `ended` by somebody (signed out there or everywhere, a new password, taken out of the last workspace), or over for more than a week: whoever shows its data forgets them. Null: it goes on, or none came. */
      sessionOver: ("expired" | "ended") | null;
      /** There is nobody who could sign in yet: `POST /v1/setup` makes the first owner. */
      setupNeeded: boolean;
      /** `POST /v1/setup` needs the code that `herald start` prints: the page isn't shown on Herald's own machine. */
      setupCodeNeeded: boolean;
      signIn: {
        password: true;
        oidc: {
          name: string;
          /** Where the browser has to go. */
          url: string;
        } | null;
      };
      /** Where calls go that name no workspace. Null: in none. */
      workspace: {
        id: string;
        name: string;
        timeZone: string;
        role: "viewer" | "member" | "admin" | "owner";
      } | null;
      /** All that they are in. */
      workspaces: {
        id: string;
        name: string;
        role: "viewer" | "member" | "admin" | "owner";
      }[];
      /** What they may do in `workspace`. */
      rights: (
        | "leads.read"
        | "leads.write"
        | "leads.export"
        | "leads.erase"
        | "views.write"
        | "campaigns.read"
        | "campaigns.write"
        | "campaigns.start"
        | "messages.read"
        | "messages.follow"
        | "messages.send"
        | "approvals.read"
        | "approvals.draft"
        | "approvals.ask"
        | "approvals.decide"
        | "snippets.write"
        | "conversations.write"
        | "assistant.read"
        | "assistant.write"
        | "assistant.configure"
        | "tasks.read"
        | "tasks.write"
        | "suppressions.read"
        | "suppressions.write"
        | "suppressions.lift"
        | "compliance.write"
        | "senders.read"
        | "senders.write"
        | "events.read"
        | "events.consume"
        | "events.replay"
        | "analytics.read"
        | "destinations.read"
        | "destinations.write"
        | "sources.read"
        | "sources.write"
        | "workspace.read"
        | "workspace.write"
        | "workspaces.create"
        | "members.read"
        | "members.write"
        | "owners.write"
        | "keys.read"
        | "keys.write"
        | "audit.read"
      )[];
      /** For the header `x-herald-csrf` of calls that change something. Stays the same for a session. */
      csrfToken: string | null;
    };
  };
  /** Sign in */
  "POST /v1/session": {
    body: {
      email: string;
      password: string;
    };
    response: {
      /** Null: nobody is signed in. */
      user: {
        id: string;
        email: string;
        name: string;
        /** False: they came by the identity provider, and `PATCH /v1/session/user` takes a first password. */
        hasPassword: boolean;
      } | null;
      /** What became of the session whose cookie came with the call: `expired` by itself; `ended` by somebody (signed out there or everywhere, a new password, taken out of the last workspace), or over for more than a week: whoever shows its data forgets them. Null: it goes on, or none came. */
      sessionOver: ("expired" | "ended") | null;
      /** There is nobody who could sign in yet: `POST /v1/setup` makes the first owner. */
      setupNeeded: boolean;
      /** `POST /v1/setup` needs the code that `herald start` prints: the page isn't shown on Herald's own machine. */
      setupCodeNeeded: boolean;
      signIn: {
        password: true;
        oidc: {
          name: string;
          /** Where the browser has to go. */
          url: string;
        } | null;
      };
      /** Where calls go that name no workspace. Null: in none. */
      workspace: {
        id: string;
        name: string;
        timeZone: string;
        role: "viewer" | "member" | "admin" | "owner";
      } | null;
      /** All that they are in. */
      workspaces: {
        id: string;
        name: string;
        role: "viewer" | "member" | "admin" | "owner";
      }[];
      /** What they may do in `workspace`. */
      rights: (
        | "leads.read"
        | "leads.write"
        | "leads.export"
        | "leads.erase"
        | "views.write"
        | "campaigns.read"
        | "campaigns.write"
        | "campaigns.start"
        | "messages.read"
        | "messages.follow"
        | "messages.send"
        | "approvals.read"
        | "approvals.draft"
        | "approvals.ask"
        | "approvals.decide"
        | "snippets.write"
        | "conversations.write"
        | "assistant.read"
        | "assistant.write"
        | "assistant.configure"
        | "tasks.read"
        | "tasks.write"
        | "suppressions.read"
        | "suppressions.write"
        | "suppressions.lift"
        | "compliance.write"
        | "senders.read"
        | "senders.write"
        | "events.read"
        | "events.consume"
        | "events.replay"
        | "analytics.read"
        | "destinations.read"
        | "destinations.write"
        | "sources.read"
        | "sources.write"
        | "workspace.read"
        | "workspace.write"
        | "workspaces.create"
        | "members.read"
        | "members.write"
        | "owners.write"
        | "keys.read"
        | "keys.write"
        | "audit.read"
      )[];
      /** For the header `x-herald-csrf` of calls that change something. Stays the same for a session. */
      csrfToken: string | null;
    };
  };
  /** Sign out */
  "DELETE /v1/session": {
    response: null;
  };
  /** Choose the session's workspace */
  "PUT /v1/session/workspace": {
    body: {
      workspaceId: string;
    };
    response: {
      /** Null: nobody is signed in. */
      user: {
        id: string;
        email: string;
        name: string;
        /** False: they came by the identity provider, and `PATCH /v1/session/user` takes a first password. */
        hasPassword: boolean;
      } | null;
      /** What became of the session whose cookie came with the call: `expired` by itself; `ended` by somebody (signed out there or everywhere, a new password, taken out of the last workspace), or over for more than a week: whoever shows its data forgets them. Null: it goes on, or none came. */
      sessionOver: ("expired" | "ended") | null;
      /** There is nobody who could sign in yet: `POST /v1/setup` makes the first owner. */
      setupNeeded: boolean;
      /** `POST /v1/setup` needs the code that `herald start` prints: the page isn't shown on Herald's own machine. */
      setupCodeNeeded: boolean;
      signIn: {
        password: true;
        oidc: {
          name: string;
          /** Where the browser has to go. */
          url: string;
        } | null;
      };
      /** Where calls go that name no workspace. Null: in none. */
      workspace: {
        id: string;
        name: string;
        timeZone: string;
        role: "viewer" | "member" | "admin" | "owner";
      } | null;
      /** All that they are in. */
      workspaces: {
        id: string;
        name: string;
        role: "viewer" | "member" | "admin" | "owner";
      }[];
      /** What they may do in `workspace`. */
      rights: (
        | "leads.read"
        | "leads.write"
        | "leads.export"
        | "leads.erase"
        | "views.write"
        | "campaigns.read"
        | "campaigns.write"
        | "campaigns.start"
        | "messages.read"
        | "messages.follow"
        | "messages.send"
        | "approvals.read"
        | "approvals.draft"
        | "approvals.ask"
        | "approvals.decide"
        | "snippets.write"
        | "conversations.write"
        | "assistant.read"
        | "assistant.write"
        | "assistant.configure"
        | "tasks.read"
        | "tasks.write"
        | "suppressions.read"
        | "suppressions.write"
        | "suppressions.lift"
        | "compliance.write"
        | "senders.read"
        | "senders.write"
        | "events.read"
        | "events.consume"
        | "events.replay"
        | "analytics.read"
        | "destinations.read"
        | "destinations.write"
        | "sources.read"
        | "sources.write"
        | "workspace.read"
        | "workspace.write"
        | "workspaces.create"
        | "members.read"
        | "members.write"
        | "owners.write"
        | "keys.read"
        | "keys.write"
        | "audit.read"
      )[];
      /** For the header `x-herald-csrf` of calls that change something. Stays the same for a session. */
      csrfToken: string | null;
    };
  };
  /** Change one's name or password */
  "PATCH /v1/session/user": {
    body: {
      name?: string;
      currentPassword?: string;
      /** At least 10 characters. */
      password?: string;
    };
    response: {
      /** Null: nobody is signed in. */
      user: {
        id: string;
        email: string;
        name: string;
        /** False: they came by the identity provider, and `PATCH /v1/session/user` takes a first password. */
        hasPassword: boolean;
      } | null;
      /** What became of the session whose cookie came with the call: `expired` by itself; `ended` by somebody (signed out there or everywhere, a new password, taken out of the last workspace), or over for more than a week: whoever shows its data forgets them. Null: it goes on, or none came. */
      sessionOver: ("expired" | "ended") | null;
      /** There is nobody who could sign in yet: `POST /v1/setup` makes the first owner. */
      setupNeeded: boolean;
      /** `POST /v1/setup` needs the code that `herald start` prints: the page isn't shown on Herald's own machine. */
      setupCodeNeeded: boolean;
      signIn: {
        password: true;
        oidc: {
          name: string;
          /** Where the browser has to go. */
          url: string;
        } | null;
      };
      /** Where calls go that name no workspace. Null: in none. */
      workspace: {
        id: string;
        name: string;
        timeZone: string;
        role: "viewer" | "member" | "admin" | "owner";
      } | null;
      /** All that they are in. */
      workspaces: {
        id: string;
        name: string;
        role: "viewer" | "member" | "admin" | "owner";
      }[];
      /** What they may do in `workspace`. */
      rights: (
        | "leads.read"
        | "leads.write"
        | "leads.export"
        | "leads.erase"
        | "views.write"
        | "campaigns.read"
        | "campaigns.write"
        | "campaigns.start"
        | "messages.read"
        | "messages.follow"
        | "messages.send"
        | "approvals.read"
        | "approvals.draft"
        | "approvals.ask"
        | "approvals.decide"
        | "snippets.write"
        | "conversations.write"
        | "assistant.read"
        | "assistant.write"
        | "assistant.configure"
        | "tasks.read"
        | "tasks.write"
        | "suppressions.read"
        | "suppressions.write"
        | "suppressions.lift"
        | "compliance.write"
        | "senders.read"
        | "senders.write"
        | "events.read"
        | "events.consume"
        | "events.replay"
        | "analytics.read"
        | "destinations.read"
        | "destinations.write"
        | "sources.read"
        | "sources.write"
        | "workspace.read"
        | "workspace.write"
        | "workspaces.create"
        | "members.read"
        | "members.write"
        | "owners.write"
        | "keys.read"
        | "keys.write"
        | "audit.read"
      )[];
      /** For the header `x-herald-csrf` of calls that change something. Stays the same for a session. */
      csrfToken: string | null;
    };
  };
  /** List one's sessions */
  "GET /v1/sessions": {
    response: {
      data: {
        id: string;
        /** The one of this call. */
        current: boolean;
        createdAt: string;
        /** To the minute. */
        seenAt: string;
        /** When it ends, unless it is used before. */
        expiresAt: string;
        ip: string | null;
        userAgent: string | null;
      }[];
    };
  };
  /** Sign out everywhere */
  "DELETE /v1/sessions": {
    response: {
      ended: number;
    };
  };
  /** End one of one's sessions */
  "DELETE /v1/sessions/{id}": {
    params: {
      id: string;
    };
    response: null;
  };
  /** Make several GET calls at once */
  "POST /v1/session/reads": {
    body: {
      calls: {
        path:
          | "/v1/analytics/deliveries"
          | "/v1/analytics/overview"
          | "/v1/analytics/timeseries"
          | "/v1/approvals/waiting"
          | "/v1/assistant/turns"
          | "/v1/campaigns"
          | "/v1/conversations/unread"
          | "/v1/destinations"
          | "/v1/leads"
          | "/v1/messages"
          | "/v1/senders"
          | "/v1/tasks";
        /** As in the address; without `format`, since answers are JSON here. */
        query?: Record<string, string>;
      }[];
    };
    response: {
      answers: {
        status: number;
        /** What the call answers, or its error. */
        body: unknown;
      }[];
    };
  };
  /** Make several GET calls at once, as a page begins to load */
  "GET /v1/session/reads": {
    query: {
      /** The calls as in the body of the POST, as JSON. */
      calls: string;
    };
    response: {
      workspaceId: string | null;
      answers: {
        status: number;
        /** What the call answers, or its error. */
        body: unknown;
      }[];
    };
  };
  /** Sign in by the identity provider */
  "GET /v1/session/oidc": {
    query?: {
      to?: string;
    };
    response: null;
  };
  /** End a sign-in by the identity provider */
  "GET /v1/session/oidc/callback": {
    response: null;
  };
  /** Create the first owner */
  "POST /v1/setup": {
    body: {
      email: string;
      name: string;
      /** At least 10 characters. */
      password: string;
      /** What the first workspace is called from now on. */
      workspaceName?: string;
      /** Of the first workspace, as `Europe/London`. */
      timeZone?: string;
      code?: string;
    };
    response: {
      /** Null: nobody is signed in. */
      user: {
        id: string;
        email: string;
        name: string;
        /** False: they came by the identity provider, and `PATCH /v1/session/user` takes a first password. */
        hasPassword: boolean;
      } | null;
      /** What became of the session whose cookie came with the call: `expired` by itself; `ended` by somebody (signed out there or everywhere, a new password, taken out of the last workspace), or over for more than a week: whoever shows its data forgets them. Null: it goes on, or none came. */
      sessionOver: ("expired" | "ended") | null;
      /** There is nobody who could sign in yet: `POST /v1/setup` makes the first owner. */
      setupNeeded: boolean;
      /** `POST /v1/setup` needs the code that `herald start` prints: the page isn't shown on Herald's own machine. */
      setupCodeNeeded: boolean;
      signIn: {
        password: true;
        oidc: {
          name: string;
          /** Where the browser has to go. */
          url: string;
        } | null;
      };
      /** Where calls go that name no workspace. Null: in none. */
      workspace: {
        id: string;
        name: string;
        timeZone: string;
        role: "viewer" | "member" | "admin" | "owner";
      } | null;
      /** All that they are in. */
      workspaces: {
        id: string;
        name: string;
        role: "viewer" | "member" | "admin" | "owner";
      }[];
      /** What they may do in `workspace`. */
      rights: (
        | "leads.read"
        | "leads.write"
        | "leads.export"
        | "leads.erase"
        | "views.write"
        | "campaigns.read"
        | "campaigns.write"
        | "campaigns.start"
        | "messages.read"
        | "messages.follow"
        | "messages.send"
        | "approvals.read"
        | "approvals.draft"
        | "approvals.ask"
        | "approvals.decide"
        | "snippets.write"
        | "conversations.write"
        | "assistant.read"
        | "assistant.write"
        | "assistant.configure"
        | "tasks.read"
        | "tasks.write"
        | "suppressions.read"
        | "suppressions.write"
        | "suppressions.lift"
        | "compliance.write"
        | "senders.read"
        | "senders.write"
        | "events.read"
        | "events.consume"
        | "events.replay"
        | "analytics.read"
        | "destinations.read"
        | "destinations.write"
        | "sources.read"
        | "sources.write"
        | "workspace.read"
        | "workspace.write"
        | "workspaces.create"
        | "members.read"
        | "members.write"
        | "owners.write"
        | "keys.read"
        | "keys.write"
        | "audit.read"
      )[];
      /** For the header `x-herald-csrf` of calls that change something. Stays the same for a session. */
      csrfToken: string | null;
    };
  };
  /** List members */
  "GET /v1/members": {
    response: {
      data: {
        userId: string;
        name: string;
        email: string;
        role: "viewer" | "member" | "admin" | "owner";
        /** Since when they are in this workspace. */
        createdAt: string;
        /** When they last used a session that isn't over, to the minute. */
        lastSeenAt: string | null;
      }[];
    };
  };
  /** Get a member */
  "GET /v1/members/{userId}": {
    params: {
      userId: string;
    };
    response: {
      userId: string;
      name: string;
      email: string;
      role: "viewer" | "member" | "admin" | "owner";
      /** Since when they are in this workspace. */
      createdAt: string;
      /** When they last used a session that isn't over, to the minute. */
      lastSeenAt: string | null;
    };
  };
  /** Change a member's role */
  "PATCH /v1/members/{userId}": {
    params: {
      userId: string;
    };
    body: {
      /** `viewer` looks, `member` works, `admin` sets up, `owner` decides on owners: docs/people.md has the rights. */
      role: "viewer" | "member" | "admin" | "owner";
    };
    response: {
      userId: string;
      name: string;
      email: string;
      role: "viewer" | "member" | "admin" | "owner";
      /** Since when they are in this workspace. */
      createdAt: string;
      /** When they last used a session that isn't over, to the minute. */
      lastSeenAt: string | null;
    };
  };
  /** Remove a member */
  "DELETE /v1/members/{userId}": {
    params: {
      userId: string;
    };
    response: null;
  };
  /** List invitations */
  "GET /v1/invitations": {
    response: {
      data: {
        id: string;
        email: string;
        role: "viewer" | "member" | "admin" | "owner";
        /** The ID of the person or the API key, or who ran the command. */
        invitedBy: string;
        createdAt: string;
        expiresAt: string;
      }[];
    };
  };
  /** Invite somebody */
  "POST /v1/invitations": {
    body: {
      email: string;
      /** `viewer` looks, `member` works, `admin` sets up, `owner` decides on owners: docs/people.md has the rights. */
      role: "viewer" | "member" | "admin" | "owner";
    };
    response: {
      id: string;
      email: string;
      role: "viewer" | "member" | "admin" | "owner";
      /** The ID of the person or the API key, or who ran the command. */
      invitedBy: string;
      createdAt: string;
      expiresAt: string;
      /** `/invitation#token=...`: the token stands behind the #, so that no log of a server or proxy has it. */
      url: string;
    };
  };
  /** Withdraw an invitation */
  "DELETE /v1/invitations/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      email: string;
      role: "viewer" | "member" | "admin" | "owner";
      /** The ID of the person or the API key, or who ran the command. */
      invitedBy: string;
      createdAt: string;
      expiresAt: string;
    };
  };
  /** Look an invitation up */
  "POST /v1/invitations/lookup": {
    body: {
      /** What stands behind `#token=` in the link. */
      token: string;
    };
    response: {
      email: string;
      role: "viewer" | "member" | "admin" | "owner";
      workspace: {
        id: string;
        name: string;
      };
      /** The name of the person; null: it was none. */
      invitedBy: string | null;
      expiresAt: string;
      /** The address can sign in already: accepting takes their session or their password, and no name. */
      hasAccount: boolean;
    };
  };
  /** Accept an invitation */
  "POST /v1/invitations/accept": {
    body: {
      /** What stands behind `#token=` in the link. */
      token: string;
      name?: string;
      /** At least 10 characters. */
      password?: string;
    };
    response: {
      /** Null: nobody is signed in. */
      user: {
        id: string;
        email: string;
        name: string;
        /** False: they came by the identity provider, and `PATCH /v1/session/user` takes a first password. */
        hasPassword: boolean;
      } | null;
      /** What became of the session whose cookie came with the call: `expired` by itself; `ended` by somebody (signed out there or everywhere, a new password, taken out of the last workspace), or over for more than a week: whoever shows its data forgets them. Null: it goes on, or none came. */
      sessionOver: ("expired" | "ended") | null;
      /** There is nobody who could sign in yet: `POST /v1/setup` makes the first owner. */
      setupNeeded: boolean;
      /** `POST /v1/setup` needs the code that `herald start` prints: the page isn't shown on Herald's own machine. */
      setupCodeNeeded: boolean;
      signIn: {
        password: true;
        oidc: {
          name: string;
          /** Where the browser has to go. */
          url: string;
        } | null;
      };
      /** Where calls go that name no workspace. Null: in none. */
      workspace: {
        id: string;
        name: string;
        timeZone: string;
        role: "viewer" | "member" | "admin" | "owner";
      } | null;
      /** All that they are in. */
      workspaces: {
        id: string;
        name: string;
        role: "viewer" | "member" | "admin" | "owner";
      }[];
      /** What they may do in `workspace`. */
      rights: (
        | "leads.read"
        | "leads.write"
        | "leads.export"
        | "leads.erase"
        | "views.write"
        | "campaigns.read"
        | "campaigns.write"
        | "campaigns.start"
        | "messages.read"
        | "messages.follow"
        | "messages.send"
        | "approvals.read"
        | "approvals.draft"
        | "approvals.ask"
        | "approvals.decide"
        | "snippets.write"
        | "conversations.write"
        | "assistant.read"
        | "assistant.write"
        | "assistant.configure"
        | "tasks.read"
        | "tasks.write"
        | "suppressions.read"
        | "suppressions.write"
        | "suppressions.lift"
        | "compliance.write"
        | "senders.read"
        | "senders.write"
        | "events.read"
        | "events.consume"
        | "events.replay"
        | "analytics.read"
        | "destinations.read"
        | "destinations.write"
        | "sources.read"
        | "sources.write"
        | "workspace.read"
        | "workspace.write"
        | "workspaces.create"
        | "members.read"
        | "members.write"
        | "owners.write"
        | "keys.read"
        | "keys.write"
        | "audit.read"
      )[];
      /** For the header `x-herald-csrf` of calls that change something. Stays the same for a session. */
      csrfToken: string | null;
    };
  };
  /** List API keys */
  "GET /v1/api-keys": {
    query?: {
      /** `nextCursor` of the previous page. */
      cursor?: string;
      /** How many at most: 1 to 100. */
      limit?: number;
    };
    response: {
      data: {
        id: string;
        name: string;
        /** The key's first characters, to tell keys apart. */
        prefix: string;
        scopes: ("read" | "write" | "send" | "admin")[];
        createdAt: string;
        /** To the minute. */
        lastUsedAt: string | null;
        revokedAt: string | null;
      }[];
      /** Give it as `cursor` for the next page. Null: the end. */
      nextCursor: string | null;
    };
  };
  /** Create an API key */
  "POST /v1/api-keys": {
    body: {
      name: string;
      /** `admin` includes all others, `send` includes `write` (prepare and change, but send nothing), `read` is on its own. docs/people.md has the rights of each. */
      scopes?: ("read" | "write" | "send" | "admin")[];
    };
    response: {
      id: string;
      name: string;
      /** The key's first characters, to tell keys apart. */
      prefix: string;
      scopes: ("read" | "write" | "send" | "admin")[];
      createdAt: string;
      /** To the minute. */
      lastUsedAt: string | null;
      revokedAt: string | null;
      /** Shown this once. */
      key: string;
    };
  };
  /** Revoke an API key */
  "DELETE /v1/api-keys/{id}": {
    params: {
      id: string;
    };
    response: {
      id: string;
      name: string;
      /** The key's first characters, to tell keys apart. */
      prefix: string;
      scopes: ("read" | "write" | "send" | "admin")[];
      createdAt: string;
      /** To the minute. */
      lastUsedAt: string | null;
      revokedAt: string | null;
    };
  };
  /** Create a lead as Apten does */
  "POST /apten/v1/leads/create": {
    body: {
      firstName: string;
      lastName: string;
      phone: string;
      customerProfile: string;
      timeZone?: string | null;
      email?: string | null;
      additionalInfo?: Record<string, string | number | boolean | null> | null;
    };
    response: {
      message: "Lead created successfully.";
      id: string;
    };
  };
  /** Update a lead as Apten does */
  "PATCH /apten/v1/leads/{id}": {
    params: {
      /** The lead's ID. */
      id: string;
    };
    body: {
      email?: string | null;
      timeZone?: string | null;
      additionalInfo?: Record<string, string | number | boolean | null> | null;
      /** By number, from "1" without gaps. `call` is refused: Herald makes no calls. */
      followUpConfig?: Record<
        string,
        {
          hours: number;
          channel: "text" | "email" | "call";
        }
      > | null;
      /** 1, 2, ...: this one comes next. -1: none comes any more. -2: long-term nurture. */
      followUpStep?: number | null;
    };
    response: {
      message: "Lead updated successfully.";
    };
  };
  /** Get a lead as Apten does */
  "GET /apten/v1/leads/{id}": {
    params: {
      /** The lead's ID. */
      id: string;
    };
    response: {
      id: string;
      firstName: string;
      lastName: string;
      /** E.164. Null: Herald's leads may have none. */
      phone: string | null;
      email: string | null;
      customerProfile: string | null;
      createdAt: string;
      /** Of the latest change to the lead, its messages or its consent. */
      updatedAt: string;
      /** Of the latest message, in either direction. */
      lastActivityAt: string | null;
      additionalInfo: Record<string, string>;
      hasReplied: boolean;
      isHot: boolean;
      isQualified: boolean;
      /** From SMS; from email where there is no phone number. */
      isUnsubscribed: boolean;
      isAiOn: boolean;
      tags: {
        /** Tags of Herald are known by their names: it is the same. */
        id: string;
        name: string;
        /** In plain English, of a tag that the assistant gives. */
        condition: string | null;
      }[];
      summary: string | null;
      externalLeadId: string | null;
      deleted: boolean;
      deletedAt: string | null;
    };
  };
  /** Replace a lead's tags as Apten does */
  "PUT /apten/v1/leads/{id}/tags": {
    params: {
      /** The lead's ID. */
      id: string;
    };
    body: {
      tagIds: string[];
    };
    response: {
      tags: {
        id: string;
        name: string;
      }[];
    };
  };
  /** Remove tags of a lead as Apten does */
  "POST /apten/v1/leads/{id}/tags/remove": {
    params: {
      /** The lead's ID. */
      id: string;
    };
    body: {
      tagIds: string[];
    };
    response: {
      tags: {
        id: string;
        name: string;
      }[];
    };
  };
  /** List leads as Apten does */
  "GET /apten/v1/leads": {
    query?: {
      updatedSince?: string;
      createdSince?: string;
      /** How many at most: 1 to 1000. */
      limit?: number;
      /** `nextCursor` of the previous page. */
      nextToken?: string;
    };
    response: {
      leads: {
        id: string;
        firstName: string;
        lastName: string;
        /** E.164. Null: Herald's leads may have none. */
        phone: string | null;
        email: string | null;
        customerProfile: string | null;
        createdAt: string;
        /** Of the latest change to the lead, its messages or its consent. */
        updatedAt: string;
        /** Of the latest message, in either direction. */
        lastActivityAt: string | null;
        additionalInfo: Record<string, string>;
        hasReplied: boolean;
        isHot: boolean;
        isQualified: boolean;
        /** From SMS; from email where there is no phone number. */
        isUnsubscribed: boolean;
        isAiOn: boolean;
        tags: {
          /** Tags of Herald are known by their names: it is the same. */
          id: string;
          name: string;
          /** In plain English, of a tag that the assistant gives. */
          condition: string | null;
        }[];
        summary: string | null;
        externalLeadId: string | null;
        deleted: boolean;
        deletedAt: string | null;
      }[];
      /** For the next page. Null: the end. */
      nextToken: string | null;
    };
  };
  /** Look a lead up by phone as Apten does */
  "GET /apten/v1/leads/lookup": {
    query: {
      /** With its country code, in any usual spelling. A `+` that wasn't encoded, and so arrived as a space, is put back. */
      phone: string;
    };
    response: {
      id: string;
      firstName: string;
      lastName: string;
      /** E.164. Null: Herald's leads may have none. */
      phone: string | null;
      email: string | null;
      customerProfile: string | null;
      createdAt: string;
      /** Of the latest change to the lead, its messages or its consent. */
      updatedAt: string;
      /** Of the latest message, in either direction. */
      lastActivityAt: string | null;
      additionalInfo: Record<string, string>;
      hasReplied: boolean;
      isHot: boolean;
      isQualified: boolean;
      /** From SMS; from email where there is no phone number. */
      isUnsubscribed: boolean;
      isAiOn: boolean;
      tags: {
        /** Tags of Herald are known by their names: it is the same. */
        id: string;
        name: string;
        /** In plain English, of a tag that the assistant gives. */
        condition: string | null;
      }[];
      summary: string | null;
      externalLeadId: string | null;
      deleted: boolean;
      deletedAt: string | null;
    };
  };
  /** Get a lead's messages as Apten does */
  "GET /apten/v1/leads/{id}/messages": {
    params: {
      /** The lead's ID. */
      id: string;
    };
    response: {
      messages: {
        content: {
          text: string;
        };
        createdAt: string;
        owner: "user" | "lead";
      }[];
    };
  };
  /** Send an SMS as Apten does */
  "POST /apten/v1/leads/{id}/sendMessage": {
    params: {
      /** The lead's ID. */
      id: string;
    };
    body: {
      message: string;
      /** Not before this, 366 days ahead at most. In the past: now. */
      scheduledTime?: string | null;
      /** Also where the assistant is off for the lead. */
      sendWhenOff?: boolean | null;
      scheduleFollowUps?: boolean | null;
      overrideBusinessHours?: boolean | null;
    };
    response: {
      message: "Message sent successfully.";
    };
  };
  /** List a lead's events as Apten does */
  "GET /apten/v1/leads/{id}/events": {
    params: {
      /** The lead's ID. */
      id: string;
    };
    query: {
      since: string;
      /** Separated by commas. Default: all. */
      types?: string | string[];
      /** How many at most: 1 to 1000. */
      limit?: number;
      /** `nextCursor` of the previous page. */
      nextToken?: string;
    };
    response: {
      events: {
        id: string;
        /** The lead's ID. */
        roomId: string;
        /** The workspace's ID. */
        orgId: string;
        type: "MESSAGE" | "EMAIL" | "CUSTOM" | "TOOL_CALL" | "COMPLIANCE_BLOCKED" | "CALL";
        timestamp: string;
        updatedAt: string;
        /** MESSAGE and EMAIL: direction, content {text, subject?}, isAiGenerated, deliveryChannel. CUSTOM: context. TOOL_CALL: tools [{name, input}], what the assistant did beside writing. COMPLIANCE_BLOCKED: channel, reason, source (`http`: the compliance check; `dnc`: not to be contacted; `opt_out`), triggeredBy. */
        data: Record<string, unknown>;
      }[];
      /** For the next page. Null: the end. */
      nextToken: string | null;
    };
  };
  /** Tell the assistant about a lead as Apten does */
  "POST /apten/v1/leads/{id}/addContext": {
    params: {
      /** The lead's ID. */
      id: string;
    };
    body: {
      context?: string | null;
      additionalInfo?: Record<string, string | number | boolean | null> | null;
      command?: string | null;
    };
    response: {
      message: "Success";
    };
  };
  /** Switch a lead's profile as Apten does */
  "POST /apten/v1/leads/{id}/switchCustomerProfile": {
    params: {
      /** The lead's ID. */
      id: string;
    };
    body: {
      profile: string;
      /** The assistant writes first. */
      sendMessage?: boolean | null;
      messageDelayHours?: number | null;
      messageDelayMins?: number | null;
      /** What was said is not told to the model any more. */
      clearMemory?: boolean | null;
    };
    response: {
      message: "Switched profile successfully.";
      sendMessage: boolean;
      messageDelayHours: number;
      messageDelayMins: number;
    };
  };
  /** Resubscribe a lead as Apten does */
  "POST /apten/v1/leads/{id}/resubscribe": {
    params: {
      /** The lead's ID. */
      id: string;
    };
    response: {
      message: "Lead resubscribed successfully.";
    };
  };
  /** Register a number not to contact as Apten does */
  "POST /apten/v1/dnc/register": {
    body: {
      phone: string;
    };
    response: {
      message: "Phone number successfully added to DNC list";
    };
  };
  /** Check the process */
  "GET /healthz": {
    response: {
      status: "ok";
    };
  };
  /** Check readiness */
  "GET /readyz": {
    response: {
      status: "ok";
    };
  };
  /** Import leads from a CSV file */
  "POST /v1/leads/import": {
    query?: {
      /** Every lead of the file, known ones too, enters it. Needs the right `campaigns.start`. */
      campaignId?: string;
      /** Country of phone numbers that are written without a country code: ISO 3166, such as US. */
      defaultCountry?: string;
      /** Every lead that is added gets this tag, beside those of its row; by it they are found again. */
      tag?: string;
    };
    body: string | Blob | ReadableStream;
    response: {
      /** By which `POST /v1/imports/csv/{id}/undo` takes it back. Null: no row could be read. */
      importId: string | null;
      /** Rows that are not blank: added, duplicate and rejected ones. */
      rows: number;
      added: number;
      duplicates: number;
      rejected: number;
      /** Rows that went in without a value that was wrong (a time zone). */
      warnings: number;
      /** Leads, new and known, that entered the campaign. */
      enrolled: number | null;
      /** Why rows were rejected: the first 1,000, with the row as it stands in the file. */
      errors: {
        line: number;
        field?: string;
        reason: string;
        raw: string;
      }[];
      /** The first 1,000, with the lead that has the address already. */
      duplicateRows: {
        line: number;
        leadId: string;
        field: "linkedinUrl" | "phone" | "email";
      }[];
      warningRows: {
        line: number;
        field: string;
        reason: string;
      }[];
    };
  };
}
