import type { Request } from 'express';
import type { AssertionMemory } from './assertion-memory.ts';
import type { ClientDirectory } from './client.ts';
import type { HubKeys } from './hub-keys.ts';

/** What sign-in needs; handed in, so that tests know every time, id and key. */
export interface SignInDeps {
  readonly clients: ClientDirectory;
  readonly keys: HubKeys;
  readonly assertions: AssertionMemory;
  readonly now: () => Date;
  readonly newId: () => string;
  /** Address the hub is reached by, without a slash at the end; a function, because the port may be known only after listening. */
  readonly baseUrl: () => string;
  /**
   * Mutual TLS (RFC 8705): the SHA-256 thumbprint (base64url) of the certificate the peer has shown, as the listener or a trusted proxy in
   * front of it knows it. Needed only for clients registered with `certificates`; their tokens are then bound to the certificate.
   */
  readonly certificateOf?: (request: Request) => string | undefined;
}

export const TOKEN_PATH = '/oauth2/token';
export const tokenUrl = (deps: Pick<SignInDeps, 'baseUrl'>): string => `${deps.baseUrl()}${TOKEN_PATH}`;
