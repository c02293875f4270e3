/** CRC-32 as in zlib and PNG (polynomial 0xEDB88320), to compare texts without sending them. */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1 ? 0xedb88320 : 0) ^ (value >>> 1);
  return value;
});

const ENCODER = new TextEncoder();

/** Return the UTF-8 bytes of *text*. */
export function utf8(text: string): Uint8Array {
  return ENCODER.encode(text);
}

/** Return the CRC-32 of *bytes*, 0 to 2³² − 1, as Python's `zlib.crc32`. */
export function crc32(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (TABLE[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}
