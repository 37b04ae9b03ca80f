import { refusalOf } from "./contact-refusal.ts";
import { keywordOf } from "./opt-out-words.ts";

/**
 * Text messages that a program answers: a phone whose owner drives, a number that nobody reads. Nothing marks them as such, so that only
 * words count that people don't write themselves, and none of them where a person may be among them: what asks for an end, but for
 * what tells the reader how ("Reply STOP to unsubscribe"), is a person's, whatever stands around it.
 */

/** A phone's answer to whoever writes while its owner drives. The whole message. */
const driving =
  /^(?:(?:i'm|i am) driving with (?:focus|the driving focus|(?:the )?do not disturb(?: while driving)?)(?: mode)? (?:turned )?on\b.*|(?:sorry,? )?(?:i'm|i am) (?:currently |busy )?driving(?: right now| at the moment| now)?(?:[.,!…-]+| and| so)? ?(?:(?:i'll|i will|will|i can't|can't|i cannot|cannot) (?:talk|text|reply|respond|get back|call|message|contact|answer|read|see|be)\b[^?]{0,90})?)$/;

/** An iPhone's second message then, and what a carrier answers for who has blocked paid messages. */
const silenced =
  /\b(?:i'm|i am) not receiving notifications\W+if this is urgent,? reply\W+urgent\b|^\W*free ?msg\W+unable to send message\b/;

/** Of itself: at the beginning of a sentence, which is no question. */
const saysSo =
  /^\W*(?:(?:this|it) is an? (?:auto|automated|automatic|auto-generated|automatically generated) ?-?(?:message|reply|response|text|answer|sms)\b|(?:auto|automated|automatic) ?-?(?:reply|response|message|answer|text)\b *(?:[:\]).-]|from\b|$)|automatische (?:antwort|nachricht)\b|(?:message|reponse) automatique\b|respuesta automatica\b|risposta automatica\b|resposta automatica\b|automatisch antwoord\b|autosvar\b|automatiskt svar\b|automatyczna odpowiedz\b|автоответ|автоматический ответ|自動返信|自动回复|자동 ?(?:응답|회신))/;

const line = "(?:number|phone|phone number|line|text line|mailbox|inbox|account|thread|service)";
const incoming = "(?:incoming |inbound |any |text |sms )*(?:texts?|messages?|sms|replies|responses)";
/** A number that nobody reads. */
const unread = new RegExp(
  `^\\W*(?:(?:sorry|please note|note|unfortunately|hello|hi)[,:]? (?:that )?)?(?:(?:(?:this|the) ${line}|(?:replies|messages|texts|responses)(?: (?:sent )?to this ${line})?)(?: is| are|'s)? ?(?:not|n't|isn't|aren't|no longer|un-?)[ -]?(?:being |actively |currently |regularly )*(?:monitored|attended|read|staffed|checked)|(?:this|the) ${line} (?:does not|doesn't|cannot|can't|is not able to|is unable to|is not set up to) (?:accept|receive|take|process|respond to|reply to) ${incoming})\\b`,
);

/** Tells the reader how to have no more of these messages, or what they cost: at the end of what programs send. */
const opening = "^\\W*(?:(?:please|pls|or|and|msg&data rates may apply)\\W+)*";
const words = "(?:stop|stop ?all|end|quit|unsubscribe|cancel|opt-? ?out|remove|arret|alto|baja)";
const instruction = new RegExp(
  `${opening}(?:to (?:opt-? ?out|unsubscribe|stop|cancel|end|quit|be removed|no longer receive)\\b.{0,60}?\\W+)?(?:please |just |simply )*(?:reply|text|txt|send|respond|answer|type)\\b(?: back| with| the word)* ["'“‘«]?${words}\\b|${opening}["'“‘]?stop["'”’]? ?(?:to|2|=) ?(?:opt|end|unsub|cancel|quit|stop)`,
);

const longest = 1_600;

/** Whether a text message is a program's answer; false where a person may have written any of it. */
export function isAutomaticText(text: string): boolean {
  if (text.length > longest) return false;
  const whole = plain(text).replaceAll(/\s+/g, " ");
  const sentences = plain(text).match(/[^.!?;\n]+[.!?;\n]*/g) ?? [];
  const isProgram =
    driving.test(whole.replace(/[\s.!…]+$/, "")) ||
    silenced.test(whole) ||
    sentences.some((sentence) => !sentence.includes("?") && (saysSo.test(sentence) || unread.test(sentence)));
  if (!isProgram) return false;
  // Of what is left each part by itself, too: a keyword on a line of its own is one.
  const own = (text.match(/[^.!?;\n]+[.!?;\n]*/g) ?? []).filter((sentence) => !instruction.test(plain(sentence)));
  return own.every((sentence) => keywordOf(sentence) !== "stop") && refusalOf(own.join("")) === null;
}

/** In lower case, without accents of Latin letters, with plain apostrophes. */
const plain = (text: string) =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\u2018\u2019\u02bc`´]/g, "'")
    .normalize("NFD")
    .replace(/([a-z])\p{Mn}+/gu, "$1")
    .normalize("NFC")
    .replace(/[\p{Cf}\u00ad]/gu, "");
