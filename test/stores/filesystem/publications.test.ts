import { describe, expect, it } from "vitest";
import { failure } from "../support/failing.ts";
import { playedStore } from "../support/played-store.ts";
import { OTHER_RUN, RUN } from "../support/samples.ts";

/** A store in which a process published a bundle and ended before the folder of bundles was durable. */
async function cutOff() {
  const store = playedStore();
  const { artifacts } = await store.open();
  const bundle = await artifacts.put("output", Buffer.from("{}"));
  const files = [{ path: "module.wasm", artifact: await artifacts.put("output", Buffer.from("\0asm")) }];
  const dying = await store.open({
    ...store.disk,
    async syncFolder(path) {
      if (path === store.at("bundles")) throw failure("EIO", path);
      return store.disk.syncFolder(path);
    },
  });
  await expect(dying.publications.publish(bundle, files, RUN)).rejects.toMatchObject({ name: "IoError" });
  const { publications } = await store.open();
  return {
    bundle,
    files,
    publications,
    async isThereAfterPowerCut() {
      store.disk.cutPower();
      return (await (await store.open()).publications.find(bundle)) !== undefined;
    },
  };
}

describe("a publication whose maker ended before it was durable", () => {
  it("may be lost in a power cut", async () => {
    expect(await (await cutOff()).isThereAfterPowerCut()).toBe(false);
  });

  it("is durable once it is confirmed", async () => {
    const { bundle, publications, isThereAfterPowerCut } = await cutOff();
    expect(await publications.confirm(bundle, RUN)).toBe(true);
    expect(await isThereAfterPowerCut()).toBe(true);
  });

  it("is durable once another has published it too", async () => {
    const { bundle, files, publications, isThereAfterPowerCut } = await cutOff();
    expect(await publications.publish(bundle, files, OTHER_RUN)).toMatchObject({ isNew: false });
    expect(await isThereAfterPowerCut()).toBe(true);
  });
});
