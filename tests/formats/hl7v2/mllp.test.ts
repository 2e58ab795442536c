import fc from 'fast-check';
import { MllpDecoder, readFrames, writeFrame } from '../../../src/formats/hl7v2/mllp.ts';

const text = (bytes: Uint8Array) => new TextDecoder('latin1').decode(bytes);
const bytes = (content: string) => Uint8Array.from(content, (character) => character.charCodeAt(0));
const read = (...chunks: string[]) => {
  const decoder = new MllpDecoder({ limit: 20 });
  const results = [...chunks.map((chunk) => decoder.feed(bytes(chunk))), decoder.end()];
  return {
    frames: results.flatMap((result) => result.frames.map(text)),
    faults: results.flatMap((result) => result.faults.map((fault) => fault.code)),
  };
};

test.each<[string, string[], string[], string[]]>([
  ['one message', ['\x0bMSH\x1c\r'], ['MSH'], []],
  ['several in a packet', ['\x0ba\x1c\r\x0bb\x1c\r\x0bc\x1c\r'], ['a', 'b', 'c'], []],
  ['one in many packets', ['\x0b', 'M', 'S', 'H', '\x1c', '\r'], ['MSH'], []],
  ['line ends between frames', ['\r\n\x0ba\x1c\r\n\r\x0bb\x1c\r'], ['a', 'b'], []],
  ['a frame without its last CR before the next', ['\x0ba\x1c\x0bb\x1c\r'], ['a', 'b'], []],
  ['a frame without its last CR at the end', ['\x0ba\x1c'], ['a'], []],
  ['LF instead of CR', ['\x0ba\x1c\n'], ['a'], []],
  ['0x1C inside', ['\x0ba\x1cb\x1c\r'], ['a\x1cb'], []],
  ['0x1C 0x1C', ['\x0ba\x1c\x1c\r'], ['a\x1c'], []],
  ['an empty frame', ['\x0b\x1c\r'], [''], []],
  ['bytes before', ['GET / HTTP/1.1\r\n', 'Host: x\r\n', '\x0ba\x1c\r'], ['a'], ['MLLP-OUTSIDE']],
  ['bytes between', ['x\x0ba\x1c\ry\x0bb\x1c\r'], ['a', 'b'], ['MLLP-OUTSIDE', 'MLLP-OUTSIDE']],
  ['a frame never ended', ['\x0babc', '\x0bb\x1c\r'], ['b'], ['MLLP-UNENDED']],
  ['a connection that breaks', ['\x0babc'], [], ['MLLP-UNENDED']],
  ['a frame too large', ['\x0b', 'x'.repeat(15), 'y'.repeat(15), 'z', '\x1c\r\x0bb\x1c\r'], ['b'], ['MLLP-TOO-LARGE']],
  ['a frame at the limit', [`\x0b${'x'.repeat(20)}\x1c\r`], ['x'.repeat(20)], []],
])('%s', (_, chunks, frames, faults) => {
  expect(read(...chunks)).toEqual({ frames, faults });
});

const content = fc
  .uint8Array({ maxLength: 50 })
  .map((array) => array.map((byte) => (byte === 0x0b || byte === 0x1c ? 0x20 : byte)));

test('what is framed comes back, however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(content, { maxLength: 8 }), fc.array(fc.nat(40), { maxLength: 60 }), (messages, cuts) => {
      const all = Uint8Array.from(messages.flatMap((message) => [...writeFrame(message)]));
      const decoder = new MllpDecoder({ limit: 100 });
      const found: Uint8Array[] = [];
      let at = 0;
      for (const cut of [...cuts, all.length]) {
        const { frames, faults } = decoder.feed(all.subarray(at, at + cut));
        expect(faults).toEqual([]);
        found.push(...frames);
        at += cut;
      }
      expect(found.map(text)).toEqual(messages.map(text));
      expect(decoder.end()).toEqual({ frames: [], faults: [] });
    }),
  );
});

test('any bytes in any pieces give the same as in one piece, within the limit', () => {
  const noise = fc.array(fc.constantFrom(0x0b, 0x1c, 0x0d, 0x0a, 0x41, 0x42), { maxLength: 200 });
  fc.assert(
    fc.property(noise, fc.integer({ min: 1, max: 7 }), (array, step) => {
      const all = Uint8Array.from(array);
      const decoder = new MllpDecoder({ limit: all.length });
      const frames: Uint8Array[] = [];
      for (let at = 0; at < all.length; at += step) frames.push(...decoder.feed(all.subarray(at, at + step)).frames);
      frames.push(...decoder.end().frames);
      expect(frames.map(text)).toEqual(readFrames(all).frames.map(text));
    }),
  );
});

test('a chunk of nothing but 0x1C is read in a moment', () => {
  const started = performance.now();
  const chunk = new Uint8Array(500_000).fill(0x1c);
  chunk[0] = 0x0b;
  new MllpDecoder({ limit: 10_000_000 }).feed(chunk);
  expect(performance.now() - started).toBeLessThan(2_000);
});
