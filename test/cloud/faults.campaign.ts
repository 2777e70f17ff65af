import { afterAll, beforeAll, describe } from "vitest";
import { isMissing } from "../examples/tools.ts";
import { lostRequests } from "../stores/aws/faults.ts";
import { type Moto, startMoto } from "./support/moto.ts";

describe.skipIf(isMissing("moto_server"))("a request to AWS that is lost", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  }, 30_000);
  afterAll(() => moto.stop());

  lostRequests(() => moto, 1);
});
