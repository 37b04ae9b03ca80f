/** Events as handlers written for SendPilot take them: a destination with `format: "sendpilot"`. */

type Status =
  | "PENDING"
  | "CONNECTION_SENT"
  | "CONNECTION_ACCEPTED"
  | "MESSAGE_SENT"
  | "REPLY_RECEIVED"
  | "MEETING_BOOKED"
  | "OPPORTUNITY"
  | "NOT_INTERESTED"
  | "DONE";

interface About {
  leadId: string;
  campaignId: string | null;
  linkedinUrl: string | null;
}
interface Campaign {
  campaignId: string;
  campaignName: string;
}

export interface SendPilotDataByType {
  "message.sent": About & { senderId: string; message: string; sequenceStep?: number };
  "reply.received": About & { senderId: string; reply: string };
  "connection_request.sent": About & { senderId: string; note?: string };
  "connection_request.accepted": About & { senderId: string; acceptedAt: string };
  "lead.updated": About & { previousStatus: Status; newStatus: Status };
  "lead.tag.updated": About & { tags: string[]; added: string[]; removed: string[] };
  "campaign.started": Campaign & { totalLeads: number; startedAt: string };
  "campaign.paused": Campaign & { pausedAt: string; pausedBy: "api" | "user" | "system" };
  "campaign.resumed": Campaign & { resumedAt: string; resumedBy: "api" | "user" };
  "campaign.finished": Campaign & { totalLeads: number; finishedAt: string };
}

export type SendPilotEvent = {
  [T in keyof SendPilotDataByType]: {
    eventId: string;
    eventType: T;
    timestamp: string;
    workspaceId: string;
    data: SendPilotDataByType[T];
  };
}[keyof SendPilotDataByType];
