import { pageTitles } from "../../text/pages.ts";
import { texts } from "../../text/texts.ts";

export const t = texts({
  title: pageTitles.invitation,
  invited: (workspace: string, role: string) => `You are invited to ${workspace}, as ${role.toLowerCase()}.`,
  name: "Your name",
  password: "Password",
  newPasswordHint: "At least 10 characters",
  knownPasswordHint: "You have an account here: sign in with its password",
  email: "Email",
  or: "or",
  with: (provider: string) => `Go on with ${provider}`,
  signedInAs: (email: string) => `You are signed in as ${email}.`,
  otherPerson: (email: string, other: string) =>
    `You are signed in as ${other}, and the invitation is for ${email}. Accepting it signs you in as that person.`,
  accept: "Accept",
  noToken: "This address has no invitation in it. Open the link that you were sent, all of it.",
});
