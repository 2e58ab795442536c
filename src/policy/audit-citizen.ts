import type { AuditEvent, AuditEventAgent } from '@medplum/fhirtypes';

/** Sentences of the citizen's log for what is no decision; decisions have theirs in the catalogue of reason codes. */
export const CITIZEN_TEXTS = {
  released: 'Dine oplysninger er sendt.',
  refused: 'Dine oplysninger er sendt, men modtageren har ikke bekræftet at have taget imod dem.',
  directive: 'Et samtykke eller en spærring, du har givet, er registreret eller ændret.',
  emergency:
    'En sundhedsperson har erklæret, at hensynet til dig gør det nødvendigt at se bort fra en spærring. Det bliver fulgt op.',
} as const;

const ORGANISATION = 'urn:samspil:organisation';
const USER = 'urn:samspil:user:';

function tell(agent: AuditEventAgent, nameOf: (organisation: string) => string | undefined): AuditEventAgent {
  const { system, value } = agent.who?.identifier ?? {};
  if (system?.startsWith(USER)) return { ...agent, who: { display: 'Sundhedsperson' } };
  const display = system === ORGANISATION && value ? nameOf(value) : undefined;
  return display ? { ...agent, who: { ...agent.who, display } } : agent;
}

/**
 * An AuditEvent as the citizen's log shows it: a sentence in Danish, organisations by name, members of staff by their role, and of what it is about
 * the citizen alone. Refused attempts are shown like others.
 */
export function citizenView(
  event: AuditEvent,
  { text, nameOf }: { text: string; nameOf: (organisation: string) => string | undefined },
): AuditEvent {
  return {
    ...event,
    outcomeDesc: text,
    agent: event.agent?.map((agent) => tell(agent, nameOf)) as AuditEvent['agent'],
    entity: event.entity?.slice(0, 1),
  };
}
