import type { storyOf } from '../../pipeline/story.ts';
import type { Heard } from './senders.ts';

type Story = Awaited<ReturnType<typeof storyOf>>;

/** A message's story in lines for people: receipt, FHIR made, who may have it and why, what became of it. */
export function tell(heard: Heard, story: Story | undefined): string {
  const lines = [`receipt    ${heard.words}`];
  if (story) lines.push(...fhirLines(story), ...refusalLines(story), ...deliveryLines(story));
  return lines.map((line) => `       ${line}\n`).join('');
}

function fhirLines({ steps }: Story): string[] {
  const made = steps.find(({ step }) => step === 'store')?.made as
    | { type: string; version: number; outcome: string }[]
    | undefined;
  if (!made?.length) return [];
  return [
    `FHIR       ${made.map(({ type, version, outcome }) => `${type} (${outcome}, version ${version})`).join(', ')}`,
  ];
}

function refusalLines({ state, steps }: Story): string[] {
  if (state !== 'refused' && state !== 'stopped') return [];
  const faults = steps
    .flatMap(({ issues = [] }) => issues)
    .filter(({ severity }) => severity === 'error' || severity === 'fatal');
  return faults.map(({ code, place, text }) => `${state.padEnd(11)}${code}${place ? ` at ${place}` : ''}: ${text}`);
}

function deliveryLines({ state: ended, deliveries, decisions = [] }: Story): string[] {
  if (deliveries.length === 0)
    return ended === 'done' ? ['told       nobody: no recipient and no subscription is for this'] : [];
  return deliveries.flatMap(({ id, recipient, state }) => {
    const decision = decisions.filter(({ deliveryId }) => deliveryId === id).at(-1);
    const withheld = decision?.withheld.length
      ? `, without ${decision.withheld.map(({ item, code }) => `${item.split('/')[0]} (${code})`).join(', ')}`
      : '';
    return [
      `decided    ${recipient}: ${decision?.outcome ?? 'not yet'}${withheld}`,
      `           ${decision?.codes.join(', ') ?? ''}`,
      `           ${decision?.explanation.en ?? ''}`,
      `outcome    ${state}`,
    ];
  });
}
