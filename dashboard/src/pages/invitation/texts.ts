import { pageTitles } from "../../text/pages.ts";
import { texts } from "../../text/texts.ts";

export const t = texts({
  title: pageTitles.invitation,
  invited: (workspace: string, role: string) => `You are invited to ${workspace}, as ${role.toLowerCase()}.`,
  name: "Your name",
  password: "Password",
  newPasswordHint: "At least 10 characters",
  knownPasswordHint: "You have an account here: sign in with its password",
  accept: "Accept",
  noToken: "This address has no invitation in it. Open the link that you were sent, all of it.",
});
