import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join, resolve } from 'node:path';
import { type Logger, pino } from 'pino';
import { openEgress } from './channels/egress.ts';
import { openHttpClient, type TlsIdentity } from './channels/http-client.ts';
import { openChannels } from './channels/index.ts';
import type { Config } from './config.ts';
import { createApp } from './gateway/app.ts';
import { listenAt } from './gateway/listen.ts';
import { openMeters } from './gateway/meters.ts';
import { listenMllp } from './gateway/mllp.ts';
import { assertionsInDatabase } from './gateway/sign-in/assertion-memory.ts';
import { certificateFromProxy } from './gateway/sign-in/certificate.ts';
import { clientDirectory } from './gateway/sign-in/client.ts';
import { openDemoKeys } from './gateway/sign-in/demo-clients.ts';
import { openHubKeys } from './gateway/sign-in/hub-keys.ts';
import { MAPPINGS, openLibrary } from './library/open.ts';
import { watchMaps } from './library/watch.ts';
import { type AgreementKey, agreementKey } from './pipeline/agreements.ts';
import { type Footing, layFooting } from './pipeline/footing.ts';
import { drainLane, sweep } from './pipeline/lanes.ts';
import { openOutbox } from './pipeline/outbox.ts';
import type { Parts } from './pipeline/parts.ts';
import { RegionWatch } from './pipeline/region.ts';
import { openPostgresQueue } from './queue/postgres.ts';
import { openRedisQueue } from './queue/redis.ts';
import type { ConsentRegister } from './registers/consent-register.ts';
import { openHttpRegister } from './registers/http-register.ts';
import { Acceptor } from './store/accept.ts';
import { type Database, isAway, migrate, openDatabase } from './store/database.ts';
import { startEmbedded } from './store/embedded.ts';
import { applyRegistry, REGISTRY_KINDS, type RegistryEntry } from './store/registry.ts';

/** A running hub: where it listens, its parts for those who work beside it (demo, bench), and its end. */
export interface Hub {
  readonly baseUrl: string;
  readonly port: number | undefined;
  readonly mllpPort: number | undefined;
  readonly databaseUrl: string;
  readonly parts: Parts;
  close(): Promise<void>;
}

/** Lanes run at once in one worker; each may hold two connections. */
const CONCURRENCY = 8;
const SWEEP_MS = 1_000;
/** So long a hub that starts waits for a database that is just coming up. */
const PATIENCE_MS = 60_000;

/** Everything opened is put on a list, and closed in reverse, also where starting fails halfway. */
class Releasers {
  readonly #list: { name: string; release: () => Promise<unknown> | unknown }[] = [];
  add(name: string, release: () => Promise<unknown> | unknown): void {
    this.#list.push({ name, release });
  }
  async close(log: Logger): Promise<void> {
    for (const { name, release } of this.#list.reverse()) {
      try {
        await release();
      } catch (thrown) {
        log.warn({ part: name, error: (thrown as Error).name }, 'a part did not close well');
      }
    }
    this.#list.length = 0;
  }
}

/** The one place where the parts are put together, for a role and a size. */
export async function startHub(config: Config, options: { logTo?: NodeJS.WritableStream } = {}): Promise<Hub> {
  const log = openLog(config, options.logTo);
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    const releasers = new Releasers();
    try {
      return await assemble(config, { log, releasers });
    } catch (thrown) {
      await releasers.close(log);
      if (!isAway(thrown) || Date.now() > end) throw thrown;
      log.warn({ code: (thrown as { code?: string }).code }, 'the database is away; the hub waits for it');
    }
    await new Promise((wait) => setTimeout(wait, 500));
  }
}

function openLog(config: Config, to?: NodeJS.WritableStream): Logger {
  const settings = { level: config.logLevel, base: { role: config.role }, timestamp: pino.stdTimeFunctions.isoTime };
  return to ? pino(settings, to) : pino(settings, pino.destination({ dest: 2, sync: false }));
}

