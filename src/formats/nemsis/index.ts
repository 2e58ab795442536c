import type { Result } from '../../errors.ts';
import { done, isFault, issue, refused } from '../../errors.ts';
import { readPersonNumber } from '../../fhir/identifiers.ts';
import { isEnvelope } from '../envelope/envelope.ts';
import type { Format, Identifier, MessageReading, Reading, SourceMessage, SourceTree } from '../format.ts';
import type { XmlElement } from '../xml/parse.ts';
import { elementAt, elementsOf, parseXml, placeOf, textOf } from '../xml/parse.ts';
import { checkReport } from './check.ts';
import { branchOf } from './tree.ts';

const NAMESPACE = 'http://www.nemsis.org';
/** Systems of a foreign service's own numbers: of a patient, of a report. */
export const NEMSIS_PATIENT = 'http://samspil.dk/fhir/sid/nemsis/patient';
export const NEMSIS_REPORT = 'http://samspil.dk/fhir/sid/nemsis/report';

/** NEMSIS 3.5 EMSDataSet: one agency's reports, each a message of its own. The standard's receipts belong to its web service, so none here. */
export const nemsis: Format = {
  id: 'nemsis',
  contentTypes: ['application/vnd.nemsis+xml'],
  recognise,
  read,
  acknowledge: () => undefined,
};

function recognise(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 4096)).toString('latin1');
  return !isEnvelope(bytes) && /^(\xef\xbb\xbf)?\s*</.test(start) && /<(?:[\w.-]+:)?EMSDataSet[\s>]/.test(start);
}

function read(bytes: Uint8Array): Reading {
  const root = parseXml(bytes);
  if (!root.ok) return { messages: [], issues: root.issues };
  const groups = groupsOf(root.value);
  if (!groups.ok) return { messages: [], issues: [...root.issues, ...groups.issues] };
  const messages = groups.value.flatMap((group) =>
    elementsOf(group, 'PatientCareReport').map((report) => readReport(group, report)),
  );
  if (messages.length === 0) return { messages, issues: [issue('NEMSIS-EMPTY', placeOf(root.value))] };
  return { messages, issues: root.issues };
}

function groupsOf(root: XmlElement): Result<XmlElement[]> {
  if (root.name !== 'EMSDataSet' || root.namespace !== NAMESPACE) return refused(issue('NEMSIS-ROOT', placeOf(root)));
  return done(elementsOf(root, 'Header'));
}

function readReport(group: XmlElement, report: XmlElement): MessageReading {
  const id = report.attributes.UUID ?? textOf(elementAt(report, 'eRecord', 'eRecord.01')).trim();
  const issues = checkReport(report);
  if (issues.some(isFault)) return { ok: false, type: 'EMSDataSet', ...(id && { controlId: id }), issues };
  return { ok: true, message: messageOf(group, report, id), issues };
}

function messageOf(group: XmlElement, report: XmlElement, controlId: string): SourceMessage {
  const demographics = elementAt(group, 'DemographicGroup');
  const agency =
    textOf(elementAt(demographics, 'dAgency.02')).trim() || textOf(elementAt(demographics, 'dAgency.01')).trim();
  return {
    format: 'nemsis',
    type: 'EMSDataSet',
    structure: 'PatientCareReport',
    version: '3.5',
    controlId,
    sender: agency ? [{ system: 'http://samspil.dk/fhir/sid/nemsis/agency', value: agency }] : [],
    receiver: [],
    patient: patientIdentifiers(report, agency),
    tree: {
      ...branchOf(report),
      id: textOf(elementAt(report, 'eRecord', 'eRecord.01')).trim(),
      ...(demographics && { DemographicGroup: branchOf(demographics) }),
    } as SourceTree,
  };
}

/** The service's own patient number, where it is a Danish person number as such; and the report, as it is of one patient. */
function patientIdentifiers(report: XmlElement, agency: string): Identifier[] {
  const own = textOf(elementAt(report, 'ePatient', 'ePatient.01')).trim();
  const record = textOf(elementAt(report, 'eRecord', 'eRecord.01')).trim();
  const number = readPersonNumber(own);
  return [
    ...(number ? [{ system: number.system, value: number.value }] : []),
    ...(own && !number ? [{ system: NEMSIS_PATIENT, value: `${agency}#${own}` }] : []),
    { system: NEMSIS_REPORT, value: `${agency}#${record}` },
  ];
}
