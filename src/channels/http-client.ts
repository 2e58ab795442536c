import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import type { ErrorCode } from '../errors.ts';
import { type Egress, EgressError } from './egress.ts';

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** For the whole exchange: resolve, connect, send, and the answer's last byte. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType?: string;
  readonly retryAfter?: string;
  /** Absent when it was longer than the client reads, broke off, or came encoded. */
  readonly body?: Uint8Array;
}

/** An answer, or why there is none; `sent`: the whole request had left, so the recipient may have it. */
export type Exchange =
  | { readonly answer: HttpAnswer }
  | { readonly answer?: undefined; readonly sent: boolean; readonly code: ErrorCode };

export interface HttpClient {
  post(post: Post): Promise<Exchange>;
  /** Ends all connections; an exchange under way ends as if the connection had broken. */
  close(): void;
}

/** Own certificate authorities, and the certificate the hub shows to recipients that ask for one (mutual TLS). */
export type TlsIdentity = Pick<SecureContextOptions, 'ca' | 'cert' | 'key' | 'passphrase'>;

export interface HttpClientOptions {
  readonly egress: Egress;
  /** Connections to one host at a time. */
  readonly maxConnections?: number;
  /** Longest answer kept, in bytes. */
  readonly maxAnswer?: number;
  readonly tls?: TlsIdentity | undefined;
}

const ANSWER_BYTES = 1024 * 1024;
const KEPT_ALIVE_MS = 30_000;

/** Reads at most `limit` bytes; undefined when there is more, or when the stream breaks off. */
async function readBounded(stream: IncomingMessage, limit: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      size += chunk.length;
      if (size > limit) return undefined; // leaving the loop destroys the stream
      chunks.push(chunk);
    }
  } catch {
    return undefined; // the status stands; only the body is lost
  }
  return Buffer.concat(chunks, size);
}

async function readAnswer(response: IncomingMessage, limit: number): Promise<HttpAnswer> {
  const { 'content-type': contentType, 'retry-after': retryAfter, 'content-encoding': encoding } = response.headers;
  const body = await readBounded(response, limit);
  return {
    status: response.statusCode ?? 0,
    ...(contentType && { contentType }),
    ...(retryAfter && { retryAfter }),
    ...(body && !encoding && { body }),
  };
}

const DNS_FAILURES = /^(ENOTFOUND|EAI_|ENODATA|ESERVFAIL|EBADNAME|ECANCELLED)/;
const TLS_FAILURES = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|EPROTO)/;

/** The catalogue's word for a failure before the request was out; shared with the other channels over sockets. */
export function connectFailure(failure: unknown): ErrorCode {
  if (failure instanceof EgressError) return failure.code;
  const code = String((failure as { code?: unknown } | undefined)?.code ?? '');
  if (DNS_FAILURES.test(code)) return 'CHANNEL-DNS';
  return TLS_FAILURES.test(code) ? 'CHANNEL-TLS' : 'CHANNEL-CONNECT';
}

/**
 * HTTP as deliveries need it: kept connections, addresses judged when they are resolved, redirects not followed, answers bounded,
 * and a truthful word on whether a failed request had been sent. Node's own client, because `fetch` hides that last part.
 */
export function openHttpClient(options: HttpClientOptions): HttpClient {
  const { egress, maxAnswer = ANSWER_BYTES } = options;
  const shared = { keepAlive: true, maxSockets: options.maxConnections ?? 64, timeout: KEPT_ALIVE_MS };
  const plain = new HttpAgent({ ...shared, lookup: egress.lookup('plain') });
  const sealed = new HttpsAgent({ ...shared, ...options.tls, lookup: egress.lookup('sealed') });

  function start(url: URL, { headers, body }: Post, signal: AbortSignal): ClientRequest | undefined {
    const secure = url.protocol === 'https:';
    const [agent, request] = secure ? [sealed, httpsRequest] : [plain, httpRequest];
    const length = String(body.byteLength);
    try {
      return request(url, { method: 'POST', headers: { ...headers, 'content-length': length }, agent, signal });
    } catch {
      return undefined; // Node throws at header values that cannot be written
    }
  }

  function exchange(url: URL, post: Post, signal: AbortSignal): Promise<Exchange & { stale?: boolean }> {
    return new Promise((settle) => {
      const request = start(url, post, signal);
      if (!request) return settle({ sent: false, code: 'CHANNEL-MESSAGE' });
      let answering = false;
      request.on('response', (response) => {
        answering = true;
        readAnswer(response, maxAnswer).then((answer) => settle({ answer }));
      });
      request.on('error', (failure) => {
        if (answering) return; // the status stands, whatever becomes of the body
        const sent = request.writableFinished;
        const stopped = post.signal?.aborted ? 'CHANNEL-STOPPED' : connectFailure(failure);
        settle({ sent, code: sent ? 'CHANNEL-NO-ANSWER' : stopped, stale: request.reusedSocket && !signal.aborted });
      });
      request.end(post.body);
    });
  }

  return {
    async post(post) {
      const url = egress.checkUrl(post.url);
      if (!url.ok) return { sent: false, code: url.issues[0]?.code ?? 'CHANNEL-URL' };
      const deadline = AbortSignal.timeout(post.timeoutMs);
      const signal = post.signal ? AbortSignal.any([deadline, post.signal]) : deadline;
      const first = await exchange(url.value, post, signal);
      if (first.answer || !first.stale) return first;
      // A kept connection that the other side was closing as we wrote: the one failure worth a second try at once.
      const second = await exchange(url.value, post, signal);
      return second.answer || second.sent || !first.sent ? second : first;
    },
    close() {
      plain.destroy();
      sealed.destroy();
    },
  };
}
