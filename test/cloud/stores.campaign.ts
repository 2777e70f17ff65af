import { afterAll, beforeAll, describe } from "vitest";
import { isMissing } from "../examples/tools.ts";
import { awsAdapter } from "../stores/aws/adapter.ts";
import { storeConformance } from "../stores/conformance.ts";
import { type Moto, startMoto } from "./support/moto.ts";

describe.skipIf(isMissing("moto_server"))("stores in AWS", () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  }, 30_000);
  afterAll(() => moto.stop());

  storeConformance(awsAdapter("moto", () => moto));
});
