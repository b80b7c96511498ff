// kill -9 of the server at random instants: its database runs on, the next server takes it over, and nothing that was
// acknowledged is lost, nothing is done twice.
import { after, test } from "node:test";

import { rounds } from "../load/chance.ts";
import { KilledShop } from "./kills.ts";

const shop = await KilledShop.open();
after(() => shop.close());

test("kill -9 of the server: nothing acknowledged is lost, nothing doubled", async () => {
  for (let round = 0; round < rounds(5); ++round) await shop.round(() => shop.kill_server());
  await shop.judge();
});
