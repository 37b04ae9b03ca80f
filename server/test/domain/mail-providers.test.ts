import { expect, test } from "vitest";
import { isSharedDomain } from "../../src/domain/mail-providers.ts";

test.each([
  ...["gmail.com", "yahoo.co.uk", "live.com.au", "gmx.net", "t-online.de", "orange.fr", "comcast.net"],
  ...["mail.ru", "naver.com", "wp.pl", "libero.it"],
])("strangers have addresses in %s", (domain) => expect(isSharedDomain(domain)).toBe(true));

test.each(["example.com", "yahoo.lead.example", "notgmail.com", "outlook.company", ""])(
  "who has an address in %j works there",
  (domain) => expect(isSharedDomain(domain)).toBe(false),
);
