import type { Channel } from '../channel.ts';
import { checkHttpSettings, HTTP_SETTINGS, postDelivery } from '../http-delivery.ts';

/**
 * MedCom FHIR messages (HospitalNotification, CareCommunication, Acknowledgement) posted as they are. `delivered` means that the
 * recipient's system has the bytes; whether its user system took the message is said by the MedCom Acknowledgement, which comes in the
 * answer (returned as bytes, for the pipeline to read) or later as a message of its own.
 */
export const medcomMessage: Channel = {
  kind: 'medcom-message',
  text: 'MedCom FHIR messages over HTTP, acknowledged by MedCom Acknowledgement',
  settings: HTTP_SETTINGS,
  check: (settings, egress) => checkHttpSettings(HTTP_SETTINGS, settings, egress),
  send: (delivery, world, signal) =>
    postDelivery(
      { delivery, table: HTTP_SETTINGS, accept: 'application/fhir+json, application/fhir+xml' },
      world,
      signal,
    ),
};
