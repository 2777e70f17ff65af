/** Keeps what is written to the event log in memory until something else is done with the file. */
export function over(disk) {
  return {
    ...disk,
    async open(path, mode) {
      const file = await disk.open(path, mode);
      if (mode !== "write" || !path.endsWith("events.jsonl")) return file;
      let kept;
      const settled =
        (operate) =>
        async (...args) => {
          const write = kept;
          kept = undefined;
          if (write !== undefined) await file.write(...write);
          return operate(...args);
        };
      return {
        read: settled(file.read),
        write: settled(async (offset, bytes) => {
          kept = [offset, bytes];
        }),
        truncate: settled(file.truncate),
        sync: file.sync,
        stat: settled(file.stat),
        close: settled(file.close),
      };
    },
  };
}
