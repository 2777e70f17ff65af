import { describe } from "vitest";
import { lostRequests } from "./faults.ts";
import { playedAws } from "./played/aws.ts";

describe("a request to AWS that is lost", () => {
  const aws = playedAws();
  lostRequests(() => aws, 3);
});
