/**
 * What somebody wrote anew in an email: without the mail that it answers, and without the signature. It is for display; the
 * whole is kept. There is no standard for quoting, but few habits: marks (`>`), a line that says who wrote when ("On ... wrote:"),
 * or the old mail's header as Outlook writes it. Where it isn't sure, it leaves text in rather than out.
 */
export function replyText(text: string): string {
  const lines = text
    .replace(/\r\n?/g, "\n")
    .replace(/\u00a0/g, " ")
    .split("\n");
  const { start, end } = newPart(lines);
  return withoutSignature(lines.slice(start, end)).join("\n").trim();
}

/** A line that is longer is no line of those that are looked for. */
const longest = 400;

const eastern = (verb: string) =>
  new RegExp(
    `^(?=.*(?:\\d{4}\\s?[年년./-]|\\d{1,2}月))(?=.*(?:<[^<>]*@[^<>]*>|\\d{1,2}[:：时時시]\\s?\\d{2})).{1,300}${verb}\\s?[:：]$`,
  );

/** "On Mon, Jan 5, 2026 at 9:30 AM Ada <ada@example.com> wrote:", as clients write it in their languages. */
const attributions: readonly RegExp[] = [
  /^(?:On|At)\s.*\d.*\s(?:wrote|writes):$/i,
  /^.{1,200}\d.*<[^<>]*@[^<>]*>\s*(?:wrote)?:$/i,
  /^Am\s.*\d.*\sschrieb\b.*:$/i,
  /^.{1,200}\sschrieb am\s.*\d.*:$/i,
  /^Le\s.*\d.*\sa écrit\s?:$/i,
  /^El\s.*\d.*\sescribió\s?:$/i,
  /^Il\s.*\d.*\sha scritto\s?:$/i,
  /^Op\s.*\d.*\s(?:schreef|heeft)\b.*:$/i,
  /^Em\s.*\d.*\sescreveu\s?:$/i,
  /^(?:Den|På)\s.*\d.*\sskrev\b.*:$/i,
  // Horde.
  /^(?:Quoting|Zitat von|Citando)\s.{0,200}<[^<>\s]*@[^<>\s]*>:$/i,
  // Polish, Czech, Russian, Turkish, Finnish, Romanian, Hungarian: when, who, and the verb at the end.
  /^.{0,200}\d.*\s(?:napisał(?:\(a\)|a)?|napsal(?:\(a\)|a)?|написал(?:\(а\)|а)?|пишет|yazdı|kirjoitti|a scris|ezt írta)\s?:$/i,
  /^.{1,200}\sezt írta\s?\(.*\d.*\):$/i,
  // Chinese, Japanese, Korean (Gmail, Apple Mail, QQ, 163, Naver): a date, then an address or a time of day, and the verb at the end.
  eastern("(?:写道|寫道|来信|來信)"),
  eastern("(?:のメール|のメッセージ|(?:が|は|さんは)書きました|さんが書きました|wrote)"),
  eastern("(?:님이\\s?)?(?:작성|씀|쓴 글)"),
];
/** In whatever language: when, who with an address, and a colon at the end; for where marked lines stand below it. */
const anyAttribution = /^(?=.*\p{N}).{0,200}<[^<>\s]*@[^<>\s]*>.{0,60}[:：]\P{L}*$/u;

/** What may go on in the lines below. */
const attributionStart =
  /^(?:(?:On|At|Am|Le|El|Il|Op|Em|Den|På)\s|(?:在\s?)?\d{4}\s?[年년./-]|.{0,150}<[^<>]*@[^<>]*>\s?[于於])/;
const ended = /[:：]$/;

