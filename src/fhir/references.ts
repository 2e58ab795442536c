import { isObject } from './fhirpath-collections.ts';
import type { JsonObject } from './visit.ts';

/**
 * Where references lead (https://hl7.org/fhir/R4/references.html, https://hl7.org/fhir/R4/bundle.html#references): to `#id` within the
 * resource's own `contained`, or to an entry of the nearest Bundle by fullUrl. A relative reference is read against the fullUrl of the entry it
 * stands in; if that leads nowhere, an entry of that type and id counts, as messages write them.
 */
export class References {
  readonly #bundle: JsonObject | undefined;
  readonly #container: JsonObject;
  readonly #outer: References | undefined;
  readonly #fullUrl: string | undefined;
  #entries: Map<string, JsonObject> | undefined;
  #contained: Map<string, JsonObject> | undefined;

  constructor(container: JsonObject, outer?: References, fullUrl?: string) {
    this.#container = container;
    this.#outer = outer;
    this.#fullUrl = fullUrl;
    this.#bundle = container.resourceType === 'Bundle' ? container : outer ? outer.#bundle : undefined;
  }

  entering(resource: JsonObject, fullUrl: string | undefined): References {
    return new References(resource, this, fullUrl);
  }

  get inBundle(): boolean {
    return this.#bundle !== undefined;
  }

  resolve(reference: string): JsonObject | undefined {
    if (reference === '#') return this.#container;
    if (reference.startsWith('#')) return this.containedById().get(reference.slice(1));
    const entries = this.#entriesByUrl();
    const target = reference.replace(/\/_history\/[^/]*$/, '');
    return entries.get(target) ?? entries.get(this.#base() + target) ?? entries.get(`/${target}`);
  }

  containedById(): ReadonlyMap<string, JsonObject> {
    this.#contained ??= new Map(listOf(this.#container.contained).map((resource) => [String(resource.id), resource]));
    return this.#contained;
  }

  /** What a relative reference is relative to. */
  #base(): string {
    return this.#fullUrl?.match(/^(https?:\/\/.*\/)[A-Z]\w+\/[^/]+$/)?.[1] ?? '';
  }

  #entriesByUrl(): Map<string, JsonObject> {
    if (this.#entries) return this.#entries;
    if (this.#outer && this.#bundle !== this.#container) return this.#outer.#entriesByUrl();
    const entries = new Map<string, JsonObject>();
    for (const { fullUrl, resource } of listOf(this.#bundle?.entry)) {
      if (!isObject(resource)) continue;
      if (typeof fullUrl === 'string') entries.set(fullUrl, resource);
      const local = `/${String(resource.resourceType)}/${String(resource.id)}`;
      if (!entries.has(local)) entries.set(local, resource);
    }
    this.#entries = entries;
    return entries;
  }
}

const listOf = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** The type a literal reference names: `Patient` in `Patient/1` or `https://x.example/fhir/Patient/1`. */
export function typeNamed(reference: string): string | undefined {
  return /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/.exec(reference)?.[1];
}
