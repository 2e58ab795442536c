import { cp, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { CodeSystem, StructureDefinition, ValueSet } from '@medplum/fhirtypes';
import { parseTar } from 'nanotar';
import type { Issue, Result } from '../errors.ts';
import { done, issue, refused } from '../errors.ts';
import { type ProfilePackage, selectValidators, type Validators } from '../fhir/profile-sets.ts';
import type { Definitions } from '../fhir/validate.ts';

/** Profiles of the project itself; `medcom/canonicals.json` says which published canonical each restatement stands for. */
const OWN_PROFILES = resolve(import.meta.dirname, '../../profiles');
const OWN_FOLDERS = ['samspil', 'medcom'];
/** Unpacked size a package may have. */
const LARGEST_PACKAGE = 512 * 1024 * 1024;

const unzip = promisify(gunzip);

/** A file of a package: its path below `package/`, and its bytes. */
interface PackageFile {
  readonly name: string;
  readonly text: () => string;
}

/** Where added packages are kept. */
export const addedPackages = (dataDir: string) => join(dataDir, 'packages');

/**
 * Validators over the project's own profiles, the packages added to the data folder, and those at `paths` (each a `.tgz`, a package's folder, or a
 * folder of such). What cannot be read is among the issues; the rest is used.
 */
export async function openValidators({
  paths = [],
  dataDir,
}: {
  paths?: readonly string[];
  dataDir?: string;
} = {}): Promise<Validators> {
  const added = dataDir ? addedPackages(dataDir) : undefined;
  const places = [...paths, ...(added && (await isFolder(added)) ? [added] : [])];
  const readings = await Promise.all(places.map((path) => readPackages(path)));
  const packages = readings.flatMap((reading) => (reading.ok ? reading.value : []));
  const validators = selectValidators({ own: await ownDefinitions(), packages: uniquely(packages) });
  return { ...validators, issues: [...readings.flatMap((reading) => reading.issues), ...validators.issues] };
}

function uniquely(packages: readonly ProfilePackage[]): ProfilePackage[] {
  return [...new Map(packages.map((each) => [`${each.name}@${each.version}`, each])).values()];
}

/** The profiles in `profiles/` with the table of canonicals they stand for. */
export async function ownDefinitions(): Promise<Definitions> {
  const folders = OWN_FOLDERS.map((folder) => join(OWN_PROFILES, folder));
  const files = (await Promise.all(folders.map(filesIn))).flat();
  const aliases = files.find((file) => file.name === 'canonicals.json');
  return {
    ...conformanceResources(files),
    aliases: aliases ? (JSON.parse(aliases.text()) as Record<string, string>) : {},
  };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

/** One package, or each in a folder of packages. Refused only if there is none; a bad one among good ones is an issue. */
export async function readPackages(path: string): Promise<Result<readonly ProfilePackage[]>> {
  const places = (await isFolder(path)) && !(await manifestFolder(path)) ? await packagesIn(path) : [path];
  const readings = await Promise.all(places.map((place) => readPackage(place)));
  const issues = readings.flatMap((reading) => reading.issues);
  const packages = readings.flatMap((reading) => (reading.ok ? [reading.value] : []));
  if (packages.length > 0) return done(packages, issues);
  return issues.length > 0 ? refused(...issues) : refused(unreadable(path, 'there is no package in it'));
}

async function packagesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() || entry.name.endsWith('.tgz'))
    .map((entry) => join(folder, entry.name))
    .sort();
}

const unreadable = (path: string, reason: string): Issue => issue('PACKAGE-UNREADABLE', basename(path), { reason });

/** The folder that holds `package.json`: the one given, or `package/` in it. */
async function manifestFolder(path: string): Promise<string | undefined> {
  for (const folder of [join(path, 'package'), path]) if (await isFile(join(folder, 'package.json'))) return folder;
  return undefined;
}

