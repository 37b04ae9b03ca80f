import { withLatinLetters } from "./look-alikes.ts";

/**
 * Words by which people ask to be left alone, beside the keywords that carriers know (`opt-out-words.ts`): whole sentences, in
 * the languages that leads write most. It errs on the side of stopping: who is left alone by mistake can be written to again
 * when a person says so, and who is not can't be asked again.
 *
 * Texts are compared without case, accents and ornaments, so that patterns are plain.
 */

/** What somebody doesn't want: "no more texts". */
const news =
  "(?:messages?|msgs?|texts?|txts?|texting|e-?mails?|mails?|calls?|calling|contact|sms|spam|communications?|updates?|newsletters?)";
const relatives =
  "(?:wife|husband|partner|colleague|boss|assistant|secretary|mother|father|mom|dad|son|daughter|brother|sister)";
const me = `(?:me|us|my(?! ${relatives}\\b)|this number|here|again|any ?more)`;
const ways = "(?:call|phone|text|txt|message|e-?mail|write)";
/** Not never, but not then. */
const atTimes =
  "(?:until|till|before|on(?! linkedin\\b)|today|tomorrow|tonight|right now|while|during|when i|this (?:week|month|morning|afternoon|evening)|at (?:work|night)|in the (?:morning|afternoon|evening)|so (?:early|late)|after (?:\\d|noon|midnight|work|dinner|lunch|hours))";
/** What stands before a refusal that is a whole sentence. "Don't text. Call me." is about the way. */
const before =
  "(?:^|[.!?;] ?|^(?:hi|hello|hey|ok|okay|no|no,? thanks|no,? thank you|thanks|sorry|not interested|wrong (?:number|person)) ?[,:–-]? ?(?:but )?)(?:please |pls |plz |just )*";
/** "Don't stop", and not "you don't stop", which complains. */
const notAsked = "(?<!(?:^|[.,;:!?] ?|please |pls )(?:don'?t|do not|dont|never) )";

