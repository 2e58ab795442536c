import { createHash } from 'node:crypto';
import type { Request } from 'express';
import type { SignInDeps } from './deps.ts';

type CertificateOf = NonNullable<SignInDeps['certificateOf']>;

const thumbprint = (der: Uint8Array) => createHash('sha256').update(der).digest('base64url');

/**
 * For a listener that ends TLS itself (`https.createServer` with `requestCert: true`): the thumbprint of the certificate the peer has
 * shown, whoever issued it: clients are known by the very certificate they registered, not by its issuer.
 */
export const certificateOfConnection: CertificateOf = ({ socket }: Request) => {
  if (!('getPeerCertificate' in socket)) return undefined;
  const { raw } = (socket as import('node:tls').TLSSocket).getPeerCertificate() ?? {};
  return raw && thumbprint(raw);
};

/**
 * For a hub behind a proxy that ends TLS and writes the certificate it was shown into a header (as `Client-Cert` of RFC 9440: DER in base64
 * between colons). The proxy must strip that header from what comes in; `isProxy` says which peers are it, and others are not believed.
 */
export function certificateFromProxy(isProxy: (address: string) => boolean, header = 'client-cert'): CertificateOf {
  return ({ socket, headers }) => {
    const value = headers[header];
    const [, base64] = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(typeof value === 'string' ? value : '') ?? [];
    return base64 && isProxy(socket.remoteAddress ?? '') ? thumbprint(Buffer.from(base64, 'base64')) : undefined;
  };
}
