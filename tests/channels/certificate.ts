import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A self-signed certificate for 127.0.0.1 and `localhost`, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** SHA-256 of the certificate, base64url: what RFC 8705 calls x5t#S256. */
  readonly thumbprint: string;
}

/** One DER element (X.690): tag, length, content. */
function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const size = Buffer.from(body.length.toString(16).padStart(body.length > 255 ? 4 : 2, '0'), 'hex');
  return Buffer.concat([
    Buffer.of(tag),
    body.length < 128 ? size : Buffer.concat([Buffer.of(0x80 | size.length), size]),
    body,
  ]);
}
const SEQUENCE = 0x30;
const hex = (text: string) => Buffer.from(text, 'hex');
const ECDSA_SHA256 = der(SEQUENCE, der(0x06, hex('2a8648ce3d040302')));
const nameOf = (common: string) =>
  der(SEQUENCE, der(0x31, der(SEQUENCE, der(0x06, hex('550403')), der(0x0c, Buffer.from(common)))));
const time = (text: string) => der(0x17, Buffer.from(text));
const extension = (oid: string, value: Buffer) => der(SEQUENCE, der(0x06, hex(oid)), der(0x04, value));

/** Made anew for each test run (RFC 5280 4.1, version 3, P-256), so that no private key lies in the repository. */
export function selfSigned(common = 'samspil test'): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const alternative = der(SEQUENCE, der(0x82, Buffer.from('localhost')), der(0x87, Buffer.of(127, 0, 0, 1)));
  const authority = der(SEQUENCE, der(0x01, Buffer.of(0xff)));
  const toSign = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ECDSA_SHA256,
    nameOf(common),
    der(SEQUENCE, time('250101000000Z'), time('450101000000Z')),
    nameOf(common),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, extension('551d11', alternative), extension('551d13', authority))),
  );
  const signature = sign('sha256', toSign, privateKey);
  const certificate = der(SEQUENCE, toSign, ECDSA_SHA256, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    thumbprint: createHash('sha256').update(certificate).digest('base64url'),
  };
}
