import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Database } from '../store/database.ts';

/** What operation measures. Labels are kinds and codes; no person, no sender's content. */
export interface Meters {
  readonly received: Counter<'door' | 'format' | 'outcome'>;
  readonly acceptSeconds: Histogram<'door'>;
  /** Prometheus text. */
  text(): Promise<string>;
  readonly contentType: string;
}

export function openMeters(db: Database): Meters {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'samspil_' });
  const received = new Counter({
    name: 'samspil_messages_received_total',
    help: 'Messages at the doors, taken and refused',
    labelNames: ['door', 'format', 'outcome'],
    registers: [registry],
  });
  const acceptSeconds = new Histogram({
    name: 'samspil_accept_seconds',
    help: 'From the last byte of a message to its receipt',
    labelNames: ['door'],
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers: [registry],
  });
  new Gauge({
    name: 'samspil_deliveries',
    help: 'Deliveries not yet finished, by state',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      const { rows } = await db.query<{ state: string; count: string }>(
        `SELECT state, count(*) FROM delivery WHERE state IN ('waiting', 'sent', 'parked', 'refused') GROUP BY state`,
      );
      this.reset();
      for (const row of rows) this.set({ state: row.state }, Number(row.count));
    },
  });
  new Gauge({
    name: 'samspil_inbound_waiting',
    help: 'Messages taken and not yet worked',
    registers: [registry],
    async collect() {
      const { rows } = await db.query<{ count: string }>('SELECT count(*) FROM inbound');
      this.set(Number(rows[0]?.count ?? 0));
    },
  });
  return { received, acceptSeconds, text: () => registry.metrics(), contentType: registry.contentType };
}
