import { createServer as createHttp } from 'node:http';
import { request as ask, createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import { certificateFromProxy, certificateOfConnection } from '../../src/gateway/sign-in/certificate.ts';
import { type Certificate, selfSigned } from '../channels/certificate.ts';

const hub = selfSigned('hub');
const client = selfSigned('client');
const app = express();
app.get('/connection', (request, response) => void response.json(certificateOfConnection(request) ?? null));
app.get('/proxy', (request, response) => {
  const of = certificateFromProxy(
    (address) => address === (request.query.trusted === 'yes' ? '127.0.0.1' : '10.0.0.1'),
  );
  response.json(of(request) ?? null);
});
const sealed = createServer({ ...hub, requestCert: true, rejectUnauthorized: false }, app);
const plain = createHttp(app);
const listening = (server: Server) => new Promise<void>((ready) => server.listen(0, '127.0.0.1', () => ready()));
const portOf = (server: Server) => (server.address() as AddressInfo).port;

beforeAll(async () => {
  await Promise.all([listening(sealed), listening(plain)]);
});
afterAll(async () => {
  for (const server of [sealed, plain]) {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  }
});

const overTls = (shown?: Certificate) =>
  new Promise<unknown>((settle, fail) => {
    const options = { port: portOf(sealed), host: '127.0.0.1', path: '/connection', agent: false, ca: hub.cert };
    ask({ ...options, ...(shown && { cert: shown.cert, key: shown.key }) }, (response) => {
      text(response).then((body) => settle(JSON.parse(body)), fail);
    })
      .on('error', fail)
      .end();
  });
const byProxy = async (value: string, trusted = 'yes') =>
  (
    await fetch(`http://127.0.0.1:${portOf(plain)}/proxy?trusted=${trusted}`, { headers: { 'client-cert': value } })
  ).json();

test('of the connection: the certificate shown, none where none was, none without TLS', async () => {
  expect(await overTls(client)).toBe(client.thumbprint);
  expect(await overTls()).toBeNull();
  expect(await (await fetch(`http://127.0.0.1:${portOf(plain)}/connection`)).json()).toBeNull();
});

test('from a proxy: only from the one that is trusted, and only in its form', async () => {
  const der = client.cert.replace(/-----[^-]+-----|\s/g, '');
  expect(await byProxy(`:${der}:`)).toBe(client.thumbprint);
  expect(await byProxy(`:${der}:`, 'no')).toBeNull();
  for (const value of [der, ':%%%:', '']) expect(await byProxy(value)).toBeNull();
});
