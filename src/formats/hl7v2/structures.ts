import { EVENTS } from './events.ts';

/**
 * Message structures in HL7's own abstract syntax: `[ ]` optional, `{ }` repeating, `NAME:( )` a group, `< | >` one of several.
 * Every structure begins with MSH, SFT and UAC. Left out are segments of participation (PRT) and other late additions:
 * an unlisted segment is kept where it stands.
 * A17, A24 and A37 write PID twice without a group (2.8.2 chapter 3); here each patient is a group PATIENT.
 */
const START = 'MSH [{SFT}] [UAC]';
const STAY = 'EVN PID [PD1] [{ARV}] [{ROL}] [{NK1}] PV1 [PV2] [{ARV}] [{ROL}] [{DB1}]';
const PROCEDURE = '[{PROCEDURE:(PR1 [{ROL}])}]';
const INSURANCE = '[{INSURANCE:(IN1 [IN2] [{IN3}] [{ROL}])}]';
const CLINICAL = `[{OBX}] [{AL1}] [{DG1}] [DRG] ${PROCEDURE} [{GT1}] ${INSURANCE} [ACC]`;
const VISIT_ONLY = 'EVN PID [PD1] PV1 [PV2] [{DB1}] [{OBX}]';
const TIMING = '[{TIMING:(TQ1 [{TQ2}])}]';
const DOCUMENT = `EVN PID PV1 [PV2] [{COMMON_ORDER:(ORC ${TIMING} OBR [{NTE}])}] TXA [{CON}]`;
const RESULTS = '[{OBSERVATION:(OBX [{PRT}] [TCD] [{NTE}])}]';
const SPECIMENS =
  '[{SPECIMEN:(SPM [{SPECIMEN_OBSERVATION:(OBX [{PRT}])}] [{CONTAINER:(SAC [{CONTAINER_OBSERVATION:(OBX [{PRT}])}])}])}]';
const ORDER_PATIENT =
  '[PATIENT:(PID [PD1] [{PRT}] [{NTE}] [{NK1}] [PATIENT_VISIT:(PV1 [PV2] [{PRT}])] [{INSURANCE:(IN1 [IN2] [IN3])}] [GT1] [{AL1}])]';
const REFERRAL = `[RF1] [AUTHORIZATION_CONTACT:(AUT [CTD])] {PROVIDER_CONTACT:(PRD [{CTD}])} PID [{NK1}] [{GT1}] ${INSURANCE}
  [ACC] [{DG1}] [{DRG}] [{AL1}] [{PROCEDURE:(PR1 [AUTHORIZATION_CONTACT:(AUT [CTD])])}]
  [{OBSERVATION:(OBR [{NTE}] [{RESULTS_NOTES:(OBX [{NTE}])}])}] [PATIENT_VISIT:(PV1 [PV2])]`;

