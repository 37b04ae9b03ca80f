import { expect, test } from "vitest";
import { isAutomated } from "../../src/domain/automated-agent.ts";
import { linksOf, trackedHtml } from "../../src/domain/html-tracking.ts";

const track = (html: string, pixelUrl: string | null = null) =>
  trackedHtml(html, { pixelUrl, clickUrl: (n) => `https://h/c/${n}`, skip: (url) => url.startsWith("https://h/u/") });

test("links to web pages are led over Herald, in quotes of either kind; nothing else changes", () => {
  const cases: [string, string][] = [
    ['<a class="x" href="https://a.b/c">t</a>', '<a class="x" href="https://h/c/0">t</a>'],
    ["<A HREF='http://a.b/?q=1&#38;r=2'>t</A>", "<A HREF='https://h/c/0'>t</A>"],
    ['<map><area href="https://a.b/"></map>', '<map><area href="https://h/c/0"></map>'],
    ['<!--[if mso]><a href="https://a.b/">t</a><![endif]-->', '<!--[if mso]><a href="https://h/c/0">t</a><![endif]-->'],
    ...[
      '<a href="mailto:a@b.c">',
      '<a href="#top">',
      "<a href=https://a.b>",
      '<link href="https://a.b/x.css">',
      '<img src="https://a.b/i.png">',
      '<a data-href="https://a.b">',
      '<a href="https://a.b/&eacute;">',
      '<a title="href=" href="tel:1">',
      '<a href="https://[">',
    ].map((same): [string, string] => [same, same]),
    [
      '<a href="https://a.b/1">1</a><a href="https://h/u/x">u</a><a href=" https://a.b/2 ">2</a>',
      '<a href="https://h/c/0">1</a><a href="https://h/u/x">u</a><a href="https://h/c/2">2</a>',
    ],
  ];
  for (const [html, tracked] of cases) expect(track(html), html).toBe(tracked);
  // What an index leads to is what stood there.
  expect(linksOf("<a href='http://a.b/?q=1&#38;r=2'>t</a>")[0]!.url).toBe("http://a.b/?q=1&r=2");
});

test("the pixel stands at the end of the body, or of all", () => {
  expect(track("<body><p>x</p></body></html>", "https://h/o/1.gif")).toMatch(
    /<p>x<\/p><img src="https:\/\/h\/o\/1\.gif"[^>]*><\/body><\/html>$/,
  );
  expect(track("<p>x</p>", "https://h/o/1.gif")).toMatch(/^<p>x<\/p><img [^>]*>$/);
});

test("proxies, scanners and previews are told from people", () => {
  const agents = (list: string[], method = "GET") => list.map((agent) => isAutomated(method, { "user-agent": agent }));
  const iphone =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148";
  const proxy = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";
  expect(agents([proxy, "Mozilla/5.0", "", "Slackbot-LinkExpanding 1.0", "curl/8.5.0"])).toEqual([
    true,
    true,
    true,
    true,
    true,
  ]);
  expect(agents([iphone])).toEqual([false]);
  expect(agents([iphone], "HEAD")).toEqual([true]);
  expect(isAutomated("GET", {})).toBe(true);
  expect(isAutomated("GET", { "user-agent": iphone, "sec-purpose": "prefetch" })).toBe(true);
});
