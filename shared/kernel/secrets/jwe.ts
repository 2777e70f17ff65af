/** What sealing takes of the library, in a module of its own: it is loaded with the first secret, and nothing else of it is. */
export { CompactEncrypt, compactDecrypt } from "jose";
