import { pageTitles } from "../../text/pages.ts";
import { texts } from "../../text/texts.ts";

export const t = texts({
  title: pageTitles.setup,
  text: "You are the first here, and become the owner: who may do everything and invites the others.",
  name: "Your name",
  email: "Email",
  password: "Password",
  passwordHint: "At least 10 characters",
  workspace: "Workspace",
  workspaceHint: "Usually the company's name; it can be changed",
  code: "Set-up code",
  codeHint: "Printed where Herald was started: it shows that this Herald is yours",
  submit: "Create the owner",
});
