import { crc32, deflateSync, inflateSync } from "node:zlib";

/**
 * The same picture with 256 of its colours, and the nearest of these for the others: a third of the size, and no
 * difference to be seen where there are words, lines and flat areas. Takes 8 bits of red, green and blue, as Chromium writes them.
 */
export function withPalette(png: Buffer): Buffer {
  const { width, height, channels, data } = read(png);
  const pixels = unfilter(inflateSync(data), width, height, channels);
  const counts = new Map<number, number>();
  const colours = new Uint32Array(width * height);
  for (let at = 0, n = 0; n < colours.length; n += 1, at += channels) {
    const colour = (pixels[at]! << 16) | (pixels[at + 1]! << 8) | pixels[at + 2]!;
    colours[n] = colour;
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = paletteOf(counts);
  const place = new Map<number, number>(palette.map((colour, index) => [colour, index]));
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0, n = 0; y < height; y += 1) {
    for (let x = 1; x <= width; x += 1, n += 1) {
      const colour = colours[n]!;
      let index = place.get(colour);
      if (index === undefined) {
        index = nearest(palette, colour);
        place.set(colour, index);
      }
      rows[y * (width + 1) + x] = index;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits, each a place in the palette.
  header.set([8, 3, 0, 0, 0], 8);
  const table = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  const chunks = [
    chunk("IHDR", header),
    chunk("PLTE", table),
    chunk("IDAT", deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ];
  return Buffer.concat([png.subarray(0, 8), ...chunks]);
}

function read(png: Buffer) {
  const data: Buffer[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") data.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const channels = { 2: 3, 6: 4 }[png[25]!];
  if (png[24] !== 8 || !channels) throw new Error("Only pictures with 8 bits of each colour can be read.");
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20), channels, data: Buffer.concat(data) };
}

/** Undoes the filter that stands before each row (PNG specification, 9.2). */
function unfilter(raw: Buffer, width: number, height: number, channels: number): Buffer {
  const length = width * channels;
  const out = Buffer.alloc(length * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (length + 1)]!;
    for (let x = 0; x < length; x += 1) {
      const to = y * length + x;
      const left = x >= channels ? out[to - channels]! : 0;
      const up = y > 0 ? out[to - length]! : 0;
      const corner = x >= channels && y > 0 ? out[to - length - channels]! : 0;
      const foreseen = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter]!;
      out[to] = raw[y * (length + 1) + 1 + x]! + foreseen;
    }
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** The most frequent colours, then those that are missed most: a red mark has few pixels, and nothing beside it that is red. */
function paletteOf(counts: ReadonlyMap<number, number>): number[] {
  const left = [...counts].sort((a, b) => b[1] - a[1]).map(([colour, count]) => ({ colour, count, off: Infinity }));
  const palette: number[] = [];
  const take = (colour: number) => {
    palette.push(colour);
    for (const one of left) one.off = Math.min(one.off, distance(one.colour, colour));
  };
  for (const { colour } of left.slice(0, 64)) take(colour);
  while (palette.length < 256) {
    const [first, ...others] = left;
    const missed = others.reduce((worst, one) => (cost(one) > cost(worst) ? one : worst), first!);
    if (missed.off === 0) break;
    take(missed.colour);
  }
  return palette;
}

const cost = ({ count, off }: { count: number; off: number }) => off * Math.sqrt(count);

const distance = (a: number, b: number) =>
  ((a >> 16) - (b >> 16)) ** 2 + (((a >> 8) & 255) - ((b >> 8) & 255)) ** 2 + ((a & 255) - (b & 255)) ** 2;

function nearest(palette: readonly number[], colour: number): number {
  let best = 0;
  for (let n = 1; n < palette.length; n += 1) {
    if (distance(palette[n]!, colour) < distance(palette[best]!, colour)) best = n;
  }
  return best;
}

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, "latin1"), body]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
