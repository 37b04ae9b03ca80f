import { pageTitles } from "../../text/pages.ts";
import { texts } from "../../text/texts.ts";

export const t = texts({
  title: pageTitles.signIn,
  text: "to Herald",
  errors: {
    oidc_denied: "The identity provider didn't let you in, or you cancelled there. Try again, or ask who runs it.",
    oidc_unverified:
      "The identity provider doesn't say that your address is verified. Have it verified there, then sign in again.",
    oidc_not_invited:
      "Nobody with your address is invited here, or its account belongs to another sign-in. Ask an owner or admin for an invitation.",
    oidc_unavailable:
      "The identity provider can't be reached now. Try again in a moment; Herald's log says why it failed.",
    oidc_failed: "The sign-in took too long or wasn't completed in this browser. Try again; Herald's log says more.",
  },
});
