import type { Bundle } from '@medplum/fhirtypes';
import type { NoticeCode } from '../formats/fhir/hospital-notification.ts';
import type { AuditRow, DecisionRow } from '../store/audit.ts';
import type { NewDelivery } from '../store/deliveries.ts';
import type { MessageState, StepRecord } from '../store/messages.ts';
import type { SubscriptionRow } from '../store/subscriptions.ts';
import type { BatchState } from './batch.ts';
import type { Footing } from './footing.ts';
import type { Stored } from './store.ts';

/** What one message came to, before it is written. */
export interface Outcome {
  readonly state: MessageState;
  readonly step: string;
  readonly steps: readonly StepRecord[];
  readonly patientId?: string;
  readonly deliveries: NewDelivery[];
  readonly decisions: DecisionRow[];
  readonly audit: AuditRow[];
  readonly acknowledges?: Bundle;
  readonly merges?: Stored['merges'];
}

/** What the messages of one transaction are worked with. */
export interface Batch {
  readonly footing: Footing;
  readonly state: BatchState;
  readonly subscriptions: readonly SubscriptionRow[];
  readonly told: (patientId: string, recipient: string, encounterId: string) => NoticeCode[];
  readonly at: string;
}
