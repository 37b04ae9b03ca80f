/** What mail servers say in words of why they refuse a mail: some of their codes mean anything. */

const nobodyThere =
  /\b(?:user|mailbox|recipient|address|account)\b.{0,60}\b(?:unknown|not found|(?:does not|doesn't|doesn’t) exist|no longer (?:exists|available|valid))|\b(?:unknown|no such) (?:user|mailbox|recipient|address|account)\b|\b(?:doesn['’]t|does not) have an? .{0,60}\baccount\b|\bno mailbox here by that name\b|\b(?:empfänger|adresse|benutzer|postfach)\b.{0,40}\b(?:unbekannt|existiert nicht|nicht gefunden)|\b(?:adresse|destinataire|utilisateur|boîte)\b.{0,40}(?:inconnue?\b|n['’]existe pas\b|introuvable\b)|\b(?:dirección|usuario|buzón|destinatario|indirizzo|utente|casella|endereço|usuário)\b.{0,40}(?:\bno existe\b|\bdesconocid|\bno encontrad|\bnon esiste\b|\bsconosciut|\binesistente\b|\bnão existe\b|\bdesconhecid)|\b(?:adres|gebruiker|ontvanger)\b.{0,40}\b(?:bestaat niet|onbekend)/i;

/** Of the sender's address it is said, too. */
const ofSender =
  /\b(?:sender|from|return)['’]?s? (?:address|domain|user)\b(?: rejected:? (?:the )?(?:address|domain|user)\b)?/gi;

/** Whether it is said that there is no such address; in English, German, French, Spanish, Italian, Portuguese, Dutch. */
export const saysNobodyThere = (words: string): boolean => nobodyThere.test(words.replace(ofSender, ""));

/** Statuses, as a text begins with them, that are the sender's own: its address (5.1.7, 5.1.8), its day's limit (Microsoft's 5.1.90, Gmail's 5.4.5). */
export const ofSenderStatus = /^5\.(?:1\.(?:7|8|90)|4\.5)(?: |$)/;

const otherReason =
  /\b(?:spam(?:haus|cop)?|junk|black ?list(?:ed)?|block(?:ed|ed by|list(?:ed)?)|listed (?:by|in|at|on)|rbl|dnsbl|reputation|dmarc|spf|dkim|policy|gr[ea]y-?list\w*|too many|rate limit\w*|throttl\w+|try (?:again )?later|temporar\w+|hop count|loop\w*|expired|timed out|ptr|r(?:everse )?dns|helo|ehlo|relay\w*|authenticat\w+|sender (?:address |domain )?(?:rejected|denied|verify)|domain of sender|(?:over|exceed\w*) (?:\w+ )?quota|quota exceeded|(?:mailbox|inbox|disk) (?:is )?full|too large)\b/i;

/** Whether something else than the address is said to be the reason: a filter, the sender, a limit, the server itself. */
export const saysOtherReason = (words: string): boolean => otherReason.test(words);

const flooded = /\b(?:at a rate|too quickly|too many)\b/i;

/** Whether a mailbox is said to get too much at the moment: Gmail's 5.2.1 stands for that, and for one that is disabled. */
export const saysFlooded = (words: string): boolean => flooded.test(words);
