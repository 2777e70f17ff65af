/** Makes a copy and removes the first, where it should rename: there is a moment between. */
export function over(disk) {
  return {
    ...disk,
    async rename(from, to) {
      if ((await disk.stat(from))?.kind !== "file") return disk.rename(from, to);
      const source = await disk.open(from, "read");
      const bytes = await source.read(0, (await source.stat()).size);
      await source.close();
      if ((await disk.stat(to)) !== undefined) await disk.removeFile(to);
      const target = await disk.open(to, "create");
      await target.write(0, bytes);
      await target.sync();
      await target.close();
      await disk.removeFile(from);
    },
  };
}
