const repeating = /[*+?{|]/;

/** Whether a regular expression can come back to where it was, and so may take any time. */
export function canBranch(pattern: string): boolean {
  return repeating.test(pattern);
}
