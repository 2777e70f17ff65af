import { storeConformance } from "../conformance.ts";
import { awsAdapter } from "./adapter.ts";
import { playedAws } from "./played/aws.ts";

storeConformance(awsAdapter("in this process", playedAws));
