import { useEffect, useRef, useState } from "react";
import { client } from "../../api/client.ts";

/** Seconds that campaigns wait with the lead after the last call; the tab may be closed, and nobody has to end it. */
const holdSeconds = 300;
/** Milliseconds between calls while somebody types. */
const renewMs = 30_000;
/** Milliseconds between calls while what was written stands there, and somebody thinks. */
const thinkMs = 60_000;
/** Milliseconds after the last letter beyond which nobody thinks any more. */
const longestMs = 30 * 60_000;

/** One call after the other, over conversations, too: an end must not overtake the next beginning. */
let calls = Promise.resolve();

/**
 * Tells Herald that somebody writes in a conversation, from the first letter of `text` (or since it is there again) until it is
 * empty or out of sight. Only a courtesy: where it fails, one writes all the same. Whether it holds now, as Herald said.
 */
export function useWriting(conversationId: string, text: string): boolean {
  const [holds, setHolds] = useState(false);
  const toldAt = useRef(0);
  const typedAt = useRef(0);
  const params = { id: conversationId };
  const tell = (call: () => Promise<unknown>, after: boolean) => {
    calls = calls.then(() =>
      call().then(
        () => setHolds(after),
        () => setHolds(false),
      ),
    );
  };
  const hold = () => {
    if (toldAt.current > 0 && Date.now() < toldAt.current + renewMs) return;
    toldAt.current = Date.now();
    tell(() => client.request("PUT /v1/conversations/{id}/writing", { params, body: { seconds: holdSeconds } }), true);
  };
  const release = () => {
    if (toldAt.current === 0) return;
    toldAt.current = 0;
    tell(() => client.request("DELETE /v1/conversations/{id}/writing", { params }), false);
  };
  const look = () => {
    if (toldAt.current === 0) return;
    const thinks = document.visibilityState === "visible" && Date.now() < typedAt.current + longestMs;
    if (thinks) hold();
    else if (Date.now() >= toldAt.current + holdSeconds * 1_000) {
      toldAt.current = 0;
      setHolds(false);
    }
  };
  const latest = useRef({ hold, release, look });
  latest.current = { hold, release, look };
  useEffect(() => {
    typedAt.current = Date.now();
    if (text.trim()) latest.current.hold();
    else latest.current.release();
  }, [text]);
  useEffect(() => {
    const timer = setInterval(() => latest.current.look(), thinkMs);
    return () => {
      clearInterval(timer);
      latest.current.release();
    };
  }, []);
  return holds;
}
