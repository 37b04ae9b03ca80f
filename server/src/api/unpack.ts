import { promisify } from "node:util";
import { brotliDecompress, inflateRaw, unzip, zstdDecompress } from "node:zlib";

const [unzipped, inflatedRaw, unbrotlied, unzstd] = [unzip, inflateRaw, brotliDecompress, zstdDecompress].map((one) =>
  promisify<Buffer, { maxOutputLength: number }, Buffer>(one),
) as [Unpack, Unpack, Unpack, Unpack];
type Unpack = (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

/** By the names of content codings (RFC 9110, 8.4.1; RFC 9659). What is called deflate comes with zlib's header, or bare. */
const unpackers: ReadonlyMap<string, readonly Unpack[]> = new Map([
  ["gzip", [unzipped]],
  ["x-gzip", [unzipped]],
  ["deflate", [unzipped, inflatedRaw]],
  ["br", [unbrotlied]],
  ["zstd", [unzstd]],
]);

/**
 * What was packed, by its `Content-Encoding`. Null: it can't be unpacked (an encoding that isn't known, or several; damage). "too large":
 * there is more than `most` bytes of it; no more than that is ever held.
 */
export async function unpack(body: Buffer, encoding: string, most: number): Promise<Buffer | "too large" | null> {
  for (const unpacker of unpackers.get(encoding.trim().toLowerCase()) ?? []) {
    try {
      return await unpacker(body, { maxOutputLength: most });
    } catch (error) {
      if ((error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") return "too large";
    }
  }
  return null;
}
