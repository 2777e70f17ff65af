/**
 * Keys that issuers print in their documentation so that nobody prints a real one. AWS ends all of its own so.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
 */
const EXAMPLE = /EXAMPLE(?:KEY|TOKEN)?=*$/;

export function isPublishedExample(found: string): boolean {
  return EXAMPLE.test(found);
}
