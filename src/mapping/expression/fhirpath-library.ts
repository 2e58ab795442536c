import { createRequire } from 'node:module';
import type { Cell } from '../cell.ts';
import { Cell as MadeCell } from '../cell.ts';
import type { Shapes } from '../shape.ts';
import { EvaluationFault } from './evaluation.ts';
import { isDateShape } from './type-test.ts';

/**
 * The fhirpath package (HL7's engine in JavaScript) for everything the closures of this folder leave to it: date arithmetic, quantities, rare
 * functions. It is loaded when first needed, as it takes longer to load than all maps take to compile.
 */
interface Library {
  compile(
    text: string,
    model: unknown,
    options: { resolveInternalTypes: boolean },
  ): (data: unknown, variables: Record<string, unknown>) => unknown[];
  types(values: unknown): string[];
  resolveInternalTypes(values: unknown): unknown[];
}

let loaded: { library: Library; model: unknown } | undefined;

function load(): { library: Library; model: unknown } {
  if (!loaded) {
    const require = createRequire(import.meta.url);
    loaded = { library: require('fhirpath') as Library, model: require('fhirpath/fhir-context/r4') };
  }
  return loaded;
}

type Compiled = ReturnType<Library['compile']>;
/** By text; texts come from maps (and the types of variables in them), so there are not many. */
const compiled = new Map<string, Compiled>();

function compile(text: string): Compiled {
  let found = compiled.get(text);
  if (!found) {
    const { library, model } = load();
    found = library.compile(text, model, { resolveInternalTypes: false });
    compiled.set(text, found);
  }
  return found;
}

export interface LibraryCall {
  /** FHIRPath text; variables are written `%name`. */
  readonly text: string;
  readonly input: readonly Cell[];
  readonly variables: Readonly<Record<string, readonly Cell[]>>;
}

/** Runs an expression in the library. What it throws becomes an {@link EvaluationFault}. */
export function askLibrary({ text, input, variables }: LibraryCall, shapes: Shapes): readonly Cell[] {
  let typed = text;
  const values: Record<string, unknown> = {};
  for (const [name, cells] of Object.entries(variables)) {
    values[name] = cells.map((cell) => cell.value);
    if (cells.length === 1 && isDateShape(cells[0]!.shape)) typed = asDate(typed, name, cells[0]!.shape!.name);
  }
  const dated = input.length === 1 && isDateShape(input[0]!.shape);
  try {
    const data = input.map((cell) => cell.value);
    if (!dated) return toCells(compile(typed)(data, values), shapes);
    return toCells(
      compile(`%focus.${conversion(input[0]!.shape!.name)}.${typed}`)([], { ...values, focus: data }),
      shapes,
    );
  } catch (thrown) {
    if (thrown instanceof EvaluationFault) throw thrown;
    // the library's sentence may quote values
    throw new EvaluationFault('values this expression can work with');
  }
}

function conversion(type: string): string {
  return type === 'time' ? 'toTime()' : type === 'date' ? 'toDate()' : 'toDateTime()';
}

/** JSON has no dates: a text known to be one is converted where it is used. */
function asDate(text: string, name: string, type: string): string {
  return text.replace(new RegExp(`%${name}\\b`, 'g'), `(%${name}.${conversion(type)})`);
}

function toCells(values: unknown[], shapes: Shapes): readonly Cell[] {
  const { library } = load();
  const types = library.types(values);
  return library.resolveInternalTypes(values).map((value, index) => {
    const [space, name = ''] = (types[index] ?? '').split('.');
    const type = space === 'System' && name !== 'Quantity' ? name.charAt(0).toLowerCase() + name.slice(1) : name;
    const plain = type === 'dateTime' && typeof value === 'string' ? value.replace(/[+-]00:00$/, 'Z') : value;
    return new MadeCell(plain, shapes.known(type));
  });
}
