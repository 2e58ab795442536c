import { hasRedis, redisBackend } from './backends.ts';
import { laneSuite } from './suite.ts';

if (hasRedis) laneSuite('redis', redisBackend);
else test.skip('lanes on redis: there is no redis-server and no SAMSPIL_REDIS_URL', () => {});
