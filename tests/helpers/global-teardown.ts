import type { EmbeddedServer } from '../../src/store/embedded.ts';

export default async function teardown(): Promise<void> {
  await (globalThis as { samspilServer?: EmbeddedServer }).samspilServer?.stop();
}
