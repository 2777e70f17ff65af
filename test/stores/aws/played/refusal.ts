/** What a service answers where it does not do what it was asked for. */
export class Refusal extends Error {
  readonly status: number;
  readonly more: object;
  constructor(name: string, message: string, { status = 400, more = {} }: { status?: number; more?: object } = {}) {
    super(message);
    this.name = name;
    this.status = status;
    this.more = more;
  }
}

export function refuse(name: string, message: string, rest?: { status?: number; more?: object }): never {
  throw new Refusal(name, message, rest);
}
