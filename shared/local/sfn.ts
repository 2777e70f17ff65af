import { type SfnServer, type SfnServerOptions, startSfnServer } from "../sfn/index.ts";
import { type LeasedFolderOptions, openLeasedFolder } from "../stores/open.ts";

/** Who holds the folder, for whoever finds it held. */
const HOLDER = "restep serve";

/**
 * Serves the API of Step Functions from a folder, which no other server may hold. A server that is taken over, for it showed
 * no sign of life, writes nothing more.
 * @param say told what was repaired, taken over or found damaged, a sentence each
 * @throws LeaseHeldError naming who holds the folder and since when, before anything else is touched
 */
export async function startStoredSfnServer(
  folder: string,
  options: Omit<SfnServerOptions, "storage">,
  say: (notice: string) => void,
  folderOptions: Omit<LeasedFolderOptions, "holder"> = {},
): Promise<SfnServer> {
  const storage = await openLeasedFolder(folder, { holder: HOLDER, ...folderOptions });
  for (const notice of storage.notices) say(notice);
  return startSfnServer({ onDamage: ({ message }) => say(message), ...options, storage });
}
