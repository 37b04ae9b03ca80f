import { hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";

/** A file of the dashboard, in the forms in which it may be sent. */
export interface SiteFile {
  contentType: string;
  /** Its name has a hash in it: it never changes. */
  immutable: boolean;
  etag: string;
  plain: Buffer;
  br: Buffer | null;
  gzip: Buffer | null;
}

/**
 * By each page's address (`/leads/$leadId`) the paths of its own files, what is painted first, and what it asks first: what
 * dashboard/page-files.ts writes.
 */
type PageFiles = Readonly<Record<string, { files: readonly string[]; early?: string; reads?: string }>>;

const contentTypes: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".webmanifest": "application/manifest+json",
};

/**
 * The dashboard's files as they were built, held in memory (some 2 MB): what isn't in the list isn't there, whatever a path
 * says.
 */
export class Site {
  private readonly files: ReadonlyMap<string, SiteFile>;
  private readonly page: string;
  /** By a page's address, of which a part may stand for any: the tags that have its scripts, styles and first data loaded early, and its frame. */
  private readonly pages: readonly { address: RegExp; preloads: string; early: string }[];

  private constructor(files: ReadonlyMap<string, SiteFile>, page: string, pageFiles: PageFiles) {
    this.files = files;
    this.page = page;
    this.pages = Object.entries(pageFiles)
      // `/leads/import` is found before `/leads/$leadId`.
      .sort(([a], [b]) => Number(a.includes("$")) - Number(b.includes("$")))
      .map(([path, { files: names, early = "", reads }]) => ({
        address: addressOf(path),
        preloads: names.map(preloadOf).join("") + (reads === undefined ? "" : readsTag(reads)),
        early,
      }));
  }

  /** Throws where the folder has no index.html. */
  static read(folder: string): Site {
    const files = new Map<string, SiteFile>();
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const contentType = contentTypes[extname(entry.name)];
      if (!entry.isFile() || contentType === undefined) continue;
      const file = join(entry.parentPath, entry.name);
      const path = `/${relative(folder, file).split(sep).join("/")}`;
      const plain = readFileSync(file);
      files.set(path, {
        contentType,
        immutable: path.startsWith("/assets/"),
        etag: `"${hash("sha256", plain, "base64url").slice(0, 22)}"`,
        plain,
        br: existsSync(`${file}.br`) ? readFileSync(`${file}.br`) : null,
        gzip: existsSync(`${file}.gz`) ? readFileSync(`${file}.gz`) : null,
      });
    }
    const pageFiles = join(folder, "page-files.json");
    return new Site(
      files,
      readFileSync(join(folder, "index.html"), "utf8"),
      existsSync(pageFiles) ? (JSON.parse(readFileSync(pageFiles, "utf8")) as PageFiles) : {},
    );
  }

  file(path: string): SiteFile | null {
    return this.files.get(path) ?? null;
  }

  /**
   * The page for this nonce. It is the same for every address, but for what makes it quick: it names the address's own
   * scripts, styles and first data, so that they come beside those that all pages need, and has its frame, which is painted before they run.
   */
  html(nonce: string, path: string): string {
    const { preloads, early } = this.pages.find(({ address }) => address.test(path)) ?? { preloads: "", early: "" };
    return this.page
      .replaceAll("%CSP_NONCE%", nonce)
      .replace("</head>", () => `${preloads}</head>`)
      .replace('<div id="root">', (root) => root + early);
  }
}

function addressOf(path: string): RegExp {
  const parts = path
    .split("/")
    .map((part) => (part.startsWith("$") ? "[^/]+" : part.replace(/[.*+?^$(){}|[\]\\]/g, "\\$&")));
  return new RegExp(`^${parts.join("/")}/?$`);
}

const preloadOf = (name: string): string =>
  name.endsWith(".css")
    ? `<link rel="preload" as="style" crossorigin href="${name}">`
    : `<link rel="modulepreload" crossorigin href="${name}">`;

const readsTag = (address: string): string =>
  `<link rel="preload" as="fetch" crossorigin href="${address.replaceAll("&", "&amp;")}">`;
