/** A call that an intrinsic function refuses. Becomes a StatesError once the whole expression is known. */
export class IntrinsicFailure extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "IntrinsicFailure";
  }
}
