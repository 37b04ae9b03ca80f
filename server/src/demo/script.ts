import type { Person } from "./people.ts";

/** What the demo sends: the campaign's templates, and what each person must receive of them, written out in plain code. */

export type Channel = "linkedin" | "sms" | "email";
export const channels: readonly Channel[] = ["linkedin", "sms", "email"];

export interface ExpectedMessage {
  channel: Channel;
  /** Slug, E.164 number or email address. */
  to: string;
  subject: string | null;
  text: string;
  /** Position in the campaign, or null for a message through the API. */
  step: number | null;
}

export const campaignName = "Spring outreach";

/** `offer` is a field that no lead has: its default stands in. */
export const steps = [
  {
    channel: "linkedin",
    delay: 0,
    text: 'Hi {{ firstName }}, I read what {{ company }} says about {{ topic }}. May I send you {{ offer | default: "an idea" }}?',
  },
  {
    channel: "sms",
    delay: "1s",
    text: "{{ firstName }}, a word on your {{ plan | upcase }} plan at {{ company }}: it could do more. Reply STOP to opt out.",
  },
  {
    channel: "email",
    delay: "1s",
    subject: "An idea for {{ company }}",
    text: 'Dear {{ firstName }},\n\nit is about {{ topic }}.\n\nShall we talk for {{ minutes | default: "ten" }} minutes?\nAda',
  },
] as const;

/** What a step must say to a person. */
function campaignMessages({ firstName, company, plan, topic, slug, phone, email }: Person): ExpectedMessage[] {
  return [
    {
      channel: "linkedin",
      to: slug,
      subject: null,
      text: `Hi ${firstName}, I read what ${company} says about ${topic}. May I send you an idea?`,
      step: 1,
    },
    {
      channel: "sms",
      to: phone,
      subject: null,
      text: `${firstName}, a word on your ${plan.toUpperCase()} plan at ${company}: it could do more. Reply STOP to opt out.`,
      step: 2,
    },
    {
      channel: "email",
      to: email,
      subject: `An idea for ${company}`,
      text: `Dear ${firstName},\n\nit is about ${topic}.\n\nShall we talk for ten minutes?\nAda`,
      step: 3,
    },
  ];
}

/** Messages through the API, while the campaign runs: four on LinkedIn, three by SMS, three by email. */
const directChannels: readonly Channel[] = [
  ...["linkedin", "sms", "email", "linkedin", "sms"],
  ...["email", "linkedin", "sms", "email", "linkedin"],
] as Channel[];

export function directMessages(people: readonly Person[]): ExpectedMessage[] {
  return directChannels.map((channel, index) => {
    const { firstName, slug, phone, email } = people[index * 5]!;
    const to = { linkedin: slug, sms: phone, email }[channel];
    const subject = channel === "email" ? `Your question, ${firstName}` : null;
    return { channel, to, subject, text: `${firstName}, this is answer ${index + 1} of ten 👋`, step: null };
  });
}

export function expectedMessages(people: readonly Person[]): ExpectedMessage[] {
  return [...people.flatMap(campaignMessages), ...directMessages(people)];
}
