import { undisguised } from "./readable.ts";

/**
 * What gives instructions away in whatever language they are said: that the answer speaks of having some, and what doesn't
 * change when it is translated (names, figures, terms in quotation marks). It finds no translation as such: a sentence without
 * a name or a figure, told as a fact in another language, passes.
 */
const patterns: readonly RegExp[] = [
  // English
  /\bsystem (?:prompt|instructions?)\b|\bmy system message\b|\b(?:initial|hidden|secret|internal|original) (?:prompt|instructions|guidelines)\b/i,
  /\bmy (?:\w+ )?(?:instructions|prompt|directives|programming|guidelines)\b/i,
  /\b(?:i|i'm|i am|i was|i've been|i have been) (?:strictly |explicitly |specifically )?(?:(?:told|asked) (?:never|not)|instructed|programmed|prompted|configured) (?:never |not )?to\b/i,
  /\bi(?: am|'m) (?:strictly )?(?:not (?:allowed|permitted|supposed)|forbidden|prohibited) (?:to|from) (?:say|tell|mention|reveal|disclose|talk|discuss|repeat)/i,
  /(?<!\b(?:i|we) (?:would |could )?)\b(?:never|do not|don't|must not) (?:say|mention|reveal|disclose)\b(?! never)/i,
  /\bi(?:'ve| have| had)? (?:have |got |received |been given |was given |under )?(?:strict |clear )?(?:instructions|orders) (?:not |never )?to\b|(?:^|[.,;] )as (?:i was )?instructed,|\b(?:the rules (?:that |which )?i (?:follow|have)|my task is to|the prompt (?:i|that i))\b/i,
  // German
  /\bsystem-?(?:prompt|anweisung\w*|nachricht)\b|\b(?:meine[rn]?|interne[rn]?|geheime[rn]?) (?:anweisung|instruktion|vorgabe|richtlinie)\w*|\bmein(?:em|en)? prompt\b/i,
  /\b(?:ich (?:wurde|bin) (?:angewiesen|instruiert|programmiert)|ich habe (?:die |den |eine |klare |strikte )*(?:anweisung|instruktion|vorgabe)\w*|ich habe den auftrag|mir wurde (?:gesagt,? (?:dass )?ich|aufgetragen|verboten)|man hat mir (?:\S+ ){0,3}(?:aufgetragen|verboten|untersagt)|meine aufgabe ist|ich (?:soll|darf) (?:\S+ ){0,5}(?:nicht|nie|niemals) (?:\S+ ){0,5}(?:sagen|erwähnen|verraten|nennen|erzählen|preisgeben))/i,
  /\b(?:sage?|erwähne|verrate|erzähle?|nenne)n?(?: \S+){0,2} (?:nie|niemals|nicht)\b(?! (?:genau|sicher))/i,
  // French
  /\b(?:mes|les) (?:instructions|consignes|directives) (?:internes|système|secrètes)|\b(?:mes|ma) (?:instructions?|consignes?|directives?)\b|\b(?:prompt|message|invite|instruction) système\b/i,
  /\bon m'a (?:(?:dit|demandé) de ne|ordonné|interdit|donné (?:l'ordre|pour (?:consigne|instruction)))|\bj'ai (?:pour (?:consigne|instruction)|été programmée?|reçu (?:l'ordre|la consigne|l'instruction|des instructions|pour))|\bje suis programmée?|\bje (?:ne )?dois (?:pas|jamais) (?:dire|mentionner|révéler|parler|divulguer)|\bje (?:ne )?peux (?:pas|jamais) (?:révéler|divulguer|mentionner)/i,
  /\bne (?:jamais|pas) (?:dire|mentionner|révéler|divulguer)\b|\bne (?:dis|dites|mentionnez|mentionne|révèle|révélez) (?:jamais|pas|à personne)/i,
  // Spanish
  /\bmis (?:instrucciones|directrices|indicaciones)\b|\b(?:prompt|mensaje|instrucciones) (?:de|del) sistema\b|\b(?:instrucciones|reglas) (?:internas|secretas|ocultas)\b/i,
  /\b(?:me (?:han )?(?:(?:dijeron|dicho|indicado|indicaron) que (?:no|nunca)|ordenado|ordenaron|prohibido|prohibieron|instruido)|(?:he sido|fui|estoy) (?:instruid|programad)[oa])\b|\b(?:tengo|he recibido|recibí) (?:las |la )?(?:instrucciones|instrucción|órdenes|orden) de\b|\bno (?:debo|tengo permitido) (?:decir|mencionar|revelar|divulgar)|\bno puedo (?:mencionar|revelar|divulgar)/i,
  /\bnunca (?:digas?|menciones?|reveles?|decir|mencionar|revelar)\b|\bno (?:digas|menciones|reveles)\b/i,
  // Italian, Portuguese
  /\b(?:le mie|mie) (?:istruzioni|direttive)\b|\b(?:prompt|messaggio|istruzioni) di sistema\b|\b(?:mi (?:è stato|hanno) (?:(?:detto|chiesto) di non|ordinato|vietato))\b|\b(?:ho|avevo) (?:ricevuto |avuto )?(?:istruzioni|ordini|l'ordine|l'istruzione) di\b|\bnon (?:devo (?:dire|menzionare|rivelare)|posso (?:menzionare|rivelare))\b|\b(?:mai|non) (?:dire|menzionare|rivelare)\b|\bsono stat[oa] (?:istruit|programmat)/i,
  /(?<!\p{L})(?:as minhas|minhas) (?:instruções|diretrizes)(?!\p{L})|\b(?:prompt|mensagem|instruções) (?:do|de) sistema\b|\b(?:me disseram para não|fui (?:instruíd|programad)[oa]|disseram-me para não|mandaram-me|me proibiram)|\b(?:tenho|recebi) (?:instruções|ordens|a instrução)|(?<!\p{L})não (?:devo (?:dizer|mencionar|revelar|divulgar)|posso (?:mencionar|revelar|divulgar))|\bnunca (?:diga|mencione|revele|dizer|mencionar|revelar)\b/iu,
  // Dutch, Swedish, Danish, Norwegian
  /\b(?:mijn (?:instructies?|richtlijnen|opdracht)|systeem-?(?:prompt|bericht|instructies?)|mij is (?:(?:gezegd|verteld) (?:\S+ ){0,4}niet|opgedragen|verboden)|ik heb (?:de |als )?(?:opdracht|instructies?) (?:gekregen|om|van)|ik (?:ben|werd) (?:geïnstrueerd|geprogrammeerd)|ik mag (?:\S+ ){0,4}niet (?:\S+ ){0,3}(?:zeggen|noemen|vermelden|onthullen)|(?:zeg|vertel|noem|vermeld|onthul) (?:\S+ ){0,2}(?:nooit|niet))\b/i,
  /(?<!\p{L})(?:min[ae]? (?:instruktion|instruks|anvisning|retningslinj|riktlinj)\p{L}*|system(?:prompt|meddelande|instru[kx])\p{L}*|(?:fått|fået) (?:i uppdrag|instru[kx]\p{L}*|besked på|beskjed om|ordre)|(?:jag|jeg) har (?:fått )?instru[kx]\p{L}*|jag (?:har blivit|blev|är) (?:instruerad|tillsagd|programmerad)|jeg (?:er|ble|blev) (?:blevet |blitt )?(?:instrueret|instruert|programmeret|programmert)|(?:jag|jeg) (?:får|må) (?:inte|ikke) (?:säga|nämna|avslöja|sige|nævne|afsløre|si|nevne|avsløre)|(?:säg|nämn|avslöja|sig|nævn|nevn) (?:aldrig|aldri))(?!\p{L})/iu,
  // Polish, Czech, Turkish
  /(?<!\p{L})(?:(?:moje|moich|moimi|moich) (?:instrukcj|wytyczn|polece)\p{L}*|(?:prompt|komunikat|instrukcj)\p{L}* systemow\p{L}*|(?:mam|otrzymał\p{L}*|dostał\p{L}*) (?:polecenie|instrukcj\p{L}*|nakaz)|(?:kazano|polecono|zabroniono) mi|powiedziano mi,? (?:że|żeby|abym) (?:\p{L}+ )?nie|nie (?:wolno|mogę) mi? ?(?:\p{L}+ )?(?:mówić|wspominać|ujawni\p{L}*|zdradz\p{L}*)|nigdy nie (?:mów|wspominaj|ujawniaj|zdradzaj))/iu,
  /(?<!\p{L})(?:(?:moje|mých|mými|mé) (?:instrukc|pokyn)\p{L}*|systémov\p{L}* (?:prompt|pokyn|zpráv|instrukc)\p{L}*|(?:mám|dostal\p{L}*) (?:pokyn|instrukc|příkaz)\p{L}*|bylo mi (?:řečeno,? abych|nařízeno|zakázáno)|nesmím (?:\p{L}+ ){0,2}(?:říkat|říct|zmiňovat|zmínit|prozradit)|nikdy (?:neříkej|nezmiňuj|neprozra)\p{L}*)/iu,
  /(?<!\p{L})(?:talimatlarım\p{L}*|yönergelerim\p{L}*|sistem (?:istemi|mesajı|talimat|komut|promptu?)\p{L}*|bana (?:\p{L}+ ){0,4}(?:söylendi|talimat verildi|emredildi)|programlandım|\p{L}+m[ae]m (?:istendi|söylendi|emredildi)|(?:asla|kimseye) (?:\p{L}+ ){0,2}(?:söyleme|bahsetme|açıklama)\p{L}*)/iu,
  // Russian, Ukrainian
  /(?<!\p{L})(?:мо(?:и|их|им|ими|ї|їх|їм) (?:инструкци|указани|інструкці|вказівк)\p{L}*|системн\p{L}* (?:промпт|сообщени|инструкци|запит|промт|інструкці|повідомленн)\p{L}*|мне (?:было )?(?:(?:сказано|сказали) не|велено|велели|поручено|запрещено|нельзя (?:говорить|упоминать|раскрывать))|мені (?:наказано|сказано|заборонено|доручено)|никогда не (?:говори|упоминай|раскрывай)\p{L}*|ніколи не (?:кажи|згадуй|розкривай)\p{L}*|(?:мне (?:дали|дана|даны)|у меня есть|я получил\p{L}*) (?:инструкци|указани|приказ)\p{L}*|мені (?:дали|дано) (?:інструкці|вказівк)\p{L}*|я запрограммирован)/iu,
  // Chinese, Japanese, Korean
  /我的(?:系统)?(?:指令|指示|提示词|提示詞|系統)|系[统統]提示|我(?:收到|得到|接到)的?(?:了)?(?:指示|指令|命令)|我被(?:告知(?:不|[绝絕]|要)|指示|要求|禁止|設定|设定)|不(?:能|要|得|可以|允许|允許)(?:说出|說出|透露|提及|泄露|洩漏|告诉任何人|告訴任何人)|[绝絕永]不(?:要)?(?:透露|提及|说|說)/u,
  /(?:私|わたし)(?:へ|に|)の?(?:指示|プロンプト|命令)|システム(?:プロンプト|メッセージ|指示)|(?:と|よう(?:に)?)(?:(?:指示|命令|プログラム)されて|(?:指示|命令)を受けて)|(?:決して|絶対に)[^。\n]{0,30}(?:言わない|話さない|明かさない|教えない|口外しない)|言(?:うな|ってはいけない|わないように)/u,
  /(?:제|저의|내) (?:지시|지침|프롬프트|명령)|시스템 (?:프롬프트|메시지|지침)|(?:라고|라는|하도록|말라고|않도록) (?:지시|명령|프로그래밍)(?:를 |을 )?(?:받|되)|(?:절대|결코) [^.\n]{0,30}(?:말하지|언급하지|밝히지|공개하지)/u,
  // Arabic, Hebrew, Hindi
  /تعليماتي|(?:لدي|عندي|تلقيت) (?:تعليمات|أوامر)|(?:موجه|رسالة|تعليمات|مطالبة) النظام|(?:قيل لي أ(?:لا|ن لا)|(?:طُلب|طلب) مني أ(?:لا|ن لا)|أُمرت|أمرت|تمت برمجتي)|لا (?:يُ?سمح لي|يجوز لي|يمكنني) (?:أن |ب)?(?:أقول|ذكر|أذكر|الكشف|كشف|البوح)|لا تذكر (?:أبدا|أبدًا)|لا تقل (?:أبدا|أبدًا)/u,
  /ההוראות שלי|קיבלתי (?:הוראה|הוראות|הנחיה|הנחיות)|ההנחיות שלי|(?:הודעת|הנחיית|פרומפט) (?:ה)?מערכת|(?:נאמר לי לא|הורו לי|נאסר עלי)|אסור לי (?:לומר|להגיד|לציין|לחשוף|לספר)|לעולם אל (?:תגיד|תאמר|תציין|תחשוף|תספר)/u,
  /मेरे निर्देश|मुझे निर्देश (?:मिल|दिए|है)|सिस्टम (?:प्रॉम्प्ट|संदेश|निर्देश)|मुझे (?:[^।\n]{0,40})?(?:न |ना |नहीं )(?:[^।\n]{0,40})?(?:कहा गया|बताया गया)|मुझे (?:[^।\n]{0,40})?(?:निर्देश दिया गया|मना किया गया|निर्देशित किया)|कभी (?:मत|न) (?:कहो|कहना|बताओ|बताना|कहें|बताएं)/u,
];

/** The words by which a text speaks of what its writer was told; null: it doesn't, or `open` does so in that language, too. */
export function speaksOfOrders(text: string, open: string): string | null {
  for (const pattern of patterns) {
    const found = pattern.exec(text)?.[0].trim();
    if (found !== undefined && !pattern.test(open)) return found;
  }
  return null;
}

/** That a sentence of the instructions forbids something or keeps it secret. */
const forbids =
  /\b(?:never|don'?t|do not|must not|may not|not to|nobody|no one|secret|confidential|internal(?:ly)?|nie|niemals|nicht|keine?n?|niemand|geheim|vertraulich|jamais|pas|personne|nunca|jamás|no|nadie|mai|non|nessuno|nooit|niet|aldrig|aldri|inte|ikke|nigdy|nikdy|asla)\b|никогда|нельзя|(?<!\p{L})не(?!\p{L})|不|勿|ない|禁止|마세요|말라|않/iu;

/** Who it writes as, which it is to say. */
const introduces =
  /^\s*(?:you(?:'re| are| work| sell| write| speak)|your name|du (?:bist|är|er)|sie sind|tu es|vous êtes|eres|usted es|sei|lei è|(?:je|jij|u) bent|você é|tu és)(?!\p{L})/iu;

/** German writes every noun with a capital. */
const german = /(?<!\p{L})(?:der|die|das|und|ist|nicht|nie|keine?|für|mit|wir|unser\p{L}*)(?!\p{L})/iu;
const wordOrFigure = /[\p{L}\p{N}]+(?:['’&.,-][\p{L}\p{N}]+)*/gu;
/** What keeps to its letters in every language, and is no everyday word. */
const lettersOf = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
const isFigure = (word: string) => /^\d[\d.,]*\d$/.test(word);
const isCode = (word: string) =>
  (/\d/.test(word) && /\p{L}/u.test(word)) || /^\p{Lu}?\p{Ll}+\p{Lu}/u.test(word) || /^\p{Lu}{6,}$/u.test(word);
const isName = (word: string) => /^\p{Lu}\p{Ll}{2,}/u.test(word);

/** Signs between a figure's thousands, of which each language has its own. */
const ungrouped = (text: string) => text.replace(/(?<=\d)[.,'’\u066c ](?=\d{3}(?!\d))/g, "");

/** Names, codes and figures of a text's sentences that forbid something, and the words of its other sentences. */
interface Lasting {
  forbidden: ReadonlySet<string>;
  free: ReadonlySet<string>;
}

/** The same few texts are looked for in every answer. */
const kept = new Map<string, Lasting>();
const mostKept = 200;

function lastingOf(secret: string): Lasting {
  const known = kept.get(secret);
  if (known) return known;
  const made = lastingIn(secret);
  if (kept.size >= mostKept) kept.delete(kept.keys().next().value!);
  kept.set(secret, made);
  return made;
}

function lastingIn(text: string): Lasting {
  const found = { forbidden: new Set<string>(), free: new Set<string>() };
  const namesAreWords = german.test(text);
  for (const sentence of text.split(/[.!?;:\n]+(?=\s|$)/)) {
    const into = forbids.test(sentence) && !introduces.test(sentence) ? found.forbidden : found.free;
    const words = [...ungrouped(sentence).matchAll(wordOrFigure)].map(([word]) => word);
    for (const [i, word] of words.entries()) {
      // The first word has a capital in any case, and a name's second one may be a common word ("Acme Power").
      const named = isName(word) && i > 0 && (i === 1 || !isName(words[i - 1]!)) && !namesAreWords;
      if (into === found.free) into.add(word.toLowerCase());
      else if (isFigure(word) || isCode(word) || named) into.add(word);
    }
  }
  return found;
}

const quotedTerm = /["“”„«»「『‹]\s?([\p{L}\p{N}_]{3,40})\s?["“”„«»」』›]/gu;
const quotedIn = (text: string) => new Set([...text.matchAll(quotedTerm)].map(([, term]) => term!.toLowerCase()));

/**
 * What of the confidential texts survives any translation and stands in an answer: a name, code or figure of a sentence that forbids
 * something, or two of their terms in quotation marks. What anybody else has said (`open`: knowledge, the lead, earlier
 * messages) is no secret, nor what another sentence of theirs says freely.
 */
export function survivingTranslation(text: string, confidential: readonly string[], open: string): string | null {
  const wordsIn = (all: string) => [...ungrouped(all).matchAll(wordOrFigure)].map(([word]) => word);
  const plain = undisguised(text);
  const said = plain === text ? wordsIn(text) : [...wordsIn(text), ...wordsIn(plain)];
  const letters = lettersOf(plain);
  const known = new Set(wordsIn(open.toLowerCase()));
  const told = confidential.map(lastingOf);
  const isFree = (word: string) => told.some(({ free }) => free.has(word));
  // Some languages add an ending to names; a name has its capital in all of them.
  // A code is one in any case, and in pieces.
  const says = (word: string) =>
    (word.length >= 6 && isCode(word) && /\d/.test(word) && letters.includes(lettersOf(word))) ||
    said.some((one) => one === word || (word.length >= 5 && one.startsWith(word) && one.length <= word.length + 3));
  const named = told
    .flatMap(({ forbidden }) => [...forbidden])
    .find((word) => !isFree(word.toLowerCase()) && !known.has(word.toLowerCase()) && says(word));
  if (named !== undefined) return named;
  const quoted = quotedIn(text);
  if (quoted.size < 2) return null;
  const openTerms = quotedIn(open);
  const terms = [...new Set(confidential.flatMap((secret) => [...quotedIn(secret)]))].filter(
    (term) => quoted.has(term) && !openTerms.has(term),
  );
  return terms.length >= 2 ? terms.join(", ") : null;
}