const SYNTAX: Readonly<Record<string, string>> = {
  ADT_A01: `${STAY} ${CLINICAL} [UB1] [UB2] [PDA]`,
  ADT_A02: `${STAY} [{OBX}] [PDA]`,
  ADT_A03: `${STAY} [{AL1}] [{DG1}] [DRG] ${PROCEDURE} [{OBX}] [{GT1}] ${INSURANCE} [ACC] [PDA]`,
  ADT_A05: `${STAY} ${CLINICAL} [UB1] [UB2]`,
  ADT_A06: `EVN PID [PD1] [{ARV}] [{ROL}] [MRG] [{NK1}] PV1 [PV2] [{ARV}] [{ROL}] [{DB1}] ${CLINICAL} [UB1] [UB2]`,
  ADT_A09: VISIT_ONLY,
  ADT_A12: VISIT_ONLY,
  ADT_A15: `${STAY} [{OBX}]`,
  ADT_A16: `${STAY} ${CLINICAL}`,
  ADT_A17: 'EVN {PATIENT:(PID [PD1] PV1 [PV2] [{DB1}] [{OBX}])}',
  ADT_A18: 'EVN PID [PD1] MRG [PV1]',
  ADT_A20: 'EVN NPU',
  ADT_A21: VISIT_ONLY,
  ADT_A24: 'EVN {PATIENT:(PID [PD1] [PV1] [{DB1}])}',
  ADT_A30: 'EVN PID [PD1] MRG',
  ADT_A37: 'EVN {PATIENT:(PID [PD1] [PV1] [{DB1}])}',
  ADT_A38: 'EVN PID [PD1] PV1 [PV2] [{DB1}] [{OBX}] [{DG1}] [DRG]',
  ADT_A39: 'EVN {PATIENT:(PID [PD1] MRG [PV1])}',
  ADT_A43: 'EVN {PATIENT:(PID [PD1] [{ARV}] MRG)}',
  ADT_A45: 'EVN PID [PD1] {MERGE_INFO:(MRG [PV1])}',
  ADT_A50: 'EVN PID [PD1] MRG PV1',
  ADT_A52: 'EVN PID [PD1] PV1 [PV2]',
  ADT_A54: 'EVN PID [PD1] [{ROL}] PV1 [PV2]',
  ADT_A60: 'EVN PID [{ARV}] [PV1] [PV2] [{ADVERSE_REACTION_GROUP:(IAM [{NTE}] [{IAR}])}]',
  ADT_A61: 'EVN PID [PD1] [{ROL}] PV1 [PV2]',
  ORU_R01: `{PATIENT_RESULT:([PATIENT:(PID [PD1] [{PRT}] [{NTE}] [{NK1}] [VISIT:(PV1 [PV2] [{PRT}])])]
    {ORDER_OBSERVATION:([ORC] OBR [{NTE}] [{PRT}] [{TIMING_QTY:(TQ1 [{TQ2}])}] [CTD] ${RESULTS} [{FT1}] [{CTI}]
    [{SPECIMEN:(SPM [{SPECIMEN_OBSERVATION:(OBX [{PRT}])}])}])})} [DSC]`,
  MDM_T01: DOCUMENT,
  MDM_T02: `${DOCUMENT} {OBSERVATION:(OBX [{NTE}])}`,
  SIU_S12: `SCH [{TQ1}] [{NTE}] [{PATIENT:(PID [PD1] [PV1] [PV2] [{OBX}] [{DG1}])}]
    {RESOURCES:(RGS [{SERVICE:(AIS [{NTE}])}] [{GENERAL_RESOURCE:(AIG [{NTE}])}]
    [{LOCATION_RESOURCE:(AIL [{NTE}])}] [{PERSONNEL_RESOURCE:(AIP [{NTE}])}])}`,
  REF_I12: `${REFERRAL} [{NTE}]`,
  RRI_I12: `[MSA] ${REFERRAL} [{NTE}]`,
  ORM_O01: `[{NTE}] [PATIENT:(PID [PD1] [{NTE}] [PATIENT_VISIT:(PV1 [PV2])] [{INSURANCE:(IN1 [IN2] [IN3])}] [GT1] [{AL1}])]
    {ORDER:(ORC [ORDER_DETAIL:(<OBR|RQD|RQ1|RXO|ODS|ODT> [{TQ1}] [{RXR}] [{RXC}] [{NTE}] [CTD] [{DG1}]
    [{OBSERVATION:(OBX [{NTE}])}])] [{FT1}] [{CTI}] [BLG])}`,
  OML_O21: `[{NTE}] ${ORDER_PATIENT} {ORDER:(ORC [{PRT}] ${TIMING}
    [OBSERVATION_REQUEST:(OBR [TCD] [{NTE}] [{PRT}] [CTD] [{DG1}] ${RESULTS} ${SPECIMENS}
    [{PRIOR_RESULT:([PATIENT_PRIOR:(PID [PD1] [{PRT}])] [PATIENT_VISIT_PRIOR:(PV1 [PV2] [{PRT}])] [{AL1}]
    {ORDER_PRIOR:([ORC] OBR [{NTE}] [{PRT}] [{TIMING_PRIOR:(TQ1 [{TQ2}])}] {OBSERVATION_PRIOR:(OBX [{PRT}] [{NTE}])})})}])]
    [{FT1}] [{CTI}] [BLG])}`,
  DFT_P03: `EVN PID [PD1] [{ROL}] [PV1] [PV2] [{DB1}]
    {FINANCIAL:(FT1 [{NTE}] [{FINANCIAL_PROCEDURE:(PR1 [{ROL}])}])} [{DG1}] [DRG] [{GT1}] ${INSURANCE} [ACC]`,
  VXU_V04: `PID [PD1] [{NK1}] [PATIENT_VISIT:(PV1 [PV2])] [{GT1}] [{INSURANCE:(IN1 [IN2] [IN3])}]
    [{ORDER:(ORC ${TIMING} RXA [RXR] [{OBSERVATION:(OBX [{NTE}])}])}]`,
  ACK: 'MSA [{ERR}]',
};

