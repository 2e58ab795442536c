/** Every setting, one row each: name, meaning, default. README's table is compared with this one by a test. */
export const SETTINGS = {
  SAMSPIL_DATABASE_URL: { default: '', text: 'PostgreSQL to use; empty = an embedded server of the hub’s own' },
  SAMSPIL_REDIS_URL: { default: '', text: 'Redis for the lanes; empty = BullMQ on PostgreSQL' },
  SAMSPIL_DATA_DIR: { default: '.data', text: 'folder of the embedded server, keys and added packages' },
  SAMSPIL_REGION_DIR: { default: 'region', text: 'folder of the region’s data loaded at first start' },
  SAMSPIL_MAPPINGS_DIR: { default: '', text: 'folder of the maps; empty = the program’s own' },
  SAMSPIL_PORT: {
    default: '8080',
    text: 'HTTP port; 0 = any free one; not set and taken by another program = any free one, printed at start',
  },
  SAMSPIL_MLLP_PORT: { default: '2575', text: 'MLLP port; likewise' },
  SAMSPIL_HOST: { default: '127.0.0.1', text: 'address to listen on' },
  SAMSPIL_EGRESS_ALLOW: {
    default: '',
    text: 'private hosts and networks the hub may deliver to, separated by commas; `loopback` is one, `none` is nobody; empty = `loopback` with the embedded server, else `none`',
  },
  SAMSPIL_ROLE: { default: 'all', text: 'all, gateway or worker' },
  SAMSPIL_BASE_URL: {
    default: '',
    text: 'address others reach the hub by; empty = http://HOST:PORT; needed for the role worker, which has no door of its own',
  },
  SAMSPIL_TLS_CA: {
    default: '',
    text: 'file of certificate authorities recipients are believed by; empty = those of Node',
  },
  SAMSPIL_MLLP_TLS_CERT: { default: '', text: 'file of the certificate of the MLLP port; set = MLLP over TLS' },
  SAMSPIL_MLLP_TLS_KEY: { default: '', text: 'file of its private key' },
  SAMSPIL_TLS_CERT: { default: '', text: 'file of the certificate the hub shows to recipients that ask for one' },
  SAMSPIL_TLS_KEY: { default: '', text: 'file of its private key' },
  SAMSPIL_CERTIFICATE_PROXY: {
    default: '',
    text: 'addresses of proxies believed on the certificate a client has shown (header Client-Cert), separated by commas',
  },
  SAMSPIL_CONSENT_SERVICE_URL: {
    default: '',
    text: 'consent register asked before anything is sent (docs/guides/consent-register.md); empty = none',
  },
  SAMSPIL_CONSENT_SERVICE_TOKEN: { default: '', text: 'bearer token for it; empty = none is sent' },
  SAMSPIL_LOG_LEVEL: { default: 'info', text: 'trace, debug, info, warn, error or silent' },
} as const satisfies Record<string, { default: string; text: string }>;

export type SettingName = keyof typeof SETTINGS;
export type Role = 'all' | 'gateway' | 'worker';

export interface Config {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly dataDir: string;
  readonly regionDir: string;
  readonly mappingsDir: string;
  readonly port: number;
  readonly mllpPort: number;
  /** Ports nobody has asked for by name: where one is taken, any free one does. */
  readonly isPortFree: { readonly http: boolean; readonly mllp: boolean };
  readonly host: string;
  readonly egressAllow: readonly string[];
  readonly role: Role;
  readonly baseUrl: string;
  readonly logLevel: string;
  /** Files, where set. */
  readonly mllpTls: { readonly cert?: string; readonly key?: string };
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly certificateProxies: readonly string[];
  readonly consentService?: { readonly url: string; readonly token?: string };
}

/** Reads the settings from `env`; a value that cannot be used is named in a thrown RangeError (a wrong start, not a wrong message). */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const text = (name: SettingName) => env[name] || SETTINGS[name].default;
  const port = (name: SettingName) => {
    const value = Number(text(name));
    if (!Number.isInteger(value) || value < 0 || value > 65535)
      throw new RangeError(`${name} must be a port number from 0 to 65535`);
    return value;
  };
  const oneOf = <T extends string>(name: SettingName, allowed: readonly T[]): T => {
    const value = text(name) as T;
    if (!allowed.includes(value)) throw new RangeError(`${name} must be one of ${allowed.join(', ')}`);
    return value;
  };
  const list = (value: string) =>
    value
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean);
  const role = oneOf('SAMSPIL_ROLE', ['all', 'gateway', 'worker']);
  const baseUrl = text('SAMSPIL_BASE_URL').replace(/\/+$/, '');
  if (baseUrl && !/^https?:$/.test(URL.parse(baseUrl)?.protocol ?? ''))
    throw new RangeError('SAMSPIL_BASE_URL must be an address that starts with http:// or https://');
  const [ca, cert, key] = [text('SAMSPIL_TLS_CA'), text('SAMSPIL_TLS_CERT'), text('SAMSPIL_TLS_KEY')];
  const [mllpCert, mllpKey] = [text('SAMSPIL_MLLP_TLS_CERT'), text('SAMSPIL_MLLP_TLS_KEY')];
  if (Boolean(mllpCert) !== Boolean(mllpKey))
    throw new RangeError('SAMSPIL_MLLP_TLS_CERT and SAMSPIL_MLLP_TLS_KEY go together');
  if (Boolean(cert) !== Boolean(key)) throw new RangeError('SAMSPIL_TLS_CERT and SAMSPIL_TLS_KEY go together');
  const [url, token] = [text('SAMSPIL_CONSENT_SERVICE_URL'), text('SAMSPIL_CONSENT_SERVICE_TOKEN')];
  const egress = text('SAMSPIL_EGRESS_ALLOW') || (text('SAMSPIL_DATABASE_URL') ? 'none' : 'loopback');
  return {
    databaseUrl: text('SAMSPIL_DATABASE_URL'),
    redisUrl: text('SAMSPIL_REDIS_URL'),
    dataDir: text('SAMSPIL_DATA_DIR'),
    regionDir: text('SAMSPIL_REGION_DIR'),
    mappingsDir: text('SAMSPIL_MAPPINGS_DIR'),
    port: port('SAMSPIL_PORT'),
    mllpPort: port('SAMSPIL_MLLP_PORT'),
    isPortFree: { http: !env.SAMSPIL_PORT, mllp: !env.SAMSPIL_MLLP_PORT },
    host: text('SAMSPIL_HOST'),
    egressAllow: list(egress).filter((host) => host !== 'none'),
    role,
    baseUrl,
    mllpTls: { ...(mllpCert && { cert: mllpCert, key: mllpKey }) },
    tls: { ...(ca && { ca }), ...(cert && { cert, key }) },
    certificateProxies: list(text('SAMSPIL_CERTIFICATE_PROXY')),
    ...(url && { consentService: { url, ...(token && { token }) } }),
    logLevel: oneOf('SAMSPIL_LOG_LEVEL', ['trace', 'debug', 'info', 'warn', 'error', 'silent']),
  };
}

/** Throws a RangeError where a setting is missing that running the hub needs, and looking at its files does not. */
export function checkServing({ role, baseUrl }: Config): void {
  // notifications name the address the hub is reached by, and a worker alone has none
  if (role === 'worker' && !baseUrl) throw new RangeError('SAMSPIL_BASE_URL is needed for the role worker');
}
