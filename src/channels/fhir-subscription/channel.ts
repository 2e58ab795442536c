import type { Channel } from '../channel.ts';
import { checkHttpSettings, HTTP_SETTINGS, postDelivery } from '../http-delivery.ts';

/**
 * A FHIR Subscription's rest-hook: notification Bundles of the R5 backport on R4 (`../subscription-notification.ts`), posted with the
 * subscription's own content type and headers. Whatever the recipient writes in its answer means nothing here.
 */
export const fhirSubscription: Channel = {
  kind: 'fhir-subscription',
  text: 'A FHIR Subscription: notifications by rest-hook, R5 backport on R4',
  settings: HTTP_SETTINGS,
  check: (settings, egress) => checkHttpSettings(HTTP_SETTINGS, settings, egress),
  async send(delivery, world, signal) {
    const attempt = await postDelivery(
      { delivery, table: HTTP_SETTINGS, accept: 'application/fhir+json, */*;q=0.1' },
      world,
      signal,
    );
    if (attempt.outcome !== 'delivered' && attempt.outcome !== 'refused') return attempt;
    const { answer: _, answerContentType: __, ...withoutAnswer } = attempt;
    return withoutAnswer;
  },
};
