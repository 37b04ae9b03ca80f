import { pageTitles } from "../../text/pages.ts";
import { texts } from "../../text/texts.ts";

export const t = texts({
  title: pageTitles.signIn,
  text: "to Herald",
  email: "Email",
  password: "Password",
  submit: "Sign in",
  or: "or",
  with: (provider: string) => `Sign in with ${provider}`,
  forgotten: "Forgotten your password? Whoever runs Herald sets a new one: herald users reset-password.",
});
