/** The LinkedIn behind a fake Unipile: who exists, and who is connected with whom. */

/**
 * How a person stands to the account: `first`: connected; `second`: not connected, so that messages are refused;
 * `open`: not connected, but takes messages (an open profile); `unknown`: there is no such profile.
 */
export type Relation = "first" | "second" | "open" | "unknown";

/** A member ID that says whose it is, so that a restarted server still knows the IDs it gave out. */
export const memberId = (slug: string): string => `ACoAA${Buffer.from(slug).toString("base64url")}`;

/** The profile slug behind a member ID or a slug; null for something that can be neither. */
export function slugOf(identifier: string): string | null {
  if (!identifier.startsWith("ACoAA")) return /^[\p{L}\p{N}_%-]{3,100}$/u.test(identifier) ? identifier : null;
  const slug = Buffer.from(identifier.slice(5), "base64url").toString();
  return memberId(slug) === identifier ? slug : null;
}

export interface Invitation {
  id: string;
  slug: string;
  note: string | null;
  at: string;
  accepted: boolean;
  /** ISO 8601; of the acceptance. */
  acceptedAt?: string;
}

export class People {
  /** Invitations of the account, in order. */
  readonly invitations: Invitation[] = [];
  readonly #relationOf: (slug: string) => Relation;

  constructor(relationOf: (slug: string) => Relation) {
    this.#relationOf = relationOf;
  }

  relation(slug: string): Relation {
    const accepted = this.invitations.some((invitation) => invitation.slug === slug && invitation.accepted);
    return accepted ? "first" : this.#relationOf(slug);
  }

  pending(slug: string): Invitation | undefined {
    return this.invitations.find((invitation) => invitation.slug === slug && !invitation.accepted);
  }

  /** The person accepts the account's invitation. */
  accept(slug: string): void {
    const invitation = this.pending(slug);
    if (!invitation) throw new Error(`${slug} has no invitation to accept`);
    invitation.accepted = true;
    invitation.acceptedAt = new Date().toISOString();
  }

  profile(slug: string): Record<string, unknown> {
    const first = this.relation(slug) === "first";
    return {
      object: "UserProfile",
      provider: "LINKEDIN",
      provider_id: memberId(slug),
      public_identifier: slug,
      first_name: slug,
      last_name: "",
      is_open_profile: this.relation(slug) === "open",
      is_relationship: first,
      network_distance: first ? "FIRST_DEGREE" : "SECOND_DEGREE",
      ...(this.pending(slug) && { invitation: { type: "SENT", status: "PENDING" } }),
    };
  }

  sent(): Record<string, unknown>[] {
    return this.invitations
      .filter((invitation) => !invitation.accepted)
      .map((invitation) => ({
        object: "InvitationSent",
        id: invitation.id,
        date: "Sent today",
        parsed_datetime: invitation.at,
        invitation_text: invitation.note,
        invited_user: invitation.slug,
        invited_user_id: memberId(invitation.slug),
        invited_user_public_id: invitation.slug,
        invited_user_description: null,
      }))
      .reverse();
  }

  relations(): Record<string, unknown>[] {
    return this.invitations
      .filter((invitation) => invitation.accepted)
      .toSorted((a, b) => (a.acceptedAt! < b.acceptedAt! ? -1 : 1))
      .map(({ slug, acceptedAt }) => ({
        object: "UserRelation",
        created_at: Date.parse(acceptedAt!),
        first_name: slug,
        last_name: "",
        member_id: memberId(slug),
        public_identifier: slug,
        public_profile_url: `https://www.linkedin.com/in/${slug}/`,
      }))
      .reverse();
  }
}
