import type { Bundle, Resource } from '@medplum/fhirtypes';
import type { Issue, Result } from '../../errors.ts';
import { isFault } from '../../errors.ts';
import { compileValidator, type Validator } from '../../fhir/validate.ts';
import { openEnvelope } from '../envelope/envelope.ts';
import type { AcknowledgeContext, Acknowledgement, Format, MessageReading, Reading, Verdict } from '../format.ts';
import { readJson } from '../json.ts';
import { writeAcknowledgement } from './acknowledgement.ts';
import { eventOf } from './message-facts.ts';
import { checkSource, MEDCOM_MESSAGES, partsOf, refusedFacts, sourceOf } from './source.ts';
import { FHIR_NAMESPACE, readFhirXml, writeFhirXml } from './xml.ts';

/** What an answer needs of the reading: the messages as they stood, sound or not, and their syntax. */
export interface FhirEnvelope {
  readonly syntax: 'json' | 'xml';
  /** In the order of `Reading.messages`. */
  readonly resources: readonly unknown[];
  /** Bundle.id of a message: new for every sending, where MessageHeader.id is the same for a resend (reliable messaging). */
  readonly bundleId?: string;
}

let validator: Validator | undefined;

/** The rules of base R4, compiled when first asked for. */
function baseValidator(): Validator {
  validator ??= compileValidator({ structureDefinitions: [], valueSets: [], codeSystems: [] });
  return validator;
}

/** FHIR R4 in JSON or XML: MedCom messages, other message, transaction, batch, document and collection Bundles, and single resources. */
export const fhir: Format = {
  id: 'fhir',
  contentTypes: ['application/fhir+json', 'application/fhir+xml', 'application/json+fhir', 'application/xml+fhir'],
  recognise: (bytes) => syntaxOf(payloadOf(bytes)) !== undefined,
  read,
  acknowledge,
};

/** The content of an envelope, or the bytes themselves; an envelope that cannot be opened has nothing to recognise. */
function payloadOf(bytes: Uint8Array): Uint8Array {
  const opened = openEnvelope(bytes);
  return opened.ok ? opened.value.payload : new Uint8Array();
}

const NAMESPACE = new RegExp(`xmlns(:[\\w-]+)?\\s*=\\s*["']${FHIR_NAMESPACE}["']`);

function syntaxOf(bytes: Uint8Array): FhirEnvelope['syntax'] | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = buffer
    .subarray(0, 4096)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart();
  if (/^[{[]/.test(start)) return buffer.includes('"resourceType"') ? 'json' : undefined;
  return start.startsWith('<') && NAMESPACE.test(start) ? 'xml' : undefined;
}

function read(bytes: Uint8Array): Reading {
  const opened = openEnvelope(bytes);
  if (!opened.ok) return { messages: [], issues: opened.issues };
  const { payload } = opened.value;
  const syntax = syntaxOf(payload) ?? (payload.find((byte) => byte > 0x20) === 0x3c ? 'xml' : 'json');
  const content: Result<unknown> = syntax === 'xml' ? readFhirXml(payload) : readJson(payload);
  if (!content.ok) return { messages: [], issues: [...opened.issues, ...content.issues] };
  const given: readonly unknown[] = Array.isArray(content.value) ? content.value : [content.value];
  const readings = given.flatMap(readResource);
  const id = (given[0] as Partial<Bundle> | null)?.id;
  return {
    messages: readings.map(({ reading }) => reading),
    issues: [...opened.issues, ...content.issues],
    envelope: {
      syntax,
      resources: readings.map(({ resource }) => resource),
      ...(typeof id === 'string' && { bundleId: id }),
    } satisfies FhirEnvelope,
  };
}

function readResource(given: unknown): { reading: MessageReading; resource: unknown }[] {
  const issues = baseValidator()
    .validate(given as Resource)
    .filter((found) => !isBesideThePoint(found));
  if (issues.some(isFault)) return [{ resource: given, reading: { ok: false, ...refusedFacts(given), issues } }];
  return partsOf(given as Resource).map((resource) => ({ resource, reading: readSound(resource, issues) }));
}

/** Which profiles are known is decided where messages are validated; that narratives are good practice need not be told with each. */
function isBesideThePoint({ code, severity, detail }: Issue): boolean {
  return severity !== 'error' && (code === 'FHIR-PROFILE-UNKNOWN' || detail?.rule === 'dom-6');
}

function readSound(resource: Resource, warnings: Reading['issues']): MessageReading {
  const issues = [...warnings, ...checkSource(resource)];
  if (issues.some(isFault)) return { ok: false, ...refusedFacts(resource), issues };
  return { ok: true, message: sourceOf(resource), issues };
}

/** A MedCom message alone is answered by a MedCom Acknowledgement in its own syntax; other FHIR by the door's HTTP answer. */
function acknowledge(
  _bytes: Uint8Array,
  reading: Reading,
  verdicts: readonly Verdict[],
  context: AcknowledgeContext,
): Acknowledgement | undefined {
  const envelope = reading.envelope as FhirEnvelope | undefined;
  const [verdict] = verdicts;
  if (!envelope || !verdict || reading.messages.length !== 1) return undefined;
  const original = envelope.resources[0] as Bundle;
  if (!Object.hasOwn(MEDCOM_MESSAGES, refusedFacts(original).type ?? '') || !eventOf(original)) return undefined;
  const answer = writeAcknowledgement({
    original,
    code: verdict.accepted ? 'ok' : verdict.transient ? 'transient-error' : 'fatal-error',
    issues: verdict.issues,
    ids: { bundle: context.newId(), message: context.newId() },
    now: context.now,
  });
  if (!answer) return undefined;
  return envelope.syntax === 'xml'
    ? { contentType: 'application/fhir+xml', body: Buffer.from(writeFhirXml(answer)) }
    : { contentType: 'application/fhir+json', body: Buffer.from(JSON.stringify(answer)) };
}
