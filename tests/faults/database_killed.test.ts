// kill -9 of PostgreSQL at random instants, all of it or one backend: it comes back by itself, the server runs on, and
// nothing that was acknowledged is lost, nothing is done twice.
import { after, test } from "node:test";

import { rounds, type Chance } from "../load/chance.ts";
import { KilledShop } from "./kills.ts";
import { children_of, kill_at_once, postmaster_of } from "./processes.ts";

const shop = await KilledShop.open();
after(() => shop.close());

async function kill_database(chance: Chance): Promise<number> {
  const postmaster = postmaster_of(shop.data);
  const children = children_of(postmaster);
  if (chance.one_in(3)) kill_at_once([chance.of(children)]);
  else kill_at_once([postmaster, ...children]);
  return performance.now();
}

test("kill -9 of PostgreSQL: nothing acknowledged is lost, nothing doubled", async () => {
  for (let round = 0; round < rounds(5); ++round) await shop.round(kill_database);
  await shop.judge();
});
