/** Who a lead is, beside its ID. */
export interface LeadSummary {
  firstName: string | null;
  lastName: string | null;
  company: string | null;
  title: string | null;
  email: string | null;
  phone: string | null;
  linkedinUrl: string | null;
}

/** Of the row `l` of a left join; null where there is none. */
export const leadSummary = `case when l.id is not null then json_build_object('firstName', l.first_name, 'lastName', l.last_name,
    'company', l.company, 'title', l.title, 'email', l.email, 'phone', l.phone, 'linkedinUrl', l.linkedin_url) end as lead`;