async function assemble(config: Config, { log, releasers }: { log: Logger; releasers: Releasers }): Promise<Hub> {
  const db = await openStore(config, { log, releasers });
  await loadRegion(db, config.regionDir);
  const mappings = config.mappingsDir || MAPPINGS;
  const library = await openLibrary({ dataDir: config.dataDir, mappings });
  const region = new RegionWatch<Footing>((built) =>
    layFooting(built, (issues) =>
      log.error(
        { codes: issues.map(({ code }) => code) },
        'the agreements of the region cannot be compiled; nothing that needs one leaves',
      ),
    ),
  );
  releasers.add('maps watch', watchMaps(mappings, library, log));
  let baseUrl = config.baseUrl;
  const queue = openQueue(config, db.url, log);
  releasers.add('queue', () => queue.close());
  const outbox = openOutbox(queue, log);
  releasers.add('outbox', () => outbox.close());
  const now = () => new Date();
  const tls = await readTls(config.tls);
  const egress = { allow: config.egressAllow };
  const channels = openChannels({ egress, now, fileRoot: join(config.dataDir, 'out'), tls });
  releasers.add('channels', () => channels.close());
  const register = openRegister(config, { tls, now });
  releasers.add('consent register', () => register?.close());
  const parts: Parts = {
    db,
    acceptor: new Acceptor(db),
    queue,
    library,
    mappings,
    region,
    channels,
    ...(register && { register }),
    offer: outbox.offer,
    log,
    baseUrl: () => baseUrl,
    now,
    newId: randomUUID,
    random: Math.random,
  };
  const doors =
    config.role === 'worker'
      ? undefined
      : await openDoors(config, { parts, releasers, onBase: (address) => (baseUrl ||= address) });
  if (config.role !== 'gateway') await startWorker(parts, { log, releasers });
  log.info({ queue: queue.kind, port: doors?.port, mllpPort: doors?.mllpPort }, 'the hub is up');
  return {
    baseUrl,
    port: doors?.port,
    mllpPort: doors?.mllpPort,
    databaseUrl: db.url,
    parts,
    close: () => releasers.close(log),
  };
}

async function openStore(config: Config, { log, releasers }: { log: Logger; releasers: Releasers }): Promise<Database> {
  let url = config.databaseUrl;
  if (!url) {
    await mkdir(config.dataDir, { recursive: true });
    const server = await startEmbedded(config.dataDir);
    releasers.add('embedded PostgreSQL', () => server.stop());
    url = server.url;
  }
  const db = openDatabase(url, 3 * CONCURRENCY, (code) => log.warn({ code }, 'a database connection broke'));
  releasers.add('database', () => db.close());
  await migrate(db);
  return db;
}

async function readTls({ ca, cert, key }: Config['tls']): Promise<TlsIdentity> {
  const read = async (name: keyof TlsIdentity, file?: string) => (file ? { [name]: await readFile(file) } : {});
  return { ...(await read('ca', ca)), ...(await read('cert', cert)), ...(await read('key', key)) };
}

/** With connections of its own: a register that hangs takes none from deliveries. */
function openRegister(
  { consentService, egressAllow }: Config,
  { tls, now }: { tls: TlsIdentity; now: () => Date },
): ConsentRegister | undefined {
  if (!consentService) return undefined;
  const { url, token } = consentService;
  const http = openHttpClient({ egress: openEgress({ allow: egressAllow }), tls });
  return openHttpRegister({ url, http, now, ...(token && { authorization: () => `Bearer ${token}` }) });
}

function openQueue(config: Config, databaseUrl: string, log: Logger) {
  const onError = (error: Error) =>
    log.warn({ error: error.name, code: (error as { code?: string }).code }, 'the queue is away');
  return config.redisUrl ? openRedisQueue(config.redisUrl, onError) : openPostgresQueue(databaseUrl, onError);
}

/** The region's data from its folder, once: later changes are made in the database. `organisations.json` holds entries of kind `organisation`. */
export async function loadRegion(db: Database, folder: string): Promise<number> {
  const { rows } = await db.query<{ count: string }>('SELECT count(*) FROM registry');
  if (rows[0]?.count !== '0') return 0;
  return applyRegistry(db, await readRegionFolder(folder), new Date().toISOString());
}

