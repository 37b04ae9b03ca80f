import { useEffect, useRef } from "react";
import { client } from "../../api/client.ts";

/** Seconds that campaigns wait with the lead after the last letter; the tab may be closed, and nobody has to end it. */
const holdSeconds = 300;
/** Milliseconds between calls while somebody types. */
const renewMs = 30_000;

/** Tells Herald that somebody writes in a conversation, and that they don't any more. Only a courtesy: where it fails, one writes all the same. */
export function useWriting(conversationId: string): { hold: () => void; release: () => void } {
  const toldAt = useRef(0);
  /** One call after the other: an end must not overtake a beginning. */
  const calls = useRef(Promise.resolve());
  const params = { id: conversationId };
  const tell = (call: () => Promise<unknown>) => {
    calls.current = calls.current.then(() => call().then(undefined, () => undefined)).then(() => undefined);
  };
  const hold = () => {
    if (toldAt.current > 0 && Date.now() < toldAt.current + renewMs) return;
    toldAt.current = Date.now();
    tell(() => client.request("PUT /v1/conversations/{id}/writing", { params, body: { seconds: holdSeconds } }));
  };
  const release = () => {
    if (toldAt.current === 0) return;
    toldAt.current = 0;
    tell(() => client.request("DELETE /v1/conversations/{id}/writing", { params }));
  };
  const latest = useRef(release);
  latest.current = release;
  useEffect(() => () => latest.current(), []);
  return { hold, release };
}
