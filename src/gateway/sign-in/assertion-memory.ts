import type { Queryable } from '../../store/database.ts';

/** Remembers which assertions have been used, for as long as they could be used again. */
export interface AssertionMemory {
  /** True the first time for this client and `jti`, false for ever after (until `expiresAt` has passed). */
  firstUse(client: string, jti: string, expiresAt: Date): Promise<boolean>;
}

/** For one gateway alone. Only correctly signed assertions come here, so its size is bounded by what the clients themselves send in five minutes. */
export function assertionsInMemory(now: () => Date): AssertionMemory {
  const used = new Map<string, number>();
  const forgetExpired = () => {
    for (const [key, expires] of used) if (expires <= now().getTime()) used.delete(key);
  };
  return {
    async firstUse(client, jti, expiresAt) {
      const key = JSON.stringify([client, jti]);
      if (used.size % 256 === 255) forgetExpired();
      if ((used.get(key) ?? 0) > now().getTime()) return false;
      used.set(key, expiresAt.getTime());
      return true;
    },
  };
}

/** For several gateways on one database: the primary key of table `assertion` decides which of two comes first. */
export function assertionsInDatabase(db: Queryable, now: () => Date): AssertionMemory {
  return {
    async firstUse(client, jti, expiresAt) {
      await db.query('DELETE FROM assertion WHERE expires_at <= $1', [now().toISOString()]);
      const { rowCount } = await db.query(
        'INSERT INTO assertion (client, jti, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        [client, jti, expiresAt.toISOString()],
      );
      return rowCount === 1;
    },
  };
}
