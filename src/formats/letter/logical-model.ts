import type { ElementDefinition, StructureDefinition } from '@medplum/fhirtypes';
import { STRUCTURES, TYPES } from './model.ts';

const CANONICAL = 'http://samspil.dk/fhir/StructureDefinition/letter-';

type Child = Pick<ElementDefinition, 'path' | 'min' | 'max' | 'type'>;

/** `Telephone:Telephone*` as an element; `+Unit` as the elements of that type. */
function children(path: string, notation: string): Child[] {
  return notation.split(' ').flatMap((word) => {
    if (word.startsWith('+')) return children(path, TYPES[word.slice(1)]!);
    const [, name, type, many] = /^(\w+)(?::(\w+))?(\*?)$/.exec(word)!;
    const code = type === undefined ? 'string' : `${CANONICAL}${type}`;
    return [{ path: `${path}.${name}`, min: 0, max: many ? '*' : '1', type: [{ code }] }];
  });
}

function definition([name, notation]: readonly [string, string]): StructureDefinition {
  // Patient and Period are types of FHIR, too
  const path = `letter-${name}`;
  return {
    resourceType: 'StructureDefinition',
    url: CANONICAL + name,
    name: `Letter${name}`,
    status: 'active',
    kind: 'logical',
    abstract: false,
    type: CANONICAL + name,
    derivation: 'specialization',
    differential: { element: [{ path, min: 0, max: '*' }, ...children(path, notation)] },
  };
}

/**
 * Letter trees as logical models: one for each structure (`…/letter-NotificationOfAdmission`) and each type in them (`…/letter-Party`). One set for
 * both syntaxes, as both give the same tree. For checking maps and for readers; nothing is validated by them.
 */
export function logicalModels(): StructureDefinition[] {
  return [...Object.entries(TYPES), ...Object.entries(STRUCTURES)].map(definition);
}
