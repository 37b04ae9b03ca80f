import { useLiveQueries } from "../api/live-queries.ts";
import { useSignedIn } from "../api/session.ts";

/** Shows nothing: keeps what is shown current. */
export default function LiveUpdates() {
  useLiveQueries(useSignedIn().workspace.id);
  return null;
}
