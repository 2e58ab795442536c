import type { CapabilityStatement } from '@medplum/fhirtypes';
import { Router } from 'express';
import type { Door } from '../deps.ts';
import { sendFhir } from '../reply.ts';

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport';
const TOPIC = `${BACKPORT}/StructureDefinition/capabilitystatement-subscriptiontopic-canonical`;

/** `GET /fhir/metadata`: what the hub does, open to everybody. */
export function metadataRoutes(door: Door): Router {
  const router = Router();
  router.get('/fhir/metadata', (_request, response) => sendFhir(response, 200, capabilityStatement(door)));
  return router;
}

function capabilityStatement({ parts, footing }: Door): CapabilityStatement {
  const base = parts.baseUrl();
  const interactions = (...codes: ('create' | 'update' | 'read' | 'delete' | 'search-type')[]) =>
    codes.map((code) => ({ code }));
  const posted = {
    interaction: interactions('create', 'update', 'read'),
    versioning: 'versioned' as const,
    conditionalCreate: true,
  };
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-11-23',
    kind: 'instance',
    software: { name: 'Samspil' },
    implementation: { description: 'Samspil, integration hub of a health region', url: `${base}/fhir` },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json'],
    instantiates: [`${BACKPORT}/CapabilityStatement/backport-subscription-server-r4`],
    rest: [
      {
        mode: 'server',
        security: {
          service: [
            {
              coding: [
                { system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' },
              ],
            },
          ],
          extension: [
            {
              url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
              extension: [{ url: 'token', valueUri: `${base}/oauth2/token` }],
            },
          ],
        },
        resource: [
          { type: 'Encounter', ...posted, profile: 'http://samspil.dk/fhir/StructureDefinition/samspil-encounter' },
          { type: 'Patient', ...posted, profile: 'http://samspil.dk/fhir/StructureDefinition/samspil-patient' },
          {
            type: 'Subscription',
            interaction: interactions('create', 'update', 'read', 'delete', 'search-type'),
            supportedProfile: [`${BACKPORT}/StructureDefinition/backport-subscription`],
            extension: [...footing().region.topics.values()].map(({ canonical }) => ({
              url: TOPIC,
              valueCanonical: canonical,
            })),
            operation: ['status', 'events'].map((name) => ({
              name,
              definition: `${BACKPORT}/OperationDefinition/backport-subscription-${name}`,
            })),
          },
          { type: 'Consent', interaction: interactions('create', 'update', 'read', 'delete') },
          {
            type: 'AuditEvent',
            interaction: interactions('search-type'),
            searchParam: [{ name: 'patient', type: 'reference' as const }],
          },
        ],
        interaction: [{ code: 'transaction' }],
        operation: [
          {
            name: 'process-message',
            definition: 'http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message',
          },
        ],
      },
    ],
    messaging: [
      {
        endpoint: [
          {
            protocol: { system: 'http://terminology.hl7.org/CodeSystem/message-transport', code: 'http' },
            address: `${base}/fhir/$process-message`,
          },
        ],
        documentation:
          'MedCom HospitalNotification, CareCommunication, HomeCareObservation and Acknowledgement; answered by Acknowledgement.',
      },
    ],
  };
}
