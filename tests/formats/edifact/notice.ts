/** Segments of a DIS20 without terminators; line n of the file is segment n. */
export const NOTICE: readonly string[] = [
  "UNA:+.? '",
  'UNB+UNOC:3+5790000999101:14+5790000999309:14+260112:1415+KUV1++++1',
  'UNH+BRV1+MEDDIS:D:93A:UN:D2030C+DIS20',
  'BGM+EPI++9+NA',
  'DTM+137:20260112141500:204',
  'S01+01',
  'NAD+SOR+8801230:SKS:SST++Bakkeby Sygehus:Medicinsk afdeling:M2:::US',
  'RFF+LOC:5790000999101',
  'SEQ++1',
  'SPR+ORG++DIS20:SKS:SST',
  'S01+01',
  'NAD+ROR+751:KOM:IM++Fjordby Kommune:::::US',
  'SEQ++2',
  'S02+02',
  'GIS+N',
  'RFF+SRI:BRV1',
  'DTM+182:20260112141500:204',
  'S07+07',
  'PNA+PAT+2512489996:::CPR:IM',
  'S11+11',
  'GIS+N',
  'GIS+P',
  'RFF+REI:0A1B2C3D4E5F60718293A4B5C6D7E8F1',
  'SEQ++1',
  'DTM+90:202601121400:203',
  'PAS+HS',
  'UNT+25+BRV1',
  'UNZ+1+KUV1',
];

export const context = { now: '2026-01-12T13:20:00Z', newId: () => '0b0c4c1e-0000-4000-8000-000000000001' };

export const bytesOf = (segments: readonly string[], end = '\n') =>
  new Uint8Array(
    Buffer.from(segments.map((text) => (text.startsWith('UNA') ? text : `${text}'`) + end).join(''), 'latin1'),
  );

/** The notice with its segments changed: the first one beginning so becomes the other text, or goes where there is none. */
export function changed(...changes: readonly (readonly [start: string, text?: string])[]): Uint8Array {
  const segments = [...NOTICE];
  for (const [start, text] of changes) {
    const at = segments.findIndex((segment) => segment.startsWith(start));
    if (at < 0) throw new Error(`no segment begins with ${start}`);
    segments.splice(at, 1, ...(text === undefined ? [] : [text]));
  }
  return bytesOf(segments);
}
