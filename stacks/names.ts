/** What the names of this deployment's resources begin with: no two stages of an account share one. */
export function named(name: string): string {
  return `${$app.name}-${$app.stage}-${name}`;
}
