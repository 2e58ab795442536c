import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { sentence } from '../errors.ts';
import { signIn } from '../gateway/sign-in/client-side.ts';
import { DEMO_CLIENTS, isDemoClient, readDemoKey } from '../gateway/sign-in/demo-clients.ts';
import { OWN_SCOPES } from '../gateway/sign-in/scopes.ts';
import { type Command, type Io, WrongUse } from './command.ts';

/** What is asked for when nothing else is said; the hub gives the part of it that the client may have. */
const EVERYTHING = ['system/*.cruds', ...Object.keys(OWN_SCOPES)].join(' ');

/** The address the running hub has written beside its data. */
async function addressOnFile(dataDir: string): Promise<string | undefined> {
  try {
    const { baseUrl } = JSON.parse(await readFile(join(dataDir, 'hub.json'), 'utf8')) as { baseUrl?: unknown };
    return typeof baseUrl === 'string' ? baseUrl : undefined;
  } catch {
    return undefined;
  }
}

function say(io: Io, words: string): 1 {
  io.err(`${words}\n`);
  return 1;
}

/** A bearer token of a demo client on stdout, nothing else, so that `curl -H "Authorization: Bearer $(samspil token demo-epj)"` works. */
export const command: Command = {
  usage: 'token CLIENT [--url ADDRESS] [--scope "SCOPE ..."]',
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { url: { type: 'string' }, scope: { type: 'string' } },
    });
    const [id] = positionals;
    if (!id || positionals.length > 1) throw new WrongUse('Name one client.');
    if (!isDemoClient(id)) throw new WrongUse(`Not a demo client; there are ${DEMO_CLIENTS.join(', ')}.`);
    const { dataDir, baseUrl } = readConfig(io.env);
    const key = await readDemoKey(dataDir, id);
    if (!key) return say(io, `There is no key of ${id} in ${join(dataDir, 'demo-keys')}: start the hub there first.`);
    const address = values.url ?? (baseUrl || (await addressOnFile(dataDir)));
    if (!address) return say(io, 'No hub seems to run here; give its address with --url.');
    const scope = values.scope ?? EVERYTHING;
    const token = await signIn({ baseUrl: address, clientId: id, key, scope });
    if (!token.ok) return say(io, token.issues.map(sentence).join('\n'));
    io.out(`${token.value.accessToken}\n`);
    return 0;
  },
};
