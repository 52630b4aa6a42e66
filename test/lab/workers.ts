// Much to do, and a few to do it: each takes the next thing when it is done with one.

/** In the order of `items`, as many at once as there are workers. Rejects with the first failure; nothing is begun after it by that worker. */
export async function shareOut<Item, Worker>(
  items: readonly Item[],
  workers: readonly Worker[],
  work: (worker: Worker, item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  await Promise.all(
    workers.map(async (worker) => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(worker, item);
    }),
  );
}
