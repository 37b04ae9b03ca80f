/**
 * Words by which people ask to be left alone, beside the keywords that carriers know (`opt-out-words.ts`): whole sentences, in
 * the languages that leads write most. It errs on the side of stopping: who is left alone by mistake can be written to again
 * when a person says so, and who is not can't be asked again.
 *
 * Texts are compared without case, accents and ornaments, so that patterns are plain.
 */

/** What somebody doesn't want: "no more texts". */
const news =
  "(?:messages?|texts?|texting|e-?mails?|mails?|calls?|calling|contact|sms|spam|communications?|updates?|newsletters?)";
const me = "(?:me|us|my|this number|here|again|any ?more)";

const patterns: readonly RegExp[] = [
  // English. "Don't call me before noon" is about the time.
  new RegExp(
    `\\b(?:do not|don'?t|dont|never|no longer|must not|can you not|please not)\\s+(?:you\\s+)?(?:ever\\s+|even\\s+)?(?:contact|call|phone|text|message|msg|dm|e-?mail|mail|write|bother|spam|harass|disturb|reach out|approach|ping)\\s+(?:to\\s+)?${me}\\b(?!\\s+(?:until|till|before|on|today|tomorrow|right now))`,
  ),
  /\b(?:stop|quit|cease|knock off|enough with)\s+(?:\w+ing\s+and\s+)?(?:all\s+)?(?:of\s+|with\s+)?(?:the\s+|your\s+|these\s+|this\s+)?(?:contact|call|phon|text|messag|email|e-mail|mail|writ|bother|spam|harass|send|reach|pester|ping|disturb)(?:ing|s|es|t?ing)?\b/,
  /\bstop (?:with )?(?:it|this|that|these|those|now|please|pls|already|immediately|right now)\b/,
  /^(?:ok |okay |no |hey |hi |please |just |pls |can you |could you |would you |will you )*stop\b[^a-z]*(?:please|pls|thanks|thank you|now|already)?[^a-z]*$/,
  // "Stop" at the end of a sentence that is about nothing else.
  /\b(?:told|asked|warned|begged) (?:you|u|ya|all of you|you (?:guys|all|people)) (?:\w+ )?to stop\b[^a-z?]*$/,
  /\b(?:you|u|guys) (?:really |just )?(?:need|have|ought|got|gotta|must|should)(?: really| just)?(?: to)? stop\b[^a-z?]*$/,
  /\b(?:i|we) (?:already |just )?(?:said|say) (?:to )?stop\b[^a-z?]*$/,
  /^.{0,80}[,.;:!] ?(?:just |please |pls )*stop\b[^a-z?]*(?:please|pls|now|already|thanks)?[^a-z?]*$/,
  /^(?:.{0,60}[,.;:!-] ?)?never again[^a-z?]*$/,
  /\bleave (?:me|us) (?:alone|be|in peace)\b/,
  /\b(?:remove|delete|erase|take|scrub|strike|cross)\s+(?:me|us|my\b[\w\s]{0,30}?|this number|our\b[\w\s]{0,30}?)\s*(?:off|from|out)\b/,
  /\b(?:remove|delete|erase|forget|lose)\s+(?:my|this|our)\s+(?:phone |mobile |cell )?(?:number|e-?mail|address|name|details|data|information|info|contact|profile|account|record)s?\b/,
  /\b(?:remove|delete|unsubscribe|unsub) me\b/,
  /\bunsubscribe\b(?! (?:rate|link|page|button|flow|form|header))/,
  /\bopt(?:ed|ing)?[- ]?(?:me |us )?out\b/,
  new RegExp(
    `\\b(?:do not|don'?t|dont|never|no longer) (?:want|wish|need|like|care)\\b(?: to (?:get|receive|have|see))?(?: any| more| further| these| your| this| anymore| such)*\\s+${news}\\b`,
  ),
  /\b(?:do not|don'?t|dont|never|no longer) (?:want|wish|like|care) to (?:hear|be contacted|be called|be texted|be messaged|talk to you|speak (?:to|with) you|receive|get (?:any|more|these|your))\b/,
  /\bdo(?:n'?t| not) want you to (?:contact|call|text|write|message|e-?mail)\b/,
  new RegExp(`\\bno (?:more|further) ${news}\\b`),
  /\b(?:cease and desist|do[- ]not[- ](?:call|contact)(?: list)?|dnc list|gdpr (?:erasure|deletion)|right to be forgotten)\b/,
  /\b(?:f\W{0,2}u?\W{0,2}c?\W{0,2}k|piss|bugger|sod|buzz|naff|eff) off\b|\bgo to hell\b|\bget lost\b|\bgo away\b/,
  /\bnot? (?:contact|call|text|message|e-?mail) (?:me|us)\b(?!\s+(?:until|till|before|on|today|tomorrow))/,
  /\b(?:withdraw|revoke) (?:my )?consent\b/,
  // German
  /\b(?:nicht|nie) (?:mehr|wieder|weiter) (?:an)?(?:kontaktier|schreib|ruf|meld|belastig|anschreib|anruf|stor|nerv)/,
  /\b(?:kontaktier|schreib|ruf|meld|belastig|stor|nerv|schick|send)\w*\s(?:sie |ihr |du |euch |dich |sich )?(?:mich|mir|uns)?\s*(?:bitte )?(?:nicht|nie|keine)\b(?:\s+(?:mehr|wieder|weiter|an\b)|\s+\w+\s+mehr|\W*$)/,
  /\b(?:hor|horen|hort)\w*\s(?:sie |ihr )?(?:bitte |endlich )?(?:damit )?auf\b/,
  /\b(?:lass|lasst|lassen)\w*\s(?:sie |ihr )?(?:mich|uns) (?:bitte |endlich )?in (?:ruhe|frieden)\b/,
  /\bkeine? (?:weiteren? |mehr )?(?:nachrichten?|sms|e-?mails?|mails?|anrufe?|werbung|kontakt\w*|post|newsletter)\b(?:\W+(?:mehr|bitte|erwunscht|von ihnen|wunsche|senden|schicken)|\W*$)/,
  /\b(?:abmelden|austragen|abbestell\w*|abmeldung)\b/,
  /\b(?:losch|entfern|streich)\w*\s(?:sie |mal )?(?:bitte )?(?:mich|meine?n?|meinen|uns|unsere)\b/,
  /\baus (?:ihrer|der|eurer|deiner|dem|ihrem|eurem) (?:liste|verteiler|datenbank|kartei|system)\b/,
  /\bwiderspr\w+\b.*\b(?:werbung|kontakt\w*|nutzung|verarbeitung|daten)\b/,
  // French
  /\bne (?:me |m'|nous |plus )+\s*(?:plus )?(?:contact|ecri|appel|derang|envo|harcel|recontact|telephon|sollicit)/,
  /\b(?:arret|cess)\w*\s(?:de |d')(?:me |m'|nous )?(?:contact|ecri|appel|derang|envo|harcel|sollicit|spam)/,
  /\b(?:laiss|fou(?:s|t)|fich)\w*[- ](?:moi|nous) (?:tranquilles?|en paix|la paix)\b/,
  /\bplus (?:de |aucun |d')(?:messages?|sms|mails?|e-?mails?|courriels?|appels?|contact)\b/,
  /\b(?:desabonn|desinscri)\w*/,
  /\b(?:supprim|retir|effac|enlev)\w*[- ](?:moi|mon|mes|ma|nos|notre)\b/,
  // Spanish
  /\bno (?:me|nos) (?:vuelv\w+ a |sigan? |siga )?(?:contact|escrib|llam|molest|envi|mand|moleste|busque)/,
  /\b(?:dej|par|basta)\w*\s(?:ya )?de (?:contactar|escribir|llamar|molestar|enviar|mandar|acosar|contact)/,
  /\bdej(?:e|a|en|ad)(?:me|nos) (?:en paz|tranquil)/,
  /\bno (?:quiero|deseo|queremos) (?:mas|recibir|que me|saber|volver)\b/,
  /\b(?:dar(?:me)?|denme|deme|dame) de baja\b|\b(?:me doy|quiero la) (?:de )?baja\b|\bcancelar (?:mi )?suscripcion\b/,
  /\b(?:elimin|borr|quit|saqu)\w*\s(?:mi|mis|nuestros?)\b|\bno mas (?:mensajes|correos|llamadas|sms)\b/,
  /\b(?:quiten|saquen|borren|eliminen)me\b/,
  // Italian
  /\bnon (?:mi |ci |voglio )?(?:contatt|scriv|chiam|disturb|mandat|inviat|cercat|essere contatt)\w*/,
  /\b(?:smett|finit)\w*\sdi (?:contattar|scriver|chiamar|disturbar|mandar|inviar)/,
  /\blasc\w+(?:mi|ci) (?:in pace|stare)\b|\bbasta (?:messaggi|mail|e-?mail|sms|chiamate|scrivermi|chiamarmi)\b/,
  /\b(?:cancell|rimuov|elimin)\w*\s(?:il mio|i miei|la mia|mi)\b|\b(?:cancellatemi|rimuovetemi|disiscriv\w*|toglietemi)\b/,
  /\bnon voglio (?:piu|ricevere|essere)\b/,
  // Dutch
  /\bniet (?:meer|langer) (?:te )?(?:contact|benader|bel|app|mail|bericht|sms|schrijv|stur|storen|lastig)/,
  /\b(?:neem|bel|mail|app|stuur|schrijf|benader)\b.{0,30}\b(?:niet|geen)\b.{0,20}\bmeer\b/,
  /\bstop met (?:mij|me|ons|mailen|bellen|berichten|appen|sturen|sms|contact)/,
  /\blaat (?:me|mij|ons) met rust\b|\bgeen (?:berichten|mails?|sms|contact|telefoontjes) meer\b/,
  /\b(?:uitschrijven|afmelden|schrijf me uit|meld me af)\b|\bverwijder (?:mij|me|mijn|ons)\b/,
  // Portuguese
  /\bnao (?:me |nos )?(?:contat|contact|escrev|lig(?:ue|a)|mand|envi|incomod|perturb|procur)\w*/,
  /\b(?:pare|parem|para) de (?:me |nos )?(?:enviar|mandar|ligar|escrever|contat|contact|incomodar|perturbar)/,
  /\bdeix\w+[- ]me em paz\b|\bme deixe em paz\b|\bnao quero (?:mais|receber|que me)\b|\b(?:descadastr|cancelar inscricao)\w*/,
  /\b(?:remov|apag|exclu|retir)\w*\s(?:o )?(?:meu|meus|minha|me)\b/,
  // Scandinavian languages
  /\b(?:sluta|slutt|hold op|stopp)\b.{0,12}\b(?:kontakt|skriv|ring|mess|skick|send|mail|a )/,
  /\bkontakta? (?:mig|meg|oss) (?:inte|ikke)\b|\b(?:ikke|inte) kontakta? (?:mig|meg)\b|\bring (?:mig|meg) (?:inte|ikke)\b/,
  /\b(?:lamna|lad|la) (?:mig|meg) (?:vaere |vare |i )?(?:ifred|fred)\b|\b(?:avregistrer\w*|avmeld\w*|afmeld\w*|avprenumerer\w*)\b|\bta bort (?:mig|mitt|mina)\b/,
  // Polish, Czech
  /\b(?:prosze )?nie (?:kontakt|dzwon|pisz|wysyl|nekaj|przesyl)\w*|\bprzestan\w*|\b(?:wypis|usun)\w*\s(?:mnie|moj\w*)\b|\bdaj\w* mi spokoj\b/,
  /\b(?:uz )?(?:me |mi |mne )?(?:uz )?ne(?:kontaktuj|volej|pis|posilej|obtezuj)\w*|\bodhlas\w* me\b|\bdejte mi pokoj\b/,
  // Turkish
  /\b(?:beni|bana|bizi) (?:bir daha |artik )?(?:arama|rahatsiz|yazma|mesaj)\w*|\bmesaj (?:atma|gonderme)\w*|\b(?:abonelik\w*|listeden) (?:iptal|cik)\w*|\biletisime gecme\w*/,
  // Russian, Ukrainian
  /(?:не|больше не|перестаньте|прекратите|хватит|не треба|не) ?(?:мне |меня |мені )?(?:пиш|писать|звон|беспоко|присыл|отправл|дзвон|турб|контакт)|отпиш|отстань|оставьте меня|удалите (?:мой|меня|мои)|видаліть|відпишіть/,
  // Chinese, Japanese, Korean
  /(?:不要|别|別|请勿|請勿|勿|停止)(?:再)?(?:给我|給我|跟我|和我)?(?:联系|聯繫|联络|聯絡|发|發|打|骚扰|騷擾|打扰|打擾|短信)|退订|退訂|取消订阅|取消訂閱|删除我的|刪除我的/,
  /(?:連絡|メール|メッセージ|電話|送信|配信)(?:は|を)?(?:もう)?(?:し|送ら|来)?(?:ないで|やめて|停止|不要|お断り)|送らないで|配信停止|登録解除|もう(?:連絡|送)/,
  /(?:연락|문자|메시지|메일|전화)(?:를|을)?\s?(?:하지|보내지)\s?마|수신\s?거부|그만\s?(?:보내|연락)/,
  // Arabic, Hebrew, Hindi
  /(?:لا|توقف عن|توقفوا عن|كف عن)\s?(?:ت?تواصل|تتصل|ت?راسل|ترسل|ال?تواصل|ال?اتصال|إرسال|ارسال|إزعاج|ازعاج)|إلغاء الاشتراك|الغاء الاشتراك|(?:احذف|أزل|ازل) (?:رقمي|اسمي|بياناتي)|اتركني/,
  /(?:אל|תפסיק\S*|די)\s?(?:ל)?(?:תתקשר|תשלח|תפנ|תכתב|התקשר|שלוח|פנות|כתוב)|הסר\S* אותי|תסיר\S* אותי|עזב\S* אותי/,
  /(?:संपर्क|मैसेज|संदेश|कॉल|फोन)\s?(?:मत|न|ना|नहीं)\s?(?:करें|करो|करना|भेजें|भेजो)|मत\s?(?:भेजो|भेजें|करो)|अनसब्सक्राइब/,
];

/** STOP in capitals among other words: what carriers obey alone, people write into sentences. */
const capitals = /(?:^|[^\p{L}\p{N}])(?:STOP|STOPALL|UNSUBSCRIBE|OPTOUT|ARRET|ARRÊT|BAJA|STOPP)(?:[^\p{L}\p{N}]|$)/u;

/** Longer texts are looked at to here: who writes more says it at the beginning or at the end. */
const lookedAt = 4_000;

/** The words by which a message asks not to be contacted any more; null: it doesn't, as far as these lists tell. */
export function refusalOf(text: string): string | null {
  const parts = text.length > 2 * lookedAt ? [text.slice(0, lookedAt), text.slice(-lookedAt)] : [text];
  for (const part of parts) {
    const shouted = part.length > 40 && part === part.toUpperCase();
    const loud = shouted ? null : capitals.exec(visible(part));
    if (loud) return loud[0].trim();
    const simple = plain(part);
    for (const pattern of patterns) {
      const found = pattern.exec(simple);
      if (found) return found[0].trim().slice(0, 200).toWellFormed();
    }
  }
  return null;
}

/** Without what can't be seen, and what looks like something else. */
function visible(text: string): string {
  return text.normalize("NFKC").replace(/[\p{Cf}\p{Mn}\u00ad]/gu, "");
}

function plain(text: string): string {
  return (
    text
      .normalize("NFKC")
      .toLowerCase()
      .replaceAll("ß", "ss")
      .replaceAll("ø", "o")
      .replaceAll("æ", "ae")
      .replaceAll("ł", "l")
      .replaceAll("ı", "i")
      .replace(/[\u2018\u2019\u02bc`´]/g, "'")
      .normalize("NFD")
      // Accents of Latin letters; other scripts keep their signs.
      .replace(/([a-z])\p{Mn}+/gu, "$1")
      .normalize("NFC")
      .replace(/[\p{Cf}\u00ad]/gu, "")
      .replace(/<[^<>]{1,80}>|[*_~|]+/g, " ")
      .replace(/\s+/g, " ")
      .trim()
  );
}
