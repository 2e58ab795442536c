import type { Coding, Encounter, Resource } from '@medplum/fhirtypes';

/** One filter of a subscription, as FHIR search writes it: any of the values fits. Several filters are all to be met. */
export interface SubscriptionFilter {
  /** Resource type it looks at; absent: the topic's own. */
  readonly resourceType?: string;
  readonly parameter: string;
  readonly values: readonly string[];
}

/** What a token or reference parameter sees in a resource: every form in which its value may be written. */
type Forms = (resource: Resource) => readonly string[];

const references = (reference: string | undefined, type: string) => {
  const id = reference?.match(new RegExp(`(?:^|/)${type}/([^/]+)$`))?.[1];
  return id ? [`${type}/${id}`, id] : [];
};
const tokens = ({ system, code }: Pick<Coding, 'system' | 'code'> = {}) =>
  code ? [code, `${system ?? ''}|${code}`] : [];
const encounter = (resource: Resource) => resource as Encounter;

const patientOf: Forms = (resource) => references(encounter(resource).subject?.reference, 'Patient');

/** What there is: filters a subscriber may use, by resource type and search parameter (FHIR R4 Encounter). */
export const FILTERS: Readonly<Record<string, Readonly<Record<string, Forms>>>> = {
  Encounter: {
    patient: patientOf,
    subject: patientOf,
    class: (resource) => tokens(encounter(resource).class),
    status: (resource) => [encounter(resource).status],
    'service-provider': (resource) => references(encounter(resource).serviceProvider?.reference, 'Organization'),
    _id: (resource) => (resource.id ? [resource.id] : []),
  },
};

/** `Encounter?patient=Patient/1`, `Encounter.patient=Patient/1` (an older spelling) or `patient=Patient/1`; `&` joins several. */
const WITH_TYPE = /^([A-Z][A-Za-z]+)[?.](.+)$/;

/** The filters one criterion holds; undefined when it cannot be read, or has modifiers or chains, which are not supported. */
export function readFilters(criterion: string): readonly SubscriptionFilter[] | undefined {
  const [, resourceType, rest = criterion] = WITH_TYPE.exec(criterion) ?? [];
  const filters = [...new URLSearchParams(rest)].map(([parameter, value]) => ({
    ...(resourceType && { resourceType }),
    parameter,
    values: value.split(',').filter(Boolean),
  }));
  const readable = filters.every(({ parameter, values }) => /^[a-z_][a-z-]*$/.test(parameter) && values.length > 0);
  return filters.length > 0 && readable ? filters : undefined;
}

const formsOf = (resourceType: string, parameter: string): Forms | undefined => {
  const ofType = Object.hasOwn(FILTERS, resourceType) ? FILTERS[resourceType]! : {};
  return Object.hasOwn(ofType, parameter) ? ofType[parameter] : undefined;
};

/** True when a filter is one of the table, for a topic about `focus`. */
export function isFilterOf(focus: string, { resourceType = focus, parameter }: SubscriptionFilter): boolean {
  return resourceType === focus && formsOf(focus, parameter) !== undefined;
}

/** A reference as it stands in the hub, from one with a base address. */
const relative = (value: string) => value.replace(/^https?:\/\/.*\/([A-Z][A-Za-z]+\/[^/]+)$/, '$1');

/** True when the resource meets all filters. One that is not in the table is met by nothing. */
export function passesFilters(resource: Resource, filters: readonly SubscriptionFilter[]): boolean {
  return filters.every((filter) => {
    if (!isFilterOf(resource.resourceType, filter)) return false;
    const forms = formsOf(resource.resourceType, filter.parameter)!(resource);
    return filter.values.some((value) => forms.includes(value) || forms.includes(relative(value)));
  });
}
