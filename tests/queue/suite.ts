import type { LaneQueue } from '../../src/queue/queue.ts';
import { eventually } from '../helpers/receiver.ts';
import type { Backend } from './backends.ts';

const pause = (ms: number) => new Promise<void>((wait) => setTimeout(wait, ms));

/** What lanes promise, whatever they are kept in. */
export function laneSuite(name: LaneQueue['kind'], openBackend: () => Promise<Backend>): void {
  describe(`lanes on ${name}`, () => {
    let backend: Backend;
    beforeAll(async () => {
      backend = await openBackend();
    });
    afterAll(() => backend?.close());

    test('one run of a lane at a time, over two workers, and an offer during a run gives one more', async () => {
      const runs: { lane: string; from: number; to: number }[] = [];
      const running = new Map<string, number>();
      let most = 0;
      const drain = async (lane: string) => {
        running.set(lane, (running.get(lane) ?? 0) + 1);
        most = Math.max(most, running.get(lane)!);
        const from = performance.now();
        await pause(20);
        running.set(lane, running.get(lane)! - 1);
        runs.push({ lane, from, to: performance.now() });
      };
      const workers = [backend.open(), backend.open()];
      for (const worker of workers) await worker.work(drain, 4);
      let last = 0;
      for (let round = 0; round < 60; round++) {
        await workers[round % 2]!.offer(['one', 'two', 'three']);
        last = performance.now();
      }
      await eventually(() =>
        ['one', 'two', 'three'].every((lane) =>
          runs.some((run) => run.lane === lane && run.from >= last - 20 && run.to >= last),
        ),
      );
      await pause(100);
      expect(most).toBe(1);
      expect(runs.length).toBeLessThan(180);
      for (const worker of workers) await worker.close();
    });

    test('different lanes run side by side', async () => {
      const queue = backend.open();
      let [running, most] = [0, 0];
      await queue.work(async () => {
        running += 1;
        most = Math.max(most, running);
        await pause(100);
        running -= 1;
      }, 4);
      await queue.offer(['a', 'b', 'c', 'd']);
      await eventually(() => most > 1);
      await eventually(() => running === 0);
      await queue.close();
    });

    test('a delayed run comes when it is due; an offer without delay brings it forward', async () => {
      const queue = backend.open();
      const ran: { lane: string; at: number }[] = [];
      await queue.work(async (lane) => void ran.push({ lane, at: performance.now() }), 2);
      const began = performance.now();
      await queue.offer(['later'], 700);
      await queue.offer(['sooner'], 60_000);
      await queue.offer(['sooner']);
      await eventually(() => ran.length === 2);
      const at = Object.fromEntries(ran.map((run) => [run.lane, run.at - began]));
      expect(at.later).toBeGreaterThanOrEqual(690);
      expect(at.sooner).toBeLessThan(5_000);
      await queue.close();
    });

    test('an offer made while nobody works is kept', async () => {
      const [offering, working] = [backend.open(), backend.open()];
      await offering.offer(['kept']);
      const ran: string[] = [];
      await working.work(async (lane) => void ran.push(lane), 1);
      await eventually(() => ran.includes('kept'));
      await working.close();
    });

    test('a run that fails leaves its lane free for the next offer', async () => {
      const queue = backend.open();
      let runs = 0;
      await queue.work(async () => {
        runs += 1;
        if (runs === 1) throw new Error('a drain that broke');
      }, 1);
      await queue.offer(['broken']);
      await eventually(() => runs === 1);
      await eventually(async () => {
        await queue.offer(['broken']);
        return runs > 1;
      });
      await queue.close();
    });

    test('flushed while a lane runs and others wait: offered again, they run; no stale key wedges them', async () => {
      const queue = backend.open();
      const ran: string[] = [];
      let hold = true;
      await queue.work(async (lane) => {
        ran.push(lane);
        while (hold && lane === 'held') await pause(10);
      }, 1);
      await queue.offer(['held']);
      await eventually(() => ran.length === 1);
      await queue.offer(['held', 'waiting']);
      await backend.forget();
      hold = false;
      // as the sweeper does it, every now and then
      await eventually(async () => {
        await queue.offer(['held', 'waiting']);
        await pause(50);
        return ran.filter((lane) => lane === 'held').length > 1 && ran.includes('waiting');
      });
      await queue.close();
    });
  });
}