const patterns: readonly RegExp[] = [
  // English. "Don't call me before noon" is about the time.
  new RegExp(
    `\\b(?<!why )(?:do not|don'?t|dont|never|no longer|must not|can you not|please not)\\s+(?:you\\s+)?(?:ever\\s+|even\\s+)?(?:contact|call|phone|text|txt|message|msg|dm|e-?mail|mail|write|reply|respond|bother|spam|harass|disturb|reach out|approach|ping)(?:(?:, ?${ways})*,? ?(?:/|or|and|nor) ?${ways})?\\s+(?:to\\s+)?${me}\\b(?!\\s+${atTimes}\\b)`,
  ),
  // A sentence of nothing else: "Do not text."
  new RegExp(
    `${before}(?:do not|don'?t|dont|never)(?: ever)? (?:contact|text|txt|message|msg|dm|e-?mail|write|spam|disturb)(?: (?:please|pls|plz|thanks|thank you))?(?= ?[.!;]| *$)(?! ?[.!;]+ ?(?:please |just )*(?:call|ring|phone|e-?mail|text|write|use|try|dm)\\b)`,
  ),
  /^(?:please |pls |plz )?no (?:texts?|texting|txts?|sms|spam|messages?|msgs?|e-?mails?)(?: please| pls| plz| thanks| thank you)?[^a-z]*$/,
  new RegExp(
    `\\b${notAsked}(?:stop|quit|cease|knock off|enough with)\\s+(?:\\w+ing\\s+and\\s+)?(?:all\\s+|any\\s+)?(?:of\\s+|with\\s+)?(?:further\\s+|the\\s+|your\\s+|these\\s+|this\\s+)?(?:contact|call|phon|text|txt|messag|msg|message|email|e-mail|mail|writ|bother|bugging|badger|nagging|hounding|spam|harass|send|reach|pester|ping|disturb|communicat)(?:\\w?ing|s|es|ions?)?\\b`,
  ),
  new RegExp(
    `\\b${notAsked}stop (?:with |all )?(?:it|this|that|these|those|now|please|pls|already|immediately|right now)\\b(?!,? (?:this|that|it|you)(?:'s| is|'re| are) (?:so |just |really |absolutely )?(?:great|amazing|awesome|fantastic|brilliant|hilarious|wonderful|perfect|incredible)\\b)`,
  ),
  /\b(?:do not|don'?t|dont|never) send (?:me |us |to this number )?(?:any ?thing|any|more|further|these|those|another|your|messages?|msgs?|texts?|txts?|e-?mails?|mails?|sms|stuff|ads?)\b(?![^.!?]{0,30}\b(?:yet|until|till|before|than|today|tomorrow|right now)\b)/,
  /\b(?:prefer|rather|appreciate|grateful|better|nice|happy|happier)\b.{0,15}\byou (?:didn'?t|did not|don'?t|do not|wouldn'?t|would not|stopped|never) (?:ever )?(?:contact|call|text|messag|e-?mail|writ|bother)\w*\b/,
  /\b(?:rather|prefer) not (?:to )?(?:receive (?:any|more|further|these|your|such|e-?mails?|messages|texts)|be (?:contacted|called|texted|messaged|e-?mailed)|get (?:any|more|these|your)|hear from you)\b/,
  /\brefrain from (?:any |all )?(?:further |ever )?(?:contact|call|text|messag|e-?mail|writ|send|communicat)/,
  /\b(?:do not|don'?t|did not|didn'?t|never|no longer) (?:give )?consent(?:ed)? (?:to|for)\b|\b(?:i|we) want out\b(?! of\b)|\bknock it off\b/,
  /\breport(?:ing|ed)? (?:you|this|it|u)\b.{0,20}\b(?:spam\w*|harass\w*|ftc|fcc|authorit\w*|police)\b/,
  /\bwrong (?:number|person)\b.{0,30}\b(?:delete|remove|lose|erase|stop)\b|\bnot interested\b.{0,15}\bstop\b|^s\W?t\W?o\W?p\W*$|^s[t7](?:o+|0)p+\W*$|^stop ?[-–—.!]+(?: |$)/,
  /\bget (?:me|us|my number|this number|my name) (?:off|out of)\b.{0,20}\b(?:lists?|system|database|records?)\b/,
  new RegExp(
    `\\bmind not (?:contact|call|text|messag|e-?mail|writ)\\w*\\b(?: (?:me|us))?(?! ${atTimes}\\b)|\\bif you (?:ever )?(?:contact|call|text|message|e-?mail|write)\\w* (?:me |us )?(?:again|one more time|once more)\\b`,
  ),
  /\b(?:i'?m|i am|i'?ll|i will) (?:gonna |going to |now )?block(?:ing)? (?:you|u|this number)\b|^(?:you'?re |you are )?blocked[^a-z]*$|^(?:please |pls |ok |no |plz )*no more(?: please| pls| plz| thanks| thank you)?[^a-z]*$/,
  /^(?:please |pls |plz )?(?:remove|unsub|take (?:me )?off)(?: please| pls| plz| thanks)?[^a-z]*$/,
  /^(?:ok |okay |no |hey |hi |please |just |pls |can (?:you|u) |could (?:you|u) |would (?:you|u) |will (?:you|u) )*stop\b[^a-z]*(?:please|pls|thanks|thank you|now|already)?[^a-z]*$/,
  // The whole message, said once or more often, in whatever language.
  /^(?:[^\p{L}\p{N}]*(?:stop|stopp|stoppen|stop all|remove|alto|basta|arret|arreter|arretez|parar|pare|cancelar|detener|baja|slutt|sluta|lopeta|dur|durdur|стоп|停|停止|停下|توقف|توقفوا|עצור|הסר|रुको|रोको|중지|그만|거부|やめて|止めて|หยุด|ยกเลิก))+[^\p{L}\p{N}]*$/u,
  // With what makes it polite, or says what, as French carriers have it ("STOP SMS").
  /^stopp?(?:[ ,]+(?:sms|pubs?|ads|promos?|nu|daarmee|hiermee|aub|a\.u\.b|als?jeblieft|asjeblieft|alstublieft|bitte|danke|svp|s'il (?:vous|te) plait|merci|por favor|gracias|per favore|grazie|obrigad[oa]|tack|takk|tak))+[^\p{L}\p{N}]*$/u,
  // "Stop" at the end of a sentence that is about nothing else.
  /\b(?:told|asked|warned|begged) (?:you|u|ya|all of you|you (?:guys|all|people)) (?:\w+ )?to stop\b[^a-z?]*$/,
  /\b(?:you|u|guys) (?:really |just )?(?:need|have|ought|got|gotta|must|should)(?: really| just)?(?: to)? stop\b[^a-z?]*$/,
  /\b(?:i|we) (?:already |just )?(?:said|say) (?:to )?stop\b[^a-z?]*$/,
  /^.{0,80}[,.;:!?] ?(?:just |please |pls )*stop\b[^a-z?]*(?:please|pls|now|already|thanks)?[^a-z?]*$/,
  /^(?:.{0,60}[,.;:!-] ?)?never again[^a-z?]*$/,
  /\bleave (?:me|us) (?:alone|be|in peace)\b/,
  /\b(?:remove|delete|erase|take|scrub|strike|cross)\s+(?:me|us|my\b[\w\s]{0,30}?|this number|our\b[\w\s]{0,30}?)\s*(?:off|from|out)\b(?! hold\b| (?:to|for) (?:a |an )?(?:breakfast|lunch|dinner|coffee|beer|drinks?)\b)/,
  /\b(?:remove|delete|erase|scrub|purge|wipe|forget|lose)\s+(?:all |any )?(?:of )?(?:my|this|our)\s+(?:phone |mobile |cell |personal )?(?:number|e-?mail|address|name|details|data|information|info|contact|profile|account|record)s?\b/,
  /\b(?:remove|delete|unsubscribe|unsub) me\b/,
  /\b(?:remove|delete|take|drop) [\w.+-]{1,64}@[\w.-]{1,255} (?:off|from|out of) (?:\w+ ){0,3}(?:lists?|databases?|systems?|records?|crm|campaigns?|sequences?|mailings?)\b/,
  /\b(?:i|we)(?:'d| would| want| wish| need| ask)(?: (?:like|prefer|love))? to be (?:removed|deleted|unsubscribed|taken off)\b(?! from the wait)/,
  // As it is mistyped.
  /\b(?:unsub(?:scibe|cribe|scirbe|scrib|sribe|srcibe|scripe)|unsus?cribe)\b/,
  new RegExp(
    `${before}(?:do not|don'?t|dont|never) follow[- ]?up\\b(?: again| with me| with us| any ?more)*(?= ?[.!;,]| *$)`,
  ),
  new RegExp(`\\b${notAsked}(?:stop|quit) following up\\b(?: with (?:me|us)| on this)?(?= ?[.!;,]| *$)`),
  /^(?:please |pls )?(?:blocked|reported)(?:(?: and| &|,) (?:blocked|reported)| (?:as|for) spam)[^a-z]*$|\bthis is (?:harassment|stalking)\b/,
  /\bno solicit(?:ation|ations|ing|ors)\b|\bdo not solicit\b|\bwe (?:do not|don'?t) (?:accept|take|respond to) (?:unsolicited|cold) /,
  /\bunsubscribe\b(?! (?:rate|link|page|button|flow|form|header))/,
  /\b(?<!did i )opt(?:ed|ing)?[- ]?(?:me |us )?out\b(?! of (?:the|my|our) (?:old|other|previous|trial|plan)\b)/,
  new RegExp(
    `\\b(?:do not|don'?t|dont|never|no longer) (?:want|wish|need|like|care)\\b(?: to (?:get|receive|have|see))?(?: any| more| further| these| your| this| anymore| such)*\\s+${news}\\b`,
  ),
  /\b(?:do not|don'?t|dont|never|no longer) (?:want|wish|like|care) to (?:hear|be contacted|be called|be texted|be messaged|talk to you|speak (?:to|with) you|receive|get (?:any|more|these|your))\b/,
  /\bdo(?:n'?t| not) want you to (?:contact|call|text|write|message|e-?mail)\b/,
  new RegExp(`\\bno (?:more|further) ${news}\\b`),
  /\b(?:discontinue|terminate) (?:all |any |these |the |your |this |sending |further )*(?:messages?|texts?|e-?mails?|mails?|calls?|sms|communications?|contact|correspondence)\b|\b(?:end|cancel|halt) (?:all |these |your |sending |further )+(?:messages|texts|e-?mails|mails|calls|sms|communications?|correspondence)\b/,
  /\bif you(?:'d| would| could)? (?:please |just )?(?:lost|lose|deleted?|removed?|forgot|forget|erased?) (?:my|this|our) (?:phone |mobile |cell )?(?:number|contact|details|data|info|information|address|e-?mail)\b|\b(?:not|no longer) interested\W{1,4}(?:please |pls )?remove\b[^a-z]*$/,
  /\b(?:contact|call|text|message|e-?mail|write)(?: to)? (?:me|us) (?:again|one more time|once more),? and (?:i|we)(?:'?ll| will|'?m| am) (?:\w+ )?(?:report|sue|block|complain|call (?:the|my|a) (?:police|cops|lawyer|attorney))/,
  /^(?:please |pls |just )*block me[^a-z]*$|\bend (?:this|the|our) conversation (?:for good|immediately|right now)\b|(?:^|[.,;!?] ?|\bjust )f[- ]?off\b/,
  /^[^\p{L}\p{N}]*(?:🛑|⛔|🚫)[^\p{L}\p{N}]*$|^[^a-z]*(?:stahp|stfu|shut up)[^a-z]*$/u,
  /\b(?:cease and desist|do[- ]not[- ](?:call|contact)(?= list| registry|[^a-z ]|$| ever| again)|dnc list|gdpr (?:erasure|deletion)|right to be forgotten)\b/,
  /\b(?:f\W{0,2}u?\W{0,2}c?\W{0,2}k|piss|bugger|sod|buzz|naff|eff) off\b|\bgo to hell\b|\bget lost\b(?! in\b)|(?<!n't |not )\bgo away\b(?! (?:until|till|for|on|to|next|this|in)\b)/,
  new RegExp(`\\b(?<!why do )not? (?:contact|call|text|message|e-?mail) (?:me|us)\\b(?!\\s+${atTimes}\\b)`),
  /\b(?:withdraw|revoke) (?:my )?consent\b/,
  new RegExp(
    `\\b(?:do not|don'?t|dont|never|no longer)\\s+(?:ever\\s+)?(?:get|be|stay|keep)(?: back)? in (?:touch|contact)\\b(?! (?:with (?!me\\b|us\\b)|${atTimes}\\b))`,
  ),
  /(?:^|[,.;:!?] ?)(?:please |pls )?(?:do not|don'?t|dont|never) follow[- ]?up(?: please| pls| again| any ?more)*[^a-z]*$/,
  /\b(?:do not|don'?t|no longer) (?:wish|want) to continue (?:this|the|our|any) (?:conversation|chat|discussion|communication|correspondence)s?\b/,
  /^[^a-z]*(?:please |pls |plz |just |oh )*(?:quit|cut) it(?: out)?[^a-z]*$|^[^a-z]*(?:ok |okay )?enough(?: already| is enough| now)?[^a-z]*$|\bhad (?:it|enough) (?:with|of) (?:all )?(?:your|these|the|this|you)(?: \w+)? (?:messages|texts|e-?mails|mails|calls|spam|sms|messaging|texting|calling)\b/,
  new RegExp(`\\b${notAsked}(?:stop|quit) wasting (?:my|our)\\b`),
  /\b(?:do not|don'?t|dont) waste (?:my|our|any more of my) time(?: again| any ?more| any longer)?[^a-z]*$|\bmake (?:this|these|it|them|the (?:messages|texts|e-?mails)) stop\b[^a-z]*$/,
  /\bbe (?:removed|deleted|taken|unsubscribed|excluded|dropped|struck)(?: \w+){0,2} (?:from|off|out of) (?:of )?(?:your|this|these|any|all|ur)(?: \w+){0,2} (?:lists?|databases?|systems?|records?|crm|files?|mailings?|messages|texts|e-?mails|contacts|campaigns?|sequences?)\b/,
  /\b(?:remove|delete|take|drop|strike)(?: (?:this|that|him|her|them|it|the (?:number|address|contact|email)))? (?:from|off|out of) (?:of )?(?:your|ur|this) (?:\w+ ){0,2}(?:lists?|databases?|systems?|records?|crm|files?|mailings?|contacts?|address book)\b/,
  /\bmy (?:phone |mobile |cell )?(?:number|e-?mail|address|contact|details|data)\b.{0,20}\b(?:remove|delete|erase|lose) (?:it|that|them)\b|\bmy (?:personal )?(?:data|details|information|number|e-?mail|contact)(?: address| number)? (?:to be |be )?(?:deleted|removed|erased|wiped)\b/,
  /\b(?:like|want|wish|get|need)(?: to (?:be|get))?(?: me| us)? off (?:of )?(?:this|your|ur) (?:\w+ )?(?:list|mailing|database)|^(?:\w+ ){0,2}off (?:the|your|this) (?:\w+ )?list[^a-z]*(?:please|pls)?[^a-z]*$/,
  /\bcancel (?:my |this |the )?subscription (?:to|for) (?:these|your|the|this|all) (?:\w+ )?(?:messages|texts|e-?mails|mails|sms|updates|newsletters?)\b|^[^a-z]*(?:take a hike|get off my (?:phone|back|case))\b/,
  /^[^a-z]*(?:this is |that is |that's |it's |it is )?(?:just |pure |such |all )?spam[^a-z?]*(?:report(?:ed|ing)?)?[^a-z?]*$|\b(?:hereby |formally )?object to (?:the |any |your |all )?(?:further )?(?:processing|use of my|storage of my|being contacted|direct marketing|marketing|contact)\b/,
  /\b(?:desist|abstain) from (?:any |all |further |ever )*(?:contact|call|text|messag|e-?mail|writ|send|communicat)|\b(?:stop|quit) blowing up (?:my|our) (?:phone|inbox|email)\b|\b(?:want|wants|wish) nothing (?:more |else )?to do with (?:you|your|this)\b/,
  new RegExp(
    `\\b(?:does not|doesn'?t) (?:want|wish|need)(?: to (?:get|receive|see))?(?: any| more| further| these| your)*\\s+${news}\\b|\\bno need to (?:contact|call|text|message|e-?mail|write|reach out|follow up|reply|respond)(?: to)?(?: me| us| him| her| them)? (?:again|further|any ?more|any longer)\\b`,
  ),
  /\b(?:do not|don'?t|dont|never) (?:ever )?(?:hit (?:me|us) up|dial (?:me|us|this|my))\b|\bdelete my no\b|\b(?:will|gonna|going to|'ll|'re|are) (?:be |being )?reported to (?:the )?(?:ftc|fcc|ico|cnil|bbb|authorit\w*|police)\b/,
  // German
  /\b(?:nicht|nie) (?:mehr|wieder|weiter) (?:\S+ )?(?:angeschrieben|angerufen|angemailt|kontaktiert|belastigt|gestort)\b/,
  /\b(?:nicht|nie) (?:mehr|wieder|weiter) (?:an)?(?:kontaktier|schreib|ruf|meld|belastig|anschreib|anruf|stor|nerv)/,
  /\b(?:kontaktier|schreib|ruf|meld|belastig|stor|nerv|schick|send)\w*\s(?:sie |ihr |du |euch |dich |sich )?(?:mich|mir|uns)?\s*(?:bitte )?(?:nicht|nie|keine)\b(?:\s+(?:mehr|wieder|weiter|an\b)|\s+\w+\s+mehr|\W*$)/,
  /\bnichts mehr\b.{0,25}\b(?:horen|lesen)\b/,
  /(?<!\b(?:ich|wir|er|man) )\b(?:hor|horen|hort)\w*\s(?:sie |ihr )?(?:bitte |endlich )?(?:damit )?auf\b/,
  /\b(?:lass|lasst|lassen)\w*\s(?:sie |ihr )?(?:mich|uns) (?:bitte |endlich )?in (?:ruhe|frieden)\b/,
  /\bkeine? (?:weiteren? |mehr )?(?:nachrichten?|sms|e-?mails?|mails?|anrufe?|werbung|kontakt\w*|post|newsletter)\b(?:\W+(?:mehr|bitte|erwunscht|von ihnen|wunsche|senden|schicken)|\W*$)/,
  /\bmeld\w* (?:sie|du|ihr) (?:sich|dich|euch) (?:bitte )?(?:nicht|nie|niemals)(?: mehr| wieder|[^a-z]*$)/,
  /\bschluss mit (?:den |der |dem |diesen |ihren |euren )?(?:nachrichten|sms|e-?mails?|mails?|anrufen|werbung)\b|\b(?:wunsche|will|mochte) keinen (?:weiteren )?kontakt\b/,
  /\b(?:abmelden|austragen|abbestell\w*|abmeldung)\b/,
  /\b(?:losch|entfern|streich)\w*\s(?:sie |mal )?(?:bitte )?(?:mich|meine?n?|meinen|uns|unsere)\b/,
  /\baus (?:ihrer|der|eurer|deiner|dem|ihrem|eurem) (?:liste|verteiler|datenbank|kartei|system)\b/,
  /\b(?:mich|uns|meine?n? \w+)\b.{0,20}\bvo[nm] (?:ihre[rm] |euere?[rm] |eure[rm] |deine[rm] |der |dem )?(?:mailing|e-?mail-?)?(?:liste|verteiler)\b/,
  /\bvon (?:weiteren|kunftigen) (?:e-?mails?|mails?|nachrichten|anfragen|kontakt\w*|anrufen|schreiben|zusendungen)\b.{0,20}\bab(?:zusehen|sehen)?\b|\bunterlass\w*\b.{0,30}\b(?:kontakt\w*|nachrichten|e-?mails?|mails|anrufe|werbung|zusendungen)\b/,
  /\bwiderspr\w+\b.*\b(?:werbung|kontakt\w*|nutzung|verarbeitung|daten)\b/,
  // French
  /\bne (?:me |m'|nous |plus )+\s*(?:plus )?(?:contact|ecri|appel|derang|envo|harcel|recontact|telephon|sollicit)(?!\w* pas (?:avant|apres \d|pendant|le |entre|aujourd|demain|jusqu|si tot|si tard))/,
  /\bne (?:veux|souhaite|desire|voulons|souhaitons) (?:plus|pas) (?:recevoir|etre (?:re)?(?:contact|appel|derang|sollicit)|(?:de )?vos (?:messages|mails|sms|appels)|entendre)/,
  /\bstop aux? (?:sms|messages?|mails?|e-?mails?|appels?|pub\w*)\b/,
  /\b(?:arret|cess)\w*\s(?:de |d')(?:me |m'|nous )?(?:contact|ecri|appel|derang|envo|harcel|sollicit|spam)/,
  /\b(?:laiss|fou(?:s|t)|fich)\w*[- ](?:moi|nous) (?:tranquilles?|en paix|la paix)\b/,
  /\bplus (?:de |aucun |d')(?:messages?|sms|mails?|e-?mails?|courriels?|appels?|contact)\b/,
  /\b(?:desabonn|desinscri)\w*/,
  /\b(?:me|nous) (?:retirer|supprimer|enlever|effacer|radier) (?:de |des )?(?:la |les |votre |vos |cette |ces |ta |tes )?(?:\w+ )?(?:listes?|bases?|fichiers?|mailings?)\b/,
  /\b(?:supprim|retir|effac|enlev)\w*[- ](?:moi|mon|mes|ma|nos|notre)\b/,
  // Spanish
  /\bno (?:me|nos) (?:vuelv\w+ a |sigan? |siga )?(?:contact|escrib|llam|molest|envi|mand|moleste|busque)(?!\w* (?:antes|hasta|por la|hoy|manana|durante|entre|tan))/,
  /^(?:por favor,? )?no (?:molest|escrib|contact)\w*(?: mas)?(?:,? por favor)?[^a-z]*$/,
  /\b(?:dej|par|basta)\w*\s(?:ya )?de (?:contactar|escribir|llamar|molestar|enviar|mandar|acosar|contact)/,
  /\bbasta (?:ya )?(?:de |con )?(?:los |las |sus |tus |tantos )?(?:mensajes|correos|llamadas|sms|mails?)\b/,
  /\bdej(?:e|a|en|ad)(?:me|nos) (?:en paz|tranquil)/,
  /\bno (?:quiero|deseo|queremos) (?:mas|recibir|que me|saber|volver)\b/,
  /\b(?:dar(?:me)?|denme|deme|dame) de baja\b|\b(?:me doy|quiero la) (?:de )?baja\b|\bcancelar (?:mi )?suscripcion\b/,
  /\b(?:elimin|borr|quit|saqu)\w*\s(?:mi|mis|nuestros?)\b|\bno mas (?:mensajes|correos|llamadas|sms)\b/,
  /\b(?:quiten|saquen|borren|eliminen|elimine|elimina|borre|borra)me\b/,
  /\b(?:quite|quita|saque|saca|retire|retira)n?me (?:ya |por favor )?de (?:su|sus|tu|tus|la|las|esta|esa|vuestra) (?:lista|base|correo|mailing)/,
  // Italian
  /\bnon (?:mi |ci |voglio )?(?:contatt|scriv|chiam|disturb|mandat|mandar|inviat|inviar|cercat|essere contatt)\w*\b(?! (?:prima|fino|oggi|domani|durante|tra|di (?:mattina|sera)))/,
  /\b(?:smett|finit)\w*\sdi (?:contattar|scriver|chiamar|disturbar|mandar|inviar)/,
  /\blasc\w+(?:mi|ci) (?:in pace|stare)\b|\bbasta (?:messaggi|mail|e-?mail|sms|chiamate|scrivermi|chiamarmi)\b/,
  /\b(?:cancell|rimuov|elimin)\w*\s(?:il mio|i miei|la mia|mi)\b|\b(?:cancellatemi|rimuovetemi|disiscriv\w*|toglietemi)\b/,
  /\bnon voglio (?:piu|ricevere|essere)\b/,
  // Dutch
  /\bniet (?:meer|langer) (?:te )?(?:contact|benader|bel|app|mail|bericht|sms|schrijv|stur|storen|lastig)/,
  /\b(?:neem|bel|mail|app|stuur|schrijf|benader)\b.{0,30}\b(?:niet|geen)\b.{0,20}\bmeer\b/,
  /\b(?:stop|houd?(?: je| u| jullie)? (?:eens |aub )?op) met (?:mij|me|ons|mailen|bellen|berichten|appen|sturen|sms|contact)/,
  /\blaat (?:me|mij|ons) met rust\b|\bgeen (?:berichten|mails?|sms|contact|telefoontjes) meer\b/,
  /\b(?:uitschrijven|afmelden|schrijf me uit|meld me af)\b|\bverwijder (?:mij|me|mijn|ons)\b/,
  /\bhaal (?:mij|me|ons|mijn \w+)\b.{0,20}\b(?:van|uit)\b.{0,20}\b\w*(?:lijst|bestand|mailing)\b/,
  // Portuguese
  /\bnao (?:me |nos )?(?:contat|contact|escrev|lig(?:ue|a)|mand|envi|incomod|perturb|procur)\w*\b(?! (?:antes|ate|hoje|amanha|durante|entre|de (?:manha|noite)))/,
  /\b(?:pare|parem|para) de (?:me |nos )?(?:enviar|mandar|ligar|escrever|contat|contact|incomodar|perturbar)/,
  /\bchega de (?:mensage(?:ns|m)|sms|e-?mails?|ligacoes)\b/,
  /\bdeix\w+[- ]me em paz\b|\bme deixe em paz\b|\bnao quero (?:mais|receber|que me)\b|\b(?:descadastr|cancelar inscricao)\w*|\b(?:tir|retir|remov|exclu)\w*(?:[- ]me)? d(?:a|essa|esta|a sua|o|e sua) (?:lista|cadastro|base)\b/,
  /\b(?:remov|apag|exclu|retir)\w*\s(?:o )?(?:meu|meus|minha|me)\b/,
  // Scandinavian languages
  /\b(?:sluta|slutt|hold op|stopp)\b.{0,12}\b(?:kontakt|skriv|ring|mess|skick|send|mail|a )/,
  /\b(?:skicka|send)\w* (?:mig |meg )?(?:inga|ingen|ikke|inte)\b.{0,12}\b(?:fler|flere|mer|sms|mess|medd|mail)|\bstopp? med (?:at|a|att) (?:skriv|send|ring|kontakt|sms)/,
  /\bkontakta? (?:mig|meg|oss) (?:inte|ikke)\b|\b(?:ikke|inte) kontakta? (?:mig|meg)\b|\bring (?:mig|meg) (?:inte|ikke)\b/,
  /\b(?:lamna|lad|la) (?:mig|meg) (?:vaere |vare )?(?:i |i)?fred\b|\b(?:avregistrer\w*|avmeld\w*|afmeld\w*|avprenumerer\w*)\b|\bta bort (?:mig|mitt|mina)\b|\blad (?:mig|os) vaere[^a-z]*$/,
  /\b(?:fjern|slett|slet|stryk) (?:mig|meg|oss|os|mitt nummer|mit nummer)\b/,
  // Polish, Czech
  /\bo (?:usuniecie|wypisanie|wykreslenie)\b.{0,40}\b(?:listy|bazy|mailingu|newslettera)\b/,
  /\b(?:prosze )?nie (?:kontakt|dzwon|pisz|pisac|wysyl|nekaj|przesyl)\w*\b(?! (?:przed|dzis|jutro|do (?:poniedz|wtor|jutr|pi)))|\bnie zycze sobie\b|\bprzesta[cn]\w*|\b(?:wypis|usun)\w*\s(?:mnie|moj\w*)\b|\bmnie (?:wypis|usun)\w*|\bdaj\w* mi spokoj\b/,
  /\b(?:uz )?(?:me |mi |mne )?(?:uz )?ne(?:kontaktuj|volej|pis|posilej|obtezuj)\w*|\bprestan\w* (?:mi |me |nam |uz )*(?:psat|volat|posilat|obtezovat|pisat|kontaktov)|\bodhlas\w* me\b|\bdejte mi pokoj\b/,
  // Turkish
  /\b(?:beni|bana|bizi) (?:bir daha |artik )?(?:arama|rahatsiz|yazma|mesaj)\w*|\bmesaj (?:atma|gonderme)\w*|\b(?:abonelik\w*|listeden) (?:iptal|cik)\w*|\biletisime gecme\w*/,
  // Russian, Ukrainian
  /(?:не|больше не|перестаньте|прекратите|хватит|не треба|не) ?(?:мне |меня |мені )?(?:пиш|писать|звон|беспоко|присыл|отправл|дзвон|турб|контакт)(?![а-яёіїє]* (?:до|после|сегодня|завтра|утром|вечером) )|отпиш|отписаться|уберите меня|исключите меня|прекратите (?:эту |вашу )?рассылку|отстань|оставьте меня|удалите (?:мой|меня|мои)|видаліть|відпишіть/,
  // Chinese, Japanese, Korean
  /(?:不要|别|別|请勿|請勿|勿|停止)(?:再)?(?:给我|給我|跟我|和我)?(?:联系|聯繫|联络|聯絡|发|發|打|骚扰|騷擾|打扰|打擾|短信)|退订|退訂|取消订阅|取消訂閱|删除我的|刪除我的/,
  /(?:連絡|メール|メッセージ|電話|送信|配信)(?:は|を)?(?:もう)?(?:し|送ら|来)?(?:ないで|やめて|停止|不要|お断り)|送らないで|配信停止|登録解除|もう(?:連絡|送)/,
  /(?:연락|문자|메시지|메일|전화)(?:를|을)?\s?(?:하지|보내지)\s?[마말]|수신\s?거부|그만\s?(?:보내|연락)/,
  // Arabic, Hebrew, Hindi
  /(?:لا|توقف عن|توقفوا عن|كف عن)\s?(?:ت?تواصل|تتصل|ت?راسل|مراسل|ترسل|ال?تواصل|ال?اتصال|إرسال|ارسال|إزعاج|ازعاج)|إلغاء الاشتراك|الغاء الاشتراك|(?:احذف|أزل|ازل) (?:رقمي|اسمي|بياناتي)|اتركني/,
  /(?:אל|תפסיק\S*|די)\s?(?:ל)?(?:תתקשר|תשלח|תפנ|תכתב|התקשר|שלוח|פנות|כתוב)|הסיר?ו? אותי|הסר\S* אותי|להסיר אותי|תסיר\S* אותי|עזב\S* אותי/,
  /(?:संपर्क|मैसेज|संदेश|कॉल|फोन)\s?(?:मत|न|ना|नहीं)\s?(?:करें|करो|करना|भेजें|भेजो)|मत\s?(?:भेजो|भेजें|करो)|अनसब्सक्राइब/,
  // Romanian, Hungarian, Greek, Finnish, Indonesian, Vietnamese
  /\bnu (?:ma|ne) mai (?:contacta|suna|cauta|deranja)\w*|\bnu[- ]?(?:mi|ne) mai (?:scri|trimi|da)\w*|\bdezabon\w*/,
  /\bne (?:irj|hivj|keress|zavarj|kuldj)\w*(?: nekem)? (?:tobb|mar|soha|tovabb)\w*|\bhagyj\w* beken\b|\bleiratkoz\w*/,
  /διαγρ[αά]ψτ?ε (?:με|το)|^[^\p{L}]*διαγραφ[ηή][^\p{L}]*$/u,
  /μην? (?:μου|με|μας) (?:ξανα|στέλν\S* άλλα|γράφετε πια|ενοχλ)|σταματ(?:ή|ή)στε να (?:μου|με)/,
  /\bal(?:a|kaa) .{0,20}\benaa\b|\bpoista(?:kaa)? (?:minut|meidat|numeroni|osoitteeni|tietoni)\b|\blope(?:ta|ttakaa|takaa) (?:viesti|lahett|soitt|yhteyd)\w*/,
  /\bjangan (?:hubungi|kirim|telepon|sms|wa|ganggu|kontak)\w*\b.{0,25}\blagi\b|\bberhenti (?:mengirim|menghubungi|kirim|hubungi)/,
  /(?:^|\s)[đd]ung (?:nhan tin|goi|lien lac|gui|lam phien)\b.{0,25}\bnua\b|\bhuy dang ky\b/,
  // Bulgarian, Serbian, Croatian, Slovene
  /(?<!\p{L})(?:не|спрете да|спри да|престанете да|престани да) (?:ми|ме|ни) (?:пиш|звън|търс|безпоко|изпращ|пращ|притесн)(?!\p{L}* (?:преди|до|днес|утре|след))|(?<!\p{L})не ме контакт/u,
  /\b(?:nemojte|nemoj|ne)\b.{0,12}\b(?:vise|vec|nikad|nikoli)\b.{0,12}\b(?:pis|salj|slat|zvat|zov|kontakt|javlj|uznemir|posilj|klic)/,
  /\b(?:nemojte|nemoj|ne) (?:mi |me |nas )?(?:pis|salj|slat|zvat|zov|kontakt|javlj|uznemir|posilj|klic)\w*.{0,12}\b(?:vise|vec|nikad|nikoli)\b|\b(?:prestanite|prenehajte|nehajte) (?:mi |me |nas |da )*(?:pis|salj|slat|zvat|zov|kontakt|uznemir|posilj|klic)/,
  /\b(?:izbris|uklon|izbac)\w* me\b|\b(?:kustuta|eemalda)\w* (?:mind\b|(?:mu|minu) (?:number|telefon|aadress|andme|e-?post|meil))/,
  // Estonian, Latvian, Lithuanian, Icelandic
  /\b(?:arge|ara)\b.{0,12}\b(?:enam|rohkem)\b|\bvairs (?:man |mums )?ne(?:rakst|zvan|sut|trauc|kontakt)|\bne(?:rakst|zvan|sut|trauc)\w*\b.{0,12}\bvairs\b/,
  /\bdaugiau\b.{0,12}\bne(?:rasy|skamb|siusk|siunt|trukdy|kontakt)|\bne(?:rasy|skamb|siusk|trukdy)\w*\b.{0,12}\bdaugiau\b|\bhaetti?(?:u|ð|d|ið|id)? (?:að|ad) (?:senda|hringja|skrifa|hafa samband)/,
  // Swahili, Tagalog, Thai
  /\b(?:usi|msi)(?:ni|tu)?(?:tum|pig|andik|wasilian|sumbu)\w*.{0,20}\btena\b|\bacha(?:ni|neni)? ku(?:ni|tu)(?:tumia|pigia|andikia|sumbua)/,
  /\b(?:huwag|wag) na\b.{0,14}\b(?:mag-? ?(?:text|message|chat|e-?mail|tawag)|tumawag|tawagan|kontakin|i-?text|mangulit)/,
  /(?:หยุด|เลิก|อย่า)(?:การ)?(?:ส่ง|ติดต่อ|โทร|ทัก|รบกวน)(?![^.\n]{0,12}(?:ก่อน|วันนี้|ตอนนี้|พรุ่งนี้))/,
  // Hindi, Bengali, Persian, Urdu; Greek and Polish once more
  /(?:मैसेज|मेसेज|संदेश|कॉल|फोन|एसएमएस|संपर्क)[^।.\n]{0,15}बंद कर|আর (?:\S+ ){0,3}(?:করবেন|করো|কোরো|দেবেন|পাঠাবেন|পাঠিও|লিখবেন) ?না|(?:পাঠানো|করা) বন্ধ কর/,
  /دیگر .{0,25}(?:ندهید|نده|نفرستید|نفرست|نزنید|نزن|نگیرید|نگیر)(?=[^\p{L}]|$)|مزاحم\S* نشو|دوبارہ .{0,20}(?:نہ|مت|نہیں) (?:کر|بھیج)|(?:میسج|پیغام|کال|فون|رابطہ) (?:کرنا |بھیجنا )?(?:بند کر|مت کر|مت بھیج)/u,
  // What is missing above: to stop, as a whole message; to be deleted, and to be left in peace
  /^[^\p{L}]*(?:lopet(?:a|takaa)|σταματ(?:ή|η)στε|やめて(?:ください|下さい)?|그만(?:해|하|둬)\S*|(?:די|תפסיק\S*|מספיק)|pare(?:m)? com (?:isso|isto)|(?:me )?esqueca(?:m)?(?:[- ]me)?|yeter(?: artik)?|(?:artik |lutfen |bir daha )+(?:aramayin|yazmayin|mesaj atmayin))[^\p{L}]*$/u,
  /\bno (?:me |nos )?vuelv\w+ a (?:llamar|escribir|contactar|molestar|enviar)|\bbasta (?:con )?(?:questi|queste|i|le|sti) (?:messaggi|mail|e-?mail|sms|chiamate)\b|\bradera (?:mitt|min|mina|mig)\b|\busuniecie (?:moich|mojego|mnie|danych)\b|\bsmaz\w* (?:moje?|muj|me|mne)\b/,
  /забудьте (?:мой|этот|про|обо|о) (?:номер|мне|меня)|μην? με (?:καλ|παίρν|ενοχλ)|拉黑|كف[ىي] (?:رسائل|إزعاج|ازعاج|اتصال)|ไม่ต้อง(?:ติดต่อ|โทร|ส่ง|ทัก)(?:มา)?(?:แล้ว|อีก)|(?<!আগে )(?:মেসেজ|কল|ফোন|যোগাযোগ) (?:দেবেন|দিবেন|করবেন|করো) না/u,
  /\bjangan (?:ganggu|hubungi) (?:saya|kami|aku)\b(?! (?:sebelum|hari ini|malam|besok))|\bstop (?:kirim|hubungi|sms|wa|chat)\b|(?:^|\s)(?:[đd]ung|ngung) (?:goi|nhan|gui|lien lac|lam phien)\b(?!.{0,30}\b(?:truoc|hom nay|luc|bay gio)\b)|\b(?:huwag|wag) (?:na |niyo |nyo |ninyo |mo )*(?:ako|akong|kami|kaming)\b.{0,14}(?:text|tawag|message|kontak)/,
  /\blach(?:ez|e)[- ](?:moi|nous)\b|\b(?:stuur|bel|mail|app|schrijf)\b.{0,15}\b(?:niks|niets)\b.{0,10}\bmeer\b|\bvill? (?:inte|ikke) (?:ha|fa) (?:fler|flere|mer)\b|\bikke (?:skriv|ring|send|kontakt)\w*\b.{0,20}\b(?:mer|mere|igen|igjen|lenger|laengere)\b/,
  /\b(?:vymaz|odstran)\w* (?:ma|me|mna|mne|moje?|muj|moj|z(?:o)? (?:zoznamu|databaze|seznamu))\b|\btorol\w* (?:a |az )?(?:listarol|cim\w*|szam\w*|engem|adata\w*)|\bsterge\w*-ma\b|\bsterge\w* (?:numarul|datele|adresa)\b|\blas\w*-(?:ma|ne) in pace\b/,
  /залиш\S* мене (?:в|у) спокої|изтри\S* (?:ме|номера|данните|адреса)(?!\p{L})|\b(?:numara|adres|kayd|bilgi)\w* sil(?:in|iniz|er misiniz)?\b|\brahatsiz etme\w*/u,
  /把我(?!的).{0,8}(?:删除|刪除|移除|去掉|去除)|(?:リスト|名簿|データ).{0,6}(?:削除|外して|消して)|(?:番号|アドレス|連絡先)を?(?:削除|消して)|(?:번호|연락처|개인정보|명단|목록)(?:를|을|에서)?\s?(?:좀\s?)?(?:지워|삭제|빼)/,
  /(?:תמחק|מחק)\S* (?:את )?(?:המספר|הפרטים|אותי)|(?:मेरा|मेरी|मुझे)\s?(?:नंबर|नम्बर|डेटा|जानकारी|लिस्ट से|सूची से)\s?(?:हटा|डिलीट|मिटा)|(?:میسج|پیغام|کال|فون|رابطہ) (?:نہ|مت) (?:کر|بھیج)/,
  /\b(?:hapus|padam(?:kan)?) (?:nomor|nomer|nombor|data|kontak|email) (?:saya|aku|ini|kami)\b|\bxoa (?:so|thong tin|email)\b.{0,20}\btoi\b|ลบ(?:เบอร์|ข้อมูล|อีเมล|ชื่อ)/,
  /(?:அனுப்ப|அழைக்க|தொடர்பு கொள்ள)\S* வேண்டாம்|(?:పంప|సంప్రదించ|కాల్ చేయ|మెసేజ్ చేయ)\S*వద్దు/u,
  /\bmos me (?:shkruani|shkruaj|kontakto|telefono|dergo)\w*|\bnebe(?:rasy|skamb|siusk|siunt|trukdy)\w*|\btigilan (?:mo|nyo|n'?yo|ninyo) (?:na )?(?:ako|kami)\b|\bno (?:em|ens) (?:contact|escri|truqu|envi)\w*.{0,15}\bmes\b|\bdeix\w*[- ](?:me|nos) en pau\b|\bez (?:idatzi|deitu|bidali)\w*.{0,15}\bgehiago\b|\bnon (?:me|nos) (?:escrib|cham(?!o\b)|contact)\w*/,
  /(?:δεν θέλω|μην?) (?:\S+ ){0,3}(?:ξανα|ενοχλ|στέλνετε)|\bo mnie zapomn|(?<!\bnie )\bzapomn\w+ o mnie\b/,
];

/** STOP in capitals among other words: what carriers obey alone, people write into sentences. */
const capitals =
  /(?:^|[^\p{L}\p{N}])(?<!full )(?:STOP|STOPALL|UNSUBSCRIBE|OPTOUT|ARRET|ARRÊT|STOPP)(?! (?:signs?|by|lights?|\d))(?=[^\p{L}\p{N}]|$)|(?:^|[.,;:!?] ?)BAJA(?=[.,;:!?]|$)/gu;
/** What stands before one that asks for nothing, in small letters: "don't ", "a one-". */
const meantOtherwise =
  /(?:(?:^|[.,;:!?\n] ?|(?:^|[^\p{L}])(?:please|pls|i|we) )(?:don['’]?t|do not|never|can['’]?t)|(?:^|[^\p{L}])(?:non|one))[ -]$/u;
/** The longest of them, with room. */
const lookedBack = 24;

function loudly(text: string): string | null {
  for (const { 0: word, index } of text.matchAll(capitals)) {
    const at = index + (/^[\p{L}\p{N}]/u.test(word) ? 0 : 1);
    // Small letters of its own: `(?i:…)` in a pattern is read wrongly by V8 once a process has many patterns, and it
    // optimizes no more of them.
    if (!meantOtherwise.test(text.slice(Math.max(0, at - lookedBack), at).toLowerCase())) return word;
  }
  return null;
}

/** A line by itself, between a greeting and a name. */
const line =
  /^(?:ok |okay |no |hey |hi |please |just |pls |can you |could you |would you )*(?:stop|stopp|stop all|remove|стоп|停止|توقف|הסר)[^\p{L}\p{N}]*(?:please|pls|thanks|thank you|now|already|bitte)?[^\p{L}\p{N}]*$/u;
const longestLine = 60;
const mostLines = 200;

function lineOf(part: string): string | null {
  const lines = part.split(/\r?\n/).slice(0, mostLines);
  return lines.length < 2 ? null : (lines.find((one) => one.length <= longestLine && line.test(plain(one))) ?? null);
}

/** Asks what a product does, in a sentence that ends with a question mark: "Does your tool handle unsubscribe?" */
const ofProduct =
  /\b(?:do|does|can|could|will|would|is|are|how|what|which|when)\b.{0,80}\b(?:your|the) (?:\w+ )?(?:tool|product|platform|software|app|api|crm|solution|integration)\b|\b(?:do|does|can|could|would) (?:you|it|your \w+) (?:also |even |automatically )?(?:support|handle|deal with|manage|detect|recogni[sz]e)\b/i;
/** Of the reader's own messages all the same: "Can your system stop texting me?" */
const ofThemselves =
  /\b(?:me|my|mine|us|i|i['’]m|again|ever|these|those|this|any ?more|please|pls|now|already|(?:from|off) your)\b/i;

const withoutProducts = (text: string): string =>
  text
    .split(/(?<=[.!?\n])/)
    .map((sentence) => {
      const asks = sentence.endsWith("?") && sentence.length <= 300;
      return asks && ofProduct.test(sentence) && !ofThemselves.test(sentence) ? " " : sentence;
    })
    .join("");

/** How the readers of the writer's own mails have no more of them, as it stands below what companies write: "If you no longer wish to receive ..., click here." */
const tellsHow =
  /^\W*(?:(?:please )?(?:click|tap|go|use this link|follow this link)(?: here| below)? to (?:unsubscribe|opt[- ]?out|stop receiving|be removed|manage)\b|(?:to (?:unsubscribe|opt[- ]?out|stop receiving|be removed|no longer receive)\b|if you (?:(?:no longer|do not|don't|would not|wouldn't|would prefer not|'d prefer not|prefer not|would rather not) (?:(?:wish|want|like|care) )?(?:to )?(?:receive|hear|get|be contacted|be emailed)|(?:wish|want|would like|'d like|prefer) to (?:unsubscribe|opt[- ]?out|stop receiving|be removed|be taken off))\b|you (?:can|may) (?:unsubscribe|opt[- ]?out)\b|wenn sie (?:keine|nicht)\b|(?:zum|um sich) ab(?:melden|zumelden|bestellen)\b|pour (?:vous|se) des\w+|si vous ne (?:souhaitez|voulez|desirez) plus\b|para (?:darse|dejar|cancelar|anular|no recibir)\b|si (?:no )?desea\w* (?:darse|dejar|cancelar|recibir)\b).{0,120}\b(?:click|clic|clique\w*|klick\w*|repl(?:y|ies)|here|hier|ici|aqui|link|visit|button|below|any ?time|jederzeit|antworten sie|repond\w+|responda)\b)/;
/** Of the reader of this one all the same. */
const asksOneself = /\b(?:stop|never|don'?t|do not|remove|leave|delete|take)\b(?: \w+){0,2} (?:me|us|my|our)\b/;

/** Behind the first paragraph, which is what somebody has to say. */
function withoutFooter(text: string): string {
  const [first = "", ...others] = text.split(/\n[^\S\n]*\r?\n/);
  if (others.length === 0) return text;
  const kept = others.map((paragraph) => {
    const sentences = paragraph.replace(/\s+/g, " ").split(/(?<=[.!?|] )/);
    const own = sentences.filter((sentence) => {
      const simple = plain(sentence.slice(0, 400));
      return !tellsHow.test(simple) || asksOneself.test(simple);
    });
    return own.length === sentences.length ? paragraph : own.join("");
  });
  return [first, ...kept].join("\n\n");
}

/** Longer texts are looked at to here: who writes more says it at the beginning or at the end. */
const lookedAt = 4_000;

/** The words by which a message asks not to be contacted any more; null: it doesn't, as far as these lists tell. */
export function refusalOf(text: string): string | null {
  const parts = text.length > 2 * lookedAt ? [text.slice(0, lookedAt), text.slice(-lookedAt)] : [text];
  for (const whole of parts) {
    const part = withoutFooter(withoutProducts(whole));
    const latin = withLatinLetters(visible(part));
    const refusal = refusalIn(part) ?? (latin === null ? null : refusalIn(latin));
    if (refusal !== null) return refusal;
  }
  return null;
}

function refusalIn(part: string): string | null {
  const shouted = part.length > 40 && part === part.toUpperCase();
  const loud = shouted ? null : loudly(visible(part));
  if (loud !== null) return loud.trim();
  const simple = plain(part);
  for (const pattern of patterns) {
    const found = pattern.exec(simple);
    if (found) return found[0].trim().slice(0, 200).toWellFormed();
  }
  return lineOf(part)?.trim() ?? null;
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
