import { connect } from 'node:net';
import { MllpDecoder, writeFrame } from '../../formats/hl7v2/mllp.ts';
import { signIn } from '../../gateway/sign-in/client-side.ts';
import { type DemoClientId, readDemoKey } from '../../gateway/sign-in/demo-clients.ts';
import type { Hub } from '../../hub.ts';

/** What a sender heard: whether it was taken, the words of the receipt, and where its story is. */
export interface Heard {
  readonly taken: boolean;
  readonly words: string;
  readonly messageId?: string;
}

/** Sends as the demo region's systems do: signed in over HTTP, or over MLLP. */
export class Senders {
  readonly #hub: Hub;
  readonly #dataDir: string;
  readonly #tokens = new Map<string, string>();

  constructor(hub: Hub, dataDir: string) {
    this.#hub = hub;
    this.#dataDir = dataDir;
  }

  async http(client: DemoClientId, path: string, message: { body: Uint8Array; contentType: string }): Promise<Heard> {
    const response = await fetch(`${this.#hub.baseUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await this.#token(client)}`, 'content-type': message.contentType },
      body: Buffer.from(message.body),
    });
    const text = await response.text();
    const location = response.headers.get('x-message-location') ?? response.headers.get('location') ?? '';
    const id = /\/messages\/([0-9a-f-]{36})/.exec(location)?.[1];
    return { taken: response.ok, words: receiptWords(response.status, text), ...(id && { messageId: id }) };
  }

  async mllp(body: Uint8Array): Promise<Heard> {
    const ack = await exchange(this.#hub.mllpPort!, writeFrame(body));
    const words = receiptWords(0, ack);
    const messageId = await this.#latestMessage();
    return { taken: /\rMSA\|[AC]A\|/.test(ack), words, ...(messageId && { messageId }) };
  }

  /** MLLP answers carry no address of the story; the demo's only MLLP sender is this one, so the latest message is its own. */
  async #latestMessage(): Promise<string | undefined> {
    const { rows } = await this.#hub.parts.db.query<{ id: string }>(
      `SELECT id FROM message WHERE door = 'mllp' ORDER BY received_at DESC LIMIT 1`,
    );
    return rows[0]?.id;
  }

  async #token(client: DemoClientId): Promise<string> {
    const known = this.#tokens.get(client);
    if (known) return known;
    const key = await readDemoKey(this.#dataDir, client);
    const { region } = await this.#hub.parts.region.current(this.#hub.parts.db);
    const scope = region.clients.get(client)?.scopes.join(' ') ?? '';
    const signed = key && (await signIn({ baseUrl: this.#hub.baseUrl, clientId: client, key, scope }));
    if (!signed?.ok) throw new Error(`${client} cannot sign in`);
    this.#tokens.set(client, signed.value.accessToken);
    return signed.value.accessToken;
  }
}

function receiptWords(status: number, text: string): string {
  const msa = /\rMSA\|(\w+)\|/.exec(text)?.[1];
  if (msa)
    return `ACK ${msa}${msa.endsWith('A') ? '' : ` (${/\rERR\|([^\r]*)/.exec(text)?.[1]?.split('|').filter(Boolean).slice(0, 2).join(', ') ?? ''})`}`;
  return `HTTP ${status}`;
}

function exchange(port: number, frame: Uint8Array): Promise<string> {
  return new Promise((done, fail) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(frame));
    const decoder = new MllpDecoder({ limit: 1_000_000 });
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('the connection was closed without an answer')));
    socket.on('data', (chunk) => {
      const [answer] = decoder.feed(chunk).frames;
      if (!answer) return;
      socket.removeAllListeners('close').end();
      done(new TextDecoder().decode(answer));
    });
  });
}
