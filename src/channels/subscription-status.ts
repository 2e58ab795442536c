/** R4 Subscription.status. */
export type SubscriptionStatus = 'requested' | 'active' | 'error' | 'off';

/** What can happen to a subscription. */
export type SubscriptionEvent =
  /** The client posted or put it with status requested or active: the hub has to shake hands (again). */
  | 'asked'
  /** The client put it with status off, or deleted it. */
  | 'switched-off'
  /** The endpoint answered the handshake with 2xx. */
  | 'handshake-taken'
  | 'handshake-failed'
  /** Deliveries were given up, or the endpoint refuses them. */
  | 'delivery-failed'
  /** The endpoint says 410. */
  | 'endpoint-gone'
  /** Subscription.end has passed. */
  | 'ended';

type Row = Readonly<Record<SubscriptionEvent, SubscriptionStatus>>;

/**
 * The life of a subscription (R5 backport 1.1, workflow and errors). Only the client brings one back from `error` or `off`: a server must
 * not reset it in silence, or the client would never look for what it missed.
 */
const TRANSITIONS: Readonly<Record<SubscriptionStatus, Row>> = {
  requested: {
    asked: 'requested',
    'switched-off': 'off',
    'handshake-taken': 'active',
    'handshake-failed': 'error',
    'delivery-failed': 'error',
    'endpoint-gone': 'off',
    ended: 'off',
  },
  active: {
    asked: 'requested',
    'switched-off': 'off',
    'handshake-taken': 'active',
    'handshake-failed': 'error',
    'delivery-failed': 'error',
    'endpoint-gone': 'off',
    ended: 'off',
  },
  error: {
    asked: 'requested',
    'switched-off': 'off',
    'handshake-taken': 'error',
    'handshake-failed': 'error',
    'delivery-failed': 'error',
    'endpoint-gone': 'off',
    ended: 'off',
  },
  off: {
    asked: 'requested',
    'switched-off': 'off',
    'handshake-taken': 'off',
    'handshake-failed': 'off',
    'delivery-failed': 'off',
    'endpoint-gone': 'off',
    ended: 'off',
  },
};

export function nextStatus(current: SubscriptionStatus, event: SubscriptionEvent): SubscriptionStatus {
  return TRANSITIONS[current][event];
}

/** Events of a subscription are counted whatever its status, but sent only while it is active. */
export const sendsEvents = (status: SubscriptionStatus): boolean => status === 'active';

export interface Heartbeat {
  /** As the client asked; absent: no heartbeat may be sent at all (R5 backport 1.1, requirement 93). */
  readonly heartbeatSeconds?: number | undefined;
  readonly status: SubscriptionStatus;
  /** When anything was last sent: a notification counts as a sign of life too. */
  readonly lastSentAt: Date;
  readonly now: Date;
}

/** True when it is time to tell the subscriber that the channel lives. Goes on in `error`: the status in it is how the client learns. */
export function heartbeatDue({ heartbeatSeconds, status, lastSentAt, now }: Heartbeat): boolean {
  if (heartbeatSeconds === undefined || (status !== 'active' && status !== 'error')) return false;
  return now.getTime() - lastSentAt.getTime() >= heartbeatSeconds * 1000;
}
