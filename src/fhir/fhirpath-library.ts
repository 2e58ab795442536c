import { createRequire } from 'node:module';
import type { Collection, Surroundings } from './fhirpath-collections.ts';

/** The part of the `fhirpath` package used here; loaded when the first expression needs it. */
interface Library {
  evaluate(
    data: unknown,
    path: string | { base: string; expression: string },
    environment: Record<string, unknown>,
    model: unknown,
    options: { traceFn: () => void },
  ): unknown[];
}

/** `trace()` would write values to the console. */
const SILENT = { traceFn: () => {} };

let library: { readonly fhirpath: Library; readonly model: unknown } | undefined;

function loaded() {
  const require = createRequire(import.meta.url);
  library ??= { fhirpath: require('fhirpath') as Library, model: require('fhirpath/fhir-context/r4') as unknown };
  return library;
}

/** Evaluates an expression by the library; `type` is the type or path of the value (`Patient.contact`). Undefined for an expression it refuses. */
export function evaluateByLibrary(
  { expression, type }: { expression: string; type: string | undefined },
  value: unknown,
  { resource, rootResource }: Surroundings,
): Collection | undefined {
  const { fhirpath, model } = loaded();
  const path = type ? { base: type, expression } : expression;
  try {
    return fhirpath.evaluate(value, path, { resource, rootResource }, model, SILENT);
  } catch {
    return undefined;
  }
}
