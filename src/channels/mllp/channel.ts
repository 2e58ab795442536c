import { type Issue, issue } from '../../errors.ts';
import type { Attempt, Channel, ChannelWorld, Delivery, SettingsTable } from '../channel.ts';
import type { Egress } from '../egress.ts';
import { isFinal } from '../http-attempt.ts';
import { checkSettings, setting } from '../settings.ts';
import { controlIdOf } from './acknowledged.ts';
import type { Exchanged, Peer } from './peers.ts';

const SETTINGS = {
  host: { type: 'host', required: true, min: 1, max: 253, text: 'host name or address' },
  port: { type: 'whole number', required: true, min: 1, max: 65535, text: 'port' },
  tls: { type: 'yes or no', default: true, text: 'TLS; without it the host must be on the hub’s list of exceptions' },
  connections: { type: 'whole number', default: 1, min: 1, max: 16, text: 'connections it takes at a time' },
  acknowledgementSeconds: {
    type: 'whole number',
    default: 30,
    min: 1,
    max: 300,
    text: 'how long to wait for the acknowledgement of one message',
  },
} as const satisfies SettingsTable;

type Settings = Delivery['recipient']['settings'];

function peerOf(settings: Settings): Peer {
  const value = <T>(name: keyof typeof SETTINGS) => setting<T>(SETTINGS, settings, name);
  return { host: value('host'), port: value('port'), tls: value('tls'), connections: value('connections') };
}

function check(settings: Settings, egress: Egress): readonly Issue[] {
  const found = checkSettings(SETTINGS, settings);
  if (found.length > 0) return found;
  const { host, tls } = peerOf(settings);
  const blocked = egress.checkHost(host, tls ? 'sealed' : 'plain');
  return blocked ? [issue(blocked, 'host')] : [];
}

/**
 * AA and CA (received and kept) are success, AE and CE say that the message is at fault, AR and CR that the receiver could not take it
 * now (HL7 v2 chapter 2, table 0008; MedCom reads AR the same way).
 */
const VERDICTS: Readonly<Record<string, 'delivered' | 'refused' | 'retry'>> = {
  AA: 'delivered',
  CA: 'delivered',
  AE: 'refused',
  CE: 'refused',
  AR: 'retry',
  CR: 'retry',
};

function attemptOf(exchanged: Exchanged): Attempt {
  if (!exchanged.acknowledged) {
    const { sent, code } = exchanged;
    if (sent) return { outcome: 'unknown', reason: code };
    return { outcome: isFinal(code) ? 'refused' : 'retry', reason: code };
  }
  const answer = { answer: exchanged.answer, answerContentType: 'application/hl7-v2' };
  const verdict = VERDICTS[exchanged.acknowledged.code];
  if (verdict === 'delivered') return { outcome: 'delivered', ...answer };
  if (verdict === 'retry') return { outcome: 'retry', reason: 'CHANNEL-BUSY' };
  return { outcome: 'refused', reason: 'CHANNEL-REFUSED', ...answer };
}

async function send(delivery: Delivery, world: ChannelWorld, signal?: AbortSignal): Promise<Attempt> {
  const { id: recipient, settings } = delivery.recipient;
  const fault = check(settings, world.egress)[0];
  if (fault) return { outcome: 'refused', reason: fault.code };
  const controlId = controlIdOf(delivery.body);
  if (controlId === undefined) return { outcome: 'refused', reason: 'CHANNEL-MESSAGE' };
  const timeoutMs = setting<number>(SETTINGS, settings, 'acknowledgementSeconds') * 1000;
  return attemptOf(
    await world.mllp.exchange({
      peer: peerOf(settings),
      recipient,
      message: delivery.body,
      controlId,
      timeoutMs,
      signal,
    }),
  );
}

/** HL7 v2 messages over MLLP. A repeat carries the same MSH-10, by which the receiver recognises it. */
export const mllp: Channel = {
  kind: 'mllp',
  text: 'HL7 v2 over MLLP, acknowledged by ACK',
  settings: SETTINGS,
  check,
  send,
};
