/** Stems of what binds the business: each may be said only where the sources say it. */
const promises: readonly RegExp[] = [
  /\bguarante\w*/i,
  /\b(?:i|we) (?:hereby )?(?:promise|swear|commit|pledge)\b/i,
  /\bmoney[- ]back\b/i,
  /\brefund\w*/i,
  /\bdiscount\w*|\bcoupon\w*|\bpromo code\b|\bvoucher\w*/i,
  /\bhalf[- ](?:the[- ])?price\b|\b(?:special|reduced|lowest|best|exclusive|limited(?:[- ]time)?) (?:offer|price|deal|rate)s?\b|\bprice match\w*|\bon sale\b/i,
  /\bwarrant(?:y|ies)\b/i,
  /\bfree (?:of charge|trial|month|year|upgrade|shipping|delivery)\b|\bfor free\b|\bno (?:cost|charge)\b|\bat no (?:cost|charge)\b|\bcomplimentary\b|\bno (?:extra|additional|hidden) (?:costs?|charges?|fees?)\b/i,
  /\bfree (?:installation|consultation|quote|estimate|inspection|assessment|survey|maintenance|service|repair|sample|gift|setup|battery)s?\b|\b(?:it|this|that|all|installation|delivery|shipping|consultation|service)(?:'s| is) (?:(?:completely|absolutely|totally|all|entirely) )?free\b(?! (?:to|on|at|from|for|from|of|next|this|tomorrow))/i,
  /\b(?:half|a (?:quarter|third|fifth|tenth)) off\b|\bbuy one,? get\b|\b(?:two|2)[- ]for[- ](?:one|1)\b|\brebates?\b|\bcash ?back\b|\bgift cards?\b|\bno strings attached\b|\brisk[- ]free\b|\bcancel any ?time\b|\blifetime (?:coverage|support|cover)\b/i,
  /\b(?:i|we) (?:can )?(?:assure you|certify|vouch)\b|\brest assured\b|\b(?:we|i)(?:'ll| will) (?:pay|reimburse|compensate|throw in|credit you|(?:cover|take care of) (?:everything|all costs|(?:all )?(?:the|your) (?:costs?|bills?|difference|expenses?)))\b|\byou(?:'ll| will) (?:never (?:pay|have)|(?:definitely |certainly |surely )?save (?:money|thousands|hundreds|a lot|big))\b|\bit will never (?:break|fail|leak)\b/i,
  /\blegally binding\b|\b(?:we|i) (?:accept|agree to) (?:your|these|the) (?:terms|offer|price)\b|\bit'?s a deal\b|\bno takesies?[- ]backsies?\b/i,
  /\bwaive\w*\b/i,
  /\b(?:garan[tz]|gwaran)\p{L}*/iu,
  /\bversprech\w*|\brabatt\w*|\bkosten(?:los|frei)\w*|\bumsonst\b|\bgratis\b|\bgeld[- ]zurück\b|\bohne risiko\b|\brisikofrei\w*|\bwir (?:übernehmen die kosten|erstatten|sichern ihnen)\b|\brückerstattung\w*/i,
  /\bremise\w*|\bgratuit\w*|\bremboursement\w*|\brembours\w*|\bnous nous engageons\b|\bsans (?:risque|engagement)\b|\bje (?:vous )?promets\b/i,
  /\bdescuento\w*|\breembolso\w*|\bsin (?:compromiso|riesgo)\b|\b(?:te|le) (?:lo )?aseguro\b|\bprometo\b|\bprometemos\b/i,
  // Italian, Portuguese, Dutch, Polish, Turkish
  /\bscont[oi]\b|\bomaggio\b|\bsenza (?:impegno|rischi)\b|\brimbors\w*|\bpromettiamo\b|\bdesconto\w*|\bgrátis\b|\bkorting\w*|\bterugbetal\w*|\bwij beloven\b/iu,
  /(?<!\p{L})(?:zniżk|rabat|darmow|zwrot pieniędzy|obiecuj|indirim|ücretsiz|bedava|para iadesi|söz veriyor)\p{L}*/iu,
  // Russian, Chinese, Japanese, Korean, Arabic, Hebrew, Hindi
  /(?<!\p{L})(?:гарант|скидк|бесплатн|возврат денег|верн[её]м деньги|обеща[ею])\p{L}*/iu,
  /保证|保證|折扣|免费|免費|免运费|免運費|包邮|包郵|赠[送品]|贈[送品]|无风险|無料|無償|退款|保証|割引|返金|보장|할인|무료|환불/u,
  /ضمان|نضمن|خصم|مجان|استرداد|החזר כספי|הנחה|בחינם|गारंटी|मुफ़?्त|छूट|वापसी की/u,
  // The same in everyday words.
  /\byou have my word\b|\bconsider it (?:done|sold|yours)\b|\bwe have a deal\b|(?:^|[.!] )deal[.!]|\bon the house\b|\b(?:is|are) on us\b|\b(?:pay|give) you back\b|\bmatch any (?:price|offer|quote)\w*/i,
  /\b(?:won'?t|will not|don'?t|do not) (?:have to )?(?:pay|cost you) (?:us )?(?:a thing|anything|a cent|a penny)\b|\bcosts? (?:you )?(?:nothing|absolutely nothing)\b/i,
  /\b(?:ohne (?:aufpreis|kosten)|kostet (?:sie |dich |euch )?nichts|geschenkt)\b|\b(?:est|sont) offerte?s?\b|\bsans frais\b|\bne (?:vous )?co[uû]te(?:ra)? rien\b/iu,
  /\bsin (?:coste|costo|cargo)s?\b|\brebaja\w*|\bsem custos?\b|\bsenza costi\b/i,
  /\b(?:it's|that's|this is) a promise\b|\b(?:i|we) give (?:you )?(?:my|our) word\b|\bcross my heart\b|\bpa(?:y|ys|id) nothing\b|\bnothing (?:to pay|upfront|down)\b|\b(?:no|zero) (?:money |cash )?down(?: payment)?\b|\bno (?:deposit|upfront \w+)\b|\b(?:beat|undercut) (?:any|every|their|your)\b|\bpays? for itself\b|\blast(?:s|ed)? (?:you )?(?:for life|for ?ever|a lifetime)\b|\b(?:cut|halve|slash)(?:s|ting)? your (?:\w+ )?(?:bills?|costs?)\b|\bbills? (?:will|would|is going to) be (?:zero|nothing|gone)\b|\bwe(?:'re| are) the cheapest\b|\byour cheapest option\b|\bknock \S+(?: \S+){0,4} off\b/i,
  /\b(?:zahlen|bezahlen) (?:sie |du |ihr )?(?:\S+ ){0,3}nichts\b|\bkeine anzahlung\b|\brien à (?:payer|verser)\b|\bne pa(?:yez|ierez|yerez) rien\b|\bsans acompte\b|\bno (?:paga|pagas|pagará|pagarás|tiene que pagar) nada\b|\bnon paga(?:te)? (?:niente|nulla)\b|\bnão paga(?:rá)? nada\b/iu,
  /\b(?:devolv|devuelv|restitu|retourn)\p{L}* (?:el|tu|su|o|o seu|o teu|i|i tuoi|i vostri|il|il tuo) (?:dinero|dinheiro|soldi|denaro)\b|退[钱錢]/iu,
  // Swedish, Danish, Norwegian, Finnish
  /(?<!\p{L})(?:kostnadsfri|avgiftsfri|vederlagsfri|ilmai[ns]|alennu[ks])\p{L}*|\b(?:uden beregning|uten kostnad|utan kostnad)\b/iu,
  // Czech, Slovak, Hungarian, Romanian, Croatian, Serbian, Greek
  /(?<!\p{L})(?:zdarma|slev[auyěo]|zľav|zadarmo|za darmo|ingyen|kedvezmény|reducere|reduceri|popust|besplat)\p{L}*|δωρεάν|έκπτωσ|εκπτώσ/iu,
  // Ukrainian, Bulgarian, Vietnamese, Thai, Indonesian, Persian
  /(?<!\p{L})(?:знижк|безкоштовн|відшкод|отстъпк|безплат)\p{L}*|miễn phí|giảm giá|ฟรี|ส่วนลด|\bdiskon\b|رایگان|تخفیف/iu,
  // Estonian, Latvian, Lithuanian, Slovene, Malay, Swahili, Bengali, Urdu, Hebrew
  /(?<!\p{L})(?:tasuta|bezmaksas|nemokam\p{L}*|brezplač\p{L}*|percuma|bila malipo)(?!\p{L})|বিনামূল্য|مفت(?!\p{L})|חינם/iu,
];

/** That something is settled: an appointment, a loan. What the person itself has done ("once you have booked") is none. */
const done = "(?:pre-?approved|approved|booked|confirmed|reserved|scheduled|accepted)";
const confirmations: readonly RegExp[] = [
  new RegExp(
    `\\b(?:are|is|be|been|being|'re|'s|get|got|gets)\\s+(?:now |all |already |officially |hereby )?${done}\\b`,
    "i",
  ),
  new RegExp(`\\b(?:i|we)(?:'ve| have)?\\s+(?:just |already |now )?(?:${done})\\b`, "i"),
  /\b(?:hold|reserve|save|set aside) (?:it|one|that|them|a (?:slot|spot|place|date)) for you\b|\breserved for you\b|\byou(?:'ve| have) been selected\b|\byou won\b|\b(?:appointment|booking|visit|order) (?:is )?(?:confirmed|booked)\b/i,
  /(?<!\b(?:if|whether|when|once|do|does|did|that|see|check) )\byou (?:do )?qualify for\b|(?<!\b(?:if|whether|when|once|that) )\byou(?:'re| are) (?:eligible|entitled)\b/i,
  new RegExp(`(?:^|[.!?,:]\\s+)${done}(?=\\s*(?:[.!,:]|$))`, "im"),
  /\b(?:ist|sind|wurde|wird)\s(?:[^.!?\n]{0,40}\s)?(?:gebucht|bestätigt|genehmigt|reserviert|bewilligt)(?!\p{L})/iu,
  /\b(?:est|êtes|sont)\s(?:[^.!?\n]{0,20}\s)?(?:réservée?s?|confirmée?s?|approuvée?s?)(?!\p{L})/iu,
  /\b(?:está|queda|están|quedan)\s(?:[^.!?\n]{0,20}\s)?(?:reservad|confirmad|aprobad|agendad)[oa]s?\b/iu,
  /\byou(?:'re| are) (?:all set|down for)\b|\bput you down for\b|\bpencill?ed you in\b|\brendez-vous\s(?:\p{L}+\s){0,2}(?:pris|fixé|noté)(?!\p{L})/iu,
  // Italian, Portuguese, Dutch, Swedish, Danish, Norwegian
  /(?<!\p{L})(?:è|sono|stat[oaie])\s(?:\p{L}+\s){0,2}(?:confermat|prenotat|approvat|fissat)[oaie](?!\p{L})/iu,
  /(?<!\p{L})(?:foi|fica|ficou|está)\s(?:\p{L}+\s){0,2}(?:confirmad|agendad|reservad|aprovad|marcad)[oa]s?(?!\p{L})/iu,
  /\b(?:is|zijn|staat)\s(?:[^.!?\n]{0,30}\s)?(?:bevestigd|geboekt|gereserveerd|goedgekeurd|ingepland)\b/i,
  /(?<!\p{L})(?:är|er|blev|ble|(?:jag|jeg|vi) har)\s(?:\p{L}+\s){0,3}(?:bokad|bokat|bekräftad|godkänd|booket|bekræftet|bekreftet|godkendt|godkjent|reserveret|reservert|reserverad)(?!\p{L})/iu,
  /\byour (?:appointment|slot|visit|booking|place|spot) is (?:all )?(?:set|fixed|secured|yours)\b|\b(?:i|we)(?:'ve| have)? (?:put|added|entered|got) you (?:on|in|into) (?:the|our|my) (?:calendar|schedule|diary|books?)\b|\b(?:loan|credit|application|request|permit)\b[^.!?\n]{0,20} (?:was|has been|is) granted\b/i,
  /\b(?:termin|besuch|buchung) steht\b(?! (?:noch |leider )?(?:nicht|aus|an)\b)|\b(?:sie|du|ihr) (?:sind|bist|seid) (?:\S+ ){0,2}(?:eingetragen|vorgemerkt|eingeplant)\b|(?:^|[.!¡]\s*)(?:confirmad|reservad|aprobad|agendad)[oa]\s*(?:[.!]|$)|(?:^|[.!]\s*)(?:bestätigt|gebucht|confermato|prenotato|confirmé|réservé)\s*(?:[.!]|$)/imu,
  // Polish, Czech, Russian, Ukrainian, Turkish
  /(?<!\p{L})(?:(?:potwierdzon|zarezerwowan|zatwierdzon)\p{L}*|(?:potvrzen|rezervován|schválen)[aoýy]?|(?:подтвержд[её]н|забронирован|одобрен)[аоы]?|(?:підтверджен|заброньован|схвален)(?:ий|[аоі])?|(?:onayland|onaylanmış|rezerve edil)\p{L}*)(?!\p{L})/iu,
  // Chinese, Japanese, Korean, Arabic, Hebrew, Hindi
  /已(?:经|經)?(?:为您|為您)?(?:确认|確認|预约|預約|预订|預訂|批准)|(?:预约|預約|预订|預訂)已|(?:予約|面談|訪問)[^.\n]{0,8}(?:確定|完了|承り|取れ)|予約しました|(?:확정|예약)(?:이 |을 |를 )?(?:되었|됐|했|완료)/u,
  /تم (?:تأكيد|حجز|قبول|الموافقة)|(?:הפגישה|התור|הביקור) (?:אושר|נקבע|הוזמן)|(?:पक्की|पक्का|बुक|कन्फर्म) (?:है|हो ग)/u,
];

/** What it promises, and the sources don't. */
export function unknownPromises(text: string, sources: string): [key: string, detail: string][] {
  return [...promises, ...confirmations].flatMap((pattern) => {
    const found = pattern.exec(text)?.[0].trim();
    if (found === undefined || pattern.test(sources)) return [];
    return [[found, `"${found}" is a promise that the knowledge doesn't make.`] as [string, string]];
  });
}
