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
  private readonly page: readonly [before: string, ...after: string[]];

  private constructor(files: ReadonlyMap<string, SiteFile>, page: string) {
    this.files = files;
    this.page = page.split("%CSP_NONCE%") as [string, ...string[]];
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
    return new Site(files, readFileSync(join(folder, "index.html"), "utf8"));
  }

  file(path: string): SiteFile | null {
    return this.files.get(path) ?? null;
  }

  /** The page, which is the same for every address, for this nonce. */
  html(nonce: string): string {
    return this.page.join(nonce);
  }
}
