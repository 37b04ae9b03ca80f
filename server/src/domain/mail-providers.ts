/** Providers with a domain in many countries: the name before the country's ending. */
const international = /^(?:outlook|hotmail|live|msn|yahoo|ymail|gmx|aol|yandex|zoho|rediffmail)\.[a-z.]{2,6}$/;

/** Those with the most private mailboxes in their countries, and those of access providers. */
const others: ReadonlySet<string> = new Set(
  `gmail.com googlemail.com icloud.com me.com mac.com rocketmail.com proton.me protonmail.com protonmail.ch pm.me tutanota.com tuta.com
  fastmail.com fastmail.fm hey.com mail.com email.com usa.com hushmail.com duck.com mailbox.org posteo.de posteo.net
  comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net optonline.net frontier.com juno.com netzero.net
  shaw.ca rogers.com sympatico.ca telus.net videotron.ca bigpond.com bigpond.net.au optusnet.com.au xtra.co.nz
  btinternet.com btopenworld.com sky.com virginmedia.com ntlworld.com talktalk.net blueyonder.co.uk eircom.net
  web.de t-online.de freenet.de arcor.de online.de 1und1.de kabelmail.de unitybox.de bluewin.ch hispeed.ch sunrise.ch aon.at chello.at
  orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr bbox.fr numericable.fr skynet.be telenet.be proximus.be
  ziggo.nl kpnmail.nl kpnplanet.nl planet.nl hetnet.nl xs4all.nl home.nl casema.nl
  libero.it virgilio.it tiscali.it alice.it tin.it fastwebnet.it telefonica.net movistar.es terra.es sapo.pt
  telia.com comhem.se bredband.net online.no getmail.no mail.dk tdcadsl.dk stofanet.dk elisanet.fi kolumbus.fi luukku.com
  wp.pl o2.pl onet.pl interia.pl op.pl poczta.fm seznam.cz email.cz centrum.cz azet.sk zoznam.sk freemail.hu citromail.hu abv.bg
  mail.ru inbox.ru list.ru bk.ru rambler.ru ya.ru ukr.net i.ua mynet.com walla.co.il walla.com
  qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com 139.com 189.cn
  naver.com daum.net hanmail.net nate.com kakao.com docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp nifty.com
  uol.com.br bol.com.br terra.com.br ig.com.br globo.com prodigy.net.mx`.split(/\s+/),
);

/** Whether strangers have addresses in a domain (in lower case), so that two of them are no colleagues. */
export function isSharedDomain(domain: string): boolean {
  return others.has(domain) || international.test(domain);
}
