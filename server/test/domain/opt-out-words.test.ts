import { expect, test } from "vitest";
import { isOptOutWord, keywordOf } from "../../src/domain/opt-out-words.ts";

test.each([
  ["STOP", "stop"],
  [" “Stop.” 🛑\n", "stop"],
  ["stop\u200b", "stop"],
  ["STOP \u26d4\ufe0f", "stop"],
  ["Cancel \u274c\ufe0f", "stop"],
  ["1\ufe0f\u20e3", null],
  ["ＳＴＯＰ", "stop"],
  ["stop-all", "stop"],
  ["Opt out", "stop"],
  ["OPT‑OUT", "stop"],
  // Letters that look like Latin ones: Cyrillic, Greek, small capitals, signs. None of them takes anything back.
  ["ѕtop", "stop"],
  ["ЅТОР!", "stop"],
  ["Stοp", "stop"],
  ["ᴜɴꜱᴜʙꜱᴄʀɪʙᴇ", "stop"],
  ["🆂🆃🅾🅿", "stop"],
  ["УЕЅ", null],
  ["стоп", null],
  ["сор", null],
  ["Yes!", "start"],
  ["info", "help"],
  ["Stop by tomorrow", null],
  ["Opt out of what?", null],
  ["Yes please", null],
  ["", null],
])("%j is %j", (text, keyword) => {
  expect(keywordOf(text)).toBe(keyword);
});

test("a workspace's own words count however they are written", () => {
  const own = ["ARRET", "NO-MAS", "Désabonner", "パス"];
  for (const text of ["arret", "Arrêt", "ARRE\u0302T.", "no-mas", "NO MÁS!", "desabonner"])
    expect(isOptOutWord(text, own), text).toBe(true);
  expect(isOptOutWord("АRRET", own)).toBe(true);
  // A mark that makes another letter.
  for (const text of ["arrete", "バス"]) expect(isOptOutWord(text, own), text).toBe(false);
});