/** One element of a structure: a segment, a group of them, or a choice (a group whose `isChoice`). */
export interface StructureNode {
  readonly name: string;
  readonly isRequired: boolean;
  readonly isList: boolean;
  /** Of a group only. */
  readonly children?: readonly StructureNode[];
  /** Names of all segments below, the node's own included. */
  readonly segments: ReadonlySet<string>;
  /** Names a message can meet first when it enters the node. */
  readonly first: ReadonlySet<string>;
}

function groupNode(name: string, children: readonly StructureNode[], marks: { isRequired: boolean; isList: boolean }) {
  const segments = new Set(children.flatMap((child) => [...child.segments]));
  const upToRequired = children.findIndex((child) => child.isRequired) + 1 || children.length;
  const first = new Set(children.slice(0, upToRequired).flatMap((child) => [...child.first]));
  return { name, ...marks, children, segments, first };
}

/** Reads the abstract syntax: one recursive function for each bracket, over a list of tokens. */
function parseSyntax(text: string): StructureNode[] {
  const tokens = text.match(/[A-Z][A-Z0-9_]*|[[\]{}()<>:|]/g) ?? [];
  let at = 0;
  const sequence = (end: string | undefined, marks = { isRequired: true, isList: false }): StructureNode[] => {
    const nodes: StructureNode[] = [];
    while (at < tokens.length && tokens[at] !== end) nodes.push(...one(marks));
    at += 1;
    return nodes;
  };
  const one = (marks: { isRequired: boolean; isList: boolean }): StructureNode[] => {
    const token = tokens[at++]!;
    if (token === '[') return sequence(']', { ...marks, isRequired: false });
    if (token === '{') return sequence('}', { ...marks, isList: true });
    if (token === '<') return sequence('>', { isRequired: false, isList: true });
    if (token === '|') return [];
    if (tokens[at] !== ':') return [{ name: token, ...marks, segments: new Set([token]), first: new Set([token]) }];
    at += 2;
    return [groupNode(token, sequence(')'), marks)];
  };
  return sequence(undefined);
}

const compiled = new Map<string, StructureNode>();

/** The tree of a structure (`ADT_A01`), or undefined for one the hub does not take. */
export function structureNamed(name: string): StructureNode | undefined {
  const syntax = Object.hasOwn(SYNTAX, name) ? SYNTAX[name] : undefined;
  if (syntax === undefined) return undefined;
  const known = compiled.get(name);
  if (known) return known;
  const node = groupNode(name, parseSyntax(`${START} ${syntax}`), { isRequired: true, isList: false });
  compiled.set(name, node);
  return node;
}

export const STRUCTURES: readonly string[] = Object.keys(SYNTAX);

/** The structure HL7 gives an event (table 0354); undefined for an event the hub does not know. */
export function structureOfEvent(code: string, event: string): string | undefined {
  return EVENTS[code]?.[event];
}