/** `<kind>s.json` holds a list; `<kind>s/` a document each. */
export async function readRegionFolder(folder: string): Promise<readonly RegistryEntry[]> {
  const entries: RegistryEntry[] = [];
  for (const kind of REGISTRY_KINDS) {
    const plural = resolve(folder, `${kind}s`);
    const listed = await readFile(`${plural}.json`, 'utf8').then(
      (text) => JSON.parse(text) as unknown[],
      () => [],
    );
    const files = (await readdir(plural).catch(() => [])).filter((file) => file.endsWith('.json')).sort();
    const single = await Promise.all(
      files.map(async (file) => JSON.parse(await readFile(join(plural, file), 'utf8')) as unknown),
    );
    for (const content of [...listed, ...single] as { id: string; version?: number }[])
      entries.push({ kind, id: kind === 'agreement' ? agreementKey(content as AgreementKey) : content.id, content });
  }
  return entries;
}

/** Requests under way may end within two seconds; kept connections go at once. */
function closeServer(server: Server): Promise<void> {
  setTimeout(() => server.closeAllConnections(), 2_000).unref();
  return new Promise((done) => {
    server.close(() => done());
    server.closeIdleConnections();
  });
}

interface DoorsIn {
  readonly parts: Parts;
  readonly releasers: Releasers;
  readonly onBase: (address: string) => void;
}

async function openDoors(
  config: Config,
  { parts, releasers, onBase }: DoorsIn,
): Promise<{ port: number; mllpPort: number }> {
  const { db } = parts;
  let footing = await parts.region.current(db);
  const refresh = setInterval(() => {
    parts.region.current(db).then(
      (fresh) => (footing = fresh),
      () => {}, // the next second asks again; requests find the database away by themselves
    );
  }, 1_000);
  releasers.add('region watch', () => clearInterval(refresh));
  const demoKeys = await openDemoKeys(config.dataDir);
  const signIn = {
    clients: clientDirectory(() => footing.region.clients, demoKeys),
    keys: await openHubKeys(config.dataDir),
    assertions: assertionsInDatabase(db, parts.now),
    now: parts.now,
    newId: parts.newId,
    baseUrl: parts.baseUrl,
    ...(config.certificateProxies.length > 0 && {
      certificateOf: certificateFromProxy((address) => config.certificateProxies.includes(address)),
    }),
  };
  let isReady = false;
  const deps = { parts, signIn, footing: () => footing, meters: openMeters(db), ready: () => isReady };
  const server = createServer(createApp(deps));
  server.requestTimeout = 60_000;
  const { host, isPortFree } = config;
  const port = await listenAt(server, { host, port: config.port, mayMove: isPortFree.http });
  releasers.add('HTTP', () => closeServer(server));
  onBase(`http://${config.host}:${port}`);
  const tls = config.mllpTls.cert ? { tls: await readTls(config.mllpTls) } : {};
  const mllp = await listenMllp(deps, { host, port: config.mllpPort, mayMove: isPortFree.mllp, ...tls });
  releasers.add('MLLP', () => mllp.close());
  await mkdir(config.dataDir, { recursive: true });
  await writeFile(
    join(config.dataDir, 'hub.json'),
    JSON.stringify({ baseUrl: parts.baseUrl(), port, mllpPort: mllp.port }),
  );
  isReady = true;
  return { port, mllpPort: mllp.port };
}

async function startWorker(parts: Parts, { log, releasers }: { log: Logger; releasers: Releasers }): Promise<void> {
  await parts.queue.work((lane) => drainLane(lane, parts), CONCURRENCY);
  // a scheduler that is away holds a sweep up until it is back: the next ones do not queue behind it, but for one now and then
  let waitUntil = 0;
  const sweeping = setInterval(() => {
    if (Date.now() < waitUntil) return;
    waitUntil = Date.now() + 30 * SWEEP_MS;
    sweep(parts)
      .catch((thrown: unknown) =>
        log.warn({ code: (thrown as { code?: string }).code }, 'the sweep failed; the next one comes in a second'),
      )
      .finally(() => {
        waitUntil = 0;
      });
  }, SWEEP_MS);
  releasers.add('sweeper', () => clearInterval(sweeping));
}
