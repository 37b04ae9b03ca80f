import { useRouter } from "@tanstack/react-router";
import { call } from "../api/query.ts";
import { useNewSession } from "../api/session.ts";
import { showFailure } from "./toast.tsx";
import { mayLeave } from "./unsaved.ts";

/** Ends this browser's session; the page's guard then decides where one is. */
export function useSignOut(): () => Promise<void> {
  const newSession = useNewSession();
  const router = useRouter();
  return async () => {
    if (!(await mayLeave())) return;
    try {
      await call("DELETE /v1/session", {});
    } catch (error) {
      showFailure(error as never);
      return;
    }
    await newSession();
    await router.invalidate();
  };
}
