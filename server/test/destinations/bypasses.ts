/**
 * Ways to name this machine, its network or a cloud's metadata service in a URL that were used to get past filters, from
 * the collections that testers use (PayloadsAllTheThings, HackTricks, the URL standard's own tests). As hosts.
 */
export const insideHosts: readonly string[] = [
  // Spellings of IPv4 that C libraries and the URL standard read.
  ..."127.1 127.0.1 127.000.000.001 0177.0.0.1 0x7f.1 0x7f.0.0.1 0x7f000001 0X7F000001 017700000001 2130706433".split(
    " ",
  ),
  ..."0 0.0.0.0 0x0 00 0.0 127.255.255.254 127.0.0.1. 0x7f.0x0.0x0.0x1 0177.0x0.0.1 127.0x1".split(" "),
  // Metadata services: AWS, GCP, Azure, Alibaba, Oracle, and their spellings.
  ..."169.254.169.254 2852039166 0xa9fea9fe 0xA9.0xFE.0xA9.0xFE 0251.0376.0251.0376 025177524776 169.16689662".split(
    " ",
  ),
  ..."169.254.170.2 100.100.100.200 192.0.0.192 168.63.129.16 [fd00:ec2::254] [fd20:ce::254]".split(" "),
  ..."metadata.google.internal metadata.google.internal. METADATA.GOOGLE.INTERNAL metadata.goog metadata".split(" "),
  // IPv4 inside of IPv6.
  ..."[::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:a9fe:a9fe] [::127.0.0.1] [::7f00:1] [::ffff:0:127.0.0.1]".split(" "),
  ..."[0:0:0:0:0:ffff:127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::127.0.0.1] [64:ff9b:1::7f00:1] [2002:7f00:1::]".split(" "),
  ..."[2002:a9fe:a9fe::1] [2001:0:4136:e378:8000:63bf:80ff:fffe] [2001:0::1] [::ffff:10.0.0.1]".split(" "),
  // IPv6 of its own.
  ..."[::] [::1] [0:0:0:0:0:0:0:1] [0000:0000::0001] [fe80::1] [fc00::1] [fd12:3456::1] [fec0::1] [ff02::1] [100::1]".split(
    " ",
  ),
  // Ranges that are not of the internet.
  ..."10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 100.64.0.1 100.127.255.255 192.0.0.1 192.0.2.1 198.18.0.1".split(
    " ",
  ),
  ..."198.19.255.255 198.51.100.1 203.0.113.1 192.88.99.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255".split(
    " ",
  ),
  // Names.
  ..."localhost LOCALHOST localhost. a.localhost localhost.localdomain db printer.local x.internal nas.home.arpa".split(
    " ",
  ),
  ..."kubernetes.default.svc.cluster.local router.lan vault.corp 1.0.0.127.in-addr.arpa".split(" "),
  // Characters that the URL standard maps to others: full width, circled, ideographic full stops, percent escapes.
  ..."１２７.０.０.１ ⓛocalhost ⓛⓞⓒⓐⓛⓗⓞⓢⓣ ①②⑦.⓪.⓪.① 127。0。0。1 127｡0｡0｡1 169。254。169。254 ｌｏｃａｌｈｏｓｔ".split(
    " ",
  ),
  ..."127%2e0%2e0%2e1 %31%32%37.0.0.1 %6cocalhost loc%61lhost lo\u00adcalhost".split(" "),
];

/** URLs that are read in different ways by different parsers, or that no parser should have to read. */
export const trickyUrls: readonly string[] = [
  "https://example.com@127.0.0.1/",
  "https://127.0.0.1@example.com/",
  "https://@example.com/",
  "https://:@example.com/",
  "https://example.com%40127.0.0.1/",
  "https://example.com\\@127.0.0.1/",
  "https://127.0.0.1\\@example.com/",
  "https:\\\\127.0.0.1/",
  "https://127.0.0.1%00.example.com/",
  "https://127.0.0.1%0d%0aHost:example.com/",
  "https://exam\tple.com/",
  "https://exam\nple.com/",
  "https://example.com/\r\nX: y",
  " https://example.com/",
  "https://example.com/\u0000",
  "https://example.com/a\u2028b",
  "https://example.com#@127.0.0.1/",
  "https://example.com..",
  "https://.example.com/",
  "https://ex..ample.com/",
  "https://[fe80::1%25eth0]/",
  "https://[fe80::1%eth0]/",
  "https://[::1/",
  "https://::1/",
  "https://[127.0.0.1]/",
  "https://[[::1]]/",
  "https://256.256.256.256/",
  "https://127.0.0.1.5/",
  "https://0x1ffffffff/",
  "https://1.2.3.08/",
  "https://example.com:99999/",
  "https://example.com:80:80/",
  "https:///example.com:-1/",
  "gopher://127.0.0.1:6379/_FLUSHALL",
  "file:///etc/passwd",
  "jar:https://example.com!/",
  "dict://127.0.0.1:11211/",
];

/**
 * What is not of the public internet, by the IANA registries of special-purpose addresses (IPv4 and IPv6, 2026), by hand and
 * not from the library that the product uses.
 */
export const specialRanges: readonly string[] = [
  ..."0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24".split(" "),
  ..."192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4".split(" "),
  ..."192.31.196.0/24 192.52.193.0/24 192.175.48.0/24 168.63.129.16/32".split(" "),
  ..."::/128 ::1/128 ::/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001:db8::/32".split(
    " ",
  ),
  ..."2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8".split(" "),
];

/** Networks whose addresses are surely public: of large operators, one by one. */
export const publicRanges: readonly string[] = [
  ..."1.1.1.0/24 8.8.8.0/24 13.32.0.0/15 52.95.0.0/16 93.184.216.0/24 104.16.0.0/13 140.82.112.0/20 172.64.0.0/13".split(
    " ",
  ),
  ..."2606:4700::/32 2a00:1450::/32 2600:1f00::/24 2001:4860::/32 2620:1ec::/36".split(" "),
];
