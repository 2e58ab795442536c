/** The reference: Express and one committed INSERT a request, nothing else. Prints its port. */
import express from 'express';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.argv[2], max: 16 });
await pool.query(
  'CREATE TABLE IF NOT EXISTS bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, bytes bytea NOT NULL)',
);
const app = express();
app.post('/messages', express.raw({ type: () => true, limit: '1mb' }), async (request, response) => {
  await pool.query('INSERT INTO bare (bytes) VALUES ($1)', [request.body]);
  response.status(202).end();
});
const server = app.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port));
