/** Stems of what binds the business: each may be said only where the sources say it. */
const promises: readonly RegExp[] = [
  /\bguarante\w*/i,
  /\b(?:i|we) (?:hereby )?(?:promise|swear|commit|pledge)\b/i,
  /\bmoney[- ]back\b/i,
  /\brefund\w*/i,
  /\bdiscount\w*|\bcoupon\w*|\bpromo code\b|\bvoucher\w*/i,
  /\bhalf[- ](?:the[- ])?price\b|\b(?:special|reduced|lowest|best) (?:offer|price|deal|rate)s?\b|\bprice match\w*|\bon sale\b/i,
  /\bwarrant(?:y|ies)\b/i,
  /\bfree (?:of charge|trial|month|year|upgrade|shipping|delivery)\b|\bfor free\b|\bno (?:cost|charge)\b|\bat no (?:cost|charge)\b|\bcomplimentary\b/i,
  /\blegally binding\b|\b(?:we|i) (?:accept|agree to) (?:your|these|the) (?:terms|offer|price)\b|\bit'?s a deal\b|\bno takesies?[- ]backsies?\b/i,
  /\bwaive\w*\b/i,
  /\b(?:garan[tz]|gwaran)\p{L}*/iu,
  /\bversprech\w*|\brabatt\w*|\bkostenlos\w*|\bgratis\b|\brückerstattung\w*/i,
  /\bremise\w*|\bgratuit\w*|\bremboursement\w*|\bje (?:vous )?promets\b/i,
  /\bdescuento\w*|\breembolso\w*|\bprometo\b|\bprometemos\b/i,
  // Italian, Portuguese, Dutch, Polish, Turkish
  /\bscont[oi]\b|\brimbors\w*|\bpromettiamo\b|\bdesconto\w*|\bgrátis\b|\bkorting\w*|\bterugbetal\w*|\bwij beloven\b/iu,
  /(?<!\p{L})(?:zniżk|rabat|darmow|zwrot pieniędzy|obiecuj|indirim|ücretsiz|bedava|para iadesi|söz veriyor)\p{L}*/iu,
  // Russian, Chinese, Japanese, Korean, Arabic, Hebrew, Hindi
  /(?<!\p{L})(?:гарант|скидк|бесплатн|возврат денег|верн[её]м деньги|обеща[ею])\p{L}*/iu,
  /保证|保證|折扣|免费|免費|退款|保証|割引|無料|返金|보장|할인|무료|환불/u,
  /ضمان|نضمن|خصم|مجان|استرداد|החזר כספי|הנחה|בחינם|गारंटी|मुफ़?्त|छूट|वापसी की/u,
];

/** That something is settled: an appointment, a loan. What the person itself has done ("once you have booked") is none. */
const done = "(?:pre-?approved|approved|booked|confirmed|reserved|scheduled|accepted)";
const confirmations: readonly RegExp[] = [
  new RegExp(
    `\\b(?:are|is|be|been|being|'re|'s|get|got|gets)\\s+(?:now |all |already |officially |hereby )?${done}\\b`,
    "i",
  ),
  new RegExp(`\\b(?:i|we)(?:'ve| have)?\\s+(?:just |already |now )?(?:${done})\\b`, "i"),
  new RegExp(`(?:^|[.!?,:]\\s+)${done}(?=\\s*(?:[.!,:]|$))`, "im"),
  /\b(?:ist|sind|wurde|wird)\s(?:[^.!?\n]{0,40}\s)?(?:gebucht|bestätigt|genehmigt|reserviert|bewilligt)(?!\p{L})/iu,
  /\b(?:est|êtes|sont)\s(?:[^.!?\n]{0,20}\s)?(?:réservée?s?|confirmée?s?|approuvée?s?)(?!\p{L})/iu,
  /\b(?:está|queda|están|quedan)\s(?:[^.!?\n]{0,20}\s)?(?:reservad|confirmad|aprobad|agendad)[oa]s?\b/iu,
];

/** What it promises, and the sources don't. */
export function unknownPromises(text: string, sources: string): [key: string, detail: string][] {
  return [...promises, ...confirmations].flatMap((pattern) => {
    const found = pattern.exec(text)?.[0].trim();
    if (found === undefined || pattern.test(sources)) return [];
    return [[found, `"${found}" is a promise that the knowledge doesn't make.`] as [string, string]];
  });
}
