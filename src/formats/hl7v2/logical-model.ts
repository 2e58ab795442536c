import type { ElementDefinition, StructureDefinition } from '@medplum/fhirtypes';
import { dictionary, type FieldRow, partTypes } from './dictionary.ts';
import { STRUCTURES, type StructureNode, structureNamed } from './structures.ts';

const CANONICAL = 'http://samspil.dk/fhir/StructureDefinition/hl7v2-';
/** Further pieces of plain text that a tree may hold beside the first (`EVN_2_2`); a sender may write more. */
const PIECES = [2, 3, 4];

type Child = Pick<ElementDefinition, 'path' | 'min' | 'max' | 'type'>;

const typeCode = (type: string) => (partTypes(type) ? CANONICAL + type : 'string');

function definition(name: string, children: readonly Child[]): StructureDefinition {
  return {
    resourceType: 'StructureDefinition',
    url: CANONICAL + name,
    name: name.replaceAll('-', '_'),
    status: 'active',
    kind: 'logical',
    abstract: false,
    type: CANONICAL + name,
    derivation: 'specialization',
    differential: { element: [{ path: name, min: 0, max: '*' }, ...children] },
  };
}

function child(path: string, code: string, max: '1' | '*' = '1', min = 0): Child {
  return { path, min, max, type: [{ code }] };
}

function dataType([name, types]: [string, readonly string[]]): StructureDefinition {
  const children = types.flatMap((type, index) => {
    const path = `${name}.${name}_${index + 1}`;
    const beside = partTypes(type) ? [] : PIECES.map((piece) => child(`${path}_${piece}`, 'string'));
    return [child(path, typeCode(type)), ...beside];
  });
  return definition(name, children);
}

function field(segment: string, { type, isList }: FieldRow, index: number): Child[] {
  const path = `${segment}.${segment}_${index + 1}`;
  // OBX-5 may be anything: a type no model knows is an open one
  const code = type === 'ANY' || type === undefined ? `${CANONICAL}any` : typeCode(type);
  const own = child(path, code, isList ? '*' : '1');
  const beside = code === 'string' ? PIECES.map((piece) => child(`${path}_${piece}`, 'string')) : [];
  return isList ? [own, ...beside] : [own, ...beside, child(`${path}_REPEATED`, code, '*')];
}

function segment([name, rows]: [string, readonly FieldRow[]]): StructureDefinition {
  const own = [child(`${name}.${name}_0`, 'string'), child(`${name}.${name}_DELETED`, 'string', '*')];
  return definition(name, [...own, ...rows.flatMap((row, index) => field(name, row, index))]);
}

function nodes(parent: string, children: readonly StructureNode[]): Child[] {
  return children.flatMap((node) => {
    const path = `${parent}.${node.name}`;
    const code = node.children ? 'BackboneElement' : CANONICAL + node.name;
    const own = child(path, code, node.isList ? '*' : '1', node.isRequired ? 1 : 0);
    return [own, ...(node.children ? nodes(path, node.children) : [])];
  });
}

/** Z-segments the maps know of; any other may stand in a tree as well. */
const OWN_SEGMENTS = ['ZDL'];

function structure(name: string): StructureDefinition {
  const foreign = [...OWN_SEGMENTS, 'NTE'].map((own) => child(`${name}.${own}`, CANONICAL + own, '*'));
  return definition(name, [...foreign, ...nodes(name, structureNamed(name)!.children ?? [])]);
}

/**
 * The trees of this format as logical models: one for each structure (`…/hl7v2-ADT_A01`), segment (`…/hl7v2-PID`) and data type (`…/hl7v2-CX`).
 * Made from the dictionary, so they cannot differ from what the reader gives. For checking maps; nothing is validated by them.
 */
export function logicalModels(): StructureDefinition[] {
  return [
    ...[...dictionary.types()].map(dataType),
    ...[...dictionary.segments()].map(segment),
    ...STRUCTURES.map(structure),
  ];
}
