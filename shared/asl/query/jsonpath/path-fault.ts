/** A path that does not fit the document, where one that only finds nothing would be false in a filter. */
export class PathFault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "PathFault";
  }
}
