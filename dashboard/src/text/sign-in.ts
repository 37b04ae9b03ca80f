import { texts } from "./texts.ts";

/** Of the sign-in's form, on its page and over a page whose session has ended. */
export const signIn = texts({
  email: "Email",
  password: "Password",
  submit: "Sign in",
  or: "or",
  with: (provider: string) => `Sign in with ${provider}`,
  forgotten: "Forgotten your password? Whoever runs Herald sets a new one: herald users reset-password.",
  again: "Sign in again",
  ended: (name: string) =>
    `Your session has ended. The page is kept as you left it, with what you have typed, for ${name} only. What you did last may not be saved: do it once more.`,
  leave: "Leave this page, and what isn't saved",
});