/** Outlook's, and those of forwards. */
const separator =
  /^[\s>]*-{2,}\s*(?:Original(?: Message|nachricht)|Urspr(?:ü|ue)ngliche (?:Nachricht|E?-?Mail)|Message d['’]origine|Message original|Mensaje original|Messaggio originale|Oorspronkelijk bericht|Forwarded message|Weitergeleitete Nachricht|Message transféré|Mensaje reenviado|Mensagem original|Oryginalna wiadomość|Ursprungligt meddelande|Oprindelig meddelelse|Opprinnelig melding|Původní zpráva|Исходное сообщение|原始邮件|邮件原件|原始郵件|转发的?邮件(?:信息)?|轉寄郵件|元のメッセージ|転送メッセージ|원본 ?(?:메시지|메일)|전달된 ?(?:메시지|메일))\s*-{2,}\s*$/i;

/** "---- On Mon, 05 Jan 2026 Ada <ada@example.com> wrote ----" of Zoho, "-----Ada <ada@example.com> wrote: -----" of Lotus Notes. */
const dashed = /^[\s>]*-{2,}\s*(?=.*(?:\d|\bwrote\b))[^-].{0,300}<[^<>\s]*@[^<>\s]*>.{0,60}-{2,}\s*$/;

/** The first line of an old mail's header, and what must follow it. */
const headerFrom =
  /^[\s*]*(?:From|Von|De|Da|Van|Från|Fra|Od|Lähettäjä|Feladó|Kimden|Gönderen|От|差出人|送信者|发件人|寄件者|寄件人|보낸 ?(?:사람|이))\s?[:：][\s*]*\S/i;
const headerNext =
  /^[\s*]*(?:Sent|Date|To|Subject|Gesendet|Datum|An|Betreff|Envoyé|Envoyé le|À|Objet|Enviado(?: el)?|Fecha|Para|Asunto|Inviato|Data|A|Oggetto|Verzonden|Aan|Onderwerp|Assunto|Skickat|Till|Ämne|Sendt|Til|Emne|Wysłano|Do|Temat|Odesláno|Komu|Předmět|Lähetetty|Vastaanottaja|Aihe|Elküldve|Címzett|Tárgy|Gönderildi|Tarih|Kime|Konu|Отправлено|Дата|Кому|Тема|送信日時|日付|日時|宛先|件名|发送时间|日期|收件人|抄送|主题|寄件日期|傳送日期|收件者|副本|主旨|보낸 ?(?:날짜|시간)|날짜|받는 ?(?:사람|이)|참조|제목)\s?[:：]/i;

function newPart(lines: readonly string[]): { start: number; end: number } {
  for (let at = 0; at < lines.length; at++) {
    const length = quoteBegins(lines, at);
    if (length === 0) continue;
    if (!empty(lines, 0, at)) {
      // Answers between the quoted lines stay with what they answer.
      const last = lastOwn(lines, at + length);
      return interleaved(lines, at + length, last) ? { start: 0, end: last + 1 } : { start: 0, end: at };
    }
    // The answer stands below: all behind the quoted lines.
    const first = lines.findIndex((line, n) => n >= at + length && !isQuoted(line) && line.trim() !== "");
    if (first === -1 || !lines.slice(at, first).some(isQuoted)) return { start: 0, end: at };
    const last = lastOwn(lines, first);
    return { start: first, end: last + 1 };
  }
  return { start: 0, end: lastOwn(lines, 0) + 1 };
}

/** How many lines the head of a quote has that begins here; 0: none does. */
function quoteBegins(lines: readonly string[], at: number): number {
  const line = lines[at]!;
  if (line.length > longest || line === "") return 0;
  if (separator.test(line) || dashed.test(line)) return 1;
  if (headerFrom.test(line)) {
    const next = lines.slice(at + 1, at + 6).filter((other) => other.length <= longest && headerNext.test(other));
    // A line above it, in place of a separator.
    if (next.length >= 2) return 1;
  }
  // GMX and Lotus Notes begin with another field.
  const below = lines[at + 1] ?? "";
  if (headerNext.test(line) && below.length <= longest && headerFrom.test(below)) {
    if (lines.slice(at + 2, at + 5).some((other) => other.length <= longest && headerNext.test(other))) return 1;
  }
  if (/^\s*_{20,}\s*$/.test(line)) {
    const next = lines.slice(at + 1, at + 4).findIndex((other) => other.length <= longest && headerFrom.test(other));
    return next === -1 ? 0 : next + 2;
  }
  const bare = line.replace(/^[\s>]+/, "");
  if (line !== bare && bare !== line.trimStart()) return 0;
  if (ended.test(bare.trimEnd()) && attributions.some((form) => form.test(bare.trimEnd()))) return 1;
  const unknown = unknownAttribution(lines, at);
  if (unknown > 0) return unknown;
  // Broken over up to four lines.
  if (!attributionStart.test(bare) || !/\d/.test(bare + (lines[at + 1] ?? ""))) return 0;
  let joined = bare.trim();
  for (let n = 1; n < 4; n++) {
    const next = lines[at + n]?.trim();
    if (!next || next.length > longest || isQuoted(next)) return 0;
    joined += ` ${next}`;
    if (joined.length > longest) return 0;
    if (ended.test(joined) && attributions.some((form) => form.test(joined))) return n + 1;
  }
  return 0;
}

/** Programs break no line that is shorter. */
const shortestBroken = 40;

/** How many lines it has, one or, broken, two; 0: none begins here. */
function unknownAttribution(lines: readonly string[], at: number): number {
  const [first, second] = [lines[at]!.trim(), lines[at + 1]?.trim() ?? ""];
  if (anyAttribution.test(first)) return quotedFrom(lines, at + 1) ? 1 : 0;
  // What stands above a whole one is the writer's own.
  const broken = first.length >= shortestBroken && second !== "" && second.length <= longest;
  if (!broken || anyAttribution.test(second) || !anyAttribution.test(`${first} ${second}`)) return 0;
  return quotedFrom(lines, at + 2) ? 2 : 0;
}

function quotedFrom(lines: readonly string[], at: number): boolean {
  const below = lines.slice(at, at + 3).find((line) => line.trim() !== "");
  return below !== undefined && isQuoted(below);
}

const isQuoted = (line: string) => /^\s*>/.test(line);

function empty(lines: readonly string[], from: number, to: number): boolean {
  for (let n = from; n < to; n++) if (lines[n]!.trim() !== "" && !isQuoted(lines[n]!)) return false;
  return true;
}

/** The last line that isn't quoted, nor empty. */
function lastOwn(lines: readonly string[], from: number): number {
  for (let n = lines.length - 1; n >= from; n--) if (lines[n]!.trim() !== "" && !isQuoted(lines[n]!)) return n;
  return from - 1;
}

/** Whether own lines stand below quoted ones, in a quote that is marked as one. */
function interleaved(lines: readonly string[], from: number, last: number): boolean {
  const first = lines.slice(from).find((line) => line.trim() !== "");
  if (first === undefined || !isQuoted(first)) return false;
  const own = lines.slice(from, last + 1).filter((line) => line.trim() !== "" && !isQuoted(line));
  return own.length > 0 && withoutSignature(own).length > 0;
}

/** What phones and mail programs put below a mail. */
const footer =
  /^(?:Sent (?:from|via|with|using) (?:my |Mail for |Zoho|Outlook|Yahoo|Proton|Superhuman|Spark|Gmail|BlackBerry|Samsung)|Get Outlook for |Von meinem .{1,40} gesendet|Gesendet (?:von|mit|aus) |Outlook für .{1,120} beziehen|Envoyé (?:de mon|depuis|à partir) |Obtenir Outlook pour |Télécharger Outlook|Enviado desde |Obtener Outlook para |Inviato da |Verstuurd vanaf |Diese Nachricht wurde von meinem |Enviado do meu |Skickat från |Sendt fra |Wysłan[eo] z |Odesláno z |Lähetetty .{0,20}(?:iPhone|Outlook)|Отправлено с |iPhoneから送信|发自我的)/i;

function withoutSignature(lines: readonly string[]): readonly string[] {
  const mark = lines.findIndex((line) => /^--[ \t]?$/.test(line));
  let end = mark === -1 ? lines.length : mark;
  for (;;) {
    while (end > 0 && lines[end - 1]!.trim() === "") end--;
    if (end > 0 && lines[end - 1]!.length <= 150 && footer.test(lines[end - 1]!.trim())) end--;
    else return lines.slice(0, end);
  }
}
