import { isGln, readPersonNumber, SYSTEM } from '../../fhir/identifiers.ts';
import type { Identifier, SourceNode, SourceTree } from '../format.ts';

/** Words in CX-4.1 or CX-5 that say a value is a CPR number: HL7's type for Denmark is NNDNK; senders also write NNDN and plain CPR. */
const CPR_WORDS = new Set(['CPR', 'NNDNK', 'NNDN', 'CPR-NR', 'CPRNR']);
const REPLACEMENT_WORDS = new Set(['ECPR', 'X-ECPR', 'XECPR', 'D-ECPR', 'DECPR', 'ERSTCPR', 'ERSTATNINGSCPR']);
const CPR_OID = '1.2.208.176.1.2';
const REPLACEMENT_OID = /^1\.2\.208\.176\.1\.6\.1\.(1|3|177|179|181|183|187)$/;
/** Prefix of the systems of identifiers whose authority names no system of its own: sender's facility, then authority or type. */
const LOCAL = 'http://samspil.dk/fhir/sid';

const treeOf = (node: SourceNode | readonly SourceNode[] | undefined): SourceTree | undefined =>
  node !== undefined && typeof node !== 'string' && !Array.isArray(node) ? (node as SourceTree) : undefined;
const textOf = (node: SourceNode | readonly SourceNode[] | undefined): string =>
  typeof node === 'string' ? node.trim() : '';

function bareOid(text: string): string {
  return text.replace(/^urn:oid:/i, '');
}

/** What a CX says its value is: a CPR number, a replacement number, or something else. */
export function personNumberClaim(cx: SourceTree): 'cpr' | 'replacement' | undefined {
  const authority = treeOf(cx.CX_4);
  const words = [textOf(authority?.HD_1), textOf(cx.CX_5)].map((word) => word.toUpperCase());
  const oid = bareOid(textOf(authority?.HD_2)) || bareOid(textOf(authority?.HD_1));
  if (REPLACEMENT_OID.test(oid) || words.some((word) => REPLACEMENT_WORDS.has(word))) return 'replacement';
  return oid === CPR_OID || words.some((word) => CPR_WORDS.has(word)) ? 'cpr' : undefined;
}

/** The system an HD (authority, facility) names by itself: an OID, a UUID, or a URI. */
function systemOf(authority: SourceTree | undefined): string | undefined {
  const id = textOf(authority?.HD_2);
  const type = textOf(authority?.HD_3).toUpperCase();
  const bare = bareOid(id);
  if (/^[0-2](\.(0|[1-9]\d*))+$/.test(bare)) return `urn:oid:${bare}`;
  if (type === 'UUID' || type === 'GUID') return `urn:uuid:${id.toLowerCase()}`;
  return /^(https?:\/\/|urn:)\S+$/.test(id) ? id : undefined;
}

/** A word as part of a URI: small letters, digits, dots and hyphens. */
export function slug(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9.]+/g, '-');
}

/** The sender's facility as part of a URI. */
export function senderSlug(facility: string): string {
  return slug(facility) || 'unknown';
}

/** The system of identifiers an authority of this sender gives out and has no system for. */
export function localSystem(facility: string, authority: string): string {
  return [LOCAL, senderSlug(facility), slug(authority)].filter((part) => part !== '').join('/');
}

/** A CX as an identifier, or undefined where it holds no value. */
export function identifierOf(cx: SourceTree, facility: string): Identifier | undefined {
  const value = textOf(cx.CX_1);
  if (value === '') return undefined;
  const number = personNumberClaim(cx) ? readPersonNumber(value) : undefined;
  if (number) return { system: number.system, value: number.value };
  const authority = treeOf(cx.CX_4);
  const system = systemOf(authority) ?? localSystem(facility, textOf(authority?.HD_1) || textOf(cx.CX_5));
  return { system, value };
}

const TRUST: readonly string[] = [SYSTEM.cpr, SYSTEM.xEcpr, SYSTEM.dEcpr];

function trust(identifier: Identifier): number {
  const rank = TRUST.indexOf(identifier.system);
  return rank < 0 ? TRUST.length : rank;
}

/** Identifiers of a list of CX nodes, national numbers first, each once. */
export function identifiersOf(nodes: readonly SourceNode[], facility: string): Identifier[] {
  const found = nodes.flatMap((node) => {
    const cx = treeOf(node);
    const identifier = cx && identifierOf(cx, facility);
    return identifier ? [identifier] : [];
  });
  const unique = new Map(found.map((identifier) => [`${identifier.system}|${identifier.value}`, identifier]));
  return [...unique.values()].sort((one, other) => trust(one) - trust(other));
}

/** A person number that says it is one but has an impossible form or date. */
export function isImpossible(cx: SourceTree): boolean {
  const value = textOf(cx.CX_1);
  return value !== '' && personNumberClaim(cx) !== undefined && readPersonNumber(value) === undefined;
}

const FACILITY = 'urn:samspil:hl7v2:facility';
const APPLICATION = 'urn:samspil:hl7v2:application';

/** The system of an organisation's code by its form: SOR, GLN, else the name a sender uses for itself. */
function organisationSystem(code: string, otherwise: string): string {
  if (/^\d{4,9}1000016\d{3}$/.test(code)) return SYSTEM.sor;
  return isGln(code) ? SYSTEM.gln : otherwise;
}

/** Identifiers of whom MSH-3/4 (or MSH-5/6) name: the application, then the facility by its name and by its universal id. */
export function partiesOf(application: SourceTree | undefined, facility: SourceTree | undefined): Identifier[] {
  const parties: Identifier[] = [];
  const applicationName = textOf(application?.HD_1);
  if (applicationName !== '') parties.push({ system: APPLICATION, value: applicationName });
  const name = textOf(facility?.HD_1);
  if (name !== '') parties.push({ system: organisationSystem(name, FACILITY), value: name });
  const system = systemOf(facility);
  const universal = textOf(facility?.HD_2);
  if (system !== undefined) parties.push({ system: 'urn:ietf:rfc:3986', value: system });
  else if (universal !== '') parties.push({ system: organisationSystem(universal, FACILITY), value: universal });
  return parties;
}