/** Reads a package from its `.tgz` or its folder (https://hl7.org/fhir/packages.html). */
export async function readPackage(path: string): Promise<Result<ProfilePackage>> {
  const folder = (await isFolder(path)) ? await manifestFolder(path) : undefined;
  if (!folder && !(await isFile(path))) return refused(unreadable(path, 'there is no such file or package folder'));
  try {
    return packageOf(folder ? await filesIn(folder) : await filesOfArchive(path), path);
  } catch {
    return refused(unreadable(path, 'it is neither a gzipped tar nor a folder of JSON files'));
  }
}

async function filesOfArchive(path: string): Promise<PackageFile[]> {
  const tar = await unzip(await readFile(path), { maxOutputLength: LARGEST_PACKAGE });
  // parseTar reads the whole ArrayBuffer under a view, and a small Buffer shares one with others
  return parseTar(Uint8Array.from(tar))
    .filter((item) => item.name.startsWith('package/'))
    .map((item) => ({ name: item.name.slice('package/'.length), text: () => item.text }));
}

async function filesIn(folder: string): Promise<PackageFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8');
      return { name, text: () => text };
    }),
  );
}

interface Manifest {
  readonly name?: unknown;
  readonly version?: unknown;
  readonly fhirVersions?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}

function packageOf(files: readonly PackageFile[], path: string): Result<ProfilePackage> {
  const manifest = files.find((file) => file.name === 'package.json');
  if (!manifest) return refused(unreadable(path, 'it has no package.json'));
  const { name, version, fhirVersions, dependencies = {} } = JSON.parse(manifest.text()) as Manifest;
  if (typeof name !== 'string' || typeof version !== 'string' || !isPackageName(name) || !isPackageName(version))
    return refused(unreadable(path, 'its package.json names no package and version'));
  if (fhirVersions && !fhirVersions.some((each) => each.startsWith('4.0')))
    return refused(issue('PACKAGE-FHIR-VERSION', basename(path), { package: `${name}@${version}` }));
  return done({ name, version, dependencies, ...conformanceResources(files) });
}

/** Becomes a file name in the data folder. */
const isPackageName = (text: string) => /^[A-Za-z0-9][\w.-]{0,127}$/.test(text);

type Conformance = StructureDefinition | ValueSet | CodeSystem;

function conformanceResources(files: readonly PackageFile[]) {
  const resources = files
    .filter(({ name }) => /^[^/.][^/]*\.json$/.test(name) && name !== 'package.json')
    .map((file) => JSON.parse(file.text()) as Conformance)
    .filter((resource) => typeof resource?.url === 'string');
  return {
    structureDefinitions: resources
      .filter((resource) => resource.resourceType === 'StructureDefinition')
      .filter(isUsable),
    valueSets: resources.filter((resource) => resource.resourceType === 'ValueSet'),
    codeSystems: resources.filter((resource) => resource.resourceType === 'CodeSystem'),
  };
}

/** Has what compiling reads; a definition without it is as if it were not there. */
function isUsable({ type, kind, snapshot, differential }: StructureDefinition): boolean {
  const elements: unknown = snapshot?.element ?? differential?.element;
  return (
    typeof type === 'string' &&
    typeof kind === 'string' &&
    Array.isArray(elements) &&
    elements.every((element) => typeof element?.path === 'string')
  );
}

/** Copies the packages at `path` into the data folder, where {@link openValidators} finds them; the ones there are replaced. */
export async function addPackages(path: string, dataDir: string): Promise<Result<readonly string[]>> {
  const places = (await isFolder(path)) && !(await manifestFolder(path)) ? await packagesIn(path) : [path];
  const folder = addedPackages(dataDir);
  await mkdir(folder, { recursive: true });
  const added: string[] = [];
  const issues: Issue[] = [];
  for (const place of places) {
    const reading = await readPackage(place);
    issues.push(...reading.issues);
    if (!reading.ok) continue;
    const name = `${reading.value.name}-${reading.value.version}`;
    await cp(place, join(folder, (await isFolder(place)) ? name : `${name}.tgz`), { recursive: true });
    added.push(name);
  }
  if (places.length === 0) issues.push(unreadable(path, 'there is no package in it'));
  return issues.length > 0 && added.length === 0 ? refused(...issues) : done(added, issues);
}
