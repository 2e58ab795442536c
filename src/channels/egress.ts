import { lookup as systemLookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { done, type ErrorCode, issue, type Result, refused } from '../errors.ts';

/** An address as name resolution gives it. */
export interface Address {
  readonly address: string;
  readonly family: number;
}
export type Resolve = (host: string) => Promise<readonly Address[]>;

/** `sealed`: TLS with the name checked by certificate. `plain`: anybody on the way can read and answer. */
export type Transport = 'sealed' | 'plain';

export interface EgressRules {
  /** `loopback`, a network (`10.20.0.0/16`) or a host name: may be reached although private, and without TLS. */
  readonly allow: readonly string[];
  /** Name resolution; the system's own when not handed in. */
  readonly resolve?: Resolve;
}

/** Says which addresses the hub may connect to, so that a recipient's settings cannot turn it against its own network. */
export interface Egress {
  /** The address is written as one may be reached: scheme, no credentials, and the host itself where it is an IP address. */
  checkUrl(text: string): Result<URL>;
  /** The same for a host and port, as MLLP has them. */
  checkHost(host: string, transport: Transport): ErrorCode | undefined;
  /** For `net.connect`: resolves and then judges what came, so that a name cannot point elsewhere between check and use. */
  lookup(transport: Transport): LookupFunction;
}

/** The error that `lookup` gives a socket whose target may not be reached; `code` is a row of the catalogue. */
export class EgressError extends Error {
  override readonly name = 'EgressError';
  readonly code: ErrorCode;
  constructor(code: ErrorCode) {
    super(code);
    this.code = code;
  }
}

/**
 * Addresses that are nobody's public server: this host, private, shared, link-local (the clouds' metadata service is one),
 * documentation, benchmarking, multicast, reserved, and the IPv6 forms that carry an IPv4 address inside.
 * From the IANA special-purpose address registries for IPv4 and IPv6.
 */
const NOT_PUBLIC = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
] as const;
const LOOPBACK = ['127.0.0.0/8', '::1/128'] as const;

function networks(list: readonly string[]): BlockList {
  const block = new BlockList();
  for (const network of list) {
    const [address = '', bits = ''] = network.split('/');
    const most = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    if (!/^\d+$/.test(bits) || Number(bits) > most)
      throw new RangeError(`${network} is not a network, like 10.20.0.0/16`);
    block.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return block;
}

const holds = (block: BlockList, address: string) => block.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
const isNetwork = (rule: string) => rule.includes('/');
const bare = (host: string) =>
  host
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();

async function systemResolve(host: string): Promise<readonly Address[]> {
  return systemLookup(host, { all: true, verbatim: true });
}

/** Rules from one line of text, as a setting holds them: `loopback, 10.20.0.0/16, receiver.internal`. */
export function readEgressRules(text: string): EgressRules {
  return { allow: text.split(/[\s,]+/).filter(Boolean) };
}

/** Throws a RangeError when a network of the rules cannot be read: a wrong start, not a wrong message. */
export function openEgress(rules: EgressRules): Egress {
  const resolve = rules.resolve ?? systemResolve;
  const allowedNetworks = networks([
    ...(rules.allow.includes('loopback') ? LOOPBACK : []),
    ...rules.allow.filter(isNetwork),
  ]);
  const allowedHosts = new Set(rules.allow.filter((rule) => rule !== 'loopback' && !isNetwork(rule)).map(bare));
  const notPublic = networks(NOT_PUBLIC);

  /** Undefined: may be reached. A host allowed by name may resolve to anything. */
  function judge(host: string, addresses: readonly string[], transport: Transport): ErrorCode | undefined {
    if (allowedHosts.has(bare(host))) return undefined;
    if (addresses.every((address) => holds(allowedNetworks, address))) return undefined;
    const isOut = (address: string) =>
      !isIP(address) || (holds(notPublic, address) && !holds(allowedNetworks, address));
    if (addresses.some(isOut)) return 'CHANNEL-EGRESS';
    return transport === 'plain' ? 'CHANNEL-EGRESS-PLAIN' : undefined;
  }

  /** Before resolution: an IP address is judged at once; a name only where plain transport could never be allowed. */
  function checkHost(host: string, transport: Transport): ErrorCode | undefined {
    if (isIP(bare(host))) return judge(host, [bare(host)], transport);
    const mayBecomeAllowed = transport === 'sealed' || allowedHosts.has(bare(host)) || rules.allow.length > 0;
    return mayBecomeAllowed ? undefined : 'CHANNEL-EGRESS-PLAIN';
  }

  function checkUrl(text: string): Result<URL> {
    if (!URL.canParse(text)) return refused(issue('CHANNEL-URL'));
    const url = new URL(text);
    if (!/^https?:$/.test(url.protocol) || url.username || url.password || url.hash)
      return refused(issue('CHANNEL-URL'));
    const code = checkHost(url.hostname, url.protocol === 'https:' ? 'sealed' : 'plain');
    return code ? refused(issue(code)) : done(url);
  }

  async function admitted(host: string, transport: Transport): Promise<readonly Address[]> {
    const addresses = await resolve(host);
    if (addresses.length === 0) throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' });
    const code = judge(
      host,
      addresses.map(({ address }) => address),
      transport,
    );
    if (code) throw new EgressError(code);
    return addresses;
  }

  return {
    checkUrl,
    checkHost,
    lookup: (transport) => (host, options, callback) => {
      admitted(host, transport).then(
        (addresses) => {
          if (options.all) callback(null, [...addresses]);
          else callback(null, addresses[0]!.address, addresses[0]!.family);
        },
        (failure) => callback(failure, ''),
      );
    },
  };
}
